/* SPDX-License-Identifier: ISC */
/* Each rule of TCP that the client follows, by its place in the RFCs, one segment at a time; and hosts that mean no good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "packet/tcp_client.h"

enum { KEPT_MAX = 64, HEARD_MAX = 256 * 1024 };

/* Our numbers and the host's wrap soon. */
static const uint32_t OWN = 0xfffffff0, HOST = 0xffffff00;

/* A client with all that it emitted and told. */
struct bench {
	struct tcp_client client;
	struct instant now;
	struct tcp_segment segments[KEPT_MAX]; /* payload is a copy */
	unsigned char payloads[KEPT_MAX][TCP_CLIENT_MTU_MAX];
	unsigned count;
	unsigned char heard[HEARD_MAX];
	size_t heard_size;
	unsigned opens, ends, refusals, resets, timeouts;
	const char *answer; /* said when something is heard */
	bool closes_when_heard, aborts_when_heard, closes_at_end;
};

static struct bench bench;

static void on_emit(void *context, struct tcp_segment *segment)
{
	(void)context;
	assert_true(bench.count < KEPT_MAX);
	bench.segments[bench.count] = *segment;
	assert_true(segment->payload.size <= TCP_CLIENT_MTU_MAX);
	if (segment->payload.size > 0)
		memcpy(bench.payloads[bench.count], segment->payload.data, segment->payload.size);
	bench.segments[bench.count].payload.data = bench.payloads[bench.count];
	bench.count++;
}

static void on_open(void *context)
{
	(void)context;
	bench.opens++;
}

static void on_bytes(void *context, struct span bytes)
{
	(void)context;
	assert_true(bytes.size > 0 && bench.heard_size + bytes.size <= HEARD_MAX);
	memcpy(bench.heard + bench.heard_size, bytes.data, bytes.size);
	bench.heard_size += bytes.size;
	if (bench.answer != NULL)
		assert_true(tcp_client_send(&bench.client, span_from_text(bench.answer), bench.now));
	if (bench.closes_when_heard)
		tcp_client_close(&bench.client, bench.now);
	if (bench.aborts_when_heard)
		tcp_client_abort(&bench.client, bench.now);
	assert_int_equal(bytes.data[0], bench.heard[bench.heard_size - bytes.size]); /* still there */
}

static void on_end(void *context)
{
	(void)context;
	bench.ends++;
	if (bench.closes_at_end)
		tcp_client_close(&bench.client, bench.now);
}

static void on_refused(void *context)
{
	(void)context;
	bench.refusals++;
}

static void on_reset(void *context)
{
	(void)context;
	bench.resets++;
}

static void on_timeout(void *context)
{
	(void)context;
	bench.timeouts++;
}

static const struct tcp_client_handler HANDLER = {
	.emit = on_emit,
	.on_open = on_open,
	.on_bytes = on_bytes,
	.on_end = on_end,
	.on_refused = on_refused,
	.on_reset = on_reset,
	.on_timeout = on_timeout,
};

static void pass(int64_t ms)
{
	bench.now = instant_after_ms(bench.now, ms);
}

/* To the moment when something is due, and does it. Returns how long that was. */
static int64_t wait_until_due(void)
{
	int64_t ms;

	assert_true(bench.client.due.ns < INT64_MAX);
	ms = instant_ms_between(bench.now, bench.client.due);
	bench.now = bench.client.due;
	tcp_client_due(&bench.client, bench.now);
	return ms;
}

static struct tcp_segment *last(void)
{
	assert_true(bench.count > 0);
	return &bench.segments[bench.count - 1];
}

/* Exactly one segment has left since; forgets it. */
static struct tcp_segment only(void)
{
	assert_int_equal(bench.count, 1);
	bench.count = 0;
	return bench.segments[0];
}

static void none(void)
{
	assert_int_equal(bench.count, 0);
}

/* A segment of the host: sequence is relative to its first byte, acknowledgement to our first byte. */
static void comes_with(struct tcp_segment segment, uint32_t sequence, uint32_t acknowledgement, uint8_t flags, const char *text)
{
	segment.sequence = HOST + 1 + sequence;
	segment.acknowledgement = OWN + 1 + acknowledgement;
	segment.flags = flags;
	segment.payload = span_from_text(text);
	if (segment.window == 0)
		segment.window = 10000;
	tcp_client_input(&bench.client, &segment, bench.now);
}

static void comes(uint32_t sequence, uint32_t acknowledgement, uint8_t flags, const char *text)
{
	comes_with((struct tcp_segment){0}, sequence, acknowledgement, flags, text);
}

static void comes_with_window(uint32_t sequence, uint32_t acknowledgement, uint16_t window)
{
	struct tcp_segment segment = {
		.sequence = HOST + 1 + sequence, .acknowledgement = OWN + 1 + acknowledgement, .flags = TCP_ACK, .window = window};

	tcp_client_input(&bench.client, &segment, bench.now);
}

static struct tcp_segment syn_ack(void)
{
	return (struct tcp_segment){.sequence = HOST, .acknowledgement = OWN + 1, .flags = TCP_SYN | TCP_ACK, .window = 10000, .mss = 1460};
}

static int forget(void **state)
{
	(void)state;
	tcp_client_done(&bench.client);
	return 0;
}

static void begin(void)
{
	memset(&bench, 0, sizeof(bench));
	bench.now.ns = INT64_C(77000000000);
	tcp_client_begin(&bench.client, &HANDLER, &bench, OWN, 1500, IP_FAMILY_4, bench.now);
}

