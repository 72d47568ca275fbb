/* SPDX-License-Identifier: ISC */
/* What one endpoint said in one conversation, in the vocabulary that all mail-access protocols share. Stores keep it, rules read it; no protocol adds to it. */
#ifndef MODEL_OBSERVATION_H
#define MODEL_OBSERVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "model/fingerprint.h"

/* What the first bytes of the server show that it speaks (rulebook 1.6). */
enum wire_protocol {
	WIRE_UNKNOWN, /* no byte, or not enough to tell */
	WIRE_POP3,
	WIRE_IMAP,
	WIRE_SMTP,
	WIRE_FTP,
	WIRE_SMTP_OR_FTP,
	WIRE_SSH,
	WIRE_HTTP,
	WIRE_TLS, /* a TLS record came unasked, or to our hello */
	WIRE_SSLV2,
	WIRE_VNC,
	WIRE_RSYNC,
	WIRE_TELNET,
	WIRE_XMPP,
	WIRE_MYSQL,
	WIRE_SIEVE,
	WIRE_OTHER_TEXT,
	WIRE_OTHER_BINARY,
};

/* How a conversation ended; every conversation has exactly one ending. */
enum ending {
	ENDING_NONE,                /* not ended yet; never stored */
	ENDING_COMPLETE,            /* all that was to be asked was answered, left with QUIT or LOGOUT */
	ENDING_TLS_OBSERVED,        /* the server's hello flight was read as far as wanted, then closed */
	ENDING_TLS_FAILED,          /* TLS was agreed or begun and did not come up; observation.tls says how */
	ENDING_CLEAR_AFTER_UPGRADE, /* clear-text bytes where TLS was agreed (rule D-15) */
	ENDING_PREAUTH,             /* greeted as authenticated; only LOGOUT was sent (rule K-10) */
	ENDING_BUSY,                /* refused for now (rule D-12) */
	ENDING_DENIED,              /* refused our address (rule D-13) */
	ENDING_WRONG_PROTOCOL,      /* something else than POP3 or IMAP speaks here */
	ENDING_SILENT,              /* accepted, then no byte within the limit */
	ENDING_TARPIT,              /* bytes dripped, no full line within the limit (rule D-6) */
	ENDING_TIMED_OUT,           /* a reply was awaited in vain */
	ENDING_CLOSED_SILENT,       /* closed before any byte (rule D-9) */
	ENDING_RESET_SILENT,        /* reset before any byte (rule D-10) */
	ENDING_TRUNCATED,           /* closed in the middle */
	ENDING_RESET,               /* reset in the middle */
	ENDING_TOO_MUCH_DATA,       /* rule D-3 */
	ENDING_CONNECT_REFUSED,     /* RST to the SYN */
	ENDING_CONNECT_TIMED_OUT,
	ENDING_CONNECT_UNREACHABLE, /* ICMP says so */
	ENDING_LOCAL_FAILURE,       /* our own side could not (no descriptor, no address); says nothing of the server */
};

enum presence {
	PRESENCE_UNKNOWN, /* never asked, or the answer was cut off (rule D-9): not the same as absent */
	PRESENCE_ABSENT,
	PRESENCE_PRESENT,
};

/* STARTTLS / STLS as a command. */
enum upgrade {
	UPGRADE_NOT_ASKED,
	UPGRADE_UNANSWERED,   /* asked, no reply before the end */
	UPGRADE_REFUSED,      /* POP3 -ERR, IMAP BAD: the command is not known or not allowed */
	UPGRADE_REFUSED_NO,   /* IMAP NO: known, but misconfigured (RFC 9051 6.2.1) */
	UPGRADE_REFUSED_BUSY, /* refused for now (rule D-12) */
	UPGRADE_AGREED,       /* positive reply; what TLS then did is in observation.tls */
};

/* POP3's AUTH without argument (rule P-7). */
enum bare_auth {
	BARE_AUTH_NOT_ASKED,
	BARE_AUTH_UNANSWERED, /* closed, reset or silent: rule P-10 asks for another try without it */
	BARE_AUTH_REFUSED,
	BARE_AUTH_LISTED, /* +OK and a list, perhaps empty */
};

