/* SPDX-License-Identifier: ISC */
/* Dialogues recorded from real servers, and the classes of hosts. */
#include "persona.h"

#include <stddef.h>
#include <string.h>

#include "base/attributes.h"

/* ---- POP3 ---- */

#define DOVECOT_LIST "+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\n"
#define DOVECOT_OTHER "-ERR Unknown command.\r\n"

static const struct persona POP3_DOVECOT_WITHOUT = {
	.name = "dovecot23-nossl-allowed",
	.greeting = "+OK Dovecot (Debian) ready.\r\n",
	.capability = DOVECOT_LIST "USER\r\nSASL PLAIN\r\n.\r\n",
	.upgrade = "-ERR TLS support isn't enabled.\r\n",
	.bare_auth = "+OK\r\nPLAIN\r\n.\r\n",
	.farewell = "+OK Logging out\r\n",
	.other = DOVECOT_OTHER,
};
static const struct persona POP3_DOVECOT_DEAD = {
	.name = "dovecot23-nossl-forbidden",
	.greeting = "+OK Dovecot (Debian) ready.\r\n",
	.capability = DOVECOT_LIST "SASL\r\n.\r\n",
	.upgrade = "-ERR TLS support isn't enabled.\r\n",
	.bare_auth = "+OK\r\n.\r\n",
	.farewell = "+OK Logging out\r\n",
	.other = DOVECOT_OTHER,
};
static const struct persona POP3_DOVECOT_REQUIRED = {
	.name = "dovecot23-default",
	.greeting = "+OK Dovecot (Debian) ready.\r\n",
	.capability = DOVECOT_LIST "STLS\r\nSASL\r\n.\r\n",
	.upgrade = "+OK Begin TLS negotiation now.\r\n",
	.bare_auth = "+OK\r\n.\r\n",
	.farewell = "+OK Logging out\r\n",
	.other = DOVECOT_OTHER,
};
static const struct persona POP3_DOVECOT_REFUSED = {
	.name = "dovecot23-default, refusing",
	.greeting = "+OK Dovecot (Debian) ready.\r\n",
	.capability = DOVECOT_LIST "STLS\r\nSASL\r\n.\r\n",
	.upgrade = "-ERR TLS support isn't enabled.\r\n",
	.bare_auth = "+OK\r\n.\r\n",
	.farewell = "+OK Logging out\r\n",
	.other = DOVECOT_OTHER,
};
static const struct persona POP3_DOVECOT_HIDDEN = {
	.name = "dovecot24-cleartext-allowed, behind a filter that hides STLS",
	.greeting = "+OK Dovecot ready.\r\n",
	.capability = DOVECOT_LIST "USER\r\nSASL PLAIN LOGIN\r\n.\r\n",
	.upgrade = "+OK Begin TLS negotiation now.\r\n",
	.bare_auth = "+OK\r\nPLAIN\r\nLOGIN\r\n.\r\n",
	.farewell = "+OK Logging out\r\n",
	.other = DOVECOT_OTHER,
};
static const struct persona POP3_POPA3D = {
	.name = "popa3d",
	.greeting = "+OK\r\n",
	.farewell = "+OK\r\n",
	.other = "-ERR\r\n",
};
static const struct persona POP3_SOLID = {
	.name = "solid",
	.greeting = "+OK Solid POP3 server ready <107.1795450008@vm>\r\n",
	.bare_auth = "-ERR command not implemented yet\r\n",
	.farewell = "+OK session ended\r\n",
	.other = "-ERR unknown command\r\n",
};
static const struct persona POP3_CYRUS_WITHOUT = {
	.name = "cyrus-notls-allowed",
	.greeting = "+OK server ready \r\n",
	.capability = "+OK List of capabilities follows\r\nSASL PLAIN LOGIN\r\nEXPIRE NEVER\r\nLOGIN-DELAY "
		      "60\r\nTOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\n"
		      "AUTH-RESP-CODE\r\nUSER\r\n.\r\n",
	.farewell = "+OK\r\n",
	.other = "-ERR Unrecognized command\r\n",
};
static const struct persona POP3_CYRUS_BEFORE = {
	.name = "cyrus-plain-allowed",
	.greeting = "+OK vm Cyrus POP3 3.6.1-Debian-3.6.1-4+deb12u4 server ready <8133842861418930550.1795449415@vm>\r\n",
	.capability = "+OK List of capabilities follows\r\nSASL PLAIN LOGIN\r\nSTLS\r\nEXPIRE NEVER\r\nLOGIN-DELAY "
		      "60\r\nTOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\n"
		      "AUTH-RESP-CODE\r\nUSER\r\nIMPLEMENTATION Cyrus POP3 3.6.1-Debian-3.6.1-4+deb12u4\r\n.\r\n",
	.upgrade = "+OK Begin TLS negotiation now\r\n",
	.farewell = "+OK\r\n",
	.other = "-ERR Unrecognized command\r\n",
};
static const struct persona POP3_MAILUTILS_WITHOUT = {
	.name = "mailutils-default",
	.greeting = "+OK POP3 Ready <236.1795449749@vm>\r\n",
	.capability =
		"+OK Capability list follows\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\nEXPIRENEVER\r\nUSER\r\n.\r\n",
	.bare_auth = "-ERR Not implemented\r\n",
	.farewell = "+OK QUIT\r\n",
	.other = "-ERR Invalid command\r\n",
};
static const struct persona POP3_MAILUTILS_BEFORE = {
	.name = "mailutils-tls",
	.greeting = "+OK POP3 Ready <236.1795449776@vm>\r\n",
	.capability = "+OK Capability list "
		      "follows\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\nEXPIRENEVER\r\nUSER\r\nSTLS\r\n.\r\n",
	.upgrade = "+OK Begin TLS negotiation\r\n",
	.bare_auth = "-ERR Not implemented\r\n",
	.farewell = "+OK QUIT\r\n",
	.other = "-ERR Invalid command\r\n",
};

