/* SPDX-License-Identifier: ISC */
/* Options are kept with a census as "--name=value" lines. */
#include "app/census_method.h"

#include <inttypes.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"

enum { VALUE_SHOWN_MAX = 64 };

/* What decides who answers and what is seen of them. Rates and limits of politeness do not. */
static const char *const OPTIONS[] = {"depth",      "sessions",   "injection",    "jarm",          "confirm-login",
                                      "no-wait",    "engine",     "attempts",     "sweep-ports",   "keep-closed",
                                      "slow-after", "busy-after", "busy-retries", "confirm-after", "fingerprints"};

struct span census_method_option(const char *options_text, const char *name, bool *is_given_out)
{
	struct span rest = span_from_text(options_text);

	*is_given_out = false;
	while (rest.size > 0) {
		struct span line = span_take_line(&rest);

		if (!span_starts_with_text(line, "--"))
			continue;
		line = span_part(line, 2, line.size);
		if (!span_equals_text(span_part(line, 0, span_find_byte(line, '=')), name))
			continue;
		*is_given_out = true;
		return span_part(line, span_find_byte(line, '=') + 1, line.size);
	}
	return span_make(NULL, 0);
}

static void append_value(struct span value, bool has, struct buffer *out)
{
	if (!has) {
		buffer_append_text(out, "not given");
		return;
	}
	if (value.size == 0)
		buffer_append_text(out, "given");
	text_escape(span_part(value, 0, VALUE_SHOWN_MAX), out);
}

static void compare_option(const struct census_record *old, const struct census_record *new, const char *name, struct buffer *out)
{
	bool has[2];
	struct span values[2] = {census_method_option(old->options_text, name, &has[0]),
	                         census_method_option(new->options_text, name, &has[1])};

	if (has[0] == has[1] && span_equals(values[0], values[1]))
		return;
	buffer_append_format(out, "--%s: ", name);
	append_value(values[0], has[0], out);
	buffer_append_text(out, " then, ");
	append_value(values[1], has[1], out);
	buffer_append_text(out, " now\n");
}

void census_method_differences(const struct census_record *old, const struct census_record *new, struct buffer *out)
{
	if (strcmp(old->tool_version, new->tool_version) != 0) {
		buffer_append_text(out, "mailcensus ");
		text_escape(span_from_text(old->tool_version), out);
		buffer_append_text(out, " then, ");
		text_escape(span_from_text(new->tool_version), out);
		buffer_append_text(out, " now: its rules may differ\n");
	}
	if (old->scope_fingerprint != new->scope_fingerprint)
		buffer_append_format(out, "other targets: %" PRIu64 " addresses then, %" PRIu64 " now\n", old->host_count, new->host_count);
	if (old->shard != new->shard || old->shard_count != new->shard_count)
		buffer_append_format(out, "share %u of %u then, %u of %u now\n", old->shard + 1, old->shard_count, new->shard + 1,
		                     new->shard_count);
	for (size_t i = 0; i < ARRAY_LENGTH(OPTIONS); i++)
		compare_option(old, new, OPTIONS[i], out);
}
