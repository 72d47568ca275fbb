/* SPDX-License-Identifier: ISC */
/* What a census keeps, as plain values: stores write and read these records, reports print them. Spans and texts are owned by whoever made the record. */
#ifndef MODEL_RECORDS_H
#define MODEL_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/span.h"
#include "model/endpoint.h"
#include "model/observation.h"
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
	uint64_t host_count; /* hosts of this shard */
};

/* Counters of a census; updated in the same transaction as what they count. */
struct census_progress {
	uint64_t position; /* hosts taken from the walk */
	uint64_t hosts_done;
	uint64_t hosts_silent; /* done hosts none of whose ports accepted; they leave no service rows unless asked for */
	uint64_t connections;  /* all connection attempts */
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
	bool tls_proven;            /* TLS came up in some conversation */
	struct tls_observation tls; /* of the conversation that decided about TLS */
	unsigned attempts;          /* conversations held */
	struct span reason;         /* one sentence with rule numbers, ours */
	struct span greeting;       /* raw server bytes from here on */
	struct span capabilities_before;
	struct span capabilities_after;
	struct span upgrade_reply;
};

/* A certificate as sent, each kept once per project. */
struct certificate_record {
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	struct span der;
	struct timestamp not_before, not_after;
	const char *subject, *issuer, *common_name, *names, *serial, *key_type, *signature_algorithm;
	unsigned key_bits;
	bool is_readable, is_self_signed;
};

/* That an address is about to be connected to: written before the SYN, so that the budget per address holds after a crash too. */
struct contact_record {
	struct ip_address address;
	struct timestamp at;
};

/* A host that was begun: while it is open, a resumed run takes it up again. Identity: census, walk number. */
struct open_host_record {
	uint64_t number; /* of the walk */
};

#endif
