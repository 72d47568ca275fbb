/* SPDX-License-Identifier: ISC */
/* The sentence that a report begins with: can passwords be read? */
#ifndef REPORT_CHECK_ANSWER_H
#define REPORT_CHECK_ANSWER_H

#include "base/buffer.h"
#include "model/check_report.h"

/* One or two sentences, ours alone. */
void check_answer(const struct check_host *host, struct buffer *out);
/* The same for somebody who only reads mail there. */
void check_answer_for_user(const struct check_host *host, struct buffer *out);
/* "port 143", "ports 110 and 143", "ports 110, 143 and 993"; "the whole host" for none. */
void check_ports_text(const uint16_t *ports, size_t count, struct buffer *out);
/* A password can be sent in clear text to this service. */
bool check_service_is_open(const struct check_service *service);

#endif
