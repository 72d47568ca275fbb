/* SPDX-License-Identifier: ISC */
/* Advice for nginx as a mail proxy (ngx_mail_ssl_module). */
#include "classify/advice/family.h"

#define FILE_OF_LINES "/etc/nginx/nginx.conf"
#define TESTED "nginx 1.22.1 (Debian 12)"
#define RELOAD                                                                                                                             \
	"The lines go into the mail { } block, in place of lines with the same names; those in a server { } win over them.\n"              \
	"$ nginx -t\n"                                                                                                                     \
	"$ systemctl reload nginx\n"
#define CERTIFICATE_LINES                                                                                                                  \
	"ssl_certificate {CERTIFICATE};\n"                                                                                                 \
	"ssl_certificate_key {KEY};\n"

const struct advice NGINX_ADVICE[] = {
	{
		.id = "nginx-require-tls",
		.family = FAMILY_NGINX,
		.findings = FINDINGS_CLEAR,
		.summary = "Offer STARTTLS and refuse every login before it.",
		.file = FILE_OF_LINES,
		.lines = "starttls only;\n" CERTIFICATE_LINES "ssl_protocols TLSv1.2 TLSv1.3;\n",
		.steps = RELOAD CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "nginx-certificate",
		.family = FAMILY_NGINX,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Show a current certificate for {HOST}, with its chain and the key that belongs to it.",
		.file = FILE_OF_LINES,
		.lines = CERTIFICATE_LINES,
		.steps = CERTBOT("'systemctl reload nginx'") KEY_FITS RELOAD,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = TESTED,
	},
	{
		.id = "nginx-versions",
		.family = FAMILY_NGINX,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only no-tls13",
		.summary = "Speak TLS 1.2 and 1.3 alone, with forward secrecy and authenticated encryption.",
		.file = FILE_OF_LINES,
		.lines = "ssl_protocols TLSv1.2 TLSv1.3;\n"
			 "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\n"
			 "ssl_prefer_server_ciphers on;\n",
		.steps = "Before 1.23.4 the mail module spoke no TLS 1.3 unless told so.\n" RELOAD,
		.verify = VERIFY_VERSIONS,
		.tested_with = TESTED,
	},
	{
		.id = "nginx-implicit-tls",
		.family = FAMILY_NGINX,
		.findings = FINDINGS_IMPLICIT,
		.summary = "Speak TLS from the first byte on ports 993 and 995.",
		.file = FILE_OF_LINES,
		.lines = "server {\n"
			 "    listen 993 ssl;\n"
			 "    protocol imap;\n"
			 "    ssl_certificate {CERTIFICATE};\n"
			 "    ssl_certificate_key {KEY};\n"
			 "}\n"
			 "server {\n"
			 "    listen 995 ssl;\n"
			 "    protocol pop3;\n"
			 "    ssl_certificate {CERTIFICATE};\n"
			 "    ssl_certificate_key {KEY};\n"
			 "}\n",
		.steps = RELOAD "Open 993 and 995 in the firewall.\n",
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "nginx-close-plain",
		.family = FAMILY_NGINX,
		.findings = "host-plain-open",
		.summary = "Take the server blocks of ports 143 and 110 out, once all clients use 993 and 995.",
		.file = "",
		.lines = "",
		.steps = "$ nginx -T | grep -n -E 'listen .*:?(110|143)'\n"
			 "$ nginx -t\n"
			 "$ systemctl reload nginx\n",
		.verify = VERIFY_CLOSED,
		.tested_with = "",
	},
	{
		.id = "nginx-client-certificate",
		.family = FAMILY_NGINX,
		.findings = "client-cert-required",
		.summary = "Do not ask mail programs for a certificate, unless every user has one.",
		.file = FILE_OF_LINES,
		.lines = "ssl_verify_client off;\n",
		.steps = RELOAD,
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
