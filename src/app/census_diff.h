/* SPDX-License-Identifier: ISC */
/* Two censuses side by side, host by host in order of addresses, in flat memory: what each of them knows of every endpoint, and what that makes of it. */
#ifndef APP_CENSUS_DIFF_H
#define APP_CENSUS_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "app/census_reach.h"
#include "app/census_stream.h"
#include "classify/change.h"

enum diff_side { DIFF_OLD, DIFF_NEW };
enum { DIFF_SIDES = DIFF_NEW + 1 };

/* What differs between the rows of two looks that both saw it. */
enum diff_detail {
	DETAIL_VERDICT = 1 << 0,
	DETAIL_LOGIN = 1 << 1,
	DETAIL_PROTOCOL = 1 << 2,
	DETAIL_CERTIFICATE = 1 << 3,
	DETAIL_SOFTWARE = 1 << 4,
};
enum { DETAIL_COUNT = 5 };

struct diff_service {
	uint16_t port;
	const struct stream_service *rows[DIFF_SIDES]; /* NULL: the census holds none */
	enum reach reach[DIFF_SIDES];                  /* where there is no row */
	struct service_pair pair;
	unsigned details; /* enum diff_detail */
};

struct diff_host {
	struct ip_address address;
	const struct stream_host *rows[DIFF_SIDES];
	enum change change;
	const struct diff_service *services; /* by port; without those where nothing is in either */
	size_t service_count;
};

/* "verdict", "login", ...; NULL for a bit that is none. */
const char *diff_detail_name(uint32_t bit);
/* Why it cannot be said, one clause: of the first side that is to blame. NULL for any other change. */
const char *diff_service_doubt(const struct diff_service *service);

struct census_diff;

/* Both readers are the diff's own until it is closed. has_findings: census_diff_findings will be asked. NULL: a census cannot be read. */
struct census_diff *census_diff_open(struct census_reader *old, struct census_reader *new, bool has_findings, struct error *error);
void census_diff_close(struct census_diff *diff); /* NULL is fine */
/* Visits every address that one of them holds a row of; false from visit stops early. */
bool census_diff_visit(struct census_diff *diff, bool (*visit)(void *context, const struct diff_host *host), void *context,
                       struct error *error) MUST_CHECK;

/* The findings that one of both looks has and the other has not. CHANGE_NEW, CHANGE_FIXED (measured, and not there any more), CHANGE_GONE (nobody is left to have it)
   or CHANGE_UNTOLD (not measured in the other look, or by the rules of another version). */
void census_diff_findings(struct census_diff *diff, const struct diff_service *service,
                          void (*visit)(void *context, const char *id, enum change change), void *context);

#endif
