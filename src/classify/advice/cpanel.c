/* SPDX-License-Identifier: ISC */
/* Advice for cPanel and WHM, whose interface writes Dovecot's configuration; names from cPanel's documentation (Mailserver Configuration). */
#include "classify/advice/family.h"

#define WHM "In WHM, Service Configuration, Mailserver Configuration:\n"

const struct advice CPANEL_ADVICE[] = {
	{
		.id = "cpanel-require-tls",
		.family = FAMILY_CPANEL,
		.findings = FINDINGS_CLEAR,
		.summary = "Forbid logins without TLS for everybody who is not on the server itself.",
		.file = "",
		.lines = "",
		.steps = WHM "Allow Plaintext Authentication (from remote clients): No. Save.\n"
			     "dovecot.conf is written anew by cPanel: do not change it by hand.\n" CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "cpanel-certificate",
		.family = FAMILY_CPANEL,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Let AutoSSL renew the certificates of the mail services.",
		.file = "",
		.lines = "",
		.steps = "In WHM, Service Configuration, Manage Service SSL Certificates: Dovecot Mail Server, Reset Certificate.\n"
			 "The host name of the server has to resolve to it. Then:\n"
			 "$ /usr/local/cpanel/bin/checkallsslcerts --verbose\n"
			 "For the names of customers: SSL/TLS, Manage AutoSSL, Run AutoSSL For All Users.\n",
		.verify = VERIFY_CERTIFICATE,
		.tested_with = "",
	},
	{
		.id = "cpanel-versions",
		.family = FAMILY_CPANEL,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only no-tls13",
		.summary = "Set the lowest version to TLS 1.2.",
		.file = "",
		.lines = "",
		.steps = WHM "SSL Minimum Protocol: TLSv1.2.\n"
			     "SSL Cipher List: ECDHE+AESGCM:ECDHE+CHACHA20\n"
			     "Save.\n",
		.verify = VERIFY_VERSIONS,
		.tested_with = "",
	},
	{
		.id = "cpanel-upgrade",
		.family = FAMILY_CPANEL,
		.findings = "eol-software host-eol",
		.summary = "Update cPanel and the system below it to supported versions.",
		.file = "",
		.lines = "",
		.steps = "$ /usr/local/cpanel/scripts/upcp\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
