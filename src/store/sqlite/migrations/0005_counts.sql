-- SPDX-License-Identifier: ISC
-- Statistics of censuses that have ended, so that a question is answered without reading them; forgotten when a record of the census changes.
CREATE TABLE counted (
	census INTEGER NOT NULL,
	kind TEXT NOT NULL, -- what was counted by, as 'country,asn'; 'made' tells how, 'totals' has what a plain stats prints
	value BLOB NOT NULL, -- UTF-8, the values of several keys with a tab between two; empty: could not tell
	numbers TEXT NOT NULL, -- a JSON object; what is not there is 0
	PRIMARY KEY (census, kind, value)
) WITHOUT ROWID;

CREATE VIEW counted_view AS SELECT
	census,
	kind,
	CASE WHEN instr(value, x'00') = 0 AND CAST(value AS TEXT) NOT GLOB '*[^ -~	]*' THEN CAST(value AS TEXT) ELSE quote(value) END AS value,
	coalesce(numbers ->> '$.hosts', 0) AS hosts,
	coalesce(numbers ->> '$.offer_any', 0) AS offer_mail,
	coalesce(numbers ->> '$.without_tls_any', 0) AS without_tls,
	coalesce(numbers ->> '$.services', 0) AS services,
	numbers
FROM counted WHERE kind NOT IN ('made', 'totals');
