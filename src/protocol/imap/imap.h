/* SPDX-License-Identifier: ISC */
/* The row of IMAP in the table of protocols. */
#ifndef PROTOCOL_IMAP_IMAP_H
#define PROTOCOL_IMAP_IMAP_H

#include "protocol/machine.h"

extern const struct protocol PROTOCOL_IMAP;

#endif
