/* SPDX-License-Identifier: ISC */
/* Grades: the lowest cap wins and is named, and what was not measured gives no A+. */
#include "classify/findings/finding_test.h"

/* 993 as good as can be known, the others closed. */
static void best(struct test_host *host)
{
	struct test_service *service;

	test_host_init(host);
	service = test_host_port(host, 993);
	service->observations[0].protocol = WIRE_IMAP;
	service->observations[0].ending = ENDING_COMPLETE;
	service->observations[0].tls = (struct tls_observation){.outcome = TLS_PROVEN, .hello = TLS_HELLO_SESSION, .version = 0x0304};
	service->tls.versions[TLS_INDEX_TLS_1_3] = service->tls.versions[TLS_INDEX_TLS_1_2] = ANSWER_YES;
	service->tls.versions[TLS_INDEX_TLS_1_1] = service->tls.versions[TLS_INDEX_TLS_1_0] = service->tls.versions[TLS_INDEX_SSL_3] =
		ANSWER_NO;
	service->tls.post_quantum = ANSWER_YES;
	test_chain(service, 1);
	test_judge(service);
}

static struct grade_judgement grade(struct test_host *host)
{
	struct grade_judgement judgement;

	test_host_judge(host, TEST_SERVICES_MAX);
	grade_judge(&host->view, host->host_findings, host->host_finding_count, &judgement);
	return judgement;
}

static void check(struct test_host *host, enum grade expected, const char *reason)
{
	struct grade_judgement judgement = grade(host);
	bool is_named = reason == NULL;

	assert_string_equal(grade_name(judgement.grade), grade_name(expected));
	for (size_t i = 0; i < judgement.reason_count; i++)
		is_named = is_named || (reason != NULL && strcmp(judgement.reasons[i], reason) == 0);
	if (!is_named)
		fail_msg("not among the reasons: %s; the first one is: %s", reason,
		         judgement.reason_count > 0 ? judgement.reasons[0] : "none");
}

static void nothing_measured_has_no_grade(void **state)
{
	struct test_host host;

	(void)state;
	test_host_init(&host);
	check(&host, GRADE_UNKNOWN, NULL);
	test_host_done(&host);
}

static void all_that_can_be_known_is_good(void **state)
{
	struct test_host host;

	(void)state;
	best(&host);
	check(&host, GRADE_A_PLUS, NULL);
	assert_int_equal(grade(&host).reason_count, 0);
	test_host_done(&host);
}

static void what_is_not_known_gives_no_plus(void **state)
{
	struct test_host host;
	struct tls_facts *tls;

	(void)state;
	best(&host);
	tls = &test_host_port(&host, 993)->tls;
	tls->post_quantum = ANSWER_UNKNOWN;
	check(&host, GRADE_A, "post-quantum key exchange on 993: unknown");
	tls->post_quantum = ANSWER_NO;
	check(&host, GRADE_A, "post-quantum key exchange on 993: no");
	tls->post_quantum = ANSWER_YES;
	tls->versions[TLS_INDEX_TLS_1_0] = ANSWER_UNKNOWN;
	check(&host, GRADE_A, "TLSv1.0 on 993: unknown");
	tls->versions[TLS_INDEX_TLS_1_0] = ANSWER_NO;
	test_host_port(&host, 143)->judgement.verdict = VERDICT_SLOW;
	check(&host, GRADE_A, "port 143: slow");
	test_host_done(&host);
}

static void each_cap_is_named_and_the_lowest_wins(void **state)
{
	struct test_host host;
	struct test_service *service;

	(void)state;
	best(&host);
	service = test_host_port(&host, 993);
	service->tls.extended_master_secret = ANSWER_NO;
	check(&host, GRADE_B, "no-ems on 993");
	service->tls.traits_accepted = SUITE_3DES;
	check(&host, GRADE_C, "cipher-3des on 993");
	assert_int_equal(grade(&host).reason_count, 1);
	service->tls.versions[TLS_INDEX_TLS_1_0] = ANSWER_YES;
	assert_int_equal(grade(&host).reason_count, 2);
	service->chains[0].leaf.is_self_signed = true;
	check(&host, GRADE_D, "cert-self-signed on 993");
	service->tls.dh_bits = 1024;
	check(&host, GRADE_D, NULL);
	service->tls.dh_bits = 512;
	check(&host, GRADE_E, "dh-weak on 993");
	service->tls.traits_accepted |= SUITE_NULL;
	check(&host, GRADE_F, "cipher-null-anon on 993");
	test_host_done(&host);
}

