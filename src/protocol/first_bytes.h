/* SPDX-License-Identifier: ISC */
/* What the first bytes of a server show that it speaks: offset 0 only, never inside (rule D-8, table 1.6 of the rulebook). */
#ifndef PROTOCOL_FIRST_BYTES_H
#define PROTOCOL_FIRST_BYTES_H

#include <stdbool.h>

#include "base/span.h"
#include "model/observation.h"

/* WIRE_UNKNOWN while the bytes are none, or the beginning of a POP3 or IMAP greeting that could still become one. More bytes may make the answer
   more precise (WIRE_SMTP_OR_FTP, WIRE_OTHER_BINARY), but WIRE_POP3 and WIRE_IMAP stay. */
enum wire_protocol first_bytes_protocol(struct span bytes);
/* True when the bytes begin like text, so that a line end can be waited for. */
bool first_bytes_are_text(struct span bytes);

#endif
