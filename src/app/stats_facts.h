/* SPDX-License-Identifier: ISC */
/* Counts of findings, software and TLS facts of a census, each with how many services or hosts it could be told of. */
#ifndef APP_STATS_FACTS_H
#define APP_STATS_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "app/census_reader.h"
#include "base/buffer.h"

/* How often a name was met. */
struct name_count {
	char *name;
	enum severity severity; /* of a finding: the highest one that was met */
	uint64_t count;
};

struct name_counts {
	struct name_count *items;
	size_t count, capacity;
	uint64_t others; /* of names beyond NAME_COUNTS_MAX */
};
enum { NAME_COUNTS_MAX = 4096 };

struct stats_facts {
	uint64_t services, hosts;       /* open services whose facts were summed up, and hosts that have one */
	uint64_t mail_services;         /* of these, those that speak POP3 or IMAP */
	uint64_t tls_services;          /* of these, those whose TLS was seen */
	uint64_t worst[SEVERITY_COUNT]; /* services by their worst finding */
	uint64_t without_finding;
	uint64_t versions[TLS_INDEX_COUNT][ANSWER_YES + 1];
	uint64_t post_quantum[ANSWER_YES + 1];
	uint64_t software_unknown;
	struct name_counts findings, host_findings, software;
	struct ip_address last_host; /* the last one that was counted */
};

/* Adds so many of a name. */
void name_counts_add(struct name_counts *counts, const char *name, enum severity severity, uint64_t count);
void stats_facts_done(struct stats_facts *facts);
/* Services come by address; wants CENSUS_WANTS_FINDINGS. */
void stats_facts_count(struct stats_facts *facts, const struct census_service *service);
/* As tables, nothing when no service was summed up; and as members of a JSON object, begun with a comma. Both bring the names into order. */
void stats_facts_render(struct stats_facts *facts, struct buffer *out);
void stats_facts_append_json(struct stats_facts *facts, struct buffer *out);

#endif
