/* SPDX-License-Identifier: ISC */
/* The driver's table, and its prepared statements. */
#include "store/sqlite/sqlite_driver.h"

#include "store/sqlite/sqlite_store.h"

#define SERVICE_COLUMNS                                                                                                                    \
	"address, port, decided_at, protocol, verdict, confidence, cleartext_login, ending, starttls_advertised, upgrade, flags, "         \
	"plaintext_on_tls_port, tls_proven, "                                                                                              \
	"attempts, tls_outcome, tls_hello, tls_version, tls_suite, tls_group, tls_dh_bits, tls_rsa_export_bits, tls_alert_level, "         \
	"tls_alert, tls_flags, tls_alpn, "                                                                                                 \
	"tls_certificate_count, tls_leaf, reason, greeting, capabilities_before, capabilities_after, upgrade_reply, tls_facts"
#define CONVERSATION_COLUMNS "address, port, attempt, started_at, duration_ms, ending, transcript"
#define CERTIFICATE_COLUMNS                                                                                                                \
	"sha256, der, not_before, not_after, subject, issuer, common_name, names, serial, key_type, signature_algorithm, key_bits, "       \
	"is_readable, is_self_signed, curve, signature_hash, validation_level, has_dns_names, is_authority, is_known_weak_key, "           \
	"spki_sha256"
#define SOFTWARE_COLUMNS                                                                                                                   \
	"product, version, vendor, fingerprint, distribution, front, library, cpe, family, software_confidence, support, "                 \
	"is_version_certain, support_ends, support_source"
#define CHAIN_COLUMNS                                                                                                                      \
	"sha256, is_cut, fingerprints, is_ordered, has_root, system_trust, mozilla_trust, missing_issuer, weakest_signature_hash, "        \
	"smallest_rsa_bits, not_after, judged_at"
#define FINDING_COLUMNS "address, port, (SELECT name FROM word WHERE kind = 'finding' AND number = finding), severity, confidence, evidence"
#define SERVICES                                                                                                                           \
	"SELECT " SERVICE_COLUMNS ", tls_chain, " SOFTWARE_COLUMNS " FROM service LEFT JOIN software ON software.id = service.software"
/* ?1 is the census. Both the order and the one address are in the index, which begins with the length. */
#define OF_CENSUS " WHERE census = ?1 ORDER BY length(address), address, port"
#define OF_ADDRESS " WHERE census = ?1 AND length(address) = length(?2) AND address = ?2 ORDER BY port"

