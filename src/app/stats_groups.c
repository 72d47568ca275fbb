/* SPDX-License-Identifier: ISC */
/* Groups are found by a hash of their value; a host that is met again in a group adds only what of it is new there. */
#include "app/stats_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/memory.h"

enum { FIRST_CAPACITY = 64, VALUE_MAX = STATS_KEYS_MAX * STATS_VALUE_SIZE };

enum seen_flag { SEEN_POP3 = 1 << 0, SEEN_IMAP = 1 << 1 };
enum { SEEN_WITHOUT_SHIFT = 2 }; /* the same two without TLS */

/* ---- counters ---- */

void stats_counter_name(size_t counter, char name[STATS_COUNTER_NAME_SIZE])
{
	static const char *const PROTOCOLS[] = {"pop3", "imap", "both", "any"};

	if (counter >= STATS_VERDICTS)
		(void)snprintf(name, STATS_COUNTER_NAME_SIZE, "service-%s", verdict_name((enum verdict)(counter - STATS_VERDICTS)));
	else if (counter == STATS_SERVICES)
		(void)snprintf(name, STATS_COUNTER_NAME_SIZE, "services");
	else if (counter >= STATS_HOST_VERDICTS)
		(void)snprintf(name, STATS_COUNTER_NAME_SIZE, "%s", host_verdict_name((enum host_verdict)(counter - STATS_HOST_VERDICTS)));
	else if (counter == STATS_STRICT)
		(void)snprintf(name, STATS_COUNTER_NAME_SIZE, "without_tls_strict");
	else if (counter >= STATS_WITHOUT_TLS)
		(void)snprintf(name, STATS_COUNTER_NAME_SIZE, "without_tls_%s", PROTOCOLS[counter - STATS_WITHOUT_TLS]);
	else if (counter >= STATS_OFFERING)
		(void)snprintf(name, STATS_COUNTER_NAME_SIZE, "offer_%s", PROTOCOLS[counter - STATS_OFFERING]);
	else
		(void)snprintf(name, STATS_COUNTER_NAME_SIZE, "hosts");
}

void stats_counter_names_make(struct stats_counter_names *names_out)
{
	for (size_t i = 0; i < STATS_COUNTER_COUNT; i++) {
		stats_counter_name(i, names_out->names[i]);
		names_out->sizes[i] = strlen(names_out->names[i]);
	}
}

/* ---- the table ---- */

static size_t count_keys(unsigned keys)
{
	size_t count = 0;

	for (; keys != 0; keys >>= 1)
		count += keys & 1;
	return count;
}

void stats_groups_init(struct stats_groups *groups, unsigned keys)
{
	size_t count = count_keys(keys);

	*groups = (struct stats_groups){.keys = keys, .is_of_hosts = stats_keys_are_of_hosts(keys), .maximum = STATS_GROUPS_MAX};
	groups->values = memory_allocate(count > 0 ? count : 1, sizeof(*groups->values));
}

void stats_groups_done(struct stats_groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		free(groups->items[i].value);
	free(groups->items);
	free(groups->places);
	free(groups->values);
	free(groups->current);
	*groups = (struct stats_groups){.items = NULL};
}

/* FNV-1a; two places for each group. */
static size_t *place_of(const struct stats_groups *groups, const char *value)
{
	size_t mask = 2 * groups->capacity - 1, at;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *byte = value; *byte != '\0'; byte++)
		hash = (hash ^ (unsigned char)*byte) * UINT64_C(0x100000001b3);
	at = (size_t)(hash ^ hash >> 32) & mask;
	while (groups->places[at] != 0 && strcmp(groups->items[groups->places[at] - 1].value, value) != 0)
		at = (at + 1) & mask;
	return &groups->places[at];
}

