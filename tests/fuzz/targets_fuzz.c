/* SPDX-License-Identifier: ISC */
/* Targets target_parse, port_list_parse and target_set_seal: a word is understood or refused with a sentence; a sealed set holds each address once, in order, and none that is excluded. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scope/target_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void ports_are_ascending(const struct port_list *ports)
{
	require(ports->count <= TARGET_PORTS_MAX);
	for (size_t i = 0; i < ports->count; i++)
		require(ports->ports[i] > 0 && (i == 0 || ports->ports[i - 1] < ports->ports[i]));
}

/* The form in which a census keeps its scope is read back as the same. */
static void is_read_back(const struct ip_range *range, const struct port_list *ports)
{
	char text[256], first[IP_ADDRESS_TEXT_SIZE], last[IP_ADDRESS_TEXT_SIZE];
	bool is_ipv6 = range->first.family == IP_FAMILY_6;
	struct ip_range again;
	struct port_list ports_again;
	struct span name;
	int size;

	ip_address_format(range->first, first);
	ip_address_format(range->last, last);
	size = snprintf(text, sizeof(text), is_ipv6 ? "[%s-%s]" : "%s-%s", first, last);
	for (size_t i = 0; i < ports->count; i++)
		size += snprintf(text + size, sizeof(text) - (size_t)size, "%c%u", i == 0 ? ':' : ',', ports->ports[i]);
	require(target_parse(span_from_text(text), &again, &ports_again, &name, NULL) == TARGET_RANGE);
	require(ip_address_compare(range->first, again.first) == 0 && ip_address_compare(range->last, again.last) == 0);
	require(ports->count == ports_again.count && memcmp(ports->ports, ports_again.ports, ports->count * sizeof(ports->ports[0])) == 0);
}

static void name_is_a_name(struct span word, struct span name)
{
	require(name.size > 0 && name.size <= 254 && name.data == word.data && name.size <= word.size);
	for (size_t i = 0; i < name.size; i++)
		require(name.data[i] > ' ' && name.data[i] < 0x7f && strchr("/:@[]%\\\"'", name.data[i]) == NULL);
}

/* Adds a range to the set; checks names and refusals. */
static void take_word(struct target_set *set, struct span word)
{
	struct ip_range range;
	struct port_list ports;
	struct span name;
	struct error error = {{0}};

	switch (target_parse(word, &range, &ports, &name, &error)) {
	case TARGET_RANGE:
		require(range.first.family == range.last.family && ip_address_compare(range.first, range.last) <= 0);
		ports_are_ascending(&ports);
		is_read_back(&range, &ports);
		target_set_add(set, &range, &ports);
		return;
	case TARGET_HOST_NAME:
		ports_are_ascending(&ports);
		name_is_a_name(word, name);
		return;
	case TARGET_MALFORMED:
		break;
	}
	require(error.text[0] != '\0');
	for (const char *at = error.text; *at != '\0'; at++)
		require(*at >= ' ' && *at <= '~');
}

static void sealed_set_is_sound(const struct target_set *set, const struct exclusion_list *exclusions)
{
	uint64_t index = 0;
	struct ip_range range, before = {{0}, {0}};
	struct port_list ports;
	struct target_host host;

	for (size_t i = 0; target_set_range(set, i, &range, &ports); i++) {
		ports_are_ascending(&ports);
		require(ports.count > 0);
		require(i == 0 || ip_address_compare(before.last, range.first) < 0);
		require(exclusion_list_reason(exclusions, range.first) == NULL && exclusion_list_reason(exclusions, range.last) == NULL);
		target_set_host(set, index, &host);
		require(ip_address_compare(host.address, range.first) == 0 && host.ports.count == ports.count);
		if (i > 0) {
			target_set_host(set, index - 1, &host);
			require(ip_address_compare(host.address, before.last) == 0);
		}
		for (struct ip_address at = range.first; ip_address_compare(at, range.last) != 0 && index < 300; at = ip_address_next(at))
			index++;
		before = range;
		if (index >= 300)
			return; /* counted one by one on purpose, so only the small ones whole */
		index++;
	}
	require(index == target_set_count(set));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct port_list defaults = {{110, 143}, 2};
	struct target_set *set = target_set_new(&defaults);
	struct exclusion_list *exclusions = exclusion_list_new();
	struct ip_range excluded[2];
	struct span rest = span_make(data, size);
	struct error error = {{0}};

	require(ip_range_parse(span_from_text("192.0.2.64/26"), &excluded[0]) &&
	        ip_range_parse(span_from_text("2001:db8::10/124"), &excluded[1]));
	exclusion_list_add_range(exclusions, &excluded[0], "blocklist");
	exclusion_list_add_range(exclusions, &excluded[1], "blocklist");
	exclusion_list_seal(exclusions);
	take_word(set, rest);
	for (unsigned words = 0; words < 256; words++) {
		struct span word;
		size_t end = span_find_byte(rest, '\n');
		struct span line = span_part(rest, 0, end);

		if (rest.size == 0)
			break;
		rest = span_part(rest, end + 1, rest.size);
		while ((word = span_take_word(&line)).size > 0)
			take_word(set, word);
	}
	if (target_set_seal(set, exclusions, &error))
		sealed_set_is_sound(set, exclusions);
	else
		require(error.text[0] != '\0');
	target_set_free(set);
	exclusion_list_free(exclusions);
	return 0;
}
