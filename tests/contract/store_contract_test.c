/* SPDX-License-Identifier: ISC */
/* The promise of store.h, asked of every driver: all fields come back, nothing twice, whole transactions or none, whatever is killed. */
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

static void add_conversation(struct place *place, census_id census, const char *address, uint16_t port, unsigned attempt, unsigned salt)
{
	struct conversation_record conversation = sample_conversation(address, port, attempt, salt);

	MUST(store_add_conversation(place->store, census, &conversation, &place->error));
}

/* What a visit saw, as text, one word per record; and the number of records. */
struct seen {
	char text[2048];
	size_t count, stop_after;
	const struct service_record *service;
	const struct conversation_record *conversation;
	const struct certificate_record *certificate;
	const struct chain_record *chain;
	const struct finding_record *finding;
	const struct census_record *census; /* all of them, in order of their numbers */
	struct census_progress progress;
	struct place *place;
};

static bool saw(struct seen *seen, const char *word)
{
	size_t size = strlen(seen->text);

	(void)snprintf(seen->text + size, sizeof(seen->text) - size, "%s%s", size > 0 ? " " : "", word);
	return ++seen->count != seen->stop_after;
}

static bool see_census(void *context, const struct census_record *census, const struct census_progress *progress)
{
	struct seen *seen = context;
	char word[32];

	if (seen->census != NULL)
		assert_same_census(census, &seen->census[census->id - 1]);
	seen->progress = *progress;
	(void)snprintf(word, sizeof(word), "%lld", (long long)census->id);
	return saw(seen, word);
}

static bool see_hostname(void *context, const struct hostname_record *hostname)
{
	struct seen *seen = context;
	char address[IP_ADDRESS_TEXT_SIZE], word[IP_ADDRESS_TEXT_SIZE + HOSTNAME_SIZE + 64];

	ip_address_format(hostname->address, address);
	(void)snprintf(word, sizeof(word), "%s=%s,%s,%s,%s,%u,%u,%lld", address, hostname_outcome_name(hostname->outcome),
	               hostname_source_name(hostname->source), hostname->name, answer_name(hostname->is_confirmed), hostname->names,
	               hostname->unusable, (long long)hostname->looked_up_at.unix_ms);
	return saw(seen, word);
}

static bool see_service(void *context, const struct service_record *service)
{
	struct seen *seen = context;
	char word[ENDPOINT_TEXT_SIZE];

	if (seen->service != NULL)
		assert_same_service(service, seen->service);
	endpoint_format(service->endpoint, word);
	return saw(seen, word);
}

static bool see_conversation(void *context, const struct conversation_record *conversation)
{
	struct seen *seen = context;
	char endpoint[ENDPOINT_TEXT_SIZE], word[ENDPOINT_TEXT_SIZE + 16];

	if (seen->conversation != NULL)
		assert_same_conversation(conversation, seen->conversation);
	endpoint_format(conversation->endpoint, endpoint);
	(void)snprintf(word, sizeof(word), "%s/%u", endpoint, conversation->attempt);
	return saw(seen, word);
}

static bool see_certificate(void *context, const struct certificate_record *certificate)
{
	struct seen *seen = context;

	if (seen->certificate != NULL)
		assert_same_certificate(certificate, seen->certificate);
	return saw(seen, "certificate");
}

static bool see_contact(void *context, const struct contact_record *contact)
{
	char address[IP_ADDRESS_TEXT_SIZE], word[IP_ADDRESS_TEXT_SIZE + 24];

	ip_address_format(contact->address, address);
	(void)snprintf(word, sizeof(word), "%s@%lld", address, (long long)contact->at.unix_ms);
	return saw(context, word);
}

static bool see_open_host(void *context, const struct open_host_record *host)
{
	char word[32];

	(void)snprintf(word, sizeof(word), "%llu", (unsigned long long)host->number);
	return saw(context, word);
}

static bool see_chain(void *context, const struct chain_record *chain)
{
	struct seen *seen = context;

	if (seen->chain != NULL)
		assert_same_chain(chain, seen->chain);
	return saw(seen, "chain");
}

static bool see_finding(void *context, const struct finding_record *finding)
{
	struct seen *seen = context;
	char endpoint[ENDPOINT_TEXT_SIZE], word[ENDPOINT_TEXT_SIZE + 64];

	if (seen->finding != NULL)
		assert_same_finding(finding, seen->finding);
	endpoint_format(finding->endpoint, endpoint);
	(void)snprintf(word, sizeof(word), "%s/%s", endpoint, finding->id);
	return saw(seen, word);
}

static struct store_visitor visitor_of(struct seen *seen)
{
	return (struct store_visitor){seen,        see_census,    see_service, see_conversation, see_certificate,
	                              see_contact, see_open_host, see_chain,   see_finding,      NULL,
	                              NULL,        see_hostname};
}

static void expect_services(struct place *place, census_id census, const char *only, const char *expected)
{
	struct seen seen = {.count = 0};
	struct store_visitor visitor = visitor_of(&seen);
	struct ip_address address;

	if (only != NULL)
		address = sample_address(only);
	MUST(store_visit_services(place->store, census, only != NULL ? &address : NULL, &visitor, &place->error));
	assert_string_equal(seen.text, expected);
}

