/* SPDX-License-Identifier: ISC */
/* Rules V-3 to V-8: of all patterns that match, which one is believed. */
#include <stdio.h>
#include <string.h>

#include "software/fingerprints.h"

enum {
	GIVE_UPS_MAX = 8, /* patterns that reached their limit: then no more are tried, whatever the tables and the server hold */
	LEVEL_COUNT = 7,  /* texts in their order of precedence */
};

/* What one pattern took out of one text. */
struct match {
	const struct fingerprint *fingerprint; /* NULL: none */
	char product[64], version[48], vendor[64], distribution[48];
	struct span behind; /* a greeting within the greeting */
};

struct search {
	const struct fingerprints *fingerprints;
	const struct software_evidence *evidence;
	struct pattern_match *match;
	int give_ups;
	bool skips_raw;
};

#define ROLE_BIT(role) (1U << (role))
static const uint32_t ROLES_OF_SERVERS = ROLE_BIT(ROLE_BACK) | ROLE_BIT(ROLE_FRONT) | ROLE_BIT(ROLE_PANEL);

static bool is_textless_refusal(const struct software_evidence *evidence)
{
	return evidence->is_capability_refused && span_equals_text_ignoring_case(span_trim(evidence->refusal_reply), "-ERR");
}

static bool applies(const struct fingerprint *fingerprint, const struct software_evidence *evidence)
{
	uint32_t needs = fingerprint->needs;

	if (fingerprint->protocol != WIRE_UNKNOWN && fingerprint->protocol != evidence->protocol)
		return false;
	return ((needs & NEED_STAMP) == 0 || evidence->has_stamp) && ((needs & NEED_NO_STAMP) == 0 || !evidence->has_stamp) &&
	       ((needs & NEED_UUID_STAMP) == 0 || evidence->has_uuid_stamp) &&
	       ((needs & NEED_PID_TIME_STAMP) == 0 || evidence->has_pid_time_stamp) &&
	       ((needs & NEED_TEXTLESS_REFUSAL) == 0 || is_textless_refusal(evidence));
}

static bool matches(struct search *search, const struct fingerprint *fingerprint, struct span text)
{
	enum pattern_result result;

	if (search->give_ups >= GIVE_UPS_MAX)
		return false;
	result = pattern_search(fingerprint->pattern, text, search->match);
	search->give_ups += result == PATTERN_GAVE_UP ? 1 : 0;
	return result == PATTERN_MATCH;
}

/* As C text; a NUL of the server would end it early. */
static void keep_span(struct span text, char *out, size_t size)
{
	size_t count = text.size < size - 1 ? text.size : size - 1;

	if (count > 0)
		memcpy(out, text.data, count);
	for (size_t i = 0; i < count; i++)
		if (out[i] == '\0')
			out[i] = '?';
	out[count] = '\0';
}

static void keep_text(const char *text, char *out, size_t size)
{
	keep_span(span_from_text(text), out, size);
}

/* From the group, where there is one, else as the table says. */
static void keep_group(const struct search *search, uint8_t group, const char *text, char *out, size_t size)
{
	if (group != 0)
		keep_span(span_trim(pattern_match_group(search->match, group)), out, size);
	else
		keep_text(text, out, size);
}

static void keep_match(const struct search *search, const struct fingerprint *fingerprint, struct match *found_out)
{
	*found_out = (struct match){.fingerprint = fingerprint};
	keep_group(search, fingerprint->product_group, fingerprint->product, found_out->product, sizeof(found_out->product));
	keep_group(search, fingerprint->version_group, fingerprint->version, found_out->version, sizeof(found_out->version));
	keep_group(search, fingerprint->vendor_group, fingerprint->vendor, found_out->vendor, sizeof(found_out->vendor));
	if (fingerprint->distribution_group != 0)
		keep_group(search, fingerprint->distribution_group, "", found_out->distribution, sizeof(found_out->distribution));
	if (fingerprint->behind_group != 0)
		found_out->behind = span_trim(pattern_match_group(search->match, fingerprint->behind_group));
}

/* The first of the field and roles that matches; a raw greeting belongs to the greeting. */
static bool find(struct search *search, enum fingerprint_field field, uint32_t roles, struct span text, struct match *found_out)
{
	const struct fingerprint_list *list = &search->fingerprints->list;
	const struct software_evidence *evidence = search->evidence;

	found_out->fingerprint = NULL;
	for (size_t i = 0; i < list->count; i++) {
		const struct fingerprint *fingerprint = &list->items[i];
		bool is_raw = fingerprint->field == FIELD_RAW_GREETING && field == FIELD_GREETING && !search->skips_raw;

		if ((fingerprint->field != field && !is_raw) || (ROLE_BIT(fingerprint->role) & roles) == 0 ||
		    !applies(fingerprint, evidence))
			continue;
		if ((is_raw && evidence->raw_greeting.size > 0 && matches(search, fingerprint, evidence->raw_greeting)) ||
		    matches(search, fingerprint, text)) {
			keep_match(search, fingerprint, found_out);
			if (found_out->product[0] != '\0')
				return true;
			found_out->fingerprint = NULL;
		}
	}
	return false;
}

