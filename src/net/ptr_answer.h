/* SPDX-License-Identifier: ISC */
/* The names that an answer of a name server gives an address: PTR records as they stand in the message, read without trust. Pure. */
#ifndef NET_PTR_ANSWER_H
#define NET_PTR_ANSWER_H

#include <stdbool.h>

#include "base/attributes.h"
#include "model/hostname.h"

enum {
	PTR_ANSWER_NAMES_MAX = 8,   /* kept of one answer: those that come first (hostname_compare) */
	PTR_ANSWER_ALIASES_MAX = 8, /* CNAME after CNAME, as delegations of parts of a /24 have one (RFC 2317) */
};

struct ptr_answer {
	char names[PTR_ANSWER_NAMES_MAX][HOSTNAME_SIZE]; /* in order, each once */
	size_t name_count;
	unsigned registered; /* PTR records that there were */
	unsigned unusable;   /* of them whose name is no host name */
};

/* Reads a whole message (RFC 1035 section 4.1) and takes the PTR records of the name in its question, or of the name that one's CNAMEs lead to.
   False: it is no answer to one question, or is cut off or malformed; what came before that is not used either. */
bool ptr_answer_read(struct span message, struct ptr_answer *answer_out) MUST_CHECK;

#endif
