/* SPDX-License-Identifier: ISC */
/* Reads MMDB files by libmaxminddb, whoever made them: MaxMind, IPinfo, DB-IP and others name the same things differently. The tree is walked
   whole; places where the tree of IPv6 points back to that of IPv4 are left out, as the walk would go through it again and again. */
#include <inttypes.h>
#include <maxminddb.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "enrich/sources.h"
#include "model/attribution.h"

enum { DEPTH_MAX = 128, IPV4_DEPTH = 96, METADATA_MAX = 128 * 1024 };

/* A place in the tree: the record, and the bits that lead to it. */
struct place {
	uint64_t node;
	int depth;
	uint8_t bits[16];
};

struct walk {
	const MMDB_s *database;
	struct builder *builder;
	struct source_facts *facts;
	uint64_t ipv4_node; /* where ::/96 begins; of a file of IPv4 alone its root */
	uint64_t met;
	bool is_ipv6, is_damaged;
	struct place stack[DEPTH_MAX + 2];
	size_t count;
};

static bool recognises(struct span content)
{
	static const char marker[] = "\xab\xcd\xefMaxMind.com";
	struct span end = content.size > METADATA_MAX ? span_part(content, content.size - METADATA_MAX, METADATA_MAX) : content;

	return end.size > 0 && memmem(end.data, end.size, marker, sizeof(marker) - 1) != NULL;
}

static bool find(MMDB_entry_s *entry, const char *const *path, MMDB_entry_data_s *found)
{
	return MMDB_aget_value(entry, found, path) == MMDB_SUCCESS && found->has_data;
}

static struct span find_text(MMDB_entry_s *entry, const char *const *path)
{
	MMDB_entry_data_s found;

	if (!find(entry, path, &found) || found.type != MMDB_DATA_TYPE_UTF8_STRING)
		return span_make(NULL, 0);
	return span_make(found.utf8_string, found.data_size);
}

/* IPinfo writes "AS64500" as a text. */
static uint32_t find_number(MMDB_entry_s *entry, const char *const *path)
{
	MMDB_entry_data_s found;
	uint32_t asn;

	if (!find(entry, path, &found))
		return 0;
	switch (found.type) {
	case MMDB_DATA_TYPE_UINT16:
		return found.uint16;
	case MMDB_DATA_TYPE_UINT32:
		return found.uint32;
	case MMDB_DATA_TYPE_UTF8_STRING:
		return asn_read(span_make(found.utf8_string, found.data_size), &asn) ? asn : 0;
	default:
		return 0;
	}
}

enum { NAMES_MAX = 2 };

/* The country under which addresses are registered is the next best when nothing better is known. "country" itself is a map (MaxMind, DB-IP),
   a name (IPinfo Lite) or a code (older IPinfo): only what reads as a code is taken. */
static const char *const COUNTRY_PATHS[][NAMES_MAX + 1] = {
	{"country", "iso_code"}, {"country_code"}, {"country"}, {"registered_country", "iso_code"}};
static const char *const NUMBER_PATHS[][NAMES_MAX + 1] = {{"autonomous_system_number"}, {"asn"}, {"traits", "autonomous_system_number"}};
static const char *const NAME_PATHS[][NAMES_MAX + 1] = {
	{"autonomous_system_organization"}, {"as_name"}, {"traits", "autonomous_system_organization"}, {"name"}};
static const char *const ANYCAST_PATH[] = {"traits", "is_anycast", NULL};
static const char *const USER_TYPE_PATH[] = {"traits", "user_type", NULL};

