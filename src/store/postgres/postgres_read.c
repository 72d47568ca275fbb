/* SPDX-License-Identifier: ISC */
/* Rows into records. Many rows come through a cursor, a few hundred at a time, so that memory stays flat; a row that no mailcensus can have written is an error, not a guess. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "model/transcript.h"
#include "store/postgres/postgres_ahead.h"
#include "store/transcript_parts.h"

static struct postgres_store *self(struct store *store)
{
	return (struct postgres_store *)store;
}

/* ---- censuses ---- */

static bool read_census(struct columns *columns, const struct store_visitor *visitor)
{
	struct census_record census = {.id = 0};
	struct census_progress progress;

	census.id = value_integer(columns, 1, INT64_MAX);
	census.started_at = value_time(columns);
	census.ended_at = value_time(columns);
	census.tool_version = value_text(columns);
	census.scope_text = value_text(columns);
	census.options_text = value_text(columns);
	census.scope_fingerprint = value_unsigned(columns);
	census.seed = value_unsigned(columns);
	census.shard = (uint32_t)value_integer(columns, 0, UINT32_MAX);
	census.shard_count = (uint32_t)value_integer(columns, 0, UINT32_MAX);
	census.host_count = value_unsigned(columns);
	census.syn_key[0] = value_unsigned(columns);
	census.syn_key[1] = value_unsigned(columns);
	census.merged_parts = (uint32_t)value_integer(columns, 0, UINT32_MAX);
	/* No progress noted yet: NULL, which reads as 0. */
	progress.position = value_unsigned(columns);
	progress.hosts_done = value_unsigned(columns);
	progress.hosts_silent = value_unsigned(columns);
	progress.connections = value_unsigned(columns);
	progress.reserved_position = value_unsigned(columns);
	progress.reserved_at = value_time(columns);
	progress.reserved_times = (unsigned)value_integer(columns, 0, UINT32_MAX);
	progress.syns = value_unsigned(columns);
	progress.refused = value_unsigned(columns);
	progress.unreachable = value_unsigned(columns);
	progress.excluded = value_unsigned(columns);
	return !columns->is_wrong && visitor->on_census(visitor->context, &census, &progress);
}

bool postgres_visit_censuses(struct store *store, const struct store_visitor *visitor, struct error *error)
{
	return postgres_visit(
		self(store),
		"SELECT id, started_at, ended_at, tool_version, scope_text, options_text, scope_fingerprint, seed, shard, "
		"shard_count, host_count, syn_key_0, syn_key_1, (SELECT count(*) FROM mailcensus.merged WHERE merged.census = id), "
		"position, hosts_done, hosts_silent, connections, reserved_position, reserved_at, reserved_times, syns, refused, "
		"unreachable, excluded FROM mailcensus.census LEFT JOIN mailcensus.census_progress ON census_progress.census = id "
		"ORDER BY id",
		read_census, visitor, error);
}

static bool read_merged(struct columns *columns, const struct store_visitor *visitor)
{
	struct merged_record merged;

	merged.shard = (uint32_t)value_integer(columns, 0, UINT32_MAX);
	merged.shard_count = (uint32_t)value_integer(columns, 0, UINT32_MAX);
	merged.started_at = value_time(columns);
	merged.ended_at = value_time(columns);
	merged.conversations = value_unsigned(columns);
	merged.services = value_unsigned(columns);
	merged.hosts = value_unsigned(columns);
	merged.is_whole = value_integer(columns, 0, 1) != 0;
	return !columns->is_wrong && visitor->on_merged(visitor->context, &merged);
}

bool postgres_visit_merged(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error)
{
	char sql[256];

	(void)snprintf(
		sql, sizeof(sql),
		"SELECT shard, shard_count, started_at, ended_at, conversations, services, hosts, is_whole FROM mailcensus.merged WHERE "
		"census = %lld ORDER BY shard",
		(long long)census);
	return postgres_visit(self(store), sql, read_merged, visitor, error);
}

/* ---- services ---- */

