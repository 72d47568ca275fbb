/* SPDX-License-Identifier: ISC */
/* More of the promise of store.h, asked of every driver: statistics that are kept, and findings of single hosts. */
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "place.h"

/* ---- findings of single hosts ---- */

static void set_finding(struct place *place, census_id census, const char *address, const char *id)
{
	struct finding_record finding = sample_finding(address, 110, id, 0);

	MUST(store_set_findings(place->store, census, &finding.endpoint.address, &finding, 1, &place->error));
}

/* Asks for the findings of each host, of its neighbours, and of one that was passed. */
struct asking {
	struct place *place;
	census_id census;
	char text[8192];
};

static bool note_finding(void *context, const struct finding_record *finding)
{
	char *text = context, address[IP_ADDRESS_TEXT_SIZE];
	size_t used = strlen(text);

	ip_address_format(finding->endpoint.address, address);
	(void)snprintf(text + used, sizeof(((struct asking *)0)->text) - used, "%s/%s ", address, finding->id);
	return true;
}

static bool ask_for_findings(void *context, const struct service_record *service)
{
	struct asking *asking = context;
	struct store_visitor visitor = {.context = asking->text, .on_finding = note_finding};
	struct ip_address asked[] = {service->endpoint.address, service->endpoint.address, ip_address_next(service->endpoint.address),
	                             sample_address("10.0.0.1")};

	for (size_t i = 0; i < ARRAY_LENGTH(asked); i++) {
		struct place *place = asking->place;

		MUST(store_visit_findings(place->store, asking->census, &asked[i], &visitor, &place->error));
	}
	return true;
}

static void findings_of_single_hosts_are_those_however_they_are_asked_for(void **state)
{
	struct place *place = *state;
	struct asking asking = {.place = place};
	struct store_visitor visitor = {.context = &asking, .on_service = ask_for_findings};
	char expected[sizeof(asking.text)] = "", address[IP_ADDRESS_TEXT_SIZE];
	size_t used = 0;

	begin(place);
	asking.census = add_census(place, 0);
	for (unsigned i = 0; i < 700; i++) {
		(void)snprintf(address, sizeof(address), "10.0.%u.%u", i / 256, i % 256);
		/* Most hosts have some, more than are read ahead, and not all that have some have a service. */
		if (i % 9 == 3)
			add_service(place, asking.census, address, 110, 0);
		if (i % 3 != 0 || i % 2 == 0)
			set_finding(place, asking.census, address, i == 1 ? "the-first" : "f");
	}
	add_service(place, asking.census, "2001:db8::1", 110, 0);
	set_finding(place, asking.census, "2001:db8::1", "f");
	commit(place);
	for (unsigned i = 3; i < 700; i += 9) {
		for (unsigned host = i; host <= i + 1; host++) {
			if ((host % 3 != 0 || host % 2 == 0) && host < 700)
				used += (size_t)snprintf(expected + used, sizeof(expected) - used,
				                         host == i ? "10.0.%u.%u/f 10.0.%u.%u/f " : "10.0.%u.%u/f ", host / 256, host % 256,
				                         host / 256, host % 256);
		}
		used += (size_t)snprintf(expected + used, sizeof(expected) - used, "10.0.0.1/the-first ");
	}
	(void)snprintf(expected + used, sizeof(expected) - used, "2001:db8::1/f 2001:db8::1/f 10.0.0.1/the-first ");
	reopen(place, STORE_READ_ONLY);
	MUST(store_visit_services(place->store, asking.census, NULL, &visitor, &place->error));
	assert_string_equal(asking.text, expected);
}

/* ---- statistics ---- */

/* What a visit saw. */
struct seen {
	char text[2048];
	size_t count, stop_after;
};

static bool see_count(void *context, const struct count_record *count)
{
	struct seen *seen = context;
	size_t used = strlen(seen->text);

	(void)snprintf(seen->text + used, sizeof(seen->text) - used, "%s%s[%.*s]%.*s", used > 0 ? " " : "", count->kind,
	               (int)count->value.size, (const char *)count->value.data, (int)count->numbers.size,
	               (const char *)count->numbers.data);
	return ++seen->count != seen->stop_after;
}

