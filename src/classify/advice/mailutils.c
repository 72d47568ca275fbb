/* SPDX-License-Identifier: ISC */
/* Advice for GNU Mailutils: imap4d and pop3d read /etc/mailutils.conf; a server block is needed for a port of its own. */
#include "classify/advice/family.h"

#define FILE_OF_LINES "/etc/mailutils.conf"
#define TESTED "GNU Mailutils 3.15 (Debian 12)"
#define RESTART                                                                                                                            \
	"The lines replace program blocks of the same names.\n"                                                                            \
	"$ imap4d --config-lint\n"                                                                                                         \
	"$ pop3d --config-lint\n"                                                                                                          \
	"$ systemctl restart mailutils-imap4d mailutils-pop3d\n"
#define TLS_LINES                                                                                                                          \
	"    ssl-certificate-file {CERTIFICATE};\n"                                                                                        \
	"    ssl-key-file {KEY};\n"                                                                                                        \
	"    ssl-priorities \"NORMAL:-VERS-TLS1.0:-VERS-TLS1.1\";\n"
#define BOTH(MODE, IMAP, POP3)                                                                                                             \
	"program imap4d {\n"                                                                                                               \
	"  server 0.0.0.0:" IMAP " {\n"                                                                                                    \
	"    tls-mode " MODE ";\n"                                                                                                         \
	"    tls {\n" TLS_LINES "    };\n"                                                                                                 \
	"  };\n"                                                                                                                           \
	"};\n"                                                                                                                             \
	"program pop3d {\n"                                                                                                                \
	"  server 0.0.0.0:" POP3 " {\n"                                                                                                    \
	"    tls-mode " MODE ";\n"                                                                                                         \
	"    tls {\n" TLS_LINES "    };\n"                                                                                                 \
	"  };\n"                                                                                                                           \
	"};\n"

const struct advice MAILUTILS_ADVICE[] = {
	{
		.id = "mailutils-require-tls",
		.family = FAMILY_MAILUTILS,
		.findings = FINDINGS_CLEAR " " FINDINGS_CERTIFICATE " " FINDINGS_BROKEN " " FINDINGS_VERSIONS " " FINDINGS_CIPHERS
					   " tls-obsolete-only",
		.summary = "Offer STARTTLS with a certificate, speak TLS 1.2 and 1.3, and refuse every login before it.",
		.file = FILE_OF_LINES,
		.lines = BOTH("required", "143", "110"),
		.steps = CERTBOT("'systemctl restart mailutils-*'") KEY_FITS RESTART CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "mailutils-implicit-tls",
		.family = FAMILY_MAILUTILS,
		.findings = FINDINGS_IMPLICIT " host-plain-open",
		.summary = "Speak TLS from the first byte on ports 993 and 995, and not at all on 143 and 110.",
		.file = FILE_OF_LINES,
		.lines = BOTH("connection", "993", "995"),
		.steps = RESTART "Open 993 and 995 in the firewall. To keep 143 and 110 beside them, leave their server blocks in.\n",
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{.id = NULL},
};
