/* SPDX-License-Identifier: ISC */
/* The row of @name@ in the table of protocols. */
#ifndef PROTOCOL_@NAME@_@NAME@_H
#define PROTOCOL_@NAME@_@NAME@_H

#include "protocol/machine.h"

extern const struct protocol PROTOCOL_@NAME@;

#endif
