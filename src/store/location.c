/* SPDX-License-Identifier: ISC */
/* Of a server's parameters only those that say where it is are shown, so that one that libpq learns tomorrow is not shown by mistake. */
#include "store/location.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/span.h"

static const char *const PREFIXES[] = {"postgresql://", "postgres://"};
static const char *const SHOWN_PARAMETERS[] = {"host", "hostaddr", "port", "dbname", "user", "service", "sslmode"};

static size_t prefix_size(const char *location)
{
	for (size_t i = 0; i < ARRAY_LENGTH(PREFIXES); i++) {
		if (strncmp(location, PREFIXES[i], strlen(PREFIXES[i])) == 0)
			return strlen(PREFIXES[i]);
	}
	return 0;
}

bool location_is_server(const char *location)
{
	return prefix_size(location) > 0;
}

struct shown {
	char *text;
	size_t size;
};

static void show(struct shown *shown, struct span part)
{
	for (size_t i = 0; i < part.size && shown->size + 1 < LOCATION_SHOWN_SIZE; i++)
		shown->text[shown->size++] = (char)part.data[i];
	shown->text[shown->size] = '\0';
}

static bool is_shown(struct span parameter)
{
	struct span name = span_part(parameter, 0, span_find_byte(parameter, '='));

	for (size_t i = 0; i < ARRAY_LENGTH(SHOWN_PARAMETERS); i++) {
		if (span_equals_text(name, SHOWN_PARAMETERS[i]))
			return true;
	}
	return false;
}

static void show_parameters(struct shown *shown, struct span rest)
{
	const char *before = "?";

	while (rest.size > 0) {
		size_t size = span_find_byte(rest, '&');
		struct span parameter = span_part(rest, 0, size);

		rest = span_part(rest, size + 1, rest.size);
		if (!is_shown(parameter))
			continue;
		show(shown, span_from_text(before));
		show(shown, parameter);
		before = "&";
	}
}

/* Where the user's part ends: the last @ before the path, or without a path before anything; a password may have one unescaped. */
static size_t user_size(struct span rest)
{
	size_t size = 0;

	for (size_t i = 0; i < rest.size; i++) {
		if (rest.data[i] == '@')
			size = i + 1;
	}
	return size;
}

void location_show(const char *location, char shown_out[LOCATION_SHOWN_SIZE])
{
	struct shown shown = {.text = shown_out};
	size_t prefix = prefix_size(location), user;
	struct span all = span_from_text(location), rest, name;

	shown_out[0] = '\0';
	show(&shown, span_part(all, 0, prefix));
	rest = span_part(all, prefix, all.size);
	if (prefix == 0) {
		show(&shown, all);
		return;
	}
	user = user_size(rest);
	name = span_part(rest, 0, user > 0 ? user - 1 : 0);
	show(&shown, span_part(name, 0, span_find_byte(name, ':')));
	if (user > 0)
		show(&shown, span_from_text("@"));
	rest = span_part(rest, user, rest.size);
	show(&shown, span_part(rest, 0, span_find_byte(rest, '?')));
	show_parameters(&shown, span_part(rest, span_find_byte(rest, '?') + 1, rest.size));
}
