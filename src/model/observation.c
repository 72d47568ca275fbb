/* SPDX-License-Identifier: ISC */
/* Life of an observation, and the words of its enumerations (one table each, used both ways). */
#include "model/observation.h"

#include <stddef.h>

#include "base/attributes.h"

void observation_init(struct observation *observation)
{
	*observation = (struct observation){.protocol = WIRE_UNKNOWN};
	buffer_init(&observation->greeting, OBSERVATION_GREETING_MAX);
	buffer_init(&observation->capabilities_before, OBSERVATION_CAPABILITIES_MAX);
	buffer_init(&observation->capabilities_after, OBSERVATION_CAPABILITIES_MAX);
	buffer_init(&observation->upgrade_reply, OBSERVATION_REPLY_MAX);
	buffer_init(&observation->bare_auth_reply, OBSERVATION_REPLY_MAX);
	buffer_init(&observation->clear_after_upgrade, OBSERVATION_REPLY_MAX);
	buffer_init(&observation->identity, OBSERVATION_IDENTITY_MAX);
	buffer_init(&observation->confirm_reply, OBSERVATION_REPLY_MAX);
}

void observation_done(struct observation *observation)
{
	if (observation == NULL)
		return;
	buffer_done(&observation->greeting);
	buffer_done(&observation->capabilities_before);
	buffer_done(&observation->capabilities_after);
	buffer_done(&observation->upgrade_reply);
	buffer_done(&observation->bare_auth_reply);
	buffer_done(&observation->clear_after_upgrade);
	buffer_done(&observation->identity);
	buffer_done(&observation->confirm_reply);
}

static void copy_buffer(struct buffer *copy, const struct buffer *original)
{
	buffer_init(copy, original->max);
	buffer_append(copy, buffer_view(original));
	copy->overflowed = original->overflowed;
}

void observation_copy(struct observation *copy, const struct observation *original)
{
	*copy = *original;
	copy_buffer(&copy->greeting, &original->greeting);
	copy_buffer(&copy->capabilities_before, &original->capabilities_before);
	copy_buffer(&copy->capabilities_after, &original->capabilities_after);
	copy_buffer(&copy->upgrade_reply, &original->upgrade_reply);
	copy_buffer(&copy->bare_auth_reply, &original->bare_auth_reply);
	copy_buffer(&copy->clear_after_upgrade, &original->clear_after_upgrade);
	copy_buffer(&copy->identity, &original->identity);
	copy_buffer(&copy->confirm_reply, &original->confirm_reply);
}

bool observation_is_tls_first(const struct observation *observation)
{
	return observation->tls.hello != TLS_HELLO_NONE && observation->upgrade != UPGRADE_AGREED;
}

bool observation_is_mute(const struct observation *observation)
{
	static const uint32_t MUTE_ENDINGS = 1U << ENDING_SILENT | 1U << ENDING_CLOSED_SILENT | 1U << ENDING_RESET_SILENT |
	                                     1U << ENDING_TARPIT | 1U << ENDING_TLS_FAILED;
	enum tls_outcome outcome = observation->tls.outcome;

	return (MUTE_ENDINGS >> observation->ending & 1) != 0 && observation->protocol == WIRE_UNKNOWN &&
	       observation->upgrade == UPGRADE_NOT_ASKED &&
	       (outcome == TLS_NOT_TRIED || outcome == TLS_SILENT || outcome == TLS_CLOSED || outcome == TLS_RESET);
}

bool tls_hello_is_jarm(enum tls_hello hello)
{
	return hello >= TLS_HELLO_JARM_1 && hello <= TLS_HELLO_JARM_10;
}

bool tls_outcome_is_cut_off(enum tls_outcome outcome)
{
	return outcome == TLS_CLOSED || outcome == TLS_RESET;
}

struct word {
	unsigned value;
	const char *name;
};

static const struct word PROTOCOL_WORDS[] = {
	{WIRE_UNKNOWN, "unknown"},
	{WIRE_POP3, "pop3"},
	{WIRE_IMAP, "imap"},
	{WIRE_SMTP, "smtp"},
	{WIRE_FTP, "ftp"},
	{WIRE_SMTP_OR_FTP, "smtp-or-ftp"},
	{WIRE_SSH, "ssh"},
	{WIRE_HTTP, "http"},
	{WIRE_TLS, "tls"},
	{WIRE_SSLV2, "sslv2"},
	{WIRE_VNC, "vnc"},
	{WIRE_RSYNC, "rsync"},
	{WIRE_TELNET, "telnet"},
	{WIRE_XMPP, "xmpp"},
	{WIRE_MYSQL, "mysql"},
	{WIRE_SIEVE, "sieve"},
	{WIRE_OTHER_TEXT, "other-text"},
	{WIRE_OTHER_BINARY, "other-binary"},
};