static void no_tls_is_an_f_whatever_else_is_good(void **state)
{
	struct test_host host;
	struct test_service *service;

	(void)state;
	best(&host);
	service = test_host_port(&host, 143);
	test_dialogue(service, WIRE_IMAP, "IMAP4rev1 AUTH=PLAIN", UPGRADE_REFUSED, TLS_NOT_TRIED);
	test_judge(service);
	check(&host, GRADE_F, "no-tls on 143");
	test_host_done(&host);
}

static void starttls_that_fails_is_an_f_only_with_a_login_in_clear(void **state)
{
	struct test_host host;
	struct test_service *service;

	(void)state;
	best(&host);
	service = test_host_port(&host, 143);
	test_dialogue(service, WIRE_IMAP, "IMAP4rev1 STARTTLS LOGINDISABLED", UPGRADE_REFUSED_NO, TLS_NOT_TRIED);
	test_judge(service);
	check(&host, GRADE_B, "starttls-broken on 143");
	service->judgement.cleartext_login = CLEARTEXT_LOGIN_ADVERTISED;
	check(&host, GRADE_F, "starttls-broken on 143");
	test_host_done(&host);
}

static void an_expired_certificate_has_thirty_days(void **state)
{
	struct test_host host;
	struct chain_facts *chain;

	(void)state;
	best(&host);
	chain = &test_host_port(&host, 993)->chains[0];
	chain->leaf.not_after.unix_ms = TEST_NOW_MS - 30 * TEST_DAY_MS;
	check(&host, GRADE_C, "cert-expired on 993");
	chain->leaf.not_after.unix_ms = TEST_NOW_MS - 31 * TEST_DAY_MS;
	check(&host, GRADE_D, "cert-expired on 993");
	test_host_done(&host);
}

static void optional_tls_is_a_d(void **state)
{
	struct test_host host;
	struct test_service *service;

	(void)state;
	best(&host);
	service = test_host_port(&host, 143);
	test_dialogue(service, WIRE_IMAP, "IMAP4rev1 STARTTLS AUTH=PLAIN", UPGRADE_AGREED, TLS_PROVEN);
	test_judge(service);
	check(&host, GRADE_D, "tls-optional on 143");
	test_host_done(&host);
}

static void software_that_ended_counts_by_how_sure_we_are(void **state)
{
	struct test_host host;
	struct software *software;

	(void)state;
	best(&host);
	software = &test_host_port(&host, 993)->software;
	(void)snprintf(software->product, sizeof(software->product), "Dovecot");
	software->confidence = CONFIDENCE_HIGH;
	software->support = SUPPORT_DISTRIBUTION;
	check(&host, GRADE_A_PLUS, NULL);
	software->support = SUPPORT_ENDED;
	check(&host, GRADE_B, "eol-software on 993");
	software->is_version_certain = true;
	check(&host, GRADE_D, "eol-software on 993");
	test_host_done(&host);
}

static void a_mailbox_without_a_door_is_an_f(void **state)
{
	struct test_host host;
	struct test_service *service;

	(void)state;
	test_host_init(&host);
	service = test_host_port(&host, 143);
	service->observations[0].protocol = WIRE_IMAP;
	service->observations[0].ending = ENDING_PREAUTH;
	test_judge(service);
	check(&host, GRADE_F, "preauth-open on 143");
	test_host_done(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_measured_has_no_grade),
		cmocka_unit_test(all_that_can_be_known_is_good),
		cmocka_unit_test(what_is_not_known_gives_no_plus),
		cmocka_unit_test(each_cap_is_named_and_the_lowest_wins),
		cmocka_unit_test(no_tls_is_an_f_whatever_else_is_good),
		cmocka_unit_test(starttls_that_fails_is_an_f_only_with_a_login_in_clear),
		cmocka_unit_test(an_expired_certificate_has_thirty_days),
		cmocka_unit_test(optional_tls_is_a_d),
		cmocka_unit_test(software_that_ended_counts_by_how_sure_we_are),
		cmocka_unit_test(a_mailbox_without_a_door_is_an_f),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
