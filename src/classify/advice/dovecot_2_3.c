/* SPDX-License-Identifier: ISC */
/* Advice for Dovecot 2.3; most of it holds for 2.2 too, which has no ssl_min_protocol. */
#include "classify/advice/family.h"

#define FILE_OF_LINES "/etc/dovecot/conf.d/99-tls.conf"
#define TESTED "Dovecot 2.3.19 (Debian 12)"
#define RESTART                                                                                                                            \
	"The file is read last, so that its lines win; a line inside protocol, local or local_name blocks wins over them.\n"               \
	"$ doveconf -n\n"                                                                                                                  \
	"$ systemctl restart dovecot\n"

const struct advice DOVECOT_2_3_ADVICE[] = {
	{
		.id = "dovecot-2.3-require-tls",
		.family = FAMILY_DOVECOT_2_3,
		.findings = FINDINGS_CLEAR,
		.summary = "Offer TLS with a certificate, and refuse every login before it.",
		.file = FILE_OF_LINES,
		.lines = "ssl = required\n"
			 "disable_plaintext_auth = yes\n"
			 "ssl_cert = <{CERTIFICATE}\n"
			 "ssl_key = <{KEY}\n"
			 "ssl_min_protocol = TLSv1.2\n",
		.steps = RESTART CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "dovecot-2.3-certificate",
		.family = FAMILY_DOVECOT_2_3,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Show a current certificate for {HOST}, with its chain and the key that belongs to it.",
		.file = FILE_OF_LINES,
		.lines = "ssl_cert = <{CERTIFICATE}\n"
			 "ssl_key = <{KEY}\n",
		.steps = CERTBOT("'systemctl reload dovecot'") "The < is part of the line: without it the path itself is taken for the "
							       "certificate.\n" KEY_FITS RESTART,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = TESTED,
	},
	{
		.id = "dovecot-2.3-versions",
		.family = FAMILY_DOVECOT_2_3,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only",
		.summary = "Speak TLS 1.2 and 1.3 alone, with forward secrecy and authenticated encryption.",
		.file = FILE_OF_LINES,
		.lines = "ssl_min_protocol = TLSv1.2\n"
			 "ssl_cipher_list = ECDHE+AESGCM:ECDHE+CHACHA20\n"
			 "ssl_prefer_server_ciphers = yes\n"
			 "ssl_options = no_compression\n",
		.steps = RESTART "Dovecot 2.2 says it with ssl_protocols = !SSLv3 !TLSv1 !TLSv1.1 instead of the first line.\n",
		.verify = VERIFY_VERSIONS,
		.tested_with = TESTED,
	},
	{
		.id = "dovecot-2.3-openssl",
		.family = FAMILY_DOVECOT_2_3,
		.findings = "tls-obsolete-only no-tls13",
		.summary = "Let OpenSSL itself speak TLS 1.2 and 1.3: Dovecot has no setting for a highest version.",
		.file = "/etc/ssl/openssl.cnf",
		.lines = "MinProtocol = TLSv1.2\n"
			 "MaxProtocol = TLSv1.3\n"
			 "CipherString = DEFAULT@SECLEVEL=2\n",
		.steps = "The lines replace those of the same names in the section that ssl_conf names, usually [system_default_sect].\n"
			 "$ openssl version\n"
			 "OpenSSL before 1.0.1 has no TLS 1.2, before 1.1.1 no TLS 1.3: there only an upgrade of the system helps.\n"
			 "$ systemctl restart dovecot\n",
		.verify = VERIFY_VERSIONS,
		.tested_with = TESTED,
	},
	{
		.id = "dovecot-2.3-implicit-tls",
		.family = FAMILY_DOVECOT_2_3,
		.findings = FINDINGS_IMPLICIT,
		.summary = "Speak TLS from the first byte on ports 993 and 995.",
		.file = FILE_OF_LINES,
		.lines = "ssl = required\n"
			 "ssl_cert = <{CERTIFICATE}\n"
			 "ssl_key = <{KEY}\n"
			 "service imap-login {\n"
			 "  inet_listener imaps {\n"
			 "    port = 993\n"
			 "    ssl = yes\n"
			 "  }\n"
			 "}\n"
			 "service pop3-login {\n"
			 "  inet_listener pop3s {\n"
			 "    port = 995\n"
			 "    ssl = yes\n"
			 "  }\n"
			 "}\n",
		.steps = RESTART "Open 993 and 995 in the firewall.\n",
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "dovecot-2.3-close-plain",
		.family = FAMILY_DOVECOT_2_3,
		.findings = "host-plain-open",
		.summary = "Close ports 143 and 110, once all clients use 993 and 995.",
		.file = FILE_OF_LINES,
		.lines = "service imap-login {\n"
			 "  inet_listener imap {\n"
			 "    port = 0\n"
			 "  }\n"
			 "}\n"
			 "service pop3-login {\n"
			 "  inet_listener pop3 {\n"
			 "    port = 0\n"
			 "  }\n"
			 "}\n",
		.steps = "Webmail on the same machine then has to use 993 too.\n" RESTART,
		.verify = VERIFY_CLOSED,
		.tested_with = TESTED,
	},
	{
		.id = "dovecot-2.3-client-certificate",
		.family = FAMILY_DOVECOT_2_3,
		.findings = "client-cert-required",
		.summary = "Do not ask mail programs for a certificate, unless every user has one.",
		.file = FILE_OF_LINES,
		.lines = "ssl_verify_client_cert = no\n"
			 "auth_ssl_require_client_cert = no\n",
		.steps = RESTART,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "dovecot-2.3-greeting",
		.family = FAMILY_DOVECOT_2_3,
		.findings = "version-disclosed",
		.summary = "Say less in the greeting and in the answer to ID.",
		.file = FILE_OF_LINES,
		.lines = "login_greeting = ready\n"
			 "imap_id_send =\n",
		.steps = RESTART,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "dovecot-2.3-upgrade",
		.family = FAMILY_DOVECOT_2_3,
		.findings = "eol-software host-eol pqc-absent no-ems no-secure-renegotiation",
		.summary = "Move to a system that ships Dovecot 2.4, or keep to a distribution that still patches 2.3.",
		.file = "",
		.lines = "",
		.steps = "Debian 13 and later have Dovecot 2.4 with OpenSSL 3.5, which has post-quantum key exchange without any setting.\n"
			 "Several settings have new names in 2.4: ssl_server_cert_file, ssl_server_key_file, auth_allow_cleartext.\n"
			 "$ doveconf -n > dovecot-before.txt\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
