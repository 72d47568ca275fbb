/* SPDX-License-Identifier: ISC */
/* What to change, exactly: configuration lines for the software that was found, and the command that shows that they work (rulebook 5.7). */
#ifndef CLASSIFY_ADVICE_H
#define CLASSIFY_ADVICE_H

#include <stddef.h>

#include "base/buffer.h"
#include "model/finding.h"
#include "model/software.h"

/* One piece of advice. Texts are ours; {HOST}, {PORT}, {CERTIFICATE}, {KEY} in lines are filled in by advice_format. */
struct advice {
	const char *id;              /* "dovecot-2.3-require-tls" */
	enum software_family family; /* FAMILY_UNKNOWN: for anything */
	const char *findings;        /* ids that it cures, separated by blanks */
	const char *summary;         /* one sentence */
	const char *file;            /* where the lines go: "/etc/dovecot/conf.d/99-tls.conf"; "" where it is done by hand */
	const char *lines;           /* the lines, ended by '\n' each; "" where it is done by hand */
	const char *steps;           /* what to do, in words, or commands to run: "systemctl reload dovecot" */
	const char *verify;          /* the command that shows that it worked */
	const char *tested_with;     /* "Dovecot 2.3.19 (Debian 12)" when the lab applies it; "" when it is from documentation */
};

extern const struct advice *const ADVICES[]; /* ended by NULL */

/* What cures this finding on this software: the family's own pieces, else the general ones. Returns how many there are (up to max). */
size_t advice_find(const char *finding_id, enum software_family family, const struct advice **advices_out, size_t max);
/* lines, steps or verify with the placeholders filled in; host "" leaves an example name. */
void advice_format(const char *text, const char *host, unsigned port, struct buffer *out);

#endif