static void grow(struct stats_groups *groups)
{
	groups->capacity = groups->capacity > 0 ? 2 * groups->capacity : FIRST_CAPACITY;
	groups->items = memory_resize(groups->items, groups->capacity, sizeof(*groups->items));
	free(groups->places);
	groups->places = memory_allocate(2 * groups->capacity, sizeof(*groups->places));
	for (size_t i = 0; i < groups->count; i++)
		*place_of(groups, groups->items[i].value) = i + 1;
}

/* The value of what is beyond the maximum: all keys are others. */
static void write_others(const struct stats_groups *groups, char value[VALUE_MAX])
{
	size_t used = 0;

	value[0] = '\0';
	for (size_t i = count_keys(groups->keys); i > 0; i--)
		used += (size_t)snprintf(value + used, VALUE_MAX - used, "%s%s", used > 0 ? "\t" : "", STATS_VALUE_OTHERS);
}

struct stats_group *stats_groups_get(struct stats_groups *groups, const char *value)
{
	char others[VALUE_MAX];
	size_t *place;

	if (groups->count == groups->capacity)
		grow(groups);
	place = place_of(groups, value);
	if (*place == 0 && groups->count >= groups->maximum) {
		write_others(groups, others);
		value = others;
		place = place_of(groups, value);
	}
	if (*place == 0) {
		groups->items[groups->count] = (struct stats_group){.value = memory_copy_text(value)};
		*place = ++groups->count;
	}
	return &groups->items[*place - 1];
}

/* ---- counting ---- */

static void add_current(struct stats_groups *groups, size_t item)
{
	if (groups->current_count == groups->current_capacity) {
		groups->current_capacity = groups->current_capacity > 0 ? 2 * groups->current_capacity : 16;
		groups->current = memory_resize(groups->current, groups->current_capacity, sizeof(*groups->current));
	}
	/* All others are one group, however often it was met. */
	for (size_t i = 0; i < groups->current_count; i++) {
		if (groups->current[i] == item)
			return;
	}
	groups->current[groups->current_count++] = item;
}

/* One of the values of each key; turns[i] tells which. */
static void find_one(struct stats_groups *groups, size_t key_count, const size_t turns[STATS_KEYS_MAX])
{
	char value[VALUE_MAX];
	const struct stats_group *group;
	size_t used = 0;

	value[0] = '\0';
	for (size_t i = 0; i < key_count; i++)
		used += (size_t)snprintf(value + used, sizeof(value) - used, "%s%s", i > 0 ? "\t" : "", groups->values[i].texts[turns[i]]);
	group = stats_groups_get(groups, value);
	add_current(groups, (size_t)(group - groups->items));
}

/* Steps to the next combination; false after the last. */
static bool turn(const struct stats_groups *groups, size_t key_count, size_t turns[STATS_KEYS_MAX])
{
	for (size_t i = key_count; i-- > 0;) {
		if (++turns[i] < groups->values[i].count)
			return true;
		turns[i] = 0;
	}
	return false;
}

static void find_current(struct stats_groups *groups, const struct stats_subject *subject)
{
	size_t turns[STATS_KEYS_MAX] = {0}, key_count = 0;

	for (size_t i = 0; i < STATS_KEY_COUNT; i++) {
		if ((groups->keys >> i & 1) == 0)
			continue;
		groups->values[key_count].count = 0;
		STATS_KEYS[i].take(subject, &groups->values[key_count++]);
	}
	groups->current_count = 0;
	do {
		find_one(groups, key_count, turns);
	} while (turn(groups, key_count, turns));
}

static unsigned seen_of_host(const struct host_judgement *host)
{
	return (host->offers_pop3 ? SEEN_POP3 : 0U) | (host->offers_imap ? SEEN_IMAP : 0U) |
	       ((host->no_tls_pop3 ? SEEN_POP3 : 0U) | (host->no_tls_imap ? SEEN_IMAP : 0U)) << SEEN_WITHOUT_SHIFT;
}

