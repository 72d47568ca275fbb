/* SPDX-License-Identifier: ISC */
/* The short version for somebody who only reads mail: is my password safe, and what can I do? */
#include "report/check_text.h"

#include <stdio.h>
#include <string.h>

#include "model/mail_port.h"
#include "report/check_answer.h"

enum { SENTENCES_MAX = 6 };

static void item(struct text_flow *flow, const char *text)
{
	text_flow_put(flow, "  - ");
	text_flow_words(flow, 4, text);
	text_flow_end_line(flow);
}

struct sentences {
	const char *texts[SENTENCES_MAX];
	size_t count;
};

static void take(struct sentences *sentences, const struct check_finding *findings, size_t count, enum severity severity)
{
	for (size_t i = 0; i < count && sentences->count < SENTENCES_MAX; i++) {
		bool is_known = findings[i].severity != severity || findings[i].user_sentence[0] == '\0';

		for (size_t j = 0; j < sentences->count && !is_known; j++)
			is_known = strcmp(sentences->texts[j], findings[i].user_sentence) == 0;
		if (!is_known)
			sentences->texts[sentences->count++] = findings[i].user_sentence;
	}
}

static void print_sentences(struct text_flow *flow, const struct check_host *host)
{
	struct sentences sentences = {.count = 0};

	for (int severity = SEVERITY_CRITICAL; severity > SEVERITY_INFO; severity--) {
		for (size_t i = 0; i < host->service_count; i++)
			take(&sentences, host->services[i].findings, host->services[i].finding_count, (enum severity)severity);
		take(&sentences, host->findings, host->finding_count, (enum severity)severity);
	}
	if (sentences.count == 0)
		return;
	text_flow_end_line(flow);
	text_flow_paint(flow, TEXT_BOLD, "What was seen");
	text_flow_end_line(flow);
	for (size_t i = 0; i < sentences.count; i++)
		item(flow, sentences.texts[i]);
}

/* TLS from the first byte is the safest way; a plain port will do where TLS came up on it. */
static bool is_safe_way(const struct check_service *service, bool is_implicit)
{
	if (service->protocol != WIRE_IMAP && service->protocol != WIRE_POP3)
		return false;
	if (is_implicit)
		return service->verdict == VERDICT_IMPLICIT_TLS && mail_port_is_implicit_tls(service->endpoint.port);
	return service->verdict == VERDICT_TLS_REQUIRED || service->verdict == VERDICT_LOGIN_BEFORE_TLS;
}

static bool print_way(struct text_flow *flow, const struct check_host *host, enum wire_protocol protocol)
{
	const char *name = protocol == WIRE_IMAP ? "IMAP" : "POP3";
	char text[240];

	for (int is_implicit = 1; is_implicit >= 0; is_implicit--) {
		for (size_t i = 0; i < host->service_count; i++) {
			if (host->services[i].protocol != protocol || !is_safe_way(&host->services[i], is_implicit == 1))
				continue;
			(void)snprintf(
				text, sizeof(text),
				is_implicit == 1
					? "For %s, set your mail program to port %u and \"SSL/TLS\" (not \"STARTTLS\", not \"none\")."
					: "For %s, set your mail program to port %u and \"STARTTLS\", never \"if available\" and never "
					  "\"none\".",
				name, host->services[i].endpoint.port);
			item(flow, text);
			return true;
		}
	}
	return false;
}

static bool has_mail(const struct check_host *host)
{
	return host->verdict == HOST_NO_TLS || host->verdict == HOST_LOGIN_BEFORE_TLS || host->verdict == HOST_LEGACY_TLS ||
	       host->verdict == HOST_PROTECTED;
}

void check_text_user(struct text_flow *flow, const struct check_host *host)
{
	struct buffer answer;
	bool has_way;

	buffer_init(&answer, 1024);
	check_answer_for_user(host, &answer);
	text_flow_words(flow, 0, buffer_text(&answer));
	text_flow_end_line(flow);
	buffer_done(&answer);
	print_sentences(flow, host);
	if (!has_mail(host))
		return;
	text_flow_end_line(flow);
	text_flow_paint(flow, TEXT_BOLD, "What you can do");
	text_flow_end_line(flow);
	has_way = print_way(flow, host, WIRE_IMAP);
	has_way = print_way(flow, host, WIRE_POP3) || has_way;
	if (!has_way)
		item(flow, "This server offers no way to fetch mail safely. Do not use it in networks that you do not trust.");
	if (host->verdict == HOST_NO_TLS || host->verdict == HOST_LOGIN_BEFORE_TLS)
		item(flow, "If your mail program was set otherwise, change your password once it is set right: it may have been read.");
	if (host->grade != GRADE_A && host->grade != GRADE_A_PLUS)
		item(flow, "Ask those who run the server to look at it with \"mailcensus check\": it tells them what to change.");
}
