-- SPDX-License-Identifier: ISC
-- For censuses of millions: rows are only appended while a census runs, texts that many servers say are kept once, and what belongs to one host is one row.
-- A column that holds a text has its bytes, or, as an integer, the row of table text that has them. Indexes by address are made for each large census when it
-- ends (service_of_7, conversation_of_7, host_finding_of_7); small ones need none, and census_rows tells where their rows are.

CREATE TABLE text (
	id INTEGER PRIMARY KEY,
	bytes BLOB NOT NULL
);

-- Rows of a census lie between these; "to" is NULL while it runs. Of two rows with the same identity the later one holds until the census ends; then the other is removed.
CREATE TABLE census_rows (
	census INTEGER PRIMARY KEY,
	service_from INTEGER NOT NULL,
	service_to INTEGER,
	conversation_from INTEGER NOT NULL,
	conversation_to INTEGER,
	host_finding_from INTEGER NOT NULL,
	host_finding_to INTEGER
);
INSERT INTO census_rows SELECT id, 1, NULL, 1, NULL, 1, NULL FROM census;

DROP VIEW service_view;
DROP VIEW conversation_view;
DROP VIEW finding_view;
DROP VIEW finding_count_view;
DROP VIEW census_view;

DROP INDEX service_key;
ALTER TABLE service RENAME TO service_before;
CREATE TABLE service (
	census INTEGER NOT NULL,
	address BLOB NOT NULL,
	port INTEGER NOT NULL,
	decided_at INTEGER NOT NULL,
	protocol INTEGER NOT NULL,
	verdict INTEGER NOT NULL,
	confidence INTEGER NOT NULL,
	cleartext_login INTEGER NOT NULL,
	ending INTEGER NOT NULL,
	starttls_advertised INTEGER NOT NULL,
	upgrade INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	plaintext_on_tls_port INTEGER NOT NULL,
	tls_proven INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	tls_outcome INTEGER NOT NULL,
	tls_hello INTEGER NOT NULL,
	tls_version INTEGER NOT NULL,
	tls_suite INTEGER NOT NULL,
	tls_group INTEGER NOT NULL,
	tls_dh_bits INTEGER NOT NULL,
	tls_rsa_export_bits INTEGER NOT NULL,
	tls_alert_level INTEGER NOT NULL,
	tls_alert INTEGER NOT NULL,
	tls_flags INTEGER NOT NULL,
	tls_alpn TEXT NOT NULL,
	tls_certificate_count INTEGER NOT NULL,
	tls_leaf BLOB, -- SHA-256, see certificate; NULL: none was sent
	reason BLOB NOT NULL, -- this and the following five: texts; those of servers are raw bytes
	greeting BLOB NOT NULL,
	capabilities_before BLOB NOT NULL,
	capabilities_after BLOB NOT NULL,
	upgrade_reply BLOB NOT NULL,
	tls_facts BLOB, -- words; NULL: was never summed up
	tls_chains BLOB, -- chain and leaf, 32 bytes each, of all that were shown; integer 1: those of tls_chain and tls_leaf alone; NULL: the words have them, or there is none
	depth INTEGER,
	tls_versions_accepted INTEGER,
	tls_versions_refused INTEGER,
	tls_traits_accepted INTEGER,
	tls_traits_refused INTEGER,
	tls_best_suite INTEGER,
	tls_weakest_suite INTEGER,
	tls_groups_accepted INTEGER,
	tls_post_quantum INTEGER,
	tls_chain BLOB, -- SHA-256 of the deciding conversation's list of certificates, see chain
	software INTEGER -- see software; NULL: unknown
);
INSERT INTO service SELECT
	census, address, port, decided_at, protocol, verdict, confidence, cleartext_login, ending, starttls_advertised, upgrade, flags, plaintext_on_tls_port, tls_proven, attempts, tls_outcome, tls_hello, tls_version, tls_suite, tls_group, tls_dh_bits, tls_rsa_export_bits, tls_alert_level, tls_alert, tls_flags, tls_alpn, tls_certificate_count, tls_leaf, reason, greeting, capabilities_before, capabilities_after, upgrade_reply, CAST(tls_facts AS BLOB), NULL, depth, tls_versions_accepted, tls_versions_refused, tls_traits_accepted, tls_traits_refused, tls_best_suite, tls_weakest_suite, tls_groups_accepted, tls_post_quantum, tls_chain, software