static void expect_open_hosts(struct place *place, census_id census, const char *expected)
{
	struct seen seen = {.count = 0};
	struct store_visitor visitor = visitor_of(&seen);

	MUST(store_visit_open_hosts(place->store, census, &visitor, &place->error));
	assert_string_equal(seen.text, expected);
}

static void expect_contacts(struct place *place, const char *expected)
{
	struct seen seen = {.count = 0};
	struct store_visitor visitor = visitor_of(&seen);

	MUST(store_visit_contacts(place->store, &visitor, &place->error));
	assert_string_equal(seen.text, expected);
}

static void every_field_of_a_census_comes_back(void **state)
{
	struct place *place = *state;
	struct census_record censuses[8];
	struct seen seen = {.census = censuses};
	struct store_visitor visitor = visitor_of(&seen);

	for (unsigned salt = 0; salt < ARRAY_LENGTH(censuses); salt++) {
		censuses[salt] = sample_census(salt);
		begin(place);
		MUST(store_add_census(place->store, &censuses[salt], &place->error));
		commit(place);
		reopen(place, STORE_READ_WRITE);
	}
	MUST(store_visit_censuses(place->store, &visitor, &place->error));
	assert_string_equal(seen.text, "1 2 3 4 5 6 7 8");
	assert_true(seen.progress.position == 0 && seen.progress.hosts_done == 0 && seen.progress.hosts_silent == 0 &&
	            seen.progress.connections == 0);
}

static void progress_and_end_replace_what_was_there(void **state)
{
	struct place *place = *state;
	struct census_record expected = sample_census(0);
	struct census_progress progress = {1, 2, 3, 4, 5, {6}, 7, 8, 9, 10, 11},
			       later = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2, UINT64_MAX - 3, UINT64_MAX - 4, {INT64_MAX},
	                                UINT32_MAX, UINT64_MAX - 5, UINT64_MAX - 6, UINT64_MAX - 7, UINT64_MAX - 8};
	struct seen seen = {.census = &expected};
	struct store_visitor visitor = visitor_of(&seen);

	begin(place);
	expected.id = add_census(place, 0);
	MUST(store_set_progress(place->store, expected.id, &progress, &place->error));
	MUST(store_set_progress(place->store, expected.id, &later, &place->error));
	expected.ended_at = (struct timestamp){1795469999999};
	MUST(store_end_census(place->store, expected.id, expected.ended_at, &place->error));
	commit(place);
	reopen(place, STORE_READ_ONLY);
	MUST(store_visit_censuses(place->store, &visitor, &place->error));
	assert_int_equal(seen.count, 1);
	assert_true(seen.progress.position == later.position && seen.progress.hosts_done == later.hosts_done &&
	            seen.progress.hosts_silent == later.hosts_silent && seen.progress.connections == later.connections);
	assert_true(seen.progress.reserved_position == later.reserved_position && seen.progress.reserved_times == later.reserved_times &&
	            seen.progress.reserved_at.unix_ms == later.reserved_at.unix_ms);
	assert_true(seen.progress.syns == later.syns && seen.progress.refused == later.refused &&
	            seen.progress.unreachable == later.unreachable && seen.progress.excluded == later.excluded);
}

static void every_field_of_a_service_comes_back(void **state)
{
	struct place *place = *state;
	census_id census;

	begin(place);
	census = add_census(place, 0);
	commit(place);
	for (unsigned salt = 0; salt < 48; salt++) {
		struct service_record service =
			sample_service(salt % 2 == 0 ? "192.0.2.1" : "2001:db8::ffff", (uint16_t)(65535 - salt), salt % 24);
		struct seen seen = {.service = &service, .place = place};
		struct store_visitor visitor = visitor_of(&seen);

		service.verdict = (enum verdict)(salt % VERDICT_COUNT);
		begin(place);
		MUST(store_add_service(place->store, census, &service, &place->error));
		/* Inside the transaction too. The others have higher ports: the first of the address is the newest. */
		seen.stop_after = 1;
		MUST(store_visit_services(place->store, census, &service.endpoint.address, &visitor, &place->error));
		assert_int_equal(seen.count, 1);
		commit(place);
		reopen(place, STORE_READ_WRITE);
		seen.count = 0;
		MUST(store_visit_services(place->store, census, &service.endpoint.address, &visitor, &place->error));
		assert_int_equal(seen.count, 1);
	}
}

static void every_field_of_a_conversation_comes_back(void **state)
{
	struct place *place = *state;
	census_id census;

	begin(place);
	census = add_census(place, 0);
	commit(place);
	for (unsigned salt = 0; salt < 24; salt++) {
		struct conversation_record conversation =
			sample_conversation(salt % 2 == 0 ? "0.0.0.0" : "ffff::ffff", (uint16_t)salt, UINT32_MAX, salt);
		struct seen seen = {.conversation = &conversation};
		struct store_visitor visitor = visitor_of(&seen);

		begin(place);
		MUST(store_add_conversation(place->store, census, &conversation, &place->error));
		commit(place);
		begin(place);
		census = add_census(place, 1);
		MUST(store_add_conversation(place->store, census, &conversation, &place->error));
		commit(place);
		MUST(store_visit_conversations(place->store, census, NULL, &visitor, &place->error));
		assert_int_equal(seen.count, 1);
	}
}