static void adopt(struct tcp_segment answer)
{
	struct tcp_opening opening;

	memset(&bench, 0, sizeof(bench));
	bench.now.ns = INT64_C(77000000000);
	assert_true(tcp_opening_from(&answer, OWN, &opening));
	tcp_client_adopt(&bench.client, &HANDLER, &bench, &opening, 1500, IP_FAMILY_4, bench.now);
	assert_int_equal(bench.opens, 1);
	assert_int_equal(only().flags, TCP_ACK);
}

/* Open, without timestamps and shift. */
static void open_plain(void)
{
	adopt(syn_ack());
}

static void say(const char *text)
{
	assert_true(tcp_client_send(&bench.client, span_from_text(text), bench.now));
}

static void heard_is(const char *text)
{
	assert_int_equal(bench.heard_size, strlen(text));
	assert_memory_equal(bench.heard, text, bench.heard_size);
}

/* Opening */

static void the_syn_is_what_a_common_system_sends(void **state)
{
	struct tcp_segment syn;

	(void)state;
	begin();
	syn = only();
	assert_int_equal(syn.flags, TCP_SYN);
	assert_int_equal(syn.sequence, (uint32_t)OWN);
	assert_int_equal(syn.window, 64240);
	assert_int_equal(syn.mss, 1460);
	assert_true(syn.may_sack && syn.has_timestamps && syn.has_window_shift);
	assert_int_equal(syn.window_shift, 7);
	assert_int_equal(syn.timestamp, tcp_client_timestamp(bench.now));
}

static void a_silent_host_hears_three_syns_in_seven_seconds(void **state)
{
	(void)state;
	begin();
	assert_int_equal(wait_until_due(), 1000);
	assert_int_equal(wait_until_due(), 2000);
	assert_int_equal(bench.count, 3);
	assert_int_equal(last()->flags, TCP_SYN);
	assert_int_equal(last()->sequence, (uint32_t)OWN);
	assert_int_equal(bench.timeouts, 0);
	assert_int_equal(wait_until_due(), 4000);
	assert_int_equal(bench.count, 3);
	assert_int_equal(bench.timeouts, 1);
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	assert_true(bench.client.due.ns == INT64_MAX);
}

static void rfc9293_3_10_7_3_a_syn_ack_opens(void **state)
{
	struct tcp_segment answer = syn_ack(), ack;

	(void)state;
	begin();
	bench.count = 0;
	tcp_client_input(&bench.client, &answer, bench.now);
	ack = only();
	assert_int_equal(bench.opens, 1);
	assert_int_equal(bench.client.state, TCP_CLIENT_OPEN);
	assert_int_equal(ack.flags, TCP_ACK);
	assert_int_equal(ack.sequence, (uint32_t)(OWN + 1));
	assert_int_equal(ack.acknowledgement, (uint32_t)(HOST + 1));
	assert_false(ack.has_timestamps);
	assert_int_equal(ack.window, 65535);
	assert_true(bench.client.due.ns == INT64_MAX);
}

static void rfc9293_3_10_7_3_a_wrong_acknowledgement_is_reset(void **state)
{
	struct tcp_segment answer = syn_ack(), reset;

	(void)state;
	begin();
	bench.count = 0;
	answer.acknowledgement += 5;
	tcp_client_input(&bench.client, &answer, bench.now);
	reset = only();
	assert_int_equal(reset.flags, TCP_RST);
	assert_int_equal(reset.sequence, answer.acknowledgement);
	assert_int_equal(bench.client.state, TCP_CLIENT_OPENING);
}

static void rfc9293_3_10_7_3_only_an_rst_that_acknowledges_our_syn_refuses(void **state)
{
	struct tcp_segment reset = {.acknowledgement = OWN + 7, .flags = TCP_RST | TCP_ACK};

	(void)state;
	begin();
	bench.count = 0;
	tcp_client_input(&bench.client, &reset, bench.now);
	reset.flags = TCP_RST;
	reset.acknowledgement = OWN + 1;
	tcp_client_input(&bench.client, &reset, bench.now);
	assert_int_equal(bench.refusals, 0);
	reset.flags = TCP_RST | TCP_ACK;
	tcp_client_input(&bench.client, &reset, bench.now);
	assert_int_equal(bench.refusals, 1);
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	none();
}

static void a_repeated_syn_ack_is_acknowledged_again(void **state)
{
	struct tcp_segment answer = syn_ack();

	(void)state;
	open_plain();
	tcp_client_input(&bench.client, &answer, bench.now);
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1));
	assert_int_equal(bench.opens, 1);
}

static void what_is_said_while_opening_rides_on_the_acknowledgement(void **state)
{
	struct tcp_segment answer = syn_ack(), first;

	(void)state;
	begin();
	bench.count = 0;
	say("CAPA\r\n");
	none();
	tcp_client_input(&bench.client, &answer, bench.now);
	first = only();
	assert_int_equal(first.flags, TCP_PSH | TCP_ACK);
	assert_int_equal(first.payload.size, 6);
	assert_int_equal(first.sequence, (uint32_t)(OWN + 1));
}

static void rfc6298_5_7_after_a_lost_syn_the_first_timeout_is_three_seconds(void **state)
{
	struct tcp_segment answer = syn_ack();

	(void)state;
	begin();
	(void)wait_until_due();
	tcp_client_input(&bench.client, &answer, bench.now);
	say("a");
	assert_int_equal(wait_until_due(), 3000);
}

