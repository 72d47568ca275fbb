/* SPDX-License-Identifier: ISC */
/* Tests of app/census_counts.h: what was counted is kept whole or not at all, and comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/census_counts.h"
#include "base/attributes.h"
#include "base/memory.h"

struct place {
	char folder[64], location[96];
	struct store *store;
	struct attributor *attributor; /* knows nothing */
	struct census_reader reader;
	struct error error;
};

#define MUST(call)                                                                                                                         \
	do {                                                                                                                               \
		if (!(call))                                                                                                               \
			fail_msg("%s", place->error.text);                                                                                 \
	} while (0)

static void add_service(struct place *place, uint8_t host, uint16_t port)
{
	struct service_record service = {.endpoint = {{IP_FAMILY_4, {192, 0, 2, host}}, port},
	                                 .protocol = WIRE_IMAP,
	                                 .verdict = VERDICT_NO_TLS,
	                                 .reason = span_from_text("made")};

	MUST(store_add_service(place->store, place->reader.census, &service, &place->error));
}

static int set_up(void **state)
{
	static const struct attributor_options NOTHING = {.without_default = true};
	struct place *place = memory_allocate(1, sizeof(*place));
	struct census_record census = {
		.started_at = {1}, .tool_version = "test", .scope_text = "", .options_text = "", .shard_count = 1, .host_count = 2};

	*state = place;
	(void)snprintf(place->folder, sizeof(place->folder), "/tmp/mailcensus-counts-XXXXXX");
	if (mkdtemp(place->folder) == NULL)
		return -1;
	(void)snprintf(place->location, sizeof(place->location), "%s/census.db", place->folder);
	place->store = store_open(place->location, STORE_READ_WRITE, &place->error);
	place->attributor = attributor_open(&NOTHING, &place->error);
	MUST(place->store != NULL && place->attributor != NULL && store_begin(place->store, &place->error));
	MUST(store_add_census(place->store, &census, &place->error));
	place->reader = (struct census_reader){.store = place->store, .census = census.id, .record.ended_at = {2}};
	add_service(place, 1, 143);
	add_service(place, 1, 993);
	add_service(place, 2, 143);
	MUST(store_end_census(place->store, census.id, (struct timestamp){2}, &place->error));
	MUST(store_commit(place->store, &place->error));
	return 0;
}

static int tear_down(void **state)
{
	static const char *const SUFFIXES[] = {"", "-wal", "-shm", "-lock", "-journal"};
	struct place *place = *state;
	char path[128];

	store_close(place->store);
	attributor_close(place->attributor);
	for (size_t i = 0; i < ARRAY_LENGTH(SUFFIXES); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", place->location, SUFFIXES[i]);
		(void)unlink(path);
	}
	(void)rmdir(place->folder);
	free(place);
	return 0;
}

static unsigned keys_of(const char *text)
{
	struct error error;
	unsigned keys = 0;

	assert_true(stats_keys_parse(text, &keys, &error));
	return keys;
}

/* Services of the group by this key; -1: was not kept so. */
static int64_t kept_services(struct place *place, const char *keys, const char *value)
{
	struct stats_groups groups;
	bool is_kept;
	int64_t services = -1;

	stats_groups_init(&groups, keys[0] != '\0' ? keys_of(keys) : 0);
	MUST(census_counts_read_groups(&place->reader, place->attributor, &groups, &is_kept, &place->error));
	if (is_kept)
		services = (int64_t)stats_groups_get(&groups, value)->counts[STATS_SERVICES];
	stats_groups_done(&groups);
	return services;
}

static bool is_totals_kept(struct place *place, struct stats_totals *totals)
{
	bool is_kept;

	*totals = (struct stats_totals){.port_count = 0};
	MUST(census_counts_read_totals(&place->reader, totals, &is_kept, &place->error));
	return is_kept;
}

static void what_was_counted_comes_back(void **state)
{
	struct place *place = *state;
	struct stats_totals totals;

	assert_int_equal(kept_services(place, "port", "143"), -1);
	assert_false(is_totals_kept(place, &totals));
	stats_totals_done(&totals);
	MUST(census_counts_keep(place->store, place->reader.census, place->attributor, NULL, &place->error));
	assert_int_equal(kept_services(place, "port", "143"), 2);
	assert_int_equal(kept_services(place, "port", "993"), 1);
	assert_int_equal(kept_services(place, "", ""), 3);
	assert_int_equal(kept_services(place, "country,asn", "\t"), 3);
	assert_int_equal(kept_services(place, "port,verdict", "143\tno-tls"), -1);
	assert_true(is_totals_kept(place, &totals));
	assert_int_equal(totals.services[VERDICT_NO_TLS][0], 2);
	assert_int_equal(totals.hosts[HOST_NO_TLS], 2);
	stats_totals_done(&totals);
}

static void a_census_that_runs_again_is_not_answered_from_it(void **state)
{
	struct place *place = *state;

	MUST(census_counts_keep(place->store, place->reader.census, place->attributor, NULL, &place->error));
	place->reader.record.ended_at = (struct timestamp){0};
	assert_int_equal(kept_services(place, "port", "143"), -1);
}

static bool stop_at_once(void)
{
	return true;
}

static void what_was_stopped_is_not_kept(void **state)
{
	struct place *place = *state;

	assert_false(census_counts_keep(place->store, place->reader.census, place->attributor, stop_at_once, &place->error));
	assert_non_null(strstr(place->error.text, "stopped"));
	assert_int_equal(kept_services(place, "port", "143"), -1);
	/* And what was kept before stays. */
	MUST(census_counts_keep(place->store, place->reader.census, place->attributor, NULL, &place->error));
	assert_false(census_counts_keep(place->store, place->reader.census, place->attributor, stop_at_once, &place->error));
	assert_int_equal(kept_services(place, "port", "143"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_counted_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_census_that_runs_again_is_not_answered_from_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_stopped_is_not_kept, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
