/* SPDX-License-Identifier: ISC */
/* Assessments made of observations by hand: order, revised verdicts, names, software, findings, grade; and what can be told of a finding that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/assessment.h"
#include "app/finding_names.h"
#include "base/attributes.h"
#include "model/suite_trait.h"

static const struct timestamp NOW = {1795466160000};
static const struct ip_address ADDRESS = {IP_FAMILY_4, {192, 0, 2, 7}};

static struct observation clear_imap(void)
{
	struct observation observation;

	observation_init(&observation);
	observation.protocol = WIRE_IMAP;
	observation.ending = ENDING_COMPLETE;
	buffer_append_text(&observation.greeting, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot (Debian) ready.");
	buffer_append_text(&observation.capabilities_before, "IMAP4rev1 AUTH=PLAIN");
	observation.capabilities_before_known = true;
	observation.starttls_advertised = PRESENCE_ABSENT;
	observation.upgrade = UPGRADE_REFUSED;
	buffer_append_text(&observation.upgrade_reply, "m4 BAD unknown command");
	return observation;
}

static struct observation closed(void)
{
	struct observation observation;

	observation_init(&observation);
	observation.ending = ENDING_CONNECT_REFUSED;
	return observation;
}

static struct observation secured(const uint8_t leaf[CERTIFICATE_FINGERPRINT_SIZE])
{
	struct observation observation;

	observation_init(&observation);
	observation.protocol = WIRE_IMAP;
	observation.ending = ENDING_COMPLETE;
	observation.tls.outcome = TLS_PROVEN;
	observation.tls.hello = TLS_HELLO_SESSION;
	observation.tls.version = 0x0303;
	observation.tls.cipher_suite = 0xc02f;
	observation.tls.certificate_count = 1;
	memcpy(observation.tls.leaf_sha256, leaf, CERTIFICATE_FINGERPRINT_SIZE);
	memcpy(observation.tls.chain_sha256, leaf, CERTIFICATE_FINGERPRINT_SIZE);
	buffer_append_text(&observation.greeting, "* OK Dovecot ready.");
	return observation;
}

static bool has(const struct finding *findings, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(findings[i].id, id) == 0)
			return true;
	}
	return false;
}

static struct assessor make_assessor(void)
{
	struct assessor assessor;
	struct error error;
	struct fingerprints *fingerprints = fingerprints_new(&error);

	assert_non_null(fingerprints);
	assessor_init(&assessor, PROBE_DEPTH_FULL, NULL, fingerprints, 16);
	return assessor;
}

static void test_bad_host(void **state)
{
	struct assessor assessor = make_assessor();
	struct observation clear = clear_imap(), none = closed();
	struct assessment_service services[] = {{{ADDRESS, 993}, &none, 1, NULL}, {{ADDRESS, 143}, &clear, 1, NULL}};
	struct assessment_input input = {
		.address = ADDRESS, .reference_name = "mail.example.org", .services = services, .service_count = 2, .now = NOW};
	struct assessed_host host;

	(void)state;
	assess_host(&assessor, &input, &host);
	assert_int_equal(host.service_count, 2);
	assert_int_equal(host.services[0].endpoint.port, 143);
	assert_int_equal(host.services[0].judgement.verdict, VERDICT_NO_TLS);
	assert_int_equal(host.services[1].judgement.verdict, VERDICT_CLOSED);
	assert_int_equal(host.judgement.verdict, HOST_NO_TLS);
	assert_true(has(host.services[0].findings, host.services[0].finding_count, "no-tls"));
	assert_true(has(host.findings, host.finding_count, "host-no-tls"));
	assert_int_equal(host.grade.grade, GRADE_F);
	assert_true(host.grade.reason_count > 0);
	assert_string_equal(host.services[0].software.product, "Dovecot");
	assert_string_equal(host.services[1].software.product, "");
	assert_string_equal(host.reference_name, "mail.example.org");
	assert_int_equal(finding_watch(&host, "no-tls"), WATCH_PRESENT);
	assert_int_equal(finding_watch(&host, "host-no-tls"), WATCH_PRESENT);
	assert_int_equal(finding_watch(&host, "cert-expired"), WATCH_ABSENT); /* there is no TLS that could show one */
	assessed_host_done(&host);
	assessor_done(&assessor);
	observation_done(&clear);
}

