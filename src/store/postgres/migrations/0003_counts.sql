-- SPDX-License-Identifier: ISC
-- Statistics are counted by mailcensus itself when a census has ended, which judges hosts as a whole and knows whose addresses are; they are forgotten when a record of the
-- census changes. What was counted here before knew neither.
DROP VIEW mailcensus.statistics;
DROP FUNCTION mailcensus.count_census(bigint);
DROP TABLE mailcensus.rollup;

CREATE TABLE mailcensus.counted (
	census bigint NOT NULL REFERENCES mailcensus.census,
	kind text NOT NULL, -- what was counted by, as 'country,asn'; 'made' tells how, 'totals' has what a plain stats prints
	value bytea NOT NULL, -- UTF-8, the values of several keys with a tab between two; empty: could not tell
	numbers json NOT NULL, -- what is not there is 0
	PRIMARY KEY (census, kind, value)
);

CREATE VIEW mailcensus.statistics AS SELECT
	census,
	to_timestamp(started_at / 1000.0) AS started_at,
	kind,
	encode(value, 'escape') AS value,
	coalesce((numbers ->> 'hosts')::bigint, 0) AS hosts,
	coalesce((numbers ->> 'offer_any')::bigint, 0) AS offer_mail,
	coalesce((numbers ->> 'without_tls_any')::bigint, 0) AS without_tls,
	coalesce((numbers ->> 'services')::bigint, 0) AS services,
	host_count AS addresses,
	numbers
FROM mailcensus.counted JOIN mailcensus.census ON census.id = census
WHERE kind NOT IN ('made', 'totals');
