/* SPDX-License-Identifier: ISC */
/* The promise of store.h of records in batches: given again in part or wholly, and asked for beside a visit of all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "place.h"
#include "records.h"
#include "store/store.h"

static void add_conversation(struct place *place, census_id census, const char *address, uint16_t port, unsigned attempt, unsigned salt)
{
	struct conversation_record conversation = sample_conversation(address, port, attempt, salt);

	MUST(store_add_conversation(place->store, census, &conversation, &place->error));
}

enum { BATCHES = 12, BATCH = 100 };

/* Of a batch, every `step`-th. */
static void give_batch(struct place *place, census_id census, unsigned batch, unsigned step, unsigned salt)
{
	begin(place);
	for (unsigned i = 0; i < BATCH; i += step) {
		char address[32];
		struct finding_record finding = sample_finding("10.0.0.0", 110, "no-tls", salt);

		(void)snprintf(address, sizeof(address), "10.1.%u.%u", batch, i);
		add_service(place, census, address, 110, salt);
		add_conversation(place, census, address, 110, 1, salt);
		finding.endpoint.address = sample_address(address);
		MUST(store_set_findings(place->store, census, &finding.endpoint.address, &finding, 1, &place->error));
	}
	commit(place);
}

struct again {
	unsigned services, conversations, findings;
	bool is_wrong;
};

/* The last byte of the address is the number in its batch: of those that were given again the later record holds. */
static unsigned expected_salt(const struct endpoint *endpoint)
{
	unsigned batch = endpoint->address.bytes[2];

	return endpoint->address.bytes[3] % (1 + batch % 3) == 0 ? 5 : 2;
}

static bool is_service_of_last(void *context, const struct service_record *service)
{
	struct again *again = context;
	struct service_record expected = sample_service("10.1.0.0", 110, expected_salt(&service->endpoint));

	expected.endpoint = service->endpoint;
	assert_same_service(service, &expected);
	again->services++;
	return true;
}

static bool is_conversation_of_last(void *context, const struct conversation_record *conversation)
{
	struct again *again = context;
	struct conversation_record expected = sample_conversation("10.1.0.0", 110, 1, expected_salt(&conversation->endpoint));

	expected.endpoint = conversation->endpoint;
	assert_same_conversation(conversation, &expected);
	again->conversations++;
	return true;
}

static bool is_finding_of_last(void *context, const struct finding_record *finding)
{
	struct again *again = context;
	struct finding_record expected = sample_finding("10.1.0.0", 110, "no-tls", expected_salt(&finding->endpoint));

	expected.endpoint = finding->endpoint;
	assert_same_finding(finding, &expected);
	again->findings++;
	return true;
}

/* As a resumed scan or a merge gives them, batches wholly and partly kept between such as are new. */
static void batches_that_are_given_again_are_kept_once_and_the_later_record_holds(void **state)
{
	struct place *place = *state;
	struct again again = {.services = 0};
	struct store_visitor visitor = {.context = &again,
	                                .on_service = is_service_of_last,
	                                .on_conversation = is_conversation_of_last,
	                                .on_finding = is_finding_of_last};
	census_id census;

	begin(place);
	census = add_census(place, 0);
	commit(place);
	for (unsigned batch = 0; batch < BATCHES; batch++) {
		give_batch(place, census, batch, 1, 2);
		give_batch(place, census, batch, 1 + batch % 3, 5);
	}
	for (unsigned batch = 0; batch < BATCHES; batch++)
		give_batch(place, census, batch, 1 + batch % 3, 5);
	MUST(store_visit_services(place->store, census, NULL, &visitor, &place->error));
	MUST(store_visit_conversations(place->store, census, NULL, &visitor, &place->error));
	MUST(store_visit_findings(place->store, census, NULL, &visitor, &place->error));
	assert_int_equal(again.services, BATCHES * BATCH);
	assert_int_equal(again.conversations, BATCHES * BATCH);
	assert_int_equal(again.findings, BATCHES * BATCH);
}

enum { BESIDE_HOSTS = 700 };

static struct finding_record finding_beside(unsigned host, char evidence[32])
{
	struct finding_record finding = sample_finding("10.2.0.0", 0, "no-tls", 1);

	(void)snprintf(evidence, 32, "of host %u", host);
	finding.evidence = span_from_text(evidence);
	return finding;
}

static struct certificate_record certificate_beside(unsigned host)
{
	struct certificate_record certificate = sample_certificate(1);

	certificate.sha256[0] = (uint8_t)host;
	certificate.sha256[1] = (uint8_t)(host >> 8);
	certificate.key_bits = host;
	return certificate;
}

struct beside {
	struct place *place;
	census_id census;
	unsigned host; /* that is asked of */
	unsigned findings, certificates, names, hosts;
};

