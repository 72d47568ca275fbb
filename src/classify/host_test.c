/* SPDX-License-Identifier: ISC */
/* A host is counted once, and a port that fails is called broken only when the host is known to talk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/host.h"

static struct host_service service(uint16_t port, enum wire_protocol protocol, enum verdict verdict)
{
	return (struct host_service){.port = port, .protocol = protocol, .verdict = verdict, .cleartext_login = CLEARTEXT_LOGIN_ADVERTISED};
}

static struct host_judgement judge(struct host_service *services, size_t count)
{
	struct host_judgement judgement;

	host_judge(services, count, &judgement);
	return judgement;
}

static void both_protocols_without_tls_are_one_host(void **state)
{
	struct host_service services[] = {service(110, WIRE_POP3, VERDICT_NO_TLS), service(143, WIRE_IMAP, VERDICT_NO_TLS)};
	struct host_judgement judgement = judge(services, 2);

	(void)state;
	assert_int_equal(judgement.verdict, HOST_NO_TLS);
	assert_true(judgement.no_tls_pop3 && judgement.no_tls_imap && judgement.is_strict);
}

static void a_good_tls_port_beside_makes_it_not_strict(void **state)
{
	struct host_service services[] = {service(143, WIRE_IMAP, VERDICT_NO_TLS), service(993, WIRE_IMAP, VERDICT_IMPLICIT_TLS)};
	struct host_judgement judgement = judge(services, 2);

	(void)state;
	assert_int_equal(judgement.verdict, HOST_NO_TLS);
	assert_false(judgement.is_strict);
	assert_true(judgement.no_tls_imap && !judgement.no_tls_pop3 && judgement.offers_imap && !judgement.offers_pop3);
}

static void broken_starttls_counts_when_logins_go_in_clear(void **state)
{
	struct host_service open = service(143, WIRE_IMAP, VERDICT_STARTTLS_BROKEN), shut = open;

	(void)state;
	shut.cleartext_login = CLEARTEXT_LOGIN_DENIED;
	assert_int_equal(judge(&open, 1).verdict, HOST_NO_TLS);
	assert_int_equal(judge(&shut, 1).verdict, HOST_PROTECTED);
}

static void what_could_not_be_told_is_not_counted_as_no_tls(void **state)
{
	static const enum verdict undecided[] = {VERDICT_UNKNOWN, VERDICT_SLOW, VERDICT_RATE_LIMITED};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(undecided); i++) {
		struct host_service one = service(143, WIRE_IMAP, undecided[i]);
		struct host_judgement judgement = judge(&one, 1);

		assert_int_equal(judgement.verdict, HOST_UNKNOWN);
		assert_false(judgement.no_tls_imap || judgement.is_strict);
	}
}

static void a_mute_address_with_a_canary_that_accepts_is_false(void **state)
{
	struct host_service services[] = {service(110, WIRE_UNKNOWN, VERDICT_UNKNOWN), service(143, WIRE_UNKNOWN, VERDICT_SLOW),
	                                  service(993, WIRE_UNKNOWN, VERDICT_IMPLICIT_BROKEN), service(995, WIRE_UNKNOWN, VERDICT_CLOSED),
	                                  service(47011, WIRE_UNKNOWN, VERDICT_FALSE_HOST)};
	struct host_judgement judgement = judge(services, 5);

	(void)state;
	assert_int_equal(judgement.verdict, HOST_FALSE);
	assert_false(judgement.offers_imap || judgement.offers_pop3 || judgement.no_tls_imap || judgement.is_strict);
	assert_int_equal(services[0].verdict, VERDICT_FALSE_HOST);
	assert_int_equal(services[1].verdict, VERDICT_FALSE_HOST);
	assert_int_equal(services[2].verdict, VERDICT_FALSE_HOST);
	assert_int_equal(services[3].verdict, VERDICT_CLOSED);
	assert_non_null(services[0].reason);
}

/* One word anywhere is worth more than an open port that nobody uses. */
static void who_speaks_on_any_port_is_never_false(void **state)
{
	struct host_service speakers[] = {service(143, WIRE_IMAP, VERDICT_NO_TLS), service(143, WIRE_IMAP, VERDICT_UNKNOWN),
	                                  service(993, WIRE_UNKNOWN, VERDICT_IMPLICIT_TLS), service(143, WIRE_SSH, VERDICT_NOT_MAIL),
	                                  service(993, WIRE_UNKNOWN, VERDICT_UNKNOWN)};

	(void)state;
	speakers[4].tls_answered = true;
	for (size_t i = 0; i < ARRAY_LENGTH(speakers); i++) {
		struct host_service services[] = {service(110, WIRE_UNKNOWN, VERDICT_UNKNOWN), speakers[i],
		                                  service(47011, WIRE_UNKNOWN, VERDICT_FALSE_HOST)};
		struct host_judgement judgement = judge(services, 3);

		assert_int_not_equal(judgement.verdict, HOST_FALSE);
		assert_int_equal(services[0].verdict, VERDICT_UNKNOWN);
		assert_int_equal(services[1].verdict, speakers[i].verdict);
		assert_int_equal(services[2].verdict, VERDICT_UNKNOWN);
	}
}