static const char *const STATEMENTS[STATEMENT_COUNT] = {
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",
	[STATEMENT_ADD_CENSUS] = "INSERT INTO census (started_at, ended_at, tool_version, scope_text, options_text, scope_fingerprint, "
				 "seed, shard, shard_count, host_count) "
				 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_END_CENSUS] = "UPDATE census SET ended_at = ?2 WHERE id = ?1",
	[STATEMENT_SET_PROGRESS] =
		"INSERT OR REPLACE INTO census_progress (census, position, hosts_done, hosts_silent, connections) VALUES (?, ?, ?, ?, ?)",
	[STATEMENT_ADD_CONVERSATION] =
		"INSERT OR REPLACE INTO conversation (census, " CONVERSATION_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_ADD_SERVICE] =
		"INSERT OR REPLACE INTO service (census, " SERVICE_COLUMNS
		", depth, tls_versions_accepted, tls_versions_refused, tls_traits_accepted, tls_traits_refused, tls_best_suite, "
		"tls_weakest_suite, tls_groups_accepted, tls_post_quantum, tls_chain, software) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		"?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_ADD_CERTIFICATE] = "INSERT OR IGNORE INTO certificate (" CERTIFICATE_COLUMNS
				      ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_FIND_SOFTWARE] = "SELECT id FROM software WHERE (" SOFTWARE_COLUMNS ") = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_ADD_SOFTWARE] =
		"INSERT INTO software (" SOFTWARE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
	[STATEMENT_ADD_CHAIN] = "INSERT OR REPLACE INTO chain (" CHAIN_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	/* Findings are not known here: a file numbers them as they come. */
	[STATEMENT_FIND_FINDING_WORD] = "SELECT number FROM word WHERE kind = 'finding' AND name = ?",
	[STATEMENT_ADD_FINDING_WORD] =
		"INSERT INTO word (kind, name, number) VALUES ('finding', ?, (SELECT coalesce(max(number), 0) + 1 FROM word WHERE kind = "
		"'finding')) RETURNING number",
	[STATEMENT_ADD_FINDING] = "INSERT OR REPLACE INTO finding (census, address, port, finding, severity, confidence, evidence) VALUES "
				  "(?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_FORGET_FINDINGS] = "DELETE FROM finding WHERE census = ?1 AND length(address) = length(?2) AND address = ?2",
	[STATEMENT_ADD_CONTACT] =
		"INSERT INTO contact (at, address, count) VALUES (?, ?, 1) ON CONFLICT (at, address) DO UPDATE SET count = count + 1",
	[STATEMENT_FORGET_CONTACTS] = "DELETE FROM contact WHERE at < ?",
	[STATEMENT_ADD_OPEN_HOST] = "INSERT OR REPLACE INTO open_host (census, number) VALUES (?, ?)",
	[STATEMENT_REMOVE_OPEN_HOST] = "DELETE FROM open_host WHERE census = ? AND number = ?",
	[STATEMENT_VISIT_CENSUSES] =
		"SELECT id, started_at, ended_at, tool_version, scope_text, options_text, scope_fingerprint, seed, shard, shard_count, "
		"host_count, "
		"position, hosts_done, hosts_silent, connections FROM census LEFT JOIN census_progress ON census = id ORDER BY id",
	[STATEMENT_VISIT_SERVICES] = SERVICES OF_CENSUS,
	[STATEMENT_VISIT_SERVICES_OF_ADDRESS] = SERVICES OF_ADDRESS,
	[STATEMENT_VISIT_CONVERSATIONS] = "SELECT " CONVERSATION_COLUMNS " FROM conversation" OF_CENSUS ", attempt",
	[STATEMENT_VISIT_CONVERSATIONS_OF_ADDRESS] = "SELECT " CONVERSATION_COLUMNS " FROM conversation" OF_ADDRESS ", attempt",
	[STATEMENT_FIND_CERTIFICATE] = "SELECT " CERTIFICATE_COLUMNS " FROM certificate WHERE sha256 = ?",
	[STATEMENT_FIND_CHAIN] = "SELECT " CHAIN_COLUMNS " FROM chain WHERE sha256 = ?",
	[STATEMENT_VISIT_FINDINGS] = "SELECT " FINDING_COLUMNS " FROM finding" OF_CENSUS ", finding",
	[STATEMENT_VISIT_FINDINGS_OF_ADDRESS] = "SELECT " FINDING_COLUMNS " FROM finding" OF_ADDRESS ", finding",
	[STATEMENT_VISIT_CONTACTS] = "SELECT at, address, count FROM contact ORDER BY at, length(address), address",
	/* Numbers are 64 bits without sign, kept with sign. */
	[STATEMENT_VISIT_OPEN_HOSTS] = "SELECT number FROM open_host WHERE census = ? ORDER BY number < 0, number",
	[STATEMENT_HAS_CERTIFICATE] = "SELECT 1 FROM certificate WHERE sha256 = ?",
	[STATEMENT_HAS_CHAIN] = "SELECT 1 FROM chain WHERE sha256 = ?",
};

sqlite3_stmt *statement_take(struct sqlite_store *store, enum statement_id id, struct error *error)
{
	sqlite3_stmt *statement = store->statements[id];
	bool is_kept = statement == NULL;

	if (statement != NULL && !sqlite3_stmt_busy(statement))
		return statement;
	if (sqlite3_prepare_v3(store->connection, STATEMENTS[id], -1, is_kept ? SQLITE_PREPARE_PERSISTENT : 0, &statement, NULL) !=
	    SQLITE_OK) {
		sqlite_store_fail(store->connection, store->location, error);
		return NULL;
	}
	if (is_kept)
		store->statements[id] = statement;
	return statement;
}

void statement_release(struct sqlite_store *store, enum statement_id id, sqlite3_stmt *statement)
{
	if (statement == store->statements[id]) {
		(void)sqlite3_reset(statement);
		(void)sqlite3_clear_bindings(statement);
	} else {
		(void)sqlite3_finalize(statement);
	}
}

static bool claims(const char *location)
{
	(void)location;
	return true;
}

const struct store_driver SQLITE_STORE_DRIVER = {
	.name = "sqlite",
	.claims = claims,
	.open = sqlite_store_open,
	.close = sqlite_store_close,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.add_census = sqlite_add_census,
	.end_census = sqlite_end_census,
	.set_progress = sqlite_set_progress,
	.add_conversation = sqlite_add_conversation,
	.add_service = sqlite_add_service,
	.add_certificate = sqlite_add_certificate,
	.add_chain = sqlite_add_chain,
	.add_finding = sqlite_add_finding,
	.forget_findings = sqlite_forget_findings,
	.add_contact = sqlite_add_contact,
	.forget_contacts_before = sqlite_forget_contacts_before,
	.add_open_host = sqlite_add_open_host,
	.remove_open_host = sqlite_remove_open_host,
	.visit_censuses = sqlite_visit_censuses,
	.visit_services = sqlite_visit_services,
	.visit_conversations = sqlite_visit_conversations,
	.find_certificate = sqlite_find_certificate,
	.find_chain = sqlite_find_chain,
	.visit_findings = sqlite_visit_findings,
	.visit_contacts = sqlite_visit_contacts,
	.visit_open_hosts = sqlite_visit_open_hosts,
	.has_certificate = sqlite_has_certificate,
	.has_chain = sqlite_has_chain,
};
