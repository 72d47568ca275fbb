/* SPDX-License-Identifier: ISC */
/* Advice for Dovecot 2.4, from its documentation (doc.dovecot.org/2.4): the lab's Debian 12 has 2.3. */
#include "classify/advice/family.h"

#define FILE_OF_LINES "/etc/dovecot/conf.d/99-tls.conf"
#define RESTART                                                                                                                            \
	"The file is read last, so that its lines win; a line inside protocol, local or local_name blocks wins over them.\n"               \
	"$ doveconf -n\n"                                                                                                                  \
	"$ systemctl restart dovecot\n"

const struct advice DOVECOT_2_4_ADVICE[] = {
	{
		.id = "dovecot-2.4-require-tls",
		.family = FAMILY_DOVECOT_2_4,
		.findings = FINDINGS_CLEAR,
		.summary = "Offer TLS with a certificate, and refuse every login before it.",
		.file = FILE_OF_LINES,
		.lines = "ssl = required\n"
			 "auth_allow_cleartext = no\n"
			 "ssl_server_cert_file = {CERTIFICATE}\n"
			 "ssl_server_key_file = {KEY}\n"
			 "ssl_min_protocol = TLSv1.2\n",
		.steps = RESTART CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "dovecot-2.4-certificate",
		.family = FAMILY_DOVECOT_2_4,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Show a current certificate for {HOST}, with its chain and the key that belongs to it.",
		.file = FILE_OF_LINES,
		.lines = "ssl_server_cert_file = {CERTIFICATE}\n"
			 "ssl_server_key_file = {KEY}\n",
		.steps = CERTBOT(
			"'systemctl reload dovecot'") "There is no < before the path any more, as there was in 2.3.\n" KEY_FITS RESTART,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = "",
	},
	{
		.id = "dovecot-2.4-versions",
		.family = FAMILY_DOVECOT_2_4,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only",
		.summary = "Speak TLS 1.2 and 1.3 alone, with forward secrecy and authenticated encryption.",
		.file = FILE_OF_LINES,
		.lines = "ssl_min_protocol = TLSv1.2\n"
			 "ssl_cipher_list = ECDHE+AESGCM:ECDHE+CHACHA20\n"
			 "ssl_server_prefer_ciphers = server\n",
		.steps = RESTART,
		.verify = VERIFY_VERSIONS,
		.tested_with = "",
	},
	{
		.id = "dovecot-2.4-openssl",
		.family = FAMILY_DOVECOT_2_4,
		.findings = "tls-obsolete-only no-tls13",
		.summary = "Let OpenSSL itself speak TLS 1.2 and 1.3: Dovecot has no setting for a highest version.",
		.file = "/etc/ssl/openssl.cnf",
		.lines = "MinProtocol = TLSv1.2\n"
			 "MaxProtocol = TLSv1.3\n"
			 "CipherString = DEFAULT@SECLEVEL=2\n",
		.steps = "The lines replace those of the same names in the section that ssl_conf names, usually [system_default_sect].\n"
			 "$ systemctl restart dovecot\n",
		.verify = VERIFY_VERSIONS,
		.tested_with = "",
	},
	{
		.id = "dovecot-2.4-post-quantum",
		.family = FAMILY_DOVECOT_2_4,
		.findings = "pqc-absent",
		.summary = "Offer the hybrid of X25519 and ML-KEM first; OpenSSL 3.5 or later has it.",
		.file = FILE_OF_LINES,
		.lines = "ssl_curve_list = X25519MLKEM768:X25519:prime256v1:secp384r1\n",
		.steps = "$ openssl version\n"
			 "Older libraries do not know the first name and refuse the whole list: upgrade them instead.\n" RESTART,
		.verify = "mailcensus check {HOST}:{PORT}{WATCH}\n"
			  "openssl s_client -connect {HOST}:{PORT}{STARTTLS} -groups X25519MLKEM768 -brief </dev/null # OpenSSL 3.5\n",
		.tested_with = "",
	},
	{
		.id = "dovecot-2.4-implicit-tls",
		.family = FAMILY_DOVECOT_2_4,
		.findings = FINDINGS_IMPLICIT,
		.summary = "Speak TLS from the first byte on ports 993 and 995.",
		.file = FILE_OF_LINES,
		.lines = "ssl = required\n"
			 "ssl_server_cert_file = {CERTIFICATE}\n"
			 "ssl_server_key_file = {KEY}\n"
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
		.tested_with = "",
	},
	{
		.id = "dovecot-2.4-close-plain",
		.family = FAMILY_DOVECOT_2_4,
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
		.tested_with = "",
	},
	{
		.id = "dovecot-2.4-client-certificate",
		.family = FAMILY_DOVECOT_2_4,
		.findings = "client-cert-required",
		.summary = "Do not ask mail programs for a certificate, unless every user has one.",
		.file = FILE_OF_LINES,
		.lines = "ssl_server_request_client_cert = no\n"
			 "auth_ssl_require_client_cert = no\n",
		.steps = RESTART,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "dovecot-2.4-greeting",
		.family = FAMILY_DOVECOT_2_4,
		.findings = "version-disclosed",
		.summary = "Say less in the greeting.",
		.file = FILE_OF_LINES,
		.lines = "login_greeting = ready\n",
		.steps = RESTART,
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
