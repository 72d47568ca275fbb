/* SPDX-License-Identifier: ISC */
/* Targets count_numbers_take: what is read whole is written again byte by byte, but for what is 0 or has zeros in front. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "model/count_numbers.h"

enum { COPY_MAX = 1 << 20, NAME_SIZE = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_make(data, size), name;
	struct buffer copy;
	uint64_t number;
	size_t before = rest.size + 1;

	buffer_init(&copy, COPY_MAX);
	count_numbers_begin(&copy);
	while (count_numbers_take(&rest, &name, &number)) {
		char text[NAME_SIZE] = "";

		/* It always gets on, and a name is one. */
		if (rest.size >= before || name.size == 0)
			abort();
		before = rest.size;
		for (size_t i = 0; i < name.size && i + 1 < sizeof(text); i++)
			text[i] = (char)name.data[i];
		count_numbers_add(&copy, text, number);
	}
	count_numbers_end(&copy);
	/* A tail without its head is read as well. */
	if (rest.size == 0 && size > 0 && data[0] == '{' && buffer_view(&copy).size > size)
		abort();
	buffer_done(&copy);
	return 0;
}
