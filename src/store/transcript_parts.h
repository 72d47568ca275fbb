/* SPDX-License-Identifier: ISC */
/* A transcript in two parts: what conversations with servers of one kind have in common, and what is each one's own.
   Common: records as in model/transcript.h without their times; a fingerprint of TLS facts is the byte 1 in them, and a greeting that was set apart the byte 2.
   Own: for each record its time (LEB128, milliseconds after the record before it, or when it is earlier, the whole transcript is not taken apart), behind it what its marks stand for:
   32 bytes for a fingerprint, the size (LEB128) and the bytes of a greeting. */
#ifndef STORE_TRANSCRIPT_PARTS_H
#define STORE_TRANSCRIPT_PARTS_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

/* Both are made empty first. False: it is no transcript that comes back the same byte by byte, and must be kept whole. */
bool transcript_take_apart(struct span transcript, bool sets_greeting_apart, struct buffer *common_out, struct buffer *own_out) MUST_CHECK;
/* transcript_out is made empty first. False: these are no two parts of one transcript. */
bool transcript_put_together(struct span common, struct span own, struct buffer *transcript_out) MUST_CHECK;

#endif
