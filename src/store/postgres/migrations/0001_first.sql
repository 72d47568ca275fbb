-- SPDX-License-Identifier: ISC
-- The first schema. What servers say is bytes, as it need not be text in any encoding; the views show it printable (encode(..., 'escape')).
-- Moments are milliseconds since 1970-01-01 UTC; 64 bits without sign are kept as the signed number of the same bits.
CREATE TABLE mailcensus.census (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	started_at bigint NOT NULL,
	ended_at bigint NOT NULL, -- 0: not finished
	tool_version bytea NOT NULL,
	scope_text bytea NOT NULL,
	options_text bytea NOT NULL,
	scope_fingerprint bigint NOT NULL,
	seed bigint NOT NULL,
	shard bigint NOT NULL,
	shard_count bigint NOT NULL,
	host_count bigint NOT NULL,
	syn_key_0 bigint NOT NULL,
	syn_key_1 bigint NOT NULL
);

-- One row, rewritten with each transaction of a scan: room in the page for its next version.
CREATE TABLE mailcensus.census_progress (
	census bigint PRIMARY KEY REFERENCES mailcensus.census,
	position bigint NOT NULL,
	hosts_done bigint NOT NULL,
	hosts_silent bigint NOT NULL,
	connections bigint NOT NULL,
	reserved_position bigint NOT NULL,
	reserved_at bigint NOT NULL,
	reserved_times bigint NOT NULL,
	syns bigint NOT NULL,
	refused bigint NOT NULL,
	unreachable bigint NOT NULL,
	excluded bigint NOT NULL
) WITH (fillfactor = 20);

-- What a service can look like, its certificates and moments apart: once for all services and censuses that look so. A service that did not change costs one small row of
-- table service in the next census, whatever it says.
CREATE TABLE mailcensus.look (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	hash bytea NOT NULL UNIQUE, -- SHA-256 of all columns as they were sent
	protocol text NOT NULL,
	verdict text NOT NULL,
	confidence text NOT NULL,
	cleartext_login text NOT NULL,
	ending text NOT NULL,
	starttls_advertised text NOT NULL,
	upgrade text NOT NULL,
	flags bigint NOT NULL,
	plaintext_on_tls_port bigint NOT NULL,
	tls_proven bigint NOT NULL,
	attempts bigint NOT NULL,
	tls_outcome text NOT NULL,
	tls_hello text NOT NULL,
	tls_version bigint NOT NULL,
	tls_suite bigint NOT NULL,
	tls_group bigint NOT NULL,
	tls_dh_bits bigint NOT NULL,
	tls_rsa_export_bits bigint NOT NULL,
	tls_alert_level bigint NOT NULL,
	tls_alert bigint NOT NULL,
	tls_flags bigint NOT NULL,
	tls_alpn bytea NOT NULL,
	tls_certificate_count bigint NOT NULL,
	reason bytea NOT NULL,
	greeting bytea, -- NULL: is each service's own (an APOP stamp), see table service
	capabilities_before bytea NOT NULL,
	capabilities_after bytea NOT NULL,
	upgrade_reply bytea NOT NULL,
	tls_facts bytea, -- the words of tls_facts_format without chains; NULL: was never summed up. The three behind it are for SQL
	depth text,
	tls_versions_accepted bigint,
	post_quantum text,
	product bytea, -- NULL: unknown, and so the rest
	version bytea,
	vendor bytea,
	fingerprint bytea,
	distribution bytea,
	front bytea,
	library bytea,
	cpe bytea,
	family text,
	software_confidence text,
	support text,
	is_version_certain bigint,
	support_ends bytea,
	support_source bytea,
	library_support text,
	library_ends bytea
);

-- The certificates that a service showed: of the conversation that decided, and 64 bytes (chain, leaf) for each distinct chain.
CREATE TABLE mailcensus.credentials (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	hash bytea NOT NULL UNIQUE,
	leaf bytea,
	chain bytea,
	pairs bytea NOT NULL
);
CREATE INDEX credentials_leaf ON mailcensus.credentials (leaf);

CREATE TABLE mailcensus.service (
	decided_at bigint NOT NULL,
	look bigint NOT NULL,
	credentials bigint, -- NULL: none were shown
	census integer NOT NULL,
	port integer NOT NULL,
	address inet NOT NULL,
	greeting bytea,
	PRIMARY KEY (census, address, port)
) PARTITION BY LIST (census);

-- All findings of a host and its services (port 0: its own), once for all hosts that have the same; one entry of each array for a finding, by port and name.
CREATE TABLE mailcensus.finding_list (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	hash bytea NOT NULL UNIQUE,
	ports bigint[] NOT NULL,
	names text[] NOT NULL,
	severities text[] NOT NULL,
	confidences text[] NOT NULL,
	evidences bytea[] NOT NULL
);
CREATE TABLE mailcensus.host_finding (
	list bigint NOT NULL,
	census integer NOT NULL,
	address inet NOT NULL,
	PRIMARY KEY (census, address)
) PARTITION BY LIST (census);

