/* SPDX-License-Identifier: ISC */
/* Where a store is, as it may be shown. */
#ifndef STORE_LOCATION_H
#define STORE_LOCATION_H

#include <stdbool.h>

enum { LOCATION_SHOWN_SIZE = 512 };

/* "postgresql://..." or "postgres://...": a server, no file. */
bool location_is_server(const char *location);
/* The same text for a file; of a server without password and without anything else that may be secret. Cut when it is long. */
void location_show(const char *location, char shown[LOCATION_SHOWN_SIZE]);

#endif
