/* SPDX-License-Identifier: ISC */
/* Writes and reads the little JSON that it needs, and no more. */
#include "store/sqlite/finding_list.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

void finding_list_begin(struct buffer *list)
{
	buffer_clear(list);
	buffer_append_byte(list, '[');
}

static void put_number(struct buffer *list, int64_t value)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? 0 : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	buffer_append(list, span_make(digits + at, sizeof(digits) - at));
}

static bool is_printable(struct span text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return false;
	}
	return true;
}

static void put_evidence(struct buffer *list, struct span text)
{
	static const char DIGITS[] = "0123456789ABCDEF";
	size_t from = 0;

	if (!is_printable(text)) {
		buffer_append_text(list, "[\"");
		for (size_t i = 0; i < text.size; i++) {
			buffer_append_byte(list, (unsigned char)DIGITS[text.data[i] >> 4]);
			buffer_append_byte(list, (unsigned char)DIGITS[text.data[i] & 15]);
		}
		buffer_append_text(list, "\"]");
		return;
	}
	buffer_append_byte(list, '"');
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] != '"' && text.data[i] != '\\')
			continue;
		buffer_append(list, span_part(text, from, i - from));
		buffer_append_byte(list, '\\');
		from = i;
	}
	buffer_append(list, span_part(text, from, text.size));
	buffer_append_byte(list, '"');
}

void finding_list_add(struct buffer *list, const struct finding_entry *entry)
{
	buffer_append_text(list, list->size > 1 ? ",[" : "[");
	put_number(list, entry->port);
	buffer_append_byte(list, ',');
	put_number(list, entry->finding);
	buffer_append_byte(list, ',');
	put_number(list, entry->severity);
	buffer_append_byte(list, ',');
	put_number(list, entry->confidence);
	buffer_append_byte(list, ',');
	if (entry->evidence_row != 0)
		put_number(list, entry->evidence_row);
	else
		put_evidence(list, entry->evidence);
	buffer_append_byte(list, ']');
}

void finding_list_end(struct buffer *list)
{
	buffer_append_byte(list, ']');
}

static bool take_byte(struct span *rest, unsigned char byte)
{
	if (rest->size == 0 || rest->data[0] != byte)
		return false;
	*rest = span_part(*rest, 1, rest->size);
	return true;
}

static bool take_number(struct span *rest, uint64_t maximum, int64_t *value_out)
{
	size_t size = 0;
	uint64_t value;

	while (size < rest->size && rest->data[size] >= '0' && rest->data[size] <= '9')
		size++;
	if (!text_parse_unsigned(span_part(*rest, 0, size), maximum, &value))
		return false;
	*value_out = (int64_t)value;
	*rest = span_part(*rest, size, rest->size);
	return true;
}

static bool take_string(struct span *rest, struct buffer *out)
{
	if (!take_byte(rest, '"'))
		return false;
	while (rest->size > 0 && rest->data[0] != '"') {
		if (rest->data[0] == '\\')
			*rest = span_part(*rest, 1, rest->size);
		if (rest->size == 0)
			return false;
		buffer_append_byte(out, rest->data[0]);
		*rest = span_part(*rest, 1, rest->size);
	}
	return take_byte(rest, '"');
}

static int digit_of(unsigned char byte)
{
	return byte >= '0' && byte <= '9' ? byte - '0' : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

static bool take_hexadecimal(struct span *rest, struct buffer *out)
{
	if (!take_byte(rest, '[') || !take_byte(rest, '"'))
		return false;
	while (rest->size >= 2 && rest->data[0] != '"') {
		int high = digit_of(rest->data[0]), low = digit_of(rest->data[1]);

		if (high < 0 || low < 0)
			return false;
		buffer_append_byte(out, (unsigned char)(high * 16 + low));
		*rest = span_part(*rest, 2, rest->size);
	}
	return take_byte(rest, '"') && take_byte(rest, ']');
}

static bool take_evidence(struct span *rest, struct buffer *room, struct finding_entry *entry)
{
	unsigned char first = rest->size > 0 ? rest->data[0] : '\0';

	buffer_clear(room);
	if (first >= '1' && first <= '9')
		return take_number(rest, INT64_MAX, &entry->evidence_row);
	if (first == '"' ? !take_string(rest, room) : !take_hexadecimal(rest, room))
		return false;
	entry->evidence = buffer_view(room);
	return !room->overflowed;
}

int finding_list_take(struct span *rest, struct buffer *room, struct finding_entry *entry_out)
{
	struct finding_entry entry = {.port = 0};
	int64_t port;

	if (rest->size == 0)
		return 0;
	if (!take_byte(rest, '[') && !take_byte(rest, ','))
		return -1;
	if (rest->size == 1 && take_byte(rest, ']'))
		return 0;
	if (!take_byte(rest, '[') || !take_number(rest, UINT16_MAX, &port) || !take_byte(rest, ',') ||
	    !take_number(rest, INT32_MAX, &entry.finding) || !take_byte(rest, ',') || !take_number(rest, INT32_MAX, &entry.severity) ||
	    !take_byte(rest, ',') || !take_number(rest, INT32_MAX, &entry.confidence) || !take_byte(rest, ',') ||
	    !take_evidence(rest, room, &entry) || !take_byte(rest, ']'))
		return -1;
	entry.port = (uint16_t)port;
	*entry_out = entry;
	/* Behind the last one stands the end of the list. */
	if (rest->size == 0 || (rest->size == 1 && !take_byte(rest, ']')))
		return -1;
	return 1;
}
