/* SPDX-License-Identifier: ISC */
/* The words of software families and of what is known of their support. */
#include "model/software.h"

#include <string.h>

#include "base/attributes.h"

static const char *const FAMILIES[SOFTWARE_FAMILY_COUNT] = {
	[FAMILY_UNKNOWN] = "unknown",
	[FAMILY_DOVECOT_2_3] = "dovecot-2.3",
	[FAMILY_DOVECOT_2_4] = "dovecot-2.4",
	[FAMILY_DOVECOT] = "dovecot",
	[FAMILY_COURIER] = "courier",
	[FAMILY_CYRUS] = "cyrus",
	[FAMILY_EXCHANGE] = "exchange",
	[FAMILY_HMAILSERVER] = "hmailserver",
	[FAMILY_MAILENABLE] = "mailenable",
	[FAMILY_ZIMBRA] = "zimbra",
	[FAMILY_CPANEL] = "cpanel",
	[FAMILY_PLESK] = "plesk",
	[FAMILY_DIRECTADMIN] = "directadmin",
	[FAMILY_NGINX] = "nginx",
	[FAMILY_STUNNEL] = "stunnel",
	[FAMILY_PERDITION] = "perdition",
	[FAMILY_MAILUTILS] = "mailutils",
	[FAMILY_WITHOUT_TLS] = "without-tls",
	[FAMILY_OTHER] = "other",
};

static const char *const SUPPORTS[] = {
	[SUPPORT_UNKNOWN] = "unknown",
	[SUPPORT_GOING] = "going",
	[SUPPORT_ENDED] = "ended",
	[SUPPORT_DISTRIBUTION] = "distribution",
};

const char *support_state_name(enum support_state state)
{
	return (size_t)state < ARRAY_LENGTH(SUPPORTS) ? SUPPORTS[state] : "?";
}

const char *software_family_name(enum software_family family)
{
	return (size_t)family < ARRAY_LENGTH(FAMILIES) ? FAMILIES[family] : "?";
}

bool software_family_parse(struct span name, enum software_family *family_out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(FAMILIES); i++) {
		if (span_equals_text(name, FAMILIES[i])) {
			*family_out = (enum software_family)i;
			return true;
		}
	}
	return false;
}

bool support_state_parse(struct span name, enum support_state *state_out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(SUPPORTS); i++) {
		if (span_equals_text(name, SUPPORTS[i])) {
			*state_out = (enum support_state)i;
			return true;
		}
	}
	return false;
}

static bool are_texts_equal(const struct software *a, const struct software *b)
{
	return strcmp(a->product, b->product) == 0 && strcmp(a->version, b->version) == 0 && strcmp(a->vendor, b->vendor) == 0 &&
	       strcmp(a->fingerprint, b->fingerprint) == 0 && strcmp(a->distribution, b->distribution) == 0 &&
	       strcmp(a->front, b->front) == 0 && strcmp(a->library, b->library) == 0 && strcmp(a->cpe, b->cpe) == 0 &&
	       strcmp(a->support_ends, b->support_ends) == 0 && strcmp(a->support_source, b->support_source) == 0 &&
	       strcmp(a->library_ends, b->library_ends) == 0;
}

bool software_equals(const struct software *a, const struct software *b)
{
	return a->family == b->family && a->confidence == b->confidence && a->support == b->support &&
	       a->is_version_certain == b->is_version_certain && a->library_support == b->library_support && are_texts_equal(a, b);
}
