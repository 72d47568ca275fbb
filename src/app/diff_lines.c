/* SPDX-License-Identifier: ISC */
/* What a look has no row of is told by the word for it: closed where it asked and nothing answered, else why it is not known. */
#include "app/diff_lines.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "report/csv_write.h"
#include "report/json_write.h"

enum { TEXT_MAX = 1024 };

static const char *word_of(const struct diff_service *service, unsigned side)
{
	if (service->rows[side] != NULL)
		return verdict_name(service->rows[side]->verdict);
	return service->reach[side] == REACH_ASKED ? verdict_name(VERDICT_CLOSED) : reach_name(service->reach[side]);
}

/* ---- findings by what became of them ---- */

struct chosen_findings {
	struct buffer *out;
	enum change wanted;
	const char *separator;
	bool is_json;
	size_t count;
};

static void append_finding(void *context, const char *id, enum change change)
{
	struct chosen_findings *chosen = context;

	if (change != chosen->wanted)
		return;
	if (chosen->is_json) {
		json_item(chosen->out, span_from_text(id));
	} else {
		if (chosen->count > 0)
			buffer_append_text(chosen->out, chosen->separator);
		text_escape(span_from_text(id), chosen->out);
	}
	chosen->count++;
}

static size_t append_findings(const struct diff_line *line, enum change wanted, const char *separator, bool is_json, struct buffer *out)
{
	struct chosen_findings chosen = {.out = out, .wanted = wanted, .separator = separator, .is_json = is_json};

	census_diff_findings(line->diff, line->service, append_finding, &chosen);
	return chosen.count;
}

static void append_details(unsigned details, const char *separator, struct buffer *out)
{
	size_t count = 0;

	for (unsigned i = 0; i < DETAIL_COUNT; i++) {
		if ((details >> i & 1) != 0)
			buffer_append_format(out, "%s%s", count++ > 0 ? separator : "", diff_detail_name(1u << i));
	}
}

/* ---- for people ---- */

void diff_line_titles(struct buffer *out)
{
	buffer_append_format(out, "%-39s %5s  %-10s  %-10s  %-21s  %-21s  %s\n", "ADDRESS", "PORT", "CHANGE", "HOST", "THEN", "NOW",
	                     "WHAT");
}

static void append_what(const struct diff_line *line, struct buffer *out)
{
	static const struct {
		enum change change;
		const char *sign;
	} rows[] = {{CHANGE_NEW, "+"}, {CHANGE_FIXED, "-"}};
	const char *doubt = diff_service_doubt(line->service);

	if (doubt != NULL) {
		buffer_append_text(out, doubt);
		return;
	}
	append_details(line->service->details, ", ", out);
	if (line->service->pair.change == CHANGE_NEW || line->service->pair.change == CHANGE_GONE)
		return;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct buffer ids;

		buffer_init(&ids, TEXT_MAX);
		if (append_findings(line, rows[i].change, " ", false, &ids) > 0)
			buffer_append_format(out, " %s(%s)", rows[i].sign, buffer_text(&ids));
		buffer_done(&ids);
	}
}

