/* SPDX-License-Identifier: ISC */
/* Hosts, services, TLS facts, chains, software, findings and advice as JSON; the fields are in the order of docs/check-format.md. */
#include "report/check_json.h"

#include <string.h>

#include "base/text.h"
#include "report/check_answer.h"
#include "report/facts_json.h"
#include "report/json_write.h"

static void append_answer(struct buffer *out, const char *key, enum answer answer)
{
	json_word(out, key, answer_name(answer));
}

static void append_open(struct buffer *out, const char *key, char bracket)
{
	json_key(out, key);
	buffer_append_byte(out, (unsigned char)bracket);
}

static void append_close(struct buffer *out, char bracket)
{
	buffer_append_byte(out, (unsigned char)bracket);
}

static void append_advices(struct buffer *out, const struct check_finding *finding)
{
	append_open(out, "advice", '[');
	for (size_t i = 0; i < finding->advice_count; i++) {
		const struct check_advice *advice = &finding->advices[i];

		json_open_item(out);
		json_word(out, "id", advice->id);
		json_word(out, "summary", advice->summary);
		json_word_or_null(out, "file", advice->file);
		json_word_or_null(out, "lines", advice->lines);
		json_word_or_null(out, "steps", advice->steps);
		json_word_or_null(out, "verify", advice->verify);
		json_word_or_null(out, "tested_with", advice->tested_with);
		append_close(out, '}');
	}
	append_close(out, ']');
}

static void append_findings(struct buffer *out, const struct check_finding *findings, size_t count)
{
	append_open(out, "findings", '[');
	for (size_t i = 0; i < count; i++) {
		const struct check_finding *finding = &findings[i];

		json_open_item(out);
		json_word(out, "id", finding->id);
		json_word(out, "severity", severity_name(finding->severity));
		json_word(out, "confidence", confidence_name(finding->confidence));
		json_word(out, "title", finding->title);
		json_word(out, "evidence", finding->evidence);
		json_word(out, "explanation", finding->explanation);
		json_word_or_null(out, "exploit", finding->exploit);
		json_word_or_null(out, "user_sentence", finding->user_sentence);
		json_word_or_null(out, "reference", finding->reference);
		json_word_or_null(out, "rules", finding->rules);
		append_advices(out, finding);
		append_close(out, '}');
	}
	append_close(out, ']');
}

static void append_leaf(struct buffer *out, const struct certificate_facts *leaf)
{
	json_hex(out, "sha256", span_make(leaf->sha256, sizeof(leaf->sha256)));
	json_bool(out, "readable", leaf->is_readable);
	if (!leaf->is_readable)
		return;
	json_word_or_null(out, "subject", leaf->subject);
	json_word_or_null(out, "issuer", leaf->issuer);
	json_word_or_null(out, "common_name", leaf->common_name);
	json_list(out, "names", span_from_text(leaf->names), " ");
	json_time(out, "not_before", leaf->not_before);
	json_time(out, "not_after", leaf->not_after);
	json_word_or_null(out, "serial", leaf->serial);
	json_word_or_null(out, "key_type", leaf->key_type);
	json_number_or_null(out, "key_bits", leaf->key_bits);
	json_word_or_null(out, "curve", leaf->curve);
	json_word_or_null(out, "signature_algorithm", leaf->signature_algorithm);
	json_bool(out, "self_signed", leaf->is_self_signed);
	json_word_or_null(out, "validation_level", leaf->validation_level);
	json_hex(out, "spki_sha256", span_make(leaf->spki_sha256, sizeof(leaf->spki_sha256)));
}

static void append_chains(struct buffer *out, const struct check_service *service)
{
	append_open(out, "chains", '[');
	for (size_t i = 0; i < service->chain_count; i++) {
		const struct chain_facts *chain = &service->chains[i];

		json_open_item(out);
		json_hex(out, "sha256", span_make(chain->sha256, sizeof(chain->sha256)));
		json_number(out, "count", chain->count);
		json_bool(out, "cut", chain->is_cut);
		append_answer(out, "ordered", chain->is_ordered);
		append_answer(out, "root_sent", chain->has_root);
		append_open(out, "trust", '{');
		json_word(out, "system", chain_trust_name(chain->system));
		json_word(out, "mozilla", chain_trust_name(chain->mozilla));
		append_close(out, '}');
		json_word_or_null(out, "missing_issuer", chain->missing_issuer);
		json_word_or_null(out, "weakest_signature_hash", chain->weakest_signature_hash);
		json_number_or_null(out, "smallest_rsa_bits", chain->smallest_rsa_bits);
		append_open(out, "leaf", '{');
		append_leaf(out, &chain->leaf);
		append_close(out, '}');
		append_close(out, '}');
	}
	append_close(out, ']');
}

