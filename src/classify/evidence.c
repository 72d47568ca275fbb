/* SPDX-License-Identifier: ISC */
/* Bounded text; what does not fit is cut, which no sentence depends on. */
#include "classify/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void append(struct finding *finding, struct span text)
{
	size_t used = strnlen(finding->evidence, FINDING_EVIDENCE_MAX - 1);
	struct span fits = span_part(text, 0, FINDING_EVIDENCE_MAX - 1 - used);

	if (fits.size > 0)
		memcpy(finding->evidence + used, fits.data, fits.size);
	finding->evidence[used + fits.size] = '\0';
}

void evidence_say(struct finding *finding, const char *format, ...)
{
	char text[FINDING_EVIDENCE_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	append(finding, span_from_text(text));
}

void evidence_quote(struct finding *finding, struct span bytes)
{
	struct buffer escaped;

	buffer_init(&escaped, FINDING_EVIDENCE_MAX);
	text_escape(span_part(bytes, 0, EVIDENCE_QUOTE_MAX), &escaped);
	append(finding, span_from_text("\""));
	append(finding, buffer_view(&escaped));
	append(finding, span_from_text(bytes.size > EVIDENCE_QUOTE_MAX ? "...\"" : "\""));
	buffer_done(&escaped);
}

void evidence_quote_text(struct finding *finding, const char *text)
{
	evidence_quote(finding, span_from_text(text));
}

void evidence_next(struct finding *finding)
{
	if (finding->evidence[0] != '\0')
		append(finding, span_from_text("; "));
}

void evidence_fingerprint(struct finding *finding, const unsigned char *bytes, size_t size)
{
	enum { SHOWN = 8 };
	struct buffer text;

	buffer_init(&text, 2 * SHOWN);
	text_append_hex(span_make(bytes, size < SHOWN ? size : SHOWN), &text);
	append(finding, buffer_view(&text));
	append(finding, span_from_text("..."));
	buffer_done(&text);
}

void date_format(struct timestamp timestamp, char text[DATE_TEXT_SIZE])
{
	char full[TIMESTAMP_TEXT_SIZE];

	timestamp_format(timestamp, full);
	memcpy(text, full, DATE_TEXT_SIZE - 1);
	text[DATE_TEXT_SIZE - 1] = '\0';
}
