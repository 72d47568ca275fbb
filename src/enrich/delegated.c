/* SPDX-License-Identifier: ISC */
/* Reads the statistics of the regional registries (delegated, delegated-extended, nro-stats): to whom in which country addresses were given.
   registry|cc|ipv4 or ipv6 or asn|start|value|date|status|...; the value is a count of addresses for IPv4, a length for IPv6. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "enrich/sources.h"
#include "model/attribution.h"

enum { FIELDS_MAX = 16 };

struct record {
	struct span fields[FIELDS_MAX];
	size_t count;
};

static void split(struct span line, struct record *record)
{
	bool has_more = true;

	for (record->count = 0; has_more && record->count < FIELDS_MAX;) {
		size_t end = span_find_byte(line, '|');

		record->fields[record->count++] = span_part(line, 0, end);
		has_more = end < line.size;
		line = span_part(line, end + 1, line.size);
	}
}

static bool is_version(const struct record *record)
{
	return record->count >= 6 && record->fields[0].size > 0 && record->fields[0].data[0] >= '1' && record->fields[0].data[0] <= '9';
}

static bool is_summary(const struct record *record)
{
	return record->count >= 6 && span_equals_text(record->fields[5], "summary");
}

static bool recognises(struct span content)
{
	struct span line;
	struct record record;

	for (unsigned i = 0; i < 100 && source_take_line(&content, &line); i++) { /* APNIC's begins with a long notice */
		if (span_trim(line).size == 0 || line.data[0] == '#')
			continue;
		split(line, &record);
		return is_version(&record) || is_summary(&record) ||
		       (record.count >= 7 && (span_equals_text(record.fields[2], "ipv4") || span_equals_text(record.fields[2], "ipv6") ||
		                              span_equals_text(record.fields[2], "asn")));
	}
	return false;
}

/* "20260922" as the end of the data; anything else says nothing. */
static void read_date(struct span text, struct source_facts *facts)
{
	uint64_t value;
	struct tm time = {.tm_sec = 0};

	if (text.size != 8 || !text_parse_unsigned(text, 99991231, &value) || value < 19700101)
		return;
	time.tm_year = (int)(value / 10000) - 1900;
	time.tm_mon = (int)(value / 100 % 100) - 1;
	time.tm_mday = (int)(value % 100);
	if (time.tm_mon < 0 || time.tm_mon > 11 || time.tm_mday < 1 || time.tm_mday > 31)
		return;
	facts->date.unix_ms = (int64_t)timegm(&time) * 1000;
}

static bool read_range(const struct record *record, struct ip_range *range_out)
{
	bool is_ipv4 = span_equals_text(record->fields[2], "ipv4");
	struct ip_address first;
	uint64_t value, last;

	if (!ip_address_parse(record->fields[3], &first) || (first.family == IP_FAMILY_4) != is_ipv4 ||
	    !text_parse_unsigned(record->fields[4], is_ipv4 ? (uint64_t)1 << 32 : 128, &value))
		return false;
	if (!is_ipv4) {
		*range_out = source_prefix(IP_FAMILY_6, first.bytes, (int)value);
		return true;
	}
	last = ((uint64_t)first.bytes[0] << 24 | (uint64_t)first.bytes[1] << 16 | (uint64_t)first.bytes[2] << 8 | first.bytes[3]) + value -
	       1;
	if (value == 0 || last > UINT32_MAX)
		return false;
	*range_out = (struct ip_range){first,
	                               {IP_FAMILY_4, {(uint8_t)(last >> 24), (uint8_t)(last >> 16), (uint8_t)(last >> 8), (uint8_t)last}}};
	return true;
}

/* False: the record cannot be understood. What was not given to anybody says nothing. */
static bool add_record(const struct record *record, struct builder *builder, struct source_facts *facts)
{
	struct builder_value value = {.flags = 0};
	char reserved[3];
	struct ip_range range;

	if (record->count < 7)
		return false;
	if (span_equals_text(record->fields[2], "asn"))
		return true;
	if (!span_equals_text(record->fields[2], "ipv4") && !span_equals_text(record->fields[2], "ipv6"))
		return false;
	if (!span_equals_text(record->fields[6], "allocated") && !span_equals_text(record->fields[6], "assigned")) {
		facts->skipped++;
		return true;
	}
	if (!read_range(record, &range))
		return false;
	if (!country_code_read(record->fields[1], value.country, reserved)) {
		facts->skipped++;
		return true;
	}
	if (reserved[0] != '\0')
		memcpy(value.country, reserved, sizeof(reserved));
	builder_add_range(builder, &range, &value);
	return true;
}

static bool read_delegated(const struct source_input *input, struct builder *builder, struct source_facts *facts, struct error *error)
{
	struct span rest = input->content, line;
	uint64_t promised = 0, read = 0;

	for (uint64_t number = 1; source_take_line(&rest, &line); number++) {
		struct record record;
		uint64_t count;

		if (span_trim(line).size == 0 || line.data[0] == '#')
			continue;
		split(line, &record);
		if (is_summary(&record))
			continue;
		if (is_version(&record)) {
			if (text_parse_unsigned(record.fields[3], UINT32_MAX, &count))
				promised += count;
			read_date(record.fields[5], facts);
			continue;
		}
		if (!add_record(&record, builder, facts))
			return error_set(error, "line %" PRIu64 ": is no record of a registry's statistics", number);
		read++;
	}
	if (read < promised)
		return error_set(error, "it promises %" PRIu64 " records and has %" PRIu64 ": it was not loaded whole", promised, read);
	return true;
}

const struct enrichment_source DELEGATED_SOURCE = {
	"delegated", "Statistics of the regional registries (delegated-extended, nro-stats): the country of the holder.", recognises,
	read_delegated};
