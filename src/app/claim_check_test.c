/* SPDX-License-Identifier: ISC */
/* What was seen confirms or refutes a claim; what was not seen does neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/claim_check.h"

static void expect(enum claim_kind kind, enum wire_protocol claimed, enum standing standing, enum wire_protocol heard, bool has_accepted,
                   enum claim_outcome outcome, enum claim_reason reason)
{
	struct claim claim = {.kind = kind, .protocol = claimed};
	struct claim_judgement judgement = claim_check(&claim, standing, heard, has_accepted);

	assert_string_equal(claim_outcome_name(judgement.outcome), claim_outcome_name(outcome));
	assert_string_equal(claim_reason_name(judgement.reason), claim_reason_name(reason));
}

static void what_was_not_asked_or_told_proves_nothing(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < CLAIM_KIND_COUNT; kind++) {
		expect((enum claim_kind)kind, WIRE_IMAP, STANDING_UNASKED, WIRE_UNKNOWN, false, CLAIM_UNVERIFIED, REASON_NOT_ASKED);
		expect((enum claim_kind)kind, WIRE_IMAP, STANDING_UNTOLD, WIRE_UNKNOWN, false, CLAIM_UNVERIFIED, REASON_COULD_NOT_TELL);
	}
	expect(CLAIM_OPEN, WIRE_IMAP, STANDING_UNTOLD, WIRE_UNKNOWN, true, CLAIM_UNVERIFIED, REASON_COULD_NOT_TELL);
	expect(CLAIM_OPEN, WIRE_UNKNOWN, STANDING_UNTOLD, WIRE_UNKNOWN, true, CLAIM_AGREES, REASON_NONE);
	expect(CLAIM_CLOSED, WIRE_UNKNOWN, STANDING_UNTOLD, WIRE_UNKNOWN, true, CLAIM_DISAGREES, REASON_OPEN_NOW);
	expect(CLAIM_WITHOUT_TLS, WIRE_IMAP, STANDING_UNTOLD, WIRE_UNKNOWN, true, CLAIM_UNVERIFIED, REASON_COULD_NOT_TELL);
	expect(CLAIM_WITHOUT_TLS, WIRE_IMAP, STANDING_BROKEN, WIRE_IMAP, true, CLAIM_UNVERIFIED, REASON_TLS_UNCERTAIN);
}

static void open_and_closed_are_compared(void **state)
{
	(void)state;
	expect(CLAIM_CLOSED, WIRE_UNKNOWN, STANDING_SILENT, WIRE_UNKNOWN, false, CLAIM_AGREES, REASON_NONE);
	expect(CLAIM_CLOSED, WIRE_UNKNOWN, STANDING_PROTECTED, WIRE_IMAP, true, CLAIM_DISAGREES, REASON_OPEN_NOW);
	expect(CLAIM_OPEN, WIRE_UNKNOWN, STANDING_SILENT, WIRE_UNKNOWN, false, CLAIM_DISAGREES, REASON_CLOSED_NOW);
	expect(CLAIM_WITHOUT_TLS, WIRE_IMAP, STANDING_SILENT, WIRE_UNKNOWN, false, CLAIM_DISAGREES, REASON_CLOSED_NOW);
	expect(CLAIM_OPEN, WIRE_UNKNOWN, STANDING_WITHOUT_TLS, WIRE_IMAP, true, CLAIM_AGREES, REASON_NONE);
	expect(CLAIM_OPEN, WIRE_UNKNOWN, STANDING_OTHER, WIRE_SSH, true, CLAIM_AGREES, REASON_NONE);
}

static void protocols_are_compared(void **state)
{
	(void)state;
	expect(CLAIM_OPEN, WIRE_IMAP, STANDING_OTHER, WIRE_SSH, true, CLAIM_DISAGREES, REASON_NOT_MAIL);
	expect(CLAIM_OPEN, WIRE_IMAP, STANDING_PROTECTED, WIRE_POP3, true, CLAIM_DISAGREES, REASON_OTHER_PROTOCOL);
	expect(CLAIM_WITHOUT_TLS, WIRE_IMAP, STANDING_WITHOUT_TLS, WIRE_POP3, true, CLAIM_DISAGREES, REASON_OTHER_PROTOCOL);
	expect(CLAIM_WITH_TLS, WIRE_IMAP, STANDING_PROTECTED, WIRE_UNKNOWN, true, CLAIM_AGREES, REASON_NONE);
}

static void tls_is_compared(void **state)
{
	(void)state;
	expect(CLAIM_WITHOUT_TLS, WIRE_IMAP, STANDING_WITHOUT_TLS, WIRE_IMAP, true, CLAIM_AGREES, REASON_NONE);
	expect(CLAIM_WITHOUT_TLS, WIRE_IMAP, STANDING_OPTIONAL, WIRE_IMAP, true, CLAIM_DISAGREES, REASON_HAS_TLS);
	expect(CLAIM_WITHOUT_TLS, WIRE_IMAP, STANDING_UNCLEAR, WIRE_IMAP, true, CLAIM_DISAGREES, REASON_HAS_TLS);
	expect(CLAIM_WITHOUT_TLS, WIRE_IMAP, STANDING_PROTECTED, WIRE_IMAP, true, CLAIM_DISAGREES, REASON_HAS_TLS);
	expect(CLAIM_WITHOUT_TLS, WIRE_IMAP, STANDING_SHUT, WIRE_IMAP, true, CLAIM_DISAGREES, REASON_NO_LOGIN);
	expect(CLAIM_WITH_TLS, WIRE_IMAP, STANDING_LEGACY, WIRE_IMAP, true, CLAIM_AGREES, REASON_NONE);
	expect(CLAIM_WITH_TLS, WIRE_IMAP, STANDING_WITHOUT_TLS, WIRE_IMAP, true, CLAIM_DISAGREES, REASON_WITHOUT_TLS);
	expect(CLAIM_WITH_TLS, WIRE_IMAP, STANDING_SHUT, WIRE_IMAP, true, CLAIM_DISAGREES, REASON_TLS_BROKEN);
	expect(CLAIM_WITH_TLS, WIRE_IMAP, STANDING_BROKEN, WIRE_IMAP, true, CLAIM_DISAGREES, REASON_TLS_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_asked_or_told_proves_nothing),
		cmocka_unit_test(open_and_closed_are_compared),
		cmocka_unit_test(protocols_are_compared),
		cmocka_unit_test(tls_is_compared),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
