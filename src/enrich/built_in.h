/* SPDX-License-Identifier: ISC */
/* The compiled attribution that is part of the program, so that a fresh machine knows countries and networks. */
#ifndef ENRICH_BUILT_IN_H
#define ENRICH_BUILT_IN_H

#include <stdint.h>

/* Made by the build from the database of IPFire Location in data/, see embed_snapshot.py. */
extern const unsigned char BUILT_IN_SNAPSHOT[];
extern const uint64_t BUILT_IN_SNAPSHOT_SIZE;

#endif
