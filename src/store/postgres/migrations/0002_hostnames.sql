-- SPDX-License-Identifier: ISC
-- What name servers last said of the names of addresses, one row for each address of any census. A failure never takes the place of an answer.

CREATE TABLE mailcensus.hostname (
	address inet PRIMARY KEY,
	outcome text NOT NULL,
	source text NOT NULL,
	name bytea NOT NULL, -- empty unless found
	is_confirmed text NOT NULL, -- does the name have this address too?
	names bigint NOT NULL, -- that were registered
	unusable bigint NOT NULL, -- those of them that are no host names
	looked_up_at bigint NOT NULL
);

CREATE VIEW mailcensus.hostname_view AS SELECT
	host(address) AS address,
	outcome,
	source,
	nullif(encode(name, 'escape'), '') AS hostname,
	is_confirmed,
	names,
	unusable,
	to_timestamp(looked_up_at / 1000.0) AS looked_up_at
FROM mailcensus.hostname;
