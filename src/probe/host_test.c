/* SPDX-License-Identifier: ISC */
/* The turns of one host: gaps and budget of the address, ports that do not hold each other up, one retry of a connect that timed out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/host.h"

static struct instant at(int64_t ms)
{
	return (struct instant){.ns = INT64_C(1000000000000) + ms * 1000000};
}

static struct host *make_host(size_t port_count, uint64_t order)
{
	static const uint16_t PORTS[] = {110, 143, 993, 995};
	struct probe_assignment assignment = {
		.number = 7, .host = {.address = {.family = IP_FAMILY_4, .bytes = {192, 0, 2, 1}}, .ports = {.count = port_count}}};

	for (size_t i = 0; i < port_count; i++)
		assignment.host.ports.ports[i] = PORTS[i];
	return host_new(&assignment, order);
}

static struct observation ended(enum ending ending)
{
	struct observation observation;

	observation_init(&observation);
	observation.ending = ending;
	return observation;
}

static struct host_turn turn_at(struct host *host, const struct probe_policy *policy, int64_t ms)
{
	struct host_turn turn;

	host_next_turn(host, policy, at(ms), &turn);
	return turn;
}

/* One conversation that begins and ends at a moment. */
static void converse(struct host *host, const struct probe_policy *policy, struct host_port *port, enum ending ending, int64_t ms)
{
	struct observation observation = ended(ending);

	host_note_contact(host, at(ms), policy);
	(void)host_note_end(host, port, &observation, at(ms), policy);
}

static void ports_take_turns_with_a_gap_between_them(void **state)
{
	struct probe_policy policy;
	struct host *host = make_host(2, 1);
	struct host_turn turn;
	struct host_port *first;

	(void)state;
	probe_policy_init(&policy);
	turn = turn_at(host, &policy, 0);
	assert_int_equal(turn.kind, HOST_CONNECTS);
	first = turn.port;
	converse(host, &policy, first, ENDING_CONNECT_REFUSED, 0);
	turn = turn_at(host, &policy, 0);
	assert_int_equal(turn.kind, HOST_DECIDES);
	assert_ptr_equal(turn.port, first);
	host_decide(first);
	turn = turn_at(host, &policy, 1999);
	assert_int_equal(turn.kind, HOST_WAITS);
	assert_int_equal(turn.until.ns, at(2000).ns);
	turn = turn_at(host, &policy, 2000);
	assert_int_equal(turn.kind, HOST_CONNECTS);
	assert_ptr_not_equal(turn.port, first);
	host_decide(turn.port);
	assert_int_equal(turn_at(host, &policy, 2000).kind, HOST_IS_DONE);
	host_free(host);
}

static void a_port_in_a_later_pass_does_not_hold_up_the_others(void **state)
{
	struct probe_policy policy;
	struct host *host = make_host(2, 1);
	struct host_port *silent, *other;
	struct host_turn turn;

	(void)state;
	probe_policy_init(&policy);
	silent = turn_at(host, &policy, 0).port;
	converse(host, &policy, silent, ENDING_SILENT, 0);
	turn = turn_at(host, &policy, 2000);
	other = turn.port;
	assert_int_equal(turn.kind, HOST_CONNECTS);
	assert_ptr_not_equal(other, silent);
	host_decide(other);
	turn = turn_at(host, &policy, 2000);
	assert_int_equal(turn.kind, HOST_WAITS);
	assert_ptr_equal(turn.port, silent);
	assert_int_equal(turn.until.ns, at(policy.slow_after_ms).ns);
	turn = turn_at(host, &policy, policy.slow_after_ms);
	assert_int_equal(turn.kind, HOST_CONNECTS);
	assert_true(turn.step.session.is_slow);
	host_free(host);
}

static void the_budget_of_the_address_counts_all_ports(void **state)
{
	struct probe_policy policy;
	struct host *host = make_host(4, 1);
	struct host_turn turn;

	(void)state;
	probe_policy_init(&policy);
	policy.per_address = 2;
	for (int64_t i = 0; i < 2; i++) {
		turn = turn_at(host, &policy, i * 5000);
		assert_int_equal(turn.kind, HOST_CONNECTS);
		converse(host, &policy, turn.port, ENDING_CONNECT_REFUSED, i * 5000);
		host_decide(turn.port);
	}
	turn = turn_at(host, &policy, 10000);
	assert_int_equal(turn.kind, HOST_WAITS);
	assert_int_equal(turn.until.ns, at(policy.window_ms).ns);
	host_free(host);
}

