/* SPDX-License-Identifier: ISC */
/* One service of a comparison as a line: for people, as CSV, as JSON (docs/diff-format.md). */
#ifndef APP_DIFF_LINES_H
#define APP_DIFF_LINES_H

#include "app/census_diff.h"
#include "base/buffer.h"
#include "enrich/attributor.h"

#define DIFF_SERVICE_SCHEMA "mailcensus.diff-service/1"

enum { DIFF_LINE_MAX = 256 * 1024 };

struct diff_line {
	struct census_diff *diff;
	const struct diff_host *host;
	const struct diff_service *service;
	const struct attributor *attributor;
};

void diff_line_titles(struct buffer *out);
void diff_line_text(const struct diff_line *line, struct buffer *out);
void diff_line_csv_titles(struct buffer *out);
void diff_line_csv(const struct diff_line *line, struct buffer *out);
void diff_line_json(const struct diff_line *line, struct buffer *out);

#endif
