/* SPDX-License-Identifier: ISC */
/* An observation as rows of text, one per field, lossless: so that two can be compared and a file can expect one. */
#include "base/text.h"
#include "model/transcript.h"
#include "protocol/scenario.h"
#include "protocol/scenario_rows.h"

enum { FLAG_BITS = 32 };

static void put_protocol(const struct observation *observation, struct buffer *out)
{
	buffer_append_text(out, wire_protocol_name(observation->protocol));
}

static void put_ending(const struct observation *observation, struct buffer *out)
{
	buffer_append_text(out, ending_name(observation->ending));
}

static void put_flags(const struct observation *observation, struct buffer *out)
{
	const char *separator = "";

	for (unsigned i = 0; i < FLAG_BITS; i++) {
		uint32_t bit = (uint32_t)1 << i;

		if ((observation->flags & bit) == 0)
			continue;
		buffer_append_format(out, "%s%s", separator, observation_flag_name(bit) != NULL ? observation_flag_name(bit) : "?");
		separator = ",";
	}
}

/* "..." at the end of bytes that were cut at their limit. */
static void put_bytes(const struct buffer *bytes, struct buffer *out)
{
	text_escape(buffer_view(bytes), out);
	if (bytes->overflowed)
		buffer_append_text(out, "...");
}

static void put_greeting(const struct observation *observation, struct buffer *out)
{
	put_bytes(&observation->greeting, out);
}

static void put_capabilities_before(const struct observation *observation, struct buffer *out)
{
	put_bytes(&observation->capabilities_before, out);
}

static void put_capabilities_after(const struct observation *observation, struct buffer *out)
{
	put_bytes(&observation->capabilities_after, out);
}

static void put_capabilities_before_known(const struct observation *observation, struct buffer *out)
{
	buffer_append_text(out, observation->capabilities_before_known ? "yes" : "no");
}

static void put_capabilities_after_known(const struct observation *observation, struct buffer *out)
{
	buffer_append_text(out, observation->capabilities_after_known ? "yes" : "no");
}

static void put_starttls_advertised(const struct observation *observation, struct buffer *out)
{
	buffer_append_text(out, presence_name(observation->starttls_advertised));
}

static void put_upgrade(const struct observation *observation, struct buffer *out)
{
	buffer_append_text(out, upgrade_name(observation->upgrade));
}

static void put_upgrade_reply(const struct observation *observation, struct buffer *out)
{
	put_bytes(&observation->upgrade_reply, out);
}

static void put_bare_auth(const struct observation *observation, struct buffer *out)
{
	buffer_append_text(out, bare_auth_name(observation->bare_auth));
}

static void put_bare_auth_reply(const struct observation *observation, struct buffer *out)
{
	put_bytes(&observation->bare_auth_reply, out);
}

static void put_clear_after_upgrade(const struct observation *observation, struct buffer *out)
{
	put_bytes(&observation->clear_after_upgrade, out);
}

static void put_identity(const struct observation *observation, struct buffer *out)
{
	put_bytes(&observation->identity, out);
}

static void put_confirm_reply(const struct observation *observation, struct buffer *out)
{
	put_bytes(&observation->confirm_reply, out);
}

static void put_tls(const struct observation *observation, struct buffer *out)
{
	tls_observation_format(&observation->tls, out);
}

static const struct scenario_row ROWS[] = {
	{"protocol", put_protocol},
	{"ending", put_ending},
	{"flags", put_flags},
	{"greeting", put_greeting},
	{"capabilities_before", put_capabilities_before},
	{"capabilities_before_known", put_capabilities_before_known},
	{"capabilities_after", put_capabilities_after},
	{"capabilities_after_known", put_capabilities_after_known},
	{"starttls_advertised", put_starttls_advertised},
	{"upgrade", put_upgrade},
	{"upgrade_reply", put_upgrade_reply},
	{"bare_auth", put_bare_auth},
	{"bare_auth_reply", put_bare_auth_reply},
	{"clear_after_upgrade", put_clear_after_upgrade},
	{"identity", put_identity},
	{"confirm_reply", put_confirm_reply},
	{"tls", put_tls},
};

const struct scenario_row *scenario_row_find(struct span key)
{
	for (size_t i = 0; i < ARRAY_LENGTH(ROWS); i++) {
		if (span_equals_text(key, ROWS[i].key))
			return &ROWS[i];
	}
	return NULL;
}

void scenario_describe(const struct observation *observation, struct buffer *out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(ROWS); i++) {
		buffer_append_format(out, "expect: %s=", ROWS[i].key);
		ROWS[i].put(observation, out);
		buffer_append_byte(out, '\n');
	}
}
