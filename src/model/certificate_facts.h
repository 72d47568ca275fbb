/* SPDX-License-Identifier: ISC */
/* A certificate and a chain as plain facts: what certificate/ reads from DER, what rules ask and reports print. */
#ifndef MODEL_CERTIFICATE_FACTS_H
#define MODEL_CERTIFICATE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/instant.h"
#include "base/span.h"
#include "model/observation.h"
#include "model/tls_facts.h"

/* The parts of a distinguished name that Shadowserver's columns ask for; several of one kind are joined by ", ". */
struct name_parts {
	char common_name[256];
	char country[16];
	char organization_name[256];
	char organization_unit_name[256];
	char locality_name[128];
	char state_or_province_name[128];
	char street_address[128];
	char postal_code[40];
	char email_address[256];
	char given_name[64];
	char surname[64];
	char serial_number[64];
	char business_category[64];
};

/* Everything here came from a server: bounded, NUL-terminated valid UTF-8 in which control characters and stray bytes are '?' (subject and issuer: escaped as RFC 2253 does), and still to be escaped where shown. */
struct certificate_facts {
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	bool is_readable;  /* false: the DER could not be parsed, or bytes stood behind it; only sha256 holds */
	unsigned version;  /* of X.509, as it is written: 0 is version 1, 2 is version 3 */
	char subject[512]; /* RFC 2253 one line, most specific part first; cut at a whole character */
	char issuer[512];
	char common_name[256]; /* the last, most specific one; "" when there is none */
	char names
		[1024]; /* dNSName SANs joined by one space, cut at a whole name; a byte that no host name has is '?', so that a NUL cannot hide what follows */
	bool has_dns_names;          /* there is at least one dNSName SAN, also when names was cut */
	struct timestamp not_before; /* both 0 when unreadable */
	struct timestamp not_after;
	char serial[96];               /* lower-case hexadecimal, "-" before it when negative */
	char key_type[32];             /* "RSA", "EC", "ED25519", ...; of a key that OpenSSL cannot read, the algorithm's name or number */
	unsigned key_bits;             /* 0: unreadable */
	char curve[32];                /* of an EC key: "prime256v1", ...; else "" */
	char signature_algorithm[64];  /* "RSA-SHA256", ... as OpenSSL's short name, or the number in dots */
	char signature_hash[32];       /* "SHA256", "SHA1", "MD5", ...; "" where the algorithm names none (Ed25519) */
	bool is_self_signed;           /* issuer equals subject and the signature verifies with its own key */
	bool is_authority;             /* basicConstraints CA */
	enum answer is_known_weak_key; /* ROCA's form (CVE-2017-15361), or a modulus shared with a key on a list that was loaded */
	uint8_t spki_sha256[CERTIFICATE_FINGERPRINT_SIZE]; /* of the SubjectPublicKeyInfo */
	struct name_parts subject_parts, issuer_parts;
	char validation_level[4]; /* "DV", "OV", "EV" by policy (CA/B Forum), "" when none is stated */
	char sha1[41], md5[33];   /* lower-case hexadecimal of the DER, for Shadowserver's columns */
	char sha512[129];
};

/* How the list that was sent leads to a root. */
enum chain_trust {
	TRUST_UNKNOWN,    /* no store could be loaded, or the leaf is unreadable */
	TRUST_GOOD,       /* a path exists with what was sent */
	TRUST_INCOMPLETE, /* a path exists only with an intermediate that was not sent but is known (rule cert-chain-incomplete) */
	TRUST_NONE,       /* no path */
};
enum { CHAIN_CERTIFICATES_MAX = 16 };

/* A chain as sent, judged without looking at the clock; dates are asked of the certificates. */
struct chain_facts {
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE]; /* SHA-256 over the SHA-256 of all certificates, in the order sent */
	uint8_t count;                                /* certificates that were sent and kept */
	bool is_cut;
	uint8_t fingerprints[CHAIN_CERTIFICATES_MAX][CERTIFICATE_FINGERPRINT_SIZE];
	enum answer is_ordered;          /* each one certifies the one before it (RFC 8446 4.4.2 and RFC 5246 7.4.2) */
	enum answer has_root;            /* the root itself was sent, which is of no use */
	enum chain_trust system;         /* by the trust store of this system */
	enum chain_trust mozilla;        /* by Mozilla's */
	char missing_issuer[512];        /* RFC 2253: whose certificate is missing; "" when none is */
	char weakest_signature_hash[32]; /* of leaf and intermediates, roots aside: "SHA1", "MD5", ...; "" unknown */
	unsigned smallest_rsa_bits;      /* of leaf and intermediates; 0: none is RSA */
	struct timestamp not_after;      /* of the certificate of the path that ends first */
	struct certificate_facts leaf;
};

enum name_match {
	NAME_MATCH_UNKNOWN, /* no reference name, or an unreadable certificate */
	NAME_MATCHES,
	NAME_MATCHES_COMMON_NAME_ONLY, /* no dNSName at all, the CN would match: modern clients ignore it (RFC 9525 2, rule N-11) */
	NAME_DIFFERS,
};

const char *chain_trust_name(enum chain_trust trust); /* "unknown", "good", "incomplete", "none" */
bool chain_trust_parse(struct span name, enum chain_trust *trust_out) MUST_CHECK;
const char *name_match_name(enum name_match match); /* "unknown", "matches", "common-name-only", "differs" */

#endif