/* Rule V-3: what is believed first stands first. */
static void search_all(struct search *search, struct match found[LEVEL_COUNT])
{
	const struct software_evidence *evidence = search->evidence;
	const struct {
		enum fingerprint_field field;
		struct span text;
	} levels[LEVEL_COUNT] = {
		{FIELD_IDENTITY, evidence->identity},
		{FIELD_IMPLEMENTATION, evidence->implementation},
		{FIELD_CAPABILITIES, evidence->capabilities},
		{FIELD_GREETING, evidence->greeting},
		{FIELD_SUBJECT, span_from_text(evidence->certificate_subject == NULL ? "" : evidence->certificate_subject)},
		{FIELD_AUTHORITY, span_from_text(evidence->certificate_issuer == NULL ? "" : evidence->certificate_issuer)},
		{FIELD_LADDER, span_from_text(evidence->ladder == NULL ? "" : evidence->ladder)},
	};

	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		bool is_known = levels[i].text.size > 0 || (levels[i].field == FIELD_GREETING && evidence->is_greeted);

		found[i].fingerprint = NULL;
		if (is_known)
			(void)find(search, levels[i].field, ROLES_OF_SERVERS, levels[i].text, &found[i]);
	}
}

static bool has_role(const struct match *match, enum fingerprint_role role)
{
	return match->fingerprint != NULL && match->fingerprint->role == role;
}

/* The one that is believed; weak ones only where nothing else is (rule V-4). */
static const struct match *choose(const struct match *found, size_t count, enum fingerprint_role role)
{
	for (size_t i = 0; i < count; i++)
		if (has_role(&found[i], role) && found[i].fingerprint->strength != STRENGTH_WEAK)
			return &found[i];
	for (size_t i = 0; i < count; i++)
		if (has_role(&found[i], role))
			return &found[i];
	return NULL;
}

static enum confidence confidence_of(enum fingerprint_strength strength)
{
	switch (strength) {
	case STRENGTH_CERTAIN:
		return CONFIDENCE_HIGH;
	case STRENGTH_HABIT:
		return CONFIDENCE_MEDIUM;
	case STRENGTH_WEAK:
		break;
	}
	return CONFIDENCE_LOW;
}

/* How much a family says: a branch more than a product, a panel more than a branch. */
static int family_weight(enum software_family family)
{
	switch (family) {
	case FAMILY_UNKNOWN:
		return 0;
	case FAMILY_OTHER:
		return 1;
	case FAMILY_DOVECOT:
		return 2;
	case FAMILY_CPANEL:
	case FAMILY_PLESK:
	case FAMILY_DIRECTADMIN:
		return 4;
	case FAMILY_DOVECOT_2_3:
	case FAMILY_DOVECOT_2_4:
	case FAMILY_COURIER:
	case FAMILY_CYRUS:
	case FAMILY_EXCHANGE:
	case FAMILY_HMAILSERVER:
	case FAMILY_MAILENABLE:
	case FAMILY_ZIMBRA:
	case FAMILY_NGINX:
	case FAMILY_STUNNEL:
	case FAMILY_PERDITION:
	case FAMILY_MAILUTILS:
	case FAMILY_WITHOUT_TLS:
		break;
	}
	return 3;
}

static bool is_set_up_by_panels(enum software_family family)
{
	return family == FAMILY_DOVECOT || family == FAMILY_DOVECOT_2_3 || family == FAMILY_DOVECOT_2_4 || family == FAMILY_COURIER;
}

static void begin_with(const struct match *match, struct software *software)
{
	const struct fingerprint *fingerprint = match->fingerprint;

	memcpy(software->product, match->product, sizeof(software->product));
	memcpy(software->vendor, match->vendor, sizeof(software->vendor));
	keep_text(fingerprint->id, software->fingerprint, sizeof(software->fingerprint));
	software->family = fingerprint->family;
	software->confidence = confidence_of(fingerprint->strength);
}