static void a_large_transcript_comes_back_whole(void **state)
{
	struct place *place = *state;
	struct conversation_record conversation = sample_conversation("192.0.2.1", 110, 1, 0);
	struct seen seen = {.conversation = &conversation};
	struct store_visitor visitor = visitor_of(&seen);
	unsigned char *transcript = memory_allocate(160, 1024);
	census_id census;

	for (size_t i = 0; i < 160 * 1024; i++)
		transcript[i] = (unsigned char)(i * 2654435761u >> 13);
	conversation.transcript = span_make(transcript, 160 * 1024);
	begin(place);
	census = add_census(place, 0);
	MUST(store_add_conversation(place->store, census, &conversation, &place->error));
	commit(place);
	reopen(place, STORE_READ_ONLY);
	MUST(store_visit_conversations(place->store, census, NULL, &visitor, &place->error));
	assert_int_equal(seen.count, 1);
	free(transcript);
}

static void every_field_of_a_certificate_comes_back_and_the_first_one_stays(void **state)
{
	struct place *place = *state;
	struct certificate_record first = sample_certificate(0), second = sample_certificate(5), again = sample_certificate(3);
	struct seen seen = {.certificate = &first};
	struct store_visitor visitor = visitor_of(&seen);

	memcpy(again.sha256, first.sha256, sizeof(again.sha256));
	assert_false(store_has_certificate(place->store, first.sha256));
	begin(place);
	MUST(store_add_certificate(place->store, &first, &place->error));
	assert_true(store_has_certificate(place->store, first.sha256));
	MUST(store_add_certificate(place->store, &again, &place->error));
	commit(place);
	reopen(place, STORE_READ_ONLY);
	assert_true(store_has_certificate(place->store, first.sha256));
	MUST(store_find_certificate(place->store, first.sha256, &visitor, &place->error));
	assert_int_equal(seen.count, 1);
	/* One that is not there is no error and no visit. */
	MUST(store_find_certificate(place->store, second.sha256, &visitor, &place->error));
	assert_int_equal(seen.count, 1);
}

static void every_field_of_a_chain_comes_back_and_the_newest_judgement_stays(void **state)
{
	struct place *place = *state;
	struct chain_record other = sample_chain(9);

	for (unsigned salt = 0; salt < 8; salt++) {
		struct chain_record chain = sample_chain(salt), older = sample_chain(salt + 1);
		struct seen seen = {.chain = &chain};
		struct store_visitor visitor = visitor_of(&seen);

		memcpy(older.sha256, chain.sha256, sizeof(older.sha256));
		assert_false(store_has_chain(place->store, chain.sha256));
		begin(place);
		MUST(store_add_chain(place->store, &older, &place->error));
		assert_true(store_has_chain(place->store, chain.sha256));
		MUST(store_add_chain(place->store, &chain, &place->error));
		commit(place);
		reopen(place, STORE_READ_WRITE);
		assert_true(store_has_chain(place->store, chain.sha256));
		MUST(store_find_chain(place->store, chain.sha256, &visitor, &place->error));
		MUST(store_find_chain(place->store, other.sha256, &visitor, &place->error));
		assert_int_equal(seen.count, 1);
	}
	other.count = CHAIN_CERTIFICATES_MAX + 1;
	begin(place);
	assert_false(store_add_chain(place->store, &other, &place->error));
	assert_non_null(strstr(place->error.text, "17 certificates"));
	assert_false(store_commit(place->store, &place->error));
}

/* What a host has: findings of up to eight services and of itself. */
struct host_findings {
	struct finding_record records[8];
	size_t count;
};

static void add_finding(struct host_findings *host, const char *address, uint16_t port, const char *id, unsigned salt)
{
	host->records[host->count++] = sample_finding(address, port, id, salt);
}

static void set_findings(struct place *place, census_id census, const struct host_findings *host)
{
	MUST(store_set_findings(place->store, census, &host->records[0].endpoint.address, host->records, host->count, &place->error));
}

static void set_finding(struct place *place, census_id census, const char *address, uint16_t port, const char *id, unsigned salt)
{
	struct host_findings host = {.count = 0};

	add_finding(&host, address, port, id, salt);
	set_findings(place, census, &host);
}

static void expect_findings(struct place *place, census_id census, const char *only, const char *expected)
{
	struct seen seen = {.count = 0};
	struct store_visitor visitor = visitor_of(&seen);
	struct ip_address address;

	if (only != NULL)
		address = sample_address(only);
	MUST(store_visit_findings(place->store, census, only != NULL ? &address : NULL, &visitor, &place->error));
	assert_string_equal(seen.text, expected);
}

static void every_field_of_a_finding_comes_back_and_the_same_one_is_kept_once(void **state)
{
	struct place *place = *state;
	struct finding_record newest;
	struct seen seen = {.finding = &newest};
	struct store_visitor visitor = visitor_of(&seen);
	census_id census;

	begin(place);
	census = add_census(place, 0);
	for (unsigned salt = 0; salt < 16; salt++) {
		newest = sample_finding("2001:db8::1", 143, "tls-weak-\"key';--", salt);
		MUST(store_set_findings(place->store, census, &newest.endpoint.address, &newest, 1, &place->error));
		seen.count = 0;
		MUST(store_visit_findings(place->store, census, NULL, &visitor, &place->error));
		assert_int_equal(seen.count, 1);
	}
	commit(place);
	reopen(place, STORE_READ_ONLY);
	MUST(store_visit_findings(place->store, census, &newest.endpoint.address, &visitor, &place->error));
	assert_int_equal(seen.count, 2);
}

