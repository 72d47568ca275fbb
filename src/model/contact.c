/* SPDX-License-Identifier: ISC */
/* The words for kinds of contacts. */
#include "model/contact.h"

const char *contact_kind_name(enum contact_kind kind)
{
	static const char *const NAMES[CONTACT_KINDS] = {"prefix", "domain", "network", "country", "any"};

	return kind < CONTACT_KINDS ? NAMES[kind] : "unknown";
}

const char *contact_scope_name(enum contact_scope scope)
{
	return scope == CONTACT_OWNER ? "owner" : "cert";
}
