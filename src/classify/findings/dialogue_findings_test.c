/* SPDX-License-Identifier: ISC */
/* Findings of what is said in clear: each holds where it should, not beside it, and never of what is unknown. */
#include "classify/findings/finding_test.h"

static void with(struct test_service *service, const char *capabilities, enum upgrade upgrade, enum tls_outcome outcome)
{
	test_service_init(service, 143);
	test_dialogue(service, WIRE_IMAP, capabilities, upgrade, outcome);
	test_judge(service);
}

static void nothing_known_finds_nothing(void **state)
{
	static const uint16_t ports[] = {110, 143, 993, 995, 2143};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(ports); i++) {
		struct test_service service;
		struct finding findings[FINDINGS_MAX];

		test_service_init(&service, ports[i]);
		test_judge(&service);
		assert_int_equal(findings_of_service(&service.view, findings), 0);
		service.view.observation_count = 0;
		service.view.now.unix_ms = 0;
		assert_int_equal(findings_of_service(&service.view, findings), 0);
		test_service_done(&service);
	}
}

static void nothing_is_found_of_who_was_closed_busy_or_silent(void **state)
{
	static const enum ending endings[] = {ENDING_BUSY,         ENDING_DENIED,          ENDING_SILENT,    ENDING_CLOSED_SILENT,
	                                      ENDING_TARPIT,       ENDING_CONNECT_REFUSED, ENDING_TIMED_OUT, ENDING_WRONG_PROTOCOL,
	                                      ENDING_RESET_SILENT, ENDING_LOCAL_FAILURE};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(endings); i++) {
		struct test_service service;
		struct finding findings[FINDINGS_MAX];

		test_service_init(&service, 143);
		service.observations[0].ending = endings[i];
		test_judge(&service);
		assert_int_equal(findings_of_service(&service.view, findings), 0);
		test_service_done(&service);
	}
}

static void no_tls(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	with(&service, "IMAP4rev1 AUTH=PLAIN", UPGRADE_REFUSED, TLS_NOT_TRIED);
	finding = test_holds(&service, "no-tls");
	assert_int_equal(finding.severity, SEVERITY_MEDIUM);
	test_contains(&finding, "the server greeted with \"* OK ready \\x1b[2J\"; STARTTLS was answered by \"m4 BAD unknown command\"");
	test_contains(&finding, "a login before TLS is advertised by \"IMAP4rev1 AUTH=PLAIN\"");
	test_holds_not(&service, "dead-port");
	test_holds_not(&service, "tls-optional");
	test_service_done(&service);

	with(&service, "IMAP4rev1 AUTH=PLAIN", UPGRADE_UNANSWERED, TLS_NOT_TRIED); /* D-11 */
	test_holds_not(&service, "no-tls");
	test_service_done(&service);
	with(&service, "IMAP4rev1 AUTH=PLAIN", UPGRADE_REFUSED_BUSY, TLS_NOT_TRIED); /* D-12 */
	test_holds_not(&service, "no-tls");
	test_service_done(&service);
}

static void dead_port(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	with(&service, "IMAP4rev1 LOGINDISABLED", UPGRADE_REFUSED, TLS_NOT_TRIED);
	finding = test_holds(&service, "dead-port");
	test_contains(&finding, "m4 BAD unknown command");
	test_holds_not(&service, "no-tls");
	test_service_done(&service);
}

