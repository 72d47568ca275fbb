/* SPDX-License-Identifier: ISC */
/* Makes a small census whose services have all kinds of facts, as the writer of a scan gives them to the store. usage: facts_database FILE */
#include <stdio.h>
#include <string.h>

#include "app/fact_records.h"
#include "model/suite_trait.h"
#include "model/tls_group.h"

static struct error error;

static struct service_record service_of(struct ip_address address, uint16_t port, enum wire_protocol protocol)
{
	struct service_record service = {
		.endpoint = {address, port},
		.decided_at = {1795466160123},
		.protocol = protocol,
		.verdict = VERDICT_LOGIN_BEFORE_TLS,
		.confidence = CONFIDENCE_HIGH,
		.cleartext_login = CLEARTEXT_LOGIN_ADVERTISED,
		.ending = ENDING_TLS_OBSERVED,
		.upgrade = UPGRADE_AGREED,
		.tls_proven = true,
		.tls = {.outcome = TLS_PROVEN, .hello = TLS_HELLO_H1, .version = 0x0303, .cipher_suite = 0xc02f, .group = 0x001d},
		.attempts = 1,
		.reason = span_from_text("STARTTLS works (T-23)"),
		.greeting = span_from_text("* OK Dovecot ready."),
		.tls_facts = {.is_seen = true,
	                      .depth = PROBE_DEPTH_STANDARD,
	                      .versions = {[TLS_INDEX_TLS_1_2] = ANSWER_YES, [TLS_INDEX_TLS_1_3] = ANSWER_YES},
	                      .post_quantum = ANSWER_NO,
	                      .connections = 3},
	};

	return service;
}

static struct service_record deep_service(struct ip_address address, const struct chain_facts *chain)
{
	struct service_record service = service_of(address, 143, WIRE_IMAP);

	service.tls.certificate_count = 1;
	memcpy(service.tls.leaf_sha256, chain->leaf.sha256, sizeof(service.tls.leaf_sha256));
	memcpy(service.tls.chain_sha256, chain->sha256, sizeof(service.tls.chain_sha256));
	service.tls_facts.depth = PROBE_DEPTH_FULL;
	service.tls_facts.versions[TLS_INDEX_TLS_1_0] = ANSWER_YES;
	service.tls_facts.versions[TLS_INDEX_SSL_3] = ANSWER_NO;
	service.tls_facts.traits_accepted = SUITE_AEAD | SUITE_RC4;
	service.tls_facts.traits_refused = SUITE_EXPORT;
	service.tls_facts.best_suite = 0xc02f;
	service.tls_facts.weakest_suite = 0x0005;
	service.tls_facts.groups_accepted = (uint32_t)1 << tls_group_bit(0x11ec) | (uint32_t)1 << tls_group_bit(0x001d);
	service.tls_facts.post_quantum = ANSWER_YES;
	service.tls_facts.secure_renegotiation = ANSWER_YES;
	service.tls_facts.injection = ANSWER_NO;
	service.tls_facts.connections = 14;
	service.software = (struct software){.product = "Dovecot",
	                                     .version = "2.2.36\x1b",
	                                     .distribution = "Debian",
	                                     .support = SUPPORT_ENDED,
	                                     .support_ends = "2025-01-24"};
	return service;
}

static bool fill(struct store *store)
{
	struct chain_facts chain = {
		.sha256 = {7},
		.count = 1,
		.system = TRUST_INCOMPLETE,
		.mozilla = TRUST_NONE,
		.missing_issuer = "CN=Example CA",
		.leaf = {.sha256 = {9},
	                 .is_readable = true,
	                 .subject = "CN=mail.example.org",
	                 .issuer = "CN=Example CA",
	                 .key_type = "EC",
	                 .key_bits = 256,
	                 .curve = "prime256v1",
	                 .signature_algorithm = "RSA-SHA256",
	                 .spki_sha256 = {5}},
	};
	struct finding deep[] = {{"tls-no-post-quantum", SEVERITY_INFO, CONFIDENCE_HIGH, ""},
	                         {"login-before-tls", SEVERITY_MEDIUM, CONFIDENCE_LOW, "-ERR \\x00 AUTH=PLAIN before TLS\x1b[2J"}};
	struct finding of_host[] = {{"host-mixed", SEVERITY_LOW, CONFIDENCE_HIGH, "143 differs from 110"}};
	struct assessed_service services[] = {
		{.endpoint = {{IP_FAMILY_4, {192, 0, 2, 1}}, 143},
	         .chains = &chain,
	         .chain_count = 1,
	         .findings = deep,
	         .finding_count = 2},
		{.endpoint = {{IP_FAMILY_4, {192, 0, 2, 1}}, 110}},
	};
	struct assessed_host host = {.address = {IP_FAMILY_4, {192, 0, 2, 1}},
	                             .services = services,
	                             .service_count = 2,
	                             .findings = of_host,
	                             .finding_count = 1};
	struct ip_address other = {IP_FAMILY_4, {192, 0, 2, 2}};
	struct census_record census = {
		.started_at = {1795466160000}, .tool_version = "test", .scope_text = "192.0.2.0/30", .options_text = "", .host_count = 4};
	struct certificate_record certificate;
	struct service_record records[] = {deep_service(host.address, &chain), service_of(host.address, 110, WIRE_POP3),
	                                   service_of(other, 143, WIRE_IMAP), service_of(other, 993, WIRE_HTTP)};

	/* Seen by an older program: nothing was summed up. */
	records[3].tls_facts = (struct tls_facts){.is_seen = false};
	if (!store_begin(store, &error) || !store_add_census(store, &census, &error))
		return false;
	certificate_record_from(&chain.leaf, span_from_text("no DER"), &certificate);
	if (!store_add_certificate(store, &certificate, &error))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(records); i++) {
		if (!store_add_service(store, census.id, &records[i], &error))
			return false;
	}
	/* Judged twice: the findings of the second time stay, and of no other. */
	deep[0].id = "gone-the-second-time";
	if (!fact_records_write(store, census.id, &host, (struct timestamp){1795466160123}, &error))
		return false;
	deep[0].id = "tls-no-post-quantum";
	return fact_records_write(store, census.id, &host, (struct timestamp){1795466160124}, &error) && store_commit(store, &error);
}

int main(int argc, char **argv)
{
	struct store *store = argc == 2 ? store_open(argv[1], STORE_READ_WRITE, &error) : NULL;
	bool is_done = store != NULL && fill(store);

	store_close(store);
	if (!is_done)
		fprintf(stderr, "%s\n", error.text);
	return is_done ? 0 : 1;
}