static void findings_go_by_address_and_port_and_the_hosts_own_come_first(void **state)
{
	struct host_findings host = {.count = 0};
	struct place *place = *state;
	census_id census, other;

	begin(place);
	census = add_census(place, 0);
	other = add_census(place, 1);
	set_finding(place, census, "::9", 993, "no-tls", 0);
	add_finding(&host, "192.0.2.9", 143, "no-tls", 0);
	add_finding(&host, "192.0.2.9", 110, "tls-old", 1);
	add_finding(&host, "192.0.2.9", 110, "no-tls", 2);
	add_finding(&host, "192.0.2.9", 0, "host-mixed", 3);
	add_finding(&host, "192.0.2.9", 110, "tls-old", 4); /* the same once more */
	set_findings(place, census, &host);
	set_finding(place, census, "192.0.2.10", 110, "no-tls", 3);
	set_finding(place, other, "192.0.2.9", 110, "no-tls", 0);
	commit(place);
	expect_findings(place, census, NULL,
	                "192.0.2.9:0/host-mixed 192.0.2.9:110/no-tls 192.0.2.9:110/tls-old 192.0.2.9:143/no-tls 192.0.2.10:110/no-tls "
	                "[::9]:993/no-tls");
	expect_findings(place, census, "192.0.2.10", "192.0.2.10:110/no-tls");
	expect_findings(place, census, "192.0.2.11", "");
	/* A host that is judged anew has what is found now; its neighbours and other censuses keep theirs. */
	begin(place);
	set_finding(place, census, "192.0.2.9", 143, "tls-new", 0);
	commit(place);
	expect_findings(place, census, NULL, "192.0.2.9:143/tls-new 192.0.2.10:110/no-tls [::9]:993/no-tls");
	expect_findings(place, other, NULL, "192.0.2.9:110/no-tls");
	begin(place);
	MUST(store_set_findings(place->store, census, &host.records[0].endpoint.address, NULL, 0, &place->error));
	commit(place);
	expect_findings(place, census, NULL, "192.0.2.10:110/no-tls [::9]:993/no-tls");
}

static void findings_are_kept_with_their_service_or_not_at_all(void **state)
{
	struct place *place = *state;
	struct finding_record bad = sample_finding("192.0.2.2", 110, "no-tls", 0);
	census_id census;

	begin(place);
	census = add_census(place, 0);
	commit(place);
	begin(place);
	add_service(place, census, "192.0.2.1", 110, 0);
	set_finding(place, census, "192.0.2.1", 110, "no-tls", 0);
	store_rollback(place->store);
	begin(place);
	add_service(place, census, "192.0.2.2", 110, 0);
	bad.severity = (enum severity)77;
	assert_false(store_set_findings(place->store, census, &bad.endpoint.address, &bad, 1, &place->error));
	assert_non_null(strstr(place->error.text, "severity"));
	assert_false(store_commit(place->store, &place->error));
	expect_services(place, census, NULL, "");
	expect_findings(place, census, NULL, "");
	/* What was rolled back with a new word is taken anew. */
	begin(place);
	add_service(place, census, "192.0.2.1", 110, 0);
	set_finding(place, census, "192.0.2.1", 110, "no-tls", 0);
	commit(place);
	reopen(place, STORE_READ_WRITE);
	expect_findings(place, census, NULL, "192.0.2.1:110/no-tls");
}

static void the_same_identity_is_kept_once_and_replaced(void **state)
{
	struct place *place = *state;
	struct service_record newest = sample_service("192.0.2.1", 143, 7);
	struct conversation_record newest_conversation = sample_conversation("192.0.2.1", 143, 2, 7);
	struct seen seen = {.service = &newest, .conversation = &newest_conversation};
	struct store_visitor visitor = visitor_of(&seen);
	census_id census, other;

	begin(place);
	census = add_census(place, 0);
	other = add_census(place, 1);
	add_service(place, census, "192.0.2.1", 143, 3);
	add_conversation(place, census, "192.0.2.1", 143, 2, 3);
	commit(place);
	begin(place);
	add_service(place, census, "192.0.2.1", 143, 7);
	add_conversation(place, census, "192.0.2.1", 143, 2, 7);
	add_conversation(place, other, "192.0.2.1", 143, 2, 7);
	commit(place);
	MUST(store_visit_services(place->store, census, NULL, &visitor, &place->error));
	MUST(store_visit_conversations(place->store, census, NULL, &visitor, &place->error));
	assert_string_equal(seen.text, "192.0.2.1:143 192.0.2.1:143/2");
	expect_services(place, other, NULL, "");
}

