/* SPDX-License-Identifier: ISC */
/* What `mailcensus check` tells of the hosts that it looked at, as plain values: the app fills it, the renderers in report/ print it. Nothing is owned. */
#ifndef MODEL_CHECK_REPORT_H
#define MODEL_CHECK_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/span.h"
#include "model/certificate_facts.h"
#include "model/endpoint.h"
#include "model/finding.h"
#include "model/observation.h"
#include "model/software.h"
#include "model/tls_facts.h"
#include "model/verdict.h"

/* What cures a finding; all texts with host and port filled in. Empty where there is nothing to say. */
struct check_advice {
	const char *id, *summary;
	const char *file, *lines; /* where the lines go; each line ends in '\n' */
	const char *steps, *verify, *tested_with;
};

struct check_finding {
	const char *id;
	enum severity severity;
	enum confidence confidence;
	const char *title, *explanation, *exploit, *user_sentence, *reference, *rules; /* ours */
	const char *evidence;                                                          /* printable; parts of it are the server's */
	const struct check_advice *advices;
	size_t advice_count;
};

struct check_service {
	struct endpoint endpoint;
	enum wire_protocol protocol;
	enum verdict verdict;
	enum confidence confidence;
	enum cleartext_login cleartext_login;
	const char *reason;
	enum ending ending;
	enum presence starttls_advertised;
	enum upgrade upgrade;
	bool plaintext_on_tls_port, tls_proven;
	struct span greeting, capabilities_before, capabilities_after, upgrade_reply, identity; /* as the server sent them */
	const struct tls_facts *tls;
	const struct chain_facts *chains;
	size_t chain_count;
	enum name_match name_match;
	const struct software *software;
	const struct check_finding *findings; /* worst first */
	size_t finding_count;
	unsigned connections;
};

/* One address of one name. */
struct check_host {
	const char *asked;          /* what was typed, or the name it belongs to */
	const char *reference_name; /* "" when it was asked for by address: certificates are then not compared with a name */
	bool has_address;           /* false: trouble says why, and nothing below holds */
	struct ip_address address;
	const char *trouble; /* why it was not looked at, or not wholly; "" */
	enum host_verdict verdict;
	bool is_strict;
	const struct check_service *services; /* by port */
	size_t service_count;
	const struct check_finding *findings; /* of the host itself, worst first */
	size_t finding_count;
	enum grade grade;
	const char *const *reasons; /* of the grade */
	size_t reason_count;
};

struct check_report {
	const char *tool_version;
	struct timestamp started_at;
	uint32_t duration_ms;
	enum probe_depth depth;
	bool was_stopped;
	bool confirmed_login; /* SASL exchanges were opened and cancelled */
	unsigned connections;
	const struct check_host *hosts;
	size_t host_count;
};

/* The worst severity of all findings of a host; false when it has none. */
bool check_host_worst(const struct check_host *host, enum severity *severity_out);
/* Could anything be told of it? */
bool check_host_is_measured(const struct check_host *host);
/* Days until the first certificate of the host ends, rounded down; false when it showed none that can be read. lifetime_days_out: how long that one is valid in all. */
bool check_host_days_left(const struct check_host *host, struct timestamp now, int64_t *days_out, int64_t *lifetime_days_out);

#endif
