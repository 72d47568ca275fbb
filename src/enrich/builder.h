/* SPDX-License-Identifier: ISC */
/* Makes a snapshot of what a source says: prefixes and ranges in any order, nested or not; the most specific one wins. */
#ifndef ENRICH_BUILDER_H
#define ENRICH_BUILDER_H

#include "enrich/byte_pool.h"
#include "enrich/snapshot.h"

/* What is said of a range or a network; zeroed says nothing. Texts are copied, made harmless and cut to ATTRIBUTION_NAME_MAX. */
struct builder_value {
	char country[3]; /* as the source has it, two capital letters (country_code_read) */
	uint8_t flags;   /* enum attribution_flag */
	uint32_t asn;
	struct span name, sector, naics;
	struct span authorised; /* see struct snapshot_payload */
};

struct builder_range;
struct builder_payload;
struct builder_network;

struct builder_ranges {
	struct builder_range *items;
	uint32_t count, capacity;
	bool is_unsorted;
};

struct builder {
	struct byte_pool texts, payloads;
	struct builder_ranges ranges4, ranges6;
	struct builder_network *networks;
	uint32_t network_count, network_capacity;
	bool is_too_large;
	bool joins_authorised; /* what is authorised for a range holds inside of it too */
};

/* Owned by whoever asked for it; lies at a multiple of SNAPSHOT_ALIGNMENT. */
struct snapshot_image {
	unsigned char *data;
	size_t size;
};

void builder_init(struct builder *builder);
/* Both may be given before or after the other. A range that is given twice: what was said last holds. */
void builder_add_range(struct builder *builder, const struct ip_range *range, const struct builder_value *value);
/* Name and sector of value, for all ranges of the network that have none of their own. */
void builder_add_network(struct builder *builder, uint32_t asn, const struct builder_value *value);
uint32_t builder_range_count(const struct builder *builder);
/* The snapshot; the builder is empty afterwards. False: it would be too large, or nothing was said. */
bool builder_finish(struct builder *builder, const char *source, const char *notice, struct timestamp date,
                    struct snapshot_image *image_out, struct error *error) MUST_CHECK;
void builder_done(struct builder *builder);

#endif
