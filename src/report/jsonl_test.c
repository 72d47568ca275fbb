/* SPDX-License-Identifier: ISC */
/* JSON lines: the whole line of a usual service, hostile strings, what is not known, and lines that do not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/jsonl.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"
#include "report/tls_names.h"

static struct service_record usual_service(void)
{
	struct service_record service = {
		.endpoint = {{IP_FAMILY_4, {192, 0, 2, 7}}, 143},
		.decided_at = {1795466160123},
		.protocol = WIRE_IMAP,
		.verdict = VERDICT_LOGIN_BEFORE_TLS,
		.confidence = CONFIDENCE_HIGH,
		.cleartext_login = CLEARTEXT_LOGIN_ADVERTISED,
		.ending = ENDING_TLS_OBSERVED,
		.starttls_advertised = PRESENCE_PRESENT,
		.upgrade = UPGRADE_AGREED,
		.observation_flags = OBSERVED_LONG_LINE | OBSERVED_NUL_BYTE,
		.tls_proven = true,
		.tls = {.outcome = TLS_PROVEN,
	                .hello = TLS_HELLO_H1,
	                .version = 0x0303,
	                .cipher_suite = 0xc02f,
	                .group = 0x001d,
	                .alert_level = 1,
	                .alert_description = 112,
	                .flags = TLS_SAYS_TLS13,
	                .alpn = "imap",
	                .certificate_count = 2},
		.attempts = 1,
		.reason = span_from_text("STARTTLS works (T-23)"),
		.greeting = span_from_text("* OK ready"),
		.capabilities_before = span_from_text("IMAP4rev1 STARTTLS AUTH=PLAIN"),
		.upgrade_reply = span_from_text("a OK go"),
	};

	memset(service.tls.leaf_sha256, 0xab, sizeof(service.tls.leaf_sha256));
	return service;
}

static struct certificate_record usual_certificate(void)
{
	return (struct certificate_record){
		.not_before = {1700000000000},
		.not_after = {1800000000000},
		.subject = "CN=mail.example.org",
		.issuer = "CN=Example CA",
		.common_name = "mail.example.org",
		.names = "mail.example.org imap.example.org",
		.serial = "01ff",
		.key_type = "RSA",
		.signature_algorithm = "RSA-SHA256",
		.key_bits = 2048,
		.is_readable = true,
	};
}

static const char USUAL_LINE[] =
	"{\"schema\":\"mailcensus.service/1\",\"census\":3,\"address\":\"192.0.2.7\",\"port\":143,\"protocol\":\"imap\","
	"\"verdict\":\"login-before-tls\",\"confidence\":\"high\",\"reason\":\"STARTTLS works (T-23)\",\"cleartext_login\":\"advertised\","
	"\"starttls\":{\"advertised\":\"present\",\"upgrade\":\"agreed\",\"reply\":\"a OK go\"},"
	"\"tls\":{\"proven\":true,\"outcome\":\"proven\",\"hello\":\"h1\",\"version\":\"TLSv1.2\","
	"\"suite\":{\"number\":\"c02f\",\"name\":\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"},"
	"\"group\":{\"number\":\"001d\",\"name\":\"x25519\"},\"dh_bits\":null,\"rsa_export_bits\":null,"
	"\"alert\":{\"level\":\"warning\",\"number\":112,\"name\":\"unrecognized_name\"},\"flags\":[\"says-tls13\"],\"alpn\":\"imap\","
	"\"certificate_count\":2,\"certificate\":{"
	"\"sha256\":\"abababababababababababababababababababababababababababababababab\",\"readable\":true,"
	"\"subject\":\"CN=mail.example.org\",\"issuer\":\"CN=Example CA\",\"common_name\":\"mail.example.org\","
	"\"names\":[\"mail.example.org\",\"imap.example.org\"],\"not_before\":\"2023-11-14T22:13:20.000Z\","
	"\"not_after\":\"2027-01-15T08:00:00.000Z\",\"serial\":\"01ff\",\"key_type\":\"RSA\",\"key_bits\":2048,"
	"\"signature_algorithm\":\"RSA-SHA256\",\"self_signed\":false}},\"chain\":null,\"tls_facts\":null,\"plaintext_on_tls_port\":false,"
	"\"software\":null,\"findings\":[],\"greeting\":\"* OK ready\","
	"\"capabilities_before\":[\"IMAP4rev1\",\"STARTTLS\",\"AUTH=PLAIN\"],\"capabilities_after\":[],"
	"\"flags\":[\"long-line\",\"nul-byte\"],\"attempts\":1,\"ending\":\"tls-observed\",\"decided_at\":\"2026-11-23T20:36:00.123Z\","
	"\"host\":{\"verdict\":\"host-tls-optional\",\"strict\":true,\"findings\":[]},"
	"\"hostname\":null,\"hostname_source\":null,\"hostname_confirmed\":null,\"hostname_lookup\":null,"
	"\"country\":null,\"country_reserved\":null,\"asn\":null,\"as_name\":null,\"prefix\":null,\"anycast\":null,\"rpki\":\"unknown\","
	"\"sector\":null,\"naics\":null,\"attribution\":null,\"contact\":null}\n";

static void a_usual_service_is_one_line_with_all_fields_in_order(void **state)
{
	struct service_record service = usual_service();
	struct certificate_record certificate = usual_certificate();
	struct jsonl_service line = {.census = 3,
	                             .service = &service,
	                             .certificate = &certificate,
	                             .host_verdict = HOST_LOGIN_BEFORE_TLS,
	                             .host_is_strict = true};
	struct buffer out;

	(void)state;
	buffer_init(&out, JSONL_LINE_MAX);
	jsonl_append_service(&line, &out);
	assert_string_equal(buffer_text(&out), USUAL_LINE);
	/* A second line begins like the first. */
	buffer_consume(&out, out.size - 1);
	jsonl_append_service(&line, &out);
	assert_int_equal(out.data[0], '\n');
	assert_string_equal(buffer_text(&out) + 1, USUAL_LINE);
	buffer_done(&out);
}

