/* SPDX-License-Identifier: ISC */
/* "MAILCENSUS CRITICAL - mail.example.org grade F: no-tls on 143 | grade=1;;;0;7 ..." */
#include "report/check_nagios.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

enum { NAME_MAX = 120, TOLD_MAX = 6, DAYS_SHORT = 42 };

/* All hosts together. */
struct sum {
	enum check_state state;
	enum grade lowest;
	bool has_grade;
	size_t findings; /* worth acting on: above info */
	bool has_days;
	int64_t days, warning_days, critical_days;
};

static const char *const STATES[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

static void raise_state(struct sum *sum, enum check_state state)
{
	/* Critical tells most, then unknown: who could not look cannot say that all is well. */
	static const int weight[] = {
		[CHECK_STATE_OK] = 0, [CHECK_STATE_WARNING] = 1, [CHECK_STATE_UNKNOWN] = 2, [CHECK_STATE_CRITICAL] = 3};

	if (weight[state] > weight[sum->state])
		sum->state = state;
}

static size_t count_findings(const struct check_host *host)
{
	size_t count = 0;

	for (size_t i = 0; i < host->finding_count; i++)
		count += host->findings[i].severity > SEVERITY_INFO ? 1 : 0;
	for (size_t i = 0; i < host->service_count; i++) {
		for (size_t j = 0; j < host->services[i].finding_count; j++)
			count += host->services[i].findings[j].severity > SEVERITY_INFO ? 1 : 0;
	}
	return count;
}

static void add_days(struct sum *sum, const struct check_host *host, struct timestamp now)
{
	int64_t days, lifetime, warning = CHECK_DAYS_WARNING, critical = CHECK_DAYS_CRITICAL;

	if (!check_host_days_left(host, now, &days, &lifetime))
		return;
	if (lifetime < DAYS_SHORT) {
		warning = lifetime / 3;
		critical = lifetime / 6;
	}
	if (days < critical)
		raise_state(sum, CHECK_STATE_CRITICAL);
	else if (days < warning)
		raise_state(sum, CHECK_STATE_WARNING);
	if (!sum->has_days || days < sum->days) {
		sum->days = days;
		sum->warning_days = warning;
		sum->critical_days = critical;
	}
	sum->has_days = true;
}

static void add_host(struct sum *sum, const struct check_host *host, const struct check_thresholds *thresholds, struct timestamp now)
{
	enum severity worst;

	if (!check_host_is_measured(host))
		return;
	if (check_host_worst(host, &worst)) {
		if (worst >= thresholds->critical)
			raise_state(sum, CHECK_STATE_CRITICAL);
		else if (worst >= thresholds->warning)
			raise_state(sum, CHECK_STATE_WARNING);
	}
	if (!sum->has_grade || host->grade < sum->lowest)
		sum->lowest = host->grade;
	sum->has_grade = true;
	sum->findings += count_findings(host);
	add_days(sum, host, now);
}

/* A name of which no address could be measured makes it unknown; an address beside a measured one of the same name does not: not every machine has IPv6. */
static bool is_name_measured(const struct check_report *report, const char *asked)
{
	for (size_t i = 0; i < report->host_count; i++) {
		if (strcmp(report->hosts[i].asked, asked) == 0 && check_host_is_measured(&report->hosts[i]))
			return true;
	}
	return false;
}

/* Harmless in a line of a monitoring system: no '|', which would begin the performance data. */
static void append_harmless(struct buffer *out, const char *text, size_t max)
{
	size_t start = out->size;

	text_escape(span_part(span_from_text(text), 0, max), out);
	for (size_t i = start; i < out->size; i++) {
		if (out->data[i] == '|')
			out->data[i] = '/';
	}
}

static void append_reasons(struct buffer *out, const struct check_host *host)
{
	for (size_t i = 0; i < host->reason_count && i < TOLD_MAX; i++) {
		buffer_append_text(out, i == 0 ? ": " : ", ");
		append_harmless(out, host->reasons[i], NAME_MAX);
	}
	if (host->reason_count > TOLD_MAX)
		buffer_append_text(out, ", ...");
}

static void append_host(struct buffer *out, const struct check_host *host)
{
	char address[IP_ADDRESS_TEXT_SIZE];

	append_harmless(out, host->asked, NAME_MAX);
	if (!host->has_address) {
		buffer_append_text(out, ": ");
		append_harmless(out, host->trouble, NAME_MAX);
		return;
	}
	ip_address_format(host->address, address);
	if (strcmp(address, host->asked) != 0 && host->reference_name[0] != '\0')
		buffer_append_format(out, " (%s)", address);
	if (host->grade == GRADE_UNKNOWN) {
		buffer_append_format(out, ": %s", host_verdict_sentence(host->verdict));
		return;
	}
	buffer_append_format(out, " grade %s", grade_name(host->grade));
	append_reasons(out, host);
}

static void append_performance(struct buffer *out, const struct check_report *report, const struct sum *sum)
{
	buffer_append_text(out, " |");
	if (sum->has_grade)
		buffer_append_format(out, " grade=%d;;;0;%d findings=%zu;;;0", (int)sum->lowest, (int)GRADE_A_PLUS, sum->findings);
	if (sum->has_days)
		buffer_append_format(out, " days_left=%" PRId64 ";%" PRId64 ":;%" PRId64 ":", sum->days, sum->warning_days,
		                     sum->critical_days);
	buffer_append_format(out, " time=%u.%03us;;;0 connections=%u;;;0\n", report->duration_ms / 1000, report->duration_ms % 1000,
	                     report->connections);
}

enum check_state check_nagios_render(const struct check_report *report, const struct check_thresholds *thresholds, struct buffer *out)
{
	struct sum sum = {.state = CHECK_STATE_OK};

	if (report->host_count == 0 || report->was_stopped)
		raise_state(&sum, CHECK_STATE_UNKNOWN);
	for (size_t i = 0; i < report->host_count; i++) {
		add_host(&sum, &report->hosts[i], thresholds, report->started_at);
		if (!is_name_measured(report, report->hosts[i].asked))
			raise_state(&sum, CHECK_STATE_UNKNOWN);
	}
	buffer_append_format(out, "MAILCENSUS %s - ", STATES[sum.state]);
	for (size_t i = 0; i < report->host_count; i++) {
		if (i > 0)
			buffer_append_text(out, "; ");
		append_host(out, &report->hosts[i]);
	}
	if (report->host_count == 0)
		buffer_append_text(out, "nothing was checked");
	append_performance(out, report, &sum);
	return sum.state;
}