static void visits_go_by_address_number_then_port_then_attempt(void **state)
{
	struct place *place = *state;
	struct seen seen = {.count = 0};
	struct store_visitor visitor = visitor_of(&seen);
	struct ip_address one = sample_address("::9");
	census_id census;

	begin(place);
	census = add_census(place, 0);
	add_service(place, census, "::9", 993, 0);
	add_service(place, census, "200.0.0.1", 110, 0);
	add_service(place, census, "9.0.0.1", 995, 0);
	add_service(place, census, "::9", 110, 0);
	add_service(place, census, "9.0.0.1", 110, 0);
	add_service(place, census, "2001:db8::1", 143, 0);
	add_service(place, census, "10.0.0.1", 143, 0);
	add_conversation(place, census, "::9", 110, 2, 0);
	add_conversation(place, census, "::9", 110, 10, 0);
	add_conversation(place, census, "9.0.0.1", 110, 1, 0);
	add_conversation(place, census, "::9", 110, 1, 0);
	add_conversation(place, census, "::9", 25, 3, 0);
	commit(place);
	expect_services(place, census, NULL, "9.0.0.1:110 9.0.0.1:995 10.0.0.1:143 200.0.0.1:110 [::9]:110 [::9]:993 [2001:db8::1]:143");
	MUST(store_visit_conversations(place->store, census, NULL, &visitor, &place->error));
	assert_string_equal(seen.text, "9.0.0.1:110/1 [::9]:25/3 [::9]:110/1 [::9]:110/2 [::9]:110/10");
	seen = (struct seen){.count = 0};
	MUST(store_visit_conversations(place->store, census, &one, &visitor, &place->error));
	assert_string_equal(seen.text, "[::9]:25/3 [::9]:110/1 [::9]:110/2 [::9]:110/10");
	expect_services(place, census, "::9", "[::9]:110 [::9]:993");
	expect_services(place, census, "9.0.0.1", "9.0.0.1:110 9.0.0.1:995");
	expect_services(place, census, "9.0.0.2", "");
	/* 9.0.0.1 as the first bytes of an IPv6 address is another address. */
	expect_services(place, census, "900:1::", "");
}

static bool look_up_inside(void *context, const struct service_record *service)
{
	struct seen *seen = context;
	struct place *place = seen->place;
	struct seen inner = {.count = 0};
	struct store_visitor visitor = visitor_of(&inner);

	MUST(store_visit_services(place->store, 1, &service->endpoint.address, &visitor, &place->error));
	MUST(store_visit_services(place->store, 1, NULL, &visitor, &place->error));
	assert_int_equal(inner.count, 4);
	return saw(seen, "service");
}

static void a_visit_can_stop_early_and_look_up_more_meanwhile(void **state)
{
	struct place *place = *state;
	struct seen seen = {.stop_after = 2, .place = place};
	struct store_visitor visitor = visitor_of(&seen);
	census_id census;

	begin(place);
	census = add_census(place, 0);
	add_service(place, census, "192.0.2.1", 110, 0);
	add_service(place, census, "192.0.2.2", 110, 0);
	add_service(place, census, "192.0.2.3", 110, 0);
	commit(place);
	MUST(store_visit_services(place->store, census, NULL, &visitor, &place->error));
	assert_string_equal(seen.text, "192.0.2.1:110 192.0.2.2:110");
	visitor.on_service = look_up_inside;
	seen = (struct seen){.place = place};
	MUST(store_visit_services(place->store, census, NULL, &visitor, &place->error));
	assert_int_equal(seen.count, 3);
	expect_services(place, census, NULL, "192.0.2.1:110 192.0.2.2:110 192.0.2.3:110");
}

/* Services and findings of 10.0.0.0, 10.0.0.1, ... one after the other. */
struct in_order {
	unsigned next;
	struct place *place;
};

static bool is_next_address(struct in_order *order, const struct ip_address *address)
{
	assert_int_equal((unsigned)address->bytes[2] << 8 | address->bytes[3], order->next);
	order->next++;
	return true;
}

static bool is_next(void *context, const struct service_record *service)
{
	return is_next_address(context, &service->endpoint.address);
}

static bool is_next_finding(void *context, const struct finding_record *finding)
{
	return is_next_address(context, &finding->endpoint.address);
}

static void add_contact(struct place *place, const char *address, int64_t at)
{
	struct contact_record contact = {sample_address(address), {at}};

	MUST(store_add_contact(place->store, &contact, &place->error));
}

static void set_hostname(struct place *place, const char *address, enum hostname_outcome outcome, const char *name, int64_t at)
{
	struct hostname_record hostname = {.address = sample_address(address),
	                                   .outcome = outcome,
	                                   .source = HOSTNAME_SOURCE_PTR,
	                                   .name = name,
	                                   .is_confirmed = name[0] == 'm'    ? ANSWER_YES
	                                                   : name[0] != '\0' ? ANSWER_NO
	                                                                     : ANSWER_UNKNOWN,
	                                   .names = (unsigned)at,
	                                   .unusable = (unsigned)at / 2,
	                                   .looked_up_at = {at}};

	MUST(store_set_hostname(place->store, &hostname, &place->error));
}

static void expect_hostnames(struct place *place, const char *only, const char *expected)
{
	struct seen seen = {.place = place};
	struct store_visitor visitor = {.context = &seen, .on_hostname = see_hostname};
	struct ip_address address = sample_address(only != NULL ? only : "0.0.0.0");

	MUST(store_visit_hostnames(place->store, only != NULL ? &address : NULL, &visitor, &place->error));
	assert_string_equal(seen.text, expected);
}