static void append_starttls(struct buffer *out, const struct check_service *service)
{
	append_open(out, "starttls", '{');
	json_word(out, "advertised", presence_name(service->starttls_advertised));
	json_word(out, "upgrade", upgrade_name(service->upgrade));
	json_span(out, "reply", service->upgrade_reply);
	append_close(out, '}');
}

static void append_service(struct buffer *out, const struct check_service *service)
{
	const char *separator = service->protocol == WIRE_POP3 ? " / " : " ";

	json_open_item(out);
	json_number(out, "port", service->endpoint.port);
	json_word(out, "protocol", wire_protocol_name(service->protocol));
	json_word(out, "verdict", verdict_name(service->verdict));
	json_word(out, "confidence", confidence_name(service->confidence));
	json_word(out, "cleartext_login", cleartext_login_name(service->cleartext_login));
	json_word(out, "reason", service->reason);
	json_word(out, "ending", ending_name(service->ending));
	append_starttls(out, service);
	json_bool(out, "plaintext_on_tls_port", service->plaintext_on_tls_port);
	json_bool(out, "tls_proven", service->tls_proven);
	json_span(out, "greeting", service->greeting);
	json_list(out, "capabilities_before", service->capabilities_before, separator);
	json_list(out, "capabilities_after", service->capabilities_after, separator);
	json_span(out, "identity", service->identity);
	json_tls_facts(out, "tls", service->tls);
	append_chains(out, service);
	json_word(out, "name_match", name_match_name(service->name_match));
	json_software(out, "software", service->software);
	append_findings(out, service->findings, service->finding_count);
	json_number(out, "connections", service->connections);
	append_close(out, '}');
}

static void append_host_answer(struct buffer *out, const struct check_host *host)
{
	struct buffer answer;

	buffer_init(&answer, 2048);
	check_answer(host, &answer);
	json_span(out, "answer", buffer_view(&answer));
	buffer_done(&answer);
}

static void append_host(struct buffer *out, const struct check_host *host)
{
	char address[IP_ADDRESS_TEXT_SIZE];

	json_open_item(out);
	json_word(out, "asked", host->asked);
	json_word_or_null(out, "trouble", host->trouble);
	if (!host->has_address) {
		json_null(out, "address");
		append_close(out, '}');
		return;
	}
	ip_address_format(host->address, address);
	json_word(out, "address", address);
	json_word_or_null(out, "reference_name", host->reference_name);
	json_word(out, "verdict", host_verdict_name(host->verdict));
	json_bool(out, "strict", host->is_strict);
	append_host_answer(out, host);
	json_word(out, "grade", grade_name(host->grade));
	append_open(out, "grade_reasons", '[');
	for (size_t i = 0; i < host->reason_count; i++)
		json_item(out, span_from_text(host->reasons[i]));
	append_close(out, ']');
	append_findings(out, host->findings, host->finding_count);
	append_open(out, "services", '[');
	for (size_t i = 0; i < host->service_count; i++)
		append_service(out, &host->services[i]);
	append_close(out, ']');
	append_close(out, '}');
}

void check_json_render(const struct check_report *report, struct buffer *out)
{
	buffer_append_byte(out, '{');
	json_word(out, "schema", CHECK_JSON_SCHEMA);
	json_word(out, "tool_version", report->tool_version);
	json_time(out, "started_at", report->started_at);
	json_number(out, "duration_ms", report->duration_ms);
	json_word(out, "depth", probe_depth_name(report->depth));
	json_bool(out, "stopped", report->was_stopped);
	json_number(out, "connections", report->connections);
	append_open(out, "hosts", '[');
	for (size_t i = 0; i < report->host_count; i++)
		append_host(out, &report->hosts[i]);
	buffer_append_text(out, "]}\n");
}
