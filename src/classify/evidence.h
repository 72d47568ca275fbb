/* SPDX-License-Identifier: ISC */
/* The evidence of a finding, written piece by piece: bounded, and printable whatever the server said. */
#ifndef CLASSIFY_EVIDENCE_H
#define CLASSIFY_EVIDENCE_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/instant.h"
#include "base/span.h"
#include "model/finding.h"

enum { EVIDENCE_QUOTE_MAX = 120, DATE_TEXT_SIZE = 11 };

/* Appends words and numbers of our own. What came from a server goes through evidence_quote. */
void evidence_say(struct finding *finding, const char *format, ...) PRINTF_FORMAT(2, 3);
/* Appends the bytes escaped and in quotes, cut to EVIDENCE_QUOTE_MAX of them. */
void evidence_quote(struct finding *finding, struct span bytes);
void evidence_quote_text(struct finding *finding, const char *text);
/* Begins the next sentence: "; " when something is there already. */
void evidence_next(struct finding *finding);
/* Appends the first bytes of a fingerprint in hexadecimal, enough to find it again. */
void evidence_fingerprint(struct finding *finding, const unsigned char *bytes, size_t size);
/* 2026-11-24 */
void date_format(struct timestamp timestamp, char text[DATE_TEXT_SIZE]);

#endif