static unsigned seen_of_service(const struct census_service *service)
{
	unsigned seen = service->counts_for == WIRE_POP3 ? SEEN_POP3 : service->counts_for == WIRE_IMAP ? SEEN_IMAP : 0U;

	return seen | (service->is_without_tls ? seen << SEEN_WITHOUT_SHIFT : 0U);
}

/* Counts what is in seen and was not in before. */
static void count_protocols(uint64_t counts[STATS_PROTOCOL_COUNT], unsigned before, unsigned seen)
{
	unsigned both = SEEN_POP3 | SEEN_IMAP;

	before &= both;
	seen &= both;
	counts[STATS_POP3] += (seen & ~before & SEEN_POP3) != 0;
	counts[STATS_IMAP] += (seen & ~before & SEEN_IMAP) != 0;
	counts[STATS_BOTH] += seen == both && before != both;
	counts[STATS_ANY] += seen != 0 && before == 0;
}

static void count_host(struct stats_groups *groups, struct stats_group *group, const struct host_judgement *host, unsigned seen)
{
	if (group->last_host != groups->hosts) {
		group->last_host = groups->hosts;
		group->seen = 0;
		group->counts[STATS_HOSTS]++;
		group->counts[STATS_HOST_VERDICTS + (size_t)host->verdict]++;
		group->counts[STATS_STRICT] += host->is_strict;
	}
	seen |= group->seen;
	count_protocols(group->counts + STATS_OFFERING, group->seen, seen);
	count_protocols(group->counts + STATS_WITHOUT_TLS, group->seen >> SEEN_WITHOUT_SHIFT, seen >> SEEN_WITHOUT_SHIFT);
	group->seen = seen;
}

void stats_groups_count(struct stats_groups *groups, const struct attribution *attribution, const struct census_service *service)
{
	struct stats_subject subject = {.service = service, .attribution = attribution};
	bool is_canary = (service->service->observation_flags & OBSERVED_CANARY) != 0;

	groups->hosts += service->is_first_of_host ? 1 : 0;
	if (is_canary && !groups->is_of_hosts)
		return;
	if (service->is_first_of_host || !groups->is_of_hosts)
		find_current(groups, &subject);
	for (size_t i = 0; i < groups->current_count; i++) {
		struct stats_group *group = &groups->items[groups->current[i]];

		count_host(groups, group, service->host, groups->is_of_hosts ? seen_of_host(service->host) : seen_of_service(service));
		if (is_canary)
			continue;
		group->counts[STATS_SERVICES]++;
		group->counts[STATS_VERDICTS + (size_t)service->service->verdict]++;
	}
}

/* ---- afterwards ---- */

static int compare_groups(const void *a, const void *b)
{
	static const size_t ORDER[] = {STATS_WITHOUT_TLS + STATS_ANY, STATS_OFFERING + STATS_ANY, STATS_HOSTS, STATS_SERVICES};
	const struct stats_group *one = a, *other = b;

	for (size_t i = 0; i < ARRAY_LENGTH(ORDER); i++) {
		if (one->counts[ORDER[i]] != other->counts[ORDER[i]])
			return one->counts[ORDER[i]] > other->counts[ORDER[i]] ? -1 : 1;
	}
	return strcmp(one->value, other->value);
}

void stats_groups_sort(struct stats_groups *groups)
{
	if (groups->count > 1)
		qsort(groups->items, groups->count, sizeof(*groups->items), compare_groups);
}

struct span stats_group_value(const struct stats_group *group, size_t place)
{
	struct span rest = span_from_text(group->value);

	for (; place > 0; place--)
		rest = span_part(rest, span_find_byte(rest, '\t') + 1, rest.size);
	return span_part(rest, 0, span_find_byte(rest, '\t'));
}

uint64_t stats_group_untold_services(const struct stats_group *group)
{
	uint64_t untold = 0;

	for (size_t i = 0; i < VERDICT_COUNT; i++)
		untold += stats_is_untold((enum verdict)i) ? group->counts[STATS_VERDICTS + i] : 0;
	return untold;
}
