/* SPDX-License-Identifier: ISC */
/* The columns that are written and read, in one order. */
#ifndef STORE_SQLITE_SQLITE_COLUMNS_H
#define STORE_SQLITE_SQLITE_COLUMNS_H

#define SERVICE_COLUMNS                                                                                                                    \
	"address, port, decided_at, protocol, verdict, confidence, cleartext_login, ending, starttls_advertised, upgrade, flags, "         \
	"plaintext_on_tls_port, tls_proven, "                                                                                              \
	"attempts, tls_outcome, tls_hello, tls_version, tls_suite, tls_group, tls_dh_bits, tls_rsa_export_bits, tls_alert_level, "         \
	"tls_alert, tls_flags, tls_alpn, "                                                                                                 \
	"tls_certificate_count, tls_leaf, tls_chain, reason, greeting, capabilities_before, capabilities_after, upgrade_reply, "           \
	"tls_facts, tls_chains"
#define CONVERSATION_COLUMNS "address, port, attempt, started_at, duration_ms, ending, transcript, moments"
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
#define HOSTNAME_COLUMNS "address, outcome, source, name, is_confirmed, names, unusable, looked_up_at"

#endif
