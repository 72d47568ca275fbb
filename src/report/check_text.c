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

enum { TLS_BLOCK_MAX = 256 * 1024 };

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

static void print_title(struct text_flow *flow, const struct check_host *host)
{
	char address[IP_ADDRESS_TEXT_SIZE];

	text_flow_server(flow, 2, span_from_text(host->asked));
	if (host->has_address) {
		ip_address_format(host->address, address);
		if (strcmp(address, host->asked) != 0) {
			text_flow_put(flow, " (");
			text_flow_put(flow, address);
			text_flow_put(flow, ")");
		}
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
	text_flow_put(flow, "The grade is due to:");
	for (size_t i = 0; i < host->reason_count; i++) {
		text_flow_words(flow, 2, host->reasons[i]);
		text_flow_put(flow, i + 1 < host->reason_count ? ";" : ".");
	}
	text_flow_end_line(flow);
}

static const char *short_version(enum tls_version_index index)
{
	static const char *const names[] = {"SSL3", "1.0", "1.1", "1.2", "1.3"};

	return names[index];
}

static void append_versions(const struct tls_facts *tls, struct buffer *out)
{
	bool has_any = false;

	for (unsigned i = 0; i < TLS_INDEX_COUNT; i++) {
		if (tls->versions[i] != ANSWER_YES)
			continue;
		buffer_append_format(out, "%s%s", has_any ? " " : "", short_version((enum tls_version_index)i));
		has_any = true;
	}
	if (!has_any)
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

static void print_host(struct text_flow *flow, const struct check_report *report, size_t index, bool is_for_user)
{
	const struct check_host *host = &report->hosts[index];

	print_title(flow, host);
	print_trouble(flow, host);
	if (!host->has_address)
		return;
	if (is_for_user) {
		check_text_user(flow, host);
		return;
	}
	print_answer(flow, host);
	if (host->service_count > 0)
		print_table(flow, host);
	check_text_findings(flow, report, index);
	print_tls_blocks(flow, report, host);
	check_text_doubts(flow, report, host);
}

static void print_overview(struct text_flow *flow, const struct check_report *report)
{
	static const struct table_column columns[] = {{"GRADE", false}, {"HOST", false}, {"ADDRESS", false}, {"VERDICT", false}};
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));

	for (size_t i = 0; i < report->host_count; i++) {
		const struct check_host *host = &report->hosts[i];
		char address[IP_ADDRESS_TEXT_SIZE] = "-";

		if (host->has_address)
			ip_address_format(host->address, address);
		table_add_text(table, host->has_address ? grade_name(host->grade) : "?");
		table_add_text(table, host->asked);
		table_add_text(table, address);
		table_add_text(table, host->has_address ? host_verdict_name(host->verdict) : "not looked at");
	}
	table_render(table, flow->width, flow->out);
	table_free(table);
	text_flow_end_line(flow);
}

static void print_closing(struct text_flow *flow, const struct check_report *report)
{
	char line[160];

	(void)snprintf(line, sizeof(line), "%u connection%s in %.1f s at depth %s. Nothing was sent that could be a login.",
	               report->connections, report->connections == 1 ? "" : "s", report->duration_ms / 1000.0,
	               probe_depth_name(report->depth));
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
	if (report->host_count > 1)
		print_overview(&flow, report);
	for (size_t i = 0; i < report->host_count; i++) {
		if (i > 0)
			text_flow_end_line(&flow);
		print_host(&flow, report, i, style->is_for_user);
	}
	if (!style->is_for_user)
		print_closing(&flow, report);
}
