/* SPDX-License-Identifier: ISC */
/* Names are compared and kept as labels without compression: as text, a label with a dot in it would look like two. */
#include "net/ptr_answer.h"

#include <string.h>

#include "base/character.h"
#include "base/reader.h"

enum {
	HEADER_SIZE = 12,
	NAME_MAX_SIZE = 255, /* RFC 1035 section 3.1 */
	POINTER = 0xc0,
	CLASS_IN = 1,
	TYPE_CNAME = 5,
	TYPE_PTR = 12,
	IS_RESPONSE = 0x8000,
};

/* Labels with their lengths, the root included, in small letters. */
struct name {
	unsigned char bytes[NAME_MAX_SIZE];
	size_t size;
};

struct record {
	struct name owner;
	uint16_t type, class;
	size_t data_at; /* in the message */
	uint16_t data_size;
};

struct message {
	struct span bytes;
	size_t answers_at;
	unsigned answers;
	struct name asked;
};

static bool append_label(struct name *name, struct span label)
{
	if (name->size + 1 + label.size + 1 > NAME_MAX_SIZE)
		return false;
	name->bytes[name->size++] = (unsigned char)label.size;
	for (size_t i = 0; i < label.size; i++)
		name->bytes[name->size++] = character_small(label.data[i]);
	return true;
}

/* The name that begins at *at, which goes to behind it. Each pointer must lead further back than the one before it, so that there is an end. */
static bool read_name(struct span message, size_t *at, struct name *name_out)
{
	struct reader reader = reader_make(span_part(message, *at, message.size));
	size_t furthest = *at, behind = 0;

	name_out->size = 0;
	for (;;) {
		uint8_t size = reader_u8(&reader);

		if (reader.failed)
			return false;
		if (size == 0)
			break;
		if ((size & POINTER) == POINTER) {
			size_t target = (size_t)(size & ~POINTER) << 8 | reader_u8(&reader);

			if (reader.failed || target >= furthest)
				return false;
			if (behind == 0)
				behind = message.size - reader.rest.size;
			furthest = target;
			reader = reader_make(span_part(message, target, message.size));
		} else if ((size & POINTER) != 0 || !append_label(name_out, reader_bytes(&reader, size)) || reader.failed) {
			return false;
		}
	}
	name_out->bytes[name_out->size++] = 0;
	*at = behind != 0 ? behind : message.size - reader.rest.size;
	return true;
}

static bool is_same_name(const struct name *a, const struct name *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static bool read_record(struct span message, size_t *at, struct record *record_out)
{
	struct reader reader;

	if (!read_name(message, at, &record_out->owner))
		return false;
	reader = reader_make(span_part(message, *at, message.size));
	record_out->type = reader_u16(&reader);
	record_out->class = reader_u16(&reader);
	(void)reader_u32(&reader);
	record_out->data_size = reader_u16(&reader);
	record_out->data_at = message.size - reader.rest.size;
	(void)reader_bytes(&reader, record_out->data_size);
	*at = message.size - reader.rest.size;
	return !reader.failed;
}

/* A record's data that is a name, and nothing more. */
static bool read_target(struct span message, const struct record *record, struct name *name_out)
{
	size_t at = record->data_at;

	return read_name(message, &at, name_out) && at == record->data_at + record->data_size;
}

static bool read_question(struct span bytes, struct message *message_out)
{
	struct reader reader = reader_make(bytes);
	uint16_t flags, questions;
	size_t at = HEADER_SIZE;

	(void)reader_u16(&reader);
	flags = reader_u16(&reader);
	questions = reader_u16(&reader);
	*message_out = (struct message){.bytes = bytes, .answers = reader_u16(&reader)};
	if (reader.failed || bytes.size < HEADER_SIZE || (flags & IS_RESPONSE) == 0 || questions != 1 ||
	    !read_name(bytes, &at, &message_out->asked))
		return false;
	reader = reader_make(span_part(bytes, at, bytes.size));
	(void)reader_u16(&reader);
	if (reader_u16(&reader) != CLASS_IN || reader.failed)
		return false;
	message_out->answers_at = at + 4;
	return true;
}

/* Keeps the first ones in order. */
static void keep(struct ptr_answer *answer, const char name[HOSTNAME_SIZE])
{
	size_t place = 0;

	while (place < answer->name_count && hostname_compare(answer->names[place], name) < 0)
		place++;
	if (place == PTR_ANSWER_NAMES_MAX || (place < answer->name_count && hostname_compare(answer->names[place], name) == 0))
		return;
	if (answer->name_count < PTR_ANSWER_NAMES_MAX)
		answer->name_count++;
	memmove(answer->names[place + 1], answer->names[place], (answer->name_count - place - 1) * sizeof(answer->names[0]));
	memcpy(answer->names[place], name, HOSTNAME_SIZE);
}

static void take_name(struct ptr_answer *answer, const struct name *target)
{
	char name[HOSTNAME_SIZE] = "";

	answer->registered++;
	if (hostname_from_labels(span_make(target->bytes, target->size), name))
		keep(answer, name);
	else
		answer->unusable++;
}

/* Takes the PTR records of this name; alias_out (size 0: none) is where a CNAME of it leads. False: the message is malformed. */
static bool look_through(const struct message *message, const struct name *owner, struct ptr_answer *answer, struct name *alias_out)
{
	size_t at = message->answers_at;

	alias_out->size = 0;
	for (unsigned i = 0; i < message->answers; i++) {
		struct record record;
		struct name target;

		if (!read_record(message->bytes, &at, &record))
			return false;
		if (record.class != CLASS_IN || (record.type != TYPE_PTR && record.type != TYPE_CNAME) ||
		    !is_same_name(&record.owner, owner))
			continue;
		if (!read_target(message->bytes, &record, &target))
			return false;
		if (record.type == TYPE_PTR)
			take_name(answer, &target);
		else
			*alias_out = target;
	}
	return true;
}

bool ptr_answer_read(struct span bytes, struct ptr_answer *answer_out)
{
	struct message message;
	struct name owner, alias;

	memset(answer_out, 0, sizeof(*answer_out));
	if (!read_question(bytes, &message))
		return false;
	owner = message.asked;
	for (unsigned i = 0; i <= PTR_ANSWER_ALIASES_MAX; i++) {
		if (!look_through(&message, &owner, answer_out, &alias)) {
			memset(answer_out, 0, sizeof(*answer_out));
			return false;
		}
		if (answer_out->registered > 0 || alias.size == 0)
			break;
		owner = alias;
	}
	return true;
}
