/* SPDX-License-Identifier: ISC */
/* Reads validated ROA payloads (RPKI), as rpki-client, Routinator and their like write them, in CSV or JSON: which network may announce a prefix.
   They attribute nothing by themselves; with them it can be told whether the announcement that was found is a rightful one (RFC 6811). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json_reader.h"
#include "base/text.h"
#include "enrich/sources.h"
#include "model/attribution.h"

enum { COLUMN_ASN = 0, COLUMN_PREFIX = 1, COLUMN_LENGTH = 2, COLUMN_COUNT = 3 };

/* One payload as text. */
struct payload {
	struct span asn, prefix, length; /* an empty length: that of the prefix */
};

static bool add_payload(const struct payload *payload, struct builder *builder)
{
	struct ip_range range;
	uint32_t asn;
	uint64_t longest;
	char text[64];
	int size, shortest;

	if (!asn_read(payload->asn, &asn) || !ip_range_parse(payload->prefix, &range))
		return false;
	shortest = ip_range_prefix_length(&range);
	longest = shortest < 0 ? 0 : (uint64_t)shortest;
	if (shortest < 0 ||
	    (payload->length.size > 0 && !text_parse_unsigned(payload->length, 8 * ip_address_size(range.first), &longest)) ||
	    longest < (uint64_t)shortest)
		return false;
	size = snprintf(text, sizeof(text), "%" PRIu32 "/%d-%" PRIu64, asn, shortest, longest);
	builder_add_range(builder, &range, &(struct builder_value){.authorised = span_make(text, (size_t)size)});
	return true;
}

/* "ASN,IP Prefix,Max Length,..." */
static bool is_titles(struct span line)
{
	size_t first = span_find_byte(line, ','), second = first + 1 + span_find_byte(span_part(line, first + 1, line.size), ',');
	struct span length = span_part(line, second + 1, line.size);

	return span_equals_text_ignoring_case(span_trim(span_part(line, 0, first)), "ASN") &&
	       span_contains_text_ignoring_case(span_part(line, first, second - first), "prefix") &&
	       (span_starts_with_text_ignoring_case(length, "Max Length") || span_starts_with_text_ignoring_case(length, "maxlen"));
}

static bool read_csv(struct span rest, struct builder *builder, struct error *error)
{
	struct span line;

	for (uint64_t number = 1; source_take_line(&rest, &line); number++) {
		struct span fields[COLUMN_COUNT] = {{NULL, 0}};

		if (number == 1 || span_trim(line).size == 0)
			continue;
		for (size_t i = 0; i < COLUMN_COUNT; i++) {
			size_t end = span_find_byte(line, ',');

			fields[i] = span_trim(span_part(line, 0, end));
			line = span_part(line, end + 1, line.size);
		}
		if (!add_payload(&(struct payload){fields[COLUMN_ASN], fields[COLUMN_PREFIX], fields[COLUMN_LENGTH]}, builder))
			return error_set(error, "line %" PRIu64 ": is not AS number, prefix and longest length", number);
	}
	return true;
}

static bool read_object(struct json_reader *json, struct builder *builder)
{
	struct payload payload = {.asn = {NULL, 0}};

	json_reader_want(json, '{');
	while (!json->is_wrong && json_reader_next(json) != '}') {
		struct span key = json_reader_take_string(json);
		struct span *value = span_equals_text(key, "asn")         ? &payload.asn
		                     : span_equals_text(key, "prefix")    ? &payload.prefix
		                     : span_equals_text(key, "maxLength") ? &payload.length
		                                                          : NULL;

		json_reader_want(json, ':');
		if (value != NULL)
			*value = json_reader_take_scalar(json);
		else
			json_reader_skip(json);
		if (!json_reader_take(json, ','))
			break;
	}
	json_reader_want(json, '}');
	return !json->is_wrong && add_payload(&payload, builder);
}

static bool read_roas(struct json_reader *json, struct builder *builder, struct error *error)
{
	json_reader_want(json, '[');
	for (uint64_t number = 1; !json->is_wrong && json_reader_next(json) != ']'; number++) {
		if (!read_object(json, builder))
			return error_set(error, "entry %" PRIu64 " of \"roas\" is not AS number, prefix and longest length", number);
		if (!json_reader_take(json, ','))
			break;
	}
	json_reader_want(json, ']');
	return true;
}

static bool read_json(struct span content, struct builder *builder, struct error *error)
{
	struct json_reader json = json_reader_make(content);

	json_reader_want(&json, '{');
	while (!json.is_wrong && json_reader_next(&json) != '}') {
		struct span key = json_reader_take_string(&json);

		json_reader_want(&json, ':');
		if (!json.is_wrong && span_equals_text(key, "roas") && !read_roas(&json, builder, error))
			return false;
		if (!span_equals_text(key, "roas"))
			json_reader_skip(&json);
		if (!json_reader_take(&json, ','))
			break;
	}
	json_reader_want(&json, '}');
	return !json.is_wrong || error_set(error, "it is no JSON, or was not loaded whole");
}

static bool recognises(struct span content)
{
	struct span line, rest = content, head = span_part(content, 0, 4096);

	if (source_take_line(&rest, &line) && line.size < 256 && is_titles(line))
		return true;
	return content.size > 0 && content.data[0] == '{' &&
	       (memmem(head.data, head.size, "\"roas\"", 6) != NULL || memmem(head.data, head.size, "\"metadata\"", 10) != NULL);
}

static bool read_vrps(const struct source_input *input, struct builder *builder, struct source_facts *facts, struct error *error)
{
	(void)facts;
	builder->joins_authorised = true;
	if (input->content.size > 0 && input->content.data[0] == '{')
		return read_json(input->content, builder, error);
	return read_csv(input->content, builder, error);
}

const struct enrichment_source VRP_SOURCE = {"vrp", "Who may announce what (RPKI), of rpki-client or Routinator, CSV or JSON.", recognises,
                                             read_vrps};
