/* SPDX-License-Identifier: ISC */
/* Advice for Zimbra, as commands for the user zimbra; names of attributes as Zimbra's own source has them. */
#include "classify/advice/family.h"

#define ZIMBRA(COMMAND) "$ su - zimbra -c '" COMMAND "'\n"
#define RESTART ZIMBRA("zmproxyctl restart")

const struct advice ZIMBRA_ADVICE[] = {
	{
		.id = "zimbra-require-tls",
		.family = FAMILY_ZIMBRA,
		.findings = FINDINGS_CLEAR,
		.summary = "Allow logins inside TLS alone, at the proxy and at the mailbox servers.",
		.file = "",
		.lines = "",
		.steps = ZIMBRA("zmprov mcf zimbraReverseProxyImapStartTlsMode only") ZIMBRA(
			"zmprov mcf zimbraReverseProxyPop3StartTlsMode only") ZIMBRA("zmprov mcf zimbraImapCleartextLoginEnabled FALSE")
			ZIMBRA("zmprov mcf zimbraPop3CleartextLoginEnabled FALSE") "A server can have values of its own, which win; zmprov "
										   "gs SERVER shows them, zmprov ms changes them.\n" RESTART
											   ZIMBRA("zmmailboxdctl restart") CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "zimbra-certificate",
		.family = FAMILY_ZIMBRA,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Deploy a current certificate for {HOST}, with its chain and the key that belongs to it.",
		.file = "",
		.lines = "",
		.steps = CERTBOT(
			"/usr/local/sbin/zimbra-certificate") "zmcertmgr wants the chain with the root of the authority at its end, in a "
							      "file of its own (root.pem here):\n"
							      "$ install -o zimbra -m 0400 {KEY} "
							      "/opt/zimbra/ssl/zimbra/commercial/commercial.key\n"
							      "$ install -o zimbra -m 0444 {CERTIFICATE} /tmp/certificate.pem\n" ZIMBRA(
								      "/opt/zimbra/bin/zmcertmgr deploycrt comm /tmp/certificate.pem "
								      "/tmp/root.pem") ZIMBRA("zmcontrol restart"),
		.verify = VERIFY_CERTIFICATE,
		.tested_with = "",
	},
	{
		.id = "zimbra-versions",
		.family = FAMILY_ZIMBRA,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only no-tls13",
		.summary = "Let the proxy speak TLS 1.2 and 1.3 alone.",
		.file = "",
		.lines = "",
		.steps = ZIMBRA("zmprov mcf zimbraReverseProxySSLProtocols TLSv1.2")
			ZIMBRA("zmprov mcf +zimbraReverseProxySSLProtocols TLSv1.3") ZIMBRA(
				"zmprov mcf zimbraReverseProxySSLCiphers ECDHE+AESGCM:ECDHE+CHACHA20") "This holds for webmail too. TLS "
												       "1.3 needs the OpenSSL of Zimbra 9 "
												       "or later.\n" RESTART,
		.verify = VERIFY_VERSIONS,
		.tested_with = "",
	},
	{
		.id = "zimbra-implicit-tls",
		.family = FAMILY_ZIMBRA,
		.findings = FINDINGS_IMPLICIT,
		.summary = "Serve ports 993 and 995, which begin with TLS.",
		.file = "",
		.lines = "",
		.steps = ZIMBRA("zmprov mcf zimbraImapSSLServerEnabled TRUE") ZIMBRA("zmprov mcf zimbraPop3SSLServerEnabled TRUE")
			ZIMBRA("zmcontrol restart") "Open 993 and 995 in the firewall.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "zimbra-close-plain",
		.family = FAMILY_ZIMBRA,
		.findings = "host-plain-open",
		.summary = "Close ports 143 and 110 in the firewall, once all clients use 993 and 995.",
		.file = "",
		.lines = "",
		.steps = "Parts of Zimbra use them among themselves, so close them to the outside alone.\n",
		.verify = VERIFY_CLOSED,
		.tested_with = "",
	},
	{
		.id = "zimbra-upgrade",
		.family = FAMILY_ZIMBRA,
		.findings = "eol-software host-eol",
		.summary = "Move to a supported Zimbra: 8.8.15, 9.0 and 10.0 get no more security fixes.",
		.file = "",
		.lines = "",
		.steps = ZIMBRA("zmcontrol -v"),
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
