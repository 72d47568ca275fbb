/* SPDX-License-Identifier: ISC */
/* The row of POP3 in the table of protocols. */
#ifndef PROTOCOL_POP3_POP3_H
#define PROTOCOL_POP3_POP3_H

#include "protocol/machine.h"

extern const struct protocol PROTOCOL_POP3;

#endif
