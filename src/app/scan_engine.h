/* SPDX-License-Identifier: ISC */
/* Chooses how a scan's packets leave, by what was asked, how large the scope is and what the machine allows, and says why. */
#ifndef APP_SCAN_ENGINE_H
#define APP_SCAN_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/scan_options.h"
#include "app/scan_scope.h"
#include "base/error.h"
#include "net/event_loop.h"
#include "packet/syn_cookie.h"

/* From so many hosts on it is worth sweeping. */
enum { ENGINE_SWEEP_MIN = 65536 };

struct scan_engine {
	struct event_loop *loop; /* a raw loop; NULL: kernel sockets */
	enum engine chosen;      /* ENGINE_SOCKETS or ENGINE_RAW: what a resumed run must be */
	char reason[1536];       /* one sentence for --verbose */
};

/* Opens the raw loop where it is wanted and possible. key proves answers and is kept with the census. False: what was asked for is not possible; error says what to do. */
bool scan_engine_open(const struct scan_options *options, const struct scan_scope *scope, struct syn_key key,
                      struct scan_engine *engine_out, struct error *error) MUST_CHECK;
void scan_engine_close(struct scan_engine *engine);

#endif