-- What conversations with like servers have in common (src/store/transcript_parts.h), and what is each one's own.
CREATE TABLE mailcensus.transcript (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	hash bytea NOT NULL UNIQUE,
	common bytea NOT NULL
);
CREATE TABLE mailcensus.conversation (
	started_at bigint NOT NULL,
	common bigint, -- NULL: own is the whole transcript
	duration_ms bigint NOT NULL,
	attempt bigint NOT NULL,
	census integer NOT NULL,
	port integer NOT NULL,
	address inet NOT NULL,
	ending text NOT NULL,
	own bytea NOT NULL,
	PRIMARY KEY (census, address, port, attempt)
) PARTITION BY LIST (census);

CREATE TABLE mailcensus.certificate (
	sha256 bytea PRIMARY KEY,
	der bytea NOT NULL,
	not_before bigint NOT NULL,
	not_after bigint NOT NULL,
	subject bytea NOT NULL,
	issuer bytea NOT NULL,
	common_name bytea NOT NULL,
	names bytea NOT NULL,
	serial bytea NOT NULL,
	key_type bytea NOT NULL,
	signature_algorithm bytea NOT NULL,
	key_bits bigint NOT NULL,
	is_readable bigint NOT NULL,
	is_self_signed bigint NOT NULL,
	curve bytea NOT NULL,
	signature_hash bytea NOT NULL,
	validation_level bytea NOT NULL,
	has_dns_names bigint NOT NULL,
	is_authority bigint NOT NULL,
	is_known_weak_key text NOT NULL,
	spki_sha256 bytea
);

CREATE TABLE mailcensus.chain (
	sha256 bytea PRIMARY KEY,
	is_cut bigint NOT NULL,
	fingerprints bytea NOT NULL,
	is_ordered text NOT NULL,
	has_root text NOT NULL,
	system_trust text NOT NULL,
	mozilla_trust text NOT NULL,
	missing_issuer bytea NOT NULL,
	weakest_signature_hash bytea NOT NULL,
	smallest_rsa_bits bigint NOT NULL,
	not_after bigint NOT NULL,
	judged_at bigint NOT NULL
);

CREATE TABLE mailcensus.contact (
	id bigint GENERATED ALWAYS AS IDENTITY,
	at bigint NOT NULL,
	address inet NOT NULL
);
CREATE INDEX contact_at ON mailcensus.contact (at);

CREATE TABLE mailcensus.open_host (
	census bigint NOT NULL REFERENCES mailcensus.census,
	number bigint NOT NULL,
	PRIMARY KEY (census, number)
);

CREATE TABLE mailcensus.merged (
	census bigint NOT NULL REFERENCES mailcensus.census,
	shard bigint NOT NULL,
	shard_count bigint NOT NULL,
	started_at bigint NOT NULL,
	ended_at bigint NOT NULL,
	conversations bigint NOT NULL,
	services bigint NOT NULL,
	hosts bigint NOT NULL,
	is_whole bigint NOT NULL,
	PRIMARY KEY (census, shard)
);

-- Statistics of censuses that have ended, made when they end and made anew when a record of them changes. kind all: services and hosts of the census.
CREATE TABLE mailcensus.rollup (
	census bigint NOT NULL REFERENCES mailcensus.census,
	kind text NOT NULL,
	value text NOT NULL,
	services bigint, -- NULL: is not counted so
	hosts bigint,
	PRIMARY KEY (census, kind, value)
);

