/* SPDX-License-Identifier: ISC */
/* The words of trust and of names that match. */
#include "model/certificate_facts.h"

#include <stddef.h>

#include "base/attributes.h"

static const char *const TRUSTS[] = {
	[TRUST_UNKNOWN] = "unknown",
	[TRUST_GOOD] = "good",
	[TRUST_INCOMPLETE] = "incomplete",
	[TRUST_NONE] = "none",
};

static const char *const MATCHES[] = {
	[NAME_MATCH_UNKNOWN] = "unknown",
	[NAME_MATCHES] = "matches",
	[NAME_MATCHES_COMMON_NAME_ONLY] = "common-name-only",
	[NAME_DIFFERS] = "differs",
};

const char *chain_trust_name(enum chain_trust trust)
{
	return (size_t)trust < ARRAY_LENGTH(TRUSTS) ? TRUSTS[trust] : "?";
}

bool chain_trust_parse(struct span name, enum chain_trust *trust_out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(TRUSTS); i++) {
		if (span_equals_text(name, TRUSTS[i])) {
			*trust_out = (enum chain_trust)i;
			return true;
		}
	}
	return false;
}

const char *name_match_name(enum name_match match)
{
	return (size_t)match < ARRAY_LENGTH(MATCHES) ? MATCHES[match] : "?";
}
