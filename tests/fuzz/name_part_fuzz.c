/* SPDX-License-Identifier: ISC */
/* Targets name_part_find: whatever an issuer is called, a part is a text that fits. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "certificate/name_part.h"

enum { PART_SIZE = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const TYPES[] = {"O", "CN", "emailAddress"};
	char out[PART_SIZE];

	for (size_t i = 0; i < ARRAY_LENGTH(TYPES); i++) {
		bool is_found = name_part_find(span_make(data, size), TYPES[i], out, sizeof(out));

		if (strnlen(out, sizeof(out)) == sizeof(out) || is_found != (out[0] != '\0'))
			abort();
	}
	return 0;
}