static void a_connect_that_timed_out_is_tried_once_more_and_then_believed(void **state)
{
	struct probe_policy policy;
	struct host *host = make_host(1, 1);
	struct host_port *port = &host->ports[0];
	struct observation observation = ended(ENDING_CONNECT_TIMED_OUT);
	struct host_turn turn;

	(void)state;
	probe_policy_init(&policy);
	policy.connect_retry_ms = 3000;
	assert_false(host_note_end(host, port, &observation, at(0), &policy));
	turn = turn_at(host, &policy, 2500);
	assert_int_equal(turn.kind, HOST_WAITS);
	assert_int_equal(turn.until.ns, at(3000).ns);
	assert_int_equal(turn_at(host, &policy, 3000).kind, HOST_CONNECTS);
	observation = ended(ENDING_CONNECT_TIMED_OUT);
	assert_true(host_note_end(host, port, &observation, at(8000), &policy));
	turn = turn_at(host, &policy, 8000);
	assert_int_equal(turn.kind, HOST_DECIDES);
	assert_int_equal(port->count, 1);
	assert_int_equal(port->observations[0].ending, ENDING_CONNECT_TIMED_OUT);
	host_free(host);
}

static void one_unanswered_attempt_is_enough_by_default(void **state)
{
	struct probe_policy policy;
	struct host *host = make_host(1, 1);
	struct observation observation = ended(ENDING_CONNECT_TIMED_OUT);

	(void)state;
	probe_policy_init(&policy);
	assert_true(host_note_end(host, &host->ports[0], &observation, at(0), &policy));
	assert_int_equal(turn_at(host, &policy, 0).kind, HOST_DECIDES);
	host_free(host);
}

static void without_waiting_a_spent_budget_decides_what_was_asked_before_but_still_asks_first_questions(void **state)
{
	struct probe_policy policy;
	struct host *host = make_host(2, 1);
	struct observation observation = ended(ENDING_CONNECT_TIMED_OUT);
	struct host_turn turn;
	struct host_port *tried;

	(void)state;
	probe_policy_init(&policy);
	policy.connect_retry_ms = 2000;
	policy.per_address = 1;
	policy.waits = false;
	tried = turn_at(host, &policy, 0).port;
	host_note_contact(host, at(0), &policy);
	assert_false(host_note_end(host, tried, &observation, at(5000), &policy));
	turn = turn_at(host, &policy, 7000);
	assert_int_equal(turn.kind, HOST_DECIDES);
	assert_ptr_equal(turn.port, tried);
	assert_int_equal(tried->observations[0].ending, ENDING_CONNECT_TIMED_OUT);
	host_decide(tried);
	turn = turn_at(host, &policy, 7000);
	assert_int_equal(turn.kind, HOST_WAITS);
	assert_int_equal(turn.until.ns, at(policy.window_ms).ns);
	host_free(host);
}

/* Asks every port of a mute host until only the canary is left; returns its turn. */
static struct host_turn until_canary(struct host *host, const struct probe_policy *policy, int64_t *ms)
{
	for (;;) {
		struct host_turn turn = turn_at(host, policy, *ms);

		if (turn.kind == HOST_WAITS) {
			*ms = (turn.until.ns - at(0).ns) / 1000000;
			continue;
		}
		assert_int_equal(turn.kind, HOST_CONNECTS);
		if (turn.step.session.is_canary)
			return turn;
		converse(host, policy, turn.port, turn.step.session.is_slow ? ENDING_SILENT : ENDING_CLOSED_SILENT, *ms);
	}
}

