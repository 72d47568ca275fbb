/* SPDX-License-Identifier: ISC */
/* The clock is asked rarely: a host costs microseconds. */
#include "app/reading_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "net/clock.h"

enum { ASK_EVERY = 1024, SHOW_AFTER_MS = 500, LINE_WIDTH = 78 };

void reading_progress_begin(struct reading_progress *progress, const char *words, bool stdout_is_used)
{
	*progress = (struct reading_progress){
		.is_shown = isatty(STDERR_FILENO) == 1 && !(stdout_is_used && isatty(STDOUT_FILENO) == 1),
		.words = words,
		.last_shown = clock_now(),
	};
}

void reading_progress_add(struct reading_progress *progress, struct ip_address address)
{
	char text[IP_ADDRESS_TEXT_SIZE];
	struct instant now;

	if (++progress->count % ASK_EVERY != 0 || !progress->is_shown)
		return;
	now = clock_now();
	if (instant_ms_between(progress->last_shown, now) < SHOW_AFTER_MS)
		return;
	progress->last_shown = now;
	progress->is_line_open = true;
	ip_address_format(address, text);
	fprintf(stderr, "\r%" PRIu64 " %s, now at %-39s", progress->count, progress->words, text);
}

void reading_progress_end(struct reading_progress *progress)
{
	if (progress->is_line_open)
		fprintf(stderr, "\r%*s\r", LINE_WIDTH, "");
	progress->is_line_open = false;
}
