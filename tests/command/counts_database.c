/* SPDX-License-Identifier: ISC */
/* Makes a census of hosts of all kinds, software and issuers that say hostile things among them, the same ones for the same number. usage: counts_database LOCATION HOSTS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

enum { ALIKE = 230, PORTS = 4, ISSUERS = 7, FINDINGS_MAX = 3, SEED = 1 };

static struct error error;
static const struct timestamp NOW = {1795466160123};

/* Of the ANSI C standard's example: the same everywhere. */
static unsigned random_below(unsigned limit)
{
	static uint32_t state = SEED;

	state = state * 1103515245U + 12345U;
	return state / 65536U % limit;
}

static const char *const PRODUCTS[] = {"",       "Dovecot",       "Dovecot",          "Courier",      "Cyrus IMAP",
                                       "(none)", "=cmd|'/C x'!A", "a\x1b[2J\xff\"b,", "two\nlines\t!"};
static const char *const VERSIONS[] = {"", "2.3.4", "2.4.1"};
static const char *const ISSUERS_TEXT[ISSUERS] = {"CN=R11,O=Let's Encrypt,C=US", "CN=E5,O=Let's Encrypt,C=US", "CN=Only Name",
                                                  "O=Example\\, Inc.,C=DE",      "CN=self,O=Nobody",           "O=\\(others)\x1b[31m,C=XX",
                                                  "C=XX,ST=nothing\377else"};

static void add_certificates(struct store *store)
{
	for (unsigned i = 0; i < ISSUERS; i++) {
		struct certificate_record certificate = {.sha256 = {(uint8_t)(i + 1)},
		                                         .der = span_from_text("no DER"),
		                                         .subject = "CN=mail.example.org",
		                                         .issuer = ISSUERS_TEXT[i],
		                                         .common_name = "mail.example.org",
		                                         .names = "",
		                                         .serial = "01",
		                                         .key_type = "EC",
		                                         .signature_algorithm = "ecdsa-with-SHA256",
		                                         .key_bits = 256,
		                                         .is_readable = true,
		                                         .is_self_signed = i == 4,
		                                         .curve = "",
		                                         .signature_hash = "",
		                                         .validation_level = "",
		                                         .spki_sha256 = {1}};

		if (!store_add_certificate(store, &certificate, &error))
			exit(1);
	}
}

static struct ip_address address_of(unsigned host)
{
	struct ip_address address = {IP_FAMILY_4, {198, 51, (uint8_t)(host >> 8), (uint8_t)host}};

	if (host % 5 == 0)
		address = (struct ip_address){IP_FAMILY_6, {0xfd, 0x01, 0x0d, 0xb8, [14] = (uint8_t)(host >> 8), [15] = (uint8_t)host}};
	return address;
}

static void add_tls(struct service_record *service)
{
	service->tls_proven = true;
	service->tls = (struct tls_observation){.outcome = TLS_PROVEN, .hello = TLS_HELLO_H1, .version = 0x0303, .cipher_suite = 0xc02f};
	if (random_below(8) > 0) {
		service->tls.certificate_count = 1;
		service->tls.leaf_sha256[0] = (uint8_t)(1 + random_below(ISSUERS + 1)); /* the last is not kept */
	}
	service->tls_facts.is_seen = true;
	for (size_t i = 0; i < TLS_INDEX_COUNT; i++)
		service->tls_facts.versions[i] = (enum answer)random_below(3);
	service->tls_facts.post_quantum = (enum answer)random_below(3);
}

static struct service_record service_of(struct ip_address address, unsigned place)
{
	static const uint16_t NUMBERS[PORTS] = {110, 143, 993, 995};
	static const enum wire_protocol SPOKEN[] = {WIRE_POP3, WIRE_IMAP, WIRE_UNKNOWN, WIRE_HTTP, WIRE_POP3, WIRE_IMAP};
	struct service_record service = {
		.endpoint = {address, NUMBERS[place]},
		.decided_at = NOW,
		.protocol = SPOKEN[random_below(ARRAY_LENGTH(SPOKEN))],
		.verdict = (enum verdict)random_below(VERDICT_COUNT),
		.confidence = CONFIDENCE_HIGH,
		.cleartext_login = (enum cleartext_login)random_below(CLEARTEXT_LOGIN_CONFIRMED + 1),
		.ending = ENDING_TLS_OBSERVED,
		.attempts = 1,
		.reason = span_from_text("made"),
		.greeting = span_from_text("* OK ready."),
		.tls_facts = {.connections = random_below(10) > 0 ? 1 : 0},
	};

