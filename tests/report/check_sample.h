/* SPDX-License-Identifier: ISC */
/* Reports to render: a bad host, a good one, one that could not be looked at, and one in which every text is hostile. */
#ifndef TESTS_REPORT_CHECK_SAMPLE_H
#define TESTS_REPORT_CHECK_SAMPLE_H

#include "model/check_report.h"

/* Valid until the end of the program; several calls give the same. */
const struct check_report *sample_bad(void);
const struct check_report *sample_good(void);
/* One name with two addresses of which only one answers, and one without any. */
const struct check_report *sample_several(void);
/* Every text of a server is this; what is kept as text is cut to its field, at the first NUL. */
const struct check_report *sample_hostile(struct span bytes);

#endif
