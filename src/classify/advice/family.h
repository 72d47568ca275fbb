/* SPDX-License-Identifier: ISC */
/* What the files beside it share: which findings go together, and the sentences that are the same for all software. */
#ifndef CLASSIFY_ADVICE_FAMILY_H
#define CLASSIFY_ADVICE_FAMILY_H

#include "classify/advice.h"

/* One table per file, ended by a piece without id; made by meson from the list of files. */
extern const struct advice *const ADVICE_FILES[];

/* A password can cross the network in clear. */
#define FINDINGS_CLEAR                                                                                                                     \
	"no-tls tls-optional tls-optional-hashed starttls-not-advertised dead-port host-no-tls host-no-tls-strict host-tls-optional "      \
	"host-mixed-protection"
/* TLS does not come up: nearly always the certificate and the key. */
#define FINDINGS_BROKEN "starttls-broken implicit-broken implicit-only-broken"
#define FINDINGS_CERTIFICATE                                                                                                               \
	"cert-expired cert-not-yet-valid cert-expiring cert-self-signed cert-untrusted cert-chain-incomplete cert-key-weak cert-sig-weak " \
	"cert-default cert-key-shared cert-name-mismatch cert-no-names cert-lifetime host-cert-differs"
#define FINDINGS_VERSIONS "tls-obsolete-enabled sslv3-enabled"
#define FINDINGS_CIPHERS                                                                                                                   \
	"cipher-null-anon cipher-export cipher-rc4 cipher-3des cipher-des cipher-no-pfs dh-weak dh-common-1024 tls-compression"
/* What an old library lacks and no setting brings. */
#define FINDINGS_LIBRARY "tls-obsolete-only no-tls13 no-secure-renegotiation no-ems pqc-absent alpn-absent heartbeat-offered"
#define FINDINGS_IMPLICIT "host-implicit-absent plaintext-on-tls-port"

#define VERIFY                                                                                                                             \
	"mailcensus check {HOST}:{PORT}{WATCH}\n"                                                                                          \
	"openssl s_client -connect {HOST}:{PORT}{STARTTLS} -brief </dev/null\n"
#define VERIFY_CERTIFICATE                                                                                                                 \
	"mailcensus check {HOST}:{PORT}{WATCH}\n"                                                                                          \
	"openssl s_client -connect {HOST}:{PORT}{STARTTLS} -verify_hostname {HOST} </dev/null 2>/dev/null | grep -E 'Verify|verify'\n"
#define VERIFY_VERSIONS                                                                                                                    \
	"mailcensus check {HOST}:{PORT}{WATCH}\n"                                                                                          \
	"openssl s_client -connect {HOST}:{PORT}{STARTTLS} -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null # has to fail\n"
#define VERIFY_CLOSED                                                                                                                      \
	"mailcensus check {HOST}{WATCH}\n"                                                                                                 \
	"nc -z -w 5 {HOST} {PORT} # has to fail\n"

#define CHANGE_PASSWORDS "Have every password changed that went over the network in clear (RFC 8314 4.1).\n"
#define KEY_FITS                                                                                                                           \
	"Key and certificate have to belong together: these two have to print the same.\n"                                                 \
	"$ openssl x509 -in {CERTIFICATE} -noout -pubkey | openssl sha256\n"                                                               \
	"$ openssl pkey -in {KEY} -pubout | openssl sha256\n"
/* Port 80 has to be reachable for a moment; whoever has a web server there uses --webroot. */
#define CERTBOT(HOOK)                                                                                                                      \
	"A certificate that renews itself is had from Let's Encrypt; port 80 has to be free and reachable:\n"                              \
	"$ apt-get install certbot\n"                                                                                                      \
	"$ certbot certonly --standalone -d {HOST} --deploy-hook " HOOK "\n"

#endif
