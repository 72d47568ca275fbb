/* SPDX-License-Identifier: ISC */
/* Asks each format whether the text is its own. */
#include "reported/reported_file.h"

#include "base/text.h"
#include "reported/formats.h"

static const struct reported_format *const FORMATS[] = {&SHADOWSERVER_REPORTED, &MASSCAN_XML_REPORTED,  &ZGRAB2_REPORTED,
                                                        &MASSCAN_JSON_REPORTED, &MASSCAN_LIST_REPORTED, &ZMAP_REPORTED};

static const char *const KINDS[CLAIM_KIND_COUNT] = {
	[CLAIM_CLOSED] = "closed", [CLAIM_OPEN] = "open", [CLAIM_WITHOUT_TLS] = "without-tls", [CLAIM_WITH_TLS] = "with-tls"};

const char *claim_kind_name(enum claim_kind kind)
{
	return (size_t)kind < CLAIM_KIND_COUNT ? KINDS[kind] : "?";
}

static struct span without_mark(struct span text)
{
	return span_starts_with_text(text, "\xef\xbb\xbf") ? span_part(text, 3, text.size) : text;
}

const struct reported_format *reported_recognise(struct span text)
{
	for (size_t i = 0; i < ARRAY_LENGTH(FORMATS); i++) {
		if (FORMATS[i]->recognises(without_mark(text)))
			return FORMATS[i];
	}
	return NULL;
}

bool reported_read(struct span text, const char *name, struct claim_sink *sink, const struct reported_format **format_out,
                   struct error *error)
{
	const struct reported_format *format = reported_recognise(text);

	*format_out = format;
	if (format == NULL)
		return error_set(
			error,
			"%s is no report that is known: Shadowserver's CSV, zgrab2's JSON lines, masscan's list (-oL), JSON (-oJ) or "
			"XML (-oX), or zmap's CSV",
			name);
	format->read(without_mark(text), sink);
	return true;
}

void claim_sink_refuse(struct claim_sink *sink, size_t row)
{
	if (sink->unreadable++ == 0)
		sink->first_unreadable = row;
}

void claim_sink_take(struct claim_sink *sink, size_t row, struct span address, struct span port, struct claim claim)
{
	uint64_t number = 0;

	if (!ip_address_parse(span_trim(address), &claim.address) ||
	    (port.size > 0 && (!text_parse_unsigned(span_trim(port), UINT16_MAX, &number) || number == 0))) {
		claim_sink_refuse(sink, row);
		return;
	}
	claim.port = (uint16_t)number;
	sink->claims++;
	sink->is_stopped = !sink->take(sink->context, &claim);
}
