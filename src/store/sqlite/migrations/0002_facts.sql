-- SPDX-License-Identifier: ISC
-- What all conversations with a service showed together: TLS facts, software, chains, findings. Rows of the first schema have NULL here: never looked at.

-- Few and much alike, so each is kept once. All columns are the identity.
CREATE TABLE software (
	id INTEGER PRIMARY KEY,
	product TEXT NOT NULL,
	version TEXT NOT NULL,
	vendor TEXT NOT NULL,
	fingerprint TEXT NOT NULL, -- id of the pattern that decided
	distribution TEXT NOT NULL,
	front TEXT NOT NULL, -- a proxy before it
	library TEXT NOT NULL,
	cpe TEXT NOT NULL,
	family INTEGER NOT NULL,
	software_confidence INTEGER NOT NULL,
	support INTEGER NOT NULL,
	is_version_certain INTEGER NOT NULL,
	support_ends TEXT NOT NULL,
	support_source TEXT NOT NULL,
	UNIQUE (product, version, fingerprint, distribution, front, library, vendor, cpe, family, software_confidence, support, is_version_certain, support_ends, support_source)
);

-- tls_facts has everything, as words; the columns after it are for GROUP BY and WHERE: sets are bits of the words whose kind ends in '-flag'.
ALTER TABLE service ADD COLUMN tls_facts TEXT;
ALTER TABLE service ADD COLUMN depth INTEGER;
ALTER TABLE service ADD COLUMN tls_versions_accepted INTEGER;
ALTER TABLE service ADD COLUMN tls_versions_refused INTEGER;
ALTER TABLE service ADD COLUMN tls_traits_accepted INTEGER;
ALTER TABLE service ADD COLUMN tls_traits_refused INTEGER;
ALTER TABLE service ADD COLUMN tls_best_suite INTEGER;
ALTER TABLE service ADD COLUMN tls_weakest_suite INTEGER;
ALTER TABLE service ADD COLUMN tls_groups_accepted INTEGER;
ALTER TABLE service ADD COLUMN tls_post_quantum INTEGER;
ALTER TABLE service ADD COLUMN tls_chain BLOB; -- SHA-256 of the deciding conversation's list of certificates, see chain
ALTER TABLE service ADD COLUMN software INTEGER REFERENCES software (id); -- NULL: unknown

-- What SQL wants of a certificate; the rest is in its DER.
ALTER TABLE certificate ADD COLUMN curve TEXT;
ALTER TABLE certificate ADD COLUMN signature_hash TEXT;
ALTER TABLE certificate ADD COLUMN validation_level TEXT;
ALTER TABLE certificate ADD COLUMN has_dns_names INTEGER;
ALTER TABLE certificate ADD COLUMN is_authority INTEGER;
ALTER TABLE certificate ADD COLUMN is_known_weak_key INTEGER;
ALTER TABLE certificate ADD COLUMN spki_sha256 BLOB;