static void a_client_that_closes_while_opening_resets_what_comes(void **state)
{
	struct tcp_segment answer = syn_ack();

	(void)state;
	begin();
	bench.count = 0;
	tcp_client_close(&bench.client, bench.now);
	none();
	tcp_client_input(&bench.client, &answer, bench.now);
	assert_int_equal(only().flags, TCP_RST);
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	assert_int_equal(bench.opens, 0);
	begin();
	tcp_client_close(&bench.client, bench.now);
	assert_int_equal(wait_until_due(), TCP_CLIENT_FAREWELL_MS);
	assert_int_equal(bench.count, 1);
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
}

/* Sending */

static void rfc9293_3_7_1_nothing_is_larger_than_the_host_takes(void **state)
{
	static char text[3001];
	struct tcp_segment answer = syn_ack();

	(void)state;
	memset(text, 'x', 3000);
	answer.mss = 1000;
	adopt(answer);
	say(text);
	assert_int_equal(bench.count, 3);
	assert_int_equal(bench.segments[0].payload.size, 1000);
	assert_int_equal(bench.segments[0].flags, TCP_ACK);
	assert_int_equal(bench.segments[2].sequence, (uint32_t)(OWN + 1 + 2000));
	assert_int_equal(bench.segments[2].flags, TCP_PSH | TCP_ACK);
	answer.mss = 0;
	tcp_client_done(&bench.client);
	adopt(answer);
	say(text);
	assert_int_equal(bench.segments[0].payload.size, 536);
	answer.mss = 1;
	tcp_client_done(&bench.client);
	adopt(answer);
	say("0123456789012345678901234567890123456789012345678901234567890123");
	assert_int_equal(only().payload.size, 64);
}

static void rfc7323_timestamps_take_their_room_and_are_echoed(void **state)
{
	static char text[1461];
	struct tcp_segment answer = syn_ack();

	(void)state;
	memset(text, 'x', 1460);
	answer.has_timestamps = answer.has_window_shift = true;
	answer.timestamp = 500;
	answer.window_shift = 2;
	adopt(answer);
	say(text);
	assert_int_equal(bench.segments[0].payload.size, 1448);
	assert_int_equal(bench.segments[0].window, 65535 >> 7);
	assert_int_equal(last()->timestamp_echo, 500);
	assert_int_equal(last()->timestamp, tcp_client_timestamp(bench.now));
	comes_with((struct tcp_segment){.has_timestamps = true, .timestamp = 600}, 0, 0, TCP_ACK, "a");
	assert_int_equal(last()->timestamp_echo, 600);
	comes_with((struct tcp_segment){.has_timestamps = true, .timestamp = 550}, 1, 0, TCP_ACK, "b");
	assert_int_equal(last()->timestamp_echo, 600);
	comes_with((struct tcp_segment){.has_timestamps = true, .timestamp = 700}, 5, 0, TCP_ACK, "out of order");
	assert_int_equal(last()->timestamp_echo, 600);
	assert_int_equal(bench.client.peer_window, 40000);
}

static void rfc6298_5_nothing_acknowledged_goes_back_with_doubled_time(void **state)
{
	int64_t expected = 1000;

	(void)state;
	open_plain();
	say("CAPA\r\n");
	for (unsigned i = 0; i < TCP_CLIENT_DATA_RETRIES; i++) {
		bench.count = 0;
		assert_int_equal(wait_until_due(), expected);
		assert_int_equal(last()->sequence, (uint32_t)(OWN + 1));
		assert_int_equal(only().payload.size, 6);
		expected = 2 * expected < TCP_CLIENT_RTO_MAX_MS ? 2 * expected : TCP_CLIENT_RTO_MAX_MS;
	}
	(void)wait_until_due();
	assert_int_equal(bench.timeouts, 1);
	assert_int_equal(only().flags, TCP_RST | TCP_ACK);
	assert_int_equal(bench.client.count.retransmitted, TCP_CLIENT_DATA_RETRIES);
	assert_int_equal(tcp_client_memory(&bench.client), 0);
}

static void rfc6298_2_the_round_trip_is_measured(void **state)
{
	(void)state;
	open_plain();
	say("a");
	pass(100);
	comes(0, 1, TCP_ACK, "");
	assert_int_equal(bench.client.srtt_us, 100000);
	assert_int_equal(bench.client.rttvar_us, 50000);
	assert_int_equal(bench.client.rto_ms, 300);
	assert_true(bench.client.due.ns == INT64_MAX);
	assert_int_equal(tcp_client_memory(&bench.client), 0);
}

static void rfc6298_3_karn_a_repeated_segment_measures_nothing(void **state)
{
	(void)state;
	open_plain();
	say("a");
	(void)wait_until_due();
	pass(10);
	comes(0, 1, TCP_ACK, "");
	assert_int_equal(bench.client.srtt_us, 0);
	assert_int_equal(bench.client.rto_ms, 2000);
}

static void rfc7323_4_1_an_echo_measures_even_then(void **state)
{
	struct tcp_segment answer = syn_ack(), echo = {.has_timestamps = true, .timestamp = 501};

	(void)state;
	answer.has_timestamps = true;
	adopt(answer);
	say("a");
	(void)wait_until_due();
	echo.timestamp_echo = last()->timestamp;
	pass(40);
	comes_with(echo, 0, 1, TCP_ACK, "");
	assert_int_equal(bench.client.srtt_us, 40000);
	assert_int_equal(bench.client.rto_ms, 240);
}

