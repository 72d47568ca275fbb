/* SPDX-License-Identifier: ISC */
/* The promise of store.h when the writer is killed, at moments of all kinds. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "place.h"
#include "records.h"
#include "store/store.h"

enum { ROWS_PER_TRANSACTION = 5 };

/* Two for each service of the host: what is kept of its services must include them. */
static bool set_findings_of_killed(struct store *store, census_id census, const struct ip_address *address, struct error *error)
{
	struct finding_record findings[2 * ROWS_PER_TRANSACTION];

	for (unsigned i = 0; i < ARRAY_LENGTH(findings); i++) {
		findings[i] = sample_finding("10.0.0.0", (uint16_t)(i / 2), i % 2 == 0 ? "no-tls" : "eol-software", 0);
		findings[i].endpoint.address = *address;
	}
	return store_set_findings(store, census, address, findings, ARRAY_LENGTH(findings), error);
}

/* The life of a writer that will be killed: transactions of five services each, told of through the pipe once committed. */
static _Noreturn void write_until_killed(struct place *place, int pipe_end, unsigned first)
{
	struct error error;
	struct store *store = store_open(place->location, STORE_READ_WRITE, &error);
	census_id census = 1;

	if (store == NULL)
		_exit(1);
	for (unsigned transaction = first; transaction < first + 100000; transaction++) {
		if (!store_begin(store, &error))
			_exit(2);
		for (unsigned row = 0; row < ROWS_PER_TRANSACTION; row++) {
			struct service_record service = sample_service("10.0.0.0", (uint16_t)row, row);
			char step = 's';

			service.endpoint.address.bytes[1] = (uint8_t)(transaction >> 16);
			service.endpoint.address.bytes[2] = (uint8_t)(transaction >> 8);
			service.endpoint.address.bytes[3] = (uint8_t)transaction;
			if (!store_add_service(store, census, &service, &error) ||
			    (row + 1 == ROWS_PER_TRANSACTION &&
			     !set_findings_of_killed(store, census, &service.endpoint.address, &error)) ||
			    write(pipe_end, &step, 1) != 1)
				_exit(3);
		}
		if (!store_commit(store, &error) || write(pipe_end, "c", 1) != 1)
			_exit(4);
	}
	_exit(5);
}

/* Lets the child take `steps` steps, kills it, and gives the number of commits that it told of. */
static unsigned kill_after(struct place *place, unsigned first, unsigned steps)
{
	int ends[2], status;
	unsigned commits = 0;
	char step;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(ends[0]);
		write_until_killed(place, ends[1], first);
	}
	(void)close(ends[1]);
	for (unsigned i = 0; i < steps; i++) {
		assert_int_equal(read(ends[0], &step, 1), 1);
		commits += step == 'c' ? 1 : 0;
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	while (read(ends[0], &step, 1) == 1)
		commits += step == 'c' ? 1 : 0;
	(void)close(ends[0]);
	return commits;
}

struct tally {
	unsigned count, findings;
	bool is_whole;
};

/* Services come in order: rows 0..4 of transaction 0, then of 1, ... */
static bool count_rows(void *context, const struct service_record *service)
{
	struct tally *tally = context;
	const uint8_t *bytes = service->endpoint.address.bytes;
	unsigned transaction = (unsigned)bytes[1] << 16 | (unsigned)bytes[2] << 8 | bytes[3];
	struct service_record expected = sample_service("10.0.0.0", service->endpoint.port, service->endpoint.port);

	expected.endpoint = service->endpoint;
	assert_same_service(service, &expected);
	tally->is_whole = tally->is_whole && service->endpoint.port == tally->count % ROWS_PER_TRANSACTION &&
	                  transaction == tally->count / ROWS_PER_TRANSACTION;
	tally->count++;
	return true;
}

static bool count_finding(void *context, const struct finding_record *finding)
{
	struct tally *tally = context;

	(void)finding;
	tally->findings++;
	return true;
}

static void nothing_committed_is_lost_and_nothing_is_kept_in_part_at_20_kills(void **state)
{
	struct place *place = *state;
	unsigned transactions = 0, random = 20261123;

	begin(place);
	(void)add_census(place, 0);
	commit(place);
	store_close(place->store);
	place->store = NULL;
	for (unsigned round = 0; round < 20; round++) {
		struct tally tally = {.is_whole = true};
		struct store_visitor visitor = {.context = &tally, .on_service = count_rows, .on_finding = count_finding};
		unsigned told, kept;

		random = random * 1103515245u + 12345u;
		told = kill_after(place, transactions, 1 + (random >> 16) % 400);
		place->store = store_open(place->location, round % 2 == 0 ? STORE_READ_WRITE : STORE_READ_ONLY, &place->error);
		MUST(place->store != NULL);
		MUST(store_visit_services(place->store, 1, NULL, &visitor, &place->error));
		MUST(store_visit_findings(place->store, 1, NULL, &visitor, &place->error));
		assert_int_equal(tally.findings, 2 * tally.count);
		store_close(place->store);
		place->store = NULL;
		assert_true(tally.is_whole);
		assert_int_equal(tally.count % ROWS_PER_TRANSACTION, 0);
		kept = tally.count / ROWS_PER_TRANSACTION - transactions;
		/* The last commit may have happened without being told. */
		assert_in_range(kept, told, told + 1);
		transactions += kept;
	}
	assert_true(transactions > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_committed_is_lost_and_nothing_is_kept_in_part_at_20_kills, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
