/* SPDX-License-Identifier: ISC */
/* Making and prefixing error texts. */
#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *error, const char *format, ...)
{
	va_list arguments;

	if (error == NULL)
		return false;
	va_start(arguments, format);
	(void)vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return false;
}

bool error_prefix(struct error *error, const char *format, ...)
{
	struct error old;
	va_list arguments;
	int size;

	if (error == NULL)
		return false;
	old = *error;
	va_start(arguments, format);
	size = vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= sizeof(error->text))
		return false;
	(void)snprintf(error->text + size, sizeof(error->text) - (size_t)size, ": %.900s", old.text);
	return false;
}
