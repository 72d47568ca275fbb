/* SPDX-License-Identifier: ISC */
/* The taxonomy of findings (rulebook 5.2, 5.3): one file below findings/ for each, each a pure question with its explanation. The list of files in meson.build is the registry. */
#ifndef CLASSIFY_FINDING_RULE_H
#define CLASSIFY_FINDING_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "classify/host.h"
#include "classify/service.h"
#include "model/certificate_facts.h"
#include "model/finding.h"
#include "model/observation.h"
#include "model/software.h"
#include "model/tls_facts.h"

/* All that is known of one service. Nothing is owned; pointers are never NULL unless said. */
struct service_view {
	uint16_t port;
	const struct observation *observations; /* in order of attempts */
	size_t observation_count;
	const struct service_judgement *judgement; /* already revised by the host's (host_judge) */
	const struct tls_facts *tls;
	const struct chain_facts *chains; /* distinct chains, the first shown first */
	size_t chain_count;
	enum name_match name_match; /* of the best chain with the name that was asked for */
	const char *reference_name; /* "" when the service was asked for by address (rule N-14) */
	const struct software *software;
	struct timestamp now;
	bool is_host_talking;               /* some port of the host speaks POP3 or IMAP, or TLS works on it */
	unsigned key_shared_addresses;      /* addresses of the census that show this leaf's key; 0: not counted */
	unsigned key_shared_networks;       /* ASNs among them; 0: not counted */
	enum answer other_vantage_starttls; /* does another vantage point see STARTTLS advertised? (rule J-24) */
};

struct host_view {
	const struct service_view *services; /* by port */
	size_t service_count;
	const struct host_judgement *judgement;
	const struct finding *const *findings; /* of each service, in the same order */
	const size_t *finding_counts;
};

struct finding_rule {
	const char *id;
	enum finding_scope scope;
	enum severity severity;    /* the usual one; a finding may be raised by what was seen */
	const char *title;         /* a few words: "No TLS" */
	const char *rules;         /* rulebook numbers: "D-11, D-14, X-2" */
	const char *reference;     /* "RFC 8314 4.1" */
	const char *condition;     /* one sentence for docs/findings.md */
	const char *explanation;   /* for an administrator: what is wrong, and why it matters */
	const char *exploit;       /* who can exploit it: "Anyone who can read the traffic ..."; "" where nobody can */
	const char *user_sentence; /* one sentence for somebody who only reads mail */
	const char *lab;           /* configuration and port of the lab that shows it: "dovecot-no-tls:143" */
	/* True: it holds; the finding has id, severity and confidence (high) set already and takes its evidence. One of both, by scope. */
	bool (*holds_for_service)(const struct service_view *view, struct finding *finding);
	bool (*holds_for_host)(const struct host_view *view, struct finding *finding);
};

/* All rules, in the order of the rulebook, ended by NULL. */
extern const struct finding_rule *const FINDING_RULES[];
enum { FINDINGS_MAX = 96 };

const struct finding_rule *finding_rule_find(const char *id); /* NULL: there is none */
/* Fills findings_out[0..FINDINGS_MAX-1], worst first, then in the order of the rules; returns their number. */
size_t findings_of_service(const struct service_view *view, struct finding *findings_out);
size_t findings_of_host(const struct host_view *view, struct finding *findings_out);

#endif
