/* SPDX-License-Identifier: ISC */
/* The addresses are gathered first (20 bytes each) and asked for in random order, so that no network's name servers get its addresses in one row. */
#include "app/hostname_lookup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/census_reader.h"
#include "app/stop_signal.h"
#include "base/memory.h"
#include "net/clock.h"
#include "net/random.h"

enum {
	COMMIT_EVERY_MS = 1000,
	LINE_EVERY_MS = 500,
	PLAIN_EVERY_MS = 10000,
};

struct gathering {
	const struct hostname_lookup *lookup;
	struct ip_address *addresses;
	size_t count, capacity;
	struct ip_address last; /* that is in the scope */
	bool has_last;
	struct timestamp oldest; /* answers that are as old are asked for again */
	struct hostname_counts *counts;
};

struct asking {
	const struct hostname_lookup *lookup;
	size_t count;
	struct hostname_counts *counts;
	struct instant begun_at, committed_at, shown_at;
	bool is_line, is_line_open, is_in_transaction, has_failed;
	struct error *error;
};

/* ---- which addresses ---- */

static bool is_in_scope(enum hostname_scope scope, const struct census_service *service)
{
	switch (scope) {
	case HOSTNAMES_OF_MAIL:
		return service->host->offers_pop3 || service->host->offers_imap;
	case HOSTNAMES_OF_WITHOUT_TLS:
		return service->host->no_tls_pop3 || service->host->no_tls_imap;
	case HOSTNAMES_OF_ALL:
		return service->service->verdict != VERDICT_CLOSED;
	}
	return false;
}

static bool gather(void *context, const struct census_service *service)
{
	struct gathering *gathering = context;
	struct ip_address address = service->service->endpoint.address;

	if (!is_in_scope(gathering->lookup->scope, service) || (gathering->has_last && ip_address_equals(gathering->last, address)))
		return !stop_signal_has_come();
	gathering->last = address;
	gathering->has_last = true;
	gathering->counts->addresses++;
	if (service->hostname != NULL && service->hostname->outcome != HOSTNAME_FAILED &&
	    service->hostname->looked_up_at.unix_ms > gathering->oldest.unix_ms) {
		gathering->counts->known++;
		return !stop_signal_has_come();
	}
	if (gathering->count == gathering->capacity) {
		gathering->capacity = gathering->capacity > 0 ? 2 * gathering->capacity : 4096;
		gathering->addresses = memory_resize(gathering->addresses, gathering->capacity, sizeof(*gathering->addresses));
	}
	gathering->addresses[gathering->count++] = address;
	return !stop_signal_has_come();
}

static void shuffle(struct ip_address *addresses, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)(random_u64() % i);
		struct ip_address address = addresses[i - 1];

		addresses[i - 1] = addresses[other];
		addresses[other] = address;
	}
}

/* ---- what comes back ---- */

static void count(struct hostname_counts *counts, const struct hostname_record *record)
{
	counts->unusable_names += record->unusable;
	switch (record->outcome) {
	case HOSTNAME_FOUND:
		counts->found++;
		counts->confirmed += record->is_confirmed == ANSWER_YES;
		counts->unconfirmed += record->is_confirmed == ANSWER_NO;
		break;
	case HOSTNAME_NONE:
		counts->none++;
		break;
	case HOSTNAME_UNUSABLE:
		counts->unusable++;
		break;
	case HOSTNAME_FAILED:
		counts->failed++;
		break;
	}
}

static void on_answer(void *context, size_t index, const struct hostname_record *record)
{
	struct asking *asking = context;
	struct hostname_record kept = *record;

	(void)index;
	kept.looked_up_at = clock_wall();
	if (asking->has_failed)
		return;
	if (!asking->is_in_transaction)
		asking->has_failed = !store_begin(asking->lookup->store, asking->error);
	asking->is_in_transaction = !asking->has_failed;
	if (!asking->has_failed && store_set_hostname(asking->lookup->store, &kept, asking->error))
		count(asking->counts, &kept);
	else
		asking->has_failed = true;
}

static void commit(struct asking *asking)
{
	if (!asking->is_in_transaction || asking->has_failed)
		return;
	asking->is_in_transaction = false;
	asking->has_failed = !store_commit(asking->lookup->store, asking->error);
}

