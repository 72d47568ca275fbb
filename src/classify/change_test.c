/* SPDX-License-Identifier: ISC */
/* What became of services and hosts: only what both looks prove is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/change.h"

static enum change between(enum standing old, enum standing new)
{
	struct service_pair pair = {.old = old, .new = new};

	service_pair_judge(&pair);
	return pair.change;
}

static void each_verdict_has_its_standing(void **state)
{
	static const struct {
		enum verdict verdict;
		enum cleartext_login login;
		bool is_proven;
		enum standing standing;
	} rows[] = {
		{VERDICT_UNKNOWN, CLEARTEXT_LOGIN_ADVERTISED, false, STANDING_UNTOLD},
		{VERDICT_SLOW, CLEARTEXT_LOGIN_UNKNOWN, false, STANDING_UNTOLD},
		{VERDICT_RATE_LIMITED, CLEARTEXT_LOGIN_UNKNOWN, false, STANDING_UNTOLD},
		{VERDICT_FALSE_HOST, CLEARTEXT_LOGIN_UNKNOWN, false, STANDING_UNTOLD},
		{VERDICT_CLOSED, CLEARTEXT_LOGIN_UNKNOWN, false, STANDING_SILENT},
		{VERDICT_NOT_MAIL, CLEARTEXT_LOGIN_UNKNOWN, false, STANDING_OTHER},
		{VERDICT_NO_TLS, CLEARTEXT_LOGIN_ADVERTISED, false, STANDING_WITHOUT_TLS},
		{VERDICT_DEAD_PORT, CLEARTEXT_LOGIN_DENIED, false, STANDING_SHUT},
		{VERDICT_STARTTLS_REFUSED, CLEARTEXT_LOGIN_IMPLIED, false, STANDING_WITHOUT_TLS},
		{VERDICT_STARTTLS_REFUSED, CLEARTEXT_LOGIN_DENIED, false, STANDING_SHUT},
		{VERDICT_STARTTLS_BROKEN, CLEARTEXT_LOGIN_ADVERTISED, false, STANDING_WITHOUT_TLS},
		{VERDICT_STARTTLS_BROKEN, CLEARTEXT_LOGIN_HASHED_ONLY, false, STANDING_SHUT},
		{VERDICT_STARTTLS_BROKEN, CLEARTEXT_LOGIN_UNKNOWN, false, STANDING_BROKEN},
		{VERDICT_IMPLICIT_BROKEN, CLEARTEXT_LOGIN_UNKNOWN, false, STANDING_BROKEN},
		{VERDICT_LOGIN_BEFORE_TLS, CLEARTEXT_LOGIN_ADVERTISED, true, STANDING_OPTIONAL},
		{VERDICT_STARTTLS_UNADVERTISED, CLEARTEXT_LOGIN_ADVERTISED, true, STANDING_OPTIONAL},
		{VERDICT_STARTTLS_UNADVERTISED, CLEARTEXT_LOGIN_UNKNOWN, true, STANDING_UNCLEAR},
		{VERDICT_STARTTLS_UNADVERTISED, CLEARTEXT_LOGIN_DENIED, true, STANDING_PROTECTED},
		{VERDICT_STARTTLS_UNADVERTISED, CLEARTEXT_LOGIN_DENIED, false, STANDING_UNCLEAR},
		{VERDICT_LEGACY_TLS_ONLY, CLEARTEXT_LOGIN_ADVERTISED, true, STANDING_OPTIONAL},
		{VERDICT_LEGACY_TLS_ONLY, CLEARTEXT_LOGIN_DENIED, true, STANDING_LEGACY},
		{VERDICT_LEGACY_TLS_ONLY, CLEARTEXT_LOGIN_UNKNOWN, true, STANDING_UNCLEAR},
		{VERDICT_TLS_REQUIRED, CLEARTEXT_LOGIN_DENIED, true, STANDING_PROTECTED},
		{VERDICT_TLS_REQUIRED, CLEARTEXT_LOGIN_DENIED, false, STANDING_UNCLEAR},
		{VERDICT_IMPLICIT_TLS, CLEARTEXT_LOGIN_UNKNOWN, true, STANDING_PROTECTED},
		{VERDICT_TLS_ON_PLAIN_PORT, CLEARTEXT_LOGIN_UNKNOWN, true, STANDING_PROTECTED},
	};
	struct host_service implicit = {.port = 993, .protocol = WIRE_IMAP, .verdict = VERDICT_LEGACY_TLS_ONLY};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct host_service service = {
			.port = 143, .protocol = WIRE_IMAP, .verdict = rows[i].verdict, .cleartext_login = rows[i].login};

		assert_string_equal(standing_name(standing_of_service(&service, rows[i].is_proven)), standing_name(rows[i].standing));
	}
	assert_int_equal(standing_of_service(&implicit, true), STANDING_LEGACY);
}

static void what_was_not_asked_or_not_told_is_not_guessed(void **state)
{
	(void)state;
	for (enum standing other = STANDING_OTHER; other <= STANDING_PROTECTED; other++) {
		assert_int_equal(between(STANDING_UNASKED, other), CHANGE_UNTOLD);
		assert_int_equal(between(other, STANDING_UNASKED), CHANGE_UNTOLD);
		assert_int_equal(between(STANDING_UNTOLD, other), CHANGE_UNTOLD);
		assert_int_equal(between(other, STANDING_UNTOLD), CHANGE_UNTOLD);
	}
	assert_int_equal(between(STANDING_UNTOLD, STANDING_UNTOLD), CHANGE_UNTOLD);
	assert_int_equal(between(STANDING_SILENT, STANDING_UNTOLD), CHANGE_UNTOLD);
	assert_int_equal(between(STANDING_UNTOLD, STANDING_SILENT), CHANGE_UNTOLD);
	assert_int_equal(between(STANDING_UNASKED, STANDING_UNTOLD), CHANGE_UNTOLD);
	assert_int_equal(between(STANDING_UNASKED, STANDING_SILENT), CHANGE_NONE);
	assert_int_equal(between(STANDING_SILENT, STANDING_UNASKED), CHANGE_NONE);
	assert_int_equal(between(STANDING_SILENT, STANDING_SILENT), CHANGE_NONE);
}

static void gone_is_not_fixed(void **state)
{
	(void)state;
	assert_int_equal(between(STANDING_WITHOUT_TLS, STANDING_SILENT), CHANGE_GONE);
	assert_int_equal(between(STANDING_WITHOUT_TLS, STANDING_OTHER), CHANGE_CHANGED);
	assert_int_equal(between(STANDING_WITHOUT_TLS, STANDING_SHUT), CHANGE_CHANGED);
	assert_int_equal(between(STANDING_WITHOUT_TLS, STANDING_BROKEN), CHANGE_CHANGED);
	assert_int_equal(between(STANDING_WITHOUT_TLS, STANDING_OPTIONAL), CHANGE_CHANGED);
	assert_int_equal(between(STANDING_WITHOUT_TLS, STANDING_UNCLEAR), CHANGE_CHANGED);
	assert_int_equal(between(STANDING_WITHOUT_TLS, STANDING_LEGACY), CHANGE_CHANGED);
	assert_int_equal(between(STANDING_WITHOUT_TLS, STANDING_PROTECTED), CHANGE_FIXED);
	assert_int_equal(between(STANDING_SILENT, STANDING_PROTECTED), CHANGE_NEW);
}

static void protection_that_is_lost_is_a_regression(void **state)
{
	(void)state;
	assert_int_equal(between(STANDING_PROTECTED, STANDING_WITHOUT_TLS), CHANGE_REGRESSED);
	assert_int_equal(between(STANDING_PROTECTED, STANDING_OPTIONAL), CHANGE_REGRESSED);
	assert_int_equal(between(STANDING_LEGACY, STANDING_OPTIONAL), CHANGE_REGRESSED);
	assert_int_equal(between(STANDING_SHUT, STANDING_WITHOUT_TLS), CHANGE_REGRESSED);
	assert_int_equal(between(STANDING_OPTIONAL, STANDING_WITHOUT_TLS), CHANGE_REGRESSED);
	assert_int_equal(between(STANDING_UNCLEAR, STANDING_WITHOUT_TLS), CHANGE_REGRESSED);
	/* Whether a password may be sent in clear is not known of one of them. */
	assert_int_equal(between(STANDING_UNCLEAR, STANDING_OPTIONAL), CHANGE_CHANGED);
	assert_int_equal(between(STANDING_PROTECTED, STANDING_UNCLEAR), CHANGE_CHANGED);
	assert_int_equal(between(STANDING_BROKEN, STANDING_WITHOUT_TLS), CHANGE_CHANGED);
	assert_int_equal(between(STANDING_PROTECTED, STANDING_BROKEN), CHANGE_CHANGED);
	assert_int_equal(between(STANDING_OTHER, STANDING_WITHOUT_TLS), CHANGE_CHANGED);
}

