/* SPDX-License-Identifier: ISC */
/* Advice for Courier. Its files are read by a shell, so that the last of several lines of one name wins. */
#include "classify/advice/family.h"

#define TESTED "Courier 1.0.16 (Debian 12)"
#define RESTART "$ systemctl restart courier-imap courier-imap-ssl courier-pop courier-pop-ssl\n"
#define AT_THE_END "Put the lines at the end of the file.\n"
/* couriertls reads the file as the user courier. */
#define BUNDLE                                                                                                                             \
	"Courier wants certificate and key in one file, which its own user can read:\n"                                                    \
	"$ install -o courier -m 0400 /dev/null /etc/courier/mail.pem\n"                                                                   \
	"$ cat {KEY} {CERTIFICATE} > /etc/courier/mail.pem\n"
#define RENEWAL                                                                                                                            \
	CERTBOT("/etc/courier/renew")                                                                                                      \
	"/etc/courier/renew is a script with the two commands below, so that a renewal repeats them.\n"

#define PRIORITY                                                                                                                           \
	"TLS_PRIORITY=\"NORMAL:-VERS-TLS1.0:-VERS-TLS1.1:-RSA:-DHE-RSA:-AES-128-CBC:-AES-256-CBC\"\n"                                      \
	"TLS_PROTOCOL=TLSv1.2\n"                                                                                                           \
	"TLS_STARTTLS_PROTOCOL=TLSv1.2\n"
#define PRIORITY_STEPS "Builds with GnuTLS, as Debian's and Ubuntu's, read TLS_PRIORITY; builds with OpenSSL read the other two.\n" RESTART

const struct advice COURIER_ADVICE[] = {
	{
		.id = "courier-imap-require-tls",
		.family = FAMILY_COURIER,
		.findings = FINDINGS_CLEAR,
		.summary = "IMAP: offer TLS with a certificate, and refuse every login before it.",
		.file = "/etc/courier/imapd-ssl",
		.lines = "IMAPDSTARTTLS=YES\n"
			 "IMAP_TLS_REQUIRED=1\n"
			 "TLS_CERTFILE=/etc/courier/mail.pem\n",
		.steps = AT_THE_END BUNDLE
		"Take all AUTH= words out of IMAP_CAPABILITY in /etc/courier/imapd: they are shown before TLS.\n" RESTART CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "courier-pop3-require-tls",
		.family = FAMILY_COURIER,
		.findings = FINDINGS_CLEAR,
		.summary = "POP3: offer TLS with a certificate, and refuse every login before it.",
		.file = "/etc/courier/pop3d-ssl",
		.lines = "POP3_STARTTLS=YES\n"
			 "POP3_TLS_REQUIRED=1\n"
			 "TLS_CERTFILE=/etc/courier/mail.pem\n",
		.steps = AT_THE_END BUNDLE "Courier lists USER before TLS all the same, but refuses it.\n" RESTART CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "courier-imap-certificate",
		.family = FAMILY_COURIER,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "IMAP: show a current certificate for {HOST}, with its chain and the key that belongs to it.",
		.file = "/etc/courier/imapd-ssl",
		.lines = "TLS_CERTFILE=/etc/courier/mail.pem\n",
		.steps = AT_THE_END RENEWAL BUNDLE KEY_FITS RESTART,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = TESTED,
	},
	{
		.id = "courier-pop3-certificate",
		.family = FAMILY_COURIER,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "POP3: show a current certificate for {HOST}, with its chain and the key that belongs to it.",
		.file = "/etc/courier/pop3d-ssl",
		.lines = "TLS_CERTFILE=/etc/courier/mail.pem\n",
		.steps = AT_THE_END BUNDLE KEY_FITS RESTART,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = TESTED,
	},
	{
		.id = "courier-imap-versions",
		.family = FAMILY_COURIER,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only no-tls13",
		.summary = "IMAP: speak TLS 1.2 and 1.3 alone, with forward secrecy and authenticated encryption.",
		.file = "/etc/courier/imapd-ssl",
		.lines = PRIORITY,
		.steps = AT_THE_END PRIORITY_STEPS,
		.verify = VERIFY_VERSIONS,
		.tested_with = TESTED,
	},
	{
		.id = "courier-pop3-versions",
		.family = FAMILY_COURIER,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only no-tls13",
		.summary = "POP3: speak TLS 1.2 and 1.3 alone, with forward secrecy and authenticated encryption.",
		.file = "/etc/courier/pop3d-ssl",
		.lines = PRIORITY,
		.steps = AT_THE_END PRIORITY_STEPS,
		.verify = VERIFY_VERSIONS,
		.tested_with = TESTED,
	},
	{
		.id = "courier-imap-implicit-tls",
		.family = FAMILY_COURIER,
		.findings = FINDINGS_IMPLICIT,
		.summary = "IMAP: speak TLS from the first byte on port 993.",
		.file = "/etc/courier/imapd-ssl",
		.lines = "SSLPORT=993\n"
			 "IMAPDSSLSTART=YES\n"
			 "TLS_CERTFILE=/etc/courier/mail.pem\n",
		.steps = AT_THE_END BUNDLE "$ systemctl enable --now courier-imap-ssl\nOpen 993 in the firewall.\n",
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "courier-pop3-implicit-tls",
		.family = FAMILY_COURIER,
		.findings = FINDINGS_IMPLICIT,
		.summary = "POP3: speak TLS from the first byte on port 995.",
		.file = "/etc/courier/pop3d-ssl",
		.lines = "SSLPORT=995\n"
			 "POP3DSSLSTART=YES\n"
			 "TLS_CERTFILE=/etc/courier/mail.pem\n",
		.steps = AT_THE_END BUNDLE "$ systemctl enable --now courier-pop-ssl\nOpen 995 in the firewall.\n",
		.verify = VERIFY,
		.tested_with = TESTED,
	},
	{
		.id = "courier-pop3-injection",
		.family = FAMILY_COURIER,
		.findings = "starttls-injection",
		.summary = "Upgrade to Courier 1.1.5 or later (CVE-2021-38084); until then serve POP3 on port 995 alone.",
		.file = "",
		.lines = "",
		.steps = "No setting repairs STLS before 1.1.5. Debian 12 has 1.0.16, Debian 13 has a repaired version.\n"
			 "Closing port 110 takes the weakness away; clients then use port 995:\n"
			 "$ systemctl enable --now courier-pop-ssl\n"
			 "$ systemctl disable --now courier-pop\n",
		.verify = VERIFY_CLOSED,
		.tested_with = TESTED,
	},
	{
		.id = "courier-close-plain",
		.family = FAMILY_COURIER,
		.findings = "host-plain-open",
		.summary = "Close ports 143 and 110, once all clients use 993 and 995.",
		.file = "",
		.lines = "",
		.steps = "$ systemctl enable --now courier-imap-ssl courier-pop-ssl\n"
			 "$ systemctl disable --now courier-imap courier-pop\n",
		.verify = VERIFY_CLOSED,
		.tested_with = TESTED,
	},
	{
		.id = "courier-client-certificate",
		.family = FAMILY_COURIER,
		.findings = "client-cert-required",
		.summary = "Do not ask mail programs for a certificate, unless every user has one.",
		.file = "/etc/courier/imapd-ssl",
		.lines = "TLS_VERIFYPEER=NONE\n",
		.steps = AT_THE_END "The same line goes to the end of /etc/courier/pop3d-ssl.\n" RESTART,
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