static void every_field_of_a_hostname_comes_back_in_order_of_addresses(void **state)
{
	static const char LONG[] = "xn--abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuv.long-1.example";
	struct place *place = *state;
	char expected[512];

	begin(place);
	set_hostname(place, "2001:db8::1", HOSTNAME_FOUND, "mail.example", 7);
	set_hostname(place, "192.0.2.200", HOSTNAME_UNUSABLE, "", 4294967295);
	set_hostname(place, "192.0.2.3", HOSTNAME_FAILED, "", 0);
	set_hostname(place, "9.9.9.9", HOSTNAME_FOUND, LONG, 5);
	set_hostname(place, "192.0.2.4", HOSTNAME_NONE, "", 1);
	commit(place);
	reopen(place, STORE_READ_ONLY);
	(void)snprintf(expected, sizeof(expected),
	               "9.9.9.9=found,ptr,%s,no,5,2,5 192.0.2.3=failed,ptr,,unknown,0,0,0 192.0.2.4=none,ptr,,unknown,1,0,1 "
	               "192.0.2.200=unusable,ptr,,unknown,4294967295,2147483647,4294967295 "
	               "2001:db8::1=found,ptr,mail.example,yes,7,3,7",
	               LONG);
	expect_hostnames(place, NULL, expected);
	expect_hostnames(place, "2001:db8::1", "2001:db8::1=found,ptr,mail.example,yes,7,3,7");
	expect_hostnames(place, "192.0.2.5", "");
}

static void of_two_hostnames_the_later_answer_stays(void **state)
{
	struct place *place = *state;

	/* In one transaction and over two. */
	for (unsigned in_one = 0; in_one < 2; in_one++) {
		begin(place);
		set_hostname(place, "192.0.2.1", HOSTNAME_FOUND, "old.example", 10);
		set_hostname(place, "192.0.2.2", HOSTNAME_FOUND, "new.example", 20);
		set_hostname(place, "192.0.2.3", HOSTNAME_FOUND, "kept.example", 10);
		set_hostname(place, "192.0.2.4", HOSTNAME_FAILED, "", 20);
		set_hostname(place, "192.0.2.5", HOSTNAME_FAILED, "", 10);
		set_hostname(place, "192.0.2.6", HOSTNAME_FOUND, "first.example", 10);
		if (in_one == 0) {
			commit(place);
			begin(place);
		}
		set_hostname(place, "192.0.2.1", HOSTNAME_NONE, "", 20);
		set_hostname(place, "192.0.2.2", HOSTNAME_FOUND, "old.example", 10);
		set_hostname(place, "192.0.2.3", HOSTNAME_FAILED, "", 20);
		set_hostname(place, "192.0.2.4", HOSTNAME_FOUND, "answer.example", 10);
		set_hostname(place, "192.0.2.5", HOSTNAME_FAILED, "", 20);
		set_hostname(place, "192.0.2.6", HOSTNAME_FOUND, "second.example", 10);
		commit(place);
		expect_hostnames(place, NULL,
		                 "192.0.2.1=none,ptr,,unknown,20,10,20 192.0.2.2=found,ptr,new.example,no,20,10,20 "
		                 "192.0.2.3=found,ptr,kept.example,no,10,5,10 192.0.2.4=found,ptr,answer.example,no,10,5,10 "
		                 "192.0.2.5=failed,ptr,,unknown,20,10,20 192.0.2.6=found,ptr,second.example,no,10,5,10");
	}
	begin(place);
	set_hostname(place, "192.0.2.1", HOSTNAME_FOUND, "never.example", 30);
	store_rollback(place->store);
	expect_hostnames(place, "192.0.2.1", "192.0.2.1=none,ptr,,unknown,20,10,20");
}

static void old_contacts_are_forgotten_and_none_is_counted_too_little(void **state)
{
	struct place *place = *state;

	begin(place);
	add_contact(place, "2001:db8::1", 1000);
	add_contact(place, "192.0.2.1", 2000);
	add_contact(place, "192.0.2.1", 1000);
	add_contact(place, "192.0.2.1", 1000);
	commit(place);
	reopen(place, STORE_READ_WRITE);
	expect_contacts(place, "2001:db8::1@1000 192.0.2.1@1000 192.0.2.1@1000 192.0.2.1@2000");
	begin(place);
	MUST(store_forget_contacts_before(place->store, (struct timestamp){2000}, &place->error));
	commit(place);
	expect_contacts(place, "192.0.2.1@2000");
}

static void change_open_host(struct place *place, census_id census, uint64_t number, bool is_open)
{
	struct open_host_record host = {number};

	if (is_open)
		MUST(store_add_open_host(place->store, census, &host, &place->error));
	else
		MUST(store_remove_open_host(place->store, census, &host, &place->error));
}

static void open_hosts_are_kept_per_census_in_order_of_their_number(void **state)
{
	struct place *place = *state;
	census_id census, other;

	begin(place);
	census = add_census(place, 0);
	other = add_census(place, 1);
	change_open_host(place, census, UINT64_MAX, true);
	change_open_host(place, census, 0, true);
	change_open_host(place, census, 0x8000000000000000u, true);
	change_open_host(place, census, 70000, true);
	change_open_host(place, census, 70000, true);
	change_open_host(place, other, 5, true);
	commit(place);
	expect_open_hosts(place, census, "0 70000 9223372036854775808 18446744073709551615");
	begin(place);
	change_open_host(place, census, 70000, false);
	change_open_host(place, census, 12345, false); /* was not open: nothing to do */
	change_open_host(place, other, 0, false);
	commit(place);
	expect_open_hosts(place, census, "0 9223372036854775808 18446744073709551615");
	expect_open_hosts(place, other, "5");
}