void diff_line_text(const struct diff_line *line, struct buffer *out)
{
	char address[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(line->host->address, address);
	buffer_append_format(out, "%-39s %5u  %-10s  %-10s  %-21s  %-21s  ", address, line->service->port,
	                     change_name(line->service->pair.change), change_name(line->host->change), word_of(line->service, DIFF_OLD),
	                     word_of(line->service, DIFF_NEW));
	append_what(line, out);
	while (out->size > 0 && out->data[out->size - 1] == ' ')
		out->size--;
	buffer_append_byte(out, '\n');
}

/* ---- CSV ---- */

void diff_line_csv_titles(struct buffer *out)
{
	buffer_append_text(out,
	                   "address,port,change,host_change,country,asn,old,new,old_login,new_login,old_host,new_host,details,findings_new,"
	                   "findings_fixed,findings_gone,findings_cannot_say,why\n");
}

static void csv_word(struct buffer *out, const char *word)
{
	csv_next(out);
	csv_text(out, span_from_text(word), TEXT_MAX, true);
}

static void csv_findings(const struct diff_line *line, enum change wanted, struct buffer *out)
{
	struct buffer ids;

	buffer_init(&ids, TEXT_MAX * 4);
	(void)append_findings(line, wanted, " ", false, &ids);
	csv_next(out);
	csv_text(out, buffer_view(&ids), TEXT_MAX * 4, true);
	buffer_done(&ids);
}

void diff_line_csv(const struct diff_line *line, struct buffer *out)
{
	const struct diff_service *service = line->service;
	const char *doubt = diff_service_doubt(service);
	char address[IP_ADDRESS_TEXT_SIZE], country[3];
	struct buffer details;
	uint32_t asn;

	ip_address_format(line->host->address, address);
	attributor_look_up_network(line->attributor, line->host->address, country, &asn);
	csv_word(out, address);
	buffer_append_format(out, ",%u", service->port);
	csv_word(out, change_name(service->pair.change));
	csv_word(out, change_name(line->host->change));
	csv_word(out, country);
	csv_next(out);
	if (asn != 0)
		buffer_append_format(out, "%" PRIu32, asn);
	for (unsigned side = 0; side < DIFF_SIDES; side++)
		csv_word(out, word_of(service, side));
	for (unsigned side = 0; side < DIFF_SIDES; side++)
		csv_word(out, service->rows[side] != NULL ? cleartext_login_name(service->rows[side]->cleartext_login) : "");
	for (unsigned side = 0; side < DIFF_SIDES; side++)
		csv_word(out, line->host->rows[side] != NULL ? host_verdict_name(line->host->rows[side]->verdict) : "");
	buffer_init(&details, TEXT_MAX);
	append_details(service->details, " ", &details);
	csv_next(out);
	csv_text(out, buffer_view(&details), TEXT_MAX, true);
	buffer_done(&details);
	csv_findings(line, CHANGE_NEW, out);
	csv_findings(line, CHANGE_FIXED, out);
	csv_findings(line, CHANGE_GONE, out);
	csv_findings(line, CHANGE_UNTOLD, out);
	csv_word(out, doubt != NULL ? doubt : "");
	buffer_append_byte(out, '\n');
}

/* ---- JSON ---- */

static void json_look(const struct diff_line *line, unsigned side, const char *key, struct buffer *out)
{
	const struct stream_service *row = line->service->rows[side];

	json_key(out, key);
	buffer_append_byte(out, '{');
	json_word(out, "asked", row != NULL ? reach_name(REACH_ASKED) : reach_name(line->service->reach[side]));
	json_word(out, "standing", standing_name(side == DIFF_OLD ? line->service->pair.old : line->service->pair.new));
	if (row != NULL) {
		json_word(out, "verdict", verdict_name(row->verdict));
		json_word(out, "cleartext_login", cleartext_login_name(row->cleartext_login));
		json_word(out, "protocol", wire_protocol_name(row->protocol));
		json_word(out, "host_verdict", host_verdict_name(line->host->rows[side]->verdict));
		if (row->has_certificate)
			json_hex(out, "certificate_sha256", span_make(row->leaf_sha256, sizeof(row->leaf_sha256)));
		else
			json_null(out, "certificate_sha256");
		json_word_or_null(out, "software", row->software.product);
		json_word_or_null(out, "software_version", row->software.version);
	}
	buffer_append_byte(out, '}');
}

static void json_findings(const struct diff_line *line, struct buffer *out)
{
	static const struct {
		enum change change;
		const char *key;
	} rows[] = {{CHANGE_NEW, "new"}, {CHANGE_FIXED, "fixed"}, {CHANGE_GONE, "gone"}, {CHANGE_UNTOLD, "cannot-say"}};

	json_key(out, "findings");
	buffer_append_byte(out, '{');
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		json_key(out, rows[i].key);
		buffer_append_byte(out, '[');
		(void)append_findings(line, rows[i].change, NULL, true, out);
		buffer_append_byte(out, ']');
	}
	buffer_append_byte(out, '}');
}

void diff_line_json(const struct diff_line *line, struct buffer *out)
{
	char address[IP_ADDRESS_TEXT_SIZE], country[3];
	uint32_t asn;

	ip_address_format(line->host->address, address);
	attributor_look_up_network(line->attributor, line->host->address, country, &asn);
	buffer_append_byte(out, '{');
	json_word(out, "schema", DIFF_SERVICE_SCHEMA);
	json_word(out, "address", address);
	json_number(out, "port", line->service->port);
	json_word(out, "change", change_name(line->service->pair.change));
	json_word(out, "host_change", change_name(line->host->change));
	json_word_or_null(out, "country", country);
	json_number_or_null(out, "asn", asn);
	json_look(line, DIFF_OLD, "old", out);
	json_look(line, DIFF_NEW, "new", out);
	json_key(out, "details");
	buffer_append_byte(out, '[');
	for (unsigned i = 0; i < DETAIL_COUNT; i++) {
		if ((line->service->details >> i & 1) != 0)
			json_item(out, span_from_text(diff_detail_name(1u << i)));
	}
	buffer_append_byte(out, ']');
	json_findings(line, out);
	json_word_or_null(out, "why", diff_service_doubt(line->service));
	buffer_append_text(out, "}\n");
}
