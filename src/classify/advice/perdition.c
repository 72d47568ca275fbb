/* SPDX-License-Identifier: ISC */
/* Advice for Perdition 2.2, from its manual page and its start script. */
#include "classify/advice/family.h"

#define FILE_OF_LINES "/etc/perdition/perdition.conf"
#define RESTART "$ systemctl restart perdition\n"
#define TESTED "Perdition 2.2 (Debian 12)"
#define MODE_LINES                                                                                                                         \
	"IMAP4_FLAGS=\"--ssl_mode tls_listen,tls_listen_force\"\n"                                                                         \
	"POP3_FLAGS=\"--ssl_mode tls_listen,tls_listen_force\"\n"                                                                          \
	"IMAP4S_FLAGS=\"--ssl_mode ssl_listen\"\n"                                                                                         \
	"POP3S_FLAGS=\"--ssl_mode ssl_listen\"\n"

const struct advice PERDITION_ADVICE[] = {
	{
		.id = "perdition-require-tls",
		.family = FAMILY_PERDITION,
		.findings = FINDINGS_CLEAR,
		.summary = "Offer STARTTLS on 143 and 110 and refuse every login before it.",
		.file = "/etc/default/perdition",
		.lines = MODE_LINES,
		.steps = "These win over ssl_mode in perdition.conf, where one mode holds for all ports: 993 and 995 then speak clear "
			 "text.\n"
			 "Perdition lists USER before TLS all the same, but refuses it.\n" RESTART CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "perdition-certificate",
		.family = FAMILY_PERDITION,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN " " FINDINGS_CLEAR " " FINDINGS_IMPLICIT,
		.summary = "Show a current certificate for {HOST}, with its chain and the key that belongs to it.",
		.file = FILE_OF_LINES,
		.lines = "ssl_cert_file {CERTIFICATE}\n"
			 "ssl_key_file {KEY}\n",
		.steps = CERTBOT("'systemctl restart perdition'") KEY_FITS RESTART,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = TESTED,
	},
	{
		.id = "perdition-versions",
		.family = FAMILY_PERDITION,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only",
		.summary = "Speak TLS 1.2 and later, with forward secrecy and authenticated encryption.",
		.file = FILE_OF_LINES,
		.lines = "ssl_listen_min_proto_version \"tlsv1.2\"\n"
			 "ssl_listen_ciphers \"ECDHE+AESGCM:ECDHE+CHACHA20\"\n",
		.steps = "Take out ssl_listen_max_proto_version.\n" RESTART,
		.verify = VERIFY_VERSIONS,
		.tested_with = TESTED,
	},
	{
		.id = "perdition-implicit-tls",
		.family = FAMILY_PERDITION,
		.findings = FINDINGS_IMPLICIT " host-plain-open",
		.summary = "Run the instances of ports 993 and 995, which begin with TLS, and no others.",
		.file = "/etc/default/perdition",
		.lines = "RUN_PERDITION=yes\n"
			 "IMAP4S=yes\n"
			 "POP3S=yes\n"
			 "IMAP4=no\n"
			 "POP3=no\n" MODE_LINES,
		.steps = "Set IMAP4 and POP3 to yes where clients still need 143 and 110 with STARTTLS.\n" RESTART,
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "perdition-replace",
		.family = FAMILY_PERDITION,
		.findings = "eol-software host-eol no-tls13 pqc-absent alpn-absent",
		.summary = "Replace Perdition, which nobody develops any more, by Dovecot as a proxy or by nginx.",
		.file = "",
		.lines = "",
		.steps = "Dovecot proxies with proxy=y in its passdb; nginx with auth_http in its mail block.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