#define COURIER_REST "TOP\r\nUSER\r\nLOGIN-DELAY 10\r\nPIPELINING\r\nUIDL\r\nUTF8 USER\r\nIMPLEMENTATION Courier Mail Server\r\n.\r\n"

static const struct persona POP3_COURIER_WITHOUT = {
	.name = "courier-notls-auth",
	.greeting = "+OK Hello there.\r\n",
	.capability = "+OK Here's what I can do:\r\nSASL PLAIN LOGIN CRAM-MD5\r\n" COURIER_REST,
	.upgrade = "-ERR TLS support not available.\r\n",
	.farewell = "+OK Better luck next time.\r\n",
	.other = "-ERR Invalid command.\r\n",
};
static const struct persona POP3_COURIER_REQUIRED = {
	.name = "courier-tls-required",
	.greeting = "+OK Hello there.\r\n",
	.capability = "+OK Here's what I can do:\r\nSTLS\r\n" COURIER_REST,
	.upgrade = "+OK Begin SSL/TLS negotiation now.\r\n",
	.bare_auth = "-ERR TLS required to log in.\r\n",
	.farewell = "+OK Better luck next time.\r\n",
	.other = "-ERR TLS required to log in.\r\n",
};
static const struct persona POP3_NGINX = {
	.name = "nginx",
	.greeting = "+OK POP3 ready <1153912651.1795449871@mx.example.org>\r\n",
	.capability = "+OK Capability list follows\r\nTOP\r\nUSER\r\nUIDL\r\nSASL PLAIN LOGIN CRAM-MD5\r\nSTLS\r\n.\r\n",
	.upgrade = "+OK\r\n",
	.bare_auth = "+OK methods supported:\r\nPLAIN\r\nLOGIN\r\nCRAM-MD5\r\n.\r\n",
	.farewell = "+OK\r\n",
	.other = "-ERR invalid command\r\n",
};
#define PERDITION_OTHER "-ERR Mate, the command must be one of STLS, CAPA, USER, PASS or QUIT\r\n"
static const struct persona POP3_PERDITION = {
	.name = "perdition",
	.greeting = "+OK POP3 perditon ready on 127.0.0.9 0002cf6e\r\n",
	.capability = "+OK Capability list follows, mate\r\nUIDL\r\nUSER\r\nSTLS\r\n.\r\n",
	.upgrade = "+OK Begin TLS negotiation, mate\r\n",
	.farewell = "+OK QUIT\r\n",
	.other = PERDITION_OTHER,
};

/* ---- IMAP ---- */

#define DOVECOT_ATOMS "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+"
#define DOVECOT_LISTED "% OK Pre-login capabilities listed, post-login capabilities have more.\r\n"
#define DOVECOT_IDENTITY "* ID (\"name\" \"Dovecot\")\r\n% OK ID completed.\r\n"
#define DOVECOT_FAREWELL "* BYE Logging out\r\n% OK Logout completed.\r\n"
#define IMAP_ERROR "% BAD Error in IMAP command received by server.\r\n"

