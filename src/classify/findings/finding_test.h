/* SPDX-License-Identifier: ISC */
/* A service and a host of which nothing is known, for tests to fill in what they need; and what the rules say of it. */
#ifndef CLASSIFY_FINDINGS_FINDING_TEST_H
#define CLASSIFY_FINDINGS_FINDING_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "classify/finding_rule.h"
#include "classify/grade.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"

enum { TEST_OBSERVATIONS_MAX = 4, TEST_SERVICES_MAX = 4 };
static const int64_t TEST_DAY_MS = (int64_t)24 * 60 * 60 * 1000;
static const int64_t TEST_NOW_MS = 1795521600000; /* 2026-11-24 12:00 UTC */

struct test_service {
	struct observation observations[TEST_OBSERVATIONS_MAX];
	struct service_judgement judgement;
	struct tls_facts tls;
	struct chain_facts chains[2];
	struct software software;
	struct service_view view;
};

static inline void test_service_init(struct test_service *service, uint16_t port)
{
	*service = (struct test_service){0};
	for (size_t i = 0; i < TEST_OBSERVATIONS_MAX; i++)
		observation_init(&service->observations[i]);
	service->judgement.reason = "";
	service->view = (struct service_view){
		.port = port,
		.observations = service->observations,
		.observation_count = 1,
		.judgement = &service->judgement,
		.tls = &service->tls,
		.chains = service->chains,
		.reference_name = "",
		.software = &service->software,
		.now = {TEST_NOW_MS},
	};
}

static inline void test_service_done(struct test_service *service)
{
	for (size_t i = 0; i < TEST_OBSERVATIONS_MAX; i++)
		observation_done(&service->observations[i]);
}

/* What the rules say: true with the finding when it holds. */
static inline bool test_finds(const struct test_service *service, const char *id, struct finding *finding_out)
{
	struct finding findings[FINDINGS_MAX];
	size_t count = findings_of_service(&service->view, findings);

	assert_non_null(finding_rule_find(id));
	for (size_t i = 0; i < count; i++) {
		if (strcmp(findings[i].id, id) == 0) {
			*finding_out = findings[i];
			return true;
		}
	}
	return false;
}

static inline struct finding test_holds(const struct test_service *service, const char *id)
{
	struct finding finding = {0};

	if (!test_finds(service, id, &finding))
		fail_msg("%s does not hold", id);
	assert_string_not_equal(finding.evidence, "");
	return finding;
}

static inline void test_holds_not(const struct test_service *service, const char *id)
{
	struct finding finding;

	if (test_finds(service, id, &finding))
		fail_msg("%s holds: %s", id, finding.evidence);
}

static inline void test_contains(const struct finding *finding, const char *words)
{
	if (strstr(finding->evidence, words) == NULL)
		fail_msg("\"%s\" is not in: %s", words, finding->evidence);
}

/* A conversation in clear: what it lists before TLS, and what became of STARTTLS. */
static inline struct observation *test_dialogue(struct test_service *service, enum wire_protocol protocol, const char *capabilities,
                                                enum upgrade upgrade, enum tls_outcome outcome)
{
	struct observation *observation = &service->observations[0];

	observation->protocol = protocol;
	observation->ending = outcome == TLS_PROVEN ? ENDING_TLS_OBSERVED : ENDING_COMPLETE;
	buffer_append_text(&observation->greeting, protocol == WIRE_IMAP ? "* OK ready \x1b[2J" : "+OK ready");
	buffer_append_text(&observation->capabilities_before, capabilities);
	observation->capabilities_before_known = true;
	observation->starttls_advertised =
		strstr(capabilities, "STARTTLS") != NULL || strstr(capabilities, "STLS") != NULL ? PRESENCE_PRESENT : PRESENCE_ABSENT;
	observation->upgrade = upgrade;
	buffer_append_text(&observation->upgrade_reply, upgrade == UPGRADE_AGREED ? "m4 OK begin" : "m4 BAD unknown command");
	observation->tls.outcome = outcome;
	if (outcome != TLS_NOT_TRIED) {
		observation->tls.hello = TLS_HELLO_H1;
		observation->tls.version = outcome == TLS_PROVEN ? 0x0303 : 0;
	}
	service->judgement.protocol = protocol;
	service->judgement.confidence = CONFIDENCE_HIGH;
	return observation;
}

/* The verdict that service_judge gives; so that tests hold what is judged together with what is found. */
static inline void test_judge(struct test_service *service)
{
	service_judge(service->view.port, service->observations, service->view.observation_count, &service->judgement);
}

