/* SPDX-License-Identifier: ISC */
/* Targets exclusion_list_add_text, exclusion_list_seal, exclusion_list_reason and exclusion_list_range: whatever a list holds, each of its lines is excluded whole or the list is refused. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scope/exclusion_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static bool is_lowest(struct ip_address address)
{
	struct ip_address lowest = {.family = address.family};

	return ip_address_compare(address, lowest) == 0;
}

static struct ip_address previous(struct ip_address address)
{
	for (size_t i = ip_address_size(address); i-- > 0;) {
		if (address.bytes[i]-- != 0)
			break;
	}
	return address;
}

/* Ascending, apart from each other, excluded at their ends and free right beside them. */
static void ranges_are_merged(const struct exclusion_list *list)
{
	struct ip_range range, before = {{0}, {0}};

	for (size_t i = 0; exclusion_list_range(list, i, &range); i++) {
		struct ip_address beyond = ip_address_next(range.last);

		require(ip_address_compare(range.first, range.last) <= 0);
		require(exclusion_list_reason(list, range.first) != NULL && exclusion_list_reason(list, range.last) != NULL);
		require(is_lowest(beyond) || exclusion_list_reason(list, beyond) == NULL);
		require(is_lowest(range.first) || exclusion_list_reason(list, previous(range.first)) == NULL);
		if (i > 0)
			require(ip_address_compare(before.last, range.first) < 0);
		before = range;
	}
}

static void require_excluded(const struct exclusion_list *list, const struct ip_range *wanted)
{
	struct ip_range range;

	for (size_t i = 0; exclusion_list_range(list, i, &range); i++) {
		if (ip_range_contains(&range, wanted->first) && ip_range_contains(&range, wanted->last))
			return;
	}
	require(false);
}

/* Reads the text a second time in the simplest way: no line may have been lost. */
static void every_line_is_excluded(const struct exclusion_list *list, struct span text)
{
	if (span_starts_with_text(text, "\xef\xbb\xbf"))
		text = span_part(text, 3, text.size);
	for (unsigned lines = 0; text.size > 0 && lines < 64; lines++) {
		size_t end = span_find_byte(text, '\n');
		struct span line = span_part(text, 0, end);
		struct ip_range range;

		text = span_part(text, end + 1, text.size);
		line = span_part(line, 0, span_find_byte(line, '#'));
		line = span_trim(span_part(line, 0, span_find_byte(line, '\r')));
		if (line.size == 0)
			continue;
		require(ip_range_parse(line, &range));
		require_excluded(list, &range);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct exclusion_list *list = exclusion_list_new();
	static const char *const opened[] = {"documentation", "loopback"};
	struct span text = span_make(data, size);
	struct error error = {{0}};

	if (size > 0 && (data[0] & 1) != 0) /* both alone and upon the special-purpose ranges */
		require(exclusion_list_add_special(list, opened, 2, &error));
	if (exclusion_list_add_text(list, text, "FILE", "blocklist", &error)) {
		exclusion_list_seal(list);
		ranges_are_merged(list);
		every_line_is_excluded(list, text);
	} else {
		require(strncmp(error.text, "FILE, line ", 11) == 0);
		for (const char *at = error.text; *at != '\0'; at++)
			require(*at >= ' ' && *at <= '~');
	}
	exclusion_list_free(list);
	return 0;
}