static void take_tls(struct columns *columns, struct tls_observation *tls)
{
	struct span alpn;

	tls->outcome = (enum tls_outcome)value_word(columns, WORD_TLS_OUTCOME);
	tls->hello = (enum tls_hello)value_word(columns, WORD_TLS_HELLO);
	tls->version = (uint16_t)value_integer(columns, 0, UINT16_MAX);
	tls->cipher_suite = (uint16_t)value_integer(columns, 0, UINT16_MAX);
	tls->group = (uint16_t)value_integer(columns, 0, UINT16_MAX);
	tls->dh_bits = (uint16_t)value_integer(columns, 0, UINT16_MAX);
	tls->rsa_export_bits = (uint16_t)value_integer(columns, 0, UINT16_MAX);
	tls->alert_level = (uint8_t)value_integer(columns, 0, UINT8_MAX);
	tls->alert_description = (uint8_t)value_integer(columns, 0, UINT8_MAX);
	tls->flags = (uint32_t)value_integer(columns, 0, UINT32_MAX);
	alpn = value_bytes(columns);
	if (alpn.size > sizeof(tls->alpn))
		value_wrong(columns, "a text that is too long");
	else if (alpn.size > 0)
		memcpy(tls->alpn, alpn.data, alpn.size);
	tls->certificate_count = (uint8_t)value_integer(columns, 0, UINT8_MAX);
}

static void take_software(struct columns *columns, struct software *software)
{
	enum { COLUMNS = 16 };

	if (value_is_null(columns)) {
		columns->index += COLUMNS;
		return;
	}
	value_text_into(columns, software->product, sizeof(software->product));
	value_text_into(columns, software->version, sizeof(software->version));
	value_text_into(columns, software->vendor, sizeof(software->vendor));
	value_text_into(columns, software->fingerprint, sizeof(software->fingerprint));
	value_text_into(columns, software->distribution, sizeof(software->distribution));
	value_text_into(columns, software->front, sizeof(software->front));
	value_text_into(columns, software->library, sizeof(software->library));
	value_text_into(columns, software->cpe, sizeof(software->cpe));
	software->family = (enum software_family)value_word(columns, WORD_SOFTWARE_FAMILY);
	software->confidence = (enum confidence)value_word(columns, WORD_CONFIDENCE);
	software->support = (enum support_state)value_word(columns, WORD_SUPPORT_STATE);
	software->is_version_certain = value_integer(columns, 0, 1) != 0;
	value_text_into(columns, software->support_ends, sizeof(software->support_ends));
	value_text_into(columns, software->support_source, sizeof(software->support_source));
	software->library_support = (enum support_state)value_word(columns, WORD_SUPPORT_STATE);
	value_text_into(columns, software->library_ends, sizeof(software->library_ends));
}

static void take_credentials(struct columns *columns, struct service_record *service)
{
	enum { PAIR = 2 * CERTIFICATE_FINGERPRINT_SIZE };
	struct tls_facts *facts = &service->tls_facts;
	struct span pairs;

	value_fingerprint(columns, service->tls.leaf_sha256);
	value_fingerprint(columns, service->tls.chain_sha256);
	pairs = value_bytes(columns);
	if (pairs.size % PAIR != 0 || pairs.size > (size_t)TLS_FACTS_CHAINS_MAX * PAIR) {
		value_wrong(columns, "no fingerprints");
		return;
	}
	for (size_t at = 0; at < pairs.size; at += PAIR) {
		memcpy(facts->chains[facts->chain_count], pairs.data + at, CERTIFICATE_FINGERPRINT_SIZE);
		memcpy(facts->leaves[facts->chain_count++], pairs.data + at + CERTIFICATE_FINGERPRINT_SIZE, CERTIFICATE_FINGERPRINT_SIZE);
	}
}

