/* SPDX-License-Identifier: ISC */
/* The frame of the report: the answer, the table of ports, and the order of the rest. */
#include "report/check_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "report/check_answer.h"
#include "report/table.h"

enum { TLS_BLOCK_MAX = 256 * 1024, USER_BLOCK_MAX = 64 * 1024 };

static enum text_colour colour_of_grade(enum grade grade)
{
	switch (grade) {
	case GRADE_A:
	case GRADE_A_PLUS:
		return TEXT_GREEN;
	case GRADE_B:
	case GRADE_C:
		return TEXT_YELLOW;
	case GRADE_D:
	case GRADE_E:
	case GRADE_F:
		return TEXT_RED;
	case GRADE_UNKNOWN:
		break;
	}
	return TEXT_BOLD;
}

static void heading(struct text_flow *flow, const char *text)
{
	text_flow_end_line(flow);
	text_flow_paint(flow, TEXT_BOLD, text);
	text_flow_end_line(flow);
}

static void print_title(struct text_flow *flow, const struct check_host *host, bool has_address)
{
	char address[IP_ADDRESS_TEXT_SIZE];

	text_flow_server(flow, 0, span_from_text(host->asked));
	if (host->has_address) {
		ip_address_format(host->address, address);
		if (has_address && strcmp(address, host->asked) != 0) {
			text_flow_make_room(flow, 0, strlen(address) + 4);
			text_flow_put(flow, " (");
			text_flow_put(flow, address);
			text_flow_put(flow, ")");
		}
		text_flow_make_room(flow, 0, strlen(": grade A+"));
		text_flow_put(flow, ": ");
		text_flow_paint(flow, colour_of_grade(host->grade), "grade ");
		text_flow_paint(flow, colour_of_grade(host->grade), grade_name(host->grade));
	}
	text_flow_end_line(flow);
}

static void print_answer(struct text_flow *flow, const struct check_host *host)
{
	struct buffer answer;

	buffer_init(&answer, 2048);
	buffer_append_text(&answer, "Can passwords be read? ");
	check_answer(host, &answer);
	text_flow_words(flow, 0, buffer_text(&answer));
	text_flow_end_line(flow);
	buffer_done(&answer);
	if (host->reason_count == 0)
		return;
	buffer_init(&answer, 8192);
	buffer_append_text(&answer, "The grade is due to: ");
	for (size_t i = 0; i < host->reason_count; i++)
		buffer_append_format(&answer, "%s%s", i > 0 ? "; " : "", host->reasons[i]);
	buffer_append_text(&answer, ".");
	text_flow_words(flow, 0, buffer_text(&answer));
	text_flow_end_line(flow);
	buffer_done(&answer);
}

/* "1.2", "1.0-1.3", "SSL3 1.2": runs without a gap are shortened. */
static void append_versions(const struct tls_facts *tls, struct buffer *out)
{
	static const char *const names[TLS_INDEX_COUNT] = {"SSL3", "1.0", "1.1", "1.2", "1.3"};
	size_t before = out->size;

	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++) {
		unsigned first = i;

		if (tls->versions[i] != ANSWER_YES)
			continue;
		while (i + 1 < TLS_INDEX_COUNT && tls->versions[i + 1] == ANSWER_YES)
			i++;
		buffer_append_format(out, "%s%s", out->size > before ? " " : "", names[first]);
		if (i > first)
			buffer_append_format(out, "-%s", names[i]);
	}
	if (out->size == before)
		buffer_append_text(out, tls->is_seen ? "?" : "-");
}

/* "Dovecot 2.3.19 (Debian)"; only product and version came from a server in part, and table cells are escaped. */
static void append_software(const struct software *software, struct buffer *out)
{
	if (software->product[0] == '\0') {
		buffer_append_text(out, "-");
		return;
	}
	buffer_append_text(out, software->product);
	if (software->version[0] != '\0')
		buffer_append_format(out, " %s", software->version);
	if (software->distribution[0] != '\0')
		buffer_append_format(out, " (%s)", software->distribution);
	if (software->front[0] != '\0')
		buffer_append_format(out, " behind %s", software->front);
}

static void print_table(struct text_flow *flow, const struct check_host *host)
{
	static const struct table_column columns[] = {{"PORT", true},         {"SPEAKS", false}, {"VERDICT", false},
	                                              {"CLEAR LOGIN", false}, {"TLS", false},    {"SOFTWARE", false}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));
	struct buffer cell;

	buffer_init(&cell, 512);
	for (size_t i = 0; i < host->service_count; i++) {
		const struct check_service *service = &host->services[i];

		table_add_number(table, service->endpoint.port);
		table_add_text(table, service->protocol == WIRE_UNKNOWN ? "-" : wire_protocol_name(service->protocol));
		table_add_text(table, verdict_name(service->verdict));
		table_add_text(table,
		               service->cleartext_login == CLEARTEXT_LOGIN_UNKNOWN ? "-" : cleartext_login_name(service->cleartext_login));
		buffer_clear(&cell);
		append_versions(service->tls, &cell);
		table_add(table, buffer_view(&cell));
		buffer_clear(&cell);
		append_software(service->software, &cell);
		table_add(table, buffer_view(&cell));
	}
	text_flow_end_line(flow);
	table_render(table, flow->width, flow->out);
	table_free(table);
	buffer_done(&cell);
}

