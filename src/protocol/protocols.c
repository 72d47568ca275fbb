/* SPDX-License-Identifier: ISC */
/* The table of protocols: one row each. */
#include "protocol/imap/imap.h"
#include "protocol/machine.h"
#include "protocol/pop3/pop3.h"

const struct protocol *const PROTOCOLS[] = {&PROTOCOL_IMAP, &PROTOCOL_POP3, NULL};