static bool read_service(struct columns *columns, const struct store_visitor *visitor)
{
	struct service_record service;
	struct span facts;

	memset(&service, 0, sizeof(service));
	service.endpoint = value_endpoint(columns);
	service.decided_at = value_time(columns);
	service.protocol = (enum wire_protocol)value_word(columns, WORD_PROTOCOL);
	service.verdict = (enum verdict)value_word(columns, WORD_VERDICT);
	service.confidence = (enum confidence)value_word(columns, WORD_CONFIDENCE);
	service.cleartext_login = (enum cleartext_login)value_word(columns, WORD_CLEARTEXT_LOGIN);
	service.ending = (enum ending)value_word(columns, WORD_ENDING);
	service.starttls_advertised = (enum presence)value_word(columns, WORD_PRESENCE);
	service.upgrade = (enum upgrade)value_word(columns, WORD_UPGRADE);
	service.observation_flags = (uint32_t)value_integer(columns, 0, UINT32_MAX);
	service.plaintext_on_tls_port = value_integer(columns, 0, 1) != 0;
	service.tls_proven = value_integer(columns, 0, 1) != 0;
	service.attempts = (unsigned)value_integer(columns, 0, UINT32_MAX);
	take_tls(columns, &service.tls);
	service.reason = value_bytes(columns);
	service.greeting = value_bytes(columns);
	service.capabilities_before = value_bytes(columns);
	service.capabilities_after = value_bytes(columns);
	service.upgrade_reply = value_bytes(columns);
	facts = value_bytes(columns);
	if (facts.size > 0 && !tls_facts_parse(facts, &service.tls_facts))
		value_wrong(columns, "unknown TLS facts");
	take_software(columns, &service.software);
	take_credentials(columns, &service);
	return !columns->is_wrong && visitor->on_service(visitor->context, &service);
}

#define SERVICE_QUERY                                                                                                                      \
	"SELECT address, port::bigint, decided_at, protocol, verdict, confidence, cleartext_login, ending, starttls_advertised, upgrade, " \
	"flags, plaintext_on_tls_port, tls_proven, attempts, tls_outcome, tls_hello, tls_version, tls_suite, tls_group, tls_dh_bits, "     \
	"tls_rsa_export_bits, tls_alert_level, tls_alert, tls_flags, tls_alpn, tls_certificate_count, reason, coalesce(look.greeting, "    \
	"service.greeting), capabilities_before, capabilities_after, upgrade_reply, tls_facts, product, version, vendor, fingerprint, "    \
	"distribution, front, library, cpe, family, software_confidence, support, is_version_certain, support_ends, support_source, "      \
	"library_support, library_ends, leaf, chain, pairs FROM mailcensus.service JOIN mailcensus.look ON look.id = look "                \
	"LEFT JOIN mailcensus.credentials ON credentials.id = service.credentials WHERE census = "

bool postgres_visit_services(struct store *store, census_id census, const struct ip_address *only_address,
                             const struct store_visitor *visitor, struct error *error)
{
	/* The columns of the index, not of the output: so nothing has to be sorted. */
	static const struct census_query QUERY = {"services", SERVICE_QUERY, "service.address, service.port", read_service};

	if (only_address == NULL)
		ahead_begin(self(store), census);
	return postgres_visit_census(self(store), &QUERY, 0, census, only_address, visitor, error);
}

/* ---- conversations ---- */

static bool read_conversation(struct columns *columns, const struct store_visitor *visitor)
{
	struct conversation_record conversation;
	bool is_apart;

	conversation.endpoint = value_endpoint(columns);
	conversation.attempt = (unsigned)value_integer(columns, 0, UINT32_MAX);
	conversation.started_at = value_time(columns);
	conversation.duration_ms = (uint32_t)value_integer(columns, 0, UINT32_MAX);
	conversation.ending = (enum ending)value_word(columns, WORD_ENDING);
	conversation.transcript = value_bytes(columns);
	is_apart = !value_is_null(columns);
	if (is_apart) {
		struct span common = value_bytes(columns);

		if (columns->transcript.max == 0)
			buffer_init(&columns->transcript, TRANSCRIPT_MAX);
		if (!transcript_put_together(common, conversation.transcript, &columns->transcript))
			value_wrong(columns, "no part of a transcript");
		conversation.transcript = buffer_view(&columns->transcript);
	}
	return !columns->is_wrong && visitor->on_conversation(visitor->context, &conversation);
}

bool postgres_visit_conversations(struct store *store, census_id census, const struct ip_address *only_address,
                                  const struct store_visitor *visitor, struct error *error)
{
	static const struct census_query QUERY = {
		"conversations",
		"SELECT address, port::bigint, attempt, started_at, duration_ms, ending, own, transcript.common FROM "
		"mailcensus.conversation LEFT JOIN mailcensus.transcript ON transcript.id = conversation.common WHERE census = ",
		"conversation.address, conversation.port, conversation.attempt", read_conversation};

	return postgres_visit_census(self(store), &QUERY, 1, census, only_address, visitor, error);
}

