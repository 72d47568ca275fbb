/* SPDX-License-Identifier: ISC */
/* Answers with texts as they come from the wire. That they are asked for is tested by contacts_query, against a name server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/dns_text.h"

enum { TYPE_A = 1, TYPE_TXT = 16, CLASS_IN = 1, CLASS_CHAOS = 3 };

static struct buffer message;
static struct dns_text text;

static void begin(unsigned questions, unsigned answers)
{
	buffer_clear(&message);
	buffer_append_u32(&message, 0x12348180);
	buffer_append_u16(&message, (uint16_t)questions);
	buffer_append_u16(&message, (uint16_t)answers);
	buffer_append_u32(&message, 0);
	for (unsigned i = 0; i < questions; i++) {
		buffer_append(&message, span_make("\1a\3lab\0", 7));
		buffer_append_u32(&message, TYPE_TXT << 16 | CLASS_IN);
	}
}

/* strings: each behind its length. */
static void add(unsigned type, unsigned class, uint32_t ttl, const char *strings, size_t size)
{
	buffer_append_u16(&message, 0xc00c);
	buffer_append_u16(&message, (uint16_t)type);
	buffer_append_u16(&message, (uint16_t) class);
	buffer_append_u32(&message, ttl);
	buffer_append_u16(&message, (uint16_t)size);
	buffer_append(&message, span_make(strings, size));
}

static void strings_of_a_record_belong_together(void **state)
{
	(void)state;
	begin(1, 4);
	add(TYPE_TXT, CLASS_IN, 300, "\5abuse\10@isp.lab", 15);
	add(TYPE_A, CLASS_IN, 1, "\300\0\2\1", 4);
	add(TYPE_TXT, CLASS_CHAOS, 1, "\3not", 4);
	add(TYPE_TXT, CLASS_IN, 60, "\1x", 2);
	assert_true(dns_text_read(buffer_view(&message), &text));
	assert_int_equal(text.outcome, RESOLVER_FOUND);
	assert_string_equal(buffer_text(&text.text), "abuse@isp.lab\nx\n");
	assert_int_equal(text.ttl_s, 60);
}

static void no_text_is_none(void **state)
{
	(void)state;
	begin(1, 1);
	add(TYPE_A, CLASS_IN, 1, "\300\0\2\1", 4);
	assert_true(dns_text_read(buffer_view(&message), &text));
	assert_int_equal(text.outcome, RESOLVER_NO_ADDRESS);
	assert_int_equal(text.text.size, 0);
	assert_int_equal(text.ttl_s, 0);
}

static void what_is_cut_is_no_answer(void **state)
{
	(void)state;
	begin(1, 2);
	add(TYPE_TXT, CLASS_IN, 300, "\5abuse\10@isp.lab", 15);
	add(TYPE_TXT, CLASS_IN, 300, "\1x", 2);
	assert_true(dns_text_read(buffer_view(&message), &text));
	for (size_t size = 0; size < message.size; size++)
		assert_false(dns_text_read(span_make(message.data, size), &text));
}

static void a_string_stays_in_its_record(void **state)
{
	(void)state;
	begin(1, 1);
	add(TYPE_TXT, CLASS_IN, 300, "\377abc", 4);
	assert_true(dns_text_read(buffer_view(&message), &text));
	assert_string_equal(buffer_text(&text.text), "\n");
}

static int set_up(void **state)
{
	(void)state;
	buffer_init(&message, 4096);
	dns_text_init(&text);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buffer_done(&message);
	dns_text_done(&text);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_of_a_record_belong_together),
		cmocka_unit_test(no_text_is_none),
		cmocka_unit_test(what_is_cut_is_no_answer),
		cmocka_unit_test(a_string_stays_in_its_record),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
