/* SPDX-License-Identifier: ISC */
/* Advice for Plesk with Dovecot; Plesk keeps files in conf.d that are not its own. */
#include "classify/advice/family.h"

#define FILE_OF_LINES "/etc/dovecot/conf.d/99-tls.conf"
#define RESTART                                                                                                                            \
	"$ doveconf -n\n"                                                                                                                  \
	"$ systemctl restart dovecot\n"

const struct advice PLESK_ADVICE[] = {
	{
		.id = "plesk-require-tls",
		.family = FAMILY_PLESK,
		.findings = FINDINGS_CLEAR,
		.summary = "Refuse every login before TLS; certificates stay Plesk's business.",
		.file = FILE_OF_LINES,
		.lines = "ssl = required\n"
			 "disable_plaintext_auth = yes\n",
		.steps = "With Dovecot 2.4 the second line is auth_allow_cleartext = no.\n"
			 "With Courier instead of Dovecot: change to Dovecot in Plesk's installer, which moves the mailboxes.\n" RESTART
				 CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "plesk-certificate",
		.family = FAMILY_PLESK,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Secure the mail server with a certificate from Let's Encrypt, which Plesk renews.",
		.file = "",
		.lines = "",
		.steps = "Tools & Settings, SSL/TLS Certificates: add Let's Encrypt for the host name; then at\n"
			 "Certificate for securing mail choose Change, and that certificate.\n"
			 "For the names of customers: Mail, Mail Settings of the domain, SSL/TLS certificate for mail.\n",
		.verify = VERIFY_CERTIFICATE,
		.tested_with = "",
	},
	{
		.id = "plesk-versions",
		.family = FAMILY_PLESK,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only no-tls13",
		.summary = "Speak TLS 1.2 and 1.3 alone.",
		.file = "",
		.lines = "",
		.steps = "$ plesk sbin sslmng --services=dovecot --protocols=\"TLSv1.2 TLSv1.3\"\n"
			 "$ plesk sbin sslmng --services=dovecot --strong-dh\n",
		.verify = VERIFY_VERSIONS,
		.tested_with = "",
	},
	{
		.id = "plesk-upgrade",
		.family = FAMILY_PLESK,
		.findings = "eol-software host-eol",
		.summary = "Update Plesk and the system below it to supported versions.",
		.file = "",
		.lines = "",
		.steps = "$ plesk installer update\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