static void the_first_round_trip_is_that_of_the_stateless_syn(void **state)
{
	struct tcp_segment answer = syn_ack();

	(void)state;
	answer.has_timestamps = true;
	answer.timestamp_echo = tcp_client_timestamp((struct instant){.ns = INT64_C(77000000000)}) - 120;
	adopt(answer);
	assert_int_equal(bench.client.srtt_us, 120000);
	assert_int_equal(bench.client.rto_ms, 360);
}

static void wild_echoes_measure_nothing(void **state)
{
	struct tcp_segment answer = syn_ack();

	(void)state;
	answer.has_timestamps = true;
	answer.timestamp_echo = 0x80000000;
	adopt(answer);
	say("a");
	pass(5);
	comes_with((struct tcp_segment){.has_timestamps = true, .timestamp_echo = 12345}, 0, 1, TCP_ACK, "");
	assert_int_equal(bench.client.srtt_us, 0);
	assert_int_equal(bench.client.rto_ms, 1000);
}

static void rfc5681_3_2_three_repeated_acknowledgements_resend_at_once(void **state)
{
	static char text[4001];

	(void)state;
	memset(text, 'x', 4000);
	open_plain();
	say(text);
	assert_int_equal(bench.count, 3);
	bench.count = 0;
	comes(0, 0, TCP_ACK, "");
	comes(0, 0, TCP_ACK, "");
	none();
	comes(0, 0, TCP_ACK, "");
	assert_int_equal(last()->payload.size, 1460);
	assert_int_equal(only().sequence, (uint32_t)(OWN + 1));
	for (unsigned i = 0; i < 20; i++)
		comes(0, 0, TCP_ACK, "");
	none();
	/* RFC 6582: a partial acknowledgement asks for the next */
	comes(0, 1460, TCP_ACK, "");
	assert_int_equal(only().sequence, (uint32_t)(OWN + 1 + 1460));
	comes(0, 4000, TCP_ACK, "");
	none();
	assert_int_equal(bench.client.duplicate_acks, 0);
}

static void rfc5681_2_data_and_window_updates_are_no_repeated_acknowledgements(void **state)
{
	(void)state;
	open_plain();
	say("a");
	bench.count = 0;
	for (uint16_t i = 0; i < 10; i++)
		comes_with_window(0, 0, (uint16_t)(9000 + i));
	for (uint32_t i = 0; i < 10; i++)
		comes(i, 0, TCP_ACK, "d");
	assert_int_equal(bench.client.count.retransmitted, 0);
}

static void no_more_than_the_initial_window_leaves_at_once(void **state)
{
	static char text[16001];

	(void)state;
	memset(text, 'x', 16000);
	open_plain();
	comes_with_window(0, 0, 65535);
	say(text);
	assert_int_equal(bench.count, 10);
	bench.count = 0;
	comes_with_window(0, 1460, 65535);
	assert_int_equal(bench.count, 1);
	/* after a timeout one at a time, then more again */
	bench.count = 0;
	(void)wait_until_due();
	assert_int_equal(only().sequence, (uint32_t)(OWN + 1 + 1460));
	comes_with_window(0, 2920, 65535);
	assert_int_equal(bench.count, 2);
}

static void what_is_acknowledged_after_going_back_is_not_said_again(void **state)
{
	static char text[3001];

	(void)state;
	memset(text, 'x', 3000);
	open_plain();
	say(text);
	(void)wait_until_due();
	comes(0, 3000, TCP_ACK, "");
	say("next");
	assert_int_equal(last()->sequence, (uint32_t)(OWN + 1 + 3000));
}

static void rfc9293_3_8_6_the_window_is_kept(void **state)
{
	(void)state;
	open_plain();
	comes_with_window(0, 0, 10);
	say("0123456789abcdef");
	assert_int_equal(only().payload.size, 10);
	comes_with_window(0, 10, 3);
	assert_int_equal(only().payload.size, 3);
	/* nothing small while something is on its way (3.8.6.2.1) */
	comes_with_window(0, 10, 4);
	none();
	comes_with_window(0, 13, 100);
	assert_int_equal(only().payload.size, 3);
}

static void rfc9293_3_10_7_4_an_older_window_does_not_count(void **state)
{
	(void)state;
	open_plain();
	comes(0, 0, TCP_ACK, "abc");
	comes_with_window(3, 0, 500);
	assert_int_equal(bench.client.peer_window, 500);
	comes(3, 0, TCP_ACK, "d");
	comes_with((struct tcp_segment){.window = 20}, 2, 0, TCP_ACK, "cde");
	assert_int_equal(bench.client.peer_window, 10000);
}

static void rfc9293_3_8_6_1_a_shut_window_is_asked_with_doubled_time(void **state)
{
	(void)state;
	open_plain();
	comes_with_window(0, 0, 0);
	say("hello");
	none();
	assert_int_equal(wait_until_due(), 1000);
	assert_int_equal(last()->payload.size, 1);
	assert_int_equal(only().sequence, (uint32_t)(OWN + 1));
	comes_with_window(0, 0, 0);
	assert_int_equal(wait_until_due(), 2000);
	comes_with_window(0, 0, 0);
	assert_int_equal(wait_until_due(), 4000);
	bench.count = 0;
	comes_with_window(0, 0, 100);
	assert_int_equal(last()->payload.size, 5);
	assert_int_equal(only().sequence, (uint32_t)(OWN + 1));
	assert_int_equal(wait_until_due(), 1000);
}

