/* SPDX-License-Identifier: ISC */
/* Advice that holds for any software, given where there is none of its own. */
#include "classify/advice/family.h"

const struct advice GENERAL_ADVICE[] = {
	{
		.id = "general-require-tls",
		.family = FAMILY_UNKNOWN,
		.findings = FINDINGS_CLEAR,
		.summary =
			"Offer TLS on 993 and 995 with a trusted certificate, and refuse logins before TLS on 143 and 110, or close them.",
		.file = "",
		.lines = "",
		.steps = "1. Get a certificate for the name that people type.\n"
			 "2. Switch on ports 993 (IMAP) and 995 (POP3), which begin with TLS, and allow TLS 1.2 and 1.3 alone.\n"
			 "3. Tell people to use them; then forbid logins without TLS on 143 and 110, or close these ports.\n"
			 "4. " CHANGE_PASSWORDS
			 "Software that cannot do this needs something in front that can: stunnel, HAProxy or nginx.\n"
			 "\"mailcensus advice no-tls --software without-tls\" shows how.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-plaintext-on-tls-port",
		.family = FAMILY_UNKNOWN,
		.findings = "plaintext-on-tls-port host-implicit-absent",
		.summary = "Let ports 993 and 995 begin with TLS: mail programs expect nothing else there.",
		.file = "",
		.lines = "",
		.steps = "Switch on implicit TLS (also called SSL, SSL/TLS, IMAPS or POP3S) for these ports, with a certificate.\n"
			 "Until that works, close a port that speaks clear text there.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-certificate",
		.family = FAMILY_UNKNOWN,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Show a current, trusted certificate for {HOST}, with its whole chain and the key that belongs to it.",
		.file = "",
		.lines = "",
		.steps = CERTBOT("'systemctl restart YOUR-MAIL-SERVER'") "Name {CERTIFICATE} as the certificate: it holds the chain too. "
									 "cert.pem beside it does not.\n" KEY_FITS
									 "The key has to be at least RSA 2048 or ECDSA P-256, and on this "
									 "machine alone; the signature SHA-256.\n",
		.verify = VERIFY_CERTIFICATE,
		.tested_with = "",
	},
	{
		.id = "general-versions",
		.family = FAMILY_UNKNOWN,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS,
		.summary = "Speak TLS 1.2 and 1.3 alone, with ECDHE and AES-GCM or ChaCha20.",
		.file = "",
		.lines = "",
		.steps = "Set the lowest version to TLS 1.2. Where the software takes OpenSSL's names for ciphers:\n"
			 "ECDHE+AESGCM:ECDHE+CHACHA20\n"
			 "Where it is built with GnuTLS:\n"
			 "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1:-RSA:-DHE-RSA:-AES-128-CBC:-AES-256-CBC\n",
		.verify = VERIFY_VERSIONS,
		.tested_with = "",
	},
	{
		.id = "general-tls-library",
		.family = FAMILY_UNKNOWN,
		.findings = FINDINGS_LIBRARY " version-intolerant extension-intolerant",
		.summary = "Upgrade the TLS library, best with the whole system: no setting brings what it does not have.",
		.file = "",
		.lines = "",
		.steps = "OpenSSL 1.0.1 brought TLS 1.2, 1.1.0 the extended master secret, 1.1.1 TLS 1.3, 3.5 post-quantum key exchange.\n"
			 "With a new library already there, look for a highest version in the configuration (MaxProtocol in openssl.cnf).\n"
			 "ALPN has to be asked for by the mail server itself; few do it yet.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-injection",
		.family = FAMILY_UNKNOWN,
		.findings = "starttls-injection plaintext-after-starttls",
		.summary = "Upgrade the software: it takes commands that came before TLS as if they had come inside it (CVE-2011-0411 and "
			   "kin).",
		.file = "",
		.lines = "",
		.steps = "Until it is repaired, close 143 and 110: ports 993 and 995 do not have the weakness.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-contradictory",
		.family = FAMILY_UNKNOWN,
		.findings = "contradictory-logindisabled",
		.summary = "Announce no AUTH=PLAIN and AUTH=LOGIN before TLS: LOGINDISABLED beside them stops only the LOGIN command.",
		.file = "",
		.lines = "",
		.steps = "Look for the setting that lists the capabilities, and take these words out of it; keep them in the list for "
			 "inside TLS.\n"
			 "Courier has them in IMAP_CAPABILITY in /etc/courier/imapd, and in IMAP_CAPABILITY_TLS for inside TLS.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-referral",
		.family = FAMILY_UNKNOWN,
		.findings = "referral-before-tls",
		.summary = "Send nobody to another server before TLS: who is on the way can do the same, and gets the password.",
		.file = "",
		.lines = "",
		.steps = "Switch the referral off, or give it only after a login inside TLS.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-masked",
		.family = FAMILY_UNKNOWN,
		.findings = "starttls-masked path-dependent-starttls starttls-inside-tls",
		.summary = "Find what changes the conversation on its way: a firewall or mail filter that rewrites STARTTLS.",
		.file = "",
		.lines = "",
		.steps = "Cisco ASA and PIX do it with \"inspect\" or \"fixup\" of the protocol; virus scanners on the way do it too. "
			 "Switch it off.\n"
			 "Clients on 993 and 995 are not concerned.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-accepts-everything",
		.family = FAMILY_UNKNOWN,
		.findings = "accepts-everything",
		.summary =
			"If mail is meant to be served here, let what stands in front reach the mail server; else nothing has to be done.",
		.file = "",
		.lines = "",
		.steps = "Something accepts connections to every port of this address and says nothing: a firewall with SYN\n"
			 "protection, a load balancer without a server behind it, or a honeypot.\n"
			 "Behind a SYN proxy: check its rule for ports 110, 143, 993 and 995, and whether the mail server runs.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-preauth",
		.family = FAMILY_UNKNOWN,
		.findings = "preauth-open preauth-tls",
		.summary = "Close the port now: whoever connects is in a mailbox without a password.",
		.file = "",
		.lines = "",
		.steps = "Such a server is meant to be started by ssh or inetd for one user. Take it from the network port, then look in "
			 "the logs\n"
			 "who was there before.\n",
		.verify = VERIFY_CLOSED,
		.tested_with = "",
	},
	{
		.id = "general-close-plain",
		.family = FAMILY_UNKNOWN,
		.findings = "host-plain-open",
		.summary = "Close ports 143 and 110, once all clients use 993 and 995.",
		.file = "",
		.lines = "",
		.steps = "Look in the logs for whom still uses them. Nobody can log in there without TLS already, so that nothing is "
			 "urgent.\n",
		.verify = VERIFY_CLOSED,
		.tested_with = "",
	},
	{
		.id = "general-wrong-port",
		.family = FAMILY_UNKNOWN,
		.findings = "tls-on-plain-port wrong-port-protocol no-login-offered",
		.summary = "Put each protocol on its own port: IMAP 143 and 993, POP3 110 and 995; TLS from the first byte on 993 and 995 "
			   "alone.",
		.file = "",
		.lines = "",
		.steps = "Where this is on purpose, nothing has to be done.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-client-certificate",
		.family = FAMILY_UNKNOWN,
		.findings = "client-cert-required",
		.summary = "Do not ask mail programs for a certificate, unless every user has one.",
		.file = "",
		.lines = "",
		.steps = "Look for a setting called client certificate, verify peer or verify client, and switch it off.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-upgrade",
		.family = FAMILY_UNKNOWN,
		.findings = "eol-software host-eol",
		.summary = "Move to software that still gets security fixes.",
		.file = "",
		.lines = "",
		.steps = "Until then let nobody outside your own network or VPN reach it.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "general-greeting",
		.family = FAMILY_UNKNOWN,
		.findings = "version-disclosed",
		.summary = "Say less in the greeting, where the software lets you; being up to date matters more.",
		.file = "",
		.lines = "",
		.steps = "Look for a setting called banner or greeting.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
