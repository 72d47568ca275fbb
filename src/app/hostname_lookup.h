/* SPDX-License-Identifier: ISC */
/* Looks up the host names of a census's addresses and keeps them in its store: what resolve does, and scan with --reverse-dns.
   What is kept is not asked for again, so a run that was killed goes on where it was. */
#ifndef APP_HOSTNAME_LOOKUP_H
#define APP_HOSTNAME_LOOKUP_H

#include "app/scan_options.h"
#include "net/reverse_resolver.h"
#include "store/store.h"

enum hostname_scope {
	HOSTNAMES_OF_MAIL,        /* hosts that speak POP3 or IMAP */
	HOSTNAMES_OF_WITHOUT_TLS, /* those of them that take a login without TLS, in Shadowserver's sense */
	HOSTNAMES_OF_ALL,         /* hosts with any open port */
};

struct hostname_lookup {
	struct store *store; /* open for writing, no transaction begun */
	census_id census;
	enum hostname_scope scope;
	int64_t max_age_ms; /* an answer that is older is asked for again; a failure always */
	struct reverse_settings settings;
	enum scan_progress progress;
};

struct hostname_counts {
	uint64_t addresses, known;              /* in the scope; of these known already */
	uint64_t found, confirmed, unconfirmed; /* by this run; whether the others of the found ones lead back could not be told */
	uint64_t none, unusable, failed;
	uint64_t unusable_names; /* that were left out, also beside usable ones */
};

/* Until all are asked for, or stop_signal_has_come(). False: something of ours or of the name servers failed; what had its answer until then is kept, and counted. */
bool hostname_lookup_run(const struct hostname_lookup *lookup, struct hostname_counts *counts_out, struct error *error) MUST_CHECK;
/* Of this run: how many have had an answer, or a failure. */
uint64_t hostname_counts_asked(const struct hostname_counts *counts);
/* One line on stderr. */
void hostname_counts_print(census_id census, const struct hostname_counts *counts);

#endif
