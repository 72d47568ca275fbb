/* SPDX-License-Identifier: ISC */
/* Findings of a whole host: they count it once, and a port that was not asked or did not answer never helps to accuse it. */
#include "classify/findings/finding_test.h"

static void clear(struct test_host *host, uint16_t port, const char *capabilities, enum upgrade upgrade, enum tls_outcome outcome)
{
	struct test_service *service = test_host_port(host, port);
	enum wire_protocol protocol = port == 110 || port == 995 ? WIRE_POP3 : WIRE_IMAP;

	test_dialogue(service, protocol, capabilities, upgrade, outcome);
	test_judge(service);
}

static void clear_without_tls(struct test_host *host, uint16_t port)
{
	clear(host, port, port == 110 ? "TOP / USER / SASL PLAIN" : "IMAP4rev1 AUTH=PLAIN", UPGRADE_REFUSED, TLS_NOT_TRIED);
}

static void clear_requiring_tls(struct test_host *host, uint16_t port)
{
	clear(host, port, port == 110 ? "TOP / STLS" : "IMAP4rev1 STARTTLS LOGINDISABLED", UPGRADE_AGREED, TLS_PROVEN);
}

static void clear_with_optional_tls(struct test_host *host, uint16_t port)
{
	clear(host, port, port == 110 ? "TOP / STLS / USER / SASL PLAIN" : "IMAP4rev1 STARTTLS AUTH=PLAIN", UPGRADE_AGREED, TLS_PROVEN);
}

static void implicit(struct test_host *host, uint16_t port)
{
	struct test_service *service = test_host_port(host, port);

	service->observations[0].protocol = port == 995 ? WIRE_POP3 : WIRE_IMAP;
	service->observations[0].ending = ENDING_COMPLETE;
	service->observations[0].tls = (struct tls_observation){.outcome = TLS_PROVEN, .hello = TLS_HELLO_SESSION, .version = 0x0304};
	test_judge(service);
}

static void unanswered(struct test_host *host, uint16_t port)
{
	struct test_service *service = test_host_port(host, port);

	service->observations[0].ending = ENDING_SILENT;
	test_judge(service);
}

static void broken(struct test_host *host, uint16_t port)
{
	struct test_service *service = test_host_port(host, port);

	service->observations[0].ending = ENDING_CLOSED_SILENT;
	service->judgement.verdict = VERDICT_IMPLICIT_BROKEN;
	service->judgement.protocol = WIRE_UNKNOWN;
	service->view.is_host_talking = true;
}

static void check(struct test_host *host, const char *id, bool holds)
{
	const struct finding *finding;

	test_host_judge(host, TEST_SERVICES_MAX);
	finding = test_host_finding(host, id);
	if (holds && finding == NULL)
		fail_msg("%s does not hold", id);
	if (!holds && finding != NULL)
		fail_msg("%s holds: %s", id, finding->evidence);
	if (finding != NULL)
		assert_string_not_equal(finding->evidence, "");
}

static void nothing_known_finds_nothing(void **state)
{
	struct test_host host;

	(void)state;
	test_host_init(&host);
	test_host_judge(&host, TEST_SERVICES_MAX);
	assert_int_equal(host.host_finding_count, 0);
	for (size_t i = 0; i < TEST_SERVICES_MAX; i++)
		unanswered(&host, host.services[i].view.port);
	test_host_judge(&host, TEST_SERVICES_MAX);
	assert_int_equal(host.host_finding_count, 0);
	test_host_judge(&host, 0);
	assert_int_equal(host.host_finding_count, 0);
	test_host_done(&host);
}

static void host_no_tls(void **state)
{
	struct test_host host;

	(void)state;
	test_host_init(&host);
	clear_without_tls(&host, 110);
	implicit(&host, 995);
	check(&host, "host-no-tls", true);
	assert_string_equal(test_host_finding(&host, "host-no-tls")->evidence, "POP3; port 110 is no-tls");
	check(&host, "host-no-tls-strict", false); /* 995 has it */
	check(&host, "host-tls-optional", false);
	test_host_done(&host);

	test_host_init(&host);
	clear_requiring_tls(&host, 110);
	check(&host, "host-no-tls", false);
	test_host_done(&host);
}

