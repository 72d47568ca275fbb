/* SPDX-License-Identifier: ISC */
/* Rapid7's recog: XML files of patterns over banners. Of use are those over greetings of IMAP and POP3; all others are counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/memory.h"
#include "base/text.h"
#include "software/fingerprints.h"

enum {
	RECOG_SIZE_MAX = 8 * 1024 * 1024,
	RECOG_DEPTH_MAX = 8,
	RECOG_ATTRIBUTE_MAX = 1024, /* a product, a vendor, a template */
};

struct recog {
	XML_Parser parser;
	struct fingerprint_list *list;
	const struct fingerprint_list *known; /* families and vendors are taken from there */
	struct pattern_engine *engine;
	const char *name;
	struct error *error;
	bool has_failed;
	int depth;
	enum wire_protocol protocol; /* of this file; WIRE_UNKNOWN: of no use */
	size_t read, ignored;
	bool is_in_fingerprint;
	struct fingerprint current;
};

static void fail(struct recog *recog, const char *what)
{
	if (!recog->has_failed)
		error_set(recog->error, "%s line %lu: %s", recog->name, (unsigned long)XML_GetCurrentLineNumber(recog->parser), what);
	recog->has_failed = true;
	XML_StopParser(recog->parser, XML_FALSE);
}

/* NULL: it has no such attribute. */
static const char *attribute(const char **attributes, const char *name)
{
	for (size_t i = 0; attributes[i] != NULL; i += 2)
		if (strcmp(attributes[i], name) == 0)
			return attributes[i + 1];
	return NULL;
}

static enum wire_protocol protocol_of(const char *matches)
{
	static const struct {
		const char *matches;
		enum wire_protocol protocol;
	} KNOWN[] = {
		{"imap4.banner", WIRE_IMAP}, {"imap.banner", WIRE_IMAP}, {"imap_banners", WIRE_IMAP},
		{"pop3.banner", WIRE_POP3},  {"pop.banner", WIRE_POP3},  {"pop_banners", WIRE_POP3},
	};

	for (size_t i = 0; matches != NULL && i < ARRAY_LENGTH(KNOWN); i++)
		if (strcmp(matches, KNOWN[i].matches) == 0)
			return KNOWN[i].protocol;
	return WIRE_UNKNOWN;
}

/* "REG_ICASE,REG_DOT_NEWLINE"; false: one that nobody knows. */
static bool read_flags(const char *flags, uint32_t *options_out)
{
	static const struct {
		const char *name;
		uint32_t option;
	} KNOWN[] = {
		{"REG_ICASE", PATTERN_IGNORES_CASE},
		{"REG_DOT_NEWLINE", PATTERN_DOT_IS_ANY},
		{"REG_LINE_ANY_CRLF", PATTERN_DOT_IS_ANY},
		{"REG_MULTILINE", PATTERN_DOT_IS_ANY},
	};
	const char *at = flags == NULL ? "" : flags;

	*options_out = PATTERN_SEES_LINES; /* recog is written for Ruby, where they always do */
	while (*(at += strspn(at, ", |")) != '\0') {
		size_t size = strcspn(at, ", |"), i = 0;

		while (i < ARRAY_LENGTH(KNOWN) && (strlen(KNOWN[i].name) != size || strncmp(at, KNOWN[i].name, size) != 0))
			i++;
		if (i == ARRAY_LENGTH(KNOWN))
			return false;
		*options_out |= KNOWN[i].option;
		at += size;
	}
	return true;
}

static void begin_fingerprint(struct recog *recog, const char **attributes)
{
	const char *pattern = attribute(attributes, "pattern"), *certainty = attribute(attributes, "certainty");
	uint32_t options = 0;
	char id[48];

	if (pattern == NULL) {
		fail(recog, "a fingerprint without a pattern");
		return;
	}
	if (++recog->read > FINGERPRINTS_MAX) {
		fail(recog, "more than 20000 fingerprints");
		return;
	}
	recog->is_in_fingerprint = true;
	if (recog->protocol == WIRE_UNKNOWN || !read_flags(attribute(attributes, "flags"), &options))
		return;
	recog->current.pattern = pattern_new(recog->engine, span_from_text(pattern), options, NULL);
	if (recog->current.pattern == NULL)
		return;
	snprintf(id, sizeof(id), "recog:%s:%lu", recog->protocol == WIRE_IMAP ? "imap" : "pop3",
	         (unsigned long)XML_GetCurrentLineNumber(recog->parser));
	recog->current.id = memory_copy_text(id);
	recog->current.protocol = recog->protocol;
	recog->current.field = FIELD_RAW_GREETING;
	recog->current.role = ROLE_BACK;
	/* Their scale is from 0.0 to 1.0, and 0.85 where nothing is said. */
	recog->current.strength =
		certainty != NULL && certainty[0] == '0' && certainty[1] == '.' && certainty[2] < '5' ? STRENGTH_WEAK : STRENGTH_CERTAIN;
}

/* pos 0 is the value itself, any other the group that it is taken from. */
static void keep_parameter(char **text, uint8_t *group, unsigned position, const char *value)
{
	free(*text);
	*text = memory_copy_text(position == 0 && value != NULL ? value : "");
	*group = (uint8_t)position;
}

