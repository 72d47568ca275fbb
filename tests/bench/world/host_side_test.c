/* SPDX-License-Identifier: ISC */
/* One conversation, segment by segment, with a wire that only remembers what was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "host_side.h"

enum { FRAMES = 16, CLIENT_PORT = 40000, CLIENT_SEQUENCE = 1000, TCP_AT = 34, ROOM = 2048 };

static unsigned char sent[FRAMES][ROOM];
static size_t sent_size[FRAMES];
static unsigned sent_count;

unsigned char *wire_reserve(struct wire *wire)
{
	(void)wire;
	return sent_count < FRAMES ? sent[sent_count] : NULL;
}

void wire_commit(struct wire *wire, size_t size)
{
	(void)wire;
	sent_size[sent_count++] = size;
}

static uint32_t read32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void write32(unsigned char *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* A segment of the client to 240.0.0.9. */
static void say(struct host_side *side, uint16_t port, uint8_t flags, uint32_t sequence, uint32_t acknowledgement, const char *text,
                uint64_t now_us)
{
	static const unsigned char HEAD[] = {0x02, 0, 0, 0,    0, 2,  0x02, 0, 0, 0,   0,  1, 8, 0,   0x45, 0, 0,
	                                     0,    0, 0, 0x40, 0, 64, 6,    0, 0, 198, 18, 0, 1, 240, 0,    0, 9};
	unsigned char frame[512] = {0};
	size_t size = strlen(text);

	memcpy(frame, HEAD, sizeof(HEAD));
	frame[17] = (unsigned char)(40 + size);
	write32(frame + TCP_AT, (uint32_t)CLIENT_PORT << 16 | port);
	write32(frame + TCP_AT + 4, sequence);
	write32(frame + TCP_AT + 8, acknowledgement);
	frame[TCP_AT + 12] = 0x50;
	frame[TCP_AT + 13] = flags;
	memcpy(frame + TCP_AT + 20, text, size);
	host_side_take(side, span_make(frame, 54 + size), now_us);
}

static struct host_side *begin(struct census_table **table_out, const char *class, double loss)
{
	struct host_side_options options = {.loss = loss};
	struct host_side *side = memory_allocate(1, sizeof(*side));

	*table_out = memory_allocate(1, sizeof(**table_out));
	census_table_fill(*table_out, 1, 1000);
	(*table_out)->settings.every = host_class_by_name(class);
	host_side_init(side, *table_out, NULL, &options);
	sent_count = 0;
	return side;
}

static void end(struct host_side *side, struct census_table *table)
{
	host_side_done(side);
	free(side);
	free(table);
}

static const char *text_of(unsigned i)
{
	sent[i][sent_size[i]] = '\0';
	return (const char *)sent[i] + TCP_AT + (size_t)(sent[i][TCP_AT + 12] >> 4) * 4;
}

static uint8_t flags_of(unsigned i)
{
	return sent[i][TCP_AT + 13];
}

