/* SPDX-License-Identifier: ISC */
/* Advice for MailEnable, by its administration program; names of pages and boxes from its documentation (IMAP - General, POP - General). */
#include "classify/advice/family.h"

#define RESTART "PS> Restart-Service MEIMAPS, MEPOPS\n"

const struct advice MAILENABLE_ADVICE[] = {
	{
		.id = "mailenable-require-tls",
		.family = FAMILY_MAILENABLE,
		.findings = FINDINGS_CLEAR " " FINDINGS_IMPLICIT " host-plain-open",
		.summary = "Serve 993 and 995 with SSL, require it on 143 and 110 or close them.",
		.file = "",
		.lines = "",
		.steps =
			"In MailEnable Administration:\n"
			"Servers, localhost, Properties, SSL: choose the certificate (it has to be in the Personal store of the machine).\n"
			"Servers, localhost, Services and Connectors, IMAP, Properties, General:\n"
			"also listen on alternate port 993, and enable SSL for the alternate port; require TLS on 143 where your version "
			"can.\n"
			"The same for POP with 995 and 110. Where it cannot be required, close 143 and 110 in the firewall:\n"
			"PS> New-NetFirewallRule -DisplayName mail -Protocol TCP -LocalPort 110,143 -Action Block\n" RESTART
				CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "mailenable-certificate",
		.family = FAMILY_MAILENABLE,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Give the mail services a current certificate for {HOST}; all of them share one.",
		.file = "",
		.lines = "",
		.steps = "Get it from Let's Encrypt, with win-acme for example, into the Personal store of the machine, key included.\n"
			 "Servers, localhost, Properties, SSL: choose it.\n" RESTART,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = "",
	},
	{
		.id = "mailenable-versions",
		.family = FAMILY_MAILENABLE,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only no-tls13",
		.summary = "Forbid SSL 3.0, TLS 1.0 and TLS 1.1 in Windows, whose TLS MailEnable uses.",
		.file = "",
		.lines = "",
		.steps = "Under HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols make for each of\n"
			 "SSL 3.0, TLS 1.0 and TLS 1.1 a key Server with the DWORD values Enabled = 0 and DisabledByDefault = 1.\n"
			 "Restart the machine. TLS 1.3 needs Windows Server 2022 or later.\n",
		.verify = VERIFY_VERSIONS,
		.tested_with = "",
	},
	{.id = NULL},
};