enum { HOSTS = 20000 };

static void fill_large(struct place *place, census_id census)
{
	for (unsigned i = 0; i < HOSTS; i++) {
		struct service_record service = sample_service("10.0.0.0", 110, i % 2);
		struct finding_record finding = sample_finding("10.0.0.0", 110, "no-tls", i % 5);
		unsigned number = i * 7919u % HOSTS / 2;

		service.endpoint.address.bytes[2] = (uint8_t)(number >> 8);
		service.endpoint.address.bytes[3] = (uint8_t)number;
		finding.endpoint = service.endpoint;
		MUST(store_add_service(place->store, census, &service, &place->error));
		MUST(store_set_findings(place->store, census, &service.endpoint.address, &finding, 1, &place->error));
	}
}

static void expect_large(struct place *place, census_id census)
{
	struct in_order order = {.next = 0, .place = place};
	struct store_visitor visitor = {.context = &order, .on_service = is_next, .on_finding = is_next_finding};

	MUST(store_visit_services(place->store, census, NULL, &visitor, &place->error));
	assert_int_equal(order.next, HOSTS / 2);
	order.next = 0;
	MUST(store_visit_findings(place->store, census, NULL, &visitor, &place->error));
	assert_int_equal(order.next, HOSTS / 2);
	expect_services(place, census, "10.0.39.16", "");
	expect_services(place, census, "10.0.39.15", "10.0.39.15:110");
}

/* Twice as many as are sorted without an index, in no order, each twice; the second one holds. */
static void a_large_census_is_in_order_while_it_runs_and_when_it_has_ended(void **state)
{
	struct place *place = *state;
	census_id census, small;

	begin(place);
	census = add_census(place, 0);
	small = add_census(place, 2);
	add_service(place, small, "192.0.2.9", 110, 3);
	fill_large(place, census);
	commit(place);
	for (unsigned round = 0; round < 4; round++) {
		expect_large(place, census);
		expect_services(place, small, NULL, "192.0.2.9:110");
		if (round == 1) {
			/* Goes on after it was asked for single addresses, as a resumed scan does. */
			begin(place);
			add_service(place, census, "10.0.0.5", 110, 5);
			commit(place);
			begin(place);
			MUST(store_end_census(place->store, census, (struct timestamp){5}, &place->error));
			commit(place);
		}
		reopen(place, round % 2 == 0 ? STORE_READ_WRITE : STORE_READ_ONLY);
		if (round == 0)
			reopen(place, STORE_READ_WRITE);
	}
	reopen(place, STORE_READ_WRITE);
	/* What is given to a census that has ended replaces too. */
	begin(place);
	add_service(place, census, "10.0.0.5", 110, 7);
	commit(place);
	expect_services(place, census, "10.0.0.5", "10.0.0.5:110");
}

static void a_rolled_back_transaction_leaves_nothing(void **state)
{
	struct place *place = *state;
	census_id census;

	begin(place);
	census = add_census(place, 0);
	add_service(place, census, "192.0.2.1", 110, 0);
	commit(place);
	begin(place);
	add_service(place, census, "192.0.2.1", 110, 5);
	add_service(place, census, "192.0.2.2", 110, 0);
	store_rollback(place->store);
	store_rollback(place->store); /* nothing is open: fine */
	expect_services(place, census, NULL, "192.0.2.1:110");
	begin(place);
	add_service(place, census, "192.0.2.3", 110, 0);
	reopen(place, STORE_READ_WRITE); /* closing commits nothing */
	expect_services(place, census, NULL, "192.0.2.1:110");
}

static void a_failure_inside_a_transaction_keeps_nothing_of_it(void **state)
{
	struct place *place = *state;
	struct service_record service = sample_service("192.0.2.9", 110, 0);
	census_id census;

	begin(place);
	census = add_census(place, 0);
	commit(place);
	begin(place);
	add_service(place, census, "192.0.2.1", 110, 0);
	service.verdict = (enum verdict)99;
	assert_false(store_add_service(place->store, census, &service, &place->error));
	assert_non_null(strstr(place->error.text, "verdict"));
	service.verdict = VERDICT_UNKNOWN;
	assert_false(store_add_service(place->store, census, &service, &place->error));
	assert_false(store_commit(place->store, &place->error));
	assert_non_null(strstr(place->error.text, "nothing of it is kept"));
	expect_services(place, census, NULL, "");
	/* A transaction made again is taken. */
	begin(place);
	add_service(place, census, "192.0.2.1", 110, 0);
	commit(place);
	expect_services(place, census, NULL, "192.0.2.1:110");
}

