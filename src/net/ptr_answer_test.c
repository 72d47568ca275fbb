/* SPDX-License-Identifier: ISC */
/* PTR records are taken out of messages as RFC 1035 has them, and nothing out of those that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "net/ptr_answer.h"

enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_PTR = 12, MESSAGE_MAX = 65535 };

#define ASKED                                                                                                                              \
	"\1"                                                                                                                               \
	"7\1"                                                                                                                              \
	"2\1"                                                                                                                              \
	"0\3"                                                                                                                              \
	"192\7in-addr\4arpa"
#define TEXT(literal) literal, sizeof(literal) - 1

static const char QUESTION_NAME[] = "\300\14";

/* A header and the question for 192.0.2.7; names of records can point to offset 12. */
static void begin(struct buffer *message, unsigned answers)
{
	buffer_init(message, MESSAGE_MAX);
	buffer_append_u16(message, 0x1234);
	buffer_append_u16(message, 0x8180);
	buffer_append_u16(message, 1);
	buffer_append_u16(message, (uint16_t)answers);
	buffer_append_u32(message, 0);
	buffer_append(message, span_make(ASKED, sizeof(ASKED)));
	buffer_append_u16(message, TYPE_PTR);
	buffer_append_u16(message, 1);
}

static void add(struct buffer *message, const char *owner, size_t owner_size, uint16_t type, const char *data, size_t size)
{
	buffer_append(message, span_make(owner, owner_size));
	buffer_append_u16(message, type);
	buffer_append_u16(message, 1);
	buffer_append_u32(message, 60);
	buffer_append_u16(message, (uint16_t)size);
	buffer_append(message, span_make(data, size));
}

static void add_name(struct buffer *message, const char *data, size_t size)
{
	add(message, QUESTION_NAME, 2, TYPE_PTR, data, size);
}

static void names_come_in_order_and_once(void **state)
{
	struct ptr_answer answer;
	struct buffer message;

	(void)state;
	begin(&message, 4);
	add_name(&message, TEXT("\1b\7example\0"));
	add_name(&message, TEXT("\4LONG\7example\0"));
	add_name(&message, TEXT("\1A\7Example\0"));
	add_name(&message, TEXT("\1b\7EXAMPLE\0"));
	assert_true(ptr_answer_read(buffer_view(&message), &answer));
	assert_int_equal(answer.registered, 4);
	assert_int_equal(answer.unusable, 0);
	assert_int_equal(answer.name_count, 3);
	assert_string_equal(answer.names[0], "a.example");
	assert_string_equal(answer.names[1], "b.example");
	assert_string_equal(answer.names[2], "long.example");
	buffer_done(&message);
}

static void what_is_no_host_name_is_dropped_and_counted(void **state)
{
	struct ptr_answer answer;
	struct buffer message;

	(void)state;
	begin(&message, 4);
	add_name(&message, TEXT("\11<script>x\7example\0"));
	add_name(&message, TEXT("\5a\r\nb:\7example\0"));
	add_name(&message, TEXT("\0"));
	add_name(&message, TEXT("\3a.b\7example\0"));
	assert_true(ptr_answer_read(buffer_view(&message), &answer));
	assert_int_equal(answer.registered, 4);
	assert_int_equal(answer.unusable, 4);
	assert_int_equal(answer.name_count, 0);
	buffer_done(&message);
}

static void an_alias_of_a_delegated_part_is_followed_in_any_order(void **state)
{
	static const char TARGET[] = "\1"
				     "7\4"
				     "0-63\1"
				     "2\1"
				     "0\3"
				     "192\7in-addr\4arpa";
	struct ptr_answer answer;
	struct buffer message;

	(void)state;
	begin(&message, 2);
	add(&message, TARGET, sizeof(TARGET), TYPE_PTR, TEXT("\4mail\7example\0"));
	add(&message, QUESTION_NAME, 2, TYPE_CNAME, TARGET, sizeof(TARGET));
	assert_true(ptr_answer_read(buffer_view(&message), &answer));
	assert_int_equal(answer.name_count, 1);
	assert_string_equal(answer.names[0], "mail.example");
	buffer_done(&message);
}

