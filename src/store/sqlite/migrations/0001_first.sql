-- SPDX-License-Identifier: ISC
-- The first schema: censuses, what they saw, what was decided, and what a stopped run needs to go on.
-- Rows are compact (addresses as 4 or 16 bytes, words as numbers of the table word, times as milliseconds since 1970 in UTC);
-- the views at the end are for people with the sqlite3 shell.

CREATE TABLE word (
	kind TEXT NOT NULL,      -- 'verdict', 'ending', ...; kinds ending in '-flag' number the bits of a set
	number INTEGER NOT NULL, -- as kept in the rows of this file; never reused
	name TEXT NOT NULL,
	PRIMARY KEY (kind, number),
	UNIQUE (kind, name)
) WITHOUT ROWID;

CREATE TABLE census (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	started_at INTEGER NOT NULL,
	ended_at INTEGER NOT NULL, -- 0: not finished
	tool_version TEXT NOT NULL,
	scope_text TEXT NOT NULL,
	options_text TEXT NOT NULL,
	scope_fingerprint INTEGER NOT NULL, -- this and seed are 64 bits without sign, kept as SQLite's signed ones
	seed INTEGER NOT NULL,
	shard INTEGER NOT NULL,
	shard_count INTEGER NOT NULL,
	host_count INTEGER NOT NULL
);

-- Apart from census, as it changes with every commit and the scope may be long.
CREATE TABLE census_progress (
	census INTEGER PRIMARY KEY REFERENCES census (id),
	position INTEGER NOT NULL,
	hosts_done INTEGER NOT NULL,
	hosts_silent INTEGER NOT NULL,
	connections INTEGER NOT NULL
);

CREATE TABLE conversation (
	census INTEGER NOT NULL REFERENCES census (id),
	address BLOB NOT NULL,
	port INTEGER NOT NULL,
	attempt INTEGER NOT NULL,
	started_at INTEGER NOT NULL,
	duration_ms INTEGER NOT NULL,
	ending INTEGER NOT NULL,
	transcript BLOB NOT NULL
);
-- The length comes first so that the index holds the order of addresses: all IPv4 before all IPv6, then by number.
CREATE UNIQUE INDEX conversation_key ON conversation (census, length(address), address, port, attempt);

CREATE TABLE service (
	census INTEGER NOT NULL REFERENCES census (id),
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
	reason BLOB NOT NULL,
	greeting BLOB NOT NULL, -- this and the following: raw bytes of the server
	capabilities_before BLOB NOT NULL,
	capabilities_after BLOB NOT NULL,
	upgrade_reply BLOB NOT NULL
);
CREATE UNIQUE INDEX service_key ON service (census, length(address), address, port);

CREATE TABLE certificate (
	sha256 BLOB NOT NULL UNIQUE,
	der BLOB NOT NULL,
	not_before INTEGER NOT NULL,
	not_after INTEGER NOT NULL,
	subject TEXT NOT NULL,
	issuer TEXT NOT NULL,
	common_name TEXT NOT NULL,
	names TEXT NOT NULL,
	serial TEXT NOT NULL,
	key_type TEXT NOT NULL,
	signature_algorithm TEXT NOT NULL,
	key_bits INTEGER NOT NULL,
	is_readable INTEGER NOT NULL,
	is_self_signed INTEGER NOT NULL
);

-- Short-lived: what the budget per address needs. Two contacts in one millisecond are two.
CREATE TABLE contact (
	at INTEGER NOT NULL,
	address BLOB NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (at, address)
) WITHOUT ROWID;

CREATE TABLE open_host (
	census INTEGER NOT NULL REFERENCES census (id),
	number INTEGER NOT NULL,
	PRIMARY KEY (census, number)
) WITHOUT ROWID;

-- What servers sent is shown as text only when it is printable ASCII, else as x'hexadecimal': a terminal must not be steered by it.

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
	connections
FROM census LEFT JOIN census_progress ON census = id;

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
	strftime('%Y-%m-%dT%H:%M:%fZ', decided_at / 1000.0, 'unixepoch') AS decided_at
FROM service;

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
	length(transcript) AS transcript_size
FROM conversation;

CREATE VIEW certificate_view AS SELECT
	lower(hex(sha256)) AS sha256,
	CASE WHEN instr(CAST(subject AS BLOB), x'00') = 0 AND CAST(subject AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(subject AS TEXT) ELSE quote(CAST(subject AS BLOB)) END AS subject,
	CASE WHEN instr(CAST(issuer AS BLOB), x'00') = 0 AND CAST(issuer AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(issuer AS TEXT) ELSE quote(CAST(issuer AS BLOB)) END AS issuer,
	CASE WHEN instr(CAST(common_name AS BLOB), x'00') = 0 AND CAST(common_name AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(common_name AS TEXT) ELSE quote(CAST(common_name AS BLOB)) END AS common_name,
	CASE WHEN instr(CAST(names AS BLOB), x'00') = 0 AND CAST(names AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(names AS TEXT) ELSE quote(CAST(names AS BLOB)) END AS names,
	CASE WHEN instr(CAST(serial AS BLOB), x'00') = 0 AND CAST(serial AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(serial AS TEXT) ELSE quote(CAST(serial AS BLOB)) END AS serial,
	strftime('%Y-%m-%dT%H:%M:%fZ', not_before / 1000.0, 'unixepoch') AS not_before,
	strftime('%Y-%m-%dT%H:%M:%fZ', not_after / 1000.0, 'unixepoch') AS not_after,
	key_type,
	key_bits,
	signature_algorithm,
	is_readable,
	is_self_signed
FROM certificate;
