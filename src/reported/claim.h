/* SPDX-License-Identifier: ISC */
/* What a report says of one endpoint. */
#ifndef REPORTED_CLAIM_H
#define REPORTED_CLAIM_H

#include <stddef.h>
#include <stdint.h>

#include "model/ip_address.h"
#include "model/observation.h"

enum claim_kind {
	CLAIM_CLOSED,      /* does not accept connections */
	CLAIM_OPEN,        /* accepts them; nothing is said of TLS */
	CLAIM_WITHOUT_TLS, /* a mail server without TLS */
	CLAIM_WITH_TLS,    /* TLS came up */
};
enum { CLAIM_KIND_COUNT = CLAIM_WITH_TLS + 1 };

struct claim {
	struct ip_address address;
	uint16_t port; /* 0: not said */
	enum claim_kind kind;
	enum wire_protocol protocol; /* WIRE_UNKNOWN: not said */
};

const char *claim_kind_name(enum claim_kind kind); /* "closed", "open", "without-tls", "with-tls" */

#endif