/* ---- findings ---- */

enum { LISTS = 5 };

/* One finding out of the lists; false: they are wrong, or the visitor wants no more. */
static bool hand_out(struct columns *columns, struct ip_address address, struct span lists[LISTS], const struct store_visitor *visitor)
{
	struct span port, name, severity, confidence;
	struct finding_record finding = {.endpoint.address = address};
	struct buffer id;
	int severity_value, confidence_value;
	bool goes_on = false;

	if (!array_take(&lists[0], &port) || port.size != FIELD_INTEGER_SIZE || !array_take(&lists[1], &name) ||
	    !array_take(&lists[2], &severity) || !array_take(&lists[3], &confidence) || !array_take(&lists[4], &finding.evidence)) {
		value_wrong(columns, "no list of findings");
		return false;
	}
	finding.endpoint.port = (uint16_t)integer_of(port.data);
	severity_value = word_of(WORD_SEVERITY, severity);
	confidence_value = word_of(WORD_CONFIDENCE, confidence);
	buffer_init(&id, SIZE_MAX / 2);
	buffer_append(&id, name);
	finding.id = buffer_text(&id);
	if (severity_value < 0 || confidence_value < 0) {
		value_wrong(columns, "an unknown word");
	} else {
		finding.severity = (enum severity)severity_value;
		finding.confidence = (enum confidence)confidence_value;
		goes_on = visitor->on_finding(visitor->context, &finding);
	}
	buffer_done(&id);
	return goes_on;
}

static bool read_findings(struct columns *columns, const struct store_visitor *visitor)
{
	struct ip_address address = value_address(columns);
	struct span lists[LISTS];
	size_t counts[LISTS];
	bool goes_on;

	for (size_t i = 0; i < LISTS; i++) {
		lists[i] = value_bytes(columns);
		if (!array_begin(&lists[i], &counts[i]) || counts[i] != counts[0])
			value_wrong(columns, "no list of findings");
	}
	goes_on = !columns->is_wrong;
	for (size_t i = 0; goes_on && i < counts[0]; i++)
		goes_on = hand_out(columns, address, lists, visitor);
	return goes_on;
}

#define FINDING_QUERY                                                                                                                      \
	"SELECT address, ports, names, severities, confidences, evidences FROM mailcensus.host_finding "                                   \
	"JOIN mailcensus.finding_list ON finding_list.id = list WHERE census = "

bool postgres_visit_findings(struct store *base, census_id census, const struct ip_address *only_address,
                             const struct store_visitor *visitor, struct error *error)
{
	static const struct census_query QUERY = {"findings", FINDING_QUERY, "address", read_findings};
	struct postgres_store *store = self(base);
	char range[512];
	bool is_known = false;

	(void)snprintf(range, sizeof(range), FINDING_QUERY "%lld AND address BETWEEN $1::inet AND $2::inet ORDER BY address",
	               (long long)census);
	if (only_address != NULL && census == store->ahead.census &&
	    !ahead_visit_address(store, AHEAD_FINDINGS, range, read_findings, only_address, visitor, &is_known, error))
		return false;
	return is_known || postgres_visit_census(store, &QUERY, 2, census, only_address, visitor, error);
}

/* ---- certificates and chains ---- */

static bool read_certificate(struct columns *columns, const struct store_visitor *visitor)
{
	struct certificate_record certificate;

	value_fingerprint(columns, certificate.sha256);
	certificate.der = value_bytes(columns);
	certificate.not_before = value_time(columns);
	certificate.not_after = value_time(columns);
	certificate.subject = value_text(columns);
	certificate.issuer = value_text(columns);
	certificate.common_name = value_text(columns);
	certificate.names = value_text(columns);
	certificate.serial = value_text(columns);
	certificate.key_type = value_text(columns);
	certificate.signature_algorithm = value_text(columns);
	certificate.key_bits = (unsigned)value_integer(columns, 0, UINT32_MAX);
	certificate.is_readable = value_integer(columns, 0, 1) != 0;
	certificate.is_self_signed = value_integer(columns, 0, 1) != 0;
	certificate.curve = value_text(columns);
	certificate.signature_hash = value_text(columns);
	certificate.validation_level = value_text(columns);
	certificate.has_dns_names = value_integer(columns, 0, 1) != 0;
	certificate.is_authority = value_integer(columns, 0, 1) != 0;
	certificate.is_known_weak_key = (enum answer)value_word(columns, WORD_ANSWER);
	value_fingerprint(columns, certificate.spki_sha256);
	return !columns->is_wrong && visitor->on_certificate(visitor->context, &certificate);
}