static void plaintext_on_tls_port(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	test_dialogue(&service, WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", UPGRADE_REFUSED, TLS_NOT_TRIED);
	test_judge(&service);
	finding = test_holds(&service, "plaintext-on-tls-port");
	test_contains(&finding, "greeted with");
	test_holds_not(&service, "no-tls"); /* it says more */
	service.judgement.cleartext_login = CLEARTEXT_LOGIN_DENIED;
	test_holds_not(&service, "plaintext-on-tls-port");
	service.judgement.cleartext_login = CLEARTEXT_LOGIN_UNKNOWN;
	test_holds_not(&service, "plaintext-on-tls-port");
	service.judgement.cleartext_login = CLEARTEXT_LOGIN_HASHED_ONLY;
	test_holds(&service, "plaintext-on-tls-port");
	test_service_done(&service);
	with(&service, "IMAP4rev1 AUTH=PLAIN", UPGRADE_REFUSED, TLS_NOT_TRIED); /* on 143 */
	test_holds_not(&service, "plaintext-on-tls-port");
	test_service_done(&service);
}

static void tls_optional(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	with(&service, "IMAP4rev1 STARTTLS AUTH=PLAIN", UPGRADE_AGREED, TLS_PROVEN);
	finding = test_holds(&service, "tls-optional");
	assert_int_equal(finding.severity, SEVERITY_LOW);
	test_contains(&finding, "STARTTLS brought up TLSv1.2");
	test_holds_not(&service, "tls-optional-hashed");
	test_service_done(&service);

	with(&service, "IMAP4rev1 STARTTLS LOGINDISABLED", UPGRADE_AGREED, TLS_PROVEN);
	test_holds_not(&service, "tls-optional");
	service.judgement.cleartext_login = CLEARTEXT_LOGIN_UNKNOWN;
	test_holds_not(&service, "tls-optional");
	test_service_done(&service);

	with(&service, "IMAP4rev1 STARTTLS AUTH=PLAIN", UPGRADE_AGREED, TLS_HELLO_ONLY); /* T-23 */
	test_holds_not(&service, "tls-optional");
	test_service_done(&service);
}

static void tls_optional_hashed(void **state)
{
	struct test_service service;

	(void)state;
	with(&service, "IMAP4rev1 STARTTLS LOGINDISABLED AUTH=CRAM-MD5", UPGRADE_AGREED, TLS_PROVEN);
	test_holds(&service, "tls-optional-hashed");
	test_holds_not(&service, "tls-optional");
	test_service_done(&service);
	with(&service, "IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5", UPGRADE_REFUSED, TLS_NOT_TRIED);
	test_holds_not(&service, "tls-optional-hashed");
	test_holds(&service, "no-tls");
	test_service_done(&service);
}

static void starttls_broken(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	with(&service, "IMAP4rev1 STARTTLS AUTH=PLAIN", UPGRADE_REFUSED_NO, TLS_NOT_TRIED);
	finding = test_holds(&service, "starttls-broken");
	assert_int_equal(finding.severity, SEVERITY_MEDIUM);
	test_holds_not(&service, "no-tls");
	test_service_done(&service);
	with(&service, "IMAP4rev1 STARTTLS LOGINDISABLED", UPGRADE_REFUSED_NO, TLS_NOT_TRIED);
	finding = test_holds(&service, "starttls-broken");
	assert_int_equal(finding.severity, SEVERITY_LOW);
	test_service_done(&service);
	with(&service, "IMAP4rev1 STARTTLS AUTH=PLAIN", UPGRADE_AGREED, TLS_CLOSED); /* once is not enough (T-8) */
	test_holds_not(&service, "starttls-broken");
	service.judgement.verdict = VERDICT_STARTTLS_BROKEN;
	finding = test_holds(&service, "starttls-broken");
	test_contains(&finding, "STARTTLS was agreed to by \"m4 OK begin\", then: closed");
	test_service_done(&service);
}

static void implicit_broken(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	service.view.observation_count = 3;
	service.judgement.verdict = VERDICT_IMPLICIT_BROKEN;
	test_holds_not(&service, "implicit-broken"); /* W-3: it may be a proxy that accepts everything */
	service.view.is_host_talking = true;
	finding = test_holds(&service, "implicit-broken");
	test_contains(&finding, "3 connections to port 993");
	service.view.is_host_talking = false;
	service.observations[2].tls.outcome = TLS_ALERT;
	service.observations[2].tls.alert_level = 2;
	service.observations[2].tls.alert_description = 80;
	finding = test_holds(&service, "implicit-broken");
	test_contains(&finding, "alert 80");
	service.judgement.verdict = VERDICT_UNKNOWN;
	test_holds_not(&service, "implicit-broken");
	test_service_done(&service);
}

static void starttls_not_advertised(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	with(&service, "IMAP4rev1 LOGINDISABLED", UPGRADE_AGREED, TLS_PROVEN);
	finding = test_holds(&service, "starttls-not-advertised");
	test_contains(&finding, "is not among \"IMAP4rev1 LOGINDISABLED\"");
	service.observations[0].flags |= OBSERVED_STARTTLS_MASKED;
	test_holds_not(&service, "starttls-not-advertised");
	service.observations[0].flags = 0;
	service.view.observation_count = 2;
	service.observations[1].starttls_advertised = PRESENCE_PRESENT;
	test_holds_not(&service, "starttls-not-advertised");
	service.view.observation_count = 1;
	service.observations[0].starttls_advertised = PRESENCE_UNKNOWN;
	test_holds_not(&service, "starttls-not-advertised");
	service.observations[0].starttls_advertised = PRESENCE_PRESENT;
	test_holds_not(&service, "starttls-not-advertised");
	test_service_done(&service);
}

static void starttls_inside_tls(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	with(&service, "IMAP4rev1 STARTTLS LOGINDISABLED", UPGRADE_AGREED, TLS_PROVEN);
	test_holds_not(&service, "starttls-inside-tls");
	service.observations[0].flags = OBSERVED_STARTTLS_INSIDE_TLS;
	buffer_append_text(&service.observations[0].capabilities_after, "IMAP4rev1 STARTTLS");
	finding = test_holds(&service, "starttls-inside-tls");
	test_contains(&finding, "IMAP4rev1 STARTTLS");
	test_service_done(&service);
}

static void starttls_injection(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 143);
	service.observations[0].flags = OBSERVED_INJECTION_TRIED;
	test_holds_not(&service, "starttls-injection");
	service.tls.injection = ANSWER_NO;
	test_holds_not(&service, "starttls-injection");
	service.tls.injection = ANSWER_YES;
	service.observations[0].flags |= OBSERVED_INJECTION_LATE;
	finding = test_holds(&service, "starttls-injection");
	test_contains(&finding, "before the answer to the next command");
	service.observations[0].flags = OBSERVED_INJECTION_TRIED | OBSERVED_INJECTION_AT_ONCE;
	finding = test_holds(&service, "starttls-injection");
	test_contains(&finding, "at once");
	test_service_done(&service);
}

