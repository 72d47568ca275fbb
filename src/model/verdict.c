/* SPDX-License-Identifier: ISC */
/* The words and sentences of verdicts. */
#include "model/verdict.h"

#include <stddef.h>

struct verdict_row {
	const char *name;
	const char *sentence;
};

static const struct verdict_row VERDICTS[VERDICT_COUNT] = {
	[VERDICT_UNKNOWN] = {"unknown", "could not be told; not counted as anything"},
	[VERDICT_CLOSED] = {"closed", "nothing accepts connections here"},
	[VERDICT_SLOW] = {"slow", "accepts connections, but did not say enough in time"},
	[VERDICT_RATE_LIMITED] = {"rate-limited", "refused for now; another time may tell"},
	[VERDICT_NOT_MAIL] = {"not-mail", "something else than POP3 or IMAP speaks here"},
	[VERDICT_NO_TLS] = {"no-tls", "passwords can be sent, TLS cannot: anyone on the path reads them"},
	[VERDICT_DEAD_PORT] = {"dead-port", "neither TLS nor any login is offered: nobody can use this port"},
	[VERDICT_STARTTLS_REFUSED] = {"starttls-refused", "STARTTLS is advertised, but refused when asked for"},
	[VERDICT_STARTTLS_BROKEN] = {"starttls-broken", "STARTTLS is agreed to, but TLS never comes up"},
	[VERDICT_STARTTLS_UNADVERTISED] = {"starttls-unadvertised", "STARTTLS works, but clients are not told of it"},
	[VERDICT_LEGACY_TLS_ONLY] = {"legacy-tls-only", "TLS works, but nothing newer than TLS 1.1"},
	[VERDICT_LOGIN_BEFORE_TLS] = {"login-before-tls", "TLS works, but a password may be sent before it too"},
	[VERDICT_TLS_REQUIRED] = {"tls-required", "TLS works and no clear-text password is taken before it"},
	[VERDICT_IMPLICIT_TLS] = {"implicit-tls", "TLS from the first byte, as meant for this port"},
	[VERDICT_IMPLICIT_BROKEN] = {"implicit-broken", "the port for implicit TLS accepts, but TLS never comes up"},
	[VERDICT_TLS_ON_PLAIN_PORT] = {"tls-on-plain-port", "TLS from the first byte on a port meant for clear text"},
	[VERDICT_FALSE_HOST] = {"false-host",
                                "every port of this address accepts connections and none says a word, or all say the same: no server"},
};

static const struct verdict_row HOST_VERDICTS[HOST_VERDICT_COUNT] = {
	[HOST_UNKNOWN] = {"host-unknown", "something answers, but nothing could be told"},
	[HOST_CLOSED] = {"host-closed", "no mail-access port accepts connections"},
	[HOST_NOT_MAIL] = {"host-not-mail", "no POP3 or IMAP here"},
	[HOST_NO_TLS] = {"host-no-tls", "lets people log in by POP3 or IMAP without any TLS"},
	[HOST_LOGIN_BEFORE_TLS] = {"host-tls-optional", "has TLS, but takes passwords without it too"},
	[HOST_LEGACY_TLS] = {"host-legacy-tls", "has only TLS 1.1 or older on some service"},
	[HOST_PROTECTED] = {"host-protected", "every service that could be judged protects its logins"},
	[HOST_FALSE] = {"host-false",
                        "accepts connections on every port and says nothing, or the same: a proxy, a firewall or a trap, no mail server"},
};

static const char *const CLEARTEXT_LOGINS[] = {
	[CLEARTEXT_LOGIN_UNKNOWN] = "unknown", [CLEARTEXT_LOGIN_DENIED] = "denied",         [CLEARTEXT_LOGIN_HASHED_ONLY] = "hashed-only",
	[CLEARTEXT_LOGIN_IMPLIED] = "implied", [CLEARTEXT_LOGIN_ADVERTISED] = "advertised", [CLEARTEXT_LOGIN_CONFIRMED] = "confirmed",
};

static const char *const CONFIDENCES[] = {
	[CONFIDENCE_LOW] = "low",
	[CONFIDENCE_MEDIUM] = "medium",
	[CONFIDENCE_HIGH] = "high",
};

const char *verdict_name(enum verdict verdict)
{
	return (size_t)verdict < VERDICT_COUNT ? VERDICTS[verdict].name : "?";
}

const char *verdict_sentence(enum verdict verdict)
{
	return (size_t)verdict < VERDICT_COUNT ? VERDICTS[verdict].sentence : "?";
}

bool verdict_parse(struct span name, enum verdict *verdict_out)
{
	for (size_t i = 0; i < VERDICT_COUNT; i++) {
		if (span_equals_text(name, VERDICTS[i].name)) {
			*verdict_out = (enum verdict)i;
			return true;
		}
	}
	return false;
}

const char *cleartext_login_name(enum cleartext_login login)
{
	return (size_t)login < ARRAY_LENGTH(CLEARTEXT_LOGINS) ? CLEARTEXT_LOGINS[login] : "?";
}

bool cleartext_login_parse(struct span name, enum cleartext_login *login_out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(CLEARTEXT_LOGINS); i++) {
		if (span_equals_text(name, CLEARTEXT_LOGINS[i])) {
			*login_out = (enum cleartext_login)i;
			return true;
		}
	}
	return false;
}

const char *confidence_name(enum confidence confidence)
{
	return (size_t)confidence < ARRAY_LENGTH(CONFIDENCES) ? CONFIDENCES[confidence] : "?";
}

const char *host_verdict_name(enum host_verdict verdict)
{
	return (size_t)verdict < HOST_VERDICT_COUNT ? HOST_VERDICTS[verdict].name : "?";
}

const char *host_verdict_sentence(enum host_verdict verdict)
{
	return (size_t)verdict < HOST_VERDICT_COUNT ? HOST_VERDICTS[verdict].sentence : "?";
}