static void a_mute_host_is_asked_one_port_more_before_its_ports_are_decided(void **state)
{
	struct probe_policy policy;
	struct host *host = make_host(4, 99);
	struct host_turn turn;
	int64_t ms = 0;

	(void)state;
	probe_policy_init(&policy);
	policy.confirm_after_ms = policy.slow_after_ms = 1000;
	turn = until_canary(host, &policy, &ms);
	assert_in_range(turn.port->port, 40000, 60000);
	assert_int_equal(turn.step.session.tls, SESSION_TLS_NONE);
	assert_ptr_equal(host_find_port(host, turn.port->port), turn.port);
	converse(host, &policy, turn.port, ENDING_SILENT, ms);
	for (unsigned i = 0; i < 5; i++) {
		turn = turn_at(host, &policy, ms);
		assert_int_equal(turn.kind, HOST_DECIDES);
		assert_int_equal((turn.port->observations[0].flags & OBSERVED_CANARY) != 0, i == 0);
		host_decide(turn.port);
	}
	assert_int_equal(turn_at(host, &policy, ms).kind, HOST_IS_DONE);
	host_free(host);
}

/* Whatever of these happens at one port, no port more is asked. */
static void who_says_or_refuses_anything_is_asked_no_port_more(void **state)
{
	static const enum ending endings[] = {ENDING_CONNECT_REFUSED, ENDING_CONNECT_TIMED_OUT, ENDING_COMPLETE,
	                                      ENDING_DENIED,          ENDING_WRONG_PROTOCOL,    ENDING_LOCAL_FAILURE};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(endings); i++) {
		for (unsigned odd = 0; odd < 3; odd++) {
			struct probe_policy policy;
			struct host *host = make_host(3, i + odd);
			unsigned decided = 0;

			probe_policy_init(&policy);
			for (int64_t ms = 0; decided < 3; ms += 1000) {
				struct host_turn turn = turn_at(host, &policy, ms);

				assert_int_not_equal(turn.kind, HOST_IS_DONE);
				if (turn.kind == HOST_CONNECTS) {
					assert_false(turn.step.session.is_canary);
					converse(host, &policy, turn.port, turn.port == &host->ports[odd] ? endings[i] : ENDING_SILENT, ms);
				} else if (turn.kind == HOST_DECIDES) {
					host_decide(turn.port);
					decided++;
				}
			}
			assert_int_equal(turn_at(host, &policy, 100000000).kind, HOST_IS_DONE);
			host_free(host);
		}
	}
}

static void the_canary_keeps_to_the_budget_and_can_be_left_out(void **state)
{
	struct probe_policy policy;
	struct host *host = make_host(2, 3);
	int64_t ms = 0;

	(void)state;
	probe_policy_init(&policy);
	policy.per_address = 2;
	policy.slow_after_ms = 1000;
	policy.confirm_after_ms = 1000;
	(void)until_canary(host, &policy, &ms);
	assert_true(instant_ms_between(host->budget.contacts[0], at(ms)) >= policy.window_ms);
	host_free(host);

	host = make_host(1, 3);
	policy.canary = policy.waits = false;
	policy.slow_after_ms = 600000;
	converse(host, &policy, &host->ports[0], ENDING_SILENT, 0);
	assert_int_equal(turn_at(host, &policy, 5000).kind, HOST_DECIDES);
	host_free(host);
}

static void a_host_that_was_asked_before_can_be_asked_its_canary_alone(void **state)
{
	struct probe_assignment assignment = {
		.number = 7,
		.host = {.address = {.family = IP_FAMILY_4, .bytes = {192, 0, 2, 1}}, .ports = {.count = 1, .ports = {143}}},
		.asks_canary_alone = true};
	struct host *host = host_new(&assignment, 3);
	struct probe_policy policy;
	struct host_turn turn;

	(void)state;
	probe_policy_init(&policy);
	policy.per_address = 1;
	host_note_contact(host, at(0), &policy); /* of the earlier visit */
	turn = turn_at(host, &policy, 5000);
	assert_int_equal(turn.kind, HOST_WAITS);
	assert_int_equal(turn.until.ns, at(policy.window_ms).ns);
	turn = turn_at(host, &policy, policy.window_ms);
	assert_int_equal(turn.kind, HOST_CONNECTS);
	assert_true(turn.step.session.is_canary && turn.port->port >= 40000 && turn.port->port <= 60000);
	converse(host, &policy, turn.port, ENDING_CONNECT_REFUSED, policy.window_ms);
	turn = turn_at(host, &policy, policy.window_ms);
	assert_int_equal(turn.kind, HOST_DECIDES);
	assert_true((turn.port->observations[0].flags & OBSERVED_CANARY) != 0);
	host_decide(turn.port);
	assert_int_equal(turn_at(host, &policy, policy.window_ms).kind, HOST_IS_DONE);
	host_free(host);

	host = host_new(&assignment, 3);
	policy.waits = false;
	host_note_contact(host, at(0), &policy);
	assert_int_equal(turn_at(host, &policy, 5000).kind, HOST_IS_DONE);
	host_free(host);
}