/* What another text says of the same product: a version that was missing or only inferred, who built it, which branch. */
static void supplement(const struct match *match, struct software *software)
{
	const struct fingerprint *fingerprint = match->fingerprint;
	bool is_certain = fingerprint->strength == STRENGTH_CERTAIN && match->version[0] != '\0';

	if (match->version[0] != '\0' && (software->version[0] == '\0' || (is_certain && !software->is_version_certain))) {
		memcpy(software->version, match->version, sizeof(software->version));
		software->is_version_certain = is_certain;
	}
	if (software->distribution[0] == '\0')
		memcpy(software->distribution, match->distribution, sizeof(software->distribution));
	if (software->vendor[0] == '\0')
		memcpy(software->vendor, match->vendor, sizeof(software->vendor));
	if (family_weight(fingerprint->family) > family_weight(software->family))
		software->family = fingerprint->family;
	if (confidence_of(fingerprint->strength) > software->confidence)
		software->confidence = confidence_of(fingerprint->strength);
}

/* Rule V-7: a version tells who built it. */
static void find_distribution(struct search *search, struct software *software)
{
	struct match found;
	struct span version = span_from_text(software->version);

	if (version.size == 0 || !find(search, FIELD_VERSION, ROLE_BIT(ROLE_DISTRIBUTION), version, &found))
		return;
	if (software->distribution[0] == '\0' || found.version[0] != '\0')
		snprintf(software->distribution, sizeof(software->distribution), "%.30s%s%.16s", found.product,
		         found.version[0] != '\0' ? " " : "", found.version);
}