static void expect_part(const struct service_record *service, const struct certificate_record *certificate, const char *part)
{
	struct jsonl_service line = {.census = 1, .service = service, .certificate = certificate};
	struct buffer out;

	buffer_init(&out, JSONL_LINE_MAX);
	jsonl_append_service(&line, &out);
	if (strstr(buffer_text(&out), part) == NULL)
		fail_msg("%s\nlacks\n%s", buffer_text(&out), part);
	assert_ptr_equal(strchr(buffer_text(&out), '\n'), buffer_text(&out) + out.size - 1);
	for (size_t i = 0; i + 1 < out.size; i++)
		assert_true(out.data[i] >= 0x20 && out.data[i] != 0x7f);
	buffer_done(&out);
}

static void hostile_strings_cannot_leave_their_quotes_or_steer_a_terminal(void **state)
{
	struct service_record service = usual_service();
	struct certificate_record certificate = usual_certificate();

	(void)state;
	service.greeting = span_from_text("\x1b[2J\"},{\"verdict\":\"tls-required\\\r\n");
	expect_part(&service, NULL, "\"greeting\":\"\\u001b[2J\\\"},{\\\"verdict\\\":\\\"tls-required\\\\\\u000d\\u000a\"");
	service.greeting = span_from_text("=cmd|' /C calc'!A0<script>alert(1)</script>");
	expect_part(&service, NULL, "\"greeting\":\"=cmd|' /C calc'!A0<script>alert(1)</script>\"");
	service.upgrade_reply = span_from_text("a\xe2\x80\xae"
	                                       "b\xc2\x9b"
	                                       "c\xf3\xa0\x81\x81"
	                                       "d");
	expect_part(&service, NULL, "\"reply\":\"a\\u202eb\\u009bc\\udb40\\udc41d\"");
	service.greeting = span_make("\0\xff\xc3\xa9", 4);
	expect_part(&service, NULL, "\"greeting\":\"\\u0000\\u00ff\xc3\xa9\"");
	memcpy(service.tls.alpn, "\"quotes\nwithoutN", sizeof(service.tls.alpn));
	expect_part(&service, NULL, "\"alpn\":\"\\\"quotes\\u000awithoutN\"");
	certificate.names = " a\"b  c ";
	certificate.subject = "CN=\xed\xa0\x80";
	expect_part(&service, &certificate, "\"names\":[\"a\\\"b\",\"c\"]");
	expect_part(&service, &certificate, "\"subject\":\"CN=\\u00ed\\u00a0\\u0080\"");
}

