/* SPDX-License-Identifier: ISC */
/* Tests of app/stats_groups.h and app/stats_keys.h: what a host adds to which group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/stats_groups.h"
#include "base/attributes.h"

static const struct attribution GERMANY = {.country = "DE", .asn = 64500}, ANYCAST = {.country = "US", .flags = ATTRIBUTION_ANYCAST},
				NOWHERE = {.asn = 0};

/* One service of a host. */
static void add(struct stats_groups *groups, const struct attribution *attribution, const struct service_record *record,
                const struct host_judgement *host, bool is_first, bool is_without)
{
	struct census_service service = {.service = record,
	                                 .host = host,
	                                 .is_first_of_host = is_first,
	                                 .is_without_tls = is_without,
	                                 .counts_for = record->protocol};

	stats_groups_count(groups, attribution, &service);
}

static struct service_record record_of(uint16_t port, enum wire_protocol protocol, enum verdict verdict, const char *product)
{
	struct service_record record = {.endpoint = {{IP_FAMILY_4, {192, 0, 2, 1}}, port}, .protocol = protocol, .verdict = verdict};

	(void)snprintf(record.software.product, sizeof(record.software.product), "%s", product);
	return record;
}

static unsigned keys_of(const char *text)
{
	struct error error;
	unsigned keys = 0;

	assert_true(stats_keys_parse(text, &keys, &error));
	return keys;
}

static void expect(struct stats_groups *groups, const char *value, size_t counter, uint64_t count)
{
	size_t before = groups->count;
	const struct stats_group *group = stats_groups_get(groups, value);

	assert_int_equal(groups->count, before);
	assert_int_equal(group->counts[counter], count);
}

static const struct host_judgement WITHOUT_POP3 = {.verdict = HOST_NO_TLS, .offers_pop3 = true, .offers_imap = true, .no_tls_pop3 = true};

static void a_host_is_counted_once_in_each_group(void **state)
{
	struct service_record records[] = {
		record_of(110, WIRE_POP3, VERDICT_NO_TLS, "A"), record_of(143, WIRE_IMAP, VERDICT_TLS_REQUIRED, "B"),
		record_of(995, WIRE_POP3, VERDICT_IMPLICIT_TLS, "A"), record_of(2110, WIRE_POP3, VERDICT_NO_TLS, "A")};
	struct stats_groups by_country, by_software;

	(void)state;
	stats_groups_init(&by_country, keys_of("country"));
	stats_groups_init(&by_software, keys_of("software"));
	for (size_t i = 0; i < ARRAY_LENGTH(records); i++) {
		bool is_without = records[i].verdict == VERDICT_NO_TLS;

		add(&by_country, &GERMANY, &records[i], &WITHOUT_POP3, i == 0, is_without);
		add(&by_software, NULL, &records[i], &WITHOUT_POP3, i == 0, is_without);
	}
	expect(&by_country, "DE", STATS_HOSTS, 1);
	expect(&by_country, "DE", STATS_SERVICES, 4);
	expect(&by_country, "DE", STATS_OFFERING + STATS_BOTH, 1);
	expect(&by_country, "DE", STATS_WITHOUT_TLS + STATS_ANY, 1);
	expect(&by_country, "DE", STATS_WITHOUT_TLS + STATS_BOTH, 0);
	expect(&by_software, "A", STATS_HOSTS, 1);
	expect(&by_software, "A", STATS_SERVICES, 3);
	expect(&by_software, "A", STATS_OFFERING + STATS_POP3, 1);
	expect(&by_software, "A", STATS_OFFERING + STATS_IMAP, 0);
	expect(&by_software, "A", STATS_WITHOUT_TLS + STATS_POP3, 1);
	expect(&by_software, "A", STATS_VERDICTS + VERDICT_NO_TLS, 2);
	expect(&by_software, "B", STATS_WITHOUT_TLS + STATS_ANY, 0);
	expect(&by_software, "B", STATS_OFFERING + STATS_ANY, 1);
	stats_groups_done(&by_country);
	stats_groups_done(&by_software);
}

