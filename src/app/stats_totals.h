/* SPDX-License-Identifier: ISC */
/* The totals of a census: services by verdict and port, hosts counted once, findings, software and TLS, and prefixes that answer as one machine. */
#ifndef APP_STATS_TOTALS_H
#define APP_STATS_TOTALS_H

#include "app/prefix_count.h"
#include "app/stats_facts.h"

enum { STATS_PORTS_MAX = 8 };

/* Zeroed is empty. */
struct stats_totals {
	uint16_t ports[STATS_PORTS_MAX]; /* in ascending order; the rest is counted in the last column */
	size_t port_count;
	uint64_t services[VERDICT_COUNT][STATS_PORTS_MAX + 1];
	uint64_t hosts[HOST_VERDICT_COUNT];
	uint64_t hosts_pop3, hosts_imap, hosts_both, hosts_any;
	uint64_t no_tls_pop3, no_tls_imap, no_tls_both, no_tls_any, no_tls_strict;
	struct stats_facts facts;
	struct prefix_count prefixes;
};

/* Services come by address; wants CENSUS_WANTS_FINDINGS. */
void stats_totals_count(struct stats_totals *totals, const struct census_service *service);
/* The column of this port, made where there is none yet: they are in ascending order, and ports beyond STATS_PORTS_MAX share the last one. */
size_t stats_totals_column(struct stats_totals *totals, uint16_t port);
/* After the last service. */
void stats_totals_end(struct stats_totals *totals);
void stats_totals_done(struct stats_totals *totals);
/* To standard output; both bring names into order. */
void stats_totals_print_text(struct stats_totals *totals, const struct census_reader *reader);
void stats_totals_print_json(struct stats_totals *totals, const struct census_reader *reader);

#endif