/* Ports whose details are the same to the letter are named together. */
static void print_tls_blocks(struct text_flow *flow, const struct check_report *report, const struct check_host *host)
{
	struct buffer *blocks = memory_allocate(host->service_count, sizeof(*blocks));
	bool *is_printed = memory_allocate(host->service_count, sizeof(*is_printed));

	for (size_t i = 0; i < host->service_count; i++) {
		struct text_flow block;

		buffer_init(&blocks[i], TLS_BLOCK_MAX);
		text_flow_init(&block, &blocks[i], flow->width, flow->has_colour);
		check_text_tls(&block, &host->services[i], report->started_at);
	}
	for (size_t i = 0; i < host->service_count; i++) {
		uint16_t *ports;
		size_t count = 0;
		struct buffer title;

		if (is_printed[i] || blocks[i].size == 0)
			continue;
		ports = memory_allocate(host->service_count, sizeof(*ports));
		for (size_t j = i; j < host->service_count; j++) {
			if (!span_equals(buffer_view(&blocks[i]), buffer_view(&blocks[j])))
				continue;
			is_printed[j] = true;
			ports[count++] = host->services[j].endpoint.port;
		}
		buffer_init(&title, 512);
		buffer_append_text(&title, "TLS on ");
		check_ports_text(ports, count, &title);
		heading(flow, buffer_text(&title));
		buffer_append(flow->out, buffer_view(&blocks[i]));
		buffer_done(&title);
		free(ports);
	}
	for (size_t i = 0; i < host->service_count; i++)
		buffer_done(&blocks[i]);
	free(blocks);
	free(is_printed);
}

static void print_trouble(struct text_flow *flow, const struct check_host *host)
{
	if (host->trouble[0] == '\0')
		return;
	text_flow_server(flow, 0, span_from_text(host->trouble));
	text_flow_end_line(flow);
}

static void print_host(struct text_flow *flow, const struct check_report *report, size_t index)
{
	const struct check_host *host = &report->hosts[index];

	if (index > 0)
		text_flow_end_line(flow);
	print_title(flow, host, true);
	print_trouble(flow, host);
	if (!host->has_address)
		return;
	print_answer(flow, host);
	if (host->service_count > 0)
		print_table(flow, host);
	check_text_findings(flow, report, index);
	print_tls_blocks(flow, report, host);
	check_text_doubts(flow, report, host);
}

static void render_for_user(const struct text_flow *like, const struct check_host *host, struct buffer *out)
{
	struct text_flow flow;

	buffer_init(out, USER_BLOCK_MAX);
	text_flow_init(&flow, out, like->width, like->has_colour);
	print_trouble(&flow, host);
	if (host->has_address)
		check_text_user(&flow, host);
}

/* Who only reads mail knows names, not addresses: what is the same at all addresses of a name is said once. */
static void print_host_for_user(struct text_flow *flow, const struct check_report *report, size_t index)
{
	const struct check_host *host = &report->hosts[index];
	struct buffer text, other;
	bool is_told = false, is_first = true;

	render_for_user(flow, host, &text);
	for (size_t i = 0; i < index; i++) {
		if (strcmp(report->hosts[i].asked, host->asked) != 0)
			continue;
		is_first = false;
		render_for_user(flow, &report->hosts[i], &other);
		is_told = is_told || (report->hosts[i].grade == host->grade && span_equals(buffer_view(&text), buffer_view(&other)));
		buffer_done(&other);
	}
	if (!is_told) {
		if (index > 0)
			text_flow_end_line(flow);
		print_title(flow, host, !is_first);
		buffer_append(flow->out, buffer_view(&text));
	}
	buffer_done(&text);
}

static void print_overview(struct text_flow *flow, const struct check_report *report)
{
	static const struct table_column columns[] = {{"GRADE", false}, {"VERDICT", false}, {"ADDRESS", false}, {"HOST", false}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));

	for (size_t i = 0; i < report->host_count; i++) {
		const struct check_host *host = &report->hosts[i];
		char address[IP_ADDRESS_TEXT_SIZE] = "-";

		if (host->has_address)
			ip_address_format(host->address, address);
		table_add_text(table, host->has_address ? grade_name(host->grade) : "?");
		table_add_text(table, host->has_address ? host_verdict_name(host->verdict) : "not looked at");
		table_add_text(table, address);
		table_add_text(table, host->asked); /* last, as the last column is cut to fit */
	}
	table_render(table, flow->width, flow->out);
	table_free(table);
	text_flow_end_line(flow);
}

static void print_closing(struct text_flow *flow, const struct check_report *report)
{
	char line[160];

	(void)snprintf(line, sizeof(line), "%u connection%s in %.1f s at depth %s. %s", report->connections,
	               report->connections == 1 ? "" : "s", report->duration_ms / 1000.0, probe_depth_name(report->depth),
	               report->confirmed_login ? "Logins were begun and cancelled; no credentials were sent."
	                                       : "Nothing was sent that could be a login.");
	text_flow_end_line(flow);
	text_flow_words(flow, 0, line);
	text_flow_end_line(flow);
	if (report->was_stopped) {
		text_flow_words(flow, 0, "It was stopped before it was done: what is missing above was not looked at.");
		text_flow_end_line(flow);
	}
}

void check_text_render(const struct check_report *report, const struct check_text_style *style, struct buffer *out)
{
	struct text_flow flow;

	text_flow_init(&flow, out, style->width, style->has_colour);
	if (style->is_for_user) {
		for (size_t i = 0; i < report->host_count; i++)
			print_host_for_user(&flow, report, i);
		return;
	}
	if (report->host_count > 1)
		print_overview(&flow, report);
	for (size_t i = 0; i < report->host_count; i++)
		print_host(&flow, report, i);
	print_closing(&flow, report);
}