bool postgres_find_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                               struct error *error)
{
#define CERTIFICATE_QUERY                                                                                                                  \
	"SELECT sha256, der, not_before, not_after, subject, issuer, common_name, names, serial, key_type, signature_algorithm, "          \
	"key_bits, "                                                                                                                       \
	"is_readable, is_self_signed, curve, signature_hash, validation_level, has_dns_names, is_authority, is_known_weak_key, "           \
	"spki_sha256 FROM mailcensus.certificate WHERE sha256 = "
	static const struct fingerprint_query QUERY = {"certificate", CERTIFICATE_QUERY "$1", CERTIFICATE_QUERY "ANY($1)",
	                                               read_certificate};
	bool is_known;

	return ahead_find(self(store), &QUERY, AHEAD_CERTIFICATES, sha256, visitor, &is_known, error) &&
	       (is_known || postgres_find(self(store), &QUERY, 3, sha256, visitor, error));
}

static bool read_chain(struct columns *columns, const struct store_visitor *visitor)
{
	struct chain_record chain = {.count = 0};
	struct span fingerprints;

	value_fingerprint(columns, chain.sha256);
	chain.is_cut = value_integer(columns, 0, 1) != 0;
	fingerprints = value_bytes(columns);
	if (fingerprints.size > sizeof(chain.fingerprints) || fingerprints.size % CERTIFICATE_FINGERPRINT_SIZE != 0) {
		value_wrong(columns, "no fingerprints");
		return false;
	}
	chain.count = (uint8_t)(fingerprints.size / CERTIFICATE_FINGERPRINT_SIZE);
	if (fingerprints.size > 0)
		memcpy(chain.fingerprints, fingerprints.data, fingerprints.size);
	chain.is_ordered = (enum answer)value_word(columns, WORD_ANSWER);
	chain.has_root = (enum answer)value_word(columns, WORD_ANSWER);
	chain.system = (enum chain_trust)value_word(columns, WORD_CHAIN_TRUST);
	chain.mozilla = (enum chain_trust)value_word(columns, WORD_CHAIN_TRUST);
	chain.missing_issuer = value_text(columns);
	chain.weakest_signature_hash = value_text(columns);
	chain.smallest_rsa_bits = (unsigned)value_integer(columns, 0, UINT32_MAX);
	chain.not_after = value_time(columns);
	chain.judged_at = value_time(columns);
	return !columns->is_wrong && visitor->on_chain(visitor->context, &chain);
}

bool postgres_find_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE], const struct store_visitor *visitor,
                         struct error *error)
{
#define CHAIN_QUERY                                                                                                                        \
	"SELECT sha256, is_cut, fingerprints, is_ordered, has_root, system_trust, mozilla_trust, missing_issuer, weakest_signature_hash, " \
	"smallest_rsa_bits, not_after, judged_at FROM mailcensus.chain WHERE sha256 = "
	static const struct fingerprint_query QUERY = {"chain", CHAIN_QUERY "$1", CHAIN_QUERY "ANY($1)", read_chain};
	bool is_known;

	return ahead_find(self(store), &QUERY, AHEAD_CHAINS, sha256, visitor, &is_known, error) &&
	       (is_known || postgres_find(self(store), &QUERY, 4, sha256, visitor, error));
}

/* ---- contacts and open hosts ---- */

static bool read_contact(struct columns *columns, const struct store_visitor *visitor)
{
	struct contact_record contact;

	contact.at = value_time(columns);
	contact.address = value_address(columns);
	return !columns->is_wrong && visitor->on_contact(visitor->context, &contact);
}

bool postgres_visit_contacts(struct store *store, const struct store_visitor *visitor, struct error *error)
{
	return postgres_visit(self(store), "SELECT at, address FROM mailcensus.contact ORDER BY at, id", read_contact, visitor, error);
}

static bool read_open_host(struct columns *columns, const struct store_visitor *visitor)
{
	struct open_host_record host = {.number = value_unsigned(columns)};

	return !columns->is_wrong && visitor->on_open_host(visitor->context, &host);
}