static void a_window_that_is_shut_for_ever_costs_little_and_ends_with_the_owner(void **state)
{
	(void)state;
	open_plain();
	comes_with_window(0, 0, 0);
	say("hello");
	for (unsigned i = 0; i < 100; i++) {
		(void)wait_until_due();
		assert_int_equal(only().payload.size, 1);
		comes_with_window(0, 0, 0);
		none();
		assert_int_equal(bench.timeouts, 0);
	}
	assert_int_equal(bench.client.rto_ms, TCP_CLIENT_RTO_MAX_MS);
	tcp_client_close(&bench.client, bench.now);
	none();
	while (bench.client.state != TCP_CLIENT_GONE)
		(void)wait_until_due();
	assert_int_equal(last()->flags, TCP_RST | TCP_ACK);
	assert_true(bench.count <= 3);
}

static void a_shut_window_that_does_not_answer_times_out(void **state)
{
	(void)state;
	open_plain();
	comes_with_window(0, 0, 0);
	say("hello");
	for (unsigned i = 0; i <= TCP_CLIENT_DATA_RETRIES; i++)
		(void)wait_until_due();
	assert_int_equal(bench.timeouts, 1);
}

static void more_than_the_bound_is_not_taken(void **state)
{
	static unsigned char bytes[TCP_CLIENT_UNSENT_MAX];

	(void)state;
	open_plain();
	assert_true(tcp_client_send(&bench.client, span_make(bytes, sizeof(bytes) - 1), bench.now));
	assert_false(tcp_client_send(&bench.client, span_make(bytes, 2), bench.now));
	assert_true(tcp_client_send(&bench.client, span_make(bytes, 1), bench.now));
	assert_int_equal(tcp_client_memory(&bench.client), TCP_CLIENT_UNSENT_MAX);
	assert_true(tcp_client_send(&bench.client, (struct span){0}, bench.now));
}

/* Receiving */

static void bytes_in_order_are_handed_on_and_acknowledged_at_once(void **state)
{
	(void)state;
	open_plain();
	comes(0, 0, TCP_ACK | TCP_PSH, "+OK ready\r\n");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 11));
	heard_is("+OK ready\r\n");
	assert_int_equal(tcp_client_memory(&bench.client), 0);
}

static void an_answer_rides_on_the_acknowledgement(void **state)
{
	struct tcp_segment answer;

	(void)state;
	open_plain();
	bench.answer = "CAPA\r\n";
	comes(0, 0, TCP_ACK, "+OK\r\n");
	answer = only();
	assert_int_equal(answer.flags, TCP_PSH | TCP_ACK);
	assert_int_equal(answer.payload.size, 6);
	assert_int_equal(answer.acknowledgement, (uint32_t)(HOST + 1 + 5));
}

static void an_answer_and_the_end_ride_on_the_acknowledgement(void **state)
{
	struct tcp_segment answer;

	(void)state;
	open_plain();
	bench.answer = "QUIT\r\n";
	bench.closes_when_heard = true;
	comes(0, 0, TCP_ACK, "+OK\r\n");
	answer = only();
	assert_int_equal(answer.flags, TCP_PSH | TCP_ACK | TCP_FIN);
	assert_int_equal(answer.payload.size, 6);
	comes(5, 7, TCP_ACK, "");
	none();
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
}

static void order_is_restored(void **state)
{
	(void)state;
	open_plain();
	comes(6, 0, TCP_ACK, "ghi");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1));
	comes(3, 0, TCP_ACK, "def");
	assert_int_equal(bench.client.count.out_of_order, 2);
	heard_is("");
	bench.count = 0;
	comes(0, 0, TCP_ACK, "abc");
	heard_is("abcdefghi");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 9));
	assert_int_equal(tcp_client_memory(&bench.client), 0);
}

static void repeated_bytes_are_acknowledged_and_not_told_again(void **state)
{
	(void)state;
	open_plain();
	comes(0, 0, TCP_ACK, "abc");
	bench.count = 0;
	comes(0, 0, TCP_ACK, "abc");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 3));
	comes(1, 0, TCP_ACK, "bcdef");
	heard_is("abcdef");
	assert_int_equal(bench.client.count.repeated, 2);
}

static void where_bytes_overlap_the_first_received_win(void **state)
{
	(void)state;
	open_plain();
	comes(3, 0, TCP_ACK, "DEF");
	comes(1, 0, TCP_ACK, "bcxxxgh");
	comes(0, 0, TCP_ACK, "ayyyyyyyyij");
	heard_is("abcDEFghyij");
	comes(4, 0, TCP_ACK, "zzzzzzzzz");
	heard_is("abcDEFghyijzz");
}

static void what_lies_ahead_is_bounded(void **state)
{
	static char text[1001];

	(void)state;
	memset(text, 'x', 1000);
	open_plain();
	for (uint32_t i = 0; i < 64; i++) {
		comes(1 + i * 1000, 0, TCP_ACK, text);
		assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1));
		assert_true(tcp_client_memory(&bench.client) <= TCP_CLIENT_AHEAD_MAX + 256);
	}
	comes(0, 0, TCP_ACK, "x");
	assert_int_equal(bench.heard_size, TCP_CLIENT_AHEAD_MAX);
	assert_int_equal(tcp_client_memory(&bench.client), 0);
}