/* Ones' complement sum of pseudo header and segment: 0xffff when the checksum is right. */
static uint16_t checksum_of(unsigned i)
{
	uint32_t size = (uint32_t)sent_size[i] - TCP_AT, sum = 6 + size;

	for (size_t at = 26; at < sent_size[i]; at++)
		sum += at % 2 == 0 ? (uint32_t)sent[i][at] << 8 : sent[i][at];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t shake_hands(struct host_side *side, uint16_t port)
{
	uint32_t sequence;

	say(side, port, FLAG_SYN, CLIENT_SEQUENCE, 0, "", 0);
	assert_int_equal(sent_count, 1);
	assert_int_equal(flags_of(0), FLAG_SYN | FLAG_ACK);
	assert_int_equal(read32(sent[0] + TCP_AT + 8), CLIENT_SEQUENCE + 1);
	sequence = read32(sent[0] + TCP_AT + 4) + 1;
	say(side, port, FLAG_ACK, CLIENT_SEQUENCE + 1, sequence, "", 0);
	return sequence;
}

static void test_dialogue(void **state)
{
	struct census_table *table;
	struct host_side *side = begin(&table, "clear-popa3d", 0);
	uint32_t sequence = shake_hands(side, 110);

	(void)state;
	assert_int_equal(sent_count, 2);
	assert_string_equal(text_of(1), "+OK\r\n");
	say(side, 110, FLAG_ACK | FLAG_PSH, CLIENT_SEQUENCE + 1, sequence + 5, "CAPA\r\n", 0);
	assert_string_equal(text_of(2), "-ERR\r\n");
	say(side, 110, FLAG_ACK | FLAG_PSH, CLIENT_SEQUENCE + 7, sequence + 11, "QUIT\r\n", 0);
	assert_string_equal(text_of(3), "+OK\r\n");
	assert_int_equal(flags_of(3), FLAG_ACK | FLAG_PSH | FLAG_FIN);
	say(side, 110, FLAG_ACK | FLAG_FIN, CLIENT_SEQUENCE + 13, sequence + 17, "", 0);
	assert_int_equal(flags_of(4), FLAG_ACK); /* it said its end already */
	assert_int_equal(read32(sent[4] + TCP_AT + 8), CLIENT_SEQUENCE + 14);
	for (unsigned i = 0; i < sent_count; i++)
		assert_int_equal(checksum_of(i), 0xffff);
	end(side, table);
}

/* What the client says again is answered again, the same. */
static void test_repetition(void **state)
{
	struct census_table *table;
	struct host_side *side = begin(&table, "clear-courier-imap", 0);
	uint32_t sequence = shake_hands(side, 143);

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		say(side, 143, FLAG_ACK | FLAG_PSH, CLIENT_SEQUENCE + 1, sequence + 200, "x7 STARTTLS\r\n", 0);
	assert_int_equal(sent_count, 4);
	assert_string_equal(text_of(2), "x7 NO Error in IMAP command received by server.\r\n");
	assert_int_equal(sent_size[2], sent_size[3]);
	assert_memory_equal(sent[2], sent[3], sent_size[2]);
	end(side, table);
}

static void test_end_without_farewell(void **state)
{
	struct census_table *table;
	struct host_side *side = begin(&table, "clear-popa3d", 0);
	uint32_t sequence = shake_hands(side, 110);

	(void)state;
	say(side, 110, FLAG_ACK | FLAG_FIN, CLIENT_SEQUENCE + 1, sequence + 5, "", 0);
	assert_int_equal(flags_of(2), FLAG_ACK | FLAG_FIN);
	end(side, table);
}

static void test_proxy(void **state)
{
	struct census_table *table;
	struct host_side *side = begin(&table, "syn-proxy", 0);

	(void)state;
	(void)shake_hands(side, 143);
	assert_int_equal(sent_count, 1);
	assert_int_equal(sent[0][TCP_AT + 14] << 8 | sent[0][TCP_AT + 15], 0); /* the window */
	assert_int_equal(sent_size[0], 54);                                    /* no options */
	end(side, table);
}

/* With all lost nothing is sent; what was lost leaves a second later, if it is not lost again. */
static void test_lost_is_said_again(void **state)
{
	struct census_table *table;
	struct host_side *side = begin(&table, "clear-popa3d", 0);

	(void)state;
	side->options.loss = 0.999999;
	side->now_us = 5;
	say(side, 110, FLAG_SYN, CLIENT_SEQUENCE, 0, "", 5);
	assert_int_equal(sent_count, 0);
	assert_int_equal(side->counters.lost_arriving, 1);
	assert_int_equal(side->waiting.count, 0); /* a lost SYN is the client's to repeat */
	say(side, 110, FLAG_ACK, CLIENT_SEQUENCE + 1,
	    1 + population_sequence(table->settings.seed, 0x010012c6, 0x090000f0, CLIENT_PORT, 110), "", 5);
	assert_int_equal(side->waiting.count, 1); /* a lost third segment is the server's to ask for */
	side->options.loss = 0;
	host_side_run(side, 999000);
	assert_int_equal(sent_count, 0);
	host_side_run(side, 1000005);
	assert_int_equal(sent_count, 1);
	assert_int_equal(flags_of(0), FLAG_SYN | FLAG_ACK);
	end(side, table);
}

static void test_drips(void **state)
{
	struct census_table *table;
	struct host_side *side = begin(&table, "tarpit", 0);
	uint32_t sequence = shake_hands(side, 110);

	(void)state;
	assert_int_equal(sent_count, 1);
	host_side_run(side, 3000000);
	host_side_run(side, 6000000);
	assert_int_equal(sent_count, 3);
	assert_string_equal(text_of(1), "+");
	assert_string_equal(text_of(2), "O");
	assert_int_equal(read32(sent[2] + TCP_AT + 4), sequence + 1);
	say(side, 110, FLAG_RST, CLIENT_SEQUENCE + 1, 0, "", 6000000);
	host_side_run(side, 9000000);
	assert_int_equal(sent_count, 3);
	end(side, table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogue), cmocka_unit_test(test_repetition),         cmocka_unit_test(test_end_without_farewell),
		cmocka_unit_test(test_proxy),    cmocka_unit_test(test_lost_is_said_again), cmocka_unit_test(test_drips),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