/* Rule W-3: an implicit port whose TLS never comes up is broken only where the host talks on another one. */
static void test_verdicts_are_revised(void **state)
{
	struct assessor assessor = make_assessor();
	struct observation clear = clear_imap(), broken[3];
	struct assessment_service services[] = {{{ADDRESS, 993}, broken, 3, NULL}, {{ADDRESS, 143}, &clear, 1, NULL}};
	struct assessment_input input = {.address = ADDRESS, .reference_name = "", .services = services, .service_count = 2, .now = NOW};
	struct assessed_host host;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(broken); i++) {
		observation_init(&broken[i]);
		broken[i].ending = ENDING_TLS_FAILED;
		broken[i].tls.outcome = TLS_CLOSED;
		broken[i].tls.hello = i == 0 ? TLS_HELLO_SESSION : TLS_HELLO_H1;
	}
	assess_host(&assessor, &input, &host);
	assert_int_equal(host.services[1].judgement.verdict, VERDICT_IMPLICIT_BROKEN);
	assessed_host_done(&host);
	input.service_count = 1;
	assess_host(&assessor, &input, &host);
	assert_int_equal(host.services[0].judgement.verdict, VERDICT_UNKNOWN);
	assert_non_null(strstr(host.services[0].judgement.reason, "W-3"));
	assert_int_equal(finding_watch(&host, "no-tls"), WATCH_UNTOLD);
	assessed_host_done(&host);
	assessor_done(&assessor);
	observation_done(&clear);
}

static void test_nothing(void **state)
{
	struct assessor assessor = make_assessor();
	struct observation none = closed();
	struct assessment_service services[] = {{{ADDRESS, 143}, &none, 1, NULL}};
	struct assessment_input input = {.address = ADDRESS, .reference_name = "", .services = services, .service_count = 1, .now = NOW};
	struct assessed_host host;

	(void)state;
	assess_host(&assessor, &input, &host);
	assert_int_equal(host.judgement.verdict, HOST_CLOSED);
	assert_int_equal(host.grade.grade, GRADE_UNKNOWN);
	assert_int_equal(finding_watch(&host, "no-tls"), WATCH_UNTOLD);
	assessed_host_done(&host);
	input.service_count = 0;
	assess_host(&assessor, &input, &host);
	assert_int_equal(host.service_count, 0);
	assessed_host_done(&host);
	assessor_done(&assessor);
}

/* The leaf is compared while its DER is at hand; the best of several counts. */
static void test_names(void **state)
{
	static const uint8_t leaf[CERTIFICATE_FINGERPRINT_SIZE] = {1}, other[CERTIFICATE_FINGERPRINT_SIZE] = {2};
	struct assessor assessor = make_assessor();
	struct observation seen[2] = {secured(leaf), secured(other)};
	struct assessment_service services[] = {{{ADDRESS, 993}, seen, 2, NULL}};
	struct leaf_match matches[2] = {{.match = NAME_DIFFERS}, {.match = NAME_MATCHES}};
	struct assessment_notes notes = {.leaves = matches, .leaf_count = 2};
	struct assessment_input input = {.address = ADDRESS,
	                                 .reference_name = "mail.example.org",
	                                 .services = services,
	                                 .service_count = 1,
	                                 .notes = &notes,
	                                 .now = NOW};
	struct assessed_host host;

	(void)state;
	memcpy(matches[0].sha256, leaf, sizeof(leaf));
	memcpy(matches[1].sha256, other, sizeof(other));
	assess_host(&assessor, &input, &host);
	assert_int_equal(host.services[0].name_match, NAME_MATCHES);
	assessed_host_done(&host);
	notes.leaf_count = 1;
	assess_host(&assessor, &input, &host);
	assert_int_equal(host.services[0].name_match, NAME_DIFFERS);
	assert_true(has(host.services[0].findings, host.services[0].finding_count, "cert-name-mismatch") ||
	            host.services[0].chain_count == 0);
	assessed_host_done(&host);
	input.notes = NULL;
	assess_host(&assessor, &input, &host);
	assert_int_equal(host.services[0].name_match, NAME_MATCH_UNKNOWN);
	assert_int_equal(finding_watch(&host, "cert-name-mismatch"), WATCH_UNTOLD);
	assessed_host_done(&host);
	assessor_done(&assessor);
	observation_done(&seen[0]);
	observation_done(&seen[1]);
}

/* Bytes that are no certificate are kept as such. */
static void test_unreadable_certificate(void **state)
{
	struct assessor assessor = make_assessor();
	struct observation seen;
	struct span certificates[] = {span_from_text("no certificate")};
	struct probe_conversation conversation = {.observation = &seen, .certificates = certificates, .certificate_count = 1};
	struct assessment_notes notes = {0};
	struct assessment_service services[] = {{{ADDRESS, 993}, &seen, 1, NULL}};
	struct assessment_input input = {.address = ADDRESS,
	                                 .reference_name = "mail.example.org",
	                                 .services = services,
	                                 .service_count = 1,
	                                 .notes = &notes,
	                                 .now = NOW};
	struct assessed_host host;
	uint8_t fingerprint[CERTIFICATE_FINGERPRINT_SIZE];

	(void)state;
	chain_fingerprint(certificates, 1, fingerprint);
	seen = secured(fingerprint);
	assessor_take(&assessor, &conversation, "mail.example.org", &notes);
	assessor_take(&assessor, &conversation, "mail.example.org", &notes);
	assert_int_equal(notes.leaf_count, 1);
	assess_host(&assessor, &input, &host);
	assert_int_equal(host.services[0].chain_count, 1);
	assert_false(host.services[0].chains[0].leaf.is_readable);
	assert_int_equal(finding_watch(&host, "cert-expired"), WATCH_UNTOLD);
	assessed_host_done(&host);
	assessment_notes_done(&notes);
	assessor_done(&assessor);
	observation_done(&seen);
}