/* ---- progress ---- */

static void show(struct asking *asking, struct instant now)
{
	uint64_t asked = hostname_counts_asked(asking->counts), left = asking->count - asked;
	int64_t elapsed_ms = instant_ms_between(asking->begun_at, now);
	double left_s = asked > 0 ? (double)left * (double)elapsed_ms / (double)asked / 1000 : 0;

	fprintf(stderr,
	        "%s%5.1f%% %" PRIu64 " of %zu addresses, %" PRIu64 " with a name, %" PRIu64 " without, %" PRIu64
	        " not answered, %.0f min left%s",
	        asking->is_line ? "\r\033[K" : "", 100.0 * (double)asked / (double)asking->count, asked, asking->count,
	        asking->counts->found, asking->counts->none + asking->counts->unusable, asking->counts->failed, left_s / 60,
	        asking->is_line ? "" : "\n");
	(void)fflush(stderr);
	asking->is_line_open = asking->is_line;
	asking->shown_at = now;
}

static bool on_tick(void *context)
{
	struct asking *asking = context;
	struct instant now = clock_now();

	if (asking->lookup->progress != SCAN_PROGRESS_NONE &&
	    instant_ms_between(asking->shown_at, now) >= (asking->is_line ? LINE_EVERY_MS : PLAIN_EVERY_MS))
		show(asking, now);
	if (instant_ms_between(asking->committed_at, now) >= COMMIT_EVERY_MS) {
		commit(asking);
		asking->committed_at = now;
	}
	return !asking->has_failed && !stop_signal_has_come();
}

/* ---- the run ---- */

static bool ask_all(const struct hostname_lookup *lookup, const struct ip_address *addresses, size_t address_count,
                    struct hostname_counts *counts, struct error *error)
{
	struct asking asking = {.lookup = lookup, .count = address_count, .counts = counts, .begun_at = clock_now(), .error = error};
	struct reverse_owner owner = {&asking, on_answer, on_tick};
	struct error of_servers = {{0}};
	bool is_done;

	asking.committed_at = asking.shown_at = asking.begun_at;
	asking.is_line = lookup->progress == SCAN_PROGRESS_LINE || (lookup->progress == SCAN_PROGRESS_AUTO && isatty(STDERR_FILENO) != 0);
	is_done = reverse_resolve(&lookup->settings, addresses, address_count, &owner, &of_servers);
	commit(&asking);
	if (asking.is_line_open)
		fprintf(stderr, "\n");
	if (asking.has_failed)
		return false;
	return is_done || error_set(error, "%s", of_servers.text);
}

bool hostname_lookup_run(const struct hostname_lookup *lookup, struct hostname_counts *counts_out, struct error *error)
{
	struct gathering gathering = {.lookup = lookup, .oldest = {clock_wall().unix_ms - lookup->max_age_ms}, .counts = counts_out};
	struct census_reader reader = {.store = lookup->store, .census = lookup->census};
	bool is_done;

	*counts_out = (struct hostname_counts){.addresses = 0};
	is_done = census_reader_visit(&reader, NULL, CENSUS_WANTS_HOSTNAMES, gather, &gathering, error);
	if (is_done && gathering.count > 0) {
		shuffle(gathering.addresses, gathering.count);
		is_done = ask_all(lookup, gathering.addresses, gathering.count, counts_out, error);
	}
	free(gathering.addresses);
	return is_done;
}

uint64_t hostname_counts_asked(const struct hostname_counts *counts)
{
	return counts->found + counts->none + counts->unusable + counts->failed;
}

void hostname_counts_print(census_id census, const struct hostname_counts *counts)
{
	fprintf(stderr,
	        "census %" PRId64 ": %" PRIu64 " addresses, %" PRIu64 " known before; now %" PRIu64 " with a name (%" PRIu64
	        " lead back to the address, %" PRIu64 " do not), %" PRIu64 " without, %" PRIu64 " with none that is a host name, %" PRIu64
	        " not answered\n",
	        census, counts->addresses, counts->known, counts->found, counts->confirmed, counts->unconfirmed, counts->none,
	        counts->unusable, counts->failed);
}
