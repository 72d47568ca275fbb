/* SPDX-License-Identifier: ISC */
/* What many records share and the server keeps once: which of it has a number already. Bounded by forgetting all of it now and then. */
#ifndef STORE_POSTGRES_SHARED_ROWS_H
#define STORE_POSTGRES_SHARED_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum shared_id {
	SHARED_LOOK,
	SHARED_CREDENTIALS,
	SHARED_FINDING_LIST,
	SHARED_TRANSCRIPT,
};
enum { SHARED_COUNT = SHARED_TRANSCRIPT + 1, SHARED_ENTRIES_MAX = 1 << 16, SHARED_BYTES_MAX = 48 << 20 };

struct shared_entry {
	uint64_t hash;
	unsigned char *bytes;
	size_t size;
	int64_t row; /* 0: the server has not said yet */
};

/* Zeroed is empty. */
struct shared_rows {
	struct shared_entry *entries;
	uint32_t *slots; /* 0: empty; else the entry's index + 1 */
	size_t count, byte_count;
};

/* The entry of these bytes, which may be new. */
size_t shared_rows_meet(struct shared_rows *rows, struct span bytes, bool *is_new_out);
/* It is time to forget: call shared_rows_done when no row waits for an entry's number. */
bool shared_rows_is_full(const struct shared_rows *rows);
void shared_rows_done(struct shared_rows *rows);

#endif
