/* SPDX-License-Identifier: ISC */
/* Sweeps once over all that was named, uniting ports and cutting what is excluded, and answers by binary search afterwards. */
#include "scope/target_set.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "scope/address_math.h"
#include "scope/port_table.h"

enum { PLACES_MAX = 1 << 16, PLACES_PER_RANGE = 16 };

/* Where a named range begins or ends. */
struct edge {
	struct ip_address address;
	uint32_t ports; /* number in the port table */
};

struct sealed_range {
	struct ip_range range;
	uint32_t ports;
	uint64_t first_index; /* of the range's first address in the whole set */
};

struct target_set {
	struct port_list default_ports;
	struct port_table ports;
	struct edge *starts, *ends; /* one pair per named range; gone after sealing */
	size_t named_count, named_capacity;
	struct sealed_range *ranges;
	size_t range_count, range_capacity;
	uint64_t count, excluded_count;
	/* The range of every 2^place_shift-th index, and one more: a sweep asks for each SYN. */
	uint32_t *places;
	unsigned place_shift;
	bool is_sealed;
};

/* What holds at the place that the sweep has reached. */
struct sweep {
	struct target_set *set;
	const struct exclusion_list *exclusions;
	struct error *error;
	size_t exclusion;       /* the first excluded range that does not lie before the place */
	uint32_t *uses_of_port; /* 65536: how many of the named ranges here want this port */
	uint16_t *ports;        /* those with uses, ascending */
	size_t port_count;
	size_t open_count;       /* named ranges here */
	struct ip_address place; /* the first address not emitted yet; means something while open_count > 0 */
	address_number count, excluded_count;
	struct ip_address excluded_example;
	bool has_failed;
};

static const address_number COUNT_MAX = (address_number)1 << 63;

struct target_set *target_set_new(const struct port_list *default_ports)
{
	struct target_set *set = memory_allocate(1, sizeof(*set));

	assert(default_ports->count > 0);
	set->default_ports = *default_ports;
	return set;
}

void target_set_free(struct target_set *set)
{
	if (set == NULL)
		return;
	port_table_done(&set->ports);
	free(set->starts);
	free(set->ends);
	free(set->ranges);
	free(set->places);
	free(set);
}

static bool is_adjacent(struct ip_address last, struct ip_address first)
{
	return last.family == first.family && ip_address_compare(last, first) < 0 && ip_address_compare(ip_address_next(last), first) == 0;
}

void target_set_add(struct target_set *set, const struct ip_range *range, const struct port_list *ports)
{
	uint32_t number = port_table_intern(&set->ports, ports->count > 0 ? ports : &set->default_ports);

	assert(!set->is_sealed);
	if (set->named_count > 0) { /* long lists are mostly sorted: one address after the other becomes one range */
		struct edge *before = &set->ends[set->named_count - 1];

		if (before->ports == number && is_adjacent(before->address, range->first)) {
			before->address = range->last;
			return;
		}
	}
	if (set->named_count == set->named_capacity) {
		set->named_capacity = set->named_capacity * 2 + 16;
		set->starts = memory_resize(set->starts, set->named_capacity, sizeof(*set->starts));
		set->ends = memory_resize(set->ends, set->named_capacity, sizeof(*set->ends));
	}
	set->starts[set->named_count] = (struct edge){range->first, number};
	set->ends[set->named_count++] = (struct edge){range->last, number};
}

/* ---- sealing ---- */

static int compare_edges(const void *a, const void *b)
{
	const struct edge *left = a, *right = b;

	return ip_address_compare(left->address, right->address);
}

/* The place of a port among the ascending ones, or where it belongs. */
static size_t find_port(const struct sweep *sweep, uint16_t port)
{
	size_t low = 0, high = sweep->port_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sweep->ports[middle] < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void open_ports(struct sweep *sweep, const struct port_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		uint16_t port = list->ports[i];
		size_t at = find_port(sweep, port);

		if (sweep->uses_of_port[port]++ > 0)
			continue;
		memmove(&sweep->ports[at + 1], &sweep->ports[at], (sweep->port_count - at) * sizeof(*sweep->ports));
		sweep->ports[at] = port;
		sweep->port_count++;
	}
	sweep->open_count++;
}

static void close_ports(struct sweep *sweep, const struct port_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		uint16_t port = list->ports[i];
		size_t at = find_port(sweep, port);

		if (--sweep->uses_of_port[port] > 0)
			continue;
		sweep->port_count--;
		memmove(&sweep->ports[at], &sweep->ports[at + 1], (sweep->port_count - at) * sizeof(*sweep->ports));
	}
	sweep->open_count--;
}