	if (service.tls_facts.connections > 0 && random_below(3) > 0)
		add_tls(&service);
	(void)snprintf(service.software.product, sizeof(service.software.product), "%s", PRODUCTS[random_below(ARRAY_LENGTH(PRODUCTS))]);
	if (service.software.product[0] != '\0')
		(void)snprintf(service.software.version, sizeof(service.software.version), "%s",
		               VERSIONS[random_below(ARRAY_LENGTH(VERSIONS))]);
	return service;
}

static size_t add_findings(struct endpoint endpoint, struct finding_record *findings)
{
	static const char *const NAMES[] = {"no-tls13", "pqc-absent", "cert-untrusted", "host-mixed"};
	size_t count = random_below(FINDINGS_MAX);

	for (size_t i = 0; i < count; i++)
		findings[i] = (struct finding_record){endpoint, NAMES[(i + (endpoint.port == 0 ? 3 : random_below(2) * 2)) % 4],
		                                      (enum severity)random_below(SEVERITY_COUNT), CONFIDENCE_HIGH, span_from_text("seen")};
	/* Each name once. */
	return count == 2 && findings[0].id == findings[1].id ? 1 : count;
}

static bool add_host(struct store *store, census_id census, unsigned host)
{
	struct finding_record findings[(PORTS + 1) * FINDINGS_MAX];
	struct ip_address address = address_of(host);
	size_t count = add_findings((struct endpoint){address, 0}, findings);

	for (unsigned i = 0; i < PORTS; i++) {
		struct service_record service = service_of(address, i);

		if (random_below(3) == 0)
			continue;
		if (!store_add_service(store, census, &service, &error))
			return false;
		if (service.tls_facts.connections > 0)
			count += add_findings(service.endpoint, findings + count);
	}
	if (random_below(6) == 0) {
		struct service_record canary = {.endpoint = {address, 45678},
		                                .decided_at = NOW,
		                                .verdict = random_below(2) == 0 ? VERDICT_FALSE_HOST : VERDICT_CLOSED,
		                                .observation_flags = OBSERVED_CANARY,
		                                .reason = span_from_text("canary")};

		if (!store_add_service(store, census, &canary, &error))
			return false;
	}
	return store_set_findings(store, census, &address, findings, count, &error);
}

/* A prefix whose hosts are all alike, and one that accepts everything and says nothing. */
static bool add_prefixes(struct store *store, census_id census)
{
	for (unsigned i = 0; i < 2 * ALIKE; i++) {
		bool is_mute = i >= ALIKE;
		struct service_record service = {.endpoint = {{IP_FAMILY_4, {203, 0, is_mute ? 114 : 113, (uint8_t)(i % ALIKE)}}, 143},
		                                 .decided_at = NOW,
		                                 .protocol = is_mute ? WIRE_UNKNOWN : WIRE_IMAP,
		                                 .verdict = is_mute ? VERDICT_SLOW : VERDICT_NO_TLS,
		                                 .reason = span_from_text("made"),
		                                 .greeting = span_from_text(is_mute ? "" : "* OK the same.")};

		if (!store_add_service(store, census, &service, &error))
			return false;
	}
	return true;
}

static bool fill(struct store *store, unsigned hosts)
{
	struct census_record census = {.started_at = {1795466160000},
	                               .tool_version = "0.1\x1b[1m",
	                               .scope_text = "made",
	                               .options_text = "",
	                               .shard_count = 1,
	                               .host_count = 2 * hosts};
	struct census_progress progress = {
		.position = 2 * hosts, .hosts_done = 2 * hosts, .hosts_silent = hosts, .connections = 9, .syns = 8 * hosts, .refused = 7};

	if (!store_begin(store, &error) || !store_add_census(store, &census, &error) ||
	    !store_set_progress(store, census.id, &progress, &error))
		return false;
	add_certificates(store);
	for (unsigned i = 0; i < hosts; i++) {
		if (!add_host(store, census.id, i))
			return false;
	}
	if (!add_prefixes(store, census.id))
		return false;
	return store_end_census(store, census.id, (struct timestamp){1795466200000}, &error) && store_commit(store, &error);
}

int main(int argc, char **argv)
{
	struct store *store = argc == 3 ? store_open(argv[1], STORE_READ_WRITE, &error) : NULL;
	bool is_done = store != NULL && fill(store, (unsigned)strtoul(argv[2], NULL, 10));

	store_close(store);
	if (!is_done)
		fprintf(stderr, "%s\n", error.text);
	return is_done ? 0 : 1;
}