static const struct persona IMAP_DOVECOT_WITHOUT = {
	.name = "dovecot23-nossl-allowed",
	.is_imap = true,
	.greeting = "* OK [CAPABILITY " DOVECOT_ATOMS " AUTH=PLAIN] Dovecot (Debian) ready.\r\n",
	.capability = "* CAPABILITY " DOVECOT_ATOMS " AUTH=PLAIN\r\n" DOVECOT_LISTED,
	.upgrade = "% BAD TLS support isn't enabled.\r\n",
	.identity = DOVECOT_IDENTITY,
	.farewell = DOVECOT_FAREWELL,
	.other = IMAP_ERROR,
};
static const struct persona IMAP_DOVECOT_DEAD = {
	.name = "dovecot23-nossl-forbidden",
	.is_imap = true,
	.greeting = "* OK [CAPABILITY " DOVECOT_ATOMS " LOGINDISABLED] Dovecot (Debian) ready.\r\n",
	.capability = "* CAPABILITY " DOVECOT_ATOMS " LOGINDISABLED\r\n" DOVECOT_LISTED,
	.upgrade = "% BAD TLS support isn't enabled.\r\n",
	.identity = DOVECOT_IDENTITY,
	.farewell = DOVECOT_FAREWELL,
	.other = IMAP_ERROR,
};
static const struct persona IMAP_DOVECOT_REQUIRED = {
	.name = "dovecot23-default",
	.is_imap = true,
	.greeting = "* OK [CAPABILITY " DOVECOT_ATOMS " STARTTLS LOGINDISABLED] Dovecot (Debian) ready.\r\n",
	.capability = "* CAPABILITY " DOVECOT_ATOMS " STARTTLS LOGINDISABLED\r\n" DOVECOT_LISTED,
	.upgrade = "% OK Begin TLS negotiation now.\r\n",
	.identity = DOVECOT_IDENTITY,
	.farewell = DOVECOT_FAREWELL,
	.other = IMAP_ERROR,
};
static const struct persona IMAP_DOVECOT_REFUSED = {
	.name = "dovecot23-default, refusing",
	.is_imap = true,
	.greeting = "* OK [CAPABILITY " DOVECOT_ATOMS " STARTTLS LOGINDISABLED] Dovecot (Debian) ready.\r\n",
	.capability = "* CAPABILITY " DOVECOT_ATOMS " STARTTLS LOGINDISABLED\r\n" DOVECOT_LISTED,
	.upgrade = "% BAD TLS support isn't enabled.\r\n",
	.identity = DOVECOT_IDENTITY,
	.farewell = DOVECOT_FAREWELL,
	.other = IMAP_ERROR,
};
static const struct persona IMAP_DOVECOT_HIDDEN = {
	.name = "dovecot24-cleartext-allowed, behind a filter that hides STARTTLS",
	.is_imap = true,
	.greeting = "* OK [CAPABILITY IMAP4rev1 LOGIN-REFERRALS ID ENABLE IDLE SASL-IR LITERAL+ AUTH=PLAIN AUTH=LOGIN] Dovecot ready.\r\n",
	.capability = "* CAPABILITY IMAP4rev1 LOGIN-REFERRALS ID ENABLE IDLE SASL-IR LITERAL+ AUTH=PLAIN AUTH=LOGIN\r\n" DOVECOT_LISTED,
	.upgrade = "% OK Begin TLS negotiation now.\r\n",
	.identity = DOVECOT_IDENTITY,
	.farewell = DOVECOT_FAREWELL,
	.other = IMAP_ERROR,
};

#define COURIER_ATOMS "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA"
#define COURIER_READY "] Courier-IMAP ready. Copyright 1998-2019 Double Precision, Inc.  See COPYING for distribution information.\r\n"
#define COURIER_FAREWELL "* BYE Courier-IMAP server shutting down\r\n% OK LOGOUT completed\r\n"
#define COURIER_ERROR "% NO Error in IMAP command received by server.\r\n"

