/* SPDX-License-Identifier: ISC */
/* Base 64 (RFC 4648 section 4), with padding. */
#ifndef REPORT_BASE64_H
#define REPORT_BASE64_H

#include "base/buffer.h"
#include "base/span.h"

void base64_append(struct span bytes, struct buffer *out);

#endif
