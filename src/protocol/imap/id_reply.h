/* SPDX-License-Identifier: ISC */
/* What a server answers to ID (RFC 2971), flattened. */
#ifndef PROTOCOL_IMAP_ID_REPLY_H
#define PROTOCOL_IMAP_ID_REPLY_H

#include "base/buffer.h"
#include "base/span.h"

/* text is what follows "* ID ". Puts "name=Dovecot;version=2.3" into out: names in small letters, as they have no case, values as they are, NIL as nothing (rule I-13). Of a
   reply that breaks off or is no list, what was understood until there. */
void id_reply_flatten(struct span text, struct buffer *out);

#endif
