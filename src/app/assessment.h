/* SPDX-License-Identifier: ISC */
/* Everything that follows from the conversations with one host: verdicts, TLS facts, chains, software, findings, grade. One place, used by scan and by check. */
#ifndef APP_ASSESSMENT_H
#define APP_ASSESSMENT_H

#include <stddef.h>

#include "certificate/chain.h"
#include "certificate/chain_cache.h"
#include "classify/finding_rule.h"
#include "classify/grade.h"
#include "model/endpoint.h"
#include "probe/probe.h"
#include "software/software_cache.h"

/* What all assessments of a run share. */
struct assessor {
	struct trust_stores *stores;       /* may be NULL: trust is unknown */
	struct fingerprints *fingerprints; /* may be NULL: software is unknown */
	enum probe_depth depth;
	struct chain_cache *chains;      /* each distinct chain judged once, by its SHA-256 */
	struct software_cache *software; /* each distinct text identified once; NULL without fingerprints */
	struct finding *room;            /* for the findings of one service while they are looked for */
};

/* Takes over stores and fingerprints (both may be NULL). chains_max: distinct chains that are kept between a conversation and the assessment of its host. */
void assessor_init(struct assessor *assessor, enum probe_depth depth, struct trust_stores *stores, struct fingerprints *fingerprints,
                   size_t chains_max);
void assessor_done(struct assessor *assessor);

/* Whether a leaf names the host that was asked for: compared while its DER is at hand. */
struct leaf_match {
	uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE];
	enum name_match match;
};

/* What the conversations with one host showed beside their observations. Zeroed is empty. */
struct assessment_notes {
	struct leaf_match *leaves; /* distinct ones; owned */
	size_t leaf_count;
};

enum { ASSESSMENT_LEAVES_MAX = 64 };

/* To be called with every conversation as it ends: its chain is learned from and judged, its leaf compared with the name. notes may be NULL where no name was asked for. */
void assessor_take(struct assessor *assessor, const struct probe_conversation *conversation, const char *reference_name,
                   struct assessment_notes *notes);
void assessment_notes_done(struct assessment_notes *notes);

/* What is to be assessed; nothing is owned. */
struct assessment_service {
	struct endpoint endpoint;
	const struct observation *observations; /* in order of attempts, at least one */
	size_t count;
	const struct assessed_service *assessed; /* what assess_service said of it already, chains aside; NULL: not asked yet */
};

struct assessment_input {
	struct ip_address address;
	const char *reference_name; /* "" when asked for by address */
	const struct assessment_service *services;
	size_t service_count;
	const struct assessment_notes *notes; /* NULL: names were not compared */
	struct timestamp now;
};

struct assessed_service {
	struct endpoint endpoint;
	struct service_judgement judgement;
	struct tls_facts tls;
	struct chain_facts *chains; /* copies, as a cache forgets; owned */
	size_t chain_count;
	enum name_match name_match;
	struct software software;
	struct finding *findings; /* worst first; owned */
	size_t finding_count;
};

struct assessed_host {
	struct ip_address address;
	char reference_name[256];          /* "" when asked for by address */
	struct assessed_service *services; /* by port; owned */
	size_t service_count;
	struct host_judgement judgement;
	struct finding *findings; /* of the host itself; owned */
	size_t finding_count;
	struct grade_judgement grade;
};

/* What one service shows by itself, before its host is known: verdict, TLS facts, chains, software; no findings. */
void assess_service(const struct assessor *assessor, const struct assessment_service *from, const struct assessment_notes *notes,
                    struct timestamp now, struct assessed_service *out);
/* Gives the chains back; the rest can be handed to assess_host. */
void assessed_service_forget_chains(struct assessed_service *service);

/* Services come out by port, whatever their order was. */
void assess_host(const struct assessor *assessor, const struct assessment_input *input, struct assessed_host *out);
void assessed_host_done(struct assessed_host *host);

#endif
