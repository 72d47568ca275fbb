/* SPDX-License-Identifier: ISC */
/* Everything that follows from the conversations with one host: verdicts, TLS facts, chains, software, findings, grade. One place, used by scan and by check. */
#ifndef APP_ASSESSMENT_H
#define APP_ASSESSMENT_H

#include <stddef.h>

#include "certificate/chain.h"
#include "classify/finding_rule.h"
#include "classify/grade.h"
#include "model/endpoint.h"
#include "probe/probe.h"
#include "software/identify.h"

/* What all assessments of a run share. */
struct assessor {
	struct trust_stores *stores;       /* may be NULL: trust is unknown */
	struct fingerprints *fingerprints; /* may be NULL: software is unknown */
	enum probe_depth depth;
	struct chain_cache *chains; /* each distinct chain judged once, by its SHA-256 */
};

struct assessed_service {
	struct endpoint endpoint;
	struct service_judgement judgement;
	struct tls_facts tls;
	struct chain_facts chains[TLS_FACTS_CHAINS_MAX];
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

#endif