static struct host_service greeting(uint16_t port, const char *text)
{
	struct host_service made = service(port, WIRE_IMAP, VERDICT_NO_TLS);

	made.greeting = span_from_text(text);
	made.is_canary = port > 1000;
	if (made.is_canary)
		made = (struct host_service){.port = port, .verdict = VERDICT_UNKNOWN, .is_canary = true, .greeting = made.greeting};
	return made;
}

static void an_address_that_greets_alike_on_a_port_that_nobody_uses_is_false(void **state)
{
	struct host_service services[] = {greeting(143, "* OK ready."), greeting(110, "* OK ready."),
	                                  service(995, WIRE_UNKNOWN, VERDICT_CLOSED), greeting(47011, "* OK ready.")};
	struct host_judgement judgement = judge(services, 4);

	(void)state;
	assert_int_equal(judgement.verdict, HOST_FALSE);
	assert_false(judgement.offers_imap || judgement.no_tls_imap || judgement.is_strict);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(services[i].verdict, i == 2 ? VERDICT_CLOSED : VERDICT_FALSE_HOST);
	assert_non_null(services[0].reason);
	/* Judged once more, as the store gives it back, it stays so. */
	assert_int_equal(judge(services, 4).verdict, HOST_FALSE);
}

/* What is not the same to the last byte, or not everywhere, proves nothing. */
static void a_canary_that_says_anything_else_proves_nothing(void **state)
{
	static const char *const canaries[] = {"* OK Ready.", "* OK ready", "* OK ready..", "SSH-2.0-x", ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(canaries); i++) {
		struct host_service services[] = {greeting(143, "* OK ready."), greeting(47011, canaries[i])};
		struct host_judgement judgement = judge(services, 2);

		assert_int_equal(judgement.verdict, HOST_NO_TLS);
		assert_int_equal(services[0].verdict, VERDICT_NO_TLS);
		assert_int_equal(services[1].verdict, VERDICT_UNKNOWN);
	}
}

static void one_port_with_words_of_its_own_is_enough_to_be_a_host(void **state)
{
	struct host_service mixed[] = {greeting(143, "* OK ready."), greeting(110, "+OK ready."), greeting(47011, "* OK ready.")};
	struct host_service mute[] = {greeting(143, "* OK ready."), service(993, WIRE_UNKNOWN, VERDICT_UNKNOWN),
	                              greeting(47011, "* OK ready.")};
	struct host_service alone[] = {greeting(47011, "* OK ready.")};
	struct host_service without[] = {greeting(143, "* OK ready."), greeting(110, "* OK ready.")};

	(void)state;
	assert_int_equal(judge(mixed, 3).verdict, HOST_NO_TLS);
	assert_int_equal(judge(mute, 3).verdict, HOST_NO_TLS);
	assert_int_equal(judge(alone, 1).verdict, HOST_UNKNOWN);
	assert_int_equal(judge(without, 2).verdict, HOST_NO_TLS);
}

static void a_broken_tls_port_needs_a_talking_host(void **state)
{
	struct host_service alone = service(993, WIRE_UNKNOWN, VERDICT_IMPLICIT_BROKEN), answering = alone;
	struct host_service beside[] = {service(993, WIRE_UNKNOWN, VERDICT_IMPLICIT_BROKEN), service(143, WIRE_IMAP, VERDICT_TLS_REQUIRED)};

	(void)state;
	(void)judge(&alone, 1);
	assert_int_equal(alone.verdict, VERDICT_UNKNOWN);
	(void)judge(beside, 2);
	assert_int_equal(beside[0].verdict, VERDICT_IMPLICIT_BROKEN);
	answering.tls_answered = true;
	(void)judge(&answering, 1);
	assert_int_equal(answering.verdict, VERDICT_IMPLICIT_BROKEN);
}