FROM service_before ORDER BY rowid;
DROP TABLE service_before;

-- What conversations with servers of one kind share is the text; moments has what is each one's own (src/store/transcript_parts.h). moments NULL: transcript has all.
DROP INDEX conversation_key;
ALTER TABLE conversation RENAME TO conversation_before;
CREATE TABLE conversation (
	census INTEGER NOT NULL,
	address BLOB NOT NULL,
	port INTEGER NOT NULL,
	attempt INTEGER NOT NULL,
	started_at INTEGER NOT NULL,
	duration_ms INTEGER NOT NULL,
	ending INTEGER NOT NULL,
	transcript BLOB NOT NULL,
	moments BLOB
);
INSERT INTO conversation SELECT census, address, port, attempt, started_at, duration_ms, ending, transcript, NULL FROM conversation_before ORDER BY rowid;
DROP TABLE conversation_before;

-- All findings of a host and its services: a text, a JSON array of [port (0: of the host), finding (word), severity, confidence, evidence]. Evidence is printable,
-- or the number of a text, or where it is not printable ASCII an array with its bytes in hexadecimal.
CREATE TABLE host_finding (
	census INTEGER NOT NULL,
	address BLOB NOT NULL,
	findings BLOB NOT NULL
);
INSERT INTO host_finding SELECT census, address, CAST(json_group_array(json_array(port, finding, severity, confidence,
	CASE WHEN instr(evidence, x'00') = 0 AND CAST(evidence AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(evidence AS TEXT) ELSE json_array(hex(evidence)) END)) AS BLOB)
FROM (SELECT * FROM finding ORDER BY census, length(address), address, port, finding) GROUP BY census, length(address), address;
DROP TABLE finding;

-- Contacts of one moment: the size of each address and its bytes.
DROP TABLE contact;
CREATE TABLE contact (
	id INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	addresses BLOB NOT NULL
);

-- Hosts that were begun and ended, as numbers of 8 bytes, lowest byte first; what was begun and not ended after it is open. Folded into one row now and then.
ALTER TABLE open_host RENAME TO open_host_before;
CREATE TABLE open_host (
	id INTEGER PRIMARY KEY,
	census INTEGER NOT NULL,
	number INTEGER, -- one that an older program noted
	begun BLOB,
	ended BLOB
);
INSERT INTO open_host (census, number) SELECT census, number FROM open_host_before;
DROP TABLE open_host_before;

-- What a sweep needs to go on, and what it counted (64 bits without sign as SQLite's signed ones).
ALTER TABLE census ADD COLUMN syn_key BLOB; -- 16 bytes; NULL: none
ALTER TABLE census_progress ADD COLUMN reserved_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE census_progress ADD COLUMN reserved_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE census_progress ADD COLUMN reserved_times INTEGER NOT NULL DEFAULT 0;
ALTER TABLE census_progress ADD COLUMN syns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE census_progress ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE census_progress ADD COLUMN unreachable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE census_progress ADD COLUMN excluded INTEGER NOT NULL DEFAULT 0;

-- Censuses that were merged into one of this file: who they were, and how many of their records are here.
CREATE TABLE merged (
	census INTEGER NOT NULL,
	shard INTEGER NOT NULL,
	shard_count INTEGER NOT NULL,
	started_at INTEGER NOT NULL,
	ended_at INTEGER NOT NULL,
	conversations INTEGER NOT NULL,
	services INTEGER NOT NULL,
	hosts INTEGER NOT NULL, -- with findings
	is_whole INTEGER NOT NULL,
	PRIMARY KEY (census, shard)
) WITHOUT ROWID;

CREATE VIEW census_view AS SELECT
	id,
	strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1000.0, 'unixepoch') AS started_at,
	CASE WHEN ended_at <> 0 THEN strftime('%Y-%m-%dT%H:%M:%fZ', ended_at / 1000.0, 'unixepoch') END AS ended_at,
	tool_version,
	shard,
	shard_count,
	host_count,
	position,
	hosts_done,
	hosts_silent,
	connections,
	syns,
	refused,
	unreachable,
	excluded
FROM census LEFT JOIN census_progress ON census = id;

-- The rows with their texts.
CREATE VIEW service_with_texts AS SELECT
	census,
	address,
	port,
	decided_at,
	protocol,
	verdict,
	confidence,
	cleartext_login,
	ending,
	starttls_advertised,
	upgrade,
	flags,
	plaintext_on_tls_port,
	tls_proven,
	attempts,
	tls_outcome,
	tls_hello,
	tls_version,
	tls_suite,
	tls_group,
	tls_dh_bits,
	tls_rsa_export_bits,
	tls_alert_level,
	tls_alert,
	tls_flags,
	tls_alpn,
	tls_certificate_count,
	tls_leaf,
	CASE typeof(reason) WHEN 'integer' THEN (SELECT bytes FROM text WHERE text.id = reason) ELSE reason END AS reason,
	CASE typeof(greeting) WHEN 'integer' THEN (SELECT bytes FROM text WHERE text.id = greeting) ELSE greeting END AS greeting,
	CASE typeof(capabilities_before) WHEN 'integer' THEN (SELECT bytes FROM text WHERE text.id = capabilities_before) ELSE capabilities_before END AS capabilities_before,
	CASE typeof(capabilities_after) WHEN 'integer' THEN (SELECT bytes FROM text WHERE text.id = capabilities_after) ELSE capabilities_after END AS capabilities_after,
	CASE typeof(upgrade_reply) WHEN 'integer' THEN (SELECT bytes FROM text WHERE text.id = upgrade_reply) ELSE upgrade_reply END AS upgrade_reply,
	CASE typeof(tls_facts) WHEN 'integer' THEN (SELECT bytes FROM text WHERE text.id = tls_facts) ELSE tls_facts END AS tls_facts,
	tls_chains,
	depth,
	tls_versions_accepted,
	tls_versions_refused,
	tls_traits_accepted,
	tls_traits_refused,
	tls_best_suite,
	tls_weakest_suite,
	tls_groups_accepted,
	tls_post_quantum,
	tls_chain,
	software
FROM service;

CREATE VIEW service_view AS SELECT
	census,
	CASE length(address)
		WHEN 4 THEN ((instr('0123456789ABCDEF', substr(hex(address), 1, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 2, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 3, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 4, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 5, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 6, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 7, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 8, 1)) - 1))
		ELSE lower(substr(hex(address), 1, 4) || ':' || substr(hex(address), 5, 4) || ':' || substr(hex(address), 9, 4) || ':' || substr(hex(address), 13, 4) || ':' ||
			substr(hex(address), 17, 4) || ':' || substr(hex(address), 21, 4) || ':' || substr(hex(address), 25, 4) || ':' || substr(hex(address), 29, 4))
	END AS address,
	port,
	(SELECT name FROM word WHERE kind = 'protocol' AND number = protocol) AS protocol,
	(SELECT name FROM word WHERE kind = 'verdict' AND number = verdict) AS verdict,
	(SELECT name FROM word WHERE kind = 'confidence' AND number = confidence) AS confidence,
	(SELECT name FROM word WHERE kind = 'cleartext-login' AND number = cleartext_login) AS cleartext_login,
	(SELECT name FROM word WHERE kind = 'ending' AND number = ending) AS ending,
	(SELECT name FROM word WHERE kind = 'presence' AND number = starttls_advertised) AS starttls_advertised,
	(SELECT name FROM word WHERE kind = 'upgrade' AND number = upgrade) AS upgrade,
	(SELECT name FROM word WHERE kind = 'tls-outcome' AND number = tls_outcome) AS tls_outcome,
	(SELECT name FROM word WHERE kind = 'tls-hello' AND number = tls_hello) AS tls_hello,
	CASE tls_version WHEN 0 THEN NULL WHEN 768 THEN 'SSLv3' WHEN 769 THEN 'TLSv1.0' WHEN 770 THEN 'TLSv1.1' WHEN 771 THEN 'TLSv1.2' WHEN 772 THEN 'TLSv1.3' ELSE 'other' END AS tls_version,
	CASE WHEN tls_suite <> 0 THEN printf('%04x', tls_suite) END AS tls_suite,
	(SELECT group_concat(name, ' ') FROM word WHERE kind = 'observation-flag' AND number & flags) AS flags,
	(SELECT group_concat(name, ' ') FROM word WHERE kind = 'tls-flag' AND number & tls_flags) AS tls_flags,
	CASE WHEN tls_leaf IS NOT NULL THEN lower(hex(tls_leaf)) END AS certificate,
	CASE WHEN instr(CAST(reason AS BLOB), x'00') = 0 AND CAST(reason AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(reason AS TEXT) ELSE quote(CAST(reason AS BLOB)) END AS reason,
	CASE WHEN instr(CAST(greeting AS BLOB), x'00') = 0 AND CAST(greeting AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(greeting AS TEXT) ELSE quote(CAST(greeting AS BLOB)) END AS greeting,
	CASE WHEN instr(CAST(capabilities_before AS BLOB), x'00') = 0 AND CAST(capabilities_before AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(capabilities_before AS TEXT) ELSE quote(CAST(capabilities_before AS BLOB)) END AS capabilities_before,
	CASE WHEN instr(CAST(capabilities_after AS BLOB), x'00') = 0 AND CAST(capabilities_after AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(capabilities_after AS TEXT) ELSE quote(CAST(capabilities_after AS BLOB)) END AS capabilities_after,
	CASE WHEN instr(CAST(upgrade_reply AS BLOB), x'00') = 0 AND CAST(upgrade_reply AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(upgrade_reply AS TEXT) ELSE quote(CAST(upgrade_reply AS BLOB)) END AS upgrade_reply,
	attempts,
	strftime('%Y-%m-%dT%H:%M:%fZ', decided_at / 1000.0, 'unixepoch') AS decided_at,
	(SELECT name FROM word WHERE kind = 'probe-depth' AND number = depth) AS depth,
	(SELECT group_concat(name, ' ') FROM word WHERE kind = 'tls-version-flag' AND number & tls_versions_accepted) AS tls_versions,
	(SELECT group_concat(name, ' ') FROM word WHERE kind = 'tls-version-flag' AND number & tls_versions_refused) AS tls_versions_refused,
	(SELECT group_concat(name, ' ') FROM word WHERE kind = 'suite-trait-flag' AND number & tls_traits_accepted) AS suite_traits,
	(SELECT group_concat(name, ' ') FROM word WHERE kind = 'suite-trait-flag' AND number & tls_traits_refused) AS suite_traits_refused,
	CASE WHEN tls_best_suite <> 0 THEN printf('%04x', tls_best_suite) END AS best_suite,
	CASE WHEN tls_weakest_suite <> 0 THEN printf('%04x', tls_weakest_suite) END AS weakest_suite,
	(SELECT group_concat(name, ' ') FROM word WHERE kind = 'tls-group-flag' AND number & tls_groups_accepted) AS tls_groups,
	(SELECT name FROM word WHERE kind = 'answer' AND number = tls_post_quantum) AS post_quantum,
	CASE WHEN tls_chain IS NOT NULL THEN lower(hex(tls_chain)) END AS chain,
	CASE WHEN tls_facts <> '' THEN CASE WHEN instr(CAST(tls_facts AS BLOB), x'00') = 0 AND CAST(tls_facts AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(tls_facts AS TEXT) ELSE quote(CAST(tls_facts AS BLOB)) END END AS tls_facts,
	CASE WHEN product <> '' THEN CASE WHEN instr(CAST(product AS BLOB), x'00') = 0 AND CAST(product AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(product AS TEXT) ELSE quote(CAST(product AS BLOB)) END END AS product,
	CASE WHEN version <> '' THEN CASE WHEN instr(CAST(version AS BLOB), x'00') = 0 AND CAST(version AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(version AS TEXT) ELSE quote(CAST(version AS BLOB)) END END AS version,
	CASE WHEN distribution <> '' THEN CASE WHEN instr(CAST(distribution AS BLOB), x'00') = 0 AND CAST(distribution AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(distribution AS TEXT) ELSE quote(CAST(distribution AS BLOB)) END END AS distribution,
	CASE WHEN front <> '' THEN CASE WHEN instr(CAST(front AS BLOB), x'00') = 0 AND CAST(front AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(front AS TEXT) ELSE quote(CAST(front AS BLOB)) END END AS front,
	(SELECT name FROM word WHERE kind = 'support-state' AND number = support) AS support,
	CASE WHEN support_ends <> '' THEN CASE WHEN instr(CAST(support_ends AS BLOB), x'00') = 0 AND CAST(support_ends AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(support_ends AS TEXT) ELSE quote(CAST(support_ends AS BLOB)) END END AS support_ends
FROM service_with_texts LEFT JOIN software ON software.id = service_with_texts.software;

CREATE VIEW conversation_view AS SELECT
	census,
	CASE length(address)
		WHEN 4 THEN ((instr('0123456789ABCDEF', substr(hex(address), 1, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 2, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 3, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 4, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 5, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 6, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 7, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 8, 1)) - 1))
		ELSE lower(substr(hex(address), 1, 4) || ':' || substr(hex(address), 5, 4) || ':' || substr(hex(address), 9, 4) || ':' || substr(hex(address), 13, 4) || ':' ||
			substr(hex(address), 17, 4) || ':' || substr(hex(address), 21, 4) || ':' || substr(hex(address), 25, 4) || ':' || substr(hex(address), 29, 4))
	END AS address,
	port,
	attempt,
	strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1000.0, 'unixepoch') AS started_at,
	duration_ms,
	(SELECT name FROM word WHERE kind = 'ending' AND number = ending) AS ending,
	length(CASE typeof(transcript) WHEN 'integer' THEN (SELECT bytes FROM text WHERE text.id = transcript) ELSE transcript END) + coalesce(length(moments), 0) AS transcript_size
FROM conversation;

CREATE VIEW finding_view AS SELECT
	census,
	CASE length(address)
		WHEN 4 THEN ((instr('0123456789ABCDEF', substr(hex(address), 1, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 2, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 3, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 4, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 5, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 6, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 7, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 8, 1)) - 1))
		ELSE lower(substr(hex(address), 1, 4) || ':' || substr(hex(address), 5, 4) || ':' || substr(hex(address), 9, 4) || ':' || substr(hex(address), 13, 4) || ':' ||
			substr(hex(address), 17, 4) || ':' || substr(hex(address), 21, 4) || ':' || substr(hex(address), 25, 4) || ':' || substr(hex(address), 29, 4))
	END AS address,
	CASE WHEN json_extract(value, '$[0]') <> 0 THEN json_extract(value, '$[0]') END AS port,
	(SELECT name FROM word WHERE kind = 'finding' AND number = json_extract(value, '$[1]')) AS finding,
	(SELECT name FROM word WHERE kind = 'severity' AND number = json_extract(value, '$[2]')) AS severity,
	(SELECT name FROM word WHERE kind = 'confidence' AND number = json_extract(value, '$[3]')) AS confidence,
	CASE json_type(value, '$[4]')
		WHEN 'array' THEN 'X''' || json_extract(value, '$[4][0]') || ''''
		WHEN 'integer' THEN (SELECT CAST(bytes AS TEXT) FROM text WHERE text.id = json_extract(value, '$[4]'))
		ELSE json_extract(value, '$[4]')
	END AS evidence
FROM host_finding, json_each(CAST(CASE typeof(findings) WHEN 'integer' THEN (SELECT bytes FROM text WHERE text.id = findings) ELSE findings END AS TEXT));

-- Equal lists are expanded once.
CREATE VIEW finding_count_view AS SELECT
	census,
	(SELECT name FROM word WHERE kind = 'finding' AND number = json_extract(value, '$[1]')) AS finding,
	(SELECT name FROM word WHERE kind = 'severity' AND number = json_extract(value, '$[2]')) AS severity,
	sum(hosts) AS count
FROM (SELECT census, findings, count(*) AS hosts FROM host_finding GROUP BY census, findings), json_each(CAST(CASE typeof(findings) WHEN 'integer' THEN (SELECT bytes FROM text WHERE text.id = findings) ELSE findings END AS TEXT))
GROUP BY census, json_extract(value, '$[1]'), json_extract(value, '$[2]');
