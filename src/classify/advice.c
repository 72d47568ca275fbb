/* SPDX-License-Identifier: ISC */
/* Finds advice and fills in what depends on the host. */
#include "classify/advice.h"

#include <string.h>

#include "base/span.h"
#include "classify/advice/family.h"

static const char EXAMPLE_HOST[] = "mail.example.org";
enum { EXAMPLE_PORT = 993 };

const struct advice *advice_at(size_t number)
{
	for (const struct advice *const *file = ADVICE_FILES; *file != NULL; file++) {
		for (const struct advice *advice = *file; advice->id != NULL; advice++) {
			if (number == 0)
				return advice;
			number--;
		}
	}
	return NULL;
}

const struct advice *advice_named(const char *id)
{
	const struct advice *advice = NULL;

	for (size_t i = 0; (advice = advice_at(i)) != NULL; i++) {
		if (strcmp(advice->id, id) == 0)
			break;
	}
	return advice;
}

bool advice_cures(const struct advice *advice, const char *finding_id)
{
	struct span rest = span_from_text(advice->findings);

	for (struct span word = span_take_word(&rest); word.size > 0; word = span_take_word(&rest)) {
		if (span_equals_text(word, finding_id))
			return true;
	}
	return false;
}

/* Is the piece for this software? An unknown branch of Dovecot gets the lines of both: the one that does not fit refuses to start. */
static bool is_for(const struct advice *advice, enum software_family family)
{
	if (family == FAMILY_DOVECOT)
		return advice->family == FAMILY_DOVECOT_2_3 || advice->family == FAMILY_DOVECOT_2_4;
	return advice->family == family;
}

static size_t find_for(const char *finding_id, enum software_family family, const struct advice **advices_out, size_t max)
{
	const struct advice *advice = NULL;
	size_t count = 0;

	for (size_t i = 0; count < max && (advice = advice_at(i)) != NULL; i++) {
		if (is_for(advice, family) && advice_cures(advice, finding_id))
			advices_out[count++] = advice;
	}
	return count;
}

size_t advice_find(const char *finding_id, enum software_family family, const struct advice **advices_out, size_t max)
{
	size_t count = find_for(finding_id, family, advices_out, max);

	return count > 0 ? count : find_for(finding_id, FAMILY_UNKNOWN, advices_out, max);
}

static bool is_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static void append_path(const char *given, const char *host, const char *file, struct buffer *out)
{
	if (is_given(given))
		buffer_append_text(out, given);
	else
		buffer_append_format(out, "/etc/letsencrypt/live/%s/%s", host, file);
}

static void append_starttls(unsigned port, struct buffer *out)
{
	if (port == 143)
		buffer_append_text(out, " -starttls imap");
	else if (port == 110)
		buffer_append_text(out, " -starttls pop3");
}

/* False: no placeholder of this name. */
static bool append_value(struct span name, const struct advice_values *values, struct buffer *out)
{
	const char *host = is_given(values->host) ? values->host : EXAMPLE_HOST;
	unsigned port = values->port != 0 ? values->port : EXAMPLE_PORT;

	if (span_equals_text(name, "HOST"))
		buffer_append_text(out, host);
	else if (span_equals_text(name, "PORT"))
		buffer_append_format(out, "%u", port);
	else if (span_equals_text(name, "CERTIFICATE"))
		append_path(values->certificate, host, "fullchain.pem", out);
	else if (span_equals_text(name, "KEY"))
		append_path(values->key, host, "privkey.pem", out);
	else if (span_equals_text(name, "STARTTLS"))
		append_starttls(port, out);
	else if (span_equals_text(name, "WATCH"))
		buffer_append_format(out, "%s%s", is_given(values->finding_id) ? " --watch-for " : "",
		                     is_given(values->finding_id) ? values->finding_id : "");
	else
		return false;
	return true;
}

void advice_format_with(const char *text, const struct advice_values *values, struct buffer *out)
{
	struct span rest = span_from_text(text);

	while (rest.size > 0) {
		size_t begin = span_find_byte(rest, '{');
		struct span after = span_part(rest, begin + 1, rest.size);
		size_t end = span_find_byte(after, '}');

		buffer_append(out, span_part(rest, 0, begin));
		if (begin < rest.size && end < after.size && append_value(span_part(after, 0, end), values, out)) {
			rest = span_part(after, end + 1, after.size);
			continue;
		}
		buffer_append(out, span_part(rest, begin, 1)); /* a brace of the configuration itself */
		rest = after;
	}
}

void advice_format(const char *text, const char *host, unsigned port, struct buffer *out)
{
	const struct advice_values values = {.host = host, .port = port};

	advice_format_with(text, &values, out);
}
