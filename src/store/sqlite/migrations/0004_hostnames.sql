-- SPDX-License-Identifier: ISC
-- What name servers last said of the names of addresses, one row for each address of any census. A failure never takes the place of an answer.

CREATE TABLE hostname (
	address BLOB PRIMARY KEY,
	outcome INTEGER NOT NULL,
	source INTEGER NOT NULL,
	name TEXT NOT NULL, -- '' unless found
	is_confirmed INTEGER NOT NULL, -- does the name have this address too?
	names INTEGER NOT NULL, -- that were registered
	unusable INTEGER NOT NULL, -- those of them that are no host names
	looked_up_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE VIEW hostname_view AS SELECT
	CASE length(address)
		WHEN 4 THEN ((instr('0123456789ABCDEF', substr(hex(address), 1, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 2, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 3, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 4, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 5, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 6, 1)) - 1)) || '.' ||
			((instr('0123456789ABCDEF', substr(hex(address), 7, 1)) - 1) * 16 + (instr('0123456789ABCDEF', substr(hex(address), 8, 1)) - 1))
		ELSE lower(substr(hex(address), 1, 4) || ':' || substr(hex(address), 5, 4) || ':' || substr(hex(address), 9, 4) || ':' || substr(hex(address), 13, 4) || ':' ||
			substr(hex(address), 17, 4) || ':' || substr(hex(address), 21, 4) || ':' || substr(hex(address), 25, 4) || ':' || substr(hex(address), 29, 4))
	END AS address,
	(SELECT name FROM word WHERE kind = 'hostname-outcome' AND number = outcome) AS outcome,
	(SELECT name FROM word WHERE kind = 'hostname-source' AND number = source) AS source,
	CASE WHEN hostname.name <> '' AND hostname.name NOT GLOB '*[^ -~]*' THEN hostname.name END AS hostname,
	(SELECT name FROM word WHERE kind = 'answer' AND number = is_confirmed) AS is_confirmed,
	names,
	unusable,
	strftime('%Y-%m-%dT%H:%M:%fZ', looked_up_at / 1000.0, 'unixepoch') AS looked_up_at
FROM hostname;
