/* SPDX-License-Identifier: ISC */
/* How far a scan is, on stderr: one line that is rewritten on a terminal, plain lines elsewhere. */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include <stdint.h>

#include "app/scan_options.h"
#include "base/instant.h"
#include "probe/probe.h"

struct progress {
	enum scan_progress how;
	struct instant started, last_shown;
	uint64_t hosts_before; /* done by earlier runs of the same census */
	uint64_t hosts_total;
	uint64_t last_connections;
	bool is_line_open;
};

struct progress_numbers {
	uint64_t services; /* decided, that accept connections */
	uint64_t no_tls;   /* of these without TLS */
};

void progress_begin(struct progress *progress, enum scan_progress how, struct instant now, uint64_t hosts_total, uint64_t hosts_before);
/* Shows at most once per second on a terminal, every ten seconds otherwise. */
void progress_show(struct progress *progress, struct instant now, const struct probe_status *status,
                   const struct progress_numbers *numbers);
/* Ends the line, so that other words can follow. */
void progress_end(struct progress *progress);

#endif