static void what_differs_beside_is_a_change(void **state)
{
	struct service_pair pair = {.old = STANDING_PROTECTED, .new = STANDING_PROTECTED, .is_different = true};

	(void)state;
	service_pair_judge(&pair);
	assert_int_equal(pair.change, CHANGE_CHANGED);
	assert_int_equal(between(STANDING_PROTECTED, STANDING_PROTECTED), CHANGE_UNCHANGED);
	pair = (struct service_pair){.old = STANDING_WITHOUT_TLS, .new = STANDING_PROTECTED, .is_different = true};
	service_pair_judge(&pair);
	assert_int_equal(pair.change, CHANGE_FIXED);
}

/* ---- hosts ---- */

/* Each port as {old, new}. */
#define HOST(...) host((const enum standing[][2]){__VA_ARGS__}, sizeof((const enum standing[][2]){__VA_ARGS__}) / sizeof(enum standing[2]))

static enum change host(const enum standing (*ports)[2], size_t count)
{
	struct service_pair pairs[8];

	assert_true(count <= 8);
	for (size_t i = 0; i < count; i++) {
		pairs[i] = (struct service_pair){.old = ports[i][0], .new = ports[i][1]};
		service_pair_judge(&pairs[i]);
	}
	return host_change_judge(pairs, count);
}

