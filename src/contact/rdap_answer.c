/* SPDX-License-Identifier: ISC */
/* Reads RDAP, and the jCards (RFC 7095) in it. */
#include "contact/rdap_answer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/json_reader.h"
#include "base/memory.h"
#include "base/text.h"

enum { ENTITY_DEPTH_MAX = 8, FOUND_MAX = 64, TEXT_MAX = 512, PREFERENCE_DEFAULT = 100 };

/* The best first. */
static const char *const ROLES[] = {"abuse", "technical", "administrative", "registrant"};

struct found {
	unsigned role; /* place in ROLES */
	unsigned preference;
	unsigned order;
	char address[CONTACT_ADDRESS_SIZE];
};

struct reading {
	struct json_reader json;
	struct rdap_answer *answer;
	struct found found[FOUND_MAX];
	unsigned count;
	struct ip_address first, last;
	bool has_first, has_last, has_first_asn, has_last_asn;
	struct buffer text; /* of the string that is being read */
};

/* A string as it was meant, valid until the next one; anything else is skipped and gives an empty one. */
static struct span take_text(struct reading *reading)
{
	buffer_clear(&reading->text);
	if (json_reader_next(&reading->json) != '"') {
		json_reader_skip(&reading->json);
		return span_make(NULL, 0);
	}
	if (!json_unescape(json_reader_take_string(&reading->json), &reading->text) || reading->text.overflowed)
		buffer_clear(&reading->text);
	return buffer_view(&reading->text);
}

/* Skips what is no array; else true, and the items are to be taken. */
static bool is_next(struct reading *reading, char open)
{
	if (json_reader_next(&reading->json) == (unsigned char)open)
		return true;
	json_reader_skip(&reading->json);
	return false;
}

static unsigned take_preference(struct reading *reading)
{
	unsigned preference = PREFERENCE_DEFAULT;
	bool is_first = true;
	struct span key;

	if (!is_next(reading, '{'))
		return preference;
	while (json_reader_member(&reading->json, &is_first, &key)) {
		unsigned char next = json_reader_next(&reading->json);
		uint64_t number;

		if (!span_equals_text_ignoring_case(key, "pref") || next == '[' || next == '{')
			json_reader_skip(&reading->json);
		else if (text_parse_unsigned(json_reader_take_scalar(&reading->json), PREFERENCE_DEFAULT, &number) && number > 0)
			preference = (unsigned)number;
	}
	return preference;
}

/* An entity's addresses are kept before its roles are known: they may stand behind. */
struct entity {
	unsigned own[FOUND_MAX], own_count; /* not those of entities in it */
	bool roles[ARRAY_LENGTH(ROLES)];
};

static void keep_address(struct reading *reading, struct entity *entity, struct span text, unsigned preference)
{
	struct found *found;
	enum contact_fault fault;
	char address[CONTACT_ADDRESS_SIZE];

	if (text.size == 0 || reading->count == FOUND_MAX)
		return;
	fault = contact_address_read(text, address);
	reading->answer->contacts.placeholders += fault == CONTACT_IS_PLACEHOLDER;
	reading->answer->contacts.malformed += fault == CONTACT_IS_MALFORMED;
	if (fault != CONTACT_IS_GOOD)
		return;
	entity->own[entity->own_count++] = reading->count;
	found = &reading->found[reading->count];
	*found = (struct found){.role = ARRAY_LENGTH(ROLES), .preference = preference, .order = reading->count};
	memcpy(found->address, address, sizeof(address));
	reading->count++;
}

/* ["email", {"pref":"1"}, "text", "abuse@example.net"] */
static void take_property(struct reading *reading, struct entity *entity)
{
	bool is_first = true, is_email = false;
	unsigned preference = PREFERENCE_DEFAULT;

	if (!is_next(reading, '['))
		return;
	for (unsigned place = 0; json_reader_item(&reading->json, &is_first); place++) {
		if (place == 0)
			is_email = span_equals_text_ignoring_case(take_text(reading), "email");
		else if (place == 1 && is_email)
			preference = take_preference(reading);
		else if (place >= 3 && is_email)
			keep_address(reading, entity, take_text(reading), preference);
		else
			json_reader_skip(&reading->json);
	}
}

/* ["vcard", [property, ...]] */
static void take_card(struct reading *reading, struct entity *entity)
{
	bool is_first = true, is_first_property = true;

	if (!is_next(reading, '['))
		return;
	for (unsigned place = 0; json_reader_item(&reading->json, &is_first); place++) {
		if (place != 1 || json_reader_next(&reading->json) != '[') {
			json_reader_skip(&reading->json);
			continue;
		}
		while (json_reader_item(&reading->json, &is_first_property))
			take_property(reading, entity);
	}
}

static void take_roles(struct reading *reading, struct entity *entity)
{
	bool is_first = true;

	if (!is_next(reading, '['))
		return;
	while (json_reader_item(&reading->json, &is_first)) {
		struct span role = take_text(reading);

		for (size_t i = 0; i < ARRAY_LENGTH(ROLES); i++)
			entity->roles[i] = entity->roles[i] || span_equals_text_ignoring_case(role, ROLES[i]);
	}
}

