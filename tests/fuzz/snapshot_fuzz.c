/* SPDX-License-Identifier: ISC */
/* Targets snapshot_view: any bytes behind a header that fits them, with a right checksum, are refused or can be looked up everywhere. */
#include <stddef.h>
#include <stdint.h>

#include "attribution_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Words of the input change words of a sound snapshot: from the outside a right file of that size is never met by chance. */
static void change(unsigned char *image, size_t image_size, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at + 8 <= size; at += 8) {
		uint32_t place, word;

		memcpy(&place, data + at, 4);
		memcpy(&word, data + at + 4, 4);
		memcpy(image + 4 * (place % (image_size / 4)), &word, 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "prefix,country,asn,as_name\n192.0.2.0/24,DE,1,one\n192.0.2.9,FR,2,two\n2001:db8::/32,NL,3,three\n";
	struct source_input input = {.path = "FILE", .content = span_from_text(text)};
	struct snapshot_header *header;
	struct snapshot_image image;
	struct snapshot snapshot;
	struct error error = {{0}};

	require(source_compile(&input, NULL, &image, NULL, &error));
	header = (void *)image.data;
	change(image.data, image.size, data, size);
	header->checksum = snapshot_checksum(span_make(image.data, image.size));
	if (snapshot_view(span_make(image.data, image.size), false, &snapshot, &error)) {
		ranges_are_found(&snapshot);
		for (uint32_t i = 0; i < snapshot.header->payload_count; i++)
			(void)strlen(snapshot_text(&snapshot, snapshot.details[i].name));
	} else {
		require(error.text[0] != '\0');
	}
	free(image.data);
	return 0;
}
