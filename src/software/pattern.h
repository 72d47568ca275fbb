/* SPDX-License-Identifier: ISC */
/* PCRE2 over bytes of strangers: one pattern, one text, and a limit on how long the two may keep us. */
#ifndef SOFTWARE_PATTERN_H
#define SOFTWARE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/span.h"

enum {
	PATTERN_SIZE_MAX = 2048,
	PATTERN_GROUPS_MAX = 31,
	PATTERN_TEXT_MAX = 4096,   /* only so much of a text is looked at */
	PATTERN_STEPS_MAX = 20000, /* PCRE2's match limit: some 100 microseconds */
	PATTERN_DEPTH_MAX = 2000,  /* nested backtracking */
	PATTERN_HEAP_KIB_MAX = 512,
};

enum pattern_option {
	PATTERN_IGNORES_CASE = 1 << 0,
	PATTERN_DOT_IS_ANY = 1 << 1, /* a line end too */
	PATTERN_SEES_LINES = 1 << 2, /* ^ and $ stand at every line */
};

enum pattern_result {
	PATTERN_NO_MATCH,
	PATTERN_MATCH,
	PATTERN_GAVE_UP, /* a limit was reached: says nothing of the text */
};

struct pattern_engine; /* PCRE2's contexts, shared by all patterns that it compiled */
struct pattern;
struct pattern_match; /* memory for one search at a time */

struct pattern_engine *pattern_engine_new(void) NEVER_NULL;
void pattern_engine_free(struct pattern_engine *engine); /* after all of its patterns; NULL is fine */

/* NULL: not a pattern, too long, or too many groups; error says which. */
struct pattern *pattern_new(struct pattern_engine *engine, struct span text, uint32_t options, struct error *error);
void pattern_free(struct pattern *pattern); /* NULL is fine */
/* Number of a named group (?<name>...), or 0. */
size_t pattern_group_number(const struct pattern *pattern, const char *name);
size_t pattern_group_count(const struct pattern *pattern);

struct pattern_match *pattern_match_new(const struct pattern_engine *engine) NEVER_NULL;
void pattern_match_free(struct pattern_match *match);
enum pattern_result pattern_search(const struct pattern *pattern, struct span text, struct pattern_match *match);
/* What a group of the last match took, as a part of its text; empty when it took no part. */
struct span pattern_match_group(const struct pattern_match *match, size_t number);

#endif