static void pieces_ahead_are_bounded_and_the_rest_comes_again(void **state)
{
	(void)state;
	open_plain();
	for (uint32_t i = 1; i < 40; i += 2) {
		comes(i, 0, TCP_ACK, "b");
		bench.count = 0;
	}
	for (uint32_t i = 0; i < 40; i++) {
		comes(i, 0, TCP_ACK, i % 2 == 0 ? "a" : "b");
		bench.count = 0;
	}
	heard_is("abababababababababababababababababababab");
}

static void rfc9293_3_10_7_4_outside_the_window_nothing_counts(void **state)
{
	(void)state;
	open_plain();
	say("hello");
	bench.count = 0;
	comes(70000, 5, TCP_ACK, "far");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1));
	assert_int_equal(bench.client.unsent_size, 5);
	comes(0x80000000, 5, TCP_ACK | TCP_FIN, "farther");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1));
	heard_is("");
	assert_int_equal(bench.ends, 0);
	assert_int_equal(bench.client.unsent_size, 5);
}

static void a_segment_without_ack_is_dropped(void **state)
{
	(void)state;
	open_plain();
	comes(0, 0, TCP_PSH, "abc");
	none();
	heard_is("");
}

static void what_reaches_beyond_the_window_is_cut(void **state)
{
	static char text[1401];

	(void)state;
	memset(text, 'x', 1400);
	open_plain();
	comes(65000, 0, TCP_ACK | TCP_FIN, text);
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1));
	assert_int_equal(tcp_client_memory(&bench.client), 0);
}

/* RST, SYN and acknowledgements that do not fit */

static void rfc5961_3_2_only_the_exact_rst_resets(void **state)
{
	(void)state;
	open_plain();
	comes(70000, 0, TCP_RST, "");
	none();
	comes(0xffffffff, 0, TCP_RST | TCP_ACK, "");
	none();
	comes(1, 0, TCP_RST, "");
	assert_int_equal(only().flags, TCP_ACK);
	assert_int_equal(bench.resets, 0);
	comes(0, 0, TCP_RST, "");
	assert_int_equal(bench.resets, 1);
	none();
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	comes(0, 0, TCP_ACK, "more");
	none();
	heard_is("");
}

static void rfc5961_10_challenges_are_few(void **state)
{
	(void)state;
	open_plain();
	for (unsigned i = 0; i < 1000; i++)
		comes(1 + i, 0, TCP_RST, "");
	assert_int_equal(bench.count, TCP_CLIENT_CHALLENGES_PER_SECOND);
	pass(1000);
	bench.count = 0;
	for (unsigned i = 0; i < 1000; i++)
		comes(1 + i, 0, TCP_SYN, "");
	assert_int_equal(bench.count, TCP_CLIENT_CHALLENGES_PER_SECOND);
}

static void rfc5961_4_2_a_syn_within_the_window_changes_nothing(void **state)
{
	(void)state;
	open_plain();
	comes(5, 0, TCP_SYN, "");
	assert_int_equal(only().flags, TCP_ACK);
	assert_int_equal(bench.client.state, TCP_CLIENT_OPEN);
}

static void rfc5961_5_2_acknowledging_what_was_never_said_changes_nothing(void **state)
{
	(void)state;
	open_plain();
	say("hello");
	bench.count = 0;
	comes(0, 6, TCP_ACK, "abc");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1));
	comes(0, (uint32_t)-70000, TCP_ACK, "abc");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1));
	heard_is("");
	comes(0, (uint32_t)-10, TCP_ACK, "abc");
	heard_is("abc");
	assert_int_equal(bench.client.unsent_size, 5);
}

/* Ends */

static void the_hosts_end_is_told_once_and_acknowledged(void **state)
{
	(void)state;
	open_plain();
	comes(0, 0, TCP_ACK | TCP_FIN, "bye");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 4));
	heard_is("bye");
	assert_int_equal(bench.ends, 1);
	for (unsigned i = 0; i < 50; i++) {
		comes(3, 0, TCP_ACK | TCP_FIN, "");
		assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 4));
	}
	assert_int_equal(bench.ends, 1);
}

static void an_end_out_of_order_waits(void **state)
{
	(void)state;
	open_plain();
	comes(3, 0, TCP_ACK | TCP_FIN, "def");
	comes(6, 0, TCP_ACK, "ghi");
	assert_int_equal(bench.ends, 0);
	bench.count = 0;
	comes(0, 0, TCP_ACK, "abc");
	heard_is("abcdef");
	assert_int_equal(bench.ends, 1);
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 7));
	assert_int_equal(tcp_client_memory(&bench.client), 0);
	tcp_client_done(&bench.client);
	open_plain();
	comes(3, 0, TCP_ACK | TCP_FIN, "");
	comes(0, 0, TCP_ACK, "abcdefg");
	heard_is("abc");
	assert_int_equal(bench.ends, 1);
}

static void bytes_behind_the_end_are_no_bytes(void **state)
{
	(void)state;
	open_plain();
	comes(0, 0, TCP_ACK | TCP_FIN, "abc");
	bench.count = 0;
	comes(4, 0, TCP_ACK, "def");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 4));
	comes(2, 0, TCP_ACK, "cdef");
	heard_is("abc");
}

static void half_closed_by_the_host_we_still_speak(void **state)
{
	(void)state;
	open_plain();
	comes(0, 0, TCP_ACK | TCP_FIN, "");
	bench.count = 0;
	say("QUIT\r\n");
	assert_int_equal(only().payload.size, 6);
	comes(1, 6, TCP_ACK, "");
	tcp_client_close(&bench.client, bench.now);
	assert_int_equal(only().flags, TCP_FIN | TCP_ACK);
	comes(1, 7, TCP_ACK, "");
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	none();
}

