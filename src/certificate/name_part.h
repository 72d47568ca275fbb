/* SPDX-License-Identifier: ISC */
/* One part of a distinguished name that is a line of text already (RFC 2253, as struct certificate_facts has subject and issuer). */
#ifndef CERTIFICATE_NAME_PART_H
#define CERTIFICATE_NAME_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/span.h"

/* Finds the first part of this type ("O", "CN") and writes its value without escapes, NUL-terminated, cut at out_size - 1 bytes. The value is a server's: it may hold
   any byte but NUL. False: there is none, or it is empty; out is then "". */
bool name_part_find(struct span name, const char *type, char *out, size_t out_size) MUST_CHECK;

#endif
