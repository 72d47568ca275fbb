/* SPDX-License-Identifier: ISC */
/* Rule V-1: greetings as real servers send them come apart into the texts that patterns are made for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "software/identify.h"

static struct observation observation;
static struct buffer normalised;
static struct software_evidence evidence;

static int set_up(void **state)
{
	(void)state;
	observation_init(&observation);
	buffer_init(&normalised, 1024);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	observation_done(&observation);
	buffer_done(&normalised);
	return 0;
}

static void take(enum wire_protocol protocol, const char *greeting, const char *capabilities)
{
	observation.protocol = protocol;
	buffer_clear(&observation.greeting);
	buffer_append_text(&observation.greeting, greeting);
	buffer_clear(&observation.capabilities_before);
	buffer_append_text(&observation.capabilities_before, capabilities);
	software_evidence_from(&observation, &normalised, &evidence);
}

static void assert_text(struct span is, const char *wanted)
{
	if (!span_equals_text(is, wanted))
		fail_msg("expected \"%s\", got \"%.*s\"", wanted, (int)is.size, is.size > 0 ? (const char *)is.data : "");
}

static void test_imap_greeting_loses_status_and_code(void **state)
{
	(void)state;
	take(WIRE_IMAP, "* OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE LOGINDISABLED] vm Cyrus IMAP 3.6.1 server ready", "IMAP4rev1 ACL");
	assert_text(evidence.greeting, "vm Cyrus IMAP 3.6.1 server ready");
	assert_text(evidence.raw_greeting, "[CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE LOGINDISABLED] vm Cyrus IMAP 3.6.1 server ready");
	assert_text(evidence.capabilities, "IMAP4rev1 LITERAL+ ID ENABLE LOGINDISABLED"); /* the greeting's come first */
	assert_true(evidence.is_greeted);
	take(WIRE_IMAP, "* OK IMAP4 ready", "IMAP4 IMAP4rev1 UIDPLUS AUTH=PLAIN");
	assert_text(evidence.greeting, "IMAP4 ready");
	assert_text(evidence.capabilities, "IMAP4 IMAP4rev1 UIDPLUS AUTH=PLAIN");
	take(WIRE_IMAP, "* PREAUTH [ALERT] ready  ", "");
	assert_text(evidence.greeting, "ready");
	take(WIRE_IMAP, "* BYE Connection is closed. 14", "");
	assert_text(evidence.greeting, "Connection is closed. 14");
	assert_false(evidence.is_greeted);
}

static void test_odd_imap_greetings(void **state)
{
	(void)state;
	take(WIRE_IMAP, "* OK", "");
	assert_text(evidence.greeting, "");
	assert_true(evidence.is_greeted);
	take(WIRE_IMAP, "* OK [CAPABILITY IMAP4rev1 CUT-OFF-HE", "IMAP4rev1");
	assert_text(evidence.greeting, "");
	assert_text(evidence.capabilities, "IMAP4rev1");
	take(WIRE_IMAP, "", "");
	assert_false(evidence.is_greeted);
	assert_int_equal(evidence.greeting.size, 0);
	take(WIRE_IMAP, "* OK []", "");
	assert_text(evidence.greeting, "");
}

static void test_inside_tls_where_it_came_first(void **state)
{
	(void)state;
	buffer_append_text(&observation.capabilities_after, "IMAP4rev1 SASL-IR");
	take(WIRE_IMAP, "* OK IMAP4 ready", "");
	assert_text(evidence.capabilities, "IMAP4rev1 SASL-IR");
}