CREATE FUNCTION mailcensus.count_census(counted bigint) RETURNS void LANGUAGE sql AS $$
	DELETE FROM mailcensus.rollup WHERE census = counted;
	INSERT INTO mailcensus.rollup
	WITH
		one AS MATERIALIZED (SELECT look, port, count(*) AS services FROM mailcensus.service WHERE census = counted::integer GROUP BY look, port),
		host AS MATERIALIZED (SELECT list, count(*) AS hosts FROM mailcensus.host_finding WHERE census = counted::integer GROUP BY list),
		pair AS MATERIALIZED (SELECT DISTINCT address, verdict FROM mailcensus.service JOIN mailcensus.look ON look.id = look WHERE census = counted::integer)
	SELECT counted, 'all', '', (SELECT coalesce(sum(services), 0)::bigint FROM one), (SELECT count(DISTINCT address) FROM pair)
	UNION ALL
	SELECT counted, kind, value, sum(services)::bigint, (SELECT count(*) FROM pair WHERE kind = 'verdict' AND pair.verdict = value)
	FROM one JOIN mailcensus.look ON look.id = one.look CROSS JOIN LATERAL (VALUES
		('verdict', verdict),
		('protocol', protocol),
		('port', port::text),
		('confidence', confidence),
		('cleartext-login', cleartext_login),
		('ending', ending),
		('tls-version', CASE tls_version WHEN 0 THEN 'none' WHEN 768 THEN 'SSLv3' WHEN 769 THEN 'TLSv1.0' WHEN 770 THEN 'TLSv1.1' WHEN 771 THEN 'TLSv1.2' WHEN 772 THEN 'TLSv1.3' ELSE 'other' END),
		('post-quantum', coalesce(post_quantum, 'unknown')),
		('depth', coalesce(depth, 'unknown')),
		('product', coalesce(encode(product, 'escape'), 'unknown')),
		('software', coalesce(encode(product, 'escape') || ' ' || encode(version, 'escape'), 'unknown')),
		('support', coalesce(support, 'unknown'))) AS counts (kind, value)
	GROUP BY kind, value
	UNION ALL
	SELECT counted, 'finding', name, sum(hosts * times)::bigint, sum(hosts)::bigint
	FROM (SELECT list, hosts, name, count(*) FILTER (WHERE port <> 0) AS times
		FROM host JOIN mailcensus.finding_list ON finding_list.id = list CROSS JOIN LATERAL unnest(ports, names) AS entry (port, name)
		GROUP BY list, hosts, name) AS each
	GROUP BY name
$$;

CREATE VIEW mailcensus.census_view AS SELECT
	id,
	to_timestamp(started_at / 1000.0) AS started_at,
	CASE WHEN ended_at <> 0 THEN to_timestamp(ended_at / 1000.0) END AS ended_at,
	encode(tool_version, 'escape') AS tool_version,
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
FROM mailcensus.census LEFT JOIN mailcensus.census_progress ON census_progress.census = id;

CREATE VIEW mailcensus.service_view AS SELECT
	census,
	host(address) AS address,
	port,
	to_timestamp(decided_at / 1000.0) AS decided_at,
	protocol,
	verdict,
	confidence,
	cleartext_login,
	ending,
	starttls_advertised,
	upgrade,
	tls_outcome,
	tls_hello,
	tls_version,
	attempts,
	encode(leaf, 'hex') AS certificate,
	encode(chain, 'hex') AS chain,
	encode(reason, 'escape') AS reason,
	encode(coalesce(look.greeting, service.greeting), 'escape') AS greeting,
	encode(capabilities_before, 'escape') AS capabilities_before,
	encode(capabilities_after, 'escape') AS capabilities_after,
	encode(upgrade_reply, 'escape') AS upgrade_reply,
	encode(tls_facts, 'escape') AS tls_facts,
	depth,
	post_quantum,
	encode(product, 'escape') AS product,
	encode(version, 'escape') AS version,
	support
FROM mailcensus.service JOIN mailcensus.look ON look.id = look LEFT JOIN mailcensus.credentials ON credentials.id = service.credentials;

CREATE VIEW mailcensus.finding_view AS SELECT
	census,
	host(address) AS address,
	nullif(port, 0) AS port,
	name AS finding,
	severity,
	confidence,
	encode(evidence, 'escape') AS evidence
FROM mailcensus.host_finding JOIN mailcensus.finding_list ON finding_list.id = list
CROSS JOIN LATERAL unnest(ports, names, severities, confidences, evidences) AS entry (port, name, severity, confidence, evidence);

-- For how long a service looked the same and showed the same certificates: censuses in the order of their beginnings, an interval ends where a service changes or is not seen.
CREATE VIEW mailcensus.service_history AS SELECT
	host(address) AS address,
	port,
	(SELECT verdict FROM mailcensus.look WHERE look.id = look) AS verdict,
	look,
	credentials,
	min(census) AS first_census,
	max(census) AS last_census,
	to_timestamp(min(decided_at) / 1000.0) AS valid_from,
	to_timestamp(max(decided_at) / 1000.0) AS valid_to
FROM (SELECT service.*, turn - row_number() OVER (PARTITION BY address, port, look, credentials ORDER BY turn) AS stretch
	FROM mailcensus.service JOIN (SELECT id, row_number() OVER (ORDER BY started_at, id) AS turn FROM mailcensus.census) AS ordered ON ordered.id = census) AS seen
GROUP BY address, port, look, credentials, stretch;

CREATE VIEW mailcensus.statistics AS SELECT
	census,
	to_timestamp(started_at / 1000.0) AS started_at,
	kind,
	value,
	services,
	hosts,
	host_count AS addresses
FROM mailcensus.rollup JOIN mailcensus.census ON census.id = census;
