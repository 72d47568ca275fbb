/* SPDX-License-Identifier: ISC */
/* Events of IntelMQ as JSON lines, in the words of its data format, for its JSON parser: one for each POP3 or IMAP service. */
#include <string.h>

#include "base/character.h"
#include "model/suite_trait.h"
#include "report/json_write.h"
#include "report/report.h"

/* IntelMQ refuses an event whose name is no host name. */
static bool is_host_name(const char *name)
{
	size_t label = 0, dots = 0;

	for (const char *at = name; *at != '\0'; at++) {
		bool is_inner = *at == '-' || *at == '_';

		if (*at == '.' && label > 0 && at[-1] != '-') {
			dots++;
			label = 0;
		} else if ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || (is_inner && label > 0)) {
			label++;
		} else {
			return false;
		}
	}
	return dots > 0 && label > 0 && strlen(name) <= 253;
}

static void word_if_known(struct buffer *out, const char *key, const char *word)
{
	if (word != NULL && word[0] != '\0')
		json_word(out, key, word);
}

static void append_source(struct buffer *out, const struct report_service *service)
{
	const struct attribution *attribution = service->line.attribution;
	struct ip_address ip = service->line.service->endpoint.address;
	char address[IP_ADDRESS_TEXT_SIZE], prefix[IP_RANGE_TEXT_SIZE];

	ip_address_format(ip, address);
	attribution_format_prefix(attribution, ip, prefix);
	json_word(out, "source.ip", address);
	json_number(out, "source.port", service->line.service->endpoint.port);
	if (attribution->asn != 0)
		json_number(out, "source.asn", attribution->asn);
	word_if_known(out, "source.as_name", attribution->as_name);
	word_if_known(out, "source.geolocation.cc", attribution->country);
	word_if_known(out, "source.network", prefix);
	if (service->hostname != NULL && is_host_name(service->hostname))
		json_word(out, "source.reverse_dns", service->hostname);
}

/* IntelMQ has the word for mail addresses alone, in small letters. */
static void append_contact(struct buffer *out, const struct contact_chain *contact)
{
	char small[2048];
	size_t size = 0;

	if (contact == NULL)
		return;
	if (contact->is_never)
		json_bool(out, "extra.contact_never", true);
	if (contact->copy != NULL)
		json_word(out, "extra.contact_copy", contact->copy->contact);
	if (contact->to == NULL)
		return;
	if (strncmp(contact->to->contact, "https:", 6) == 0) {
		json_word(out, "extra.contact_url", contact->to->contact);
		return;
	}
	for (const char *at = contact->to->contact; *at != '\0' && size + 1 < sizeof(small); at++)
		small[size++] = (char)character_small((unsigned char)*at);
	json_span(out, "source.abuse_contact", span_make(small, size));
}

static void append_classification(struct buffer *out, const struct report_service *service)
{
	bool is_vulnerable = service->is_without_tls;

	json_word(out, "classification.taxonomy", is_vulnerable ? "vulnerable" : "other");
	json_word(out, "classification.type", is_vulnerable ? "vulnerable-system" : "other");
	json_key(out, "classification.identifier");
	buffer_append_format(out, "\"%s-%s\"", is_vulnerable ? "vulnerable" : "accessible", report_protocol(service));
	json_word(out, "protocol.transport", "tcp");
	json_word(out, "protocol.application", report_protocol(service));
}

static void append_certificate(struct buffer *out, const struct certificate_facts *certificate)
{
	word_if_known(out, "extra.subject", certificate->subject);
	word_if_known(out, "extra.issuer", certificate->issuer);
	word_if_known(out, "extra.subject_common_name", certificate->common_name);
	word_if_known(out, "extra.cert_names", certificate->names);
	word_if_known(out, "extra.cert_serial_number", certificate->serial);
	json_time(out, "extra.cert_issue_date", certificate->not_before);
	json_time(out, "extra.cert_expiration_date", certificate->not_after);
	json_bool(out, "extra.self_signed", certificate->is_self_signed);
}

static void append_findings(struct buffer *out, const struct report_service *service)
{
	json_key(out, "extra.findings");
	buffer_append_byte(out, '[');
	for (size_t i = 0; i < service->line.finding_count; i++)
		json_item(out, span_from_text(service->line.findings[i].id));
	buffer_append_byte(out, ']');
}

static void append_extra(struct buffer *out, const struct report_service *service)
{
	const struct service_record *record = service->line.service;

	json_word(out, "extra.severity", service->is_without_tls ? "medium" : "low");
	json_word(out, "extra.verdict", verdict_name(record->verdict));
	json_word(out, "extra.host_verdict", host_verdict_name(service->line.host_verdict));
	json_span(out, "extra.reason", record->reason);
	json_word(out, "extra.cleartext_login", cleartext_login_name(record->cleartext_login));
	if (record->greeting.size > 0)
		json_span(out, "extra.banner", record->greeting);
	if (record->capabilities_before.size > 0)
		json_span(out, "extra.capabilities", record->capabilities_before);
	if (record->tls_proven) {
		json_word(out, "extra.handshake", tls_version_name(record->tls.version));
		word_if_known(out, "extra.cipher_suite", suite_name(record->tls.cipher_suite));
	}
	if (record->tls.certificate_count > 0)
		json_hex(out, "extra.cert_sha256", span_make(record->tls.leaf_sha256, sizeof(record->tls.leaf_sha256)));
	if (service->certificate != NULL)
		append_certificate(out, service->certificate);
	word_if_known(out, "extra.software", record->software.product);
	word_if_known(out, "extra.software_version", record->software.version);
	word_if_known(out, "extra.sector", service->line.attribution->sector);
	word_if_known(out, "extra.naics", service->line.attribution->naics);
	append_findings(out, service);
}

static bool add_service(struct report *report, const struct report_service *service, struct error *error)
{
	struct buffer *out = &report->out;

	(void)error;
	if (!report_service_is_mail(service))
		return true;
	buffer_append_byte(out, '{');
	json_word(out, "__type", "Event");
	json_word(out, "feed.provider", report->census->organization[0] != '\0' ? report->census->organization : "mailcensus");
	json_word(out, "feed.name", "mailcensus");
	json_number(out, "extra.census", (uint64_t)report->census->record.id);
	json_time(out, "time.source", service->line.service->decided_at);
	json_time(out, "time.observation", report->census->generated_at);
	append_classification(out, service);
	append_source(out, service);
	append_contact(out, service->line.contact);
	append_extra(out, service);
	buffer_append_text(out, "}\n");
	return true;
}

const struct report_format INTELMQ_FORMAT = {
	.name = "intelmq",
	.service = add_service,
};
