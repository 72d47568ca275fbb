/* SPDX-License-Identifier: ISC */
/* JSON lines as zgrab2's pop3 and imap modules write them, for programs that read those: one line a service. */
#include "model/suite_trait.h"
#include "report/base64.h"
#include "report/json_write.h"
#include "report/report.h"

/* Its words for how it went. */
static const char *status_of(const struct service_record *service)
{
	if (service->protocol == WIRE_POP3 || service->protocol == WIRE_IMAP)
		return "success";
	switch (service->ending) {
	case ENDING_CONNECT_REFUSED:
		return "connection-refused";
	case ENDING_CONNECT_TIMED_OUT:
	case ENDING_CONNECT_UNREACHABLE:
		return "connection-timeout";
	case ENDING_SILENT:
	case ENDING_TARPIT:
	case ENDING_TIMED_OUT:
		return "io-timeout";
	case ENDING_CLOSED_SILENT:
	case ENDING_RESET_SILENT:
	case ENDING_TRUNCATED:
	case ENDING_RESET:
		return "connection-closed";
	case ENDING_TLS_FAILED:
		return "handshake-error";
	case ENDING_WRONG_PROTOCOL:
	case ENDING_CLEAR_AFTER_UPGRADE:
		return "protocol-error";
	case ENDING_BUSY:
	case ENDING_DENIED:
		return "application-error";
	case ENDING_NONE:
	case ENDING_COMPLETE:
	case ENDING_TLS_OBSERVED:
	case ENDING_PREAUTH:
	case ENDING_TOO_MUCH_DATA:
	case ENDING_LOCAL_FAILURE:
		break;
	}
	return "unknown-error";
}

static void append_certificate(struct buffer *out, const struct report_service *service)
{
	const struct certificate_record *kept = service->line.certificate;

	json_key(out, "server_certificates");
	buffer_append_text(out, "{\"certificate\":{\"raw\":\"");
	base64_append(kept->der, out);
	buffer_append_byte(out, '"');
	json_key(out, "parsed");
	buffer_append_byte(out, '{');
	json_word_or_null(out, "subject_dn", kept->subject);
	json_word_or_null(out, "issuer_dn", kept->issuer);
	json_key(out, "validity");
	buffer_append_byte(out, '{');
	json_time(out, "start", kept->not_before);
	json_time(out, "end", kept->not_after);
	buffer_append_byte(out, '}');
	json_hex(out, "fingerprint_sha256", span_make(kept->sha256, sizeof(kept->sha256)));
	buffer_append_text(out, "}}}");
}

static void append_tls(struct buffer *out, const struct report_service *service)
{
	const struct tls_observation *tls = &service->line.service->tls;

	json_key(out, "tls");
	buffer_append_text(out, "{\"handshake_log\":{\"server_hello\":{\"version\":{");
	json_word(out, "name", tls_version_name(tls->version));
	json_number(out, "value", tls->version);
	buffer_append_byte(out, '}');
	json_key(out, "cipher_suite");
	buffer_append_format(out, "{\"hex\":\"0x%04X\"", (unsigned)tls->cipher_suite);
	json_word_or_null(out, "name", suite_name(tls->cipher_suite));
	json_number(out, "value", tls->cipher_suite);
	buffer_append_text(out, "}}");
	if (service->line.certificate != NULL)
		append_certificate(out, service);
	buffer_append_text(out, "}}");
}

static void append_result(struct buffer *out, const struct report_service *service)
{
	const struct service_record *record = service->line.service;

	json_key(out, "result");
	buffer_append_byte(out, '{');
	json_span(out, "banner", record->greeting);
	if (record->upgrade_reply.size > 0)
		json_span(out, "starttls", record->upgrade_reply);
	if (record->tls_proven)
		append_tls(out, service);
	buffer_append_byte(out, '}');
}

static bool add_service(struct report *report, const struct report_service *service, struct error *error)
{
	const struct service_record *record = service->line.service;
	bool is_pop3 = record->protocol == WIRE_POP3 ||
	               (record->protocol != WIRE_IMAP && (record->endpoint.port == 110 || record->endpoint.port == 995));
	const char *module = is_pop3 ? "pop3" : "imap";
	struct buffer *out = &report->out;
	char address[IP_ADDRESS_TEXT_SIZE];

	(void)error;
	if ((record->observation_flags & OBSERVED_CANARY) != 0)
		return true;
	ip_address_format(record->endpoint.address, address);
	buffer_append_byte(out, '{');
	json_word(out, "ip", address);
	json_number(out, "port", record->endpoint.port);
	json_key(out, "data");
	buffer_append_byte(out, '{');
	json_key(out, module);
	buffer_append_byte(out, '{');
	json_word(out, "status", status_of(record));
	json_word(out, "protocol", module);
	json_number(out, "port", record->endpoint.port);
	append_result(out, service);
	json_time(out, "timestamp", record->decided_at);
	buffer_append_text(out, "}}}\n");
	return true;
}

const struct report_format ZGRAB2_FORMAT = {
	.name = "zgrab2",
	.service = add_service,
};