enum observation_flag {
	OBSERVED_LONG_LINE = 1 << 0, /* rule D-2 */
	OBSERVED_TOO_MUCH_DATA = 1 << 1,
	OBSERVED_UNTAGGED_REPLY = 1 << 2,         /* rule I-5 */
	OBSERVED_LIST_UNTERMINATED = 1 << 3,      /* rule P-3 */
	OBSERVED_SEVERAL_GREETINGS = 1 << 4,      /* rule I-2 */
	OBSERVED_APOP_STAMP = 1 << 5,             /* rule P-2 */
	OBSERVED_WRONG_PORT_PROTOCOL = 1 << 6,    /* rule W-5 */
	OBSERVED_STARTTLS_INSIDE_TLS = 1 << 7,    /* rule D-17 */
	OBSERVED_UNSOLICITED_INSIDE_TLS = 1 << 8, /* rule D-16 */
	OBSERVED_CAPABILITY_REFUSED = 1 << 9,     /* CAPA or CAPABILITY answered negatively before TLS */
	OBSERVED_NUL_BYTE = 1 << 10,
	OBSERVED_SLOW_PASS = 1 << 11,            /* this conversation used the slow limits (rule D-5) */
	OBSERVED_STARTTLS_MASKED = 1 << 12,      /* rule J-24: keyword overwritten by X or A */
	OBSERVED_CAPABILITIES_DIFFER = 1 << 13,  /* rule I-4: greeting list and CAPABILITY reply disagree on what matters */
	OBSERVED_LADDER = 1 << 14,               /* held only for what its hello shows: says nothing about the dialogue (rule T-1) */
	OBSERVED_INJECTION_TRIED = 1 << 15,      /* a command stood behind STARTTLS in the same segment (rule J-2) */
	OBSERVED_INJECTION_AT_ONCE = 1 << 16,    /* its answer came inside TLS unasked (rule J-4) */
	OBSERVED_INJECTION_LATE = 1 << 17,       /* its answer came before that of our next command (rule J-5) */
	OBSERVED_INJECTION_SETTLED = 1 << 18,    /* only our next command was answered: what was injected is gone (rule J-6) */
	OBSERVED_PIPELINED_BEFORE_TLS = 1 << 19, /* it was answered in clear (rule J-7) */
	OBSERVED_CONFIRM_TRIED = 1 << 20,        /* a SASL exchange was opened and cancelled (rule X-6) */
	OBSERVED_CONFIRM_ACCEPTED = 1 << 21,     /* the server asked for the password in clear */
	OBSERVED_CONFIRM_DENIED = 1 << 22,       /* refused for want of TLS (rule X-7) */
	OBSERVED_REFERRAL_BEFORE_TLS = 1 << 23,  /* rule J-23 */
	OBSERVED_CANARY = 1 << 24,               /* held only to see whether a port that nobody uses accepts too (rule D-7) */
	OBSERVED_BARE_ANSWER =
		1
		<< 25, /* the SYN-ACK had no window or no option although our SYN had them: as forged by a SYN proxy; evidence, no proof */
};

enum tls_outcome {
	TLS_NOT_TRIED,
	TLS_PROVEN,     /* clear flight up to ServerHelloDone, or a finished handshake (rule T-23) */
	TLS_HELLO_ONLY, /* ServerHello or HelloRetryRequest, then nothing that proves more */
	TLS_ALERT,      /* fatal alert before ServerHello; close_notify before ServerHello counts here */
	TLS_CLOSED,     /* EOF before ServerHello (rule T-8: no statement by itself) */
	TLS_RESET,
	TLS_SILENT,  /* no answer to the hello within the limit */
	TLS_GARBAGE, /* bytes that are not TLS */
	TLS_TOO_MUCH_DATA,
	TLS_CLIENT_FAILED, /* the server did its part, our library could not go on: says nothing of the server */
};

