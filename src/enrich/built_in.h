/* SPDX-License-Identifier: ISC */
/* The compiled attribution that is part of the program, so that a fresh machine knows countries and networks. */
#ifndef ENRICH_BUILT_IN_H
#define ENRICH_BUILT_IN_H

/* Made by the build from the database of IPFire Location in data/, see embed_snapshot.py. */
extern const unsigned char BUILT_IN_SNAPSHOT[], BUILT_IN_SNAPSHOT_END[];

#endif