static void records_of_an_unknown_census_are_refused(void **state)
{
	struct place *place = *state;
	struct service_record service = sample_service("192.0.2.1", 110, 0);
	struct census_progress progress = {0};
	struct open_host_record host = {1};
	struct count_record count = {"port", span_from_text("110"), span_from_text("{}")};
	struct finding_record finding = sample_finding("192.0.2.1", 110, "no-tls", 0);

	begin(place);
	assert_false(store_add_service(place->store, 77, &service, &place->error));
	assert_non_null(strstr(place->error.text, "no such census"));
	store_rollback(place->store);
	begin(place);
	assert_false(store_set_progress(place->store, 77, &progress, &place->error));
	store_rollback(place->store);
	begin(place);
	assert_false(store_add_open_host(place->store, 77, &host, &place->error));
	store_rollback(place->store);
	begin(place);
	assert_false(store_end_census(place->store, 77, (struct timestamp){1}, &place->error));
	store_rollback(place->store);
	begin(place);
	assert_false(store_add_count(place->store, 77, &count, &place->error));
	store_rollback(place->store);
	begin(place);
	assert_false(store_set_findings(place->store, 77, &finding.endpoint.address, &finding, 1, &place->error));
	store_rollback(place->store);
	expect_services(place, 77, NULL, "");
}

static void writing_outside_of_a_transaction_is_refused(void **state)
{
	struct place *place = *state;
	struct census_record census = sample_census(0);
	struct seen seen = {.count = 0};
	struct store_visitor visitor = visitor_of(&seen);

	assert_false(store_add_census(place->store, &census, &place->error));
	assert_int_equal(census.id, 0);
	assert_false(store_commit(place->store, &place->error));
	begin(place);
	assert_false(store_begin(place->store, &place->error));
	store_rollback(place->store);
	MUST(store_visit_censuses(place->store, &visitor, &place->error));
	assert_int_equal(seen.count, 0);
}

static void readers_see_commits_while_a_writer_works_and_cannot_write(void **state)
{
	struct place *place = *state;
	struct place reader = *place;
	census_id census;

	begin(place);
	census = add_census(place, 0);
	add_service(place, census, "192.0.2.1", 110, 0);
	commit(place);
	begin(place);
	add_service(place, census, "192.0.2.2", 110, 0);
	reader.store = store_open(place->location, STORE_READ_ONLY, &place->error);
	MUST(reader.store != NULL);
	expect_services(&reader, census, NULL, "192.0.2.1:110");
	assert_false(store_begin(reader.store, &reader.error));
	assert_non_null(strstr(reader.error.text, "reading only"));
	commit(place);
	expect_services(&reader, census, NULL, "192.0.2.1:110 192.0.2.2:110");
	store_close(reader.store);
}

static void a_second_writer_is_told_that_the_first_has_it(void **state)
{
	struct place *place = *state;
	struct error error = {{0}};
	char process[32];

	assert_null(store_open(place->location, STORE_READ_WRITE, &error));
	assert_non_null(strstr(error.text, "in use by another scan"));
	(void)snprintf(process, sizeof(process), "process %d", (int)getpid());
	assert_non_null(strstr(error.text, process));
	/* The refusal took nothing away from the first one. */
	assert_null(store_open(place->location, STORE_READ_WRITE, &error));
	begin(place);
	(void)add_census(place, 0);
	commit(place);
	reopen(place, STORE_READ_WRITE);
}

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
		cmocka_unit_test_setup_teardown(every_field_of_a_census_comes_back, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(progress_and_end_replace_what_was_there, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(every_field_of_a_service_comes_back, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(every_field_of_a_conversation_comes_back, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(a_large_transcript_comes_back_whole, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(every_field_of_a_certificate_comes_back_and_the_first_one_stays, place_set_up,
	                                        place_tear_down),
		cmocka_unit_test_setup_teardown(every_field_of_a_chain_comes_back_and_the_newest_judgement_stays, place_set_up,
	                                        place_tear_down),
		cmocka_unit_test_setup_teardown(every_field_of_a_finding_comes_back_and_the_same_one_is_kept_once, place_set_up,
	                                        place_tear_down),
		cmocka_unit_test_setup_teardown(findings_go_by_address_and_port_and_the_hosts_own_come_first, place_set_up,
	                                        place_tear_down),
		cmocka_unit_test_setup_teardown(findings_are_kept_with_their_service_or_not_at_all, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(the_same_identity_is_kept_once_and_replaced, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(visits_go_by_address_number_then_port_then_attempt, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(a_visit_can_stop_early_and_look_up_more_meanwhile, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(every_field_of_a_hostname_comes_back_in_order_of_addresses, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(of_two_hostnames_the_later_answer_stays, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(old_contacts_are_forgotten_and_none_is_counted_too_little, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(open_hosts_are_kept_per_census_in_order_of_their_number, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(a_large_census_is_in_order_while_it_runs_and_when_it_has_ended, place_set_up,
	                                        place_tear_down),
		cmocka_unit_test_setup_teardown(a_rolled_back_transaction_leaves_nothing, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(a_failure_inside_a_transaction_keeps_nothing_of_it, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(records_of_an_unknown_census_are_refused, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(writing_outside_of_a_transaction_is_refused, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(readers_see_commits_while_a_writer_works_and_cannot_write, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(a_second_writer_is_told_that_the_first_has_it, place_set_up, place_tear_down),
		cmocka_unit_test_setup_teardown(nothing_committed_is_lost_and_nothing_is_kept_in_part_at_20_kills, place_set_up,
	                                        place_tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