/* Which hello was sent (rulebook 2.1); the numbers are stored. */
enum tls_hello {
	TLS_HELLO_NONE = 0,
	TLS_HELLO_H1 = 1,      /* TLS 1.2 and older, all usual suites */
	TLS_HELLO_H2 = 2,      /* TLS 1.3 with empty key_share */
	TLS_HELLO_H3 = 3,      /* TLS 1.1 */
	TLS_HELLO_H4 = 4,      /* TLS 1.0 */
	TLS_HELLO_H5 = 5,      /* SSL 3.0, no extensions */
	TLS_HELLO_H6 = 6,      /* obsolete suites only */
	TLS_HELLO_H7 = 7,      /* DHE suites, no groups: the size of the finite-field group */
	TLS_HELLO_H9R = 9,     /* ECDHE and DHE with RSA certificates only */
	TLS_HELLO_H9E = 10,    /* with ECDSA certificates only */
	TLS_HELLO_H10 = 11,    /* H1 without SNI, offering compression and heartbeat (H10 and H11 of rulebook 2.1 in one) */
	TLS_HELLO_H12 = 12,    /* TLS 1.1 with the fallback signal (RFC 7507) */
	TLS_HELLO_PLAIN = 13,  /* H1 without extensions: for servers that choke on them (rule T-22) */
	TLS_HELLO_TRAITS = 20, /* suites with the traits of tls_observation.offered */
	TLS_HELLO_GROUPS = 21, /* H2 with the groups of tls_observation.offered only (rule T-31) */
	TLS_HELLO_JARM_1 = 31, /* the ten of JARM, 31 to 40 (rule T-40) */
	TLS_HELLO_JARM_10 = 40,
	TLS_HELLO_SESSION = 100, /* a real handshake by OpenSSL */
};
enum { TLS_HELLO_JARM_COUNT = TLS_HELLO_JARM_10 - TLS_HELLO_JARM_1 + 1 };

enum tls_flag {
	TLS_SAYS_TLS13 = 1 << 0, /* downgrade sentinel, HelloRetryRequest or TLS 1.3 itself (rules T-11, T-12) */
	TLS_HAS_SECURE_RENEGOTIATION = 1 << 1,
	TLS_HAS_EXTENDED_MASTER_SECRET = 1 << 2,
	TLS_HAS_TICKETS = 1 << 3,
	TLS_HAS_ENCRYPT_THEN_MAC = 1 << 4,
	TLS_HAS_HEARTBEAT = 1 << 5,
	TLS_HAS_COMPRESSION = 1 << 6,
	TLS_HAS_OCSP_STAPLE = 1 << 7,
	TLS_WANTS_CLIENT_CERTIFICATE = 1 << 8,
	TLS_HAD_WARNING_ALERT = 1 << 9, /* rule T-3 */
	TLS_BAD_SIGNATURE = 1 << 11,    /* the flight is not signed by the key of its own certificate: no client goes on */
	TLS_CERTIFICATES_CUT = 1 << 10, /* the chain was longer than the limit */
	TLS_HAD_SERVER_NAME = 1 << 12,  /* our hello carried a name (SNI) */
};

enum { TLS_EXTENSIONS_MAX = 24 };

/* As in hellos; the same words as tls_version_name has. */
enum tls_version {
	VERSION_SSL_3 = 0x0300,
	VERSION_TLS_1_0 = 0x0301,
	VERSION_TLS_1_1 = 0x0302,
	VERSION_TLS_1_2 = 0x0303,
	VERSION_TLS_1_3 = 0x0304,
};

/* What TLS showed in one conversation. Zero means: not seen. */
struct tls_observation {
	enum tls_outcome outcome;
	enum tls_hello hello;
	uint16_t version; /* as negotiated: 0x0300 SSL 3.0 ... 0x0304 TLS 1.3 (supported_versions wins) */
	uint16_t cipher_suite;
	uint16_t group;           /* named group of ServerKeyExchange, HelloRetryRequest or key_share */
	uint16_t dh_bits;         /* finite-field prime, leading zeros stripped */
	uint16_t rsa_export_bits; /* temporary RSA key of an export suite */
	uint8_t alert_level;      /* last alert seen; level 0 = none */
	uint8_t alert_description;
	uint32_t flags; /* enum tls_flag */
	char alpn[16];  /* as selected by the server, non-printable bytes replaced by '?' */
	uint8_t certificate_count;
	uint8_t leaf_sha256[CERTIFICATE_FINGERPRINT_SIZE];  /* of the DER; all zero when certificate_count is 0 */
	uint8_t chain_sha256[CERTIFICATE_FINGERPRINT_SIZE]; /* of the SHA-256 of all certificates, in the order sent; all zero likewise */
	uint8_t dh_prime_sha256
		[CERTIFICATE_FINGERPRINT_SIZE]; /* of the finite-field prime without leading zeros; all zero when none was seen */
	uint32_t offered; /* what TLS_HELLO_TRAITS (enum suite_trait) or TLS_HELLO_GROUPS (bits of model/tls_group.h) offered; else 0 */
	uint16_t legacy_version;   /* version field of the ServerHello as sent: what JA3S and JARM are made of */
	uint16_t signature_scheme; /* of the ServerKeyExchange (TLS 1.2); 0 when none was seen */
	uint8_t extension_count;
	uint16_t extensions[TLS_EXTENSIONS_MAX]; /* types of the ServerHello, in the order sent */
};

