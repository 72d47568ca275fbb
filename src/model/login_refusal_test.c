/* SPDX-License-Identifier: ISC */
/* Which words of a refusal say that TLS is missing (rules ); the texts are of real servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "model/login_refusal.h"

struct row {
	const char *reply;
	bool wants_tls, denies_mechanism;
};

static void refusals_are_read_as_the_rules_say(void **state)
{
	static const struct row rows[] = {
		{"-ERR TLS required to log in.", true, true},                                           /* Courier */
		{"m3 NO STARTTLS required", true, true},                                                /* Courier */
		{"m3 NO [PRIVACYREQUIRED] Plaintext authentication disabled.", true, true},             /* Dovecot 2.3 */
		{"m3 NO Cleartext authentication disallowed on non-secure connections.", true, true},   /* Dovecot 2.4 */
		{"m3 NO encryption needed to use mechanism", true, true},                               /* Cyrus */
		{"m3 NO AUTHENTICATE Command disabled", false, true},                                   /* Mailutils */
		{"-ERR Incorrect state", false, true},                                                  /* Mailutils */
		{"-ERR Mate, the command must be one of STLS, CAPA, USER, PASS or QUIT", false, false}, /* Perdition */
		{"-ERR Invalid command.", false, false},
		{"m3 NO Login failed.", false, false},
		{"NO titles, no hassle", false, false},
		{"", false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct span reply = span_from_text(rows[i].reply);

		if (login_refusal_wants_tls(reply) != rows[i].wants_tls ||
		    login_refusal_denies_mechanism(reply) != rows[i].denies_mechanism)
			fail_msg("read otherwise: %s", rows[i].reply);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_are_read_as_the_rules_say),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
