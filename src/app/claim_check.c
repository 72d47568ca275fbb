/* SPDX-License-Identifier: ISC */
/* A claim is confirmed or refuted by what was seen; whatever was not seen does neither. */
#include "app/claim_check.h"

#include "model/mail_port.h"

static const char *const OUTCOMES[CLAIM_OUTCOME_COUNT] = {
	[CLAIM_AGREES] = "agrees", [CLAIM_DISAGREES] = "disagrees", [CLAIM_UNVERIFIED] = "not-verified"};

static const struct reason_row {
	const char *name, *sentence;
} REASONS[CLAIM_REASON_COUNT] = {
	[REASON_NONE] = {"", ""},
	[REASON_CLOSED_NOW] = {"closed-now", "nothing answers there now"},
	[REASON_OPEN_NOW] = {"open-now", "something accepts connections there now"},
	[REASON_NOT_MAIL] = {"not-mail", "something else than POP3 or IMAP speaks there"},
	[REASON_OTHER_PROTOCOL] = {"other-protocol", "the other one of POP3 and IMAP speaks there"},
	[REASON_HAS_TLS] = {"has-tls", "TLS works there"},
	[REASON_WITHOUT_TLS] = {"without-tls", "it lets people log in without TLS"},
	[REASON_NO_LOGIN] = {"no-login", "nobody can log in there, with or without TLS"},
	[REASON_TLS_BROKEN] = {"tls-broken", "TLS does not come up there"},
	[REASON_TLS_UNCERTAIN] = {"tls-uncertain", "TLS is offered and does not come up; whether one can log in without is not known"},
	[REASON_COULD_NOT_TELL] = {"could-not-tell", "it was asked, and nothing could be told"},
	[REASON_NOT_ASKED] = {"not-asked", "the census did not ask"},
};

const char *claim_outcome_name(enum claim_outcome outcome)
{
	return (size_t)outcome < CLAIM_OUTCOME_COUNT ? OUTCOMES[outcome] : "?";
}

const char *claim_reason_name(enum claim_reason reason)
{
	return (size_t)reason < CLAIM_REASON_COUNT ? REASONS[reason].name : "?";
}

const char *claim_reason_sentence(enum claim_reason reason)
{
	return (size_t)reason < CLAIM_REASON_COUNT ? REASONS[reason].sentence : "?";
}

static struct claim_judgement agrees(void)
{
	return (struct claim_judgement){CLAIM_AGREES, REASON_NONE};
}

static struct claim_judgement disagrees(enum claim_reason reason)
{
	return (struct claim_judgement){CLAIM_DISAGREES, reason};
}

static struct claim_judgement unverified(enum claim_reason reason)
{
	return (struct claim_judgement){CLAIM_UNVERIFIED, reason};
}

static struct claim_judgement check_without_tls(enum standing standing)
{
	switch (standing) {
	case STANDING_WITHOUT_TLS:
		return agrees();
	case STANDING_OPTIONAL:
	case STANDING_UNCLEAR:
	case STANDING_LEGACY:
	case STANDING_PROTECTED:
		return disagrees(REASON_HAS_TLS);
	case STANDING_SHUT:
		return disagrees(REASON_NO_LOGIN);
	case STANDING_BROKEN:
		return unverified(REASON_TLS_UNCERTAIN);
	case STANDING_UNASKED:
	case STANDING_UNTOLD:
	case STANDING_SILENT:
	case STANDING_OTHER:
		break;
	}
	return unverified(REASON_COULD_NOT_TELL);
}

static struct claim_judgement check_with_tls(enum standing standing)
{
	switch (standing) {
	case STANDING_OPTIONAL:
	case STANDING_UNCLEAR:
	case STANDING_LEGACY:
	case STANDING_PROTECTED:
		return agrees();
	case STANDING_WITHOUT_TLS:
		return disagrees(REASON_WITHOUT_TLS);
	case STANDING_SHUT:
	case STANDING_BROKEN:
		return disagrees(REASON_TLS_BROKEN);
	case STANDING_UNASKED:
	case STANDING_UNTOLD:
	case STANDING_SILENT:
	case STANDING_OTHER:
		break;
	}
	return unverified(REASON_COULD_NOT_TELL);
}

struct claim_judgement claim_check(const struct claim *claim, enum standing standing, enum wire_protocol protocol, bool has_accepted)
{
	bool claims_mail = wire_protocol_is_mail(claim->protocol);

	if (standing == STANDING_UNASKED)
		return unverified(REASON_NOT_ASKED);
	if (standing == STANDING_SILENT)
		return claim->kind == CLAIM_CLOSED ? agrees() : disagrees(REASON_CLOSED_NOW);
	if (standing == STANDING_UNTOLD && (!has_accepted || (claim->kind != CLAIM_CLOSED && (claim->kind != CLAIM_OPEN || claims_mail))))
		return unverified(REASON_COULD_NOT_TELL);
	if (claim->kind == CLAIM_CLOSED)
		return disagrees(REASON_OPEN_NOW);
	if (standing == STANDING_OTHER)
		return claim->kind == CLAIM_OPEN && !claims_mail ? agrees() : disagrees(REASON_NOT_MAIL);
	if (claims_mail && wire_protocol_is_mail(protocol) && protocol != claim->protocol)
		return disagrees(REASON_OTHER_PROTOCOL);
	if (claim->kind == CLAIM_OPEN)
		return agrees();
	return claim->kind == CLAIM_WITHOUT_TLS ? check_without_tls(standing) : check_with_tls(standing);
}