static const struct word ENDING_WORDS[] = {
	{ENDING_NONE, "none"},
	{ENDING_COMPLETE, "complete"},
	{ENDING_TLS_OBSERVED, "tls-observed"},
	{ENDING_TLS_FAILED, "tls-failed"},
	{ENDING_CLEAR_AFTER_UPGRADE, "clear-after-upgrade"},
	{ENDING_PREAUTH, "preauth"},
	{ENDING_BUSY, "busy"},
	{ENDING_DENIED, "denied-us"},
	{ENDING_WRONG_PROTOCOL, "wrong-protocol"},
	{ENDING_SILENT, "silent"},
	{ENDING_TARPIT, "tarpit"},
	{ENDING_TIMED_OUT, "timed-out"},
	{ENDING_CLOSED_SILENT, "closed-silent"},
	{ENDING_RESET_SILENT, "reset-silent"},
	{ENDING_TRUNCATED, "truncated"},
	{ENDING_RESET, "reset"},
	{ENDING_TOO_MUCH_DATA, "too-much-data"},
	{ENDING_CONNECT_REFUSED, "connect-refused"},
	{ENDING_CONNECT_TIMED_OUT, "connect-timed-out"},
	{ENDING_CONNECT_UNREACHABLE, "connect-unreachable"},
	{ENDING_LOCAL_FAILURE, "local-failure"},
};

static const struct word PRESENCE_WORDS[] = {
	{PRESENCE_UNKNOWN, "unknown"},
	{PRESENCE_ABSENT, "absent"},
	{PRESENCE_PRESENT, "present"},
};

static const struct word UPGRADE_WORDS[] = {
	{UPGRADE_NOT_ASKED, "not-asked"},   {UPGRADE_UNANSWERED, "unanswered"},     {UPGRADE_REFUSED, "refused"},
	{UPGRADE_REFUSED_NO, "refused-no"}, {UPGRADE_REFUSED_BUSY, "refused-busy"}, {UPGRADE_AGREED, "agreed"},
};

static const struct word BARE_AUTH_WORDS[] = {
	{BARE_AUTH_NOT_ASKED, "not-asked"},
	{BARE_AUTH_UNANSWERED, "unanswered"},
	{BARE_AUTH_REFUSED, "refused"},
	{BARE_AUTH_LISTED, "listed"},
};

static const struct word TLS_OUTCOME_WORDS[] = {
	{TLS_NOT_TRIED, "not-tried"},
	{TLS_PROVEN, "proven"},
	{TLS_HELLO_ONLY, "hello-only"},
	{TLS_ALERT, "alert"},
	{TLS_CLOSED, "closed"},
	{TLS_RESET, "reset"},
	{TLS_SILENT, "silent"},
	{TLS_GARBAGE, "garbage"},
	{TLS_TOO_MUCH_DATA, "too-much-data"},
	{TLS_CLIENT_FAILED, "client-failed"},
};

static const struct word TLS_HELLO_WORDS[] = {
	{TLS_HELLO_NONE, "none"},
	{TLS_HELLO_H1, "h1"},
	{TLS_HELLO_H2, "h2"},
	{TLS_HELLO_H3, "h3"},
	{TLS_HELLO_H4, "h4"},
	{TLS_HELLO_H5, "h5"},
	{TLS_HELLO_H6, "h6"},
	{TLS_HELLO_SESSION, "session"},
	{TLS_HELLO_H7, "h7"},
	{TLS_HELLO_H9R, "h9r"},
	{TLS_HELLO_H9E, "h9e"},
	{TLS_HELLO_H10, "h10"},
	{TLS_HELLO_H12, "h12"},
	{TLS_HELLO_PLAIN, "plain"},
	{TLS_HELLO_TRAITS, "traits"},
	{TLS_HELLO_GROUPS, "groups"},
	{TLS_HELLO_JARM_1, "jarm-1"},
	{TLS_HELLO_JARM_1 + 1, "jarm-2"},
	{TLS_HELLO_JARM_1 + 2, "jarm-3"},
	{TLS_HELLO_JARM_1 + 3, "jarm-4"},
	{TLS_HELLO_JARM_1 + 4, "jarm-5"},
	{TLS_HELLO_JARM_1 + 5, "jarm-6"},
	{TLS_HELLO_JARM_1 + 6, "jarm-7"},
	{TLS_HELLO_JARM_1 + 7, "jarm-8"},
	{TLS_HELLO_JARM_1 + 8, "jarm-9"},
	{TLS_HELLO_JARM_10, "jarm-10"},
};

static const struct word TLS_VERSION_WORDS[] = {
	{0, ""},
	{0x0002, "SSLv2"},
	{VERSION_SSL_3, "SSLv3"},
	{VERSION_TLS_1_0, "TLSv1.0"},
	{VERSION_TLS_1_1, "TLSv1.1"},
	{VERSION_TLS_1_2, "TLSv1.2"},
	{VERSION_TLS_1_3, "TLSv1.3"},
};

