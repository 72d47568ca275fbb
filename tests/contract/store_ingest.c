/* SPDX-License-Identifier: ISC */
/* The two ends of a test that kills: one writes until it is stopped, the other counts what is kept.
   usage: store_ingest write LOCATION FIRST   prints the number of each transaction once it is committed; goes on for ever
          store_ingest count LOCATION         prints "services conversations findings", or what is wrong with them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "records.h"
#include "store/store.h"

enum { ROWS = 5 };

static int say(const struct error *error)
{
	fprintf(stderr, "%s\n", error->text);
	return 1;
}

static void number_address(struct ip_address *address, unsigned long number)
{
	address->bytes[1] = (uint8_t)(number >> 16);
	address->bytes[2] = (uint8_t)(number >> 8);
	address->bytes[3] = (uint8_t)number;
}

static bool write_host(struct store *store, unsigned long number, struct error *error)
{
	struct finding_record findings[ROWS];

	for (unsigned row = 0; row < ROWS; row++) {
		struct service_record service = sample_service("10.0.0.0", (uint16_t)(row + 1), row);
		struct conversation_record conversation = sample_conversation("10.0.0.0", (uint16_t)(row + 1), 1, row);

		number_address(&service.endpoint.address, number);
		number_address(&conversation.endpoint.address, number);
		findings[row] = sample_finding("10.0.0.0", (uint16_t)(row + 1), "no-tls", row);
		findings[row].endpoint = service.endpoint;
		if (!store_add_service(store, 1, &service, error) || !store_add_conversation(store, 1, &conversation, error))
			return false;
	}
	return store_set_findings(store, 1, &findings[0].endpoint.address, findings, ROWS, error);
}

static bool see_census(void *context, const struct census_record *census, const struct census_progress *progress)
{
	(void)census;
	(void)progress;
	*(bool *)context = true;
	return true;
}

static bool make_census(struct store *store, struct error *error)
{
	struct census_record census = sample_census(0);
	bool is_there = false;
	struct store_visitor visitor = {.context = &is_there, .on_census = see_census};

	if (!store_visit_censuses(store, &visitor, error))
		return false;
	return is_there || (store_begin(store, error) && store_add_census(store, &census, error) && store_commit(store, error));
}

static int write_on(const char *location, unsigned long first)
{
	struct error error;
	struct store *store = store_open(location, STORE_READ_WRITE, &error);

	if (store == NULL || !make_census(store, &error))
		return say(&error);
	for (unsigned long number = first;; number++) {
		if (!store_begin(store, &error) || !write_host(store, number, &error) || !store_commit(store, &error))
			return say(&error);
		printf("%lu\n", number);
		(void)fflush(stdout);
	}
}

struct tally {
	unsigned long services, conversations, findings;
	bool is_wrong;
};

static bool is_row(struct tally *tally, struct endpoint endpoint, unsigned long count)
{
	struct ip_address expected = endpoint.address;

	number_address(&expected, count / ROWS);
	if (ip_address_compare(expected, endpoint.address) != 0 || endpoint.port != count % ROWS + 1)
		tally->is_wrong = true;
	return !tally->is_wrong;
}

static bool count_service(void *context, const struct service_record *service)
{
	struct tally *tally = context;
	struct service_record expected = sample_service("10.0.0.0", service->endpoint.port, service->endpoint.port - 1u);

	expected.endpoint = service->endpoint;
	assert_same_service(service, &expected);
	return is_row(tally, service->endpoint, tally->services++);
}

static bool count_conversation(void *context, const struct conversation_record *conversation)
{
	struct tally *tally = context;

	return is_row(tally, conversation->endpoint, tally->conversations++);
}

static bool count_finding(void *context, const struct finding_record *finding)
{
	struct tally *tally = context;

	return is_row(tally, finding->endpoint, tally->findings++);
}

static int count(const char *location)
{
	struct error error;
	struct tally tally = {.is_wrong = false};
	struct store_visitor visitor = {
		.context = &tally, .on_service = count_service, .on_conversation = count_conversation, .on_finding = count_finding};
	struct store *store = store_open(location, STORE_READ_ONLY, &error);

	if (store == NULL || !store_visit_services(store, 1, NULL, &visitor, &error) ||
	    !store_visit_conversations(store, 1, NULL, &visitor, &error) || !store_visit_findings(store, 1, NULL, &visitor, &error))
		return say(&error);
	store_close(store);
	if (tally.is_wrong) {
		fprintf(stderr, "a row is missing, doubled or out of order\n");
		return 1;
	}
	printf("%lu %lu %lu\n", tally.services, tally.conversations, tally.findings);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "write") == 0)
		return write_on(argv[2], strtoul(argv[3], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "count") == 0)
		return count(argv[2]);
	return 2;
}
