/* SPDX-License-Identifier: ISC */
/* Reads the database of IPFire Location (form version 1, as libloc writes it): one binary tree of 128-bit prefixes in which IPv4 is ::ffff:0:0/96.
   The most specific network holds. All numbers are big-endian; every offset is the file's word and is checked. */
#include <stdio.h>
#include <string.h>

#include "base/reader.h"
#include "enrich/sources.h"
#include "model/attribution.h"

enum {
	MAGIC_SIZE = 7,
	FORM_VERSION = 1,
	NODE_SIZE = 12,
	NETWORK_SIZE = 12,
	AS_SIZE = 8,
	DEPTH_MAX = 128,
	MAPPED_BITS = 96,
	FLAGS_KNOWN = ATTRIBUTION_ANONYMOUS_PROXY | ATTRIBUTION_SATELLITE | ATTRIBUTION_ANYCAST | ATTRIBUTION_HOSTILE,
};

static const uint32_t NO_NETWORK = UINT32_MAX;

struct location {
	struct span networks_by_number, networks, tree, texts;
	struct builder *builder;
	bool is_damaged;
};

/* A place in the tree: the node, and the bits that lead to it. */
struct place {
	uint32_t node;
	int depth;
	uint8_t bits[16];
};

static bool recognises(struct span content)
{
	return span_starts_with_text(content, "LOCDBXX");
}

static struct span take_part(struct reader *reader, struct span content, bool *is_damaged)
{
	uint32_t offset = reader_u32(reader), size = reader_u32(reader);

	if (offset > content.size || size > content.size - offset)
		*is_damaged = true;
	return span_part(content, offset, size);
}

static struct span text_at(const struct location *location, uint32_t offset)
{
	struct span text = span_part(location->texts, offset, location->texts.size);

	return span_part(text, 0, span_find_byte(text, 0));
}

static uint32_t number_at(struct span part, size_t offset)
{
	struct reader reader = reader_make(span_part(part, offset, 4));

	return reader_u32(&reader);
}

/* The table is sorted by number; one that is not gives wrong names, nothing worse. */
static struct span name_of(const struct location *location, uint32_t asn)
{
	size_t low = 0, high = location->networks_by_number.size / AS_SIZE;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (number_at(location->networks_by_number, middle * AS_SIZE) < asn)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == location->networks_by_number.size / AS_SIZE || number_at(location->networks_by_number, low * AS_SIZE) != asn)
		return span_make(NULL, 0);
	return text_at(location, number_at(location->networks_by_number, low * AS_SIZE + 4));
}

static void read_value(const struct location *location, struct span network, struct builder_value *value)
{
	struct reader reader = reader_make(network);
	struct span country = reader_bytes(&reader, 2);
	char reserved[3];

	*value = (struct builder_value){.flags = 0};
	(void)reader_u16(&reader);
	value->asn = reader_u32(&reader);
	value->flags = (uint8_t)(reader_u16(&reader) & FLAGS_KNOWN);
	if (value->asn != 0)
		value->name = name_of(location, value->asn);
	if (country_code_read(country, value->country, reserved) && reserved[0] != '\0')
		memcpy(value->country, reserved, sizeof(reserved));
}

/* What lies in ::ffff:0:0/96 is IPv4. */
static struct ip_range range_of(const struct place *place)
{
	static const uint8_t mapped[MAPPED_BITS / 8] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	if (place->depth >= MAPPED_BITS && memcmp(place->bits, mapped, sizeof(mapped)) == 0)
		return source_prefix(IP_FAMILY_4, place->bits + sizeof(mapped), place->depth - MAPPED_BITS);
	return source_prefix(IP_FAMILY_6, place->bits, place->depth);
}

