/* SPDX-License-Identifier: ISC */
/* When two fingerprints or two records of software are the same, and which hellos are JARM's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "model/fingerprint.h"
#include "model/observation.h"
#include "model/software.h"

static void a_fingerprint_is_none_only_if_all_is_zero(void **state)
{
	uint8_t none[CERTIFICATE_FINGERPRINT_SIZE] = {0}, some[CERTIFICATE_FINGERPRINT_SIZE] = {0};

	(void)state;
	assert_true(fingerprint_is_none(none));
	for (size_t i = 0; i < sizeof(some); i++) {
		some[i] = 1;
		assert_false(fingerprint_is_none(some));
		assert_false(fingerprint_equals(some, none));
		some[i] = 0;
		assert_true(fingerprint_equals(some, none));
	}
}

static void software_differs_in_any_field(void **state)
{
	static const size_t texts[] = {
		offsetof(struct software, product),        offsetof(struct software, version),
		offsetof(struct software, vendor),         offsetof(struct software, fingerprint),
		offsetof(struct software, distribution),   offsetof(struct software, front),
		offsetof(struct software, library),        offsetof(struct software, cpe),
		offsetof(struct software, support_ends),   offsetof(struct software, library_ends),
		offsetof(struct software, support_source),
	};
	static const struct software numbers[] = {
		{.family = FAMILY_OTHER},           {.confidence = CONFIDENCE_HIGH}, {.support = SUPPORT_ENDED},
		{.library_support = SUPPORT_ENDED}, {.is_version_certain = true},
	};
	struct software none;

	(void)state;
	memset(&none, 0, sizeof(none));
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		struct software other = none;

		((char *)&other)[texts[i]] = 'x';
		assert_false(software_equals(&none, &other));
		((char *)&other)[texts[i]] = '\0';
		((char *)&other)[texts[i] + 1] = 'x'; /* behind the end of the text */
		assert_true(software_equals(&none, &other));
	}
	for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++)
		assert_false(software_equals(&none, &numbers[i]));
}

static void ten_hellos_are_of_jarm(void **state)
{
	unsigned count = 0;

	(void)state;
	for (unsigned hello = 0; hello <= UINT8_MAX; hello++)
		count += tls_hello_is_jarm((enum tls_hello)hello) ? 1 : 0;
	assert_int_equal(count, TLS_HELLO_JARM_COUNT);
	assert_true(tls_hello_is_jarm(TLS_HELLO_JARM_1));
	assert_true(tls_hello_is_jarm(TLS_HELLO_JARM_10));
	assert_false(tls_hello_is_jarm(TLS_HELLO_SESSION));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fingerprint_is_none_only_if_all_is_zero),
		cmocka_unit_test(software_differs_in_any_field),
		cmocka_unit_test(ten_hellos_are_of_jarm),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