static void what_was_not_seen_is_null_and_never_no(void **state)
{
	struct service_record service = {.endpoint = {{IP_FAMILY_6, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}, 995}};
	struct certificate_record unreadable = {.is_readable = false};

	(void)state;
	expect_part(&service, NULL, "\"address\":\"2001:db8::1\",\"port\":995,\"protocol\":\"unknown\",\"verdict\":\"unknown\"");
	expect_part(&service, NULL, "\"starttls\":{\"advertised\":\"unknown\",\"upgrade\":\"not-asked\",\"reply\":\"\"}");
	expect_part(&service, NULL,
	            "\"outcome\":\"not-tried\",\"hello\":\"none\",\"version\":null,\"suite\":null,\"group\":null,\"dh_bits\":null,"
	            "\"rsa_export_bits\":null,\"alert\":null,\"flags\":[],\"alpn\":null,\"certificate_count\":0,\"certificate\":null}");
	service.tls.certificate_count = 1;
	expect_part(&service, NULL, "\"readable\":false}},");
	expect_part(&service, &unreadable, "\"readable\":false}},");
	service.tls.cipher_suite = 0xfafa;
	service.tls.group = 0xfafb;
	service.tls.alert_level = 9;
	service.tls.alert_description = 254;
	expect_part(&service, NULL, "\"suite\":{\"number\":\"fafa\",\"name\":null},\"group\":{\"number\":\"fafb\",\"name\":null}");
	expect_part(&service, NULL, "\"alert\":{\"level\":\"other\",\"number\":254,\"name\":null}");
}

static void what_all_conversations_showed_is_an_object_of_answers_and_names(void **state)
{
	struct service_record service = usual_service();

	(void)state;
	service.tls_facts = (struct tls_facts){
		.is_seen = true,
		.depth = PROBE_DEPTH_FULL,
		.versions = {ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN, ANSWER_YES, ANSWER_YES},
		.traits_accepted = SUITE_AEAD | SUITE_RC4,
		.traits_refused = SUITE_EXPORT,
		.weakest_suite = 0x0005,
		.groups_accepted = (uint32_t)1 << tls_group_bit(0x11ec) | (uint32_t)1 << tls_group_bit(0x001d),
		.preferred_group = 0x11ec,
		.post_quantum = ANSWER_YES,
		.injection = ANSWER_NO,
		.chain_count = 1,
		.connections = 9,
	};
	memset(service.tls_facts.chains[0], 0x11, CERTIFICATE_FINGERPRINT_SIZE);
	expect_part(&service, NULL,
	            "\"tls_facts\":{\"depth\":\"full\",\"seen\":true,\"connections\":9,\"versions\":{\"SSLv3\":\"no\",\"TLSv1.0\":\"yes\","
	            "\"TLSv1.1\":\"unknown\",\"TLSv1.2\":\"yes\",\"TLSv1.3\":\"yes\"},\"traits_accepted\":[\"aead\",\"rc4\"],"
	            "\"traits_refused\":[\"export\"],\"best_suite\":null,\"weakest_suite\":{\"number\":\"0005\","
	            "\"name\":\"TLS_RSA_WITH_RC4_128_SHA\"},\"tls13_suite\":null,\"groups_accepted\":[\"X25519MLKEM768\",\"x25519\"],"
	            "\"groups_refused\":[],\"preferred_group\":{\"number\":\"11ec\",\"name\":\"X25519MLKEM768\"},\"post_quantum\":\"yes\","
	            "\"dh_bits\":null,\"dh_prime_sha256\":null,");
	expect_part(&service, NULL, "\"injection\":\"no\",\"chains\":[{\"sha256\":\"1111");
}

