/* SPDX-License-Identifier: ISC */
/* Whose an address is, as members of a JSON object: country, asn, as_name, prefix, anycast, sector, naics, and who says each of them. */
#ifndef REPORT_ATTRIBUTION_JSON_H
#define REPORT_ATTRIBUTION_JSON_H

#include "base/buffer.h"
#include "model/attribution.h"

/* attribution NULL: nobody looked, so all are null. */
void json_attribution(struct buffer *out, const struct attribution *attribution, struct ip_address address);

#endif
