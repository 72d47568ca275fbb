/* SPDX-License-Identifier: ISC */
/* Reading refusals by hand-written word matching: greetings of a whole census pass here. */
#include "protocol/refusal.h"

#include <stdbool.h>
#include <string.h>

#include "base/attributes.h"
#include "base/character.h"

/* RFC 2449 8.1, RFC 3206, RFC 5530 3. */
static const char *const BUSY_CODES[] = {"SYS/TEMP", "IN-USE", "LOGIN-DELAY", "UNAVAILABLE", "INUSE", "LIMIT"};

enum word_end { WHOLE_WORD, WORD_BEGINNING };

struct phrase {
	const char *text;
	enum word_end end;
};

static const struct phrase BUSY_PHRASES[] = {
	{"too many", WHOLE_WORD}, {"try again", WHOLE_WORD}, {"temporar", WORD_BEGINNING}, {"maximum number", WHOLE_WORD},
	{"rate", WHOLE_WORD},     {"exceeded", WHOLE_WORD},  {"auth process", WHOLE_WORD},
};

static const struct phrase DENIED_PHRASES[] = {
	{"policy", WHOLE_WORD}, {"policies", WHOLE_WORD}, {"blocked", WHOLE_WORD}, {"denied", WHOLE_WORD}, {"blacklist", WORD_BEGINNING},
};

/* At the border of a word, so that "generate" is no rate and "operation" no ration. */
static bool contains_phrase(struct span text, const struct phrase *phrase)
{
	size_t size = strlen(phrase->text);

	for (size_t i = 0; i + size <= text.size; i++) {
		if (i > 0 && character_is_letter(text.data[i - 1]))
			continue;
		if (phrase->end == WHOLE_WORD && i + size < text.size && character_is_letter(text.data[i + size]))
			continue;
		if (span_equals_text_ignoring_case(span_part(text, i, size), phrase->text))
			return true;
	}
	return false;
}

static bool contains_any(struct span text, const struct phrase *phrases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (contains_phrase(text, &phrases[i]))
			return true;
	}
	return false;
}

/* "[SYS/TEMP] text", "[LIMIT 5] text". */
static bool has_busy_code(struct span text)
{
	struct span code, word;

	text = span_trim(text);
	if (text.size == 0 || text.data[0] != '[')
		return false;
	code = span_part(text, 1, span_find_byte(text, ']') - 1);
	word = span_take_word(&code);
	for (size_t i = 0; i < ARRAY_LENGTH(BUSY_CODES); i++) {
		if (span_equals_text_ignoring_case(word, BUSY_CODES[i]))
			return true;
	}
	return false;
}

enum refusal refusal_of(struct span text)
{
	if (has_busy_code(text) || contains_any(text, BUSY_PHRASES, ARRAY_LENGTH(BUSY_PHRASES)))
		return REFUSAL_BUSY;
	return contains_any(text, DENIED_PHRASES, ARRAY_LENGTH(DENIED_PHRASES)) ? REFUSAL_DENIED : REFUSAL_PLAIN;
}
