/* SPDX-License-Identifier: ISC */
/* Can a password be sent in clear text here? Rules on what one conversation announced and answered before TLS. */
#include "classify/service.h"

#include "base/span.h"
#include "model/login_refusal.h"

struct mechanisms {
	bool has_plain;  /* PLAIN or LOGIN: the password itself goes over the wire */
	bool has_hashed; /* challenge-response: rule X-1 */
};

static void note_mechanism(struct span name, struct mechanisms *mechanisms)
{
	static const char *const hashed[] = {"CRAM-", "DIGEST-", "SCRAM-", "NTLM", "GSSAPI", "KERBEROS", "SRP", "OTP"};

	if (span_equals_text_ignoring_case(name, "PLAIN") || span_equals_text_ignoring_case(name, "LOGIN"))
		mechanisms->has_plain = true;
	for (size_t i = 0; i < ARRAY_LENGTH(hashed); i++) {
		if (span_starts_with_text_ignoring_case(name, hashed[i]))
			mechanisms->has_hashed = true;
	}
}

static enum cleartext_login judge_imap(const struct observation *observation)
{
	struct span rest = buffer_view(&observation->capabilities_before);
	struct mechanisms mechanisms = {false, false};
	bool is_login_disabled = false;

	if (!observation->capabilities_before_known)
		return CLEARTEXT_LOGIN_UNKNOWN;
	for (;;) {
		struct span word = span_take_word(&rest);

		if (word.size == 0)
			break;
		/* GNU Mailutils says XTLSREQUIRED, at times without LOGINDISABLED, and then refuses LOGIN and AUTHENTICATE before STARTTLS. */
		if (span_equals_text_ignoring_case(word, "LOGINDISABLED") || span_equals_text_ignoring_case(word, "XTLSREQUIRED"))
			is_login_disabled = true;
		else if (span_starts_with_text_ignoring_case(word, "AUTH="))
			note_mechanism(span_part(word, 5, word.size), &mechanisms);
	}
	if (mechanisms.has_plain)
		return CLEARTEXT_LOGIN_ADVERTISED; /* */
	if (!is_login_disabled)
		return CLEARTEXT_LOGIN_IMPLIED;                                              /* LOGIN is mandatory unless disabled */
	return mechanisms.has_hashed ? CLEARTEXT_LOGIN_HASHED_ONLY : CLEARTEXT_LOGIN_DENIED; /* */
}

static bool lists_plain_mechanism(struct span words)
{
	struct mechanisms mechanisms = {false, false};

	for (;;) {
		struct span word = span_take_word(&words);

		if (word.size == 0)
			return mechanisms.has_plain;
		note_mechanism(word, &mechanisms);
	}
}

/* Rules: what the bare AUTH adds to a login that is possible by USER and PASS. */
static enum cleartext_login refine_by_bare_auth(const struct observation *observation, enum cleartext_login otherwise,
                                                enum confidence *confidence)
{
	struct span reply = buffer_view(&observation->bare_auth_reply);

	if (observation->bare_auth == BARE_AUTH_LISTED && lists_plain_mechanism(reply)) {
		*confidence = CONFIDENCE_HIGH;
		return CLEARTEXT_LOGIN_CONFIRMED;
	}
	if (observation->bare_auth == BARE_AUTH_REFUSED && login_refusal_wants_tls(reply)) {
		*confidence = CONFIDENCE_HIGH;
		return CLEARTEXT_LOGIN_DENIED;
	}
	return otherwise;
}

struct pop3_capabilities {
	bool has_user;
	bool has_sasl;
	struct mechanisms mechanisms;
};

/* Capability lines are joined by " / ". */
static struct pop3_capabilities read_pop3_capabilities(struct span rest)
{
	struct pop3_capabilities found = {0};
	bool is_line_start = true, is_sasl = false;

	for (;;) {
		struct span word = span_take_word(&rest);

		if (word.size == 0)
			return found;
		if (span_equals_text(word, "/")) {
			is_line_start = true;
			is_sasl = false;
		} else if (is_line_start) {
			is_line_start = false;
			is_sasl = span_equals_text_ignoring_case(word, "SASL");
			found.has_sasl = found.has_sasl || is_sasl;
			found.has_user = found.has_user || span_equals_text_ignoring_case(word, "USER");
		} else if (is_sasl) {
			note_mechanism(word, &found.mechanisms);
		}
	}
}

static enum cleartext_login judge_pop3(const struct observation *observation, enum confidence *confidence)
{
	struct pop3_capabilities found;

	if ((observation->flags & OBSERVED_CAPABILITY_REFUSED) != 0) {
		*confidence = CONFIDENCE_MEDIUM;
		return refine_by_bare_auth(observation, CLEARTEXT_LOGIN_IMPLIED, confidence); /* */
	}
	found = read_pop3_capabilities(buffer_view(&observation->capabilities_before));
	if (!observation->capabilities_before_known) {
		/* Rule P-3: of a list without an end what is there counts, and what is not says nothing. */
		*confidence = CONFIDENCE_MEDIUM;
		return (observation->flags & OBSERVED_LIST_UNTERMINATED) != 0 && (found.has_user || found.mechanisms.has_plain)
		               ? CLEARTEXT_LOGIN_ADVERTISED
		               : CLEARTEXT_LOGIN_UNKNOWN;
	}
	if (found.mechanisms.has_plain)
		return CLEARTEXT_LOGIN_ADVERTISED; /* */
	if (found.has_user && found.has_sasl)
		return CLEARTEXT_LOGIN_ADVERTISED; /* */
	if (found.has_user) {
		*confidence = CONFIDENCE_MEDIUM; /* some servers list USER although they refuse it */
		return refine_by_bare_auth(observation, CLEARTEXT_LOGIN_ADVERTISED, confidence);
	}
	if (found.mechanisms.has_hashed || (observation->flags & OBSERVED_APOP_STAMP) != 0)
		return CLEARTEXT_LOGIN_HASHED_ONLY; /* */
	return CLEARTEXT_LOGIN_DENIED;
}

/* Rules: what a server did when a SASL exchange was begun is more than what it announces. False: nothing was learnt by that. */
static bool judge_confirmation(const struct observation *observation, enum cleartext_login *login_out)
{
	if ((observation->flags & OBSERVED_CONFIRM_ACCEPTED) != 0)
		*login_out = CLEARTEXT_LOGIN_CONFIRMED;
	else if ((observation->flags & OBSERVED_CONFIRM_DENIED) != 0)
		*login_out = CLEARTEXT_LOGIN_DENIED;
	else
		return false;
	return true;
}

enum cleartext_login cleartext_login_judge(const struct observation *observation, enum confidence *confidence_out)
{
	enum cleartext_login login;

	*confidence_out = CONFIDENCE_HIGH;
	if (judge_confirmation(observation, &login))
		return login;
	if (observation->protocol == WIRE_IMAP)
		return judge_imap(observation);
	if (observation->protocol == WIRE_POP3)
		return judge_pop3(observation, confidence_out);
	return CLEARTEXT_LOGIN_UNKNOWN;
}
