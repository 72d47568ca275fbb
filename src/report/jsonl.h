/* SPDX-License-Identifier: ISC */
/* Services as JSON lines for other programs: one object a line, described in docs/export-format.md. */
#ifndef REPORT_JSONL_H
#define REPORT_JSONL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "model/attribution.h"
#include "model/contact.h"
#include "model/records.h"

/* The first field of every line. A field may be added under the same name; the number grows when one changes or goes. */
#define JSONL_SERVICE_SCHEMA "mailcensus.service/1"

/* One service with what belongs to it. The caller owns all of it. */
struct jsonl_service {
	census_id census;
	const struct service_record *service;
	const struct certificate_record
		*certificate; /* the one that the service showed (service->tls.leaf_sha256); NULL when there is none or it is not kept */
	enum host_verdict host_verdict;
	bool host_is_strict;                   /* for some protocol no port of the host has working TLS */
	const struct chain_record *chain;      /* of service->tls.chain_sha256; NULL when there is none or it is not kept */
	const struct finding_record *findings; /* of the service, worst first */
	size_t finding_count;
	const struct finding_record *host_findings; /* of the host itself, worst first */
	size_t host_finding_count;
	const struct attribution *attribution;  /* of the address; NULL: nobody looked */
	const struct hostname_record *hostname; /* likewise */
	const struct contact_chain *contact;    /* whom to tell; likewise */
};

/* Enough for any record whose texts are within the limits of model/observation.h and model/finding.h; out should allow this much beyond what it holds. */
enum { JSONL_LINE_MAX = 1024 * 1024 };

/* Appends one line with its line end: valid JSON in UTF-8 without control, bidi or zero-width characters, whatever the server sent.
   Whole or not at all: when there is no room, out keeps what it held and out->overflowed tells. */
void jsonl_append_service(const struct jsonl_service *service, struct buffer *out);

#endif
