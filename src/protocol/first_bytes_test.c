/* SPDX-License-Identifier: ISC */
/* Table 1.6 of the rulebook, and the words of refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/first_bytes.h"
#include "protocol/refusal.h"

struct row {
	const char *bytes;
	size_t size;
	enum wire_protocol protocol;
};

#define ROW(bytes, protocol)                                                                                                               \
	{                                                                                                                                  \
		bytes, sizeof(bytes) - 1, protocol                                                                                         \
	}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum wire_protocol found = first_bytes_protocol(span_make(rows[i].bytes, rows[i].size));

		if (found != rows[i].protocol)
			fail_msg("\"%s\" is %s, not %s", rows[i].bytes, wire_protocol_name(found), wire_protocol_name(rows[i].protocol));
	}
}

static void each_row_of_the_table_is_told(void **state)
{
	static const struct row rows[] = {
		ROW("+OK", WIRE_POP3),
		ROW("+OK hi\r\n", WIRE_POP3),
		ROW("-ERR", WIRE_POP3),
		ROW("+ok", WIRE_POP3),
		ROW("* OK ready", WIRE_IMAP),
		ROW("* BYE", WIRE_IMAP),
		ROW("* PREAUTH x", WIRE_IMAP),
		ROW("* ok", WIRE_IMAP),
		ROW("220 mx ESMTP", WIRE_SMTP),
		ROW("220-a\r\n220 b smtp", WIRE_SMTP),
		ROW("220 mail.example.org", WIRE_SMTP),
		ROW("554 no", WIRE_SMTP),
		ROW("500 5.5.1 what", WIRE_SMTP),
		ROW("220 mail.example.org FTP server", WIRE_FTP),
		ROW("220 ProFTPD", WIRE_FTP),
		ROW("220 FileZilla Server", WIRE_FTP),
		ROW("220 x", WIRE_SMTP_OR_FTP),
		ROW("421 later", WIRE_SMTP_OR_FTP),
		ROW("SSH-2.0-x", WIRE_SSH),
		ROW("HTTP/1.1 400", WIRE_HTTP),
		ROW("<HTML>", WIRE_HTTP),
		ROW("<!doctype html>", WIRE_HTTP),
		ROW("\x16\x03\x01\x02", WIRE_TLS),
		ROW("\x15\x03\x03\x00\x02\x02\x28", WIRE_TLS),
		ROW("\x80\x2e\x04\x00", WIRE_SSLV2),
		ROW("\x80\x03\x00\x00\x01", WIRE_SSLV2),
		ROW("RFB 003.008\n", WIRE_VNC),
		ROW("@RSYNCD: 31\n", WIRE_RSYNC),
		ROW("\xff\xfb\x01", WIRE_TELNET),
		ROW("\xff\xfe\x01", WIRE_TELNET),
		ROW("<stream:stream", WIRE_XMPP),
		ROW("<?xml v", WIRE_XMPP),
		ROW("\x4a\x00\x00\x00\x0a"
	            "8.0",
	            WIRE_MYSQL),
		ROW("\"IMPLEMENTATION\" \"x\"", WIRE_SIEVE),
		ROW("hello", WIRE_OTHER_TEXT),
		ROW("220x", WIRE_OTHER_TEXT),
		ROW("\r\n", WIRE_OTHER_TEXT),
		ROW("\x01\x02", WIRE_OTHER_BINARY),
		ROW("he\0lo", WIRE_OTHER_BINARY),
		ROW("\xff\xfa", WIRE_OTHER_BINARY),
		ROW("\x15\x03\x03\x01\x02", WIRE_OTHER_BINARY),
		ROW("\x16\x04\x01", WIRE_OTHER_BINARY),
	};

	(void)state;
	check_rows(rows, ARRAY_LENGTH(rows));
}

static void nothing_is_told_before_it_can_be(void **state)
{
	static const struct row rows[] = {
		ROW("", WIRE_UNKNOWN),          ROW("+", WIRE_UNKNOWN),     ROW("+o", WIRE_UNKNOWN),     ROW("-ER", WIRE_UNKNOWN),
		ROW("*", WIRE_UNKNOWN),         ROW("* ", WIRE_UNKNOWN),    ROW("* P", WIRE_UNKNOWN),    ROW("* PREAUT", WIRE_UNKNOWN),
		ROW("* by", WIRE_UNKNOWN),      ROW("+X", WIRE_OTHER_TEXT), ROW("* X", WIRE_OTHER_TEXT), ROW("*OK", WIRE_OTHER_TEXT),
		ROW("* PREX", WIRE_OTHER_TEXT),
	};

	(void)state;
	check_rows(rows, ARRAY_LENGTH(rows));
}

static void only_offset_zero_counts(void **state)
{
	static const struct row rows[] = {ROW(" +OK", WIRE_OTHER_TEXT), ROW("x* OK", WIRE_OTHER_TEXT), ROW("* OK \x16\x03\x01", WIRE_IMAP)};

	(void)state;
	check_rows(rows, ARRAY_LENGTH(rows));
}

static void pop3_and_imap_stay_once_told(void **state)
{
	static const char *const greetings[] = {"+OK hello", "-ERR no", "* OK hello", "* BYE x", "* PREAUTH y"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(greetings); i++) {
		struct span whole = span_from_text(greetings[i]);
		enum wire_protocol told = WIRE_UNKNOWN;

		for (size_t size = 0; size <= whole.size; size++) {
			enum wire_protocol now = first_bytes_protocol(span_part(whole, 0, size));

			assert_true(told == WIRE_UNKNOWN || now == told);
			told = now;
		}
		assert_true(told == WIRE_POP3 || told == WIRE_IMAP);
	}
}

static void check_refusal(const char *text, enum refusal expected)
{
	enum refusal found = refusal_of(span_from_text(text));

	if (found != expected)
		fail_msg("\"%s\" is %d, not %d", text, (int)found, (int)expected);
}

static void refusals_for_now_are_busy(void **state)
{
	static const char *const texts[] = {
		" [SYS/TEMP] x",
		" [IN-USE] x",
		"[LOGIN-DELAY]",
		" [unavailable] x",
		" [INUSE]",
		" [LIMIT 5] x",
		" Too many connections",
		"please try again",
		"Temporary failure",
		"temporarily off",
		"Maximum number of connections",
		"rate limit",
		"login rate exceeded",
		"Auth process broken",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		check_refusal(texts[i], REFUSAL_BUSY);
}

static void refusals_of_us_are_denied(void **state)
{
	(void)state;
	check_refusal(" access denied", REFUSAL_DENIED);
	check_refusal("Blocked", REFUSAL_DENIED);
	check_refusal("you are blacklisted", REFUSAL_DENIED);
	check_refusal("against our policy.", REFUSAL_DENIED);
	check_refusal("blocked, rate exceeded", REFUSAL_BUSY);
}

static void other_refusals_say_no_more_than_no(void **state)
{
	static const char *const texts[] = {"",           " ",       "[",        "[]",        "[SYS/PERM] x", "[PRIVACYREQUIRED] x",
	                                    "generate",   "operate", "separate", "unblocked", "rates",        "TLS not configured",
	                                    "[xSYS/TEMP]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		check_refusal(texts[i], REFUSAL_PLAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_of_the_table_is_told),
		cmocka_unit_test(nothing_is_told_before_it_can_be),
		cmocka_unit_test(only_offset_zero_counts),
		cmocka_unit_test(pop3_and_imap_stay_once_told),
		cmocka_unit_test(refusals_for_now_are_busy),
		cmocka_unit_test(refusals_of_us_are_denied),
		cmocka_unit_test(other_refusals_say_no_more_than_no),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
