/* SPDX-License-Identifier: ISC */
/* The rows of the table in source.c. */
#ifndef ENRICH_SOURCES_H
#define ENRICH_SOURCES_H

#include "enrich/source.h"

extern const struct enrichment_source LOCATION_SOURCE, MMDB_SOURCE, MRT_SOURCE, VRP_SOURCE, DELEGATED_SOURCE, CSV_SOURCE, ROUTES_SOURCE;

#endif