#define UNASKED STANDING_UNASKED
#define UNTOLD STANDING_UNTOLD
#define SILENT STANDING_SILENT
#define OTHER STANDING_OTHER
#define WITHOUT STANDING_WITHOUT_TLS
#define OPTIONAL STANDING_OPTIONAL
#define GOOD STANDING_PROTECTED

static void a_host_is_fixed_when_every_bad_port_is(void **state)
{
	(void)state;
	assert_int_equal(HOST({WITHOUT, GOOD}, {WITHOUT, GOOD}), CHANGE_FIXED);
	assert_int_equal(HOST({WITHOUT, GOOD}, {SILENT, GOOD}, {GOOD, GOOD}), CHANGE_FIXED);
	assert_int_equal(HOST({WITHOUT, GOOD}, {WITHOUT, WITHOUT}), CHANGE_CHANGED);
	assert_int_equal(HOST({WITHOUT, GOOD}, {WITHOUT, SILENT}), CHANGE_CHANGED);
	assert_int_equal(HOST({WITHOUT, SILENT}, {GOOD, GOOD}), CHANGE_CHANGED);
	assert_int_equal(HOST({WITHOUT, GOOD}, {WITHOUT, UNTOLD}), CHANGE_UNTOLD);
	assert_int_equal(HOST({WITHOUT, GOOD}, {GOOD, UNTOLD}), CHANGE_UNTOLD);
	assert_int_equal(HOST({WITHOUT, GOOD}, {GOOD, UNASKED}), CHANGE_UNTOLD);
	assert_int_equal(HOST({WITHOUT, GOOD}, {SILENT, OPTIONAL}), CHANGE_CHANGED);
	assert_int_equal(HOST({WITHOUT, OPTIONAL}, {GOOD, GOOD}), CHANGE_CHANGED);
}

static void a_host_is_gone_only_when_all_of_it_was_asked(void **state)
{
	(void)state;
	assert_int_equal(HOST({WITHOUT, SILENT}, {WITHOUT, SILENT}), CHANGE_GONE);
	assert_int_equal(HOST({WITHOUT, SILENT}, {WITHOUT, UNASKED}), CHANGE_UNTOLD);
	assert_int_equal(HOST({WITHOUT, UNASKED}), CHANGE_UNTOLD);
	assert_int_equal(HOST({WITHOUT, SILENT}, {SILENT, UNASKED}), CHANGE_GONE);
	assert_int_equal(HOST({UNTOLD, SILENT}), CHANGE_UNTOLD);
	assert_int_equal(HOST({SILENT, SILENT}, {SILENT, UNASKED}), CHANGE_NONE);
}

