/* SPDX-License-Identifier: ISC */
/* Advice for Microsoft Exchange on one's own machines, as commands of the Exchange Management Shell. */
#include "classify/advice/family.h"

#define RESTART                                                                                                                            \
	"PS> Restart-Service MSExchangeImap4, MSExchangeIMAP4BE\n"                                                                         \
	"PS> Restart-Service MSExchangePop3, MSExchangePOP3BE\n"
#define SCHANNEL                                                                                                                           \
	"PS> $protocols = 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols'\n"                           \
	"PS> foreach ($version in 'SSL 3.0', 'TLS 1.0', 'TLS 1.1') {\n"                                                                    \
	"      $key = New-Item -Force \"$protocols\\$version\\Server\"\n"                                                                  \
	"      Set-ItemProperty $key.PSPath Enabled 0 -Type DWord\n"                                                                       \
	"      Set-ItemProperty $key.PSPath DisabledByDefault 1 -Type DWord\n"                                                             \
	"    }\n"                                                                                                                          \
	"PS> Restart-Computer\n"

const struct advice EXCHANGE_ADVICE[] = {
	{
		.id = "exchange-require-tls",
		.family = FAMILY_EXCHANGE,
		.findings = FINDINGS_CLEAR,
		.summary = "Allow logins inside TLS alone.",
		.file = "",
		.lines = "",
		.steps = "In the Exchange Management Shell, on every server that takes POP or IMAP:\n"
			 "PS> Set-ImapSettings -LoginType SecureLogin -X509CertificateName {HOST}\n"
			 "PS> Set-PopSettings -LoginType SecureLogin -X509CertificateName {HOST}\n" RESTART CHANGE_PASSWORDS,
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "exchange-certificate",
		.family = FAMILY_EXCHANGE,
		.findings = FINDINGS_CERTIFICATE " " FINDINGS_BROKEN,
		.summary = "Give POP and IMAP a current certificate for {HOST}.",
		.file = "",
		.lines = "",
		.steps = "Get a certificate for {HOST} as a .pfx file, from Let's Encrypt with win-acme for example. Then:\n"
			 "PS> $data = [IO.File]::ReadAllBytes('C:\\mail.pfx')\n"
			 "PS> $new = Import-ExchangeCertificate -FileData $data -Password (Get-Credential mail).Password\n"
			 "PS> Enable-ExchangeCertificate -Thumbprint $new.Thumbprint -Services IMAP,POP\n"
			 "PS> Set-ImapSettings -X509CertificateName {HOST}\n"
			 "PS> Set-PopSettings -X509CertificateName {HOST}\n" RESTART,
		.verify = VERIFY_CERTIFICATE,
		.tested_with = "",
	},
	{
		.id = "exchange-versions",
		.family = FAMILY_EXCHANGE,
		.findings = FINDINGS_VERSIONS " " FINDINGS_CIPHERS " tls-obsolete-only",
		.summary = "Forbid SSL 3.0, TLS 1.0 and TLS 1.1 in Windows, which all services of the machine share.",
		.file = "",
		.lines = "",
		.steps = "In PowerShell as administrator; other programs on the machine then need TLS 1.2 too:\n" SCHANNEL,
		.verify = VERIFY_VERSIONS,
		.tested_with = "",
	},
	{
		.id = "exchange-implicit-tls",
		.family = FAMILY_EXCHANGE,
		.findings = FINDINGS_IMPLICIT,
		.summary = "Speak TLS from the first byte on ports 993 and 995.",
		.file = "",
		.lines = "",
		.steps = "PS> Set-ImapSettings -SSLBindings 0.0.0.0:993,[::]:993\n"
			 "PS> Set-PopSettings -SSLBindings 0.0.0.0:995,[::]:995\n" RESTART "Open 993 and 995 in the firewall.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{
		.id = "exchange-close-plain",
		.family = FAMILY_EXCHANGE,
		.findings = "host-plain-open",
		.summary = "Close ports 143 and 110, once all clients use 993 and 995.",
		.file = "",
		.lines = "",
		.steps = "PS> Set-ImapSettings -UnencryptedOrTLSBindings $null\n"
			 "PS> Set-PopSettings -UnencryptedOrTLSBindings $null\n" RESTART,
		.verify = VERIFY_CLOSED,
		.tested_with = "",
	},
	{
		.id = "exchange-upgrade",
		.family = FAMILY_EXCHANGE,
		.findings = "eol-software host-eol no-tls13 no-ems no-secure-renegotiation",
		.summary = "Move to Exchange Server Subscription Edition: 2019 and older get no more security fixes.",
		.file = "",
		.lines = "",
		.steps = "Until then let nobody outside your own network reach POP and IMAP.\n",
		.verify = VERIFY,
		.tested_with = "",
	},
	{.id = NULL},
};
