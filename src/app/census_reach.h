/* SPDX-License-Identifier: ISC */
/* Was an endpoint asked by a census, although the census holds nothing of it? Silence leaves no row, so what a census says of its targets, its share of them and
   how far it came decides whether an absent row means that nothing answered. Where that is not told, the answer says so. */
#ifndef APP_CENSUS_REACH_H
#define APP_CENSUS_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "app/census_reader.h"
#include "model/ip_address.h"

enum reach {
	REACH_ASKED,          /* it was, and nothing accepted */
	REACH_OUT_OF_SCOPE,   /* no target, or excluded when the census began */
	REACH_OTHER_PORT,     /* the address was a target, this port was not */
	REACH_NOT_SWEPT,      /* the address answered on none of the ports that its sweep asked, so its others were not asked */
	REACH_OTHER_SHARD,    /* the share of another machine */
	REACH_UNFINISHED,     /* the census did not come so far */
	REACH_LATE_EXCLUSION, /* addresses were excluded after it had begun, and it does not tell which */
	REACH_FAMILY_SILENT,  /* nothing of the whole family answered its sweep: perhaps it had no way there */
	REACH_NOT_TOLD,       /* its targets are not kept, or do not match their fingerprint */
};
enum { REACH_COUNT = REACH_NOT_TOLD + 1 };

const char *reach_name(enum reach reach);     /* "asked", "out-of-scope", ... */
const char *reach_sentence(enum reach reach); /* "was no target", ... */

struct census_reach;

/* NULL: the census cannot be read. The reader is only asked now. */
struct census_reach *census_reach_open(struct census_reader *reader, struct error *error);
void census_reach_close(struct census_reach *reach); /* NULL is fine */
/* To be told in order of addresses, before anything is asked of the address: something of this family has answered, or will. */
void census_reach_note_family(struct census_reach *reach, enum ip_family family);
/* The same out of the census itself, for who asks in no order. */
bool census_reach_note_families(struct census_reach *reach, struct census_reader *reader, struct error *error) MUST_CHECK;
/* The address was begun and is not done: the rows that there are may still be judged otherwise, and its findings are not there yet. */
bool census_reach_is_open(const struct census_reach *reach, struct ip_address address);
/* Of an endpoint that the census holds no row of. has_rows: it holds some of other ports of this address. */
enum reach census_reach_of(const struct census_reach *reach, struct ip_address address, uint16_t port, bool has_rows);

#endif
