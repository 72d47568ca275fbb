/* SPDX-License-Identifier: ISC */
/* What a person may write for the packet engines, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/engine_options.h"

static struct engine_options fresh(void)
{
	struct engine_options options;

	engine_options_init(&options);
	return options;
}

static void defaults_are_complete(void **state)
{
	struct engine_options options = fresh();
	struct error error;

	(void)state;
	assert_true(engine_options_finish(&options, &error));
	assert_int_equal(options.first_port, 61000);
	assert_int_equal(options.last_port, 65535);
	assert_int_equal(options.swept.count, 2);
	assert_int_equal(options.swept.ports[0], 110);
	assert_int_equal(options.swept.ports[1], 143);
	assert_false(options.has_gateway);
	assert_true(options.bits_per_second == 0);
	assert_false(engine_options_want_raw(&options));
}

static void link_addresses(void **state)
{
	static const uint8_t WANTED[] = {0x02, 0x00, 0x5e, 0x1f, 0xAB, 0x01};
	static const char *const GOOD[] = {"02:00:5e:1f:ab:01", "02-00-5E-1F-AB-01"};
	static const char *const BAD[] = {
		"", "02:00:5e:1f:ab", "02:00:5e:1f:ab:01:", "02:00:5e:1f:ab:0g", "02.00.5e.1f.ab.01", "0200:5e:1f:ab:01:2"};
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		struct engine_options options = fresh();

		options.gateway_mac = GOOD[i];
		assert_true(engine_options_finish(&options, &error));
		assert_true(options.has_gateway);
		assert_memory_equal(options.gateway_link, WANTED, sizeof(WANTED));
	}
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct engine_options options = fresh();

		options.gateway_mac = BAD[i];
		assert_false(engine_options_finish(&options, &error));
		assert_non_null(strstr(error.text, "--gateway-mac"));
	}
}

static void source_ports(void **state)
{
	static const char *const BAD[] = {"",          "5000",      "5000-",      "-5000",         "500-9000",
	                                  "9000-5000", "5000-5010", "5000-70000", "5000-6000-7000"};
	struct engine_options options = fresh();
	struct error error;

	(void)state;
	options.source_ports = "40000-40063";
	assert_true(engine_options_finish(&options, &error));
	assert_int_equal(options.first_port, 40000);
	assert_int_equal(options.last_port, 40063);
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		options = fresh();
		options.source_ports = BAD[i];
		assert_false(engine_options_finish(&options, &error));
		assert_non_null(strstr(error.text, "--source-ports"));
	}
}

static void bandwidths(void **state)
{
	static const struct {
		const char *text;
		double bits;
	} GOOD[] = {{"64000", 64e3}, {"500k", 500e3}, {"500K", 500e3}, {"10M", 10e6}, {"1G", 1e9}, {"1000G", 1e12}};
	static const char *const BAD[] = {"", "0", "M", "10m", "10MM", "-1", "1.5M", "1001G", "10 M"};
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		struct engine_options options = fresh();

		options.bandwidth = GOOD[i].text;
		assert_true(engine_options_finish(&options, &error));
		assert_true(options.bits_per_second == GOOD[i].bits);
	}
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct engine_options options = fresh();

		options.bandwidth = BAD[i];
		assert_false(engine_options_finish(&options, &error));
		assert_non_null(strstr(error.text, "--bandwidth"));
	}
}

static void swept_ports(void **state)
{
	struct engine_options options = fresh();
	struct error error;

	(void)state;
	options.sweep_ports = "993";
	assert_true(engine_options_finish(&options, &error));
	assert_int_equal(options.swept.count, 1);
	options = fresh();
	options.sweep_ports = "110;143";
	assert_false(engine_options_finish(&options, &error));
	assert_non_null(strstr(error.text, "--sweep-ports"));
}

static void which_engines_send_frames(void **state)
{
	struct engine_options options = fresh();

	(void)state;
	for (unsigned engine = ENGINE_AUTO; engine <= ENGINE_RAW; engine++) {
		options.engine = engine;
		assert_int_equal(engine_options_want_raw(&options), engine >= ENGINE_PACKET);
		assert_non_null(ENGINE_CHOICES[engine]);
	}
}

int main(void)
{
	static const struct CMUnitTest TESTS[] = {
		cmocka_unit_test(defaults_are_complete), cmocka_unit_test(link_addresses),
		cmocka_unit_test(source_ports),          cmocka_unit_test(bandwidths),
		cmocka_unit_test(swept_ports),           cmocka_unit_test(which_engines_send_frames),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