static const struct persona IMAP_COURIER_WITHOUT = {
	.name = "courier-notls-auth",
	.is_imap = true,
	.greeting = "* OK [CAPABILITY " COURIER_ATOMS " AUTH=PLAIN AUTH=CRAM-MD5 IDLE ACL ACL2=UNION ENABLE UTF8=ACCEPT" COURIER_READY,
	.capability = "* CAPABILITY " COURIER_ATOMS
		      " AUTH=PLAIN AUTH=CRAM-MD5 IDLE ACL ACL2=UNION ENABLE UTF8=ACCEPT\r\n% OK CAPABILITY completed\r\n",
	.farewell = COURIER_FAREWELL,
	.other = COURIER_ERROR,
};
static const struct persona IMAP_COURIER_REQUIRED = {
	.name = "courier-tls-required",
	.is_imap = true,
	.greeting = "* OK [CAPABILITY " COURIER_ATOMS " IDLE ACL ACL2=UNION STARTTLS LOGINDISABLED ENABLE UTF8=ACCEPT" COURIER_READY,
	.capability = "* CAPABILITY " COURIER_ATOMS
		      " IDLE ACL ACL2=UNION STARTTLS LOGINDISABLED ENABLE UTF8=ACCEPT\r\n% OK CAPABILITY completed\r\n",
	.upgrade = "% OK Begin SSL/TLS negotiation now.\r\n",
	.farewell = COURIER_FAREWELL,
	.other = COURIER_ERROR,
};

#define CYRUS_ATOMS                                                                                                                        \
	"IMAP4rev1 LITERAL+ ID ENABLE ACL ANNOTATE-EXPERIMENT-1 BINARY CATENATE CHILDREN CONDSTORE CREATE-SPECIAL-USE ESEARCH ESORT "      \
	"LIST-EXTENDED LIST-MYRIGHTS LIST-STATUS MAILBOX-REFERRALS METADATA MOVE MULTIAPPEND NAMESPACE OBJECTID PREVIEW QRESYNC QUOTA "    \
	"RIGHTS=kxten SAVEDATE SEARCH=FUZZY SORT SORT=DISPLAY SPECIAL-USE STATUS=SIZE THREAD=ORDEREDSUBJECT THREAD=REFERENCES UIDPLUS "    \
	"UNSELECT URLAUTH URLAUTH=BINARY WITHIN DIGEST=SHA1 LIST-METADATA NO_ATOMIC_RENAME SCAN SORT=MODSEQ SORT=UID THREAD=REFS "         \
	"X-CREATEDMODSEQ X-REPLICATION X-SIEVE-MAILBOX XLIST XMOVE"
#define CYRUS_REST                                                                                                                         \
	" AUTH=PLAIN AUTH=LOGIN SASL-IR COMPRESS=DEFLATE X-QUOTA=STORAGE X-QUOTA=MESSAGE X-QUOTA=X-ANNOTATION-STORAGE "                    \
	"X-QUOTA=X-NUM-FOLDERS IDLE "                                                                                                      \
	"APPENDLIMIT=4294967295\r\n% OK Completed\r\n"

static const struct persona IMAP_CYRUS_WITHOUT = {
	.name = "cyrus-notls-allowed",
	.is_imap = true,
	.greeting = "* OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE AUTH=PLAIN AUTH=LOGIN SASL-IR] server ready\r\n",
	.capability = "* CAPABILITY " CYRUS_ATOMS CYRUS_REST,
	.identity = "* ID NIL\r\n% OK Completed\r\n",
	.farewell = "* BYE LOGOUT received\r\n% OK Completed\r\n",
	.other = "% BAD Unrecognized command\r\n",
};
static const struct persona IMAP_CYRUS_BEFORE = {
	.name = "cyrus-plain-allowed",
	.is_imap = true,
	.greeting = "* OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE STARTTLS AUTH=PLAIN AUTH=LOGIN SASL-IR] vm Cyrus IMAP "
		    "3.6.1-Debian-3.6.1-4+deb12u4 server ready\r\n",
	.capability = "* CAPABILITY " CYRUS_ATOMS " STARTTLS" CYRUS_REST,
	.upgrade = "% OK Begin TLS negotiation now\r\n",
	.identity = "* ID (\"name\" \"Cyrus IMAPD\" \"version\" \"3.6.1-Debian-3.6.1-4+deb12u4\" \"vendor\" \"Project Cyrus\")\r\n% OK "
		    "Completed\r\n",
	.farewell = "* BYE LOGOUT received\r\n% OK Completed\r\n",
	.other = "% BAD Unrecognized command\r\n",
};

#define MAILUTILS_AUTH                                                                                                                     \
	" AUTH=GSSAPI AUTH=ANONYMOUS AUTH=EXTERNAL AUTH=LOGIN AUTH=PLAIN AUTH=SECURID AUTH=DIGEST-MD5 AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1 "     \
	"AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS AUTH=SAML20 AUTH=OPENID20 AUTH=GSSAPI AUTH=GS2-KRB5\r\n"

