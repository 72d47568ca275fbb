/* SPDX-License-Identifier: ISC */
/* Whose is this address? Asks all sources in their order; the first that knows a value gives it, and its name and date go with it.
   Immutable once open: any number of threads may look up at once. */
#ifndef ENRICH_ATTRIBUTOR_H
#define ENRICH_ATTRIBUTOR_H

#include <stddef.h>

#include "base/error.h"
#include "enrich/snapshot.h"
#include "model/attribution.h"

/* Where `mailcensus data import` puts what it compiled. */
#define ATTRIBUTION_DIRECTORY "/var/lib/mailcensus/attribution"

struct attributor_options {
	const char *const
		*files; /* of the user, the most trusted first; "csv:FILE" names the kind of file, FILE alone lets it be found out */
	size_t file_count;
	const char *directory; /* of imported snapshots; NULL: none */
	bool without_default;  /* neither IPFire's database of the system nor the built-in one */
	bool without_system;   /* the built-in one, however new the system's is */
};

/* The path of the newest database of IPFire Location that the system has, when it is newer; else NULL. */
const char *attributor_system_database(struct timestamp newer_than);

struct attributor;

/* NULL: a file cannot be read or understood; the error says which. */
struct attributor *attributor_open(const struct attributor_options *options, struct error *error);
void attributor_close(struct attributor *attributor); /* NULL is fine */

/* Texts and origins are valid until the attributor is closed. */
void attributor_look_up(const struct attributor *attributor, struct ip_address address, struct attribution *attribution_out);
/* Country and network alone, for who counts many. */
void attributor_look_up_network(const struct attributor *attributor, struct ip_address address, char country_out[3], uint32_t *asn_out);
/* Name of a network, "" when no source has it. */
const char *attributor_network_name(const struct attributor *attributor, uint32_t asn);

/* The sources in the order in which they are asked. */
struct attributor_source {
	const struct attribution_origin *origin;
	const char *place;       /* file, or "built in" */
	uint32_t fields;         /* enum snapshot_field */
	uint32_t count4, count6; /* ranges */
	uint32_t networks;
};
size_t attributor_source_count(const struct attributor *attributor);
struct attributor_source attributor_source_at(const struct attributor *attributor, size_t place);

#endif