static void software_findings_and_chain_are_told_with_their_evidence(void **state)
{
	struct service_record service = usual_service();
	struct chain_record chain = {
		.count = 2, .is_ordered = ANSWER_YES, .system = TRUST_INCOMPLETE, .mozilla = TRUST_NONE, .missing_issuer = "CN=\x1b"};
	struct finding_record findings[] = {
		{.id = "no-tls", .severity = SEVERITY_MEDIUM, .confidence = CONFIDENCE_HIGH, .evidence = span_from_text("-ERR \x1b[2J")},
		{.id = "no-pqc", .evidence = span_from_text("")},
	};
	struct jsonl_service line = {.service = &service,
	                             .chain = &chain,
	                             .findings = findings,
	                             .finding_count = 2,
	                             .host_findings = &findings[1],
	                             .host_finding_count = 1};
	struct buffer out;

	(void)state;
	memset(service.tls.chain_sha256, 0x22, sizeof(service.tls.chain_sha256));
	service.software =
		(struct software){.product = "Dovecot", .version = "2.3\"", .support = SUPPORT_ENDED, .support_ends = "2025-01-24"};
	expect_part(&service, NULL, "2222\",\"judged\":false},\"tls_facts\"");
	buffer_init(&out, JSONL_LINE_MAX);
	jsonl_append_service(&line, &out);
	assert_non_null(strstr(buffer_text(&out),
	                       "2222\",\"judged\":true,\"cut\":false,\"certificates\":["
	                       "\"0000000000000000000000000000000000000000000000000000000000000000\","
	                       "\"0000000000000000000000000000000000000000000000000000000000000000\"],\"ordered\":\"yes\","
	                       "\"root_sent\":\"unknown\",\"trust\":{\"system\":\"incomplete\",\"mozilla\":\"none\"},"
	                       "\"missing_issuer\":\"CN=\\u001b\",\"weakest_signature_hash\":null,"));
	assert_non_null(
		strstr(buffer_text(&out), "\"software\":{\"product\":\"Dovecot\",\"version\":\"2.3\\\"\",\"version_certain\":false,"));
	assert_non_null(strstr(buffer_text(&out), "\"support\":{\"state\":\"ended\",\"ends\":\"2025-01-24\",\"source\":null}},"));
	assert_non_null(strstr(buffer_text(&out),
	                       "\"findings\":[{\"id\":\"no-tls\",\"severity\":\"medium\",\"confidence\":\"high\","
	                       "\"evidence\":\"-ERR \\u001b[2J\"},{\"id\":\"no-pqc\",\"severity\":\"info\",\"confidence\":\"low\","
	                       "\"evidence\":\"\"}],\"greeting\""));
	assert_non_null(strstr(buffer_text(&out),
	                       "\"strict\":false,\"findings\":[{\"id\":\"no-pqc\",\"severity\":\"info\",\"confidence\":\"low\","
	                       "\"evidence\":\"\"}]},\"hostname\":null,"));
	buffer_done(&out);
}

static void expect_hostname(const struct hostname_record *hostname, const char *part)
{
	struct service_record service = usual_service();
	struct jsonl_service line = {.census = 1, .service = &service, .hostname = hostname};
	struct buffer out;

	buffer_init(&out, JSONL_LINE_MAX);
	jsonl_append_service(&line, &out);
	if (strstr(buffer_text(&out), part) == NULL)
		fail_msg("%s\nlacks\n%s", buffer_text(&out), part);
	buffer_done(&out);
}

static void a_host_name_tells_whether_it_is_confirmed_and_none_whether_it_was_asked(void **state)
{
	struct hostname_record hostname = {.outcome = HOSTNAME_FOUND,
	                                   .name = "mail.example",
	                                   .is_confirmed = ANSWER_NO,
	                                   .names = 3,
	                                   .unusable = 2,
	                                   .looked_up_at = {1000}};

	(void)state;
	expect_hostname(&hostname,
	                ",\"hostname\":\"mail.example\",\"hostname_source\":\"ptr\",\"hostname_confirmed\":false,"
	                "\"hostname_lookup\":{\"outcome\":\"found\",\"names\":3,\"unusable\":2,\"at\":\"1970-01-01T00:00:01.000Z\"},");
	hostname.is_confirmed = ANSWER_UNKNOWN;
	expect_hostname(&hostname, "\"hostname_source\":\"ptr\",\"hostname_confirmed\":null,");
	hostname.outcome = HOSTNAME_FAILED;
	hostname.name = "";
	expect_hostname(
		&hostname,
		"\"hostname\":null,\"hostname_source\":null,\"hostname_confirmed\":null,\"hostname_lookup\":{\"outcome\":\"failed\",");
	expect_hostname(NULL, "\"hostname\":null,\"hostname_source\":null,\"hostname_confirmed\":null,\"hostname_lookup\":null,");
}

