/* SPDX-License-Identifier: ISC */
/* Advice for Cyrus IMAP 3. A setting that is in imapd.conf twice keeps it from starting. */
#include "classify/advice/family.h"

#define TESTED "Cyrus IMAP 3.6.1 (Debian 12)"
#define REPLACE "The lines replace those of the same names: Cyrus does not start when a setting is there twice.\n"
#define RESTART "$ systemctl restart cyrus-imapd\n"
/* Its processes read the key as the user cyrus; where they cannot, 993 and 995 die without a word. */
#define COPIES                                                                                                                             \
	"Cyrus reads both as the user cyrus, who may not look into root's folders:\n"                                                      \
	"$ install -d -o cyrus -g mail -m 0750 /etc/imapd-tls\n"                                                                           \
	"$ install -o cyrus -g mail -m 0444 {CERTIFICATE} /etc/imapd-tls/fullchain.pem\n"                                                  \
	"$ install -o cyrus -g mail -m 0400 {KEY} /etc/imapd-tls/privkey.pem\n"
#define CERTIFICATE_LINES                                                                                                                  \
	"tls_server_cert: /etc/imapd-tls/fullchain.pem\n"                                                                                  \
	"tls_server_key: /etc/imapd-tls/privkey.pem\n"

const struct advice CYRUS_ADVICE[] = {
	{
		.id = "cyrus-require-tls",
		.family = FAMILY_CYRUS,
		.findings = FINDINGS_CLEAR,
		.summary = "Offer TLS with a certificate, and refuse every login before it.",
		.file = "/etc/imapd.conf",
		.lines = CERTIFICATE_LINES "tls_versions: tls1_2 tls1_3\n"
					   "allowplaintext: no\n"
					   "allowapop: no\n"
					   "sasl_mech_list: PLAIN LOGIN\n",
		.steps = REPLACE COPIES RESTART CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "cyrus-certificate",
		.family = FAMILY_CYRUS,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Show a current certificate for {HOST}, with its chain and the key that belongs to it.",
		.file = "/etc/imapd.conf",
		.lines = CERTIFICATE_LINES,
		.steps = REPLACE CERTBOT("/etc/imapd-tls/renew") "/etc/imapd-tls/renew is a script with the commands below, so that a "
								 "renewal repeats them.\n" COPIES KEY_FITS RESTART,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = TESTED,
	},
	{
		.id = "cyrus-versions",
		.family = FAMILY_CYRUS,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only no-tls13",
		.summary = "Speak TLS 1.2 and 1.3 alone, with forward secrecy and authenticated encryption.",
		.file = "/etc/imapd.conf",
		.lines = "tls_versions: tls1_2 tls1_3\n"
			 "tls_ciphers: ECDHE+AESGCM:ECDHE+CHACHA20\n"
			 "tls_prefer_server_ciphers: yes\n",
		.steps = REPLACE RESTART,
		.verify = VERIFY_VERSIONS,
		.tested_with = TESTED,
	},
	{
		.id = "cyrus-implicit-tls",
		.family = FAMILY_CYRUS,
		.findings = FINDINGS_IMPLICIT,
		.summary = "Speak TLS from the first byte on ports 993 and 995.",
		.file = "/etc/cyrus.conf",
		.lines = "SERVICES {\n"
			 "  imaps cmd=\"imapd -s -U 30\" listen=\"imaps\" prefork=0 maxchild=100\n"
			 "  pop3s cmd=\"pop3d -s -U 30\" listen=\"pop3s\" prefork=0 maxchild=50\n"
			 "}\n",
		.steps = "The two lines go into the SERVICES block that is there, in place of lines with the same names.\n" RESTART
			 "Open 993 and 995 in the firewall.\n",
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "cyrus-close-plain",
		.family = FAMILY_CYRUS,
		.findings = "host-plain-open",
		.summary = "Close ports 143 and 110, once all clients use 993 and 995.",
		.file = "/etc/cyrus.conf",
		.lines = "SERVICES {\n"
			 "  imap cmd=\"imapd -U 30\" listen=\"127.0.0.1:imap\" prefork=0 maxchild=100\n"
			 "  pop3 cmd=\"pop3d -U 30\" listen=\"127.0.0.1:pop3\" prefork=0 maxchild=50\n"
			 "}\n",
		.steps = "The two lines go into the SERVICES block that is there, in place of lines with the same names.\n" RESTART,
		.verify = VERIFY_CLOSED,
		.tested_with = TESTED,
	},
	{
		.id = "cyrus-client-certificate",
		.family = FAMILY_CYRUS,
		.findings = "client-cert-required",
		.summary = "Do not ask mail programs for a certificate, unless every user has one.",
		.file = "/etc/imapd.conf",
		.lines = "tls_client_certs: off\n",
		.steps = REPLACE RESTART,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "cyrus-greeting",
		.family = FAMILY_CYRUS,
		.findings = "version-disclosed",
		.summary = "Say less in the greeting and in the answer to ID.",
		.file = "/etc/imapd.conf",
		.lines = "serverinfo: off\n"
			 "imapidresponse: no\n",
		.steps = REPLACE RESTART,
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{.id = NULL},
};
