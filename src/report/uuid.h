/* SPDX-License-Identifier: ISC */
/* UUIDs made of names (RFC 9562 section 5.5), so that the same thing has the same one in every report. */
#ifndef REPORT_UUID_H
#define REPORT_UUID_H

#include "base/span.h"

enum { UUID_TEXT_SIZE = 37 };

/* Of STIX's own objects (STIX 2.1 section 2.9), and of ours. */
extern const unsigned char UUID_STIX[16], UUID_MAILCENSUS[16];

/* version 5 as the RFC has it; version 4 for formats that want one that looks random. */
void uuid_of_name(const unsigned char name_space[16], struct span name, unsigned version, char text[UUID_TEXT_SIZE]);

#endif