static void a_host_is_new_only_when_all_of_it_was_asked(void **state)
{
	(void)state;
	assert_int_equal(HOST({SILENT, WITHOUT}, {SILENT, GOOD}), CHANGE_NEW);
	assert_int_equal(HOST({SILENT, WITHOUT}, {UNASKED, GOOD}), CHANGE_UNTOLD);
	assert_int_equal(HOST({UNASKED, WITHOUT}), CHANGE_UNTOLD);
	assert_int_equal(HOST({SILENT, UNTOLD}), CHANGE_UNTOLD);
	assert_int_equal(HOST({SILENT, UNTOLD}, {SILENT, WITHOUT}), CHANGE_NEW);
}

static void a_host_is_worse_when_it_was_good_as_a_whole(void **state)
{
	(void)state;
	assert_int_equal(HOST({GOOD, WITHOUT}, {GOOD, GOOD}), CHANGE_REGRESSED);
	assert_int_equal(HOST({GOOD, OPTIONAL}, {GOOD, GOOD}), CHANGE_REGRESSED);
	assert_int_equal(HOST({OPTIONAL, WITHOUT}, {GOOD, GOOD}), CHANGE_REGRESSED);
	assert_int_equal(HOST({SILENT, WITHOUT}, {GOOD, GOOD}), CHANGE_REGRESSED);
	assert_int_equal(HOST({SILENT, WITHOUT}, {UNTOLD, GOOD}), CHANGE_UNTOLD);
	assert_int_equal(HOST({UNTOLD, WITHOUT}, {GOOD, GOOD}), CHANGE_UNTOLD);
	assert_int_equal(HOST({SILENT, WITHOUT}, {OTHER, OTHER}), CHANGE_CHANGED);
	assert_int_equal(HOST({WITHOUT, WITHOUT}, {GOOD, WITHOUT}), CHANGE_CHANGED);
	assert_int_equal(HOST({OPTIONAL, OPTIONAL}, {GOOD, OPTIONAL}), CHANGE_CHANGED);
}

static void nothing_happened_only_when_all_ports_say_so(void **state)
{
	(void)state;
	assert_int_equal(HOST({GOOD, GOOD}, {SILENT, SILENT}), CHANGE_UNCHANGED);
	assert_int_equal(HOST({GOOD, GOOD}, {UNTOLD, UNTOLD}), CHANGE_UNTOLD);
	assert_int_equal(HOST({GOOD, GOOD}, {GOOD, SILENT}), CHANGE_CHANGED);
	assert_int_equal(HOST({UNTOLD, UNTOLD}), CHANGE_UNTOLD);
	assert_int_equal(host_change_judge(NULL, 0), CHANGE_NONE);
}

static void words_are_read_back(void **state)
{
	(void)state;
	for (unsigned change = CHANGE_UNCHANGED; change < CHANGE_COUNT; change++) {
		enum change read = CHANGE_NONE;

		assert_true(change_parse(span_from_text(change_name((enum change)change)), &read));
		assert_int_equal(read, change);
	}
	assert_false(change_parse(span_from_text("none"), &(enum change){CHANGE_NONE}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_verdict_has_its_standing),
		cmocka_unit_test(what_was_not_asked_or_not_told_is_not_guessed),
		cmocka_unit_test(gone_is_not_fixed),
		cmocka_unit_test(protection_that_is_lost_is_a_regression),
		cmocka_unit_test(what_differs_beside_is_a_change),
		cmocka_unit_test(a_host_is_fixed_when_every_bad_port_is),
		cmocka_unit_test(a_host_is_gone_only_when_all_of_it_was_asked),
		cmocka_unit_test(a_host_is_new_only_when_all_of_it_was_asked),
		cmocka_unit_test(a_host_is_worse_when_it_was_good_as_a_whole),
		cmocka_unit_test(nothing_happened_only_when_all_ports_say_so),
		cmocka_unit_test(words_are_read_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