/* A leaf without a fault: RSA 3072, trusted, named mail.example.org, half of its 90 days over. */
static inline struct chain_facts *test_chain(struct test_service *service, unsigned number)
{
	struct chain_facts *chain = &service->chains[service->view.chain_count++];
	struct certificate_facts *leaf = &chain->leaf;

	*chain = (struct chain_facts){
		.count = 2, .is_ordered = ANSWER_YES, .has_root = ANSWER_NO, .system = TRUST_GOOD, .mozilla = TRUST_GOOD};
	memset(chain->sha256, (int)(16 + number), sizeof(chain->sha256));
	memset(leaf->sha256, (int)number, sizeof(leaf->sha256));
	leaf->is_readable = true;
	(void)snprintf(leaf->subject, sizeof(leaf->subject), "CN=mail.example.org");
	(void)snprintf(leaf->issuer, sizeof(leaf->issuer), "CN=R11,O=Let's Encrypt,C=US");
	(void)snprintf(leaf->common_name, sizeof(leaf->common_name), "mail.example.org");
	(void)snprintf(leaf->names, sizeof(leaf->names), "mail.example.org");
	leaf->has_dns_names = true;
	leaf->not_before.unix_ms = TEST_NOW_MS - 45 * TEST_DAY_MS;
	leaf->not_after.unix_ms = TEST_NOW_MS + 45 * TEST_DAY_MS;
	(void)snprintf(leaf->key_type, sizeof(leaf->key_type), "RSA");
	leaf->key_bits = 3072;
	(void)snprintf(leaf->signature_hash, sizeof(leaf->signature_hash), "SHA256");
	(void)snprintf(chain->weakest_signature_hash, sizeof(chain->weakest_signature_hash), "SHA256");
	leaf->is_known_weak_key = ANSWER_NO;
	service->tls.is_seen = true;
	service->tls.chain_count = (uint8_t)service->view.chain_count;
	return chain;
}

struct test_host {
	struct test_service services[TEST_SERVICES_MAX];
	struct service_view views[TEST_SERVICES_MAX];
	struct host_judgement judgement;
	struct finding findings[TEST_SERVICES_MAX][FINDINGS_MAX];
	const struct finding *finding_rows[TEST_SERVICES_MAX];
	size_t finding_counts[TEST_SERVICES_MAX];
	struct finding host_findings[FINDINGS_MAX];
	size_t host_finding_count;
	struct host_view view;
};

/* All four ports, each closed until the test says otherwise. */
static inline void test_host_init(struct test_host *host)
{
	static const uint16_t ports[TEST_SERVICES_MAX] = {110, 143, 993, 995};

	for (size_t i = 0; i < TEST_SERVICES_MAX; i++) {
		test_service_init(&host->services[i], ports[i]);
		host->services[i].observations[0].ending = ENDING_CONNECT_REFUSED;
		host->services[i].judgement.verdict = VERDICT_CLOSED;
	}
}

static inline void test_host_done(struct test_host *host)
{
	for (size_t i = 0; i < TEST_SERVICES_MAX; i++)
		test_service_done(&host->services[i]);
}

static inline struct test_service *test_host_port(struct test_host *host, uint16_t port)
{
	for (size_t i = 0; i < TEST_SERVICES_MAX; i++) {
		if (host->services[i].view.port == port)
			return &host->services[i];
	}
	fail_msg("no such port");
	return NULL;
}

/* Judges the host and finds: first its services, then itself. */
static inline void test_host_judge(struct test_host *host, size_t service_count)
{
	struct host_service rows[TEST_SERVICES_MAX] = {0};

	for (size_t i = 0; i < service_count; i++) {
		const struct test_service *service = &host->services[i];

		rows[i] = (struct host_service){.port = service->view.port,
		                                .protocol = service->judgement.protocol,
		                                .verdict = service->judgement.verdict,
		                                .cleartext_login = service->judgement.cleartext_login};
	}
	host_judge(rows, service_count, &host->judgement);
	for (size_t i = 0; i < service_count; i++) {
		host->services[i].judgement.verdict = rows[i].verdict;
		host->views[i] = host->services[i].view;
		host->finding_counts[i] = findings_of_service(&host->views[i], host->findings[i]);
		host->finding_rows[i] = host->findings[i];
	}
	host->view = (struct host_view){.services = host->views,
	                                .service_count = service_count,
	                                .judgement = &host->judgement,
	                                .findings = host->finding_rows,
	                                .finding_counts = host->finding_counts};
	host->host_finding_count = findings_of_host(&host->view, host->host_findings);
}

static inline const struct finding *test_host_finding(const struct test_host *host, const char *id)
{
	assert_non_null(finding_rule_find(id));
	for (size_t i = 0; i < host->host_finding_count; i++) {
		if (strcmp(host->host_findings[i].id, id) == 0)
			return &host->host_findings[i];
	}
	return NULL;
}

#endif
