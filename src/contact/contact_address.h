/* SPDX-License-Identifier: ISC */
/* Where a letter may go: addresses of strangers, of which none may steer a mail system, a spreadsheet or a command line, and none that stands for
   "nobody" in registries may be written to. */
#ifndef CONTACT_CONTACT_ADDRESS_H
#define CONTACT_CONTACT_ADDRESS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"
#include "model/hostname.h"

enum {
	CONTACT_ADDRESS_SIZE = 512, /* of one, with its NUL */
	CONTACT_ADDRESSES_MAX = 16, /* of one list */
	CONTACT_LIST_SIZE = 2048,
};

enum contact_fault {
	CONTACT_IS_GOOD,
	CONTACT_IS_MALFORMED,
	CONTACT_IS_PLACEHOLDER, /* written where something had to be: redacted, noreply, example, a registry's own desk */
};

/* Several contacts as one text, normalised: no mailto:, domains in small letters, each once, commas between. */
struct contact_list {
	char text[CONTACT_LIST_SIZE];
	unsigned count;
	unsigned placeholders, malformed; /* left out */
};

/* One mail address (with or without mailto:) or one https URL, into out. A mail address is a dot-atom (RFC 5321 section 4.1.2) of letters, digits and
   ._+-=&'/~ that begins with a letter, digit or underscore, and a host name of at least two labels: no quotes, comments or routing. */
enum contact_fault contact_address_read(struct span text, char out[CONTACT_ADDRESS_SIZE]);

/* A list with commas, semicolons or blanks between. Placeholders and what is malformed are left out and counted, so count may become 0. False: there are
   more than CONTACT_ADDRESSES_MAX, or an https URL among others. */
bool contact_list_read(struct span text, struct contact_list *list_out, struct error *error) MUST_CHECK;
/* Adds what contact_address_read() makes of it. */
void contact_list_add(struct contact_list *list, struct span text);
/* A host name of at least min_labels labels, in either case, as one in small letters. */
bool contact_domain_read(struct span text, unsigned min_labels, char out[HOSTNAME_SIZE]) MUST_CHECK;

#endif