static bool is_finding_beside(void *context, const struct finding_record *finding)
{
	struct beside *beside = context;
	char evidence[32];
	struct finding_record expected = finding_beside(beside->host, evidence);

	expected.endpoint = finding->endpoint;
	assert_same_finding(finding, &expected);
	beside->findings++;
	return true;
}

static bool is_certificate_beside(void *context, const struct certificate_record *certificate)
{
	struct beside *beside = context;
	struct certificate_record expected = certificate_beside(beside->host);

	assert_same_certificate(certificate, &expected);
	beside->certificates++;
	return true;
}

static struct ip_address address_beside(unsigned host)
{
	struct ip_address address = sample_address("10.2.0.0");

	address.bytes[2] = (uint8_t)(host >> 8);
	address.bytes[3] = (uint8_t)host;
	return address;
}

static struct hostname_record hostname_beside(unsigned host, char name[32])
{
	(void)snprintf(name, 32, "mx%u.example.org", host);
	return (struct hostname_record){.address = address_beside(host),
	                                .outcome = HOSTNAME_FOUND,
	                                .source = HOSTNAME_SOURCE_PTR,
	                                .name = name,
	                                .is_confirmed = ANSWER_YES,
	                                .names = 1,
	                                .looked_up_at = {1795466160000}};
}

static bool is_hostname_beside(void *context, const struct hostname_record *hostname)
{
	struct beside *beside = context;
	char name[32];
	struct hostname_record expected = hostname_beside(beside->host, name);

	assert_string_equal(hostname->name, expected.name);
	assert_int_equal(ip_address_compare(hostname->address, expected.address), 0);
	beside->names++;
	return true;
}

static void ask_beside(struct beside *beside, unsigned host)
{
	struct place *place = beside->place;
	struct store_visitor visitor = {.context = beside,
	                                .on_finding = is_finding_beside,
	                                .on_certificate = is_certificate_beside,
	                                .on_hostname = is_hostname_beside};
	struct ip_address address = address_beside(host);
	struct certificate_record certificate = certificate_beside(host);

	beside->host = host;
	MUST(store_visit_findings(place->store, beside->census, &address, &visitor, &place->error));
	MUST(store_visit_hostnames(place->store, &address, &visitor, &place->error));
	MUST(store_find_certificate(place->store, certificate.sha256, &visitor, &place->error));
}

/* Of its own host, of that before it, of one far away, and of one that is not there. */
static bool ask_of_hosts(void *context, const struct service_record *service)
{
	struct beside *beside = context;
	unsigned host = (unsigned)service->endpoint.address.bytes[2] << 8 | service->endpoint.address.bytes[3];

	ask_beside(beside, host);
	ask_beside(beside, host > 0 ? host - 1 : host);
	ask_beside(beside, (host + BESIDE_HOSTS / 2) % BESIDE_HOSTS);
	ask_beside(beside, BESIDE_HOSTS + host);
	beside->hosts++;
	return true;
}

static void what_is_asked_for_beside_a_visit_is_of_the_host_that_was_asked_of(void **state)
{
	struct place *place = *state;
	struct beside beside = {.place = place};
	struct store_visitor visitor = {.context = &beside, .on_service = ask_of_hosts};

	begin(place);
	beside.census = add_census(place, 0);
	for (unsigned host = 0; host < BESIDE_HOSTS; host++) {
		struct service_record service = sample_service("10.2.0.0", 143, 1);
		struct certificate_record certificate = certificate_beside(host);
		char evidence[32], name[32];
		struct finding_record finding = finding_beside(host, evidence);
		struct hostname_record hostname = hostname_beside(host, name);

		service.endpoint.address = address_beside(host);
		memcpy(service.tls.leaf_sha256, certificate.sha256, sizeof(certificate.sha256));
		finding.endpoint.address = service.endpoint.address;
		MUST(store_set_hostname(place->store, &hostname, &place->error));
		MUST(store_add_certificate(place->store, &certificate, &place->error));
		MUST(store_add_service(place->store, beside.census, &service, &place->error));
		MUST(store_set_findings(place->store, beside.census, &service.endpoint.address, &finding, 1, &place->error));
	}
	commit(place);
	reopen(place, STORE_READ_ONLY);
	MUST(store_visit_services(place->store, beside.census, NULL, &visitor, &place->error));
	assert_int_equal(beside.hosts, BESIDE_HOSTS);
	assert_int_equal(beside.findings, 3 * BESIDE_HOSTS);
	assert_int_equal(beside.certificates, 3 * BESIDE_HOSTS);
	assert_int_equal(beside.names, 3 * BESIDE_HOSTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(batches_that_are_given_again_are_kept_once_and_the_later_record_holds, place_set_up,
	                                        place_tear_down),
		cmocka_unit_test_setup_teardown(what_is_asked_for_beside_a_visit_is_of_the_host_that_was_asked_of, place_set_up,
	                                        place_tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
