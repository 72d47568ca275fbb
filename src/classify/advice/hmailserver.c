/* SPDX-License-Identifier: ISC */
/* Advice for hMailServer 5.6, by its administration program; wording from its documentation (Connection security) and its settings. */
#include "classify/advice/family.h"

#define RESTART "The service has to be restarted: the program offers it, or in PowerShell:\nPS> Restart-Service hMailServer\n"

const struct advice HMAILSERVER_ADVICE[] = {
	{
		.id = "hmailserver-require-tls",
		.family = FAMILY_HMAILSERVER,
		.findings = FINDINGS_CLEAR,
		.summary = "Set ports 143 and 110 to STARTTLS (Required).",
		.file = "",
		.lines = "",
		.steps = "In hMailServer Administrator:\n"
			 "Settings, Advanced, SSL certificates, Add: the certificate file and the private key file.\n"
			 "Settings, Advanced, TCP/IP ports, 143 and 110: Connection security STARTTLS (Required), and the "
			 "certificate.\n" RESTART CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "hmailserver-certificate",
		.family = FAMILY_HMAILSERVER,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Give the ports a current certificate for {HOST}, with its chain and the key that belongs to it.",
		.file = "",
		.lines = "",
		.steps = "Get it from Let's Encrypt, with win-acme for example, as PEM files; the certificate file holds the chain too.\n"
			 "Settings, Advanced, SSL certificates: name the two files. The key must have no password.\n"
			 "Settings, Advanced, TCP/IP ports: choose it for every port.\n" RESTART,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = "",
	},
	{
		.id = "hmailserver-versions",
		.family = FAMILY_HMAILSERVER,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only",
		.summary = "Leave only TLS 1.2 and newer on.",
		.file = "",
		.lines = "",
		.steps = "Settings, Advanced, SSL/TLS: take the marks from SSL 3.0, TLS 1.0 and TLS 1.1; leave TLS 1.2 (and 1.3).\n"
			 "Put into SSL/TLS ciphers there: ECDHE+AESGCM:ECDHE+CHACHA20\n" RESTART,
		.verify = VERIFY_VERSIONS,
		.tested_with = "",
	},
	{
		.id = "hmailserver-implicit-tls",
		.family = FAMILY_HMAILSERVER,
		.findings = FINDINGS_IMPLICIT " host-plain-open",
		.summary = "Add ports 993 and 995 with SSL/TLS; take 143 and 110 out, once no client needs them.",
		.file = "",
		.lines = "",
		.steps = "Settings, Advanced, TCP/IP ports, Add: IMAP 993 and POP3 995, Connection security SSL/TLS, and the "
			 "certificate.\n" RESTART "Open 993 and 995 in the firewall.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "hmailserver-replace",
		.family = FAMILY_HMAILSERVER,
		.findings = "eol-software host-eol no-tls13 no-ems no-secure-renegotiation pqc-absent",
		.summary = "Plan to replace hMailServer: its releases bring an old OpenSSL and come rarely or not at all.",
		.file = "",
		.lines = "",
		.steps = "Until then take the newest release, and let nobody reach more than 993 and 995.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