static void test_pop3_greeting_loses_its_stamp(void **state)
{
	(void)state;
	take(WIRE_POP3, "+OK Dovecot (Debian) ready. <39.6.6b045f15.u11J6eHvStOsdzV0oTlomQ==@vm>", "TOP / UIDL");
	assert_text(evidence.greeting, "Dovecot (Debian) ready.");
	assert_text(evidence.raw_greeting, "Dovecot (Debian) ready. <39.6.6b045f15.u11J6eHvStOsdzV0oTlomQ==@vm>");
	assert_text(evidence.capabilities, "TOP / UIDL");
	assert_true(evidence.has_stamp);
	assert_false(evidence.has_pid_time_stamp || evidence.has_uuid_stamp);
	take(WIRE_POP3, "+OK Microsoft Windows POP3 Service Version 1.0 <77@srv> ready.", "");
	assert_text(evidence.greeting, "Microsoft Windows POP3 Service Version 1.0 ready.");
	take(WIRE_POP3, "+OK <1185161310.3352@example.org> [XMail 1.27 POP3 Server] service ready", "");
	assert_text(evidence.greeting, "[XMail 1.27 POP3 Server] service ready");
	take(WIRE_POP3, "+OK <1896.697170952@example.org>", "");
	assert_text(evidence.greeting, "");
	assert_true(evidence.has_pid_time_stamp);
	take(WIRE_POP3, "+OK POP3 server ready <58c29ae4-7316-429e-8109-060444ab1a28@example.org>", "");
	assert_text(evidence.greeting, "POP3 server ready");
	assert_true(evidence.has_uuid_stamp);
	assert_false(evidence.has_pid_time_stamp);
}

static void test_what_is_no_stamp_stays(void **state)
{
	static const char *const TEXTS[] = {"<", "<>", "a <b", "a < b@c >", "1 < 2 > 3", "<no-at>", "<<<<"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(TEXTS); i++) {
		char greeting[64];

		snprintf(greeting, sizeof(greeting), "+OK %s", TEXTS[i]);
		take(WIRE_POP3, greeting, "");
		assert_text(evidence.greeting, TEXTS[i]);
		assert_false(evidence.has_stamp);
	}
	take(WIRE_POP3, "+OK a <b <1.2@c>", "");
	assert_text(evidence.greeting, "a <b");
	assert_true(evidence.has_pid_time_stamp);
}

static void test_pop3_refusals(void **state)
{
	(void)state;
	observation.flags = OBSERVED_CAPABILITY_REFUSED;
	observation.upgrade = UPGRADE_REFUSED;
	buffer_append_text(&observation.upgrade_reply, "-ERR");
	take(WIRE_POP3, "+OK", "");
	assert_true(evidence.is_greeted && evidence.is_capability_refused);
	assert_text(evidence.refusal_reply, "-ERR");
	assert_text(evidence.greeting, "");
	take(WIRE_POP3, "-ERR Auth process broken", "");
	assert_false(evidence.is_greeted);
	assert_text(evidence.greeting, "Auth process broken");
}

static void test_implementation(void **state)
{
	(void)state;
	take(WIRE_POP3, "+OK Hello there.",
	     "SASL PLAIN / STLS / TOP / USER / LOGIN-DELAY 10 / PIPELINING / UIDL / IMPLEMENTATION Courier Mail Server");
	assert_text(evidence.implementation, "Courier Mail Server");
	take(WIRE_POP3, "+OK", "IMPLEMENTATION  Cyrus POP3 3.6.1-Debian-3.6.1-4+deb12u4 / USER");
	assert_text(evidence.implementation, "Cyrus POP3 3.6.1-Debian-3.6.1-4+deb12u4");
	take(WIRE_POP3, "+OK", "IMPLEMENTATION / USER");
	assert_text(evidence.implementation, "");
	take(WIRE_POP3, "+OK", "XIMPLEMENTATION a / USER /");
	assert_text(evidence.implementation, "");
}

static void test_other_protocols(void **state)
{
	(void)state;
	take(WIRE_SIEVE, "\"IMPLEMENTATION\" \"Dovecot (Debian) Pigeonhole\"", "");
	assert_text(evidence.implementation, "Dovecot (Debian) Pigeonhole");
	take(WIRE_SMTP, "220 mx.example.org ESMTP Postfix\r\n", "");
	assert_text(evidence.greeting, "mx.example.org ESMTP Postfix");
	take(WIRE_SSH, "SSH-2.0-OpenSSH_9.2", "");
	assert_false(evidence.is_greeted);
	assert_int_equal(evidence.greeting.size, 0);
}

static void test_identity_is_taken(void **state)
{
	(void)state;
	buffer_append_text(&observation.identity, "name=Dovecot");
	take(WIRE_IMAP, "* OK x", "");
	assert_text(evidence.identity, "name=Dovecot");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_imap_greeting_loses_status_and_code, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_odd_imap_greetings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_inside_tls_where_it_came_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pop3_greeting_loses_its_stamp, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_no_stamp_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pop3_refusals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_implementation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_protocols, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_identity_is_taken, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
