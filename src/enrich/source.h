/* SPDX-License-Identifier: ISC */
/* Kinds of files that say whose addresses are: one file and one row of the table each. All are compiled into a snapshot before anything is looked up. */
#ifndef ENRICH_SOURCE_H
#define ENRICH_SOURCE_H

#include "enrich/builder.h"

struct source_input {
	const char *path;    /* for messages, and for libraries that open files themselves */
	struct span content; /* unpacked */
	struct timestamp modified;
};

/* What a source says of itself; texts are copied by whoever called. */
struct source_facts {
	char source[64]; /* begins as the name of the file without its folder */
	char notice[160];
	struct timestamp date; /* begins as that of the file */
	uint64_t skipped;      /* records that say nothing usable */
};

struct enrichment_source {
	const char *name;
	const char *sentence; /* for `mailcensus data import --help` and the manual */
	bool (*recognises)(struct span content);
	/* False: the error says where in the file what is wrong. */
	bool (*read)(const struct source_input *input, struct builder *builder, struct source_facts *facts, struct error *error);
};

/* Ends with NULL. */
extern const struct enrichment_source *const ENRICHMENT_SOURCES[];

const struct enrichment_source *enrichment_source_find(struct span name);
/* source NULL: whichever recognises it. skipped_out may be NULL. */
bool source_compile(const struct source_input *input, const struct enrichment_source *source, struct snapshot_image *image_out,
                    uint64_t *skipped_out, struct error *error) MUST_CHECK;
/* The prefix that begins with these bits; what lies behind its length is ignored. length at most 32 or 128. */
struct ip_range source_prefix(enum ip_family family, const uint8_t *bits, int length);
/* Numbers that no network of the Internet has: reserved, private, for documentation. */
bool source_is_bogon(uint32_t asn);
/* Routes for a default, or longer than anybody accepts from others (/24, /48), tell of no network. */
bool source_is_route(const struct ip_range *range);
/* Cuts the next line off *rest, without its end. False: there is none. */
bool source_take_line(struct span *rest, struct span *line_out);

#endif
