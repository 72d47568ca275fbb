/* SPDX-License-Identifier: ISC */
/* How far a long reading of a census is, on stderr: one line that is rewritten, where a person sits there; nothing elsewhere. */
#ifndef APP_READING_PROGRESS_H
#define APP_READING_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "model/ip_address.h"

struct reading_progress {
	bool is_shown;
	const char *words; /* "hosts compared" */
	uint64_t count;
	struct instant last_shown;
	bool is_line_open;
};

/* stdout_is_used: lines come out while it is read, so that nothing is shown where they go to the same terminal. */
void reading_progress_begin(struct reading_progress *progress, const char *words, bool stdout_is_used);
/* One more; at most twice a second something is shown. */
void reading_progress_add(struct reading_progress *progress, struct ip_address address);
/* Takes the line away. */
void reading_progress_end(struct reading_progress *progress);

#endif