static void starttls_masked(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	with(&service, "IMAP4rev1 XXXXXXXA LOGINDISABLED", UPGRADE_REFUSED, TLS_NOT_TRIED);
	test_holds_not(&service, "starttls-masked");
	service.observations[0].flags = OBSERVED_STARTTLS_MASKED;
	finding = test_holds(&service, "starttls-masked");
	test_contains(&finding, "XXXXXXXA");
	test_service_done(&service);
}

static void path_dependent_starttls(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	with(&service, "IMAP4rev1 AUTH=PLAIN", UPGRADE_REFUSED, TLS_NOT_TRIED);
	test_holds_not(&service, "path-dependent-starttls");
	service.view.other_vantage_starttls = ANSWER_NO;
	test_holds_not(&service, "path-dependent-starttls");
	service.view.other_vantage_starttls = ANSWER_YES;
	finding = test_holds(&service, "path-dependent-starttls");
	test_contains(&finding, "announced at another vantage point, not here");
	service.observations[0].starttls_advertised = PRESENCE_UNKNOWN;
	test_holds_not(&service, "path-dependent-starttls");
	service.observations[0].starttls_advertised = PRESENCE_PRESENT;
	test_holds_not(&service, "path-dependent-starttls");
	service.view.other_vantage_starttls = ANSWER_NO;
	finding = test_holds(&service, "path-dependent-starttls");
	test_contains(&finding, "announced here");
	test_service_done(&service);
}

static void preauth_open(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 143);
	service.observations[0].protocol = WIRE_IMAP;
	service.observations[0].ending = ENDING_PREAUTH;
	buffer_append_text(&service.observations[0].greeting, "* PREAUTH IMAP4rev2 server logged in as Smith");
	test_judge(&service);
	finding = test_holds(&service, "preauth-open");
	assert_int_equal(finding.severity, SEVERITY_CRITICAL);
	assert_int_equal(finding.confidence, CONFIDENCE_MEDIUM);
	test_holds_not(&service, "preauth-tls");
	service.view.observation_count = 2;
	service.observations[1].ending = ENDING_PREAUTH;
	finding = test_holds(&service, "preauth-open");
	assert_int_equal(finding.confidence, CONFIDENCE_HIGH);
	buffer_append_text(&service.observations[0].greeting, " (Read-Only)");
	test_holds_not(&service, "preauth-open");
	test_service_done(&service);
}

static void preauth_tls(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 993);
	service.observations[0].protocol = WIRE_IMAP;
	service.observations[0].tls.outcome = TLS_PROVEN;
	service.observations[0].tls.hello = TLS_HELLO_SESSION;
	service.observations[0].tls.version = 0x0304;
	service.observations[0].ending = ENDING_PREAUTH;
	buffer_append_text(&service.observations[0].greeting, "* PREAUTH hello");
	test_judge(&service);
	finding = test_holds(&service, "preauth-tls");
	assert_int_equal(finding.severity, SEVERITY_CRITICAL);
	test_holds_not(&service, "preauth-open");
	service.observations[0].ending = ENDING_COMPLETE;
	test_holds_not(&service, "preauth-tls");
	test_service_done(&service);
}

