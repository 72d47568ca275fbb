/* SPDX-License-Identifier: ISC */
/* TLS facts and software as JSON, the same in an export and in a check. */
#ifndef REPORT_FACTS_JSON_H
#define REPORT_FACTS_JSON_H

#include "base/buffer.h"
#include "model/software.h"
#include "model/tls_facts.h"

/* null when no conversation was held. */
void json_tls_facts(struct buffer *out, const char *key, const struct tls_facts *facts);
/* null when nothing names it. */
void json_software(struct buffer *out, const char *key, const struct software *software);
/* All zero stands for none: null. */
void json_hex_or_null(struct buffer *out, const char *key, const uint8_t fingerprint[CERTIFICATE_FINGERPRINT_SIZE]);

#endif
