/* SPDX-License-Identifier: ISC */
/* Writes attributions; what no source says is null. */
#include "report/attribution_json.h"

#include "report/json_write.h"

static void append_origin(struct buffer *out, const char *key, const struct attribution_origin *origin)
{
	if (origin == NULL)
		return;
	json_key(out, key);
	buffer_append_byte(out, '{');
	json_word(out, "source", origin->source);
	if (origin->date.unix_ms == 0)
		json_null(out, "date");
	else
		json_time(out, "date", origin->date);
	buffer_append_byte(out, '}');
}

void json_attribution(struct buffer *out, const struct attribution *attribution, struct ip_address address)
{
	static const struct attribution nothing = {.as_name = "", .sector = "", .naics = "", .prefix_length = -1};
	const struct attribution *from = attribution != NULL ? attribution : &nothing;
	char prefix[IP_RANGE_TEXT_SIZE];

	attribution_format_prefix(from, address, prefix);
	json_word_or_null(out, "country", from->country);
	json_word_or_null(out, "country_reserved", from->country_reserved);
	json_number_or_null(out, "asn", from->asn);
	json_word_or_null(out, "as_name", from->as_name);
	json_word_or_null(out, "prefix", prefix);
	if (from->country_origin == NULL)
		json_null(out, "anycast");
	else
		json_bool(out, "anycast", (from->flags & ATTRIBUTION_ANYCAST) != 0);
	json_word(out, "rpki", rpki_state_name(from->rpki));
	json_word_or_null(out, "sector", from->sector);
	json_word_or_null(out, "naics", from->naics);
	json_key(out, "attribution");
	if (attribution == NULL) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	append_origin(out, "country", from->country_origin);
	append_origin(out, "asn", from->asn_origin);
	append_origin(out, "as_name", from->name_origin);
	append_origin(out, "prefix", from->prefix_origin);
	append_origin(out, "rpki", from->rpki_origin);
	append_origin(out, "sector", from->sector_origin);
	buffer_append_byte(out, '}');
}
