/* SPDX-License-Identifier: ISC */
/* What a check could not tell, and why: said as plainly as what it could. */
#include "report/check_text.h"

#include "base/attributes.h"
#include "report/check_answer.h"

enum { LINE_MAX = 4096, PORTS_MAX = 64 };

static void item(struct text_flow *flow, bool *has_any, const char *text)
{
	if (!*has_any) {
		text_flow_end_line(flow);
		text_flow_paint(flow, TEXT_BOLD, "What could not be told");
		text_flow_end_line(flow);
	}
	*has_any = true;
	text_flow_put(flow, "  - ");
	text_flow_words(flow, 4, text);
	text_flow_end_line(flow);
}

/* One item for all services of which it holds, with their ports. */
static void item_of_ports(struct text_flow *flow, bool *has_any, const struct check_host *host,
                          bool (*holds)(const struct check_service *service), const char *text)
{
	uint16_t ports[PORTS_MAX];
	size_t count = 0;
	struct buffer line;

	for (size_t i = 0; i < host->service_count && count < ARRAY_LENGTH(ports); i++) {
		if (holds(&host->services[i]))
			ports[count++] = host->services[i].endpoint.port;
	}
	if (count == 0)
		return;
	buffer_init(&line, LINE_MAX);
	check_ports_text(ports, count, &line);
	buffer_append_format(&line, ": %s", text);
	item(flow, has_any, buffer_text(&line));
	buffer_done(&line);
}

static bool is_undecided(const struct check_service *service)
{
	return service->verdict == VERDICT_UNKNOWN || service->verdict == VERDICT_SLOW || service->verdict == VERDICT_RATE_LIMITED;
}

static bool has_trust_unknown(const struct check_service *service)
{
	return service->chain_count > 0 && (service->chains[0].system == TRUST_UNKNOWN || service->chains[0].mozilla == TRUST_UNKNOWN);
}

static bool has_unreadable_certificate(const struct check_service *service)
{
	return service->chain_count > 0 && !service->chains[0].leaf.is_readable;
}

static bool shows_no_certificate(const struct check_service *service)
{
	return service->tls->is_seen && service->chain_count == 0;
}

static bool has_certificate(const struct check_service *service)
{
	return service->chain_count > 0;
}

static bool is_unknown_software(const struct check_service *service)
{
	return (service->protocol == WIRE_POP3 || service->protocol == WIRE_IMAP) && service->software->product[0] == '\0';
}

static bool has_tls(const struct check_service *service)
{
	return service->tls->is_seen;
}

/* Names of what the ladder asked and did not learn. */
static void unknown_facts(const struct tls_facts *tls, struct buffer *out)
{
	const struct {
		const char *name;
		enum answer answer;
	} facts[] = {
		{"SSL 3.0", tls->versions[TLS_INDEX_SSL_3]},
		{"TLS 1.0", tls->versions[TLS_INDEX_TLS_1_0]},
		{"TLS 1.1", tls->versions[TLS_INDEX_TLS_1_1]},
		{"TLS 1.2", tls->versions[TLS_INDEX_TLS_1_2]},
		{"TLS 1.3", tls->versions[TLS_INDEX_TLS_1_3]},
		{"post-quantum key exchange", tls->post_quantum},
		{"secure renegotiation", tls->secure_renegotiation},
		{"extended master secret", tls->extended_master_secret},
		{"compression", tls->compression},
	};
	/* Of TLS 1.3 alone nothing older has these. */
	bool is_only_tls13 = tls->versions[TLS_INDEX_TLS_1_3] == ANSWER_YES && tls->versions[TLS_INDEX_TLS_1_2] == ANSWER_NO;

	for (size_t i = 0; i < ARRAY_LENGTH(facts); i++) {
		if (facts[i].answer == ANSWER_UNKNOWN && !(is_only_tls13 && i > 5))
			buffer_append_format(out, "%s%s", out->size > 0 ? ", " : "", facts[i].name);
	}
}

/* Ports that leave the same open are named together. */
static void print_unknown_facts(struct text_flow *flow, bool *has_any, const struct check_host *host)
{
	struct buffer names[PORTS_MAX];
	size_t count = host->service_count < PORTS_MAX ? host->service_count : PORTS_MAX;

	for (size_t i = 0; i < count; i++) {
		buffer_init(&names[i], LINE_MAX);
		if (host->services[i].tls->is_seen)
			unknown_facts(host->services[i].tls, &names[i]);
	}
	for (size_t i = 0; i < count; i++) {
		uint16_t ports[PORTS_MAX];
		size_t port_count = 0;
		struct buffer line;

		if (names[i].size == 0)
			continue;
		buffer_init(&line, LINE_MAX);
		for (size_t j = i; j < count; j++) {
			if (!span_equals(buffer_view(&names[i]), buffer_view(&names[j])))
				continue;
			ports[port_count++] = host->services[j].endpoint.port;
			if (j > i)
				buffer_clear(&names[j]);
		}
		check_ports_text(ports, port_count, &line);
		buffer_append_format(&line, ": the answers did not show or did not allow to say: %s", buffer_text(&names[i]));
		item(flow, has_any, buffer_text(&line));
		buffer_done(&line);
	}
	for (size_t i = 0; i < count; i++)
		buffer_done(&names[i]);
}

static void print_undecided(struct text_flow *flow, bool *has_any, const struct check_host *host)
{
	for (size_t i = 0; i < host->service_count; i++) {
		const struct check_service *service = &host->services[i];
		struct buffer line;

		if (!is_undecided(service))
			continue;
		buffer_init(&line, LINE_MAX);
		buffer_append_format(&line, "port %u: how it protects logins (%s): %s", service->endpoint.port,
		                     verdict_name(service->verdict),
		                     service->reason[0] != '\0' ? service->reason : verdict_sentence(service->verdict));
		item(flow, has_any, buffer_text(&line));
		buffer_done(&line);
	}
}

void check_text_doubts(struct text_flow *flow, const struct check_report *report, const struct check_host *host)
{
	bool has_any = false;

	print_undecided(flow, &has_any, host);
	if (report->depth == PROBE_DEPTH_FULL)
		print_unknown_facts(flow, &has_any, host);
	else
		item_of_ports(flow, &has_any, host, has_tls,
		              "which old versions, suites and groups are accepted too, as it was not asked for: --depth full does");
	item_of_ports(flow, &has_any, host, shows_no_certificate, "anything about its certificate: none could be seen");
	item_of_ports(flow, &has_any, host, has_unreadable_certificate, "anything about its certificate: it cannot be read");
	item_of_ports(flow, &has_any, host, has_trust_unknown,
	              "whether its certificate is trusted everywhere: a trust store is missing here");
	if (host->reference_name[0] == '\0')
		item_of_ports(flow, &has_any, host, has_certificate,
		              "whether its certificate names this server, as it was asked for by address: check it by its name");
	item_of_ports(flow, &has_any, host, is_unknown_software, "which software answers: nothing that it says names one");
}