/* The vendor's part of a version in the spelling of CPE 2.3, or "*". */
static void cpe_version(const struct software *software, char out[96])
{
	size_t size = 0;

	for (const char *at = software->version; *at != '\0' && strchr("-+~ ,;(", *at) == NULL && size < 90; at++) {
		bool is_plain = (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') || *at == '.' || *at == '_';

		if (*at >= 'A' && *at <= 'Z') {
			out[size++] = (char)(*at - 'A' + 'a');
			continue;
		}
		if (!is_plain) {
			if (*at <= ' ' || *at > '~')
				break;
			out[size++] = '\\';
		}
		out[size++] = *at;
	}
	out[size] = '\0';
	if (size == 0 || !software->is_version_certain)
		snprintf(out, 96, "*");
}

/* A template of ours is "vendor:product", one of recog "cpe:/a:vendor:product:{service.version}" or the like of CPE 2.3. */
static void make_cpe(const struct fingerprint *fingerprint, struct software *software)
{
	static const char PLACE[] = "{service.version}";
	const char *rest = fingerprint->cpe, *place;
	char version[96], text[192];
	int colons = 0, size;

	if (rest[0] == '\0')
		return;
	cpe_version(software, version);
	if (strncmp(rest, "cpe:/", 5) == 0)
		rest += 5;
	else if (strncmp(rest, "cpe:2.3:", 8) == 0)
		rest += 8;
	place = strstr(rest, PLACE);
	if (rest == fingerprint->cpe)
		size = snprintf(text, sizeof(text), "cpe:2.3:a:%s:%s", rest, version);
	else if (place == NULL)
		size = snprintf(text, sizeof(text), "cpe:2.3:%s", rest);
	else
		size = snprintf(text, sizeof(text), "cpe:2.3:%.*s%s%s", (int)(place - rest), rest, version, place + strlen(PLACE));
	if (size < 0 || (size_t)size >= sizeof(text))
		return;
	for (size_t i = 0; text[i] != '\0'; i++)
		colons += text[i] == ':' && text[i - 1] != '\\' ? 1 : 0;
	/* part, vendor, product, version, update, edition, language, sw_edition, target_sw, target_hw, other */
	for (; colons < 12 && (size_t)size + 3 < sizeof(text); colons++, size += 2)
		snprintf(text + size, sizeof(text) - (size_t)size, ":*");
	if (colons == 12 && (size_t)size < sizeof(software->cpe) && strchr(text, '{') == NULL)
		memcpy(software->cpe, text, (size_t)size + 1);
}

static void judge_support(const struct fingerprints *fingerprints, struct timestamp now, struct software *software)
{
	char today[TIMESTAMP_TEXT_SIZE], product[64];
	struct support_answer answer;
	size_t space = span_find_byte(span_from_text(software->library), ' ');

	timestamp_format(now, today);
	today[DATE_TEXT_SIZE - 1] = '\0';
	if (software->confidence != CONFIDENCE_LOW) { /* rule V-4 */
		answer = support_of(&fingerprints->support, software->product, software->version, software->distribution, today);
		software->support = answer.state;
		keep_text(answer.ends, software->support_ends, sizeof(software->support_ends));
		keep_text(answer.source, software->support_source, sizeof(software->support_source));
	}
	if (software->library[0] == '\0')
		return;
	keep_span(span_make(software->library, space), product, sizeof(product));
	answer = support_of(&fingerprints->support, product, software->library[space] == ' ' ? software->library + space + 1 : "",
	                    software->distribution, today);
	software->library_support = answer.state;
	keep_text(answer.ends, software->library_ends, sizeof(software->library_ends));
}

/* Greetings within a greeting, as stunnel shows them. */
static bool find_behind(struct search *search, const struct match *front, struct match *found_out)
{
	return front != NULL && front->behind.size > 0 && find(search, FIELD_GREETING, ROLE_BIT(ROLE_BACK), front->behind, found_out);
}

/* Recog knows products by names of its own; what our tables make of the same greeting tells whose settings advice is for. */
static void find_family(struct search *search, const struct match *match, struct software *software)
{
	struct match ours;

	if (match->fingerprint->field != FIELD_RAW_GREETING || software->family != FAMILY_OTHER)
		return;
	search->skips_raw = true;
	if (find(search, FIELD_GREETING, ROLE_BIT(match->fingerprint->role), search->evidence->greeting, &ours) &&
	    ours.fingerprint->strength != STRENGTH_WEAK)
		software->family = ours.fingerprint->family;
	search->skips_raw = false;
}

static void identify(struct search *search, struct timestamp now, struct software *software)
{
	struct match found[LEVEL_COUNT], behind = {.fingerprint = NULL}, library;
	const struct match *back, *front, *panel, *main_match;

	search_all(search, found);
	front = choose(found, LEVEL_COUNT, ROLE_FRONT);
	panel = choose(found, LEVEL_COUNT, ROLE_PANEL);
	back = choose(found, LEVEL_COUNT, ROLE_BACK);
	if (back == NULL && find_behind(search, front, &behind))
		back = &behind;
	main_match = back != NULL ? back : front != NULL ? front : panel;
	if (main_match == NULL)
		return;
	begin_with(main_match, software);
	supplement(main_match, software);
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (has_role(&found[i], main_match->fingerprint->role) && strcmp(found[i].product, software->product) == 0)
			supplement(&found[i], software);
	find_family(search, main_match, software);
	if (software->confidence == CONFIDENCE_LOW)
		software->is_version_certain = false;
	if (back != NULL && front != NULL)
		memcpy(software->front, front->product, sizeof(software->front));
	if (main_match == panel)
		software->confidence = CONFIDENCE_LOW; /* what it set up does not say its name */
	else if (panel != NULL && back != NULL && is_set_up_by_panels(software->family))
		software->family = panel->fingerprint->family;
	find_distribution(search, software);
	if (search->evidence->identity.size > 0 &&
	    find(search, FIELD_IDENTITY, ROLE_BIT(ROLE_LIBRARY), search->evidence->identity, &library))
		snprintf(software->library, sizeof(software->library), "%.30s %.30s", library.product, library.version);
	make_cpe(main_match->fingerprint, software);
	judge_support(search->fingerprints, now, software);
}

void software_identify(const struct fingerprints *fingerprints, const struct software_evidence *evidence, struct timestamp now,
                       struct software *software_out)
{
	struct search search = {.fingerprints = fingerprints, .evidence = evidence};

	*software_out = (struct software){.family = FAMILY_UNKNOWN};
	search.match = pattern_match_new(fingerprints->engine);
	identify(&search, now, software_out);
	pattern_match_free(search.match);
}

static enum fingerprint_field field_of(enum evidence_text which)
{
	static const enum fingerprint_field FIELDS[] = {[EVIDENCE_RAW_GREETING] = FIELD_RAW_GREETING,
	                                                [EVIDENCE_SUBJECT] = FIELD_SUBJECT,
	                                                [EVIDENCE_AUTHORITY] = FIELD_AUTHORITY,
	                                                [EVIDENCE_LADDER] = FIELD_LADDER};

	return FIELDS[which];
}

bool fingerprints_look_at(const struct fingerprints *fingerprints, enum evidence_text which)
{
	return fingerprints->field_counts[field_of(which)] > 0;
}

/* A pattern that gives up counts as one that matches: the answer then depends on what was tried before it. */
bool fingerprints_know(const struct fingerprints *fingerprints, enum evidence_text which, struct span text)
{
	const struct fingerprint_list *list = &fingerprints->list;
	enum fingerprint_field field = field_of(which);
	struct pattern_match *match;
	bool is_known = false;

	if (fingerprints->field_counts[field] == 0)
		return false;
	match = pattern_match_new(fingerprints->engine);
	for (size_t i = 0; i < list->count && !is_known; i++)
		is_known = list->items[i].field == field && pattern_search(list->items[i].pattern, text, match) != PATTERN_NO_MATCH;
	pattern_match_free(match);
	return is_known;
}