static void refuse_ports(struct sweep *sweep, struct ip_address address)
{
	char text[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(address, text);
	sweep->has_failed = !error_set(
		sweep->error, "%s: %zu different ports are asked for at this address, all mentions taken together; at most %d are possible",
		text, sweep->port_count, TARGET_PORTS_MAX);
}

/* A part that nothing excludes. */
static void keep_range(struct sweep *sweep, struct ip_range range)
{
	struct target_set *set = sweep->set;
	struct sealed_range *before = set->range_count > 0 ? &set->ranges[set->range_count - 1] : NULL;
	struct port_list list = {.count = sweep->port_count};
	address_number span = range_span(&range);
	uint32_t ports;

	if (list.count > TARGET_PORTS_MAX) {
		refuse_ports(sweep, range.first);
		return;
	}
	if (span >= COUNT_MAX || sweep->count + span >= COUNT_MAX) {
		sweep->has_failed =
			!error_set(sweep->error, "more than 2^63 addresses are named, which no scan would ever finish; of IPv6 name the "
		                                 "prefixes that hold hosts, such as a /112, or addresses known from elsewhere");
		return;
	}
	memcpy(list.ports, sweep->ports, list.count * sizeof(list.ports[0]));
	ports = port_table_intern(&set->ports, &list);
	if (before != NULL && before->ports == ports && is_adjacent(before->range.last, range.first)) {
		before->range.last = range.last;
	} else {
		if (set->range_count == set->range_capacity) {
			set->range_capacity = set->range_capacity * 2 + 16;
			set->ranges = memory_resize(set->ranges, set->range_capacity, sizeof(*set->ranges));
		}
		set->ranges[set->range_count++] = (struct sealed_range){range, ports, (uint64_t)sweep->count};
	}
	sweep->count += span + 1;
}

static void drop_range(struct sweep *sweep, struct ip_range range)
{
	address_number span = range_span(&range);

	if (sweep->excluded_count == 0)
		sweep->excluded_example = range.first;
	if (sweep->excluded_count < UINT64_MAX)
		sweep->excluded_count = span >= UINT64_MAX ? UINT64_MAX : sweep->excluded_count + span + 1;
}

/* Cuts the range at what is excluded. Ranges come in ascending order, so the exclusions are passed once. */
static void emit_range(struct sweep *sweep, struct ip_range range)
{
	struct ip_range excluded;

	while (exclusion_list_range(sweep->exclusions, sweep->exclusion, &excluded)) {
		struct ip_range part = range;

		if (ip_address_compare(excluded.last, range.first) < 0) {
			sweep->exclusion++;
			continue;
		}
		if (ip_address_compare(range.last, excluded.first) < 0)
			break;
		if (ip_address_compare(range.first, excluded.first) < 0) {
			part.last = address_previous(excluded.first);
			keep_range(sweep, part);
			part.first = excluded.first;
		}
		part.last = ip_address_compare(excluded.last, range.last) < 0 ? excluded.last : range.last;
		drop_range(sweep, part);
		if (ip_address_compare(part.last, range.last) == 0)
			return;
		range.first = ip_address_next(part.last);
	}
	keep_range(sweep, range);
}

static void sweep_start(struct sweep *sweep, const struct edge *start)
{
	if (sweep->open_count > 0 && ip_address_compare(sweep->place, start->address) < 0)
		emit_range(sweep, (struct ip_range){sweep->place, address_previous(start->address)});
	sweep->place = start->address;
	open_ports(sweep, &sweep->set->ports.lists[start->ports]);
}

/* All that end at the same address at once, as there may be no address after it. */
static size_t sweep_ends(struct sweep *sweep, size_t end)
{
	const struct target_set *set = sweep->set;
	struct ip_address last = set->ends[end].address;

	emit_range(sweep, (struct ip_range){sweep->place, last});
	for (; end < set->named_count && ip_address_compare(set->ends[end].address, last) == 0; end++)
		close_ports(sweep, &set->ports.lists[set->ends[end].ports]);
	sweep->place = ip_address_next(last);
	return end;
}

static void sweep_all(struct sweep *sweep)
{
	struct target_set *set = sweep->set;
	size_t start = 0, end = 0;

	if (set->named_count == 0)
		return;
	qsort(set->starts, set->named_count, sizeof(*set->starts), compare_edges);
	qsort(set->ends, set->named_count, sizeof(*set->ends), compare_edges);
	while (end < set->named_count && !sweep->has_failed) {
		if (start < set->named_count && ip_address_compare(set->starts[start].address, set->ends[end].address) <= 0)
			sweep_start(sweep, &set->starts[start++]);
		else
			end = sweep_ends(sweep, end);
	}
}

static bool refuse_empty(const struct sweep *sweep)
{
	char example[IP_ADDRESS_TEXT_SIZE];
	struct buffer why;

	if (sweep->excluded_count == 0)
		return error_set(sweep->error, "there is nothing to scan: no address was named, or no name had one");
	ip_address_format(sweep->excluded_example, example);
	buffer_init(&why, sizeof(sweep->error->text));
	exclusion_list_explain(sweep->exclusions, sweep->excluded_example, &why);
	if (sweep->excluded_count == 1)
		error_set(sweep->error, "there is nothing to scan: %s is excluded by %s", example, buffer_text(&why));
	else
		error_set(sweep->error, "there is nothing to scan: all %s%" PRIu64 " addresses are excluded; %s by %s",
		          sweep->excluded_count == UINT64_MAX ? "of more than " : "", (uint64_t)sweep->excluded_count, example,
		          buffer_text(&why));
	buffer_done(&why);
	return false;
}

/* Few for few ranges, so that they stay in the nearest cache. */
static void index_places(struct target_set *set)
{
	size_t count, count_max = set->range_count > PLACES_MAX / PLACES_PER_RANGE ? PLACES_MAX : set->range_count * PLACES_PER_RANGE;
	uint32_t range = 0;

	while ((set->count - 1) >> set->place_shift >= count_max)
		set->place_shift++;
	count = (size_t)((set->count - 1) >> set->place_shift) + 1;
	set->places = memory_allocate(count + 1, sizeof(*set->places));
	for (size_t i = 0; i < count; i++) {
		while (range + 1 < set->range_count && set->ranges[range + 1].first_index <= (uint64_t)i << set->place_shift)
			range++;
		set->places[i] = range;
	}
	set->places[count] = (uint32_t)set->range_count - 1;
}

bool target_set_seal(struct target_set *set, const struct exclusion_list *exclusions, struct error *error)
{
	struct sweep sweep = {.set = set, .exclusions = exclusions, .error = error};

	assert(!set->is_sealed);
	sweep.uses_of_port = memory_allocate(UINT16_MAX + 1, sizeof(*sweep.uses_of_port));
	sweep.ports = memory_allocate(UINT16_MAX + 2, sizeof(*sweep.ports));
	sweep_all(&sweep);
	free(sweep.uses_of_port);
	free(sweep.ports);
	free(set->starts);
	free(set->ends);
	set->starts = set->ends = NULL;
	set->is_sealed = true;
	set->count = sweep.has_failed ? 0 : (uint64_t)sweep.count;
	set->excluded_count = (uint64_t)sweep.excluded_count;
	if (sweep.has_failed)
		return false;
	if (sweep.count == 0)
		return refuse_empty(&sweep);
	index_places(set);
	return true;
}

/* ---- asking ---- */

uint64_t target_set_count(const struct target_set *set)
{
	return set->count;
}

uint64_t target_set_excluded_count(const struct target_set *set)
{
	return set->excluded_count;
}

void target_set_host(const struct target_set *set, uint64_t index, struct target_host *host_out)
{
	size_t low, high;
	const struct sealed_range *found;

	assert(index < set->count);
	low = set->places[index >> set->place_shift];
	high = (size_t)set->places[(index >> set->place_shift) + 1] + 1;
	while (high - low > 1) { /* the last range that begins at or before index */
		size_t middle = low + (high - low) / 2;

		if (set->ranges[middle].first_index <= index)
			low = middle;
		else
			high = middle;
	}
	found = &set->ranges[low];
	host_out->address =
		address_from_number(found->range.first.family, address_to_number(found->range.first) + (index - found->first_index));
	host_out->ports = set->ports.lists[found->ports];
}

bool target_set_find(const struct target_set *set, struct ip_address address, uint64_t *index_out)
{
	size_t low = 0, high = set->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct sealed_range *range = &set->ranges[middle];

		if (ip_address_compare(address, range->range.first) < 0) {
			high = middle;
		} else if (ip_address_compare(range->range.last, address) < 0) {
			low = middle + 1;
		} else {
			*index_out = range->first_index + (uint64_t)(address_to_number(address) - address_to_number(range->range.first));
			return true;
		}
	}
	return false;
}

/* FNV-1a; a database keeps the result, so it must stay as it is. */
static uint64_t hash_byte(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

static uint64_t hash_address(uint64_t hash, struct ip_address address)
{
	hash = hash_byte(hash, (uint8_t)address.family);
	for (size_t i = 0; i < ip_address_size(address); i++)
		hash = hash_byte(hash, address.bytes[i]);
	return hash;
}

uint64_t target_set_fingerprint(const struct target_set *set)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < set->range_count; i++) {
		const struct port_list *ports = &set->ports.lists[set->ranges[i].ports];

		hash = hash_address(hash_address(hash, set->ranges[i].range.first), set->ranges[i].range.last);
		hash = hash_byte(hash, (uint8_t)ports->count);
		for (size_t port = 0; port < ports->count; port++)
			hash = hash_byte(hash_byte(hash, (uint8_t)(ports->ports[port] >> 8)), (uint8_t)ports->ports[port]);
	}
	return hash;
}

bool target_set_range(const struct target_set *set, size_t i, struct ip_range *range_out, struct port_list *ports_out)
{
	if (i >= set->range_count)
		return false;
	*range_out = set->ranges[i].range;
	*ports_out = set->ports.lists[set->ranges[i].ports];
	return true;
}