/* A facts-by-facts host for finding_watch(). */
static enum watch_state watch_tls(const char *id, const struct tls_facts *tls)
{
	struct assessed_service service = {
		.endpoint = {ADDRESS, 993}, .judgement = {.verdict = VERDICT_IMPLICIT_TLS, .protocol = WIRE_IMAP}, .tls = *tls};
	struct assessed_host host = {.services = &service, .service_count = 1, .grade = {.grade = GRADE_A}};

	return finding_watch(&host, id);
}

static void test_watch(void **state)
{
	static const struct {
		const char *id;
		struct tls_facts tls;
		enum watch_state state;
	} rows[] = {
		{"sslv3-enabled", {.is_seen = true}, WATCH_UNTOLD},
		{"sslv3-enabled", {.is_seen = true, .versions = {ANSWER_NO}}, WATCH_ABSENT},
		{"sslv3-enabled", {.is_seen = false}, WATCH_ABSENT},
		{"tls-obsolete-enabled", {.is_seen = true, .versions = {0, ANSWER_NO}}, WATCH_UNTOLD},
		{"tls-obsolete-enabled", {.is_seen = true, .versions = {0, ANSWER_NO, ANSWER_NO}}, WATCH_ABSENT},
		{"cipher-rc4", {.is_seen = true}, WATCH_UNTOLD},
		{"cipher-rc4", {.is_seen = true, .traits_refused = SUITE_RC4}, WATCH_ABSENT},
		{"cipher-rc4", {.is_seen = true, .versions = {ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_NO, ANSWER_YES}}, WATCH_ABSENT},
		{"cipher-null-anon", {.is_seen = true, .traits_refused = SUITE_NULL}, WATCH_UNTOLD},
		{"dh-weak", {.is_seen = true, .traits_refused = SUITE_DHE}, WATCH_ABSENT},
		{"dh-weak", {.is_seen = true}, WATCH_UNTOLD},
		{"pqc-absent", {.is_seen = true}, WATCH_UNTOLD},
		{"cert-key-shared", {.is_seen = true}, WATCH_UNTOLD},
		{"cert-expired", {.is_seen = true}, WATCH_UNTOLD},
		{"eol-software", {.is_seen = true}, WATCH_UNTOLD},
		{"no-tls", {.is_seen = true}, WATCH_ABSENT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		if (watch_tls(rows[i].id, &rows[i].tls) != rows[i].state)
			fail_msg("row %zu: %s", i, rows[i].id);
	}
}

static void test_names_of_findings(void **state)
{
	struct error error;

	(void)state;
	for (size_t i = 0; FINDING_RULES[i] != NULL; i++)
		assert_true(finding_name_check(FINDING_RULES[i]->id, &error));
	assert_false(finding_name_check("no-tsl", &error));
	assert_non_null(strstr(error.text, "no-tls"));
	assert_false(finding_name_check("", &error));
	assert_null(strstr(error.text, "did you mean"));
}

/* Rule V-5: IMAP's capabilities show the branch, and the same daemon serves POP3. */
static void pop3_shares_the_branch_that_imap_shows(void **state)
{
	struct assessor assessor = make_assessor();
	struct observation imap = clear_imap(), pop3 = clear_imap();
	struct assessment_service services[] = {{.endpoint = {ADDRESS, 110}, .observations = &pop3, .count = 1},
	                                        {.endpoint = {ADDRESS, 143}, .observations = &imap, .count = 1}};
	struct assessment_input input = {.address = ADDRESS, .reference_name = "", .services = services, .service_count = 2, .now = NOW};
	struct assessed_host host;

	(void)state;
	buffer_clear(&imap.greeting);
	buffer_append_text(&imap.greeting, "* OK Dovecot (Debian) ready.");
	buffer_clear(&imap.capabilities_before);
	buffer_append_text(&imap.capabilities_before, "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN");
	pop3.protocol = WIRE_POP3;
	buffer_clear(&pop3.greeting);
	buffer_append_text(&pop3.greeting, "+OK Dovecot (Debian) ready.");
	buffer_clear(&pop3.capabilities_before);
	buffer_append_text(&pop3.capabilities_before, "USER / SASL PLAIN");
	assess_host(&assessor, &input, &host);
	assert_int_equal(host.services[1].software.family, FAMILY_DOVECOT_2_3);
	assert_int_equal(host.services[0].software.family, FAMILY_DOVECOT_2_3);
	assessed_host_done(&host);
	observation_done(&imap);
	observation_done(&pop3);
	assessor_done(&assessor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pop3_shares_the_branch_that_imap_shows),
		cmocka_unit_test(test_bad_host),
		cmocka_unit_test(test_verdicts_are_revised),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_unreadable_certificate),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_names_of_findings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
