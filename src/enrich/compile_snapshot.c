/* SPDX-License-Identifier: ISC */
/* For the build: compiles a database of IPFire Location into a snapshot. usage: compile_snapshot DATABASE SNAPSHOT */
#include <stdio.h>
#include <stdlib.h>

#include "enrich/data_file.h"
#include "enrich/source.h"

int main(int argc, char **argv)
{
	struct error error = {{0}};
	struct data_file file = {.mapping = NULL};
	struct snapshot_image image = {.data = NULL};
	bool is_done;

	if (argc != 3) {
		fprintf(stderr, "usage: compile_snapshot DATABASE SNAPSHOT\n");
		return 2;
	}
	is_done = data_file_open(argv[1], &file, &error) &&
	          source_compile(&(struct source_input){.path = argv[1], .content = file.content, .modified = file.modified}, NULL, &image,
	                         NULL, &error) &&
	          data_file_write(argv[2], span_make(image.data, image.size), &error);
	if (!is_done)
		fprintf(stderr, "compile_snapshot: %s\n", error.text);
	free(image.data);
	data_file_close(&file);
	return is_done ? 0 : 1;
}
