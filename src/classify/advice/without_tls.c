/* SPDX-License-Identifier: ISC */
/* Advice for software that cannot speak TLS (popa3d, Solid POP3, qpopper, ...): something in front of it; and for stunnel, one of those. */
#include "classify/advice/family.h"

#define TESTED "stunnel 5.68 before popa3d (Debian 12)"
#define FIRST_TO_LOOPBACK                                                                                                                  \
	"First make the server listen on 127.0.0.1 alone; in inetd.conf the line then begins with 127.0.0.1:pop3.\n"                       \
	"Where it cannot, close 110 and 143 to everybody else in the firewall:\n"                                                          \
	"$ nft add table inet mail\n"                                                                                                      \
	"$ nft add chain inet mail input '{ type filter hook input priority 0; }'\n"                                                       \
	"$ nft add rule inet mail input iif != lo tcp dport '{ 110, 143 }' drop\n"
#define THEN_REPLACE                                                                                                                       \
	"The server sees all clients at the address of what is in front: limits and bans by address need a look.\n"                        \
	"Plan to replace the server: software without TLS gets no security fixes either.\n" CHANGE_PASSWORDS
#define STUNNEL_LINES                                                                                                                      \
	"foreground = yes\n"                                                                                                               \
	"setuid = stunnel4\n"                                                                                                              \
	"setgid = stunnel4\n"                                                                                                              \
	"sslVersionMin = TLSv1.2\n"                                                                                                        \
	"ciphers = ECDHE+AESGCM:ECDHE+CHACHA20\n"                                                                                          \
	"cert = {CERTIFICATE}\n"                                                                                                           \
	"key = {KEY}\n"                                                                                                                    \
	"[imaps]\n"                                                                                                                        \
	"accept = 993\n"                                                                                                                   \
	"connect = 127.0.0.1:143\n"                                                                                                        \
	"[pop3s]\n"                                                                                                                        \
	"accept = 995\n"                                                                                                                   \
	"connect = 127.0.0.1:110\n"
#define STUNNEL_RESTART                                                                                                                    \
	"Leave out the section of a protocol that the server does not speak.\n"                                                            \
	"$ systemctl enable stunnel@mail\n"                                                                                                \
	"$ systemctl restart stunnel@mail\n"
#define STUNNEL_INSTALL "$ apt-get install stunnel4\n"
#define HAPROXY_BUNDLE                                                                                                                     \
	"$ install -m 0400 /dev/null /etc/haproxy/mail.pem\n"                                                                              \
	"$ cat {CERTIFICATE} {KEY} > /etc/haproxy/mail.pem\n"

