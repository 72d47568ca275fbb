/* SPDX-License-Identifier: ISC */
/* A file of data in memory: mapped as it is, or unpacked when it is gzip or bzip2. */
#ifndef ENRICH_DATA_FILE_H
#define ENRICH_DATA_FILE_H

#include "base/error.h"
#include "base/instant.h"
#include "base/span.h"

struct data_file {
	struct span content; /* at a multiple of 16 bytes */
	struct timestamp modified;
	void *mapping; /* NULL when unpacked */
	size_t mapping_size;
	unsigned char *unpacked;
};

bool data_file_open(const char *path, struct data_file *file_out, struct error *error) MUST_CHECK;
void data_file_close(struct data_file *file);
/* Unpacks gzip or bzip2, several behind each other too; anything else comes out NULL and without error. False: damaged, or larger than size_max.
   The caller frees. */
bool data_unpack(struct span packed, size_t size_max, unsigned char **unpacked_out, size_t *size_out, struct error *error) MUST_CHECK;
/* Writes beside the target, then renames over it: the file appears whole or not at all. */
bool data_file_write(const char *path, struct span content, struct error *error) MUST_CHECK;
/* Makes a directory, its parents too; one that is there already is fine. option: what names another place, for the error. */
bool data_directory_make(const char *directory, const char *option, struct error *error) MUST_CHECK;

#endif
