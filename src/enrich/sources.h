/* SPDX-License-Identifier: ISC */
/* The rows of the table in source.c. */
#ifndef ENRICH_SOURCES_H
#define ENRICH_SOURCES_H

#include "enrich/source.h"

extern const struct enrichment_source LOCATION_SOURCE, CSV_SOURCE;

#endif
