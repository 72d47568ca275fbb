/* SPDX-License-Identifier: ISC */
/* Whom to tell, as a member of a JSON object. */
#ifndef REPORT_CONTACT_JSON_H
#define REPORT_CONTACT_JSON_H

#include "base/buffer.h"
#include "model/contact.h"

/* "contact": who is written to, who gets a copy, and by which row; null for NULL. */
void json_contact(struct buffer *out, const struct contact_chain *chain);
/* The same with "chain": every row that speaks of the host, in its order. */
void json_contact_chain(struct buffer *out, const struct contact_chain *chain);

#endif
