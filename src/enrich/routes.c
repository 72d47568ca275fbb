/* SPDX-License-Identifier: ISC */
/* Reads prefix-to-network lists of CAIDA and RouteViews (pfx2as): address, length and origin, with tabs or spaces between. Of several origins
   ("64500_64501") the first is the one that most had seen; a set ("64500,64501") is no origin at all. */
#include <inttypes.h>

#include "base/text.h"
#include "enrich/sources.h"
#include "model/attribution.h"

static struct span take_field(struct span *rest)
{
	size_t start = 0, end;
	struct span field;

	while (start < rest->size && (rest->data[start] == ' ' || rest->data[start] == '\t'))
		start++;
	for (end = start; end < rest->size && rest->data[end] != ' ' && rest->data[end] != '\t';)
		end++;
	field = span_part(*rest, start, end - start);
	*rest = span_part(*rest, end, rest->size);
	return field;
}

static bool read_line(struct span line, struct ip_range *range_out, struct span *origins_out)
{
	struct span address = take_field(&line), length_text = take_field(&line);
	struct ip_address first;
	uint64_t length;

	*origins_out = take_field(&line);
	if (!ip_address_parse(address, &first) || !text_parse_unsigned(length_text, 8 * ip_address_size(first), &length) ||
	    origins_out->size == 0 || span_trim(line).size > 0)
		return false;
	*range_out = source_prefix(first.family, first.bytes, (int)length);
	return true;
}

/* False: it is no list of numbers. 0: no single network. */
static bool read_origins(struct span origins, struct builder_value *value)
{
	size_t end = span_find_byte(origins, '_');
	struct span first = span_part(origins, 0, end);

	*value = (struct builder_value){.flags = end < origins.size ? ATTRIBUTION_MANY_ORIGINS : 0};
	for (size_t i = 0; i < origins.size; i++) {
		if ((origins.data[i] < '0' || origins.data[i] > '9') && origins.data[i] != '_' && origins.data[i] != ',')
			return false;
	}
	if (span_find_byte(first, ',') < first.size)
		return true;
	return asn_read(first, &value->asn);
}

static bool recognises(struct span content)
{
	struct span line, origins;
	struct ip_range range;
	struct builder_value value;

	return source_take_line(&content, &line) && line.size < 256 && read_line(line, &range, &origins) && read_origins(origins, &value);
}

static bool read_routes(const struct source_input *input, struct builder *builder, struct source_facts *facts, struct error *error)
{
	struct span rest = input->content, line;

	for (uint64_t number = 1; source_take_line(&rest, &line); number++) {
		struct ip_range range;
		struct builder_value value;
		struct span origins;

		if (span_trim(line).size == 0 || line.data[0] == '#')
			continue;
		if (!read_line(line, &range, &origins) || !read_origins(origins, &value))
			return error_set(error, "line %" PRIu64 ": is not address, length and AS number", number);
		if (source_is_bogon(value.asn) || !source_is_route(&range))
			facts->skipped++;
		else
			builder_add_range(builder, &range, &value);
	}
	return true;
}

const struct enrichment_source ROUTES_SOURCE = {"pfx2as", "CAIDA's and RouteViews' lists of prefixes and their networks.", recognises,
                                                read_routes};
