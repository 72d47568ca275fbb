/* SPDX-License-Identifier: ISC */
/* The RIPE database as its split files: organisation and role, of which the addresses are kept, then aut-num, inetnum and inet6num, which become rows
   one by one. An object's own abuse-c counts, else that of its organisation; it names a role, whose abuse-mailbox is the contact. */
#ifndef CONTACT_RIPE_H
#define CONTACT_RIPE_H

#include "contact/contact_import.h"

struct ripe;

struct ripe *ripe_new(struct contact_sink *sink);
void ripe_free(struct ripe *ripe); /* NULL is fine */
/* One line of RPSL (RFC 2622 section 2), in the order of a file. */
void ripe_take_line(struct ripe *ripe, struct span line);
/* Objects do not go on in the next file. */
void ripe_end_file(struct ripe *ripe);

#endif