static void the_worst_of_the_protected_names_the_host(void **state)
{
	struct host_service services[] = {service(143, WIRE_IMAP, VERDICT_LOGIN_BEFORE_TLS),
	                                  service(993, WIRE_IMAP, VERDICT_LEGACY_TLS_ONLY), service(995, WIRE_POP3, VERDICT_IMPLICIT_TLS)};
	struct host_service closed = service(143, WIRE_UNKNOWN, VERDICT_CLOSED), other = service(143, WIRE_SSH, VERDICT_NOT_MAIL);

	(void)state;
	assert_int_equal(judge(services, 3).verdict, HOST_LEGACY_TLS);
	services[1].verdict = VERDICT_IMPLICIT_TLS;
	assert_int_equal(judge(services, 3).verdict, HOST_LOGIN_BEFORE_TLS);
	services[0].verdict = VERDICT_TLS_REQUIRED;
	assert_int_equal(judge(services, 3).verdict, HOST_PROTECTED);
	assert_int_equal(judge(&closed, 1).verdict, HOST_CLOSED);
	assert_int_equal(judge(&other, 1).verdict, HOST_NOT_MAIL);
}

static void perditions_pop3_is_not_believed_against_its_imap(void **state)
{
	struct host_service services[] = {service(110, WIRE_POP3, VERDICT_LOGIN_BEFORE_TLS), service(143, WIRE_IMAP, VERDICT_TLS_REQUIRED)};
	struct host_service optional[] = {service(110, WIRE_POP3, VERDICT_LOGIN_BEFORE_TLS),
	                                  service(143, WIRE_IMAP, VERDICT_LOGIN_BEFORE_TLS)};
	struct host_service other[] = {service(110, WIRE_POP3, VERDICT_LOGIN_BEFORE_TLS), service(143, WIRE_IMAP, VERDICT_TLS_REQUIRED)};

	(void)state;
	services[0].is_perdition = optional[0].is_perdition = true;
	services[1].cleartext_login = other[1].cleartext_login = CLEARTEXT_LOGIN_DENIED;
	optional[1].cleartext_login = CLEARTEXT_LOGIN_IMPLIED;
	assert_int_equal(judge(services, 2).verdict, HOST_PROTECTED);
	assert_int_equal(services[0].verdict, VERDICT_UNKNOWN);
	assert_int_equal(services[0].cleartext_login, CLEARTEXT_LOGIN_UNKNOWN);
	assert_non_null(services[0].reason);
	assert_int_equal(judge(optional, 2).verdict, HOST_LOGIN_BEFORE_TLS);
	assert_int_equal(optional[0].verdict, VERDICT_LOGIN_BEFORE_TLS);
	assert_int_equal(judge(other, 2).verdict, HOST_LOGIN_BEFORE_TLS);
	assert_null(other[0].reason);
}

static void perdition_is_known_by_its_greeting(void **state)
{
	(void)state;
	assert_true(host_greeting_is_perdition(span_from_text("* OK IMAP4 perdition ready on 127.0.0.9 0002cff1")));
	assert_true(host_greeting_is_perdition(span_from_text("+OK POP3 perditon ready on 127.0.0.9 0002cf6e")));
	assert_false(host_greeting_is_perdition(span_from_text("+OK perdition.example.org POP3 server ready")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(perditions_pop3_is_not_believed_against_its_imap),
		cmocka_unit_test(perdition_is_known_by_its_greeting),
		cmocka_unit_test(both_protocols_without_tls_are_one_host),
		cmocka_unit_test(a_good_tls_port_beside_makes_it_not_strict),
		cmocka_unit_test(broken_starttls_counts_when_logins_go_in_clear),
		cmocka_unit_test(what_could_not_be_told_is_not_counted_as_no_tls),
		cmocka_unit_test(a_mute_address_with_a_canary_that_accepts_is_false),
		cmocka_unit_test(who_speaks_on_any_port_is_never_false),
		cmocka_unit_test(an_address_that_greets_alike_on_a_port_that_nobody_uses_is_false),
		cmocka_unit_test(a_canary_that_says_anything_else_proves_nothing),
		cmocka_unit_test(one_port_with_words_of_its_own_is_enough_to_be_a_host),
		cmocka_unit_test(a_broken_tls_port_needs_a_talking_host),
		cmocka_unit_test(the_worst_of_the_protected_names_the_host),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
