/* SPDX-License-Identifier: ISC */
/* What all conversations with one service showed of its TLS together: the answers of the ladder (rulebook 2). Plain values; "unknown" means not measured or could not tell, never "no". */
#ifndef MODEL_TLS_FACTS_H
#define MODEL_TLS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "model/observation.h"

/* How deep a service is looked at. */
enum probe_depth {
	PROBE_DEPTH_VERDICT,  /* what decides how logins are protected: one connection where the first one decides */
	PROBE_DEPTH_STANDARD, /* and certificate, best version, key exchange: at most two more */
	PROBE_DEPTH_FULL,     /* everything: at most 20 in all (JARM's ten come on request only) */
};

enum answer {
	ANSWER_UNKNOWN,
	ANSWER_NO,
	ANSWER_YES,
};

enum tls_version_index {
	TLS_INDEX_SSL_3,
	TLS_INDEX_TLS_1_0,
	TLS_INDEX_TLS_1_1,
	TLS_INDEX_TLS_1_2,
	TLS_INDEX_TLS_1_3,
};
enum { TLS_INDEX_COUNT = TLS_INDEX_TLS_1_3 + 1, TLS_FACTS_CHAINS_MAX = 4, TLS_FINGERPRINT_TEXT_SIZE = 40, JARM_TEXT_SIZE = 63 };

struct tls_facts {
	bool is_seen;                             /* TLS was proven, or at least answered by a ServerHello, in some conversation */
	enum probe_depth depth;                   /* how deep was looked */
	enum answer versions[TLS_INDEX_COUNT];    /* accepted? */
	uint32_t traits_accepted, traits_refused; /* enum suite_trait; in neither: unknown. Of TLS 1.2 and older only */
	uint16_t best_suite, weakest_suite;       /* of all that were negotiated; 0: none */
	uint16_t suite_tls13;                     /* of TLS 1.3; 0: unknown */
	uint32_t groups_accepted, groups_refused; /* bits of model/tls_group.h, by TLS 1.3 or ServerKeyExchange */
	uint16_t preferred_group;                 /* of TLS 1.3 when all are offered, else of TLS 1.2; 0: unknown */
	enum answer post_quantum;                 /* a group with ML-KEM is accepted (rule T-30) */
	uint16_t dh_bits;                         /* smallest finite-field prime seen; 0: none seen */
	uint8_t dh_prime_sha256[CERTIFICATE_FINGERPRINT_SIZE];
	uint16_t rsa_export_bits;
	enum answer secure_renegotiation, extended_master_secret, encrypt_then_mac, tickets, compression, heartbeat; /* TLS 1.2 and older */
	enum answer ocsp_staple;
	enum answer client_certificate; /* one is asked for */
	enum answer fallback_signal;    /* TLS_FALLBACK_SCSV is honoured (RFC 7507) */
	enum answer alpn;               /* an answer to our offer */
	char alpn_name[16];
	enum answer name_matters;                             /* another leaf, or none, without SNI (rule T-20) */
	enum answer version_intolerant, extension_intolerant; /* rule T-22 */
	enum answer injection;                                /* STARTTLS command injection: ANSWER_YES is vulnerable (rules J-4 to J-6) */
	uint8_t chain_count;                                  /* distinct chains that were shown */
	uint8_t chains[TLS_FACTS_CHAINS_MAX][CERTIFICATE_FINGERPRINT_SIZE]; /* chain_sha256 of each, the first seen first */
	uint8_t leaves[TLS_FACTS_CHAINS_MAX][CERTIFICATE_FINGERPRINT_SIZE]; /* their first certificates */
	char ja3s[TLS_FINGERPRINT_TEXT_SIZE];   /* MD5 in hexadecimal of H1's ServerHello; "" none. Filled by certificate/ja3s */
	char ladder[TLS_FINGERPRINT_TEXT_SIZE]; /* our own stable hash over the answers to H1, H2 and H3 (mc1); "" none */
	char jarm[JARM_TEXT_SIZE];              /* "" when it was not asked for */
	uint16_t connections;                   /* conversations held with this service */
};

/* As one line of key=value words, lossless; and back: unknown keys and malformed values make it false. */
void tls_facts_format(const struct tls_facts *facts, struct buffer *out);
bool tls_facts_parse(struct span text, struct tls_facts *facts_out) MUST_CHECK;
/* "unknown", "no", "yes". */
const char *answer_name(enum answer answer);
/* "verdict", "standard", "full". */
const char *probe_depth_name(enum probe_depth depth);
bool probe_depth_parse(struct span name, enum probe_depth *depth_out) MUST_CHECK;
/* 0x0300 ... 0x0304 of an index, and the highest or lowest accepted one (0: none known). */
uint16_t tls_index_version(enum tls_version_index index);
uint16_t tls_facts_highest_version(const struct tls_facts *facts);
uint16_t tls_facts_lowest_version(const struct tls_facts *facts);

#endif
