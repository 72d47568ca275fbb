/* SPDX-License-Identifier: ISC */
/* What to change, exactly: configuration lines for the software that was found, and the command that shows that they work (rulebook 5.7). */
#ifndef CLASSIFY_ADVICE_H
#define CLASSIFY_ADVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "model/finding.h"
#include "model/software.h"

/* One piece of advice. Texts are ours; what stands in braces in summary, lines, steps and verify is filled in by advice_format. */
struct advice {
	const char *id;              /* "dovecot-2.3-require-tls" */
	enum software_family family; /* FAMILY_UNKNOWN: for anything */
	const char *findings;        /* ids that it cures, separated by blanks */
	const char *summary;         /* one sentence */
	const char *file;            /* where the lines go: "/etc/dovecot/conf.d/99-tls.conf"; "" where it is done by hand */
	const char *lines;           /* the lines, ended by '\n' each; "" where it is done by hand */
	const char *steps;  /* what to do, in words; a line that begins with "$ " is a command for root: "$ systemctl reload dovecot" */
	const char *verify; /* the commands that show that it worked, one a line, of which one does without us */
	const char *tested_with; /* "Dovecot 2.3.19 (Debian 12)" when the lab applies it; "" when it is from documentation */
};

/* All pieces, by number from 0 on, those of one software together; NULL after the last. */
const struct advice *advice_at(size_t number);
const struct advice *advice_named(const char *id); /* NULL: there is none */
bool advice_cures(const struct advice *advice, const char *finding_id);

/* What cures this finding on this software: the family's own pieces, else the general ones. Returns how many there are (up to max). */
size_t advice_find(const char *finding_id, enum software_family family, const struct advice **advices_out, size_t max);

/* What the placeholders stand for; "" or NULL leaves an example or says less. */
struct advice_values {
	const char *host;        /* {HOST}: "mail.example.org" */
	unsigned port;           /* {PORT} and {STARTTLS}: 0 is the port of IMAP with TLS */
	const char *certificate; /* {CERTIFICATE}: where certbot puts the chain of this host */
	const char *key;         /* {KEY} */
	const char *finding_id;  /* {WATCH}: " --watch-for no-tls" */
};

/* summary, lines, steps or verify with the placeholders filled in. */
void advice_format_with(const char *text, const struct advice_values *values, struct buffer *out);
/* The same, when nothing but the host and port is known; host "" leaves an example name. */
void advice_format(const char *text, const char *host, unsigned port, struct buffer *out);

#endif