static const struct word OBSERVATION_FLAG_WORDS[] = {
	{OBSERVED_LONG_LINE, "long-line"},
	{OBSERVED_TOO_MUCH_DATA, "too-much-data"},
	{OBSERVED_UNTAGGED_REPLY, "untagged-reply"},
	{OBSERVED_LIST_UNTERMINATED, "capa-unterminated"},
	{OBSERVED_SEVERAL_GREETINGS, "several-greetings"},
	{OBSERVED_APOP_STAMP, "apop-stamp"},
	{OBSERVED_WRONG_PORT_PROTOCOL, "wrong-port-protocol"},
	{OBSERVED_STARTTLS_INSIDE_TLS, "starttls-inside-tls"},
	{OBSERVED_UNSOLICITED_INSIDE_TLS, "unsolicited-after-tls"},
	{OBSERVED_CAPABILITY_REFUSED, "capability-refused"},
	{OBSERVED_NUL_BYTE, "nul-byte"},
	{OBSERVED_SLOW_PASS, "slow-pass"},
	{OBSERVED_STARTTLS_MASKED, "starttls-masked"},
	{OBSERVED_CAPABILITIES_DIFFER, "capabilities-differ"},
	{OBSERVED_LADDER, "ladder"},
	{OBSERVED_INJECTION_TRIED, "injection-tried"},
	{OBSERVED_INJECTION_AT_ONCE, "injection-at-once"},
	{OBSERVED_INJECTION_LATE, "injection-late"},
	{OBSERVED_INJECTION_SETTLED, "injection-settled"},
	{OBSERVED_PIPELINED_BEFORE_TLS, "pipelined-before-tls"},
	{OBSERVED_CONFIRM_TRIED, "confirm-tried"},
	{OBSERVED_CONFIRM_ACCEPTED, "confirm-accepted"},
	{OBSERVED_CONFIRM_DENIED, "confirm-denied"},
	{OBSERVED_REFERRAL_BEFORE_TLS, "referral-before-tls"},
	{OBSERVED_CANARY, "canary"},
	{OBSERVED_BARE_ANSWER, "bare-answer"},
};

static const struct word TLS_FLAG_WORDS[] = {
	{TLS_SAYS_TLS13, "says-tls13"},
	{TLS_HAS_SECURE_RENEGOTIATION, "secure-renegotiation"},
	{TLS_HAS_EXTENDED_MASTER_SECRET, "extended-master-secret"},
	{TLS_HAS_TICKETS, "tickets"},
	{TLS_HAS_ENCRYPT_THEN_MAC, "encrypt-then-mac"},
	{TLS_HAS_HEARTBEAT, "heartbeat"},
	{TLS_HAS_COMPRESSION, "compression"},
	{TLS_HAS_OCSP_STAPLE, "ocsp-staple"},
	{TLS_WANTS_CLIENT_CERTIFICATE, "client-certificate-wanted"},
	{TLS_HAD_WARNING_ALERT, "warning-alert"},
	{TLS_CERTIFICATES_CUT, "certificates-cut"},
	{TLS_BAD_SIGNATURE, "bad-signature"},
	{TLS_HAD_SERVER_NAME, "server-name"},
};

static const char *name_of(const struct word *words, size_t count, unsigned value, const char *otherwise)
{
	for (size_t i = 0; i < count; i++) {
		if (words[i].value == value)
			return words[i].name;
	}
	return otherwise;
}

static bool value_of(const struct word *words, size_t count, struct span name, unsigned *value_out)
{
	for (size_t i = 0; i < count; i++) {
		if (span_equals_text(name, words[i].name)) {
			*value_out = words[i].value;
			return true;
		}
	}
	return false;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): the name of a type cannot stand in parentheses. */
#define NAME_AND_PARSE(type, table)                                                                                                        \
	const char *type##_name(enum type value)                                                                                           \
	{                                                                                                                                  \
		return name_of(table, ARRAY_LENGTH(table), (unsigned)value, "?");                                                          \
	}                                                                                                                                  \
	bool type##_parse(struct span name, enum type *value_out)                                                                          \
	{                                                                                                                                  \
		unsigned value;                                                                                                            \
		if (!value_of(table, ARRAY_LENGTH(table), name, &value))                                                                   \
			return false;                                                                                                      \
		*value_out = (enum type)value;                                                                                             \
		return true;                                                                                                               \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

NAME_AND_PARSE(wire_protocol, PROTOCOL_WORDS)
NAME_AND_PARSE(ending, ENDING_WORDS)
NAME_AND_PARSE(presence, PRESENCE_WORDS)
NAME_AND_PARSE(upgrade, UPGRADE_WORDS)
NAME_AND_PARSE(bare_auth, BARE_AUTH_WORDS)
NAME_AND_PARSE(tls_outcome, TLS_OUTCOME_WORDS)
NAME_AND_PARSE(tls_hello, TLS_HELLO_WORDS)

const char *tls_version_name(uint16_t version)
{
	return name_of(TLS_VERSION_WORDS, ARRAY_LENGTH(TLS_VERSION_WORDS), version, "other");
}

const char *observation_flag_name(uint32_t bit)
{
	return name_of(OBSERVATION_FLAG_WORDS, ARRAY_LENGTH(OBSERVATION_FLAG_WORDS), bit, NULL);
}

const char *tls_flag_name(uint32_t bit)
{
	return name_of(TLS_FLAG_WORDS, ARRAY_LENGTH(TLS_FLAG_WORDS), bit, NULL);
}
