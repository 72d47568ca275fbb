/* SPDX-License-Identifier: ISC */
/* Reads dumps of routing tables (MRT, RFC 6396: TABLE_DUMP_V2; RFC 8050 with path identifiers): for each prefix the network that most peers say
   it originates from. Lengths are the file's word: each record is taken out whole first, and nothing reads beyond it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/reader.h"
#include "enrich/sources.h"
#include "model/attribution.h"

enum {
	TYPE_TABLE_DUMP = 12,
	TYPE_TABLE_DUMP_V2 = 13,
	SUBTYPE_RIB_IPV4 = 2,
	SUBTYPE_RIB_IPV6 = 4,
	SUBTYPE_RIB_IPV4_PATHS = 8,
	SUBTYPE_RIB_IPV6_PATHS = 10,
	ATTRIBUTE_AS_PATH = 2,
	ATTRIBUTE_HAS_LONG_SIZE = 0x10,
	SEGMENT_SET = 1,
	SEGMENT_SEQUENCE = 2,
	ORIGINS_MAX = 32, /* distinct ones of one prefix; more are not counted */
	RECORD_MAX = 64 << 20,
};

/* Who announces a prefix, by how many peers. */
struct votes {
	uint32_t asn[ORIGINS_MAX];
	uint32_t count[ORIGINS_MAX];
	size_t used;
};

static void vote(struct votes *votes, uint32_t asn)
{
	for (size_t i = 0; i < votes->used; i++) {
		if (votes->asn[i] == asn) {
			votes->count[i]++;
			return;
		}
	}
	if (votes->used < ORIGINS_MAX) {
		votes->asn[votes->used] = asn;
		votes->count[votes->used++] = 1;
	}
}

/* The last network of the path; 0: a set of several, or none. Confederations are inside of a network. */
static uint32_t origin_of(struct span path)
{
	struct reader reader = reader_make(path);
	uint32_t origin = 0;

	while (reader.rest.size > 0 && !reader.failed) {
		uint8_t type = reader_u8(&reader), count = reader_u8(&reader);
		uint32_t last = 0;

		for (unsigned i = 0; i < count; i++)
			last = reader_u32(&reader);
		if (type == SEGMENT_SEQUENCE || type == SEGMENT_SET)
			origin = type == SEGMENT_SET && count != 1 ? 0 : last;
	}
	return reader.failed ? 0 : origin;
}

static uint32_t origin_in(struct span attributes)
{
	struct reader reader = reader_make(attributes);

	while (reader.rest.size > 0 && !reader.failed) {
		uint8_t flags = reader_u8(&reader), type = reader_u8(&reader);
		uint16_t size = (flags & ATTRIBUTE_HAS_LONG_SIZE) != 0 ? reader_u16(&reader) : reader_u8(&reader);
		struct span value = reader_bytes(&reader, size);

		if (type == ATTRIBUTE_AS_PATH && !reader.failed)
			return origin_of(value);
	}
	return 0;
}

static void add_winner(const struct votes *votes, const struct ip_range *range, struct builder *builder, struct source_facts *facts)
{
	struct builder_value value = {.flags = 0};
	size_t best = 0;

	for (size_t i = 1; i < votes->used; i++) {
		if (votes->count[i] > votes->count[best])
			best = i;
	}
	if (votes->used == 0 || source_is_bogon(votes->asn[best]) || !source_is_route(range)) {
		facts->skipped++;
		return;
	}
	value.asn = votes->asn[best];
	if (votes->used > 1)
		value.flags = ATTRIBUTION_MANY_ORIGINS;
	builder_add_range(builder, range, &value);
}

static bool read_rib(struct span record, enum ip_family family, bool has_paths, struct builder *builder, struct source_facts *facts)
{
	struct reader reader = reader_make(record);
	struct votes votes = {.used = 0};
	struct span bits;
	struct ip_range range;
	uint8_t length;
	uint16_t count;

	(void)reader_u32(&reader); /* its place in the dump */
	length = reader_u8(&reader);
	if (length > (family == IP_FAMILY_4 ? 32 : 128))
		return false;
	bits = reader_bytes(&reader, ((size_t)length + 7) / 8);
	count = reader_u16(&reader);
	if (reader.failed)
		return false;
	range = source_prefix(family, bits.data, length);
	for (unsigned i = 0; i < count && !reader.failed; i++) {
		struct span attributes;
		uint32_t origin;

		(void)reader_u16(&reader); /* peer */
		(void)reader_u32(&reader); /* since when */
		if (has_paths)
			(void)reader_u32(&reader);
		attributes = reader_bytes(&reader, reader_u16(&reader));
		origin = reader.failed ? 0 : origin_in(attributes);
		if (origin != 0)
			vote(&votes, origin);
	}
	if (reader.failed)
		return false;
	add_winner(&votes, &range, builder, facts);
	return true;
}

static bool recognises(struct span content)
{
	struct reader reader = reader_make(content);
	uint16_t type, subtype;
	uint32_t size;

	(void)reader_u32(&reader);
	type = reader_u16(&reader);
	subtype = reader_u16(&reader);
	size = reader_u32(&reader);
	return !reader.failed && (type == TYPE_TABLE_DUMP || type == TYPE_TABLE_DUMP_V2) && subtype > 0 && subtype <= 12 &&
	       size <= RECORD_MAX;
}

static bool read_record(struct span record, uint16_t type, uint16_t subtype, struct builder *builder, struct source_facts *facts)
{
	if (type == TYPE_TABLE_DUMP_V2 && (subtype == SUBTYPE_RIB_IPV4 || subtype == SUBTYPE_RIB_IPV4_PATHS))
		return read_rib(record, IP_FAMILY_4, subtype == SUBTYPE_RIB_IPV4_PATHS, builder, facts);
	if (type == TYPE_TABLE_DUMP_V2 && (subtype == SUBTYPE_RIB_IPV6 || subtype == SUBTYPE_RIB_IPV6_PATHS))
		return read_rib(record, IP_FAMILY_6, subtype == SUBTYPE_RIB_IPV6_PATHS, builder, facts);
	return true; /* who the peers are, multicast, and whatever else there is */
}

static bool read_mrt(const struct source_input *input, struct builder *builder, struct source_facts *facts, struct error *error)
{
	struct reader reader = reader_make(input->content);
	bool has_old_form = false;

	for (uint64_t number = 1; reader.rest.size > 0; number++) {
		uint32_t time = reader_u32(&reader), size;
		uint16_t type = reader_u16(&reader), subtype = reader_u16(&reader);
		struct span record;

		size = reader_u32(&reader);
		if (size > RECORD_MAX)
			return error_set(error, "record %" PRIu64 " says that it has %" PRIu32 " bytes: the file is damaged", number, size);
		record = reader_bytes(&reader, size);
		if (reader.failed)
			return error_set(error, "record %" PRIu64 " is cut short: the file was not copied whole", number);
		if (number == 1)
			facts->date.unix_ms = (int64_t)time * 1000;
		has_old_form = has_old_form || type == TYPE_TABLE_DUMP;
		if (!read_record(record, type, subtype, builder, facts))
			return error_set(error, "record %" PRIu64 " is no entry of a routing table: the file is damaged", number);
	}
	if (has_old_form && builder_range_count(builder) == 0)
		return error_set(error, "it is in the form TABLE_DUMP of before 2008; TABLE_DUMP_V2 is read");
	return true;
}

const struct enrichment_source MRT_SOURCE = {"mrt", "Dumps of routing tables (MRT, TABLE_DUMP_V2): the origin that most peers see.",
                                             recognises, read_mrt};
