/* SPDX-License-Identifier: ISC */
/* Three bytes to four characters. */
#include "report/base64.h"

#include <stdint.h>

void base64_append(struct span bytes, struct buffer *out)
{
	static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.size; i += 3) {
		size_t left = bytes.size - i;
		uint32_t group = (uint32_t)bytes.data[i] << 16 | (uint32_t)(left > 1 ? bytes.data[i + 1] : 0) << 8 |
		                 (uint32_t)(left > 2 ? bytes.data[i + 2] : 0);

		buffer_append_byte(out, (unsigned char)ALPHABET[group >> 18]);
		buffer_append_byte(out, (unsigned char)ALPHABET[group >> 12 & 63]);
		buffer_append_byte(out, left > 1 ? (unsigned char)ALPHABET[group >> 6 & 63] : '=');
		buffer_append_byte(out, left > 2 ? (unsigned char)ALPHABET[group & 63] : '=');
	}
}