bool postgres_visit_open_hosts(struct store *store, census_id census, const struct store_visitor *visitor, struct error *error)
{
	char sql[128];

	/* Numbers above the half are kept as negative ones. */
	(void)snprintf(sql, sizeof(sql), "SELECT number FROM mailcensus.open_host WHERE census = %lld ORDER BY number < 0, number",
	               (long long)census);
	return postgres_visit(self(store), sql, read_open_host, visitor, error);
}

/* ---- names of addresses ---- */

static bool read_hostname(struct columns *columns, const struct store_visitor *visitor)
{
	struct hostname_record hostname;

	hostname.address = value_address(columns);
	hostname.outcome = (enum hostname_outcome)value_word(columns, WORD_HOSTNAME_OUTCOME);
	hostname.source = (enum hostname_source)value_word(columns, WORD_HOSTNAME_SOURCE);
	hostname.name = value_text(columns);
	if (hostname.outcome == HOSTNAME_FOUND ? !hostname_is_valid(span_from_text(hostname.name)) : hostname.name[0] != '\0')
		value_wrong(columns, "no host name");
	hostname.is_confirmed = (enum answer)value_word(columns, WORD_ANSWER);
	hostname.names = (unsigned)value_integer(columns, 0, UINT32_MAX);
	hostname.unusable = (unsigned)value_integer(columns, 0, UINT32_MAX);
	hostname.looked_up_at = value_time(columns);
	return !columns->is_wrong && visitor->on_hostname(visitor->context, &hostname);
}

#define HOSTNAME_QUERY "SELECT address, outcome, source, name, is_confirmed, names, unusable, looked_up_at FROM mailcensus.hostname "

bool postgres_visit_hostnames(struct store *store, const struct ip_address *only_address, const struct store_visitor *visitor,
                              struct error *error)
{
	static const struct address_query QUERY = {"hostname", HOSTNAME_QUERY "WHERE address = $1", read_hostname};
	bool is_known;

	if (only_address == NULL)
		return postgres_visit(self(store), HOSTNAME_QUERY "ORDER BY address", read_hostname, visitor, error);
	return ahead_visit_address(self(store), AHEAD_HOSTNAMES, HOSTNAME_QUERY "WHERE address BETWEEN $1::inet AND $2::inet",
	                           read_hostname, only_address, visitor, &is_known, error) &&
	       (is_known || postgres_find_address(self(store), &QUERY, 7, only_address, visitor, error));
}

/* ---- is it kept? ---- */

static bool see_nothing(struct columns *columns, const struct store_visitor *visitor)
{
	*(bool *)visitor->context = true;
	(void)columns;
	return true;
}

/* Asked of most services: what was met lately costs no question. */
static bool has(struct postgres_store *store, uint8_t (**known)[CERTIFICATE_FINGERPRINT_SIZE], const struct fingerprint_query *query,
                unsigned number, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	bool is_kept = false;
	struct store_visitor visitor = {.context = &is_kept};
	uint8_t *place;

	if (*known == NULL)
		*known = memory_allocate(KNOWN_FINGERPRINTS, CERTIFICATE_FINGERPRINT_SIZE);
	place = (*known)[(sha256[0] | (unsigned)sha256[1] << 8) % KNOWN_FINGERPRINTS];
	if (fingerprint_equals(place, sha256) && !fingerprint_is_none(sha256))
		return true;
	if (!postgres_find(store, query, number, sha256, &visitor, NULL) || !is_kept)
		return false;
	memcpy(place, sha256, CERTIFICATE_FINGERPRINT_SIZE);
	return true;
}

bool postgres_has_certificate(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	static const struct fingerprint_query QUERY = {"has_certificate", "SELECT 1::bigint FROM mailcensus.certificate WHERE sha256 = $1",
	                                               NULL, see_nothing};

	return has(self(store), &self(store)->certificates, &QUERY, 5, sha256);
}

bool postgres_has_chain(struct store *store, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	static const struct fingerprint_query QUERY = {"has_chain", "SELECT 1::bigint FROM mailcensus.chain WHERE sha256 = $1", NULL,
	                                               see_nothing};

	return has(self(store), &self(store)->chains, &QUERY, 6, sha256);
}
