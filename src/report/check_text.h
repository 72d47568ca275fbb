/* SPDX-License-Identifier: ISC */
/* The report of `mailcensus check` for a person: the answer first, then what is wrong, who can use it, what to do now, and the details. */
#ifndef REPORT_CHECK_TEXT_H
#define REPORT_CHECK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "model/check_report.h"
#include "report/text_flow.h"

struct check_text_style {
	bool has_colour;
	bool is_for_user; /* short, for somebody who only reads mail there */
	size_t width;     /* TEXT_FLOW_WIDTH */
};

/* Enough for six addresses with sixteen ports each and all findings; more is dropped and out->overflowed set. */
enum { CHECK_TEXT_MAX = 16 * 1024 * 1024 };

void check_text_render(const struct check_report *report, const struct check_text_style *style, struct buffer *out);

/* Parts of it, each in a file of its own: */
/* TLS versions, suites, groups, certificate of one service, without its port, so that ports that show the same can be named together. */
void check_text_tls(struct text_flow *flow, const struct check_service *service, struct timestamp now);
/* What could not be told and why, one item a line; nothing where all was told. */
void check_text_doubts(struct text_flow *flow, const struct check_report *report, const struct check_host *host);
/* Findings worst first; those that an earlier host of the report had too are explained there. */
void check_text_findings(struct text_flow *flow, const struct check_report *report, size_t host_index);
/* The short version. */
void check_text_user(struct text_flow *flow, const struct check_host *host);

#endif