static void protocols_of_one_group_come_together_service_by_service(void **state)
{
	struct service_record pop3 = record_of(110, WIRE_POP3, VERDICT_NO_TLS, "A"), imap = record_of(143, WIRE_IMAP, VERDICT_NO_TLS, "A");
	struct stats_groups groups;

	(void)state;
	stats_groups_init(&groups, keys_of("software"));
	add(&groups, NULL, &pop3, &WITHOUT_POP3, true, true);
	expect(&groups, "A", STATS_OFFERING + STATS_BOTH, 0);
	add(&groups, NULL, &imap, &WITHOUT_POP3, false, true);
	add(&groups, NULL, &imap, &WITHOUT_POP3, false, true);
	expect(&groups, "A", STATS_OFFERING + STATS_BOTH, 1);
	expect(&groups, "A", STATS_OFFERING + STATS_ANY, 1);
	expect(&groups, "A", STATS_WITHOUT_TLS + STATS_BOTH, 1);
	/* The next host begins anew. */
	add(&groups, NULL, &imap, &WITHOUT_POP3, true, false);
	expect(&groups, "A", STATS_HOSTS, 2);
	expect(&groups, "A", STATS_OFFERING + STATS_IMAP, 2);
	expect(&groups, "A", STATS_OFFERING + STATS_BOTH, 1);
	expect(&groups, "A", STATS_WITHOUT_TLS + STATS_IMAP, 1);
	stats_groups_done(&groups);
}

static void a_canary_is_no_service(void **state)
{
	static const struct host_judgement UNTOLD = {.verdict = HOST_FALSE};
	struct service_record canary = record_of(45678, WIRE_UNKNOWN, VERDICT_FALSE_HOST, "");
	struct stats_groups by_country, by_verdict;

	(void)state;
	canary.observation_flags = OBSERVED_CANARY;
	stats_groups_init(&by_country, keys_of("country"));
	stats_groups_init(&by_verdict, keys_of("verdict"));
	add(&by_country, &ANYCAST, &canary, &UNTOLD, true, false);
	add(&by_verdict, NULL, &canary, &UNTOLD, true, false);
	expect(&by_country, "anycast", STATS_HOSTS, 1);
	expect(&by_country, "anycast", STATS_SERVICES, 0);
	assert_int_equal(by_verdict.count, 0);
	stats_groups_done(&by_country);
	stats_groups_done(&by_verdict);
}

static void what_could_not_be_told_is_not_what_does_not_apply(void **state)
{
	static const struct host_judgement UNKNOWN = {.verdict = HOST_UNKNOWN}, OTHER = {.verdict = HOST_NOT_MAIL};
	struct service_record slow = record_of(110, WIRE_UNKNOWN, VERDICT_SLOW, ""), web = record_of(110, WIRE_HTTP, VERDICT_NOT_MAIL, "");
	struct stats_groups groups;

	(void)state;
	stats_groups_init(&groups, keys_of("country,asn,protocol,software,issuer,tls,pq"));
	add(&groups, &NOWHERE, &slow, &UNKNOWN, true, false);
	add(&groups, &NOWHERE, &web, &OTHER, true, false);
	expect(&groups, "\t\t\t\t\t\t", STATS_HOSTS, 1);
	expect(&groups, "\t\t(none)\t(none)\t(none)\t(none)\t(none)", STATS_HOSTS, 1);
	assert_int_equal(stats_group_untold_services(stats_groups_get(&groups, "\t\t\t\t\t\t")), 1);
	stats_groups_done(&groups);
}

static void a_service_is_in_a_group_for_each_finding(void **state)
{
	struct service_record record = record_of(110, WIRE_POP3, VERDICT_NO_TLS, "A");
	struct finding_record findings[] = {{.id = "one"}, {.id = "two"}};
	struct census_service service = {.service = &record,
	                                 .host = &WITHOUT_POP3,
	                                 .is_first_of_host = true,
	                                 .is_without_tls = true,
	                                 .counts_for = WIRE_POP3,
	                                 .findings = findings,
	                                 .finding_count = ARRAY_LENGTH(findings)};
	struct stats_groups groups;

	(void)state;
	stats_groups_init(&groups, keys_of("software,finding"));
	stats_groups_count(&groups, NULL, &service);
	expect(&groups, "one\tA", STATS_SERVICES, 1);
	expect(&groups, "two\tA", STATS_WITHOUT_TLS + STATS_POP3, 1);
	assert_int_equal(groups.count, 2);
	stats_groups_sort(&groups);
	assert_true(span_equals_text(stats_group_value(&groups.items[1], 0), "two"));
	assert_true(span_equals_text(stats_group_value(&groups.items[1], 1), "A"));
	stats_groups_done(&groups);
}