static void expect_contact(const struct contact_chain *contact, const char *expected)
{
	struct service_record service = usual_service();
	struct jsonl_service line = {.service = &service, .contact = contact};
	struct buffer out;

	buffer_init(&out, JSONL_LINE_MAX);
	jsonl_append_service(&line, &out);
	if (strstr(buffer_text(&out), expected) == NULL)
		fail_msg("%s does not have %s", buffer_text(&out), expected);
	buffer_done(&out);
}

static void whom_to_tell_is_told_with_its_reason(void **state)
{
	struct contact_step owner = {.match = "AS64500", .contact = "a@isp.lab,b@isp.lab", .source = "ri\"pe"};
	struct contact_step cert = {.match = "CC:DE", .contact = "cert@de.lab", .source = "", .scope = CONTACT_CERT};
	struct contact_chain contact = {.to = &owner, .copy = &cert};

	(void)state;
	expect_contact(
		&contact,
		",\"contact\":{\"to\":[\"a@isp.lab\",\"b@isp.lab\"],\"copy\":[\"cert@de.lab\"],\"never\":false,\"match\":\"AS64500\","
		"\"source\":\"ri\\\"pe\"}}\n");
	contact = (struct contact_chain){.to = &cert};
	expect_contact(&contact, "\"to\":[\"cert@de.lab\"],\"copy\":[],\"never\":false,\"match\":\"CC:DE\",\"source\":null}}\n");
	contact = (struct contact_chain){.is_never = true};
	expect_contact(&contact, "{\"to\":[],\"copy\":[],\"never\":true,\"match\":null,\"source\":null}}\n");
	expect_contact(NULL, ",\"contact\":null}\n");
}

static void capabilities_of_pop3_are_lines_and_of_imap_words(void **state)
{
	struct service_record service = usual_service();

	(void)state;
	service.protocol = WIRE_POP3;
	service.capabilities_before = span_from_text("SASL PLAIN LOGIN / USER / IMPLEMENTATION a/b");
	expect_part(&service, NULL, "\"capabilities_before\":[\"SASL PLAIN LOGIN\",\"USER\",\"IMPLEMENTATION a/b\"]");
	service.protocol = WIRE_IMAP;
	service.capabilities_after = span_from_text("IMAP4rev1 ID");
	expect_part(&service, NULL, "\"capabilities_after\":[\"IMAP4rev1\",\"ID\"]");
}

static void a_line_that_does_not_fit_is_left_out_whole(void **state)
{
	struct service_record service = usual_service();
	struct jsonl_service line = {.census = 1, .service = &service};
	struct buffer out;

	(void)state;
	buffer_init(&out, 100);
	buffer_append_text(&out, "before\n");
	jsonl_append_service(&line, &out);
	assert_true(out.overflowed);
	assert_string_equal(buffer_text(&out), "before\n");
	buffer_done(&out);
}

static void numbers_of_tls_have_their_registered_names(void **state)
{
	(void)state;
	assert_string_equal(suite_name(0x1301), "TLS_AES_128_GCM_SHA256");
	assert_string_equal(suite_name(0x0003), "TLS_RSA_EXPORT_WITH_RC4_40_MD5");
	assert_string_equal(suite_name(0xccaa), "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
	assert_null(suite_name(0x00ff));
	assert_string_equal(tls_group_name(0x11ec), "X25519MLKEM768");
	assert_null(tls_group_name(0));
	assert_string_equal(tls_alert_name(40), "handshake_failure");
	assert_null(tls_alert_name(255));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_usual_service_is_one_line_with_all_fields_in_order),
		cmocka_unit_test(hostile_strings_cannot_leave_their_quotes_or_steer_a_terminal),
		cmocka_unit_test(what_was_not_seen_is_null_and_never_no),
		cmocka_unit_test(what_all_conversations_showed_is_an_object_of_answers_and_names),
		cmocka_unit_test(software_findings_and_chain_are_told_with_their_evidence),
		cmocka_unit_test(a_host_name_tells_whether_it_is_confirmed_and_none_whether_it_was_asked),
		cmocka_unit_test(whom_to_tell_is_told_with_its_reason),
		cmocka_unit_test(capabilities_of_pop3_are_lines_and_of_imap_words),
		cmocka_unit_test(a_line_that_does_not_fit_is_left_out_whole),
		cmocka_unit_test(numbers_of_tls_have_their_registered_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
