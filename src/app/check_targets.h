/* SPDX-License-Identifier: ISC */
/* From the hosts on the command line to addresses with their ports: names resolved (IPv4 and IPv6, every address), exclusions applied. */
#ifndef APP_CHECK_TARGETS_H
#define APP_CHECK_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/check_options.h"
#include "app/scan_scope.h"
#include "base/error.h"
#include "scope/target_set.h"

enum { CHECK_ADDRESSES_MAX = 6, CHECK_HOSTS_MAX = 256 };

struct check_target {
	char *asked;                /* the name or address as typed, without ports */
	const char *reference_name; /* asked, or "" when that is an address */
	bool has_address;           /* false: trouble says why */
	bool is_local;              /* loopback, private, unique-local, link-local, or another range of a lab that was opened */
	struct target_host host;
	char trouble[256];
};

struct check_targets {
	struct check_target *items; /* in the order of the command line, the addresses of a name by family and number */
	size_t count;
	struct scan_scope exclusions; /* only its exclusions and files are used; asked again before every connection */
};

/* False: a word cannot be understood, a list cannot be read, or no name server could be asked. A name without an address is a target with a trouble. */
bool check_targets_build(const struct check_options *options, const struct text_list *words, struct check_targets *out,
                         struct error *error) MUST_CHECK;
void check_targets_done(struct check_targets *targets);

#endif
