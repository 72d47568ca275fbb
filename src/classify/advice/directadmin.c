/* SPDX-License-Identifier: ISC */
/* Advice for DirectAdmin, whose CustomBuild writes Dovecot's configuration anew unless it finds a copy below custom/. */
#include "classify/advice/family.h"

#define FILE_OF_LINES "/etc/dovecot/conf/99-tls.conf"
#define KEEP                                                                                                                               \
	"A copy keeps it when CustomBuild writes the configuration anew:\n"                                                                \
	"$ mkdir -p /usr/local/directadmin/custombuild/custom/dovecot/conf\n"                                                              \
	"$ cp " FILE_OF_LINES " /usr/local/directadmin/custombuild/custom/dovecot/conf/\n"                                                 \
	"$ doveconf -n\n"                                                                                                                  \
	"$ systemctl restart dovecot\n"

const struct advice DIRECTADMIN_ADVICE[] = {
	{
		.id = "directadmin-require-tls",
		.family = FAMILY_DIRECTADMIN,
		.findings = FINDINGS_CLEAR,
		.summary = "Refuse every login before TLS; certificates stay DirectAdmin's business.",
		.file = FILE_OF_LINES,
		.lines = "ssl = required\n"
			 "disable_plaintext_auth = yes\n",
		.steps = "With Dovecot 2.4 the second line is auth_allow_cleartext = no.\n" KEEP CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "directadmin-certificate",
		.family = FAMILY_DIRECTADMIN,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Let DirectAdmin get certificates for the server and the domains, and use them for mail.",
		.file = "",
		.lines = "",
		.steps = "$ /usr/local/directadmin/directadmin set mail_sni 1\n"
			 "$ /usr/local/directadmin/directadmin set admin_ssl_cert_per_vh 1\n"
			 "$ /usr/local/directadmin/scripts/letsencrypt.sh request_single {HOST} 4096\n"
			 "$ systemctl restart directadmin dovecot\n",
		.verify = VERIFY_CERTIFICATE,
		.tested_with = "",
	},
	{
		.id = "directadmin-versions",
		.family = FAMILY_DIRECTADMIN,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only",
		.summary = "Speak TLS 1.2 and 1.3 alone.",
		.file = FILE_OF_LINES,
		.lines = "ssl_min_protocol = TLSv1.2\n"
			 "ssl_cipher_list = ECDHE+AESGCM:ECDHE+CHACHA20\n",
		.steps = KEEP,
		.verify = VERIFY_VERSIONS,
		.tested_with = "",
	},
	{
		.id = "directadmin-upgrade",
		.family = FAMILY_DIRECTADMIN,
		.findings = "eol-software host-eol",
		.summary = "Build a supported Dovecot, on a supported system.",
		.file = "",
		.lines = "",
		.steps = "$ da build update\n"
			 "$ da build dovecot\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