static void both_ends_in_one_segment(void **state)
{
	(void)state;
	open_plain();
	bench.closes_at_end = true;
	comes(0, 0, TCP_ACK | TCP_FIN, "bye");
	assert_int_equal(last()->flags, TCP_FIN | TCP_ACK);
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 4));
}

static void rfc9293_3_6_our_end_is_acknowledged_together_with_the_hosts(void **state)
{
	(void)state;
	open_plain();
	tcp_client_close(&bench.client, bench.now);
	assert_int_equal(only().flags, TCP_FIN | TCP_ACK);
	comes(0, 1, TCP_ACK | TCP_FIN, "");
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 1));
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	assert_int_equal(bench.ends, 0);
}

static void rfc9293_3_6_both_close_at_the_same_time(void **state)
{
	(void)state;
	open_plain();
	tcp_client_close(&bench.client, bench.now);
	bench.count = 0;
	comes(0, 0, TCP_ACK | TCP_FIN, "");
	assert_int_equal(last()->sequence, (uint32_t)(OWN + 2));
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 1));
	assert_int_equal(bench.client.state, TCP_CLIENT_LEAVING);
	comes(1, 1, TCP_ACK, "");
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	none();
}

static void our_end_is_repeated_and_given_up_with_a_reset(void **state)
{
	(void)state;
	open_plain();
	tcp_client_close(&bench.client, bench.now);
	bench.count = 0;
	assert_int_equal(wait_until_due(), 1000);
	assert_int_equal(only().flags, TCP_FIN | TCP_ACK);
	assert_int_equal(wait_until_due(), 2000);
	bench.count = 0;
	assert_int_equal(wait_until_due(), 1000);
	assert_int_equal(only().flags, TCP_RST | TCP_ACK);
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	assert_int_equal(bench.timeouts, 0);
	assert_true(bench.client.due.ns == INT64_MAX);
}

static void new_bytes_after_our_end_are_answered_with_a_reset(void **state)
{
	(void)state;
	open_plain();
	tcp_client_close(&bench.client, bench.now);
	bench.count = 0;
	comes(0, 0, TCP_ACK, "more");
	assert_int_equal(last()->sequence, (uint32_t)(OWN + 1));
	assert_int_equal(only().flags, TCP_RST | TCP_ACK);
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	heard_is("");
}

static void old_bytes_after_our_end_are_only_acknowledged(void **state)
{
	(void)state;
	open_plain();
	comes(0, 0, TCP_ACK, "abc");
	tcp_client_close(&bench.client, bench.now);
	bench.count = 0;
	comes(0, 0, TCP_ACK, "abc");
	assert_int_equal(only().flags, TCP_ACK);
	assert_int_equal(bench.client.state, TCP_CLIENT_LEAVING);
}

static void after_closing_nothing_is_told_even_of_what_lay_ahead(void **state)
{
	(void)state;
	open_plain();
	comes(3, 0, TCP_ACK | TCP_FIN, "def");
	bench.closes_when_heard = true;
	bench.count = 0;
	comes(0, 0, TCP_ACK, "abc");
	heard_is("abc");
	assert_int_equal(bench.ends, 0);
	assert_int_equal(last()->flags, TCP_FIN | TCP_ACK);
	assert_int_equal(only().acknowledgement, (uint32_t)(HOST + 1 + 7));
	assert_false(tcp_client_send(&bench.client, span_from_text("x"), bench.now));
	tcp_client_close(&bench.client, bench.now);
	none();
}

static void an_abort_is_one_reset_even_from_within_a_call(void **state)
{
	(void)state;
	open_plain();
	comes(3, 0, TCP_ACK, "def");
	bench.aborts_when_heard = true;
	bench.count = 0;
	comes(0, 0, TCP_ACK, "abc");
	heard_is("abc");
	assert_int_equal(only().flags, TCP_RST | TCP_ACK);
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	assert_int_equal(tcp_client_memory(&bench.client), 0);
	tcp_client_abort(&bench.client, bench.now);
	none();
}

/* Hosts that mean no good */

static void segments_of_one_byte_cost_one_acknowledgement_each_and_no_memory(void **state)
{
	(void)state;
	open_plain();
	for (uint32_t i = 0; i < 100000; i++) {
		comes(i, 0, TCP_ACK, "x");
		(void)only();
	}
	assert_int_equal(bench.heard_size, 100000);
	assert_int_equal(tcp_client_memory(&bench.client), 0);
}

static void a_stream_without_end_ends_with_the_owner(void **state)
{
	static char text[1401];

	(void)state;
	memset(text, 'x', 1400);
	open_plain();
	for (uint32_t i = 0; i < 100; i++) {
		comes(i * 1400, 0, TCP_ACK, text);
		(void)only();
	}
	tcp_client_close(&bench.client, bench.now);
	(void)only();
	comes(100 * 1400, 0, TCP_ACK, text);
	assert_int_equal(only().flags, TCP_RST | TCP_ACK);
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
	assert_int_equal(bench.heard_size, 140000);
}

/* It opens and shuts the window, and never acknowledges. */
static void a_window_that_flaps_costs_one_segment_each(void **state)
{
	(void)state;
	open_plain();
	comes_with_window(0, 0, 0);
	say("hello");
	for (unsigned i = 0; i < 1000; i++) {
		bench.count = 0;
		comes_with_window(0, 0, i % 2 == 0 ? 1 : 0);
		assert_true(bench.count <= 1);
		assert_true(instant_is_before(bench.now, bench.client.due));
	}
}