static void aliases_in_a_circle_end(void **state)
{
	struct ptr_answer answer;
	struct buffer message;

	(void)state;
	begin(&message, 2);
	add(&message, QUESTION_NAME, 2, TYPE_CNAME, TEXT("\1x\0"));
	add(&message, TEXT("\1x\0"), TYPE_CNAME, QUESTION_NAME, 2);
	assert_true(ptr_answer_read(buffer_view(&message), &answer));
	assert_int_equal(answer.registered, 0);
	buffer_done(&message);
}

static void records_of_other_names_and_types_are_passed_over(void **state)
{
	struct ptr_answer answer;
	struct buffer message;

	(void)state;
	begin(&message, 3);
	add(&message, TEXT("\5other\0"), TYPE_PTR, TEXT("\4evil\7example\0"));
	add(&message, QUESTION_NAME, 2, TYPE_A, TEXT("\300\0\2\1"));
	add_name(&message, TEXT("\4mail\7example\0"));
	assert_true(ptr_answer_read(buffer_view(&message), &answer));
	assert_int_equal(answer.registered, 1);
	assert_string_equal(answer.names[0], "mail.example");
	buffer_done(&message);
}

static void only_the_first_of_very_many_are_kept(void **state)
{
	struct ptr_answer answer;
	struct buffer message;

	(void)state;
	begin(&message, 26);
	for (char letter = 'z'; letter >= 'a'; letter--) {
		char name[] = "\1?\7example";

		name[1] = letter;
		add_name(&message, name, sizeof(name));
	}
	assert_true(ptr_answer_read(buffer_view(&message), &answer));
	assert_int_equal(answer.registered, 26);
	assert_int_equal(answer.name_count, PTR_ANSWER_NAMES_MAX);
	assert_string_equal(answer.names[0], "a.example");
	assert_string_equal(answer.names[PTR_ANSWER_NAMES_MAX - 1], "h.example");
	buffer_done(&message);
}

static void expect_refused(const char *what, struct buffer *message)
{
	struct ptr_answer answer;

	if (ptr_answer_read(buffer_view(message), &answer) || answer.registered != 0 || answer.name_count != 0)
		fail_msg("not refused: %s", what);
	buffer_done(message);
}

static void malformed_messages_are_refused_as_a_whole(void **state)
{
	static const struct {
		const char *what, *data;
		size_t size;
	} rows[] = {
		{"a pointer to itself", TEXT("\300\116")},
		{"a pointer forward", TEXT("\300\377")},
		{"a kind of label that there is not", TEXT("\100a\0")},
		{"a label without end", TEXT("\7mail")},
		{"a name shorter than its record", TEXT("\1a\0more")},
		{"a name without end", TEXT("\1a")},
		{"a half pointer", TEXT("\300")},
	};
	struct buffer message;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		begin(&message, 2);
		add_name(&message, TEXT("\4mail\7example\0"));
		add_name(&message, rows[i].data, rows[i].size);
		expect_refused(rows[i].what, &message);
	}
	begin(&message, 2);
	add_name(&message, TEXT("\4mail\7example\0"));
	expect_refused("fewer records than are said to be there", &message);
}

static void what_is_no_answer_is_refused(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		unsigned char byte;
	} rows[] = {{"a question", 2, 0x01}, {"two questions", 5, 2}, {"no question", 5, 0}, {"of another class", 38, 3}};
	struct buffer message;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		begin(&message, 1);
		add_name(&message, TEXT("\4mail\7example\0"));
		assert_true(rows[i].at < message.size);
		message.data[rows[i].at] = rows[i].byte;
		expect_refused(rows[i].what, &message);
	}
	for (size_t size = 0; size < 40; size++) {
		begin(&message, 1);
		add_name(&message, TEXT("\4mail\7example\0"));
		message.size = size;
		expect_refused("cut off", &message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_in_order_and_once),
		cmocka_unit_test(what_is_no_host_name_is_dropped_and_counted),
		cmocka_unit_test(an_alias_of_a_delegated_part_is_followed_in_any_order),
		cmocka_unit_test(aliases_in_a_circle_end),
		cmocka_unit_test(records_of_other_names_and_types_are_passed_over),
		cmocka_unit_test(only_the_first_of_very_many_are_kept),
		cmocka_unit_test(malformed_messages_are_refused_as_a_whole),
		cmocka_unit_test(what_is_no_answer_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
