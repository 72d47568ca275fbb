/* SPDX-License-Identifier: ISC */
/* The driver's table, and its prepared statements. */
#include "store/sqlite/sqlite_driver.h"

#include "store/sqlite/sqlite_columns.h"
#include "store/sqlite/sqlite_store.h"

static const char *const STATEMENTS[STATEMENT_COUNT] = {
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",
	[STATEMENT_ADD_CENSUS] = "INSERT INTO census (started_at, ended_at, tool_version, scope_text, options_text, scope_fingerprint, "
				 "seed, shard, shard_count, host_count, syn_key) "
				 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_END_CENSUS] = "UPDATE census SET ended_at = ?2 WHERE id = ?1",
	[STATEMENT_SET_PROGRESS] = "INSERT OR REPLACE INTO census_progress (census, position, hosts_done, hosts_silent, connections, "
				   "reserved_position, reserved_at, "
				   "reserved_times, syns, refused, unreachable, excluded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_ADD_CONVERSATION] =
		"INSERT OR REPLACE INTO conversation (census, " CONVERSATION_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_ADD_SERVICE] =
		"INSERT OR REPLACE INTO service (census, " SERVICE_COLUMNS
		", depth, tls_versions_accepted, tls_versions_refused, tls_traits_accepted, tls_traits_refused, tls_best_suite, "
		"tls_weakest_suite, tls_groups_accepted, tls_post_quantum, software) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		"?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
	[STATEMENT_FIND_FINDING_NAME] = "SELECT name FROM word WHERE kind = 'finding' AND number = ?",
	[STATEMENT_ADD_FINDINGS] = "INSERT OR REPLACE INTO host_finding (census, address, findings) VALUES (?, ?, ?)",
	[STATEMENT_ADD_TEXT] = "INSERT INTO text (bytes) VALUES (?)",
	[STATEMENT_FIND_TEXT] = "SELECT bytes FROM text WHERE id = ?",
	[STATEMENT_ADD_CONTACTS] = "INSERT INTO contact (at, addresses) VALUES (?, ?)",
	[STATEMENT_FORGET_CONTACTS] = "DELETE FROM contact WHERE at < ?",
	[STATEMENT_ADD_OPEN_HOSTS] = "INSERT INTO open_host (census, begun, ended) VALUES (?, ?, ?)",
	[STATEMENT_FORGET_OPEN_HOSTS] = "DELETE FROM open_host WHERE census = ?",
	[STATEMENT_FIND_CENSUS] = "SELECT ended_at FROM census WHERE id = ?",
	[STATEMENT_ADD_ROWS] = "INSERT INTO census_rows (census, service_from, conversation_from, host_finding_from) VALUES (?, "
			       "(SELECT coalesce(max(rowid), 0) + 1 FROM service), (SELECT coalesce(max(rowid), 0) + 1 FROM conversation), "
			       "(SELECT coalesce(max(rowid), 0) + 1 FROM host_finding))",
	[STATEMENT_END_ROWS] = "UPDATE census_rows SET service_to = (SELECT coalesce(max(rowid), 0) FROM service), "
			       "conversation_to = (SELECT coalesce(max(rowid), 0) FROM conversation), "
			       "host_finding_to = (SELECT coalesce(max(rowid), 0) FROM host_finding) WHERE census = ?",
	[STATEMENT_VISIT_CENSUSES] =
		"SELECT id, started_at, ended_at, tool_version, scope_text, options_text, scope_fingerprint, seed, shard, shard_count, "
		"host_count, "
		"position, hosts_done, hosts_silent, connections, reserved_position, reserved_at, reserved_times, syns, refused, "
		"unreachable, "
		"excluded, syn_key, (SELECT count(*) FROM merged WHERE merged.census = id) "
		"FROM census LEFT JOIN census_progress ON census_progress.census = id ORDER BY id",
	[STATEMENT_CHANGE_CENSUS] = "UPDATE census SET started_at = ?2, shard = ?3, shard_count = ?4, host_count = ?5 WHERE id = ?1",
	[STATEMENT_SET_MERGED] =
		"INSERT OR REPLACE INTO merged (census, shard, shard_count, started_at, ended_at, conversations, services, "
		"hosts, is_whole) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[STATEMENT_ADD_COUNT] = "INSERT INTO counted SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM census WHERE id = ?1) ON CONFLICT "
				"(census, kind, value) DO UPDATE SET numbers = "
				"excluded.numbers",
	[STATEMENT_FORGET_COUNTS] = "DELETE FROM counted WHERE census = ?1",
	[STATEMENT_VISIT_COUNTS] = "SELECT kind, value, numbers FROM counted WHERE census = ?1 AND kind = ?2 ORDER BY value",
	[STATEMENT_VISIT_MERGED] = "SELECT shard, shard_count, started_at, ended_at, conversations, services, hosts, is_whole FROM merged "
				   "WHERE census = ? ORDER BY shard",
	[STATEMENT_SET_HOSTNAME] =
		"INSERT INTO hostname (" HOSTNAME_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (address) DO UPDATE SET "
		"(outcome, source, name, is_confirmed, names, unusable, looked_up_at) = (excluded.outcome, excluded.source, excluded.name, "
		"excluded.is_confirmed, excluded.names, excluded.unusable, excluded.looked_up_at) "
		"WHERE (excluded.outcome <> ?9, excluded.looked_up_at) >= (outcome <> ?9, looked_up_at)",
	[STATEMENT_VISIT_HOSTNAMES] = "SELECT " HOSTNAME_COLUMNS " FROM hostname ORDER BY length(address), address",
	[STATEMENT_FIND_HOSTNAME] = "SELECT " HOSTNAME_COLUMNS " FROM hostname WHERE address = ?",
	[STATEMENT_FIND_CERTIFICATE] = "SELECT " CERTIFICATE_COLUMNS " FROM certificate WHERE sha256 = ?",
	[STATEMENT_FIND_CHAIN] = "SELECT " CHAIN_COLUMNS " FROM chain WHERE sha256 = ?",
	[STATEMENT_VISIT_CONTACTS] = "SELECT at, addresses FROM contact ORDER BY at, id",
	[STATEMENT_VISIT_OPEN_HOSTS] = "SELECT number, begun, ended FROM open_host WHERE census = ? ORDER BY id",
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
	.set_findings = sqlite_set_findings,
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
	.change_census = sqlite_change_census,
	.set_merged = sqlite_set_merged,
	.visit_merged = sqlite_visit_merged,
	.add_count = sqlite_add_count,
	.forget_counts = sqlite_forget_counts,
	.visit_counts = sqlite_visit_counts,
	.set_hostname = sqlite_set_hostname,
	.visit_hostnames = sqlite_visit_hostnames,
	.has_certificate = sqlite_has_certificate,
	.has_chain = sqlite_has_chain,
};
