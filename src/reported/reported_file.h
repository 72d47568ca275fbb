/* SPDX-License-Identifier: ISC */
/* The claims of a report of another tool, whichever of the known formats it has. All of it is hostile: bounded, and what cannot be read is passed over and counted. */
#ifndef REPORTED_REPORTED_FILE_H
#define REPORTED_REPORTED_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/span.h"
#include "reported/claim.h"

enum {
	REPORTED_ROW_MAX = 1 << 20, /* bytes of one row; a longer one cannot be read */
};

/* Where claims go. */
struct claim_sink {
	void *context;
	bool (*take)(void *context, const struct claim *claim); /* false: no more is wanted */
	bool is_stopped;
	size_t claims;           /* handed out */
	size_t unreadable;       /* rows passed over */
	size_t first_unreadable; /* number of the first of them, from 1; lines, objects, or ports of XML */
};

struct reported_format {
	const char *name;                     /* "shadowserver", ... */
	bool (*recognises)(struct span text); /* by its beginning */
	void (*read)(struct span text, struct claim_sink *sink);
};

/* The format of this text, or NULL: none that is known. A byte order mark is passed over by reported_read. */
const struct reported_format *reported_recognise(struct span text);
/* False: no known format; the error lists them. name is for the error. */
bool reported_read(struct span text, const char *name, struct claim_sink *sink, const struct reported_format **format_out,
                   struct error *error) MUST_CHECK;

/* For the formats. A claim whose address or port is malformed is an unreadable row. */
void claim_sink_take(struct claim_sink *sink, size_t row, struct span address, struct span port, struct claim claim);
void claim_sink_refuse(struct claim_sink *sink, size_t row);

#endif