static void take_parameter(struct recog *recog, const char **attributes)
{
	const char *name = attribute(attributes, "name"), *value = attribute(attributes, "value"), *place = attribute(attributes, "pos");
	struct fingerprint *current = &recog->current;
	uint64_t position = 0;
	uint8_t unused = 0;

	if (name == NULL || place == NULL || !text_parse_unsigned(span_from_text(place), 255, &position)) {
		fail(recog, "a param without name or pos");
		return;
	}
	if (current->pattern == NULL || (value != NULL && strlen(value) > RECOG_ATTRIBUTE_MAX))
		return;
	if (position > pattern_group_count(current->pattern)) {
		fail(recog, "a param takes a group that the pattern does not have");
		return;
	}
	if (strcmp(name, "service.product") == 0)
		keep_parameter(&current->product, &current->product_group, (unsigned)position, value);
	else if (strcmp(name, "service.version") == 0)
		keep_parameter(&current->version, &current->version_group, (unsigned)position, value);
	else if (strcmp(name, "service.vendor") == 0)
		keep_parameter(&current->vendor, &current->vendor_group, (unsigned)position, value);
	else if (strcmp(name, "service.cpe23") == 0 && position == 0)
		keep_parameter(&current->cpe, &unused, 0, value);
}

static void fill_in(char **text, const char *otherwise)
{
	if (*text == NULL)
		*text = memory_copy_text(otherwise);
}

static void end_fingerprint(struct recog *recog)
{
	struct fingerprint *current = &recog->current;
	const struct fingerprint *same;

	recog->is_in_fingerprint = false;
	if (current->pattern == NULL || current->product == NULL || (current->product[0] == '\0' && current->product_group == 0)) {
		fingerprint_done(current);
		recog->ignored++;
		return;
	}
	same = fingerprint_list_find_product(recog->known, current->product);
	current->family = same == NULL ? FAMILY_OTHER : same->family;
	fill_in(&current->vendor, same == NULL ? "" : same->vendor);
	fill_in(&current->version, "");
	fill_in(&current->cpe, same == NULL ? "" : same->cpe);
	fingerprint_list_add(recog->list, *current);
	*current = (struct fingerprint){.id = NULL};
}

static void XMLCALL on_start(void *context, const char *element, const char **attributes)
{
	struct recog *recog = context;

	if (recog->has_failed)
		return;
	if (++recog->depth > RECOG_DEPTH_MAX) {
		fail(recog, "elements are nested too deep");
	} else if (recog->depth == 1) {
		if (strcmp(element, "fingerprints") != 0)
			fail(recog, "this is no file of recog: its outermost element is not <fingerprints>");
		recog->protocol = protocol_of(attribute(attributes, "matches"));
	} else if (recog->depth == 2 && strcmp(element, "fingerprint") == 0) {
		begin_fingerprint(recog, attributes);
	} else if (recog->depth == 3 && recog->is_in_fingerprint && strcmp(element, "param") == 0) {
		take_parameter(recog, attributes);
	}
}

static void XMLCALL on_end(void *context, const char *element)
{
	struct recog *recog = context;

	(void)element;
	if (recog->has_failed)
		return;
	if (recog->depth == 2 && recog->is_in_fingerprint)
		end_fingerprint(recog);
	recog->depth--;
}

/* Without a DTD there are no entities of its own, neither from elsewhere nor growing without end. */
static void XMLCALL on_doctype(void *context, const char *name, const char *system_id, const char *public_id, int has_internal)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal;
	fail(context, "it has a DOCTYPE, which is not read; recog's own files have none");
}

static bool parse(struct recog *recog, struct span xml)
{
	enum XML_Status status;

	XML_SetUserData(recog->parser, recog);
	XML_SetElementHandler(recog->parser, on_start, on_end);
	XML_SetStartDoctypeDeclHandler(recog->parser, on_doctype);
	XML_SetParamEntityParsing(recog->parser, XML_PARAM_ENTITY_PARSING_NEVER);
	status = XML_Parse(recog->parser, (const char *)xml.data, (int)xml.size, XML_TRUE);
	if (recog->has_failed)
		return false;
	if (status != XML_STATUS_OK)
		return error_set(recog->error, "%s line %lu: this is not XML: %s", recog->name,
		                 (unsigned long)XML_GetCurrentLineNumber(recog->parser), XML_ErrorString(XML_GetErrorCode(recog->parser)));
	return true;
}

static void *expat_allocate(size_t size)
{
	return memory_allocate(size, 1);
}

static void *expat_resize(void *memory, size_t size)
{
	return memory_resize(memory, size, 1);
}

bool recog_read(struct fingerprint_list *list, const struct fingerprint_list *known, struct pattern_engine *engine, const char *name,
                struct span xml, size_t *ignored_out, struct error *error)
{
	static const XML_Memory_Handling_Suite MEMORY = {expat_allocate, expat_resize, free};
	struct recog recog = {.list = list, .known = known, .engine = engine, .name = name, .error = error};
	bool is_good;

	if (xml.size == 0 || xml.size > RECOG_SIZE_MAX)
		return error_set(error, "%s is empty or larger than %d bytes: that is no file of recog", name, RECOG_SIZE_MAX);
	recog.parser = XML_ParserCreate_MM(NULL, &MEMORY, NULL);
	is_good = parse(&recog, xml);
	XML_ParserFree(recog.parser);
	fingerprint_done(&recog.current);
	*ignored_out = recog.ignored;
	return is_good;
}