enum {
	OBSERVATION_GREETING_MAX = 512,
	OBSERVATION_CAPABILITIES_MAX = 4096,
	OBSERVATION_REPLY_MAX = 512,
	OBSERVATION_IDENTITY_MAX = 1024,
};

/* Raw server bytes are kept as they came, bounded; whoever shows them escapes them. */
struct observation {
	enum wire_protocol protocol; /* what speaks here in clear, or inside TLS on an implicit port */
	enum ending ending;
	uint32_t flags;         /* enum observation_flag */
	struct buffer greeting; /* the last greeting line without line end; or the first bytes of a wrong protocol */
	struct buffer
		capabilities_before; /* words joined by one space, in the server's order and case; POP3: capability lines joined by " / " */
	struct buffer capabilities_after; /* the same, asked inside TLS */
	bool capabilities_before_known;   /* an answer was complete; an empty list can be known */
	bool capabilities_after_known;
	enum presence starttls_advertised; /* before TLS */
	enum upgrade upgrade;
	struct buffer upgrade_reply; /* the reply line to STARTTLS or STLS */
	enum bare_auth bare_auth;
	struct buffer bare_auth_reply;     /* first line and, if listed, mechanisms joined by space */
	struct buffer clear_after_upgrade; /* evidence of clear-text bytes after the upgrade was agreed */
	struct buffer identity;            /* IMAP ID reply as "name=Dovecot;version=..." (rule I-13) */
	struct buffer confirm_reply;       /* the reply to the opened SASL exchange (rules) */
	struct tls_observation tls;
};

/* An empty observation; holds no memory until something is kept. */
void observation_init(struct observation *observation);
void observation_done(struct observation *observation);
/* A copy with bytes of its own; copy must be empty or not initialised. */
void observation_copy(struct observation *copy, const struct observation *original);

/* TLS was begun without a word in clear before it: on a port of implicit TLS, or by rule W-1's hello. */
bool observation_is_tls_first(const struct observation *observation);
/* The connection came up and not one full line or TLS record was heard (rule D-7). */
bool observation_is_mute(const struct observation *observation);
/* One of JARM's ten, which say nothing of what a server accepts from others (rule T-40). */
bool tls_hello_is_jarm(enum tls_hello hello);
/* EOF or a reset instead of an answer to the hello: a refusal only if the server still answers others (rule T-8). */
bool tls_outcome_is_cut_off(enum tls_outcome outcome);

/* Stable lower-case words for records ("pop3", "closed-silent", ...); "?" for a value that is none. */
const char *wire_protocol_name(enum wire_protocol protocol);
const char *ending_name(enum ending ending);
const char *presence_name(enum presence presence);
const char *upgrade_name(enum upgrade upgrade);
const char *bare_auth_name(enum bare_auth bare_auth);
const char *tls_outcome_name(enum tls_outcome outcome);
const char *tls_hello_name(enum tls_hello hello);
/* "SSLv3", "TLSv1.0" ... "TLSv1.3", "" for 0, "0x...." never: unknown versions give "other". */
const char *tls_version_name(uint16_t version);
/* The reverse of each: false when the word is none of theirs. */
bool wire_protocol_parse(struct span name, enum wire_protocol *protocol_out) MUST_CHECK;
bool ending_parse(struct span name, enum ending *ending_out) MUST_CHECK;
bool presence_parse(struct span name, enum presence *presence_out) MUST_CHECK;
bool upgrade_parse(struct span name, enum upgrade *upgrade_out) MUST_CHECK;
bool bare_auth_parse(struct span name, enum bare_auth *bare_auth_out) MUST_CHECK;
bool tls_outcome_parse(struct span name, enum tls_outcome *outcome_out) MUST_CHECK;
bool tls_hello_parse(struct span name, enum tls_hello *hello_out) MUST_CHECK;
/* Name of one flag bit ("long-line", ...), or NULL. */
const char *observation_flag_name(uint32_t bit);
const char *tls_flag_name(uint32_t bit);

#endif
