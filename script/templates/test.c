/* SPDX-License-Identifier: ISC */
/* What @name@ promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void it_keeps_its_promise(void **state)
{
	(void)state;
	fail_msg("say in the name of this test what @name@ must do, and assert it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_keeps_its_promise),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
