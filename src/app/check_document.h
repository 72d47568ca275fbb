/* SPDX-License-Identifier: ISC */
/* From assessed hosts to the report that is rendered: findings get their texts, and the advice for the software that was found. */
#ifndef APP_CHECK_DOCUMENT_H
#define APP_CHECK_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "app/check_run.h"
#include "model/check_report.h"

/* The report with what it points at. It also points into the run and its targets, which must outlive it. */
struct check_document {
	struct check_report report;
	void **blocks; /* all memory of the report */
	size_t block_count;
};

void check_document_build(const struct check_run *run, enum probe_depth depth, bool wants_advice, struct check_document *out);
void check_document_done(struct check_document *document);

#endif