static void host_no_tls_strict(void **state)
{
	struct test_host host;

	(void)state;
	test_host_init(&host);
	clear_without_tls(&host, 143);
	check(&host, "host-no-tls-strict", true);
	implicit(&host, 995); /* another protocol */
	check(&host, "host-no-tls-strict", true);
	unanswered(&host, 993);
	check(&host, "host-no-tls-strict", false);
	test_host_done(&host);

	test_host_init(&host);
	clear_without_tls(&host, 110);
	test_host_judge(&host, 1); /* 995 was not asked */
	assert_non_null(test_host_finding(&host, "host-no-tls"));
	assert_null(test_host_finding(&host, "host-no-tls-strict"));
	test_host_done(&host);
}

static void host_tls_optional(void **state)
{
	struct test_host host;

	(void)state;
	test_host_init(&host);
	clear_with_optional_tls(&host, 110);
	clear_with_optional_tls(&host, 143);
	check(&host, "host-tls-optional", true);
	assert_string_equal(test_host_finding(&host, "host-tls-optional")->evidence, "tls-optional on 110, 143");
	test_host_done(&host);

	test_host_init(&host);
	clear_with_optional_tls(&host, 110);
	clear_without_tls(&host, 143);
	check(&host, "host-tls-optional", false); /* host-no-tls says more */
	test_host_done(&host);
	test_host_init(&host);
	clear_requiring_tls(&host, 143);
	check(&host, "host-tls-optional", false);
	test_host_done(&host);
}

static void host_implicit_absent(void **state)
{
	struct test_host host;

	(void)state;
	test_host_init(&host);
	clear_requiring_tls(&host, 143);
	check(&host, "host-implicit-absent", true);
	implicit(&host, 993);
	check(&host, "host-implicit-absent", false);
	test_host_done(&host);

	test_host_init(&host);
	clear_requiring_tls(&host, 143);
	unanswered(&host, 993);
	check(&host, "host-implicit-absent", false);
	test_host_judge(&host, 2); /* 993 was not asked */
	assert_null(test_host_finding(&host, "host-implicit-absent"));
	test_host_done(&host);
	test_host_init(&host);
	clear_without_tls(&host, 143); /* no STARTTLS either: that is another finding */
	check(&host, "host-implicit-absent", false);
	test_host_done(&host);
}

static void host_plain_open(void **state)
{
	struct test_host host;

	(void)state;
	test_host_init(&host);
	implicit(&host, 993);
	check(&host, "host-plain-open", false);
	clear_requiring_tls(&host, 143);
	check(&host, "host-plain-open", true);
	unanswered(&host, 110);
	check(&host, "host-plain-open", false);
	test_host_done(&host);

	test_host_init(&host);
	clear_requiring_tls(&host, 143);
	clear_with_optional_tls(&host, 110);
	check(&host, "host-plain-open", false);
	test_host_done(&host);
}

static void host_cert_differs(void **state)
{
	struct test_host host;
	struct chain_facts *of_993;

	(void)state;
	test_host_init(&host);
	clear_requiring_tls(&host, 143);
	implicit(&host, 993);
	check(&host, "host-cert-differs", false);
	test_chain(test_host_port(&host, 143), 1);
	check(&host, "host-cert-differs", false); /* of 993 none was seen */
	of_993 = test_chain(test_host_port(&host, 993), 2);
	check(&host, "host-cert-differs", true);
	(void)snprintf(of_993->leaf.key_type, sizeof(of_993->leaf.key_type), "EC"); /* both may be on both ports */
	check(&host, "host-cert-differs", false);
	test_chain(test_host_port(&host, 993), 1);
	check(&host, "host-cert-differs", false); /* one in common */
	test_host_done(&host);

	test_host_init(&host);
	implicit(&host, 995);
	implicit(&host, 993);
	test_chain(test_host_port(&host, 995), 1);
	test_chain(test_host_port(&host, 993), 2);
	check(&host, "host-cert-differs", false); /* two protocols may have two names */
	test_host_done(&host);
}