static const struct persona IMAP_MAILUTILS_WITHOUT = {
	.name = "mailutils-default",
	.is_imap = true,
	.greeting = "* OK IMAP4rev1\r\n",
	.capability = "* CAPABILITY IMAP4rev1 NAMESPACE ID IDLE LITERAL+ UNSELECT" MAILUTILS_AUTH "% OK CAPABILITY Completed\r\n",
	.upgrade = "% BAD STARTTLS Invalid command\r\n",
	.identity = "% BAD ID Wrong state\r\n",
	.farewell = "* BYE Session terminating.\r\n% OK LOGOUT Completed\r\n",
	.other = "% BAD Invalid command\r\n",
};
static const struct persona IMAP_MAILUTILS_BEFORE = {
	.name = "mailutils-tls",
	.is_imap = true,
	.greeting = "* OK IMAP4rev1\r\n",
	.capability = "* CAPABILITY IMAP4rev1 NAMESPACE ID IDLE LITERAL+ UNSELECT STARTTLS" MAILUTILS_AUTH "% OK CAPABILITY Completed\r\n",
	.upgrade = "% OK STARTTLS Begin TLS negotiation\r\n",
	.identity = "% BAD ID Wrong state\r\n",
	.farewell = "* BYE Session terminating.\r\n% OK LOGOUT Completed\r\n",
	.other = "% BAD Invalid command\r\n",
};
static const struct persona IMAP_NGINX = {
	.name = "nginx",
	.is_imap = true,
	.greeting = "* OK IMAP4 ready\r\n",
	.capability = "* CAPABILITY IMAP4 IMAP4rev1 UIDPLUS AUTH=PLAIN AUTH=LOGIN STARTTLS\r\n% OK completed\r\n",
	.upgrade = "% OK completed\r\n",
	.farewell = "* BYE\r\n% OK completed\r\n",
	.other = "% BAD invalid command\r\n",
};
static const struct persona IMAP_PERDITION = {
	.name = "perdition",
	.is_imap = true,
	.greeting = "* OK [CAPABILITY IMAP4 IMAP4REV1 STARTTLS] perdition ready on 127.0.0.9 0002cff1\r\n",
	.capability = "* CAPABILITY IMAP4 IMAP4REV1 STARTTLS\r\n% OK CAPABILITY\r\n",
	.upgrade = "% OK Begin TLS negotiation now\r\n",
	.farewell = "* BYE IMAP4 server logging out, mate\r\n% OK LOGOUT\r\n",
	.other = "% BAD Unrecognised command, mate\r\n",
};

/* ---- neither ---- */

