/* SPDX-License-Identifier: ISC */
/* The report of `mailcensus check` as one JSON object, described in docs/check-format.md and docs/check.schema.json. */
#ifndef REPORT_CHECK_JSON_H
#define REPORT_CHECK_JSON_H

#include "base/buffer.h"
#include "model/check_report.h"

/* A field may be added under the same name; the number grows when one changes or goes. */
#define CHECK_JSON_SCHEMA "mailcensus.check/1"

enum { CHECK_JSON_MAX = 64 * 1024 * 1024 };

/* One line with its end: valid JSON in UTF-8 without control, bidi or zero-width characters, whatever a server sent. */
void check_json_render(const struct check_report *report, struct buffer *out);

#endif