static void expect_counts(struct place *place, census_id census, const char *kind, const char *expected)
{
	struct seen seen = {.count = 0};
	struct store_visitor visitor = {.context = &seen, .on_count = see_count};

	MUST(store_visit_counts(place->store, census, kind, &visitor, &place->error));
	assert_string_equal(seen.text, expected);
}

static void add_count(struct place *place, census_id census, const char *kind, const char *value, const char *numbers)
{
	struct count_record count = {kind, span_from_text(value), span_from_text(numbers)};

	MUST(store_add_count(place->store, census, &count, &place->error));
}

/* A census that has ended and was counted, which the transaction that is open now may change. */
static census_id add_counted_census(struct place *place)
{
	census_id census;

	begin(place);
	census = add_census(place, 0);
	add_service(place, census, "192.0.2.1", 110, 0);
	MUST(store_end_census(place->store, census, (struct timestamp){1795469999999}, &place->error));
	commit(place);
	begin(place);
	add_count(place, census, "country,asn", "FR\t1", "{\"hosts\":1}");
	add_count(place, census, "country,asn", "DE\t\xc3\xa4", "{\"hosts\":2}");
	add_count(place, census, "port", "", "{}");
	add_count(place, census, "country,asn", "FR\t1", "{\"hosts\":18446744073709551615,\"a-b\":3}");
	commit(place);
	begin(place);
	return census;
}
static const char COUNTED[] = "country,asn[DE\t\xc3\xa4]{\"hosts\":2} country,asn[FR\t1]{\"hosts\":18446744073709551615,\"a-b\":3}";

static void counts_come_back_by_kind_in_order_of_their_values(void **state)
{
	struct place *place = *state;
	census_id census = add_counted_census(place), other = add_census(place, 1);
	struct seen seen = {.stop_after = 1};
	struct store_visitor visitor = {.context = &seen, .on_count = see_count};

	add_count(place, other, "port", "110", "{\"hosts\":5}");
	commit(place);
	reopen(place, STORE_READ_ONLY);
	expect_counts(place, census, "country,asn", COUNTED);
	expect_counts(place, census, "port", "port[]{}");
	expect_counts(place, census, "country", "");
	expect_counts(place, other, "port", "port[110]{\"hosts\":5}");
	MUST(store_visit_counts(place->store, census, "country,asn", &visitor, &place->error));
	assert_int_equal(seen.count, 1);
}

static void counts_are_forgotten_when_a_record_of_the_census_changes(void **state)
{
	struct place *place = *state;
	census_id census = add_counted_census(place);
	struct finding_record finding = sample_finding("192.0.2.1", 110, "no-tls", 0);

	add_service(place, census, "192.0.2.2", 110, 0);
	store_rollback(place->store);
	expect_counts(place, census, "country,asn", COUNTED);
	begin(place);
	add_service(place, census, "192.0.2.2", 110, 0);
	add_count(place, census, "port", "110", "{\"hosts\":7}");
	add_service(place, census, "192.0.2.3", 110, 0);
	commit(place);
	expect_counts(place, census, "country,asn", "");
	expect_counts(place, census, "port", "");
	begin(place);
	add_count(place, census, "port", "110", "{\"hosts\":8}");
	commit(place);
	expect_counts(place, census, "port", "port[110]{\"hosts\":8}");
	begin(place);
	MUST(store_set_findings(place->store, census, &finding.endpoint.address, &finding, 1, &place->error));
	commit(place);
	expect_counts(place, census, "port", "");
	begin(place);
	add_count(place, census, "port", "110", "{\"hosts\":9}");
	commit(place);
	begin(place);
	MUST(store_end_census(place->store, census, (struct timestamp){1795469999999}, &place->error));
	commit(place);
	expect_counts(place, census, "port", "");
	begin(place);
	add_count(place, census, "port", "110", "{\"hosts\":10}");
	MUST(store_forget_counts(place->store, census, &place->error));
	commit(place);
	expect_counts(place, census, "port", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(findings_of_single_hosts_are_those_however_they_are_asked_for, place_set_up,
	                                        place_tear_down),
		cmocka_unit_test_setup_teardown(counts_come_back_by_kind_in_order_of_their_values, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(counts_are_forgotten_when_a_record_of_the_census_changes, place_set_up, place_tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
