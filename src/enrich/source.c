/* SPDX-License-Identifier: ISC */
/* Finds out what kind of file it is, and has it compiled. */
#include "enrich/source.h"

#include <stdio.h>
#include <string.h>

#include "enrich/sources.h"

const struct enrichment_source *const ENRICHMENT_SOURCES[] = {
	&LOCATION_SOURCE,
	&CSV_SOURCE,
	NULL,
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