static void each_order_of_ports_occurs(void **state)
{
	unsigned first[4] = {0};

	(void)state;
	for (uint64_t order = 0; order < 400; order++) {
		struct host *host = make_host(4, order * UINT64_C(0x2545f4914f6cdd1d));
		unsigned seen = 0;

		for (size_t i = 0; i < 4; i++) {
			struct host_port *port = host_find_port(host, (uint16_t[]){110, 143, 993, 995}[i]);

			assert_non_null(port);
			seen |= 1U << (port - host->ports);
			first[i] += port == &host->ports[0] ? 1 : 0;
		}
		assert_int_equal(seen, 0xf);
		host_free(host);
	}
	for (size_t i = 0; i < 4; i++)
		assert_in_range(first[i], 60, 140);
}

static void what_an_earlier_run_saw_is_copied_and_goes_on_from_there(void **state)
{
	struct probe_policy policy;
	struct host *host = make_host(1, 1);
	struct observation observation = ended(ENDING_SILENT);
	struct host_turn turn;

	(void)state;
	probe_policy_init(&policy);
	buffer_append_text(&observation.greeting, "kept");
	host_remember(host, &host->ports[0], &observation, 3, at(-1000), &policy);
	observation_done(&observation);
	assert_true(span_equals_text(buffer_view(&host->ports[0].observations[0].greeting), "kept"));
	assert_int_equal(host->ports[0].last_attempt, 3);
	turn = turn_at(host, &policy, 0);
	assert_int_equal(turn.kind, HOST_WAITS);
	assert_int_equal(turn.until.ns, at((int64_t)policy.slow_after_ms - 1000).ns);
	host_free(host);
}

static void a_budget_keeps_the_latest_contacts_in_whatever_order_they_are_told(void **state)
{
	static const int64_t times[] = {50, 10, 40, 20, 30};
	struct contact_budget budget = {0};

	(void)state;
	assert_true(contact_budget_next(&budget, 3, 1000).ns < at(-1000000).ns);
	for (size_t i = 0; i < ARRAY_LENGTH(times); i++)
		contact_budget_add(&budget, at(times[i]), 3);
	assert_int_equal(budget.count, 3);
	assert_int_equal(contact_budget_next(&budget, 3, 1000).ns, at(1030).ns);
	contact_budget_done(&budget);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_unanswered_attempt_is_enough_by_default),
		cmocka_unit_test(ports_take_turns_with_a_gap_between_them),
		cmocka_unit_test(a_port_in_a_later_pass_does_not_hold_up_the_others),
		cmocka_unit_test(the_budget_of_the_address_counts_all_ports),
		cmocka_unit_test(a_connect_that_timed_out_is_tried_once_more_and_then_believed),
		cmocka_unit_test(without_waiting_a_spent_budget_decides_what_was_asked_before_but_still_asks_first_questions),
		cmocka_unit_test(a_mute_host_is_asked_one_port_more_before_its_ports_are_decided),
		cmocka_unit_test(who_says_or_refuses_anything_is_asked_no_port_more),
		cmocka_unit_test(the_canary_keeps_to_the_budget_and_can_be_left_out),
		cmocka_unit_test(a_host_that_was_asked_before_can_be_asked_its_canary_alone),
		cmocka_unit_test(each_order_of_ports_occurs),
		cmocka_unit_test(what_an_earlier_run_saw_is_copied_and_goes_on_from_there),
		cmocka_unit_test(a_budget_keeps_the_latest_contacts_in_whatever_order_they_are_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
