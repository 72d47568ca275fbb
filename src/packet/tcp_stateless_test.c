/* SPDX-License-Identifier: ISC */
/* Only what acknowledges our SYN opens; what strangers say is reset, and resets are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "packet/tcp_client.h"

enum { OWN = 77, HOST = 5000 };

static void a_syn_ack_that_proves_nothing_is_no_opening(void **state)
{
	struct tcp_segment answer = {.sequence = HOST, .acknowledgement = OWN + 1, .flags = TCP_SYN | TCP_ACK, .mss = 1400};
	struct tcp_opening opening;

	(void)state;
	assert_true(tcp_opening_from(&answer, OWN, &opening));
	assert_int_equal(opening.host_sequence, HOST);
	assert_int_equal(opening.mss, 1400);
	assert_false(tcp_opening_from(&answer, OWN + 1, &opening));
	answer.flags = TCP_ACK;
	assert_false(tcp_opening_from(&answer, OWN, &opening));
	answer.flags = TCP_SYN | TCP_ACK | TCP_RST;
	assert_false(tcp_opening_from(&answer, OWN, &opening));
}

static void rfc9293_3_10_7_1_the_reset_for_strangers(void **state)
{
	struct tcp_segment stray = {.source_port = 143,
	                            .destination_port = 4000,
	                            .sequence = 100,
	                            .acknowledgement = 700,
	                            .flags = TCP_ACK},
			   reset;

	(void)state;
	assert_true(tcp_reset_for(&stray, &reset));
	assert_int_equal(reset.flags, TCP_RST);
	assert_int_equal(reset.sequence, 700);
	assert_int_equal(reset.source_port, 4000);
	assert_int_equal(reset.destination_port, 143);
	stray.flags = TCP_SYN | TCP_FIN;
	stray.payload = span_from_text("abc");
	assert_true(tcp_reset_for(&stray, &reset));
	assert_int_equal(reset.flags, TCP_RST | TCP_ACK);
	assert_int_equal(reset.sequence, 0);
	assert_int_equal(reset.acknowledgement, 105);
	stray.flags = TCP_RST | TCP_ACK;
	assert_false(tcp_reset_for(&stray, &reset));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_ack_that_proves_nothing_is_no_opening),
		cmocka_unit_test(rfc9293_3_10_7_1_the_reset_for_strangers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