static void what_is_beyond_the_maximum_is_counted_together(void **state)
{
	struct stats_groups groups;
	uint64_t services = 0;

	(void)state;
	stats_groups_init(&groups, keys_of("software,port"));
	groups.maximum = 100;
	for (unsigned i = 0; i < 300; i++) {
		struct service_record record = record_of(110, WIRE_POP3, VERDICT_NO_TLS, "");

		(void)snprintf(record.software.product, sizeof(record.software.product), "made up %u", i % 150);
		add(&groups, NULL, &record, &WITHOUT_POP3, true, true);
	}
	assert_int_equal(groups.count, 101);
	expect(&groups, "(others)\t(others)", STATS_HOSTS, 100);
	for (size_t i = 0; i < groups.count; i++)
		services += groups.items[i].counts[STATS_SERVICES];
	assert_int_equal(services, 300);
	stats_groups_done(&groups);
}

static void hostile_words_are_bounded_and_none_of_ours(void **state)
{
	char text[sizeof(((struct software *)0)->product)];
	struct service_record record = record_of(110, WIRE_POP3, VERDICT_NO_TLS, "(others)");
	struct stats_groups groups;

	(void)state;
	stats_groups_init(&groups, keys_of("software"));
	add(&groups, NULL, &record, &WITHOUT_POP3, true, true);
	expect(&groups, "\"(others)\"", STATS_HOSTS, 1);
	memset(text, 0xff, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(record.software.product, text, sizeof(text));
	add(&groups, NULL, &record, &WITHOUT_POP3, true, true);
	assert_true(strlen(groups.items[1].value) < STATS_VALUE_SIZE);
	assert_int_equal(strncmp(groups.items[1].value, "\xef\xbf\xbd", 3), 0);
	stats_groups_done(&groups);
}

static void sets_of_keys_are_read_and_written(void **state)
{
	char text[STATS_KEYS_TEXT_SIZE];
	struct error error;
	unsigned keys;

	(void)state;
	stats_keys_format(keys_of("asn, country ,asn"), text);
	assert_string_equal(text, "country,asn");
	stats_keys_format((1U << STATS_KEY_COUNT) - 1, text);
	assert_int_equal(keys_of(text), (1U << STATS_KEY_COUNT) - 1);
	assert_false(stats_keys_parse("country,", &keys, &error));
	assert_false(stats_keys_parse("", &keys, &error));
	assert_false(stats_keys_parse("Country", &keys, &error));
	assert_true(stats_keys_are_of_hosts(keys_of("country,family")) && !stats_keys_are_of_hosts(keys_of("country,port")));
	assert_true(stats_keys_are_attributed(keys_of("port,asn")) && !stats_keys_are_attributed(keys_of("port,family")));
	assert_int_equal(stats_keys_wants(keys_of("country,issuer")), CENSUS_WANTS_ISSUERS);
}

static void each_counter_has_a_name_of_its_own(void **state)
{
	char names[STATS_COUNTER_COUNT][STATS_COUNTER_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < STATS_COUNTER_COUNT; i++) {
		stats_counter_name(i, names[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
	assert_string_equal(names[STATS_HOST_VERDICTS + HOST_NO_TLS], "host-no-tls");
	assert_string_equal(names[STATS_WITHOUT_TLS + STATS_BOTH], "without_tls_both");
	assert_string_equal(names[STATS_VERDICTS + VERDICT_COUNT - 1], "service-false-host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_counted_once_in_each_group),
		cmocka_unit_test(protocols_of_one_group_come_together_service_by_service),
		cmocka_unit_test(a_canary_is_no_service),
		cmocka_unit_test(what_could_not_be_told_is_not_what_does_not_apply),
		cmocka_unit_test(a_service_is_in_a_group_for_each_finding),
		cmocka_unit_test(what_is_beyond_the_maximum_is_counted_together),
		cmocka_unit_test(hostile_words_are_bounded_and_none_of_ours),
		cmocka_unit_test(sets_of_keys_are_read_and_written),
		cmocka_unit_test(each_counter_has_a_name_of_its_own),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
