/* SPDX-License-Identifier: ISC */
/* Finds out what kind of file it is, and has it compiled. */
#include "enrich/source.h"

#include <stdio.h>
#include <string.h>

#include "enrich/sources.h"
#include "model/attribution.h"

const struct enrichment_source *const ENRICHMENT_SOURCES[] = {
	/* The binary ones first, then from the most particular to the most general form of text. */
	&LOCATION_SOURCE, &MMDB_SOURCE, &MRT_SOURCE, &VRP_SOURCE, &DELEGATED_SOURCE, &CSV_SOURCE, &ROUTES_SOURCE, NULL,
};

const struct enrichment_source *enrichment_source_find(struct span name)
{
	for (size_t i = 0; ENRICHMENT_SOURCES[i] != NULL; i++) {
		if (span_equals_text(name, ENRICHMENT_SOURCES[i]->name))
			return ENRICHMENT_SOURCES[i];
	}
	return NULL;
}

static const struct enrichment_source *recognise(struct span content)
{
	for (size_t i = 0; ENRICHMENT_SOURCES[i] != NULL; i++) {
		if (ENRICHMENT_SOURCES[i]->recognises(content))
			return ENRICHMENT_SOURCES[i];
	}
	return NULL;
}

bool source_compile(const struct source_input *input, const struct enrichment_source *source, struct snapshot_image *image_out,
                    uint64_t *skipped_out, struct error *error)
{
	const char *slash = strrchr(input->path, '/');
	struct source_facts facts = {.date = input->modified};
	struct builder builder;

	(void)snprintf(facts.source, sizeof(facts.source), "%s", slash != NULL ? slash + 1 : input->path);
	if (source == NULL)
		source = recognise(input->content);
	if (source == NULL)
		return error_set(error, "%s is no file of a kind that tells whose addresses are; \"man mailcensus-data\" lists them",
		                 input->path);
	builder_init(&builder);
	if (!source->read(input, &builder, &facts, error)) {
		builder_done(&builder);
		return error_prefix(error, "%s, read as %s", input->path, source->name);
	}
	if (skipped_out != NULL)
		*skipped_out = facts.skipped;
	if (!builder_finish(&builder, facts.source, facts.notice, facts.date, image_out, error))
		return error_prefix(error, "%s, read as %s", input->path, source->name);
	return true;
}

bool source_take_line(struct span *rest, struct span *line_out)
{
	size_t end = span_find_byte(*rest, '\n');

	if (rest->size == 0)
		return false;
	*line_out = span_part(*rest, 0, end);
	*rest = span_part(*rest, end + 1, rest->size);
	if (line_out->size > 0 && line_out->data[line_out->size - 1] == '\r')
		line_out->size--;
	return true;
}

struct ip_range source_prefix(enum ip_family family, const uint8_t *bits, int length)
{
	struct ip_range range = {.first = {.family = family}};
	size_t size = ip_address_size(range.first);

	for (size_t i = 0; i < size && (int)(8 * i) < length; i++) {
		int kept = length - 8 * (int)i;

		range.first.bytes[i] = (uint8_t)(bits[i] & (kept >= 8 ? 0xff : 0xff << (8 - kept)));
	}
	range.last = range.first;
	for (size_t i = 0; i < size; i++) {
		int kept = length - 8 * (int)i;

		range.last.bytes[i] |= (uint8_t)(kept >= 8 ? 0 : kept <= 0 ? 0xff : 0xff >> kept);
	}
	return range;
}

bool source_is_bogon(uint32_t asn)
{
	return asn == 0 || asn == 23456 || (asn >= 64496 && asn <= 131071) || asn >= 4200000000U;
}

bool source_is_route(const struct ip_range *range)
{
	int length = ip_range_prefix_length(range);

	return length > 0 && length <= (range->first.family == IP_FAMILY_4 ? 24 : 48);
}