static void no_handler_is_needed(void **state)
{
	static const struct tcp_client_handler nothing = {0};
	struct tcp_segment answer = syn_ack(), text = {.sequence = HOST + 1, .acknowledgement = OWN + 1, .flags = TCP_ACK | TCP_FIN};

	(void)state;
	memset(&bench, 0, sizeof(bench));
	tcp_client_begin(&bench.client, &nothing, NULL, OWN, 1500, IP_FAMILY_6, bench.now);
	tcp_client_input(&bench.client, &answer, bench.now);
	text.payload = span_from_text("abc");
	tcp_client_input(&bench.client, &text, bench.now);
	assert_int_equal(bench.client.receive_next, (uint32_t)(HOST + 1 + 4));
	text = (struct tcp_segment){.sequence = HOST + 1 + 4, .flags = TCP_RST};
	tcp_client_input(&bench.client, &text, bench.now);
	assert_int_equal(bench.client.state, TCP_CLIENT_GONE);
}

#define CASE(function) cmocka_unit_test_teardown(function, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_syn_is_what_a_common_system_sends),
		CASE(a_silent_host_hears_three_syns_in_seven_seconds),
		CASE(rfc9293_3_10_7_3_a_syn_ack_opens),
		CASE(rfc9293_3_10_7_3_a_wrong_acknowledgement_is_reset),
		CASE(rfc9293_3_10_7_3_only_an_rst_that_acknowledges_our_syn_refuses),
		CASE(a_repeated_syn_ack_is_acknowledged_again),
		CASE(what_is_said_while_opening_rides_on_the_acknowledgement),
		CASE(rfc6298_5_7_after_a_lost_syn_the_first_timeout_is_three_seconds),
		CASE(a_client_that_closes_while_opening_resets_what_comes),
		CASE(rfc9293_3_7_1_nothing_is_larger_than_the_host_takes),
		CASE(rfc7323_timestamps_take_their_room_and_are_echoed),
		CASE(rfc6298_5_nothing_acknowledged_goes_back_with_doubled_time),
		CASE(rfc6298_2_the_round_trip_is_measured),
		CASE(rfc6298_3_karn_a_repeated_segment_measures_nothing),
		CASE(rfc7323_4_1_an_echo_measures_even_then),
		CASE(the_first_round_trip_is_that_of_the_stateless_syn),
		CASE(wild_echoes_measure_nothing),
		CASE(rfc5681_3_2_three_repeated_acknowledgements_resend_at_once),
		CASE(rfc5681_2_data_and_window_updates_are_no_repeated_acknowledgements),
		CASE(no_more_than_the_initial_window_leaves_at_once),
		CASE(what_is_acknowledged_after_going_back_is_not_said_again),
		CASE(rfc9293_3_8_6_the_window_is_kept),
		CASE(rfc9293_3_10_7_4_an_older_window_does_not_count),
		CASE(rfc9293_3_8_6_1_a_shut_window_is_asked_with_doubled_time),
		CASE(a_window_that_is_shut_for_ever_costs_little_and_ends_with_the_owner),
		CASE(a_shut_window_that_does_not_answer_times_out),
		CASE(more_than_the_bound_is_not_taken),
		CASE(bytes_in_order_are_handed_on_and_acknowledged_at_once),
		CASE(an_answer_rides_on_the_acknowledgement),
		CASE(an_answer_and_the_end_ride_on_the_acknowledgement),
		CASE(order_is_restored),
		CASE(repeated_bytes_are_acknowledged_and_not_told_again),
		CASE(where_bytes_overlap_the_first_received_win),
		CASE(what_lies_ahead_is_bounded),
		CASE(pieces_ahead_are_bounded_and_the_rest_comes_again),
		CASE(rfc9293_3_10_7_4_outside_the_window_nothing_counts),
		CASE(a_segment_without_ack_is_dropped),
		CASE(what_reaches_beyond_the_window_is_cut),
		CASE(rfc5961_3_2_only_the_exact_rst_resets),
		CASE(rfc5961_10_challenges_are_few),
		CASE(rfc5961_4_2_a_syn_within_the_window_changes_nothing),
		CASE(rfc5961_5_2_acknowledging_what_was_never_said_changes_nothing),
		CASE(the_hosts_end_is_told_once_and_acknowledged),
		CASE(an_end_out_of_order_waits),
		CASE(bytes_behind_the_end_are_no_bytes),
		CASE(half_closed_by_the_host_we_still_speak),
		CASE(both_ends_in_one_segment),
		CASE(rfc9293_3_6_our_end_is_acknowledged_together_with_the_hosts),
		CASE(rfc9293_3_6_both_close_at_the_same_time),
		CASE(our_end_is_repeated_and_given_up_with_a_reset),
		CASE(new_bytes_after_our_end_are_answered_with_a_reset),
		CASE(old_bytes_after_our_end_are_only_acknowledged),
		CASE(after_closing_nothing_is_told_even_of_what_lay_ahead),
		CASE(an_abort_is_one_reset_even_from_within_a_call),
		CASE(segments_of_one_byte_cost_one_acknowledgement_each_and_no_memory),
		CASE(a_stream_without_end_ends_with_the_owner),
		CASE(a_window_that_flaps_costs_one_segment_each),
		CASE(no_handler_is_needed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
