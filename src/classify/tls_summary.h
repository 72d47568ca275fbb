/* SPDX-License-Identifier: ISC */
/* Sums up what the conversations with one service showed of its TLS. Pure. */
#ifndef CLASSIFY_TLS_SUMMARY_H
#define CLASSIFY_TLS_SUMMARY_H

#include <stddef.h>

#include "model/observation.h"
#include "model/tls_facts.h"

/* All but ja3s, ladder and jarm, which need digests (certificate/tls_fingerprint.h fills them). A refusal counts only beside a hello that was answered (rule T-8). */
void tls_summary(const struct observation *observations, size_t count, enum probe_depth depth, struct tls_facts *facts_out);

#endif
