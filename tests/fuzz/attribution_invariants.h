/* SPDX-License-Identifier: ISC */
/* What holds for every source of attributions: a file is refused in printable words, or becomes a snapshot that is sound by its own check. */
#ifndef FUZZ_ATTRIBUTION_INVARIANTS_H
#define FUZZ_ATTRIBUTION_INVARIANTS_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/source.h"

static inline void require(bool is_true)
{
	if (!is_true)
		abort();
}

/* Both ends of every range say what the range says. */
static inline void ranges_are_found(const struct snapshot *snapshot)
{
	for (uint32_t i = 0; i < snapshot->header->count4 && i < 64; i++) {
		uint32_t start = snapshot->ranges4[i].start;
		uint32_t last = i + 1 < snapshot->header->count4 ? snapshot->ranges4[i + 1].start - 1 : UINT32_MAX;
		struct ip_address at = {IP_FAMILY_4,
		                        {(uint8_t)(start >> 24), (uint8_t)(start >> 16), (uint8_t)(start >> 8), (uint8_t)start}};
		struct ip_address end = {IP_FAMILY_4, {(uint8_t)(last >> 24), (uint8_t)(last >> 16), (uint8_t)(last >> 8), (uint8_t)last}};

		require(snapshot_look_up(snapshot, at) == &snapshot->payloads[snapshot->ranges4[i].value]);
		require(snapshot_look_up(snapshot, end) == &snapshot->payloads[snapshot->ranges4[i].value]);
	}
	for (uint32_t i = 0; i < snapshot->header->count6 && i < 64; i++) {
		struct ip_address at = {.family = IP_FAMILY_6};

		for (unsigned byte = 0; byte < 8; byte++) {
			at.bytes[byte] = (uint8_t)(snapshot->highs6[i] >> (56 - 8 * byte));
			at.bytes[8 + byte] = (uint8_t)(snapshot->lows6[i] >> (56 - 8 * byte));
		}
		require(snapshot_look_up(snapshot, at) == &snapshot->payloads[snapshot->values6[i]]);
	}
}

static inline void texts_are_harmless(const struct snapshot *snapshot)
{
	for (uint32_t i = 0; i < snapshot->header->text_size; i++)
		require((unsigned char)snapshot->texts[i] >= 0x20 || snapshot->texts[i] == '\0');
}

static inline void source_is_sound(const struct enrichment_source *source, const uint8_t *data, size_t size)
{
	struct source_input input = {.path = "FILE", .content = span_make(data, size)};
	struct snapshot_image image = {.data = NULL};
	struct snapshot snapshot;
	struct error error = {{0}};

	(void)source->recognises(input.content);
	if (source_compile(&input, source, &image, NULL, &error)) {
		require(snapshot_view(span_make(image.data, image.size), false, &snapshot, &error));
		ranges_are_found(&snapshot);
		texts_are_harmless(&snapshot);
		free(image.data);
		return;
	}
	require(strncmp(error.text, "FILE, read as ", 14) == 0);
	for (const char *at = error.text; *at != '\0'; at++)
		require(*at >= ' ' && *at <= '~');
}

#endif