static void add_network(struct location *location, const struct place *place, uint32_t number)
{
	struct builder_value value;
	struct ip_range range = range_of(place);

	if (number >= location->networks.size / NETWORK_SIZE) {
		location->is_damaged = true;
		return;
	}
	read_value(location, span_part(location->networks, (size_t)number * NETWORK_SIZE, NETWORK_SIZE), &value);
	builder_add_range(location->builder, &range, &value);
}

/* Each node is met once in a tree; more meetings than nodes are a loop, or a tree that folds back into itself. */
static void walk_tree(struct location *location)
{
	struct place stack[DEPTH_MAX + 2] = {{.node = 0}};
	size_t count = 1, met = 0, node_count = location->tree.size / NODE_SIZE;

	while (count > 0 && !location->is_damaged) {
		struct place place = stack[--count];
		struct reader reader = reader_make(span_part(location->tree, (size_t)place.node * NODE_SIZE, NODE_SIZE));
		uint32_t children[2], network;

		children[0] = reader_u32(&reader);
		children[1] = reader_u32(&reader);
		network = reader_u32(&reader);
		if (place.node >= node_count || ++met > node_count) {
			location->is_damaged = true;
			break;
		}
		if (network != NO_NETWORK)
			add_network(location, &place, network);
		if ((children[0] != 0 || children[1] != 0) && place.depth == DEPTH_MAX)
			location->is_damaged = true;
		for (size_t bit = 2; bit-- > 0 && place.depth < DEPTH_MAX;) { /* the lower half comes out first: ranges in order */
			if (children[bit] == 0)
				continue;
			stack[count] = place;
			stack[count].node = children[bit];
			if (bit == 1)
				stack[count].bits[place.depth / 8] |= (uint8_t)(0x80 >> (place.depth % 8));
			stack[count++].depth++;
		}
	}
}

static void add_names(struct location *location)
{
	for (size_t at = 0; at + AS_SIZE <= location->networks_by_number.size; at += AS_SIZE) {
		struct builder_value value = {.name = text_at(location, number_at(location->networks_by_number, at + 4))};

		builder_add_network(location->builder, number_at(location->networks_by_number, at), &value);
	}
}

static bool read_location(const struct source_input *input, struct builder *builder, struct source_facts *facts, struct error *error)
{
	struct location location = {.builder = builder};
	struct reader reader = reader_make(input->content);
	uint64_t created;
	uint8_t version;

	(void)reader_bytes(&reader, MAGIC_SIZE);
	version = reader_u8(&reader);
	if (version != FORM_VERSION)
		return error_set(error, "it has version %u of its form; this program knows version %d", version, FORM_VERSION);
	created = (uint64_t)reader_u32(&reader) << 32;
	created |= reader_u32(&reader);
	(void)reader_bytes(&reader, 12); /* who made it, what it is, its licence: texts that are the same in every file */
	location.networks_by_number = take_part(&reader, input->content, &location.is_damaged);
	location.networks = take_part(&reader, input->content, &location.is_damaged);
	location.tree = take_part(&reader, input->content, &location.is_damaged);
	(void)take_part(&reader, input->content, &location.is_damaged); /* names of countries */
	location.texts = take_part(&reader, input->content, &location.is_damaged);
	if (reader.failed || location.is_damaged || location.tree.size < NODE_SIZE)
		return error_set(error, "its parts reach beyond its end: it is damaged or was not copied whole");
	walk_tree(&location);
	if (location.is_damaged)
		return error_set(error, "its tree of networks does not hold together: it is damaged");
	add_names(&location);
	if (created < (uint64_t)INT64_MAX / 1000)
		facts->date.unix_ms = (int64_t)created * 1000;
	(void)snprintf(facts->source, sizeof(facts->source), "ipfire-location");
	(void)snprintf(facts->notice, sizeof(facts->notice), "IPFire Location database, https://location.ipfire.org/, CC BY-SA 4.0");
	return true;
}

const struct enrichment_source LOCATION_SOURCE = {"location", "IPFire's location.db: country, network, its name, anycast.", recognises,
                                                  read_location};
