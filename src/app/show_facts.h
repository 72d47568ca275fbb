/* SPDX-License-Identifier: ISC */
/* The deeper facts of one service for a person: certificate, chain, versions, suites, groups, software, findings. */
#ifndef APP_SHOW_FACTS_H
#define APP_SHOW_FACTS_H

#include "app/census_reader.h"
#include "base/buffer.h"

/* "    name           value" on standard output, the value escaped by way of scratch; nothing for an empty one. */
void show_field(struct buffer *scratch, const char *name, struct span value);
void show_text_field(struct buffer *scratch, const char *name, const char *value);
/* The words of the bits that are set. */
void show_flags(const char *name, uint32_t flags, const char *(*word)(uint32_t bit));
/* "medium    no-tls  evidence" each. */
void show_findings(struct buffer *scratch, const struct finding_record *findings, size_t count);
/* All lines about TLS, then software. */
void show_facts(struct buffer *scratch, const struct census_service *service);

#endif
