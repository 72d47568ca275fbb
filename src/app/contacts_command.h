/* SPDX-License-Identifier: ISC */
/* What the words of mailcensus contacts share. */
#ifndef APP_CONTACTS_COMMAND_H
#define APP_CONTACTS_COMMAND_H

#include "app/attribution_options.h"
#include "app/census_reader.h"
#include "app/contact_options.h"

struct contacts_options {
	struct attribution_options attribution;
	struct contact_options contacts;
	struct timestamp now; /* by which contacts expire */
	uint64_t asn;
	const char *country, *domain, *name;
	uint64_t valid_days; /* of what is imported; 0: forever */
	bool json;
	/* of query */
	struct reader_options reader;
	bool uses_rdap, uses_abusix, lab_http;
	const char *bootstrap, *abusix_zone, *dns_server;
};

/* Each takes the words behind "contacts", its own first, and gives an exit code; the error is set when that is not EXIT_DONE. */
int contacts_import(const struct contacts_options *options, const struct text_list *words, struct error *error);
int contacts_query(const struct contacts_options *options, const struct text_list *words, struct error *error);
int contacts_template(const struct contacts_options *options, const struct text_list *words, struct error *error);

#endif