static const struct persona OTHER_SSH = {
	.name = "OpenSSH", .greeting = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7\r\n", .other = "Invalid SSH identification string.\r\n"};
static const struct persona OTHER_SMTP = {.name = "Postfix",
                                          .greeting = "220 mx.example.org ESMTP Postfix (Debian/GNU)\r\n",
                                          .other = "502 5.5.2 Error: command not recognized\r\n"};

/* ---- classes of hosts ---- */

#define SHUT                                                                                                                               \
	{                                                                                                                                  \
		SERVICE_CLOSED, NULL, TLS_KIND_NONE, "closed"                                                                              \
	}
#define FILTERED                                                                                                                           \
	{                                                                                                                                  \
		SERVICE_FILTERED, NULL, TLS_KIND_NONE, "closed"                                                                            \
	}
#define CLEAR(who)                                                                                                                         \
	{                                                                                                                                  \
		SERVICE_DIALOGUE, &(who), TLS_KIND_NONE, "no-tls"                                                                          \
	}
#define DIALOGUE(who, tls, verdict)                                                                                                        \
	{                                                                                                                                  \
		SERVICE_DIALOGUE, &(who), (tls), (verdict)                                                                                 \
	}
#define IMPLICIT(tls)                                                                                                                      \
	{                                                                                                                                  \
		SERVICE_TLS, NULL, (tls), "implicit-tls"                                                                                   \
	}
#define IMPLICIT_OLD                                                                                                                       \
	{                                                                                                                                  \
		SERVICE_TLS, NULL, TLS_KIND_TLS_1_0, "legacy-tls-only"                                                                     \
	}
#define ALL_PORTS(kind, verdict, tls_verdict)                                                                                              \
	{                                                                                                                                  \
		{(kind), NULL, TLS_KIND_NONE, (verdict)}, {(kind), NULL, TLS_KIND_NONE, (verdict)},                                        \
			{(kind), NULL, TLS_KIND_NONE, (tls_verdict)},                                                                      \
		{                                                                                                                          \
			(kind), NULL, TLS_KIND_NONE, (tls_verdict)                                                                         \
		}                                                                                                                          \
	}
/* Nobody there; a port for implicit TLS that accepts and says nothing is broken as long as its host is not known to be false. */
#define FALSE_VERDICT "unknown|slow|false-host"
#define FALSE_PORTS(kind) ALL_PORTS(kind, FALSE_VERDICT, FALSE_VERDICT "|implicit-broken")
#define WITHOUT GROUP_WITHOUT_TLS
#define WITH GROUP_WITH_TLS
#define OTHER GROUP_OTHER

const struct host_class HOST_CLASSES[] = {
	{"clear-dovecot",
         WITHOUT,
         30,
         {CLEAR(POP3_DOVECOT_WITHOUT), CLEAR(IMAP_DOVECOT_WITHOUT), SHUT, SHUT},
         SERVICE_CLOSED,
         "host-no-tls"},
	{"clear-dovecot-filtered",
         WITHOUT,
         20,
         {CLEAR(POP3_DOVECOT_WITHOUT), CLEAR(IMAP_DOVECOT_WITHOUT), FILTERED, FILTERED},
         SERVICE_FILTERED,
         "host-no-tls"},
	{"clear-popa3d", WITHOUT, 8, {CLEAR(POP3_POPA3D), SHUT, SHUT, SHUT}, SERVICE_CLOSED, "host-no-tls"},
	{"clear-solid", WITHOUT, 4, {CLEAR(POP3_SOLID), FILTERED, FILTERED, FILTERED}, SERVICE_FILTERED, "host-no-tls"},
	{"clear-courier-imap", WITHOUT, 10, {SHUT, CLEAR(IMAP_COURIER_WITHOUT), SHUT, SHUT}, SERVICE_CLOSED, "host-no-tls"},
	{"clear-cyrus", WITHOUT, 12, {CLEAR(POP3_CYRUS_WITHOUT), CLEAR(IMAP_CYRUS_WITHOUT), SHUT, SHUT}, SERVICE_CLOSED, "host-no-tls"},
	{"clear-mailutils",
         WITHOUT,
         6,
         {CLEAR(POP3_MAILUTILS_WITHOUT), CLEAR(IMAP_MAILUTILS_WITHOUT), SHUT, SHUT},
         SERVICE_CLOSED,
         "host-no-tls"},
	{"clear-beside-implicit",
         WITHOUT,
         10,
         {CLEAR(POP3_COURIER_WITHOUT), CLEAR(IMAP_COURIER_WITHOUT), IMPLICIT(TLS_KIND_ECDSA), IMPLICIT(TLS_KIND_ECDSA)},
         SERVICE_CLOSED,
         "host-no-tls"},

	{"required-dovecot-ecdsa",
         WITH,
         35,
         {DIALOGUE(POP3_DOVECOT_REQUIRED, TLS_KIND_ECDSA, "tls-required"), DIALOGUE(IMAP_DOVECOT_REQUIRED, TLS_KIND_ECDSA, "tls-required"),
          IMPLICIT(TLS_KIND_ECDSA), IMPLICIT(TLS_KIND_ECDSA)},
         SERVICE_CLOSED,
         "host-protected"},
	/* Few with RSA: a signature costs the world's processor as much as a hundred packets, and the scanner shares it. */
	{"required-courier-rsa",
         WITH,
         3,
         {DIALOGUE(POP3_COURIER_REQUIRED, TLS_KIND_RSA, "tls-required"), DIALOGUE(IMAP_COURIER_REQUIRED, TLS_KIND_RSA, "tls-required"),
          IMPLICIT(TLS_KIND_RSA), IMPLICIT(TLS_KIND_RSA)},
         SERVICE_CLOSED,
         "host-protected"},
	{"before-cyrus-ecdsa",
         WITH,
         12,
         {DIALOGUE(POP3_CYRUS_BEFORE, TLS_KIND_ECDSA, "login-before-tls"), DIALOGUE(IMAP_CYRUS_BEFORE, TLS_KIND_ECDSA, "login-before-tls"),
          IMPLICIT(TLS_KIND_ECDSA), IMPLICIT(TLS_KIND_ECDSA)},
         SERVICE_CLOSED,
         "host-tls-optional"},
	{"before-nginx-ecdsa",
         WITH,
         8,
         {DIALOGUE(POP3_NGINX, TLS_KIND_ECDSA, "login-before-tls"), DIALOGUE(IMAP_NGINX, TLS_KIND_ECDSA, "login-before-tls"), FILTERED,
          FILTERED},
         SERVICE_FILTERED,
         "host-tls-optional"},
	{"before-perdition-ecdsa",
         WITH,
         5,
         {DIALOGUE(POP3_PERDITION, TLS_KIND_ECDSA, "login-before-tls"), DIALOGUE(IMAP_PERDITION, TLS_KIND_ECDSA, "login-before-tls"), SHUT,
          SHUT},
         SERVICE_CLOSED,
         "host-tls-optional"},
	{"before-mailutils-static",
         WITH,
         6,
         {DIALOGUE(POP3_MAILUTILS_BEFORE, TLS_KIND_STATIC, "login-before-tls"),
          DIALOGUE(IMAP_MAILUTILS_BEFORE, TLS_KIND_STATIC, "login-before-tls"), SHUT, SHUT},
         SERVICE_CLOSED,
         "host-tls-optional"},
	{"legacy-courier",
         WITH,
         8,
         {DIALOGUE(POP3_COURIER_REQUIRED, TLS_KIND_TLS_1_0, "legacy-tls-only"),
          DIALOGUE(IMAP_COURIER_REQUIRED, TLS_KIND_TLS_1_0, "legacy-tls-only"), IMPLICIT_OLD, IMPLICIT_OLD},
         SERVICE_CLOSED,
         "host-legacy-tls"},
	{"broken-dovecot",
         WITH,
         3,
         {DIALOGUE(POP3_DOVECOT_REQUIRED, TLS_KIND_NONE, "starttls-broken"),
          DIALOGUE(IMAP_DOVECOT_REQUIRED, TLS_KIND_NONE, "starttls-broken"), SHUT, SHUT},
         SERVICE_CLOSED,
         "host-protected"},
	{"refused-dovecot",
         WITH,
         2,
         {DIALOGUE(POP3_DOVECOT_REFUSED, TLS_KIND_NONE, "starttls-refused"),
          DIALOGUE(IMAP_DOVECOT_REFUSED, TLS_KIND_NONE, "starttls-refused"), SHUT, SHUT},
         SERVICE_CLOSED,
         "host-protected"},
	{"hidden-dovecot",
         WITH,
         2,
         {DIALOGUE(POP3_DOVECOT_HIDDEN, TLS_KIND_ECDSA, "starttls-unadvertised"),
          DIALOGUE(IMAP_DOVECOT_HIDDEN, TLS_KIND_ECDSA, "starttls-unadvertised"), SHUT, SHUT},
         SERVICE_CLOSED,
         "host-protected"},
	{"dead-dovecot",
         WITH,
         2,
         {DIALOGUE(POP3_DOVECOT_DEAD, TLS_KIND_NONE, "dead-port"), DIALOGUE(IMAP_DOVECOT_DEAD, TLS_KIND_NONE, "dead-port"),
          IMPLICIT(TLS_KIND_ECDSA), IMPLICIT(TLS_KIND_ECDSA)},
         SERVICE_CLOSED,
         "host-protected"},
	{"implicit-only-ecdsa",
         WITH,
         9,
         {SHUT, SHUT, IMPLICIT(TLS_KIND_ECDSA), IMPLICIT(TLS_KIND_ECDSA)},
         SERVICE_CLOSED,
         "host-protected"},
	{"implicit-only-filtered", WITH, 5, {FILTERED, FILTERED, IMPLICIT(TLS_KIND_ECDSA), FILTERED}, SERVICE_FILTERED, "host-protected"},

	{"closed", OTHER, 920, ALL_PORTS(SERVICE_CLOSED, "closed", "closed"), SERVICE_CLOSED, "host-closed"},
	{"unreachable", OTHER, 40, ALL_PORTS(SERVICE_UNREACHABLE, "closed", "closed"), SERVICE_UNREACHABLE, "host-closed"},
	{"syn-proxy", OTHER, 10, FALSE_PORTS(SERVICE_SYN_PROXY), SERVICE_SYN_PROXY, "host-unknown|host-false"},
	{"accepts-all", OTHER, 8, FALSE_PORTS(SERVICE_MUTE), SERVICE_MUTE, "host-unknown|host-false"},
	{"tarpit", OTHER, 2, {{SERVICE_TARPIT, NULL, TLS_KIND_NONE, "slow|unknown"}, SHUT, SHUT, SHUT}, SERVICE_CLOSED, "host-unknown"},
	{"other-ssh", OTHER, 12, {DIALOGUE(OTHER_SSH, TLS_KIND_NONE, "not-mail"), SHUT, SHUT, SHUT}, SERVICE_CLOSED, "host-not-mail"},
	{"other-smtp", OTHER, 8, {SHUT, DIALOGUE(OTHER_SMTP, TLS_KIND_NONE, "not-mail"), SHUT, SHUT}, SERVICE_CLOSED, "host-not-mail"},
};
const uint32_t HOST_CLASS_COUNT = ARRAY_LENGTH(HOST_CLASSES);
_Static_assert(ARRAY_LENGTH(HOST_CLASSES) <= POPULATION_CLASSES_MAX, "the table shared with BPF has no room for more");

uint32_t host_class_by_name(const char *name)
{
	for (uint32_t i = 0; i < HOST_CLASS_COUNT; i++) {
		if (strcmp(HOST_CLASSES[i].name, name) == 0)
			return i;
	}
	return POPULATION_SILENT;
}

/* Who accepts everything, or drips, is nobody of whom anything can be said; a closed host is not there in either world. */
static bool is_changeable(uint32_t class)
{
	return class < HOST_CLASS_COUNT && strcmp(HOST_CLASSES[class].host_verdict, "host-closed") != 0 &&
	       strncmp(HOST_CLASSES[class].host_verdict, "host-unknown", strlen("host-unknown")) != 0;
}

uint32_t host_class_changed(uint32_t class, enum population_change change, bool is_before)
{
	static const char FIXED[] = "required-dovecot-ecdsa", REGRESSED[] = "clear-beside-implicit";

	if (!is_changeable(class))
		return class;
	switch (change) {
	case POPULATION_FIXED:
		return !is_before && HOST_CLASSES[class].group == GROUP_WITHOUT_TLS ? host_class_by_name(FIXED) : class;
	case POPULATION_REGRESSED:
		/* Also of those that take passwords before TLS: they lose it. */
		return !is_before && HOST_CLASSES[class].group == GROUP_WITH_TLS ? host_class_by_name(REGRESSED) : class;
	case POPULATION_GONE:
		return is_before ? class : POPULATION_SILENT;
	case POPULATION_NEW:
		return is_before ? POPULATION_SILENT : class;
	case POPULATION_CHANGES:
	case POPULATION_CHANGE_ONE_OF:
		break;
	}
	return class;
}

const struct service *host_class_service(uint32_t class, uint16_t port)
{
	static const struct service ELSEWHERE[] = {
		[SERVICE_CLOSED] = SHUT,
		[SERVICE_FILTERED] = FILTERED,
		[SERVICE_UNREACHABLE] = {SERVICE_UNREACHABLE, NULL, TLS_KIND_NONE, "closed"},
		[SERVICE_SYN_PROXY] = {SERVICE_SYN_PROXY, NULL, TLS_KIND_NONE, "false-host"},
		[SERVICE_MUTE] = {SERVICE_MUTE, NULL, TLS_KIND_NONE, "false-host"},
	};
	uint32_t slot = population_port_slot(port);

	if (class >= HOST_CLASS_COUNT)
		return &ELSEWHERE[SERVICE_FILTERED];
	return slot < POPULATION_PORTS ? &HOST_CLASSES[class].services[slot] : &ELSEWHERE[HOST_CLASSES[class].elsewhere];
}

enum population_action host_class_action(uint32_t class, uint32_t slot, bool kernel_accepts)
{
	static const uint16_t PORTS[] = {110, 143, 993, 995, 0};

	switch (host_class_service(class, PORTS[slot])->kind) {
	case SERVICE_FILTERED:
		return POPULATION_DROP;
	case SERVICE_CLOSED:
		return POPULATION_RESET;
	case SERVICE_DIALOGUE:
	case SERVICE_TLS:
		return kernel_accepts ? POPULATION_ACCEPT : POPULATION_ANSWER;
	case SERVICE_UNREACHABLE:
	case SERVICE_SYN_PROXY:
	case SERVICE_MUTE:
	case SERVICE_TARPIT:
		break;
	}
	return POPULATION_ANSWER;
}