static void tls_on_plain_port(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 143);
	service.observations[0].tls = (struct tls_observation){.outcome = TLS_PROVEN, .hello = TLS_HELLO_H1, .version = 0x0303};
	test_judge(&service);
	finding = test_holds(&service, "tls-on-plain-port");
	test_contains(&finding, "port 143 answers a TLS hello with TLSv1.2");
	test_service_done(&service);
	test_service_init(&service, 993);
	service.observations[0].tls = (struct tls_observation){.outcome = TLS_PROVEN, .hello = TLS_HELLO_H1, .version = 0x0303};
	test_judge(&service);
	test_holds_not(&service, "tls-on-plain-port");
	test_service_done(&service);
}

static void wrong_port_protocol(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 110);
	test_dialogue(&service, WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", UPGRADE_REFUSED, TLS_NOT_TRIED);
	test_judge(&service);
	finding = test_holds(&service, "wrong-port-protocol");
	test_contains(&finding, "port 110 speaks imap");
	service.view.port = 2110; /* meant for nothing that we know */
	test_holds_not(&service, "wrong-port-protocol");
	service.view.port = 143;
	test_holds_not(&service, "wrong-port-protocol");
	test_service_done(&service);
}

static void plaintext_after_starttls(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	with(&service, "IMAP4rev1 STARTTLS", UPGRADE_AGREED, TLS_GARBAGE);
	test_holds_not(&service, "plaintext-after-starttls");
	service.observations[0].ending = ENDING_CLEAR_AFTER_UPGRADE;
	buffer_append_text(&service.observations[0].clear_after_upgrade, "* OK still here\r\n");
	finding = test_holds(&service, "plaintext-after-starttls");
	test_contains(&finding, "came \"* OK still here\\r\\n\"");
	test_service_done(&service);
}

static void listing_inside(struct test_service *service, enum wire_protocol protocol, const char *capabilities)
{
	test_service_init(service, protocol == WIRE_IMAP ? 143 : 110);
	test_dialogue(service, protocol, "STARTTLS", UPGRADE_AGREED, TLS_PROVEN);
	buffer_append_text(&service->observations[0].capabilities_after, capabilities);
	service->observations[0].capabilities_after_known = true;
}