CREATE TABLE chain (
	sha256 BLOB PRIMARY KEY,
	is_cut INTEGER NOT NULL,
	fingerprints BLOB NOT NULL, -- SHA-256 of each certificate, 32 bytes after 32 bytes, in the order sent
	is_ordered INTEGER NOT NULL,
	has_root INTEGER NOT NULL,
	system_trust INTEGER NOT NULL,
	mozilla_trust INTEGER NOT NULL,
	missing_issuer TEXT NOT NULL,
	weakest_signature_hash TEXT NOT NULL,
	smallest_rsa_bits INTEGER NOT NULL,
	not_after INTEGER NOT NULL,
	judged_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE finding (
	census INTEGER NOT NULL REFERENCES census (id),
	address BLOB NOT NULL,
	port INTEGER NOT NULL, -- 0: of the host
	finding INTEGER NOT NULL, -- word
	severity INTEGER NOT NULL,
	confidence INTEGER NOT NULL,
	evidence BLOB NOT NULL
);
CREATE UNIQUE INDEX finding_key ON finding (census, length(address), address, port, finding);
-- Counts by finding and severity are answered by this alone.
CREATE INDEX finding_count ON finding (census, finding, severity);

DROP VIEW service_view;
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
FROM service LEFT JOIN software ON software.id = service.software;

DROP VIEW certificate_view;
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
	is_self_signed,
	CASE WHEN curve <> '' THEN CASE WHEN instr(CAST(curve AS BLOB), x'00') = 0 AND CAST(curve AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(curve AS TEXT) ELSE quote(CAST(curve AS BLOB)) END END AS curve,
	CASE WHEN signature_hash <> '' THEN CASE WHEN instr(CAST(signature_hash AS BLOB), x'00') = 0 AND CAST(signature_hash AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(signature_hash AS TEXT) ELSE quote(CAST(signature_hash AS BLOB)) END END AS signature_hash,
	CASE WHEN validation_level <> '' THEN CASE WHEN instr(CAST(validation_level AS BLOB), x'00') = 0 AND CAST(validation_level AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(validation_level AS TEXT) ELSE quote(CAST(validation_level AS BLOB)) END END AS validation_level,
	has_dns_names,
	is_authority,
	(SELECT name FROM word WHERE kind = 'answer' AND number = is_known_weak_key) AS is_known_weak_key,
	CASE WHEN spki_sha256 IS NOT NULL THEN lower(hex(spki_sha256)) END AS spki_sha256
FROM certificate;

CREATE VIEW chain_view AS SELECT
	lower(hex(sha256)) AS sha256,
	length(fingerprints) / 32 AS count,
	is_cut,
	(SELECT name FROM word WHERE kind = 'answer' AND number = is_ordered) AS is_ordered,
	(SELECT name FROM word WHERE kind = 'answer' AND number = has_root) AS has_root,
	(SELECT name FROM word WHERE kind = 'chain-trust' AND number = system_trust) AS system_trust,
	(SELECT name FROM word WHERE kind = 'chain-trust' AND number = mozilla_trust) AS mozilla_trust,
	CASE WHEN missing_issuer <> '' THEN CASE WHEN instr(CAST(missing_issuer AS BLOB), x'00') = 0 AND CAST(missing_issuer AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(missing_issuer AS TEXT) ELSE quote(CAST(missing_issuer AS BLOB)) END END AS missing_issuer,
	CASE WHEN weakest_signature_hash <> '' THEN CASE WHEN instr(CAST(weakest_signature_hash AS BLOB), x'00') = 0 AND CAST(weakest_signature_hash AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(weakest_signature_hash AS TEXT) ELSE quote(CAST(weakest_signature_hash AS BLOB)) END END AS weakest_signature_hash,
	CASE WHEN smallest_rsa_bits <> 0 THEN smallest_rsa_bits END AS smallest_rsa_bits,
	CASE WHEN not_after <> 0 THEN strftime('%Y-%m-%dT%H:%M:%fZ', not_after / 1000.0, 'unixepoch') END AS not_after,
	strftime('%Y-%m-%dT%H:%M:%fZ', judged_at / 1000.0, 'unixepoch') AS judged_at
FROM chain;

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
	CASE WHEN port <> 0 THEN port END AS port,
	(SELECT name FROM word WHERE kind = 'finding' AND number = finding) AS finding,
	(SELECT name FROM word WHERE kind = 'severity' AND number = severity) AS severity,
	(SELECT name FROM word WHERE kind = 'confidence' AND number = confidence) AS confidence,
	CASE WHEN instr(CAST(evidence AS BLOB), x'00') = 0 AND CAST(evidence AS TEXT) NOT GLOB '*[^ -~]*' THEN CAST(evidence AS TEXT) ELSE quote(CAST(evidence AS BLOB)) END AS evidence
FROM finding;

CREATE VIEW finding_count_view AS SELECT
	census,
	(SELECT name FROM word WHERE kind = 'finding' AND number = finding) AS finding,
	(SELECT name FROM word WHERE kind = 'severity' AND number = severity) AS severity,
	count(*) AS count
FROM finding GROUP BY census, finding.finding, finding.severity;
