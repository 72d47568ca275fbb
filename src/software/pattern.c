/* SPDX-License-Identifier: ISC */
/* Patterns over bytes of strangers. */
#include "software/pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/memory.h"

struct pattern_engine {
	pcre2_general_context *general;
	pcre2_compile_context *compile;
	pcre2_match_context *limits;
};

struct pattern {
	pcre2_code *code;
	const struct pattern_engine *engine;
};

struct pattern_match {
	pcre2_match_data *data;
	struct span text;
	size_t group_count; /* of the last match, the whole included */
};

static void *pcre2_allocate(size_t size, void *unused)
{
	(void)unused;
	return memory_allocate(size, 1);
}

static void pcre2_release(void *memory, void *unused)
{
	(void)unused;
	free(memory);
}

struct pattern_engine *pattern_engine_new(void)
{
	struct pattern_engine *engine = memory_allocate(1, sizeof(*engine));

	engine->general = pcre2_general_context_create(pcre2_allocate, pcre2_release, NULL);
	engine->compile = pcre2_compile_context_create(engine->general);
	engine->limits = pcre2_match_context_create(engine->general);
	pcre2_set_max_pattern_length(engine->compile, PATTERN_SIZE_MAX);
	pcre2_set_parens_nest_limit(engine->compile, 50);
	pcre2_set_match_limit(engine->limits, PATTERN_STEPS_MAX);
	pcre2_set_depth_limit(engine->limits, PATTERN_DEPTH_MAX);
	pcre2_set_heap_limit(engine->limits, PATTERN_HEAP_KIB_MAX);
	return engine;
}

void pattern_engine_free(struct pattern_engine *engine)
{
	if (engine == NULL)
		return;
	pcre2_match_context_free(engine->limits);
	pcre2_compile_context_free(engine->compile);
	pcre2_general_context_free(engine->general);
	free(engine);
}

static uint32_t pcre2_options(uint32_t options)
{
	/* The text is bytes, and a pattern must not ask for anything else. */
	uint32_t translated = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;

	translated |= (options & PATTERN_IGNORES_CASE) != 0 ? PCRE2_CASELESS : 0;
	translated |= (options & PATTERN_DOT_IS_ANY) != 0 ? PCRE2_DOTALL : 0;
	translated |= (options & PATTERN_SEES_LINES) != 0 ? PCRE2_MULTILINE : PCRE2_DOLLAR_ENDONLY;
	return translated;
}

struct pattern *pattern_new(struct pattern_engine *engine, struct span text, uint32_t options, struct error *error)
{
	const unsigned char *data = text.size > 0 ? text.data : (const unsigned char *)"";
	struct pattern *pattern;
	pcre2_code *code;
	int number = 0;
	size_t offset = 0;

	code = pcre2_compile(data, text.size, pcre2_options(options), &number, &offset, engine->compile);
	if (code == NULL) {
		PCRE2_UCHAR message[200] = "";

		pcre2_get_error_message(number, message, sizeof(message));
		error_set(error, "the pattern is wrong at its byte %zu: %s", offset + 1, (const char *)message);
		return NULL;
	}
	pattern = memory_allocate(1, sizeof(*pattern));
	*pattern = (struct pattern){.code = code, .engine = engine};
	if (pattern_group_count(pattern) > PATTERN_GROUPS_MAX) {
		error_set(error, "the pattern has more than %d groups; write (?:...) where nothing is taken out", PATTERN_GROUPS_MAX);
		pattern_free(pattern);
		return NULL;
	}
	/* Where the system allows no memory that is written and run, PCRE2 interprets: slower, the same result. */
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return pattern;
}

void pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_code_free(pattern->code);
	free(pattern);
}

size_t pattern_group_number(const struct pattern *pattern, const char *name)
{
	int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);

	return number > 0 ? (size_t)number : 0;
}

size_t pattern_group_count(const struct pattern *pattern)
{
	uint32_t count = 0;

	pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &count);
	return count;
}

struct pattern_match *pattern_match_new(const struct pattern_engine *engine)
{
	struct pattern_match *match = memory_allocate(1, sizeof(*match));

	match->data = pcre2_match_data_create(PATTERN_GROUPS_MAX + 1, engine->general);
	return match;
}

void pattern_match_free(struct pattern_match *match)
{
	if (match == NULL)
		return;
	pcre2_match_data_free(match->data);
	free(match);
}

enum pattern_result pattern_search(const struct pattern *pattern, struct span text, struct pattern_match *match)
{
	int result;

	match->text = text.size > 0 ? span_part(text, 0, PATTERN_TEXT_MAX) : span_make("", 0);
	match->group_count = 0;
	result = pcre2_match(pattern->code, match->text.data, match->text.size, 0, 0, match->data, pattern->engine->limits);
	if (result > 0) {
		match->group_count = (size_t)result;
		return PATTERN_MATCH;
	}
	return result == PCRE2_ERROR_NOMATCH ? PATTERN_NO_MATCH : PATTERN_GAVE_UP;
}

struct span pattern_match_group(const struct pattern_match *match, size_t number)
{
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(match->data);

	/* \K inside an assertion may even let a match end before it begins. */
	if (number >= match->group_count || ends[2 * number] == PCRE2_UNSET || ends[2 * number] > ends[2 * number + 1])
		return span_make("", 0);
	return span_part(match->text, ends[2 * number], ends[2 * number + 1] - ends[2 * number]);
}
