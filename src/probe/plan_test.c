/* SPDX-License-Identifier: ISC */
/* Which conversation follows which: never more than needed, never a guess from one bad moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/plan.h"

static struct probe_policy policy_of_a_census(void)
{
	return (struct probe_policy){.gap_ms = 2000,
	                             .slow_after_ms = 600000,
	                             .busy_after_ms = 3600000,
	                             .busy_retries = 2,
	                             .confirm_after_ms = 60000,
	                             .waits = true,
	                             .sessions = PROBE_SESSIONS_AUTO};
}

static struct observation failed_upgrade(enum tls_hello hello, enum tls_outcome outcome)
{
	return (struct observation){
		.protocol = WIRE_IMAP, .ending = ENDING_TLS_FAILED, .upgrade = UPGRADE_AGREED, .tls = {.hello = hello, .outcome = outcome}};
}

static void a_plain_port_begins_with_a_dialogue_and_h1(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct plan_step step;

	(void)state;
	assert_true(plan_next_step(110, NULL, 0, &policy, &step));
	assert_int_equal(step.session.expected, WIRE_POP3);
	assert_int_equal(step.session.tls, SESSION_TLS_UPGRADE);
	assert_int_equal(step.hello, TLS_HELLO_H1);
	assert_true(step.session.may_bare_auth);
}

static void an_implicit_port_begins_with_a_real_handshake(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct plan_step step;

	(void)state;
	assert_true(plan_next_step(993, NULL, 0, &policy, &step));
	assert_int_equal(step.session.tls, SESSION_TLS_FIRST);
	assert_int_equal(step.hello, TLS_HELLO_SESSION);
	policy.sessions = PROBE_SESSIONS_NEVER;
	assert_true(plan_next_step(993, NULL, 0, &policy, &step));
	assert_int_equal(step.hello, TLS_HELLO_H1);
}

static void one_good_conversation_is_enough(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct observation observation = {.protocol = WIRE_IMAP,
	                                  .ending = ENDING_TLS_OBSERVED,
	                                  .upgrade = UPGRADE_AGREED,
	                                  .tls = {.hello = TLS_HELLO_H1, .outcome = TLS_PROVEN, .version = 0x0303}};
	struct plan_step step;

	(void)state;
	assert_false(plan_next_step(143, &observation, 1, &policy, &step));
	observation = (struct observation){.protocol = WIRE_POP3, .ending = ENDING_COMPLETE, .upgrade = UPGRADE_REFUSED};
	assert_false(plan_next_step(110, &observation, 1, &policy, &step));
	observation = (struct observation){.ending = ENDING_CONNECT_REFUSED};
	assert_false(plan_next_step(110, &observation, 1, &policy, &step));
}

static void a_failed_upgrade_is_tried_three_times_the_last_after_a_pause(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct observation seen[3] = {failed_upgrade(TLS_HELLO_H1, TLS_CLOSED), failed_upgrade(TLS_HELLO_SESSION, TLS_CLOSED),
	                              failed_upgrade(TLS_HELLO_H5, TLS_CLOSED)};
	struct plan_step step;

	(void)state;
	assert_true(plan_next_step(143, seen, 1, &policy, &step));
	assert_int_equal(step.hello, TLS_HELLO_SESSION);
	assert_int_equal(step.delay_ms, 2000);
	assert_true(plan_next_step(143, seen, 2, &policy, &step));
	assert_int_equal(step.hello, TLS_HELLO_H5);
	assert_int_equal(step.delay_ms, 60000);
	assert_false(plan_next_step(143, seen, 3, &policy, &step));
	policy.waits = false;
	assert_false(plan_next_step(143, seen, 2, &policy, &step));
}

static void an_alert_about_suites_asks_for_obsolete_suites(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct observation seen[2] = {failed_upgrade(TLS_HELLO_H1, TLS_ALERT), failed_upgrade(TLS_HELLO_SESSION, TLS_ALERT)};
	struct plan_step step;

	(void)state;
	seen[1].tls.alert_description = 40;
	assert_true(plan_next_step(110, seen, 2, &policy, &step));
	assert_int_equal(step.hello, TLS_HELLO_H6);
}

static void silence_leads_to_the_slow_pass_and_then_to_a_hello(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct observation seen[3] = {{.ending = ENDING_SILENT},
	                              {.ending = ENDING_SILENT, .flags = OBSERVED_SLOW_PASS},
	                              {.ending = ENDING_TLS_FAILED, .tls = {.hello = TLS_HELLO_H1, .outcome = TLS_SILENT}}};
	struct plan_step step;

	(void)state;
	assert_true(plan_next_step(143, seen, 1, &policy, &step));
	assert_true(step.session.is_slow);
	assert_int_equal(step.delay_ms, 600000);
	assert_int_equal(step.session.tls, SESSION_TLS_UPGRADE);
	assert_true(plan_next_step(143, seen, 2, &policy, &step));
	assert_int_equal(step.session.tls, SESSION_TLS_FIRST);
	assert_int_equal(step.hello, TLS_HELLO_H1);
	assert_false(plan_next_step(143, seen, 3, &policy, &step));
}

static void tls_found_on_a_plain_port_is_looked_into_once(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct observation seen[2] = {
		{.ending = ENDING_TLS_OBSERVED, .tls = {.hello = TLS_HELLO_H1, .outcome = TLS_PROVEN}},
		{.ending = ENDING_COMPLETE, .protocol = WIRE_POP3, .tls = {.hello = TLS_HELLO_SESSION, .outcome = TLS_PROVEN}}};
	struct plan_step step;

	(void)state;
	assert_true(plan_next_step(110, seen, 1, &policy, &step));
	assert_int_equal(step.session.tls, SESSION_TLS_FIRST);
	assert_int_equal(step.hello, TLS_HELLO_SESSION);
	assert_false(plan_next_step(110, seen, 2, &policy, &step));
}

static void text_on_a_tls_port_is_asked_in_clear(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct observation seen[2] = {
		{.protocol = WIRE_IMAP, .ending = ENDING_TLS_FAILED, .tls = {.hello = TLS_HELLO_SESSION, .outcome = TLS_GARBAGE}},
		{.protocol = WIRE_IMAP, .ending = ENDING_COMPLETE, .upgrade = UPGRADE_REFUSED}};
	struct plan_step step;

	(void)state;
	assert_true(plan_next_step(993, seen, 1, &policy, &step));
	assert_int_equal(step.session.tls, SESSION_TLS_UPGRADE);
	assert_int_equal(step.hello, TLS_HELLO_H1);
	assert_false(plan_next_step(993, seen, 2, &policy, &step));
	seen[0].protocol = WIRE_SSH;
	assert_false(plan_next_step(993, seen, 1, &policy, &step));
}

static void busy_services_are_asked_again_twice(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct observation seen[3] = {{.protocol = WIRE_IMAP, .ending = ENDING_BUSY},
	                              {.protocol = WIRE_IMAP, .ending = ENDING_BUSY},
	                              {.protocol = WIRE_IMAP, .ending = ENDING_BUSY}};
	struct plan_step step;

	(void)state;
	assert_true(plan_next_step(143, seen, 1, &policy, &step));
	assert_int_equal(step.delay_ms, 3600000);
	assert_true(plan_next_step(143, seen, 2, &policy, &step));
	assert_false(plan_next_step(143, seen, 3, &policy, &step));
}

static void a_reset_at_the_bare_auth_is_repeated_without_it(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct observation seen = {.protocol = WIRE_POP3, .ending = ENDING_RESET, .bare_auth = BARE_AUTH_UNANSWERED};
	struct plan_step step;

	(void)state;
	assert_true(plan_next_step(110, &seen, 1, &policy, &step));
	assert_false(step.session.may_bare_auth);
	assert_int_equal(step.delay_ms, 2000);
}

static void no_history_leads_to_endless_connections(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct observation seen[6];
	struct plan_step step;

	(void)state;
	policy.busy_retries = 1000;
	for (size_t i = 0; i < 6; i++)
		seen[i] = (struct observation){.protocol = WIRE_IMAP, .ending = ENDING_BUSY};
	assert_false(plan_next_step(143, seen, 6, &policy, &step));
}

static void a_flight_without_end_is_not_asked_for_again(void **state)
{
	struct probe_policy policy = policy_of_a_census();
	struct observation upgrade = failed_upgrade(TLS_HELLO_H1, TLS_TOO_MUCH_DATA);
	struct observation first = {.ending = ENDING_TLS_FAILED, .tls = {.hello = TLS_HELLO_SESSION, .outcome = TLS_TOO_MUCH_DATA}};
	struct plan_step step;

	(void)state;
	assert_false(plan_next_step(143, &upgrade, 1, &policy, &step));
	assert_false(plan_next_step(993, &first, 1, &policy, &step));
}

static void refusals_and_other_protocols_end_it(void **state)
{
	static const enum ending last_words[] = {ENDING_DENIED, ENDING_PREAUTH, ENDING_WRONG_PROTOCOL, ENDING_TOO_MUCH_DATA,
	                                         ENDING_LOCAL_FAILURE};
	struct probe_policy policy = policy_of_a_census();
	struct plan_step step;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(last_words); i++) {
		struct observation seen = {.ending = last_words[i]};

		assert_false(plan_next_step(143, &seen, 1, &policy, &step));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_port_begins_with_a_dialogue_and_h1),
		cmocka_unit_test(an_implicit_port_begins_with_a_real_handshake),
		cmocka_unit_test(one_good_conversation_is_enough),
		cmocka_unit_test(a_failed_upgrade_is_tried_three_times_the_last_after_a_pause),
		cmocka_unit_test(an_alert_about_suites_asks_for_obsolete_suites),
		cmocka_unit_test(silence_leads_to_the_slow_pass_and_then_to_a_hello),
		cmocka_unit_test(tls_found_on_a_plain_port_is_looked_into_once),
		cmocka_unit_test(text_on_a_tls_port_is_asked_in_clear),
		cmocka_unit_test(busy_services_are_asked_again_twice),
		cmocka_unit_test(a_reset_at_the_bare_auth_is_repeated_without_it),
		cmocka_unit_test(no_history_leads_to_endless_connections),
		cmocka_unit_test(a_flight_without_end_is_not_asked_for_again),
		cmocka_unit_test(refusals_and_other_protocols_end_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