const struct advice WITHOUT_TLS_ADVICE[] = {
	{
		.id = "without-tls-stunnel",
		.family = FAMILY_WITHOUT_TLS,
		.findings = FINDINGS_CLEAR " " FINDINGS_IMPLICIT " host-plain-open preauth-open",
		.summary = "Put stunnel in front: it speaks TLS on 993 and 995, and the server is reachable through it alone.",
		.file = "/etc/stunnel/mail.conf",
		.lines = STUNNEL_LINES,
		.steps = FIRST_TO_LOOPBACK STUNNEL_INSTALL STUNNEL_RESTART THEN_REPLACE,
		.verify = "mailcensus check {HOST}{WATCH}\n"
			  "openssl s_client -connect {HOST}:995 -brief </dev/null\n",
		.tested_with = TESTED,
	},
	{
		.id = "without-tls-haproxy",
		.family = FAMILY_WITHOUT_TLS,
		.findings = FINDINGS_CLEAR " " FINDINGS_IMPLICIT,
		.summary = "Or put HAProxy in front, where it is in use already.",
		.file = "/etc/haproxy/haproxy.cfg",
		.lines = "frontend pop3s\n"
			 "    mode tcp\n"
			 "    timeout client 11m\n"
			 "    bind :995 ssl crt /etc/haproxy/mail.pem ssl-min-ver TLSv1.2 alpn pop3\n"
			 "    default_backend pop3\n"
			 "backend pop3\n"
			 "    mode tcp\n"
			 "    timeout connect 10s\n"
			 "    timeout server 11m\n"
			 "    server local 127.0.0.1:110\n"
			 "frontend imaps\n"
			 "    mode tcp\n"
			 "    timeout client 31m\n"
			 "    bind :993 ssl crt /etc/haproxy/mail.pem ssl-min-ver TLSv1.2 alpn imap\n"
			 "    default_backend imap\n"
			 "backend imap\n"
			 "    mode tcp\n"
			 "    timeout connect 10s\n"
			 "    timeout server 31m\n"
			 "    server local 127.0.0.1:143\n",
		.steps = FIRST_TO_LOOPBACK HAPROXY_BUNDLE
		"Leave out both sections of a protocol that the server does not speak.\n"
		"$ haproxy -c -f /etc/haproxy/haproxy.cfg\n$ systemctl restart haproxy\n" THEN_REPLACE,
		.verify = "mailcensus check {HOST}{WATCH}\n"
			  "openssl s_client -connect {HOST}:995 -brief </dev/null\n",
		.tested_with = "HAProxy 2.6.12 before popa3d (Debian 12)",
	},
	{
		.id = "without-tls-nginx",
		.family = FAMILY_WITHOUT_TLS,
		.findings = FINDINGS_CLEAR " " FINDINGS_IMPLICIT,
		.summary = "Or put nginx in front, where many servers are behind one name; it asks a small web service who belongs where.",
		.file = "/etc/nginx/nginx.conf",
		.lines = "mail {\n"
			 "    auth_http 127.0.0.1:9000/auth;\n"
			 "    ssl_protocols TLSv1.2 TLSv1.3;\n"
			 "    ssl_certificate {CERTIFICATE};\n"
			 "    ssl_certificate_key {KEY};\n"
			 "    server {\n"
			 "        listen 995 ssl;\n"
			 "        protocol pop3;\n"
			 "    }\n"
			 "    server {\n"
			 "        listen 993 ssl;\n"
			 "        protocol imap;\n"
			 "    }\n"
			 "}\n",
		.steps = FIRST_TO_LOOPBACK
		"The service behind auth_http answers with Auth-Status, Auth-Server and Auth-Port (ngx_mail_auth_http_module).\n"
		"$ nginx -t\n$ systemctl reload nginx\n" THEN_REPLACE,
		.verify = "mailcensus check {HOST}{WATCH}\n"
			  "openssl s_client -connect {HOST}:995 -brief </dev/null\n",
		.tested_with = "",
	},
	{
		.id = "without-tls-replace",
		.family = FAMILY_WITHOUT_TLS,
		.findings = "eol-software host-eol version-disclosed " FINDINGS_CERTIFICATE " " FINDINGS_BROKEN " " FINDINGS_VERSIONS
			    " " FINDINGS_CIPHERS " " FINDINGS_LIBRARY,
		.summary = "Replace the server by one that is looked after, as Dovecot; mailboxes in mbox and Maildir can stay.",
		.file = "",
		.lines = "",
		.steps = "$ apt-get install dovecot-imapd dovecot-pop3d\n"
			 "Until then only a TLS terminator that is kept up to date may be reachable from outside: stunnel, HAProxy or "
			 "nginx.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "stunnel-no-clear-text",
		.family = FAMILY_STUNNEL,
		.findings = FINDINGS_CLEAR " " FINDINGS_IMPLICIT " host-plain-open preauth-open",
		.summary = "Let stunnel answer on 993 and 995, and nothing that speaks clear text.",
		.file = "/etc/stunnel/mail.conf",
		.lines = STUNNEL_LINES,
		.steps = FIRST_TO_LOOPBACK STUNNEL_RESTART CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "stunnel-certificate",
		.family = FAMILY_STUNNEL,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Show a current certificate for {HOST}, with its chain and the key that belongs to it.",
		.file = "/etc/stunnel/mail.conf",
		.lines = "cert = {CERTIFICATE}\n"
			 "key = {KEY}\n",
		.steps = "The lines replace those of the same names before the first [section].\n" CERTBOT(
			"'systemctl restart stunnel@mail'") KEY_FITS STUNNEL_RESTART,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = TESTED,
	},
	{
		.id = "stunnel-versions",
		.family = FAMILY_STUNNEL,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only no-tls13",
		.summary = "Speak TLS 1.2 and 1.3 alone, with forward secrecy and authenticated encryption.",
		.file = "/etc/stunnel/mail.conf",
		.lines = "sslVersion = all\n"
			 "sslVersionMax = all\n"
			 "sslVersionMin = TLSv1.2\n"
			 "ciphers = ECDHE+AESGCM:ECDHE+CHACHA20\n",
		.steps = "The lines replace those of the same names before the first [section].\n" STUNNEL_RESTART,
		.verify = VERIFY_VERSIONS,
		.tested_with = TESTED,
	},
	{
		.id = "stunnel-client-certificate",
		.family = FAMILY_STUNNEL,
		.findings = "client-cert-required",
		.summary = "Do not ask mail programs for a certificate, unless every user has one.",
		.file = "/etc/stunnel/mail.conf",
		.lines = "verifyChain = no\n"
			 "verifyPeer = no\n",
		.steps = "The lines replace those of the same names before the first [section]; take out verify = too.\n" STUNNEL_RESTART,
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