static void read_value(MMDB_entry_s *entry, struct builder_value *value)
{
	MMDB_entry_data_s found;
	char reserved[3] = "";

	*value = (struct builder_value){.flags = 0};
	for (size_t i = 0; i < ARRAY_LENGTH(COUNTRY_PATHS) && value->country[0] == '\0'; i++) {
		if (country_code_read(find_text(entry, COUNTRY_PATHS[i]), value->country, reserved) && reserved[0] != '\0')
			memcpy(value->country, reserved, sizeof(reserved));
	}
	for (size_t i = 0; i < ARRAY_LENGTH(NUMBER_PATHS) && value->asn == 0; i++)
		value->asn = find_number(entry, NUMBER_PATHS[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(NAME_PATHS) && value->asn != 0 && value->name.size == 0; i++)
		value->name = find_text(entry, NAME_PATHS[i]);
	if (find(entry, ANYCAST_PATH, &found) && found.type == MMDB_DATA_TYPE_BOOLEAN && found.boolean)
		value->flags |= ATTRIBUTION_ANYCAST;
	value->sector = find_text(entry, USER_TYPE_PATH);
}

static void add_data(struct walk *walk, const struct place *place, MMDB_entry_s entry)
{
	static const uint8_t zeros[IPV4_DEPTH / 8];
	struct builder_value value;
	struct ip_range range;

	read_value(&entry, &value);
	if (value.country[0] == '\0' && value.asn == 0 && value.sector.size == 0) {
		walk->facts->skipped++;
		return;
	}
	if (!walk->is_ipv6)
		range = source_prefix(IP_FAMILY_4, place->bits, place->depth);
	else if (place->depth >= IPV4_DEPTH && memcmp(place->bits, zeros, sizeof(zeros)) == 0)
		range = source_prefix(IP_FAMILY_4, place->bits + IPV4_DEPTH / 8, place->depth - IPV4_DEPTH);
	else
		range = source_prefix(IP_FAMILY_6, place->bits, place->depth);
	builder_add_range(walk->builder, &range, &value);
}

static bool is_alias(const struct walk *walk, const struct place *place)
{
	static const uint8_t zeros[IPV4_DEPTH / 8];

	return walk->is_ipv6 && place->node == walk->ipv4_node &&
	       (place->depth != IPV4_DEPTH || memcmp(place->bits, zeros, sizeof(zeros)) != 0);
}

static void follow(struct walk *walk, const struct place *from, bool bit, uint64_t record, uint8_t type, MMDB_entry_s entry)
{
	struct place place = *from;
	int depth_max = walk->is_ipv6 ? DEPTH_MAX : 32;

	if (bit)
		place.bits[place.depth / 8] |= (uint8_t)(0x80 >> (place.depth % 8));
	place.depth++;
	place.node = record;
	if (type == MMDB_RECORD_TYPE_DATA) {
		add_data(walk, &place, entry);
	} else if (type == MMDB_RECORD_TYPE_SEARCH_NODE && !is_alias(walk, &place)) {
		if (place.depth >= depth_max)
			walk->is_damaged = true;
		else
			walk->stack[walk->count++] = place;
	} else if (type == MMDB_RECORD_TYPE_INVALID) {
		walk->is_damaged = true;
	}
}

/* Each node is met once in a tree; more meetings than nodes are a loop. */
static void walk_tree(struct walk *walk)
{
	walk->stack[walk->count++] = (struct place){.node = 0};
	while (walk->count > 0 && !walk->is_damaged) {
		struct place place = walk->stack[--walk->count];
		MMDB_search_node_s node;

		if (++walk->met > walk->database->metadata.node_count ||
		    MMDB_read_node(walk->database, (uint32_t)place.node, &node) != MMDB_SUCCESS) {
			walk->is_damaged = true;
			break;
		}
		follow(walk, &place, true, node.right_record, node.right_record_type, node.right_record_entry);
		follow(walk, &place, false, node.left_record, node.left_record_type, node.left_record_entry);
	}
}

static uint64_t find_ipv4_node(const MMDB_s *database)
{
	uint64_t at = 0;

	for (int depth = 0; depth < IPV4_DEPTH; depth++) {
		MMDB_search_node_s node;

		if (MMDB_read_node(database, (uint32_t)at, &node) != MMDB_SUCCESS || node.left_record_type != MMDB_RECORD_TYPE_SEARCH_NODE)
			return UINT64_MAX;
		at = node.left_record;
	}
	return at;
}

static bool read_mmdb(const struct source_input *input, struct builder *builder, struct source_facts *facts, struct error *error)
{
	MMDB_s database;
	struct walk walk = {.database = &database, .builder = builder, .facts = facts};
	int result = MMDB_open(input->path, MMDB_MODE_MMAP, &database);

	if (result != MMDB_SUCCESS)
		return error_set(error, "libmaxminddb says: %s (a packed file has to be unpacked first)", MMDB_strerror(result));
	walk.is_ipv6 = database.metadata.ip_version == 6;
	walk.ipv4_node = walk.is_ipv6 ? find_ipv4_node(&database) : UINT64_MAX;
	walk_tree(&walk);
	if (database.metadata.build_epoch < (uint64_t)INT64_MAX / 1000)
		facts->date.unix_ms = (int64_t)database.metadata.build_epoch * 1000;
	if (database.metadata.database_type != NULL)
		(void)snprintf(facts->notice, sizeof(facts->notice), "%s", database.metadata.database_type);
	MMDB_close(&database);
	return !walk.is_damaged || error_set(error, "its tree does not hold together: it is damaged");
}

const struct enrichment_source MMDB_SOURCE = {"mmdb", "MMDB files: MaxMind's, IPinfo's, DB-IP's and others.", recognises, read_mmdb};