static void no_login_offered(void **state)
{
	static const struct {
		enum wire_protocol protocol;
		const char *capabilities;
		bool holds;
	} rows[] = {
		{WIRE_IMAP, "IMAP4rev1 LOGINDISABLED", true},
		{WIRE_IMAP, "IMAP4rev1", false}, /* LOGIN needs no word */
		{WIRE_IMAP, "IMAP4rev1 LOGINDISABLED AUTH=GSSAPI", false},
		{WIRE_POP3, "TOP / UIDL", true},
		{WIRE_POP3, "TOP / SASL", true},
		{WIRE_POP3, "TOP / SASL / UIDL", true},
		{WIRE_POP3, "TOP / SASL PLAIN", false},
		{WIRE_POP3, "TOP / USER", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct test_service service;

		listing_inside(&service, rows[i].protocol, rows[i].capabilities);
		if (rows[i].holds)
			test_holds(&service, "no-login-offered");
		else
			test_holds_not(&service, "no-login-offered");
		service.observations[0].capabilities_after_known = false; /* cut off: says nothing */
		test_holds_not(&service, "no-login-offered");
		test_service_done(&service);
	}
}

static void an_apop_stamp_is_a_login(void **state)
{
	struct test_service service;

	(void)state;
	listing_inside(&service, WIRE_POP3, "TOP / UIDL");
	service.observations[0].flags = OBSERVED_APOP_STAMP;
	test_holds_not(&service, "no-login-offered");
	test_service_done(&service);
}

static void referral_before_tls(void **state)
{
	struct test_service service;

	(void)state;
	with(&service, "IMAP4rev1 LOGIN-REFERRALS STARTTLS", UPGRADE_AGREED, TLS_PROVEN);
	test_holds_not(&service, "referral-before-tls"); /* the capability is on every Dovecot */
	service.observations[0].flags = OBSERVED_REFERRAL_BEFORE_TLS;
	test_holds(&service, "referral-before-tls");
	test_service_done(&service);
}

static void contradictory_logindisabled(void **state)
{
	struct test_service service;

	(void)state;
	with(&service, "IMAP4rev1 STARTTLS logindisabled AUTH=PLAIN", UPGRADE_AGREED, TLS_PROVEN);
	test_holds(&service, "contradictory-logindisabled");
	service.observations[0].capabilities_before_known = false;
	test_holds_not(&service, "contradictory-logindisabled");
	test_service_done(&service);
	with(&service, "IMAP4rev1 STARTTLS LOGINDISABLED AUTH=CRAM-MD5", UPGRADE_AGREED, TLS_PROVEN);
	test_holds_not(&service, "contradictory-logindisabled");
	test_service_done(&service);
	with(&service, "IMAP4rev1 STARTTLS AUTH=PLAIN", UPGRADE_AGREED, TLS_PROVEN);
	test_holds_not(&service, "contradictory-logindisabled");
	test_service_done(&service);
}

static void evidence_is_bounded_and_printable(void **state)
{
	struct test_service service;
	struct finding finding;

	(void)state;
	test_service_init(&service, 143);
	test_dialogue(&service, WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", UPGRADE_REFUSED, TLS_NOT_TRIED);
	for (int i = 0; i < OBSERVATION_CAPABILITIES_MAX; i++) {
		buffer_append_byte(&service.observations[0].greeting, 0x1b);
		buffer_append_byte(&service.observations[0].upgrade_reply, 0x9b);
		buffer_append_byte(&service.observations[0].capabilities_before, '\n');
	}
	test_judge(&service);
	finding = test_holds(&service, "no-tls");
	assert_true(strnlen(finding.evidence, sizeof(finding.evidence)) < sizeof(finding.evidence));
	for (const char *byte = finding.evidence; *byte != '\0'; byte++)
		assert_true(*byte >= 0x20 && *byte <= 0x7e);
	test_service_done(&service);
}

static void every_rule_is_complete_and_found_by_its_id(void **state)
{
	size_t count = 0;

	(void)state;
	for (size_t i = 0; FINDING_RULES[i] != NULL; i++) {
		const struct finding_rule *rule = FINDING_RULES[i];

		assert_ptr_equal(finding_rule_find(rule->id), rule);
		assert_true((rule->holds_for_service != NULL) == (rule->scope == FINDING_OF_SERVICE));
		assert_true((rule->holds_for_host != NULL) == (rule->scope == FINDING_OF_HOST));
		assert_true(rule->title[0] != '\0' && rule->rules[0] != '\0' && rule->reference[0] != '\0' && rule->condition[0] != '\0');
		assert_true(rule->explanation[0] != '\0' && rule->exploit != NULL && rule->user_sentence[0] != '\0' &&
		            rule->lab[0] != '\0');
		count++;
	}
	assert_true(count > 60 && count < FINDINGS_MAX);
	assert_null(finding_rule_find("no-such-finding"));
}

static void the_worst_comes_first(void **state)
{
	struct test_service service;
	struct finding findings[FINDINGS_MAX];
	size_t count;

	(void)state;
	with(&service, "IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN", UPGRADE_AGREED, TLS_PROVEN);
	service.tls.injection = ANSWER_YES;
	count = findings_of_service(&service.view, findings);
	assert_int_equal(count, 3);
	assert_string_equal(findings[0].id, "starttls-injection");
	assert_string_equal(findings[1].id, "tls-optional");
	assert_string_equal(findings[2].id, "contradictory-logindisabled");
	test_service_done(&service);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_known_finds_nothing),
		cmocka_unit_test(nothing_is_found_of_who_was_closed_busy_or_silent),
		cmocka_unit_test(no_tls),
		cmocka_unit_test(dead_port),
		cmocka_unit_test(plaintext_on_tls_port),
		cmocka_unit_test(tls_optional),
		cmocka_unit_test(tls_optional_hashed),
		cmocka_unit_test(starttls_broken),
		cmocka_unit_test(implicit_broken),
		cmocka_unit_test(starttls_not_advertised),
		cmocka_unit_test(starttls_inside_tls),
		cmocka_unit_test(starttls_injection),
		cmocka_unit_test(starttls_masked),
		cmocka_unit_test(path_dependent_starttls),
		cmocka_unit_test(preauth_open),
		cmocka_unit_test(preauth_tls),
		cmocka_unit_test(tls_on_plain_port),
		cmocka_unit_test(wrong_port_protocol),
		cmocka_unit_test(plaintext_after_starttls),
		cmocka_unit_test(no_login_offered),
		cmocka_unit_test(an_apop_stamp_is_a_login),
		cmocka_unit_test(referral_before_tls),
		cmocka_unit_test(contradictory_logindisabled),
		cmocka_unit_test(evidence_is_bounded_and_printable),
		cmocka_unit_test(every_rule_is_complete_and_found_by_its_id),
		cmocka_unit_test(the_worst_comes_first),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
