/* SPDX-License-Identifier: ISC */
/* What is malformed costs its own line, not the rest of the file. */
#include "reported/objects.h"

#include "reported/json_find.h"

static bool is_between(unsigned char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == ',' || byte == '[' || byte == ']';
}

bool objects_take(struct span *rest, struct span *object_out)
{
	struct span window;
	size_t at = 0;

	while (at < rest->size && is_between(rest->data[at]))
		at++;
	*rest = span_part(*rest, at, rest->size);
	if (rest->size == 0)
		return false;
	window = span_part(*rest, 0, REPORTED_ROW_MAX);
	if (rest->data[0] == '{' && json_take_value(&window, object_out)) {
		*rest = span_part(*rest, object_out->size, rest->size);
		return true;
	}
	*object_out = span_make(NULL, 0);
	*rest = span_part(*rest, span_find_byte(*rest, '\n') + 1, rest->size);
	return true;
}

void objects_read(struct span text, void (*read_object)(struct span object, size_t number, struct claim_sink *sink),
                  struct claim_sink *sink)
{
	struct span object;

	for (size_t number = 1; !sink->is_stopped && objects_take(&text, &object); number++) {
		if (object.size == 0)
			claim_sink_refuse(sink, number);
		else
			read_object(object, number, sink);
	}
}