static void take_entities(struct reading *reading, unsigned depth);

static void take_entity(struct reading *reading, unsigned depth)
{
	struct entity entity = {.own_count = 0};
	bool is_first = true;
	struct span key;
	unsigned best = 0;

	if (!is_next(reading, '{'))
		return;
	while (json_reader_member(&reading->json, &is_first, &key)) {
		if (span_equals_text(key, "roles"))
			take_roles(reading, &entity);
		else if (span_equals_text(key, "vcardArray"))
			take_card(reading, &entity);
		else if (span_equals_text(key, "entities"))
			take_entities(reading, depth + 1);
		else
			json_reader_skip(&reading->json);
	}
	while (best < ARRAY_LENGTH(ROLES) && !entity.roles[best])
		best++;
	for (unsigned i = 0; i < entity.own_count; i++)
		reading->found[entity.own[i]].role = best;
}

static void take_entities(struct reading *reading, unsigned depth)
{
	bool is_first = true;

	if (depth > ENTITY_DEPTH_MAX)
		reading->json.is_wrong = true;
	if (!is_next(reading, '['))
		return;
	while (json_reader_item(&reading->json, &is_first))
		take_entity(reading, depth);
}

static bool take_address(struct reading *reading, struct ip_address *address_out)
{
	struct span text = take_text(reading);

	/* Some write a whole prefix here. */
	return ip_address_parse(span_part(text, 0, span_find_byte(text, '/')), address_out);
}

static bool take_number(struct reading *reading, uint32_t *number_out)
{
	unsigned char next = json_reader_next(&reading->json);
	uint64_t number;

	if (next == '[' || next == '{') {
		json_reader_skip(&reading->json);
		return false;
	}
	if (!text_parse_unsigned(json_reader_take_scalar(&reading->json), UINT32_MAX, &number))
		return false;
	*number_out = (uint32_t)number;
	return true;
}

static void take_handle(struct reading *reading)
{
	struct buffer shown;

	buffer_init(&shown, sizeof(reading->answer->handle) - 1);
	text_escape(take_text(reading), &shown);
	(void)snprintf(reading->answer->handle, sizeof(reading->answer->handle), "%s", buffer_text(&shown));
	buffer_done(&shown);
}

static void take_member(struct reading *reading, struct span key)
{
	if (span_equals_text(key, "entities"))
		take_entities(reading, 1);
	else if (span_equals_text(key, "startAddress"))
		reading->has_first = take_address(reading, &reading->first);
	else if (span_equals_text(key, "endAddress"))
		reading->has_last = take_address(reading, &reading->last);
	else if (span_equals_text(key, "startAutnum"))
		reading->has_first_asn = take_number(reading, &reading->answer->first_asn);
	else if (span_equals_text(key, "endAutnum"))
		reading->has_last_asn = take_number(reading, &reading->answer->last_asn);
	else if (span_equals_text(key, "handle"))
		take_handle(reading);
	else
		json_reader_skip(&reading->json);
}

static int compare_found(const void *a, const void *b)
{
	const struct found *one = a, *other = b;

	if (one->role != other->role)
		return one->role < other->role ? -1 : 1;
	if (one->preference != other->preference)
		return one->preference < other->preference ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order ? 1 : 0;
}

static void conclude(struct reading *reading)
{
	struct rdap_answer *answer = reading->answer;

	answer->has_range = reading->has_first && reading->has_last && reading->first.family == reading->last.family &&
	                    ip_address_compare(reading->first, reading->last) <= 0;
	answer->range = (struct ip_range){reading->first, reading->last};
	answer->has_numbers = reading->has_first_asn && reading->has_last_asn && answer->first_asn <= answer->last_asn;
	answer->role = "";
	if (reading->count > 1)
		qsort(reading->found, reading->count, sizeof(reading->found[0]), compare_found);
	if (reading->count == 0 || reading->found[0].role == ARRAY_LENGTH(ROLES))
		return;
	answer->role = ROLES[reading->found[0].role];
	for (unsigned i = 0; i < reading->count && reading->found[i].role == reading->found[0].role; i++) {
		/* A page to fill in stands alone. */
		bool is_page = strncmp(reading->found[i].address, "https:", 6) == 0;

		if (is_page && answer->contacts.count > 0)
			continue;
		contact_list_add(&answer->contacts, span_from_text(reading->found[i].address));
		if (is_page)
			break;
	}
}

bool rdap_answer_read(struct span content, struct rdap_answer *answer_out, struct error *error)
{
	struct reading *reading = memory_allocate(1, sizeof(*reading));
	bool is_first = true, is_good;
	struct span key;

	*answer_out = (struct rdap_answer){.role = ""};
	reading->answer = answer_out;
	reading->json = json_reader_make(content);
	buffer_init(&reading->text, TEXT_MAX);
	while (json_reader_member(&reading->json, &is_first, &key))
		take_member(reading, key);
	is_good = !reading->json.is_wrong && json_reader_next(&reading->json) == 0;
	if (is_good)
		conclude(reading);
	buffer_done(&reading->text);
	free(reading);
	return is_good || error_set(error, "the answer is no object of RDAP, or was not received whole");
}