static void host_eol(void **state)
{
	struct test_host host;
	struct software *software;

	(void)state;
	test_host_init(&host);
	implicit(&host, 993);
	check(&host, "host-eol", false);
	software = &test_host_port(&host, 993)->software;
	(void)snprintf(software->product, sizeof(software->product), "Dovecot");
	software->confidence = CONFIDENCE_MEDIUM;
	software->support = SUPPORT_ENDED;
	check(&host, "host-eol", true);
	assert_int_equal(test_host_finding(&host, "host-eol")->severity, SEVERITY_MEDIUM);
	software->is_version_certain = true;
	check(&host, "host-eol", true);
	assert_int_equal(test_host_finding(&host, "host-eol")->severity, SEVERITY_HIGH);
	test_host_done(&host);
}

static void accepts_everything(void **state)
{
	struct test_host host;
	struct test_service *canary;

	(void)state;
	test_host_init(&host);
	unanswered(&host, 110);
	unanswered(&host, 143);
	broken(&host, 993);
	canary = test_host_port(&host, 995);
	canary->view.port = 47011;
	canary->observations[0].ending = ENDING_SILENT;
	canary->observations[0].flags = OBSERVED_CANARY;
	test_judge(canary);
	check(&host, "accepts-everything", true);
	assert_non_null(strstr(test_host_finding(&host, "accepts-everything")->evidence, "110, 143, 993, 47011 (which nobody uses)"));
	assert_int_equal(host.host_finding_count, 1);
	for (size_t i = 0; i < TEST_SERVICES_MAX; i++)
		assert_int_equal(host.finding_counts[i], 0);
	test_host_done(&host);

	test_host_init(&host); /* the same without a canary */
	for (size_t i = 0; i < TEST_SERVICES_MAX; i++)
		unanswered(&host, host.services[i].view.port);
	check(&host, "accepts-everything", false);
	test_host_done(&host);
}

static void host_mixed_protection(void **state)
{
	struct test_host host;

	(void)state;
	test_host_init(&host);
	clear_requiring_tls(&host, 110);
	clear_without_tls(&host, 143);
	check(&host, "host-mixed-protection", true);
	unanswered(&host, 995);
	check(&host, "host-mixed-protection", false); /* POP3 may have a hole there */
	test_host_done(&host);

	test_host_init(&host);
	implicit(&host, 993);
	clear_with_optional_tls(&host, 110);
	check(&host, "host-mixed-protection", true);
	test_host_done(&host);
	test_host_init(&host);
	implicit(&host, 993);
	implicit(&host, 995);
	check(&host, "host-mixed-protection", false);
	test_host_done(&host);
	test_host_init(&host);
	clear_without_tls(&host, 143); /* no POP3 at all */
	check(&host, "host-mixed-protection", false);
	test_host_done(&host);
}

static void implicit_only_broken(void **state)
{
	struct test_host host;

	(void)state;
	test_host_init(&host);
	clear_without_tls(&host, 143);
	broken(&host, 993);
	check(&host, "implicit-only-broken", true);
	assert_string_equal(test_host_finding(&host, "implicit-only-broken")->evidence,
	                    "port 993 brings no TLS up, and port 143 is no-tls");
	test_host_done(&host);

	test_host_init(&host);
	clear_requiring_tls(&host, 143);
	broken(&host, 993);
	check(&host, "implicit-only-broken", false); /* STARTTLS works */
	test_host_done(&host);
	test_host_init(&host);
	unanswered(&host, 143);
	broken(&host, 993);
	clear_without_tls(&host, 110);
	check(&host, "implicit-only-broken", false); /* 143 may have STARTTLS */
	test_host_done(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_known_finds_nothing), cmocka_unit_test(host_no_tls),
		cmocka_unit_test(host_no_tls_strict),          cmocka_unit_test(host_tls_optional),
		cmocka_unit_test(host_implicit_absent),        cmocka_unit_test(host_plain_open),
		cmocka_unit_test(host_cert_differs),           cmocka_unit_test(host_eol),
		cmocka_unit_test(accepts_everything),          cmocka_unit_test(host_mixed_protection),
		cmocka_unit_test(implicit_only_broken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
