/* SPDX-License-Identifier: ISC */
/* Open addressing while hosts are counted, in order afterwards. */
#include "app/diff_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/mix64.h"
#include "base/span.h"

bool diff_keys_parse(const char *text, unsigned *keys_out, struct error *error)
{
	struct span rest = span_from_text(text);
	unsigned keys = 0;
	bool has_more = true;

	while (has_more) {
		size_t end = span_find_byte(rest, ',');
		struct span word = span_trim(span_part(rest, 0, end));

		if (span_equals_text(word, "country"))
			keys |= DIFF_BY_COUNTRY;
		else if (span_equals_text(word, "asn"))
			keys |= DIFF_BY_ASN;
		else
			return error_set(error, "--by %s: by country, asn, or country,asn for both together", text);
		has_more = end < rest.size;
		rest = span_part(rest, end + 1, rest.size);
	}
	*keys_out = keys;
	return true;
}

void diff_groups_done(struct diff_groups *groups)
{
	free(groups->items);
	*groups = (struct diff_groups){.keys = groups->keys};
}

static struct diff_group *find_slot(const struct diff_groups *groups, const char country[DIFF_COUNTRY_SIZE], uint32_t asn)
{
	uint64_t country_bytes;
	size_t at;

	_Static_assert(sizeof(country_bytes) == DIFF_COUNTRY_SIZE, "the country is hashed as one number");
	memcpy(&country_bytes, country, sizeof(country_bytes));
	at = (size_t)mix64(country_bytes ^ mix64(asn)) & (groups->capacity - 1);
	while (groups->items[at].is_used &&
	       (groups->items[at].asn != asn || memcmp(groups->items[at].country, country, DIFF_COUNTRY_SIZE) != 0))
		at = (at + 1) & (groups->capacity - 1);
	return &groups->items[at];
}

static void grow(struct diff_groups *groups)
{
	struct diff_groups old = *groups;

	groups->capacity = old.capacity > 0 ? 2 * old.capacity : 256;
	groups->items = memory_allocate(groups->capacity, sizeof(*groups->items));
	for (size_t i = 0; i < old.capacity; i++) {
		if (old.items[i].is_used)
			*find_slot(groups, old.items[i].country, old.items[i].asn) = old.items[i];
	}
	free(old.items);
}

struct diff_counts *diff_groups_get(struct diff_groups *groups, struct ip_address address, const struct attributor *attributor)
{
	char country[DIFF_COUNTRY_SIZE] = "";
	struct attribution attribution;
	struct diff_group *group;
	uint32_t asn;

	attributor_look_up(attributor, address, &attribution);
	if ((groups->keys & DIFF_BY_COUNTRY) != 0)
		(void)snprintf(country, sizeof(country), "%s",
		               (attribution.flags & ATTRIBUTION_ANYCAST) != 0 ? "anycast" : attribution.country);
	asn = (groups->keys & DIFF_BY_ASN) != 0 ? attribution.asn : 0;
	if (2 * groups->count >= groups->capacity)
		grow(groups);
	group = find_slot(groups, country, asn);
	if (!group->is_used) {
		group->is_used = true;
		memcpy(group->country, country, DIFF_COUNTRY_SIZE);
		group->asn = asn;
		groups->count++;
	}
	return &group->counts;
}

static int compare_groups(const void *a, const void *b)
{
	static const enum change by[] = {CHANGE_REGRESSED, CHANGE_NEW, CHANGE_FIXED, CHANGE_GONE, CHANGE_CHANGED, CHANGE_UNCHANGED};
	const struct diff_group *one = a, *other = b;
	int country;

	if (one->is_used != other->is_used)
		return one->is_used ? -1 : 1;
	for (size_t i = 0; i < ARRAY_LENGTH(by); i++) {
		if (one->counts.hosts[by[i]] != other->counts.hosts[by[i]])
			return one->counts.hosts[by[i]] > other->counts.hosts[by[i]] ? -1 : 1;
	}
	country = strcmp(one->country, other->country);
	if (country != 0)
		return country;
	return one->asn < other->asn ? -1 : one->asn > other->asn;
}

void diff_groups_sort(struct diff_groups *groups)
{
	if (groups->capacity > 0)
		qsort(groups->items, groups->capacity, sizeof(*groups->items), compare_groups);
}
