/* SPDX-License-Identifier: ISC */
/* What becomes of a reply to ID, well formed and not (rule I-13). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "protocol/imap/id_reply.h"

struct row {
	const char *reply, *flattened;
};

static void replies_are_flattened(void **state)
{
	static const struct row rows[] = {
		{"(\"name\" \"Dovecot\")", "name=Dovecot"},
		{"(\"NAME\" \"Cyrus IMAPD\" \"Version\" \"3.6.1\")", "name=Cyrus IMAPD;version=3.6.1"},
		{" ( \"name\"  \"x\" ) ", "name=x"},
		{"(\"name\" NIL \"os\" nil)", "name=;os="},
		{"(\"environment\" \"Built w/SASL; Running w/OpenSSL 3.0.20\")", "environment=Built w/SASL; Running w/OpenSSL 3.0.20"},
		{"(\"a\\\"b\" \"c\\\\d\")", "a\"b=c\\d"},
		{"(name {7}\r\nDove)\"c version {1+}\r\n2)", "name=Dove)\"c;version=2"},
		{"(name Dovecot)", "name=Dovecot"},
		{"NIL", ""},
		{"()", ""},
		{"", ""},
		{"(", ""},
		{"(\"name\"", "name="},
		{"(\"name\" \"Dove", "name=Dove"},
		{"(\"name\" \"Dove\\", "name=Dove\\"},
		{"(\"name\" {9}\r\nshort", "name=short"},
		{"(\"name\" {", "name="},
		{"(\"name\" {99999999999}\r\nx)", "name=;x="},
		{"(\"name\" \"x\") \"os\" \"y\"", "name=x"},
		{"\"name\" \"x\"", ""},
	};
	struct buffer out;

	(void)state;
	buffer_init(&out, 200);
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		id_reply_flatten(span_from_text(rows[i].reply), &out);
		assert_string_equal(buffer_text(&out), rows[i].flattened);
	}
	buffer_done(&out);
}

static void no_more_is_kept_than_there_is_room_for(void **state)
{
	struct buffer out;

	(void)state;
	buffer_init(&out, 8);
	id_reply_flatten(span_from_text("(\"NAME\" \"Dovecot\" \"VERSION\" \"2\")"), &out);
	assert_string_equal(buffer_text(&out), "name=Dov");
	assert_true(out.overflowed);
	buffer_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_are_flattened),
		cmocka_unit_test(no_more_is_kept_than_there_is_room_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
