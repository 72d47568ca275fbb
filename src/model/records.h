/* SPDX-License-Identifier: ISC */
/* What a census keeps, as plain values: stores write and read these records, reports print them. Spans and texts are owned by whoever made the record. */
#ifndef MODEL_RECORDS_H
#define MODEL_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/span.h"
#include "model/certificate_facts.h"
#include "model/endpoint.h"
#include "model/finding.h"
#include "model/hostname.h"
#include "model/observation.h"
#include "model/software.h"
#include "model/tls_facts.h"
#include "model/verdict.h"

typedef int64_t census_id; /* chosen by the store, > 0, ascending */

/* One run: what was in scope, with which rules. Texts are owned by whoever made the record. */
struct census_record {
	census_id id;
	struct timestamp started_at;
	struct timestamp ended_at; /* unix_ms 0: not finished */
	const char *tool_version;
	const char *scope_text;   /* what the user named, one word per line, for people */
	const char *options_text; /* "key=value" lines that a resumed run must share and reuses */
	uint64_t scope_fingerprint;
	uint64_t seed;
	uint32_t shard;
	uint32_t shard_count;
	uint64_t host_count;   /* hosts of this shard */
	uint64_t syn_key[2];   /* of the sweep's cookies; both 0: there was no sweep */
	uint32_t merged_parts; /* censuses of other files that were merged into it; 0: a scan made it. Set by the store */
};

/* Counters of a census; updated in the same transaction as what they count. */
struct census_progress {
	uint64_t position; /* hosts taken from the walk */
	uint64_t hosts_done;
	uint64_t hosts_silent; /* done hosts none of whose ports accepted; they leave no service rows unless asked for */
	uint64_t connections;  /* all connection attempts */
	/* Of a sweep (discover/sweep.h): up to where SYNs may have left, since when, and how often that window was begun; and what it counted. */
	uint64_t reserved_position;
	struct timestamp reserved_at;
	unsigned reserved_times;
	uint64_t syns;
	uint64_t refused, unreachable; /* address and port pairs */
	uint64_t excluded;             /* left out at the last moment */
};

/* One finished conversation with its evidence. Identity: census, endpoint, attempt. */
struct conversation_record {
	struct endpoint endpoint;
	unsigned attempt; /* 1, 2, ... per endpoint */
	struct timestamp started_at;
	uint32_t duration_ms;
	enum ending ending;
	struct span transcript; /* model/transcript.h */
};

/* What was decided of one endpoint. Identity: census, endpoint. */
struct service_record {
	struct endpoint endpoint;
	struct timestamp decided_at;
	enum wire_protocol protocol;
	enum verdict verdict;
	enum confidence confidence;
	enum cleartext_login cleartext_login;
	enum ending ending; /* of the conversation that decided */
	enum presence starttls_advertised;
	enum upgrade upgrade;
	uint32_t observation_flags;
	bool plaintext_on_tls_port;
	bool tls_proven; /* TLS came up in some conversation */
	struct tls_observation
		tls; /* of the conversation that decided about TLS; what came after leaf and chain is not kept here: the transcript has it */
	unsigned attempts;    /* conversations held */
	struct span reason;   /* one sentence with rule numbers, ours */
	struct span greeting; /* raw server bytes from here on */
	struct span capabilities_before;
	struct span capabilities_after;
	struct span upgrade_reply;
	struct tls_facts tls_facts; /* of all conversations; connections 0: was never summed up */
	struct software software;   /* product "": unknown */
};

/* One finding of a service, or of a host (port 0). Identity: census, endpoint, id. */
struct finding_record {
	struct endpoint endpoint; /* port 0: of the host */
	const char *id;           /* of the rule: "no-tls" */
	enum severity severity;
	enum confidence confidence;
	struct span evidence; /* printable UTF-8 */
};

/* A certificate as sent, each kept once per project. What else struct certificate_facts has is read again from the DER by whoever wants it. */
struct certificate_record {
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	struct span der;
	struct timestamp not_before, not_after;
	const char *subject, *issuer, *common_name, *names, *serial, *key_type, *signature_algorithm;
	unsigned key_bits;
	bool is_readable, is_self_signed;
	/* The rest is unknown in files that were begun before these facts were kept; then spki_sha256 is zeros. */
	const char *curve, *signature_hash, *validation_level;
	bool has_dns_names, is_authority;
	enum answer is_known_weak_key;
	uint8_t spki_sha256[CERTIFICATE_FINGERPRINT_SIZE];
};

/* A list of certificates as sent, judged once per project; given again, the newer judgement stays. Identity: sha256. */
struct chain_record {
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	uint8_t count; /* at most CHAIN_CERTIFICATES_MAX */
	bool is_cut;
	uint8_t fingerprints[CHAIN_CERTIFICATES_MAX][CERTIFICATE_FINGERPRINT_SIZE];
	enum answer is_ordered, has_root;
	enum chain_trust system, mozilla;
	const char *missing_issuer, *weakest_signature_hash; /* "" none, unknown */
	unsigned smallest_rsa_bits;
	struct timestamp not_after; /* of the certificate of the path that ends first */
	struct timestamp judged_at;
};

/* That an address is about to be connected to: written before the SYN, so that the budget per address holds after a crash too. */
struct contact_record {
	struct ip_address address;
	struct timestamp at;
};

/* A census of another file that was merged into one of this file, or a part of it so far. Identity: census, shard. */
struct merged_record {
	uint32_t shard, shard_count; /* as it was scanned */
	struct timestamp started_at, ended_at;
	uint64_t conversations, services, hosts; /* how many of its records are here, in the order of visits; hosts: with findings */
	bool is_whole;
};

/* One row of the statistics that were counted of a census when it had ended. Identity: census, kind, value. */
struct count_record {
	const char *kind;    /* what was counted by: "country,asn" */
	struct span value;   /* any bytes */
	struct span numbers; /* model/count_numbers.h */
};

/* A host that was begun: while it is open, a resumed run takes it up again. Identity: census, walk number. */
struct open_host_record {
	uint64_t number; /* of the walk */
};

/* What name servers last said of the name of an address. Identity: address. It belongs to no census: a name outlives the run that asked for it. */
struct hostname_record {
	struct ip_address address;
	enum hostname_outcome outcome;
	enum hostname_source source;
	const char *name;         /* model/hostname.h; "" unless found */
	enum answer is_confirmed; /* the name has this address too; unknown: there is no name, or it could not be told */
	unsigned names, unusable; /* that were registered; those of them that are no host names */
	struct timestamp looked_up_at;
};

#endif
