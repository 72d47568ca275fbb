/* SPDX-License-Identifier: ISC */
/* @id@: where it holds, the neighbouring case, and what is unknown. */
#include "classify/findings/finding_test.h"

static void it_holds_where_it_should_and_not_beside_it(void **state)
{
	struct test_service service;

	(void)state;
	test_service_init(&service, 143);
	test_holds_not(&service, "@id@"); /* nothing is known */
	fail_msg("fill in what makes @id@ hold, say test_holds(); then the neighbouring case, and test_holds_not()");
	test_service_done(&service);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_where_it_should_and_not_beside_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
