/* SPDX-License-Identifier: ISC */
/* The names that the model gives its enumerators, by kind. */
#include "store/word_kind.h"

#include <string.h>

#include "model/certificate_facts.h"
#include "model/finding.h"
#include "model/hostname.h"
#include "model/observation.h"
#include "model/software.h"
#include "model/tls_facts.h"
#include "model/verdict.h"

static const char *protocol_word(unsigned value)
{
	return wire_protocol_name((enum wire_protocol)value);
}

static const char *verdict_word(unsigned value)
{
	return verdict_name((enum verdict)value);
}

static const char *confidence_word(unsigned value)
{
	return confidence_name((enum confidence)value);
}

static const char *cleartext_login_word(unsigned value)
{
	return cleartext_login_name((enum cleartext_login)value);
}

static const char *ending_word(unsigned value)
{
	return ending_name((enum ending)value);
}

static const char *presence_word(unsigned value)
{
	return presence_name((enum presence)value);
}

static const char *upgrade_word(unsigned value)
{
	return upgrade_name((enum upgrade)value);
}

static const char *tls_outcome_word(unsigned value)
{
	return tls_outcome_name((enum tls_outcome)value);
}

static const char *tls_hello_word(unsigned value)
{
	return tls_hello_name((enum tls_hello)value);
}

static const char *answer_word(unsigned value)
{
	return answer_name((enum answer)value);
}

static const char *probe_depth_word(unsigned value)
{
	return probe_depth_name((enum probe_depth)value);
}

static const char *severity_word(unsigned value)
{
	return severity_name((enum severity)value);
}

static const char *chain_trust_word(unsigned value)
{
	return chain_trust_name((enum chain_trust)value);
}

static const char *software_family_word(unsigned value)
{
	return software_family_name((enum software_family)value);
}

static const char *support_state_word(unsigned value)
{
	return support_state_name((enum support_state)value);
}

static const char *hostname_outcome_word(unsigned value)
{
	return hostname_outcome_name((enum hostname_outcome)value);
}

static const char *hostname_source_word(unsigned value)
{
	return hostname_source_name((enum hostname_source)value);
}

static const struct {
	const char *name;
	const char *(*word)(unsigned value);
} KINDS[WORD_KIND_COUNT] = {
	[WORD_PROTOCOL] = {"protocol", protocol_word},
	[WORD_VERDICT] = {"verdict", verdict_word},
	[WORD_CONFIDENCE] = {"confidence", confidence_word},
	[WORD_CLEARTEXT_LOGIN] = {"cleartext-login", cleartext_login_word},
	[WORD_ENDING] = {"ending", ending_word},
	[WORD_PRESENCE] = {"presence", presence_word},
	[WORD_UPGRADE] = {"upgrade", upgrade_word},
	[WORD_TLS_OUTCOME] = {"tls-outcome", tls_outcome_word},
	[WORD_TLS_HELLO] = {"tls-hello", tls_hello_word},
	[WORD_ANSWER] = {"answer", answer_word},
	[WORD_PROBE_DEPTH] = {"probe-depth", probe_depth_word},
	[WORD_SEVERITY] = {"severity", severity_word},
	[WORD_CHAIN_TRUST] = {"chain-trust", chain_trust_word},
	[WORD_SOFTWARE_FAMILY] = {"software-family", software_family_word},
	[WORD_SUPPORT_STATE] = {"support-state", support_state_word},
	[WORD_HOSTNAME_OUTCOME] = {"hostname-outcome", hostname_outcome_word},
	[WORD_HOSTNAME_SOURCE] = {"hostname-source", hostname_source_word},
};

const char *word_kind_name(enum word_kind kind)
{
	return KINDS[kind].name;
}

const char *word_name(enum word_kind kind, unsigned value)
{
	return KINDS[kind].word(value);
}

int word_value_named(enum word_kind kind, const char *name)
{
	for (unsigned value = 0; value < WORD_VALUES; value++) {
		if (strcmp(word_name(kind, value), name) == 0)
			return strcmp(name, "?") == 0 ? -1 : (int)value;
	}
	return -1;
}
