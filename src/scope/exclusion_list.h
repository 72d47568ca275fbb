/* SPDX-License-Identifier: ISC */
/* Addresses that are never contacted. It always wins: targets are cut by it when a scope is sealed, and it is asked again at the last moment before a packet leaves. */
#ifndef SCOPE_EXCLUSION_LIST_H
#define SCOPE_EXCLUSION_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/span.h"
#include "model/ip_address.h"

/* One row of the IANA special-purpose address registries (RFC 6890 and later; read in July 2026), plus multicast, the broadcast address
   and all of IPv6 outside of the global unicast block. Rows can lie inside of others: the narrowest one decides about an address, so that a name opens exactly its own ranges. */
struct special_range {
	const char *name;   /* what --open takes: "loopback", "private", "benchmarking", "documentation", "class-e", ... */
	const char *prefix; /* "127.0.0.0/8" */
	const char *source; /* "RFC 1122 section 3.2.1.3" */
};

/* The registry; several rows can share a name (loopback is 127.0.0.0/8 and ::1/128). */
extern const struct special_range SPECIAL_RANGES[];
extern const size_t SPECIAL_RANGE_COUNT;

struct exclusion_list;

struct exclusion_list *exclusion_list_new(void);
void exclusion_list_free(struct exclusion_list *list);

/* At most once per list. All special-purpose ranges except those with one of the opened names. False: a name is not known (the error lists them). */
bool exclusion_list_add_special(struct exclusion_list *list, const char *const *opened, size_t opened_count,
                                struct error *error) MUST_CHECK;

/* A whole file in zmap's format: one address, prefix or first-last range per line, IPv4 or IPv6, '#' begins a comment, empty lines are fine.
   False on the first malformed line: "NAME, line N: ..." with what was expected; the list must then not be used. reason is kept for explanations ("opt-out", "blocklist"); it must outlive the list. */
bool exclusion_list_add_text(struct exclusion_list *list, struct span text, const char *file_name, const char *reason,
                             struct error *error) MUST_CHECK;

void exclusion_list_add_range(struct exclusion_list *list, const struct ip_range *range, const char *reason);

/* Sorts; must be called once after the last addition and before the first question. */
void exclusion_list_seal(struct exclusion_list *list);

/* Why this address must not be contacted, or NULL when it may be. */
const char *exclusion_list_reason(const struct exclusion_list *list, struct ip_address address);

/* The same as the middle of a sentence with all that helps: the special-purpose range and how it is opened, or the list, its file and line. Nothing when it may be contacted. */
void exclusion_list_explain(const struct exclusion_list *list, struct ip_address address, struct buffer *out);

/* The i-th merged excluded range in ascending order, false beyond the last: for cutting scopes and for --dry-run. */
bool exclusion_list_range(const struct exclusion_list *list, size_t i, struct ip_range *range_out) MUST_CHECK;

#endif
