/* SPDX-License-Identifier: ISC */
/* Enumerations that stores keep by their names, so that the program may renumber them. */
#ifndef STORE_WORD_KIND_H
#define STORE_WORD_KIND_H

enum word_kind {
	WORD_PROTOCOL,
	WORD_VERDICT,
	WORD_CONFIDENCE,
	WORD_CLEARTEXT_LOGIN,
	WORD_ENDING,
	WORD_PRESENCE,
	WORD_UPGRADE,
	WORD_TLS_OUTCOME,
	WORD_TLS_HELLO,
	WORD_ANSWER,
	WORD_PROBE_DEPTH,
	WORD_SEVERITY,
	WORD_CHAIN_TRUST,
	WORD_SOFTWARE_FAMILY,
	WORD_SUPPORT_STATE,
	WORD_HOSTNAME_OUTCOME,
	WORD_HOSTNAME_SOURCE,
};
enum {
	WORD_KIND_COUNT = WORD_HOSTNAME_SOURCE + 1,
	WORD_VALUES = 128, /* enumerators are below this */
};

/* "verdict", ... */
const char *word_kind_name(enum word_kind kind);
/* "?" when there is no such enumerator. */
const char *word_name(enum word_kind kind, unsigned value);
/* The enumerator with this name, -1 when it is none of ours. */
int word_value_named(enum word_kind kind, const char *name);

#endif
