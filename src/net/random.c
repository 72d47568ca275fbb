/* SPDX-License-Identifier: ISC */
/* getrandom() by the piece: one system call serves some dozens of hellos. Each byte is given once. */
#include "net/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { POOL_SIZE = 4096 };

/* One per thread, so that no lock is needed and no byte is given twice. */
static _Thread_local unsigned char pool[POOL_SIZE];
static _Thread_local size_t pool_left;

static void fill(unsigned char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t got = getrandom(bytes, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		bytes += got;
		size -= (size_t)got;
	}
}

void random_bytes(void *bytes, size_t size)
{
	if (size > POOL_SIZE / 4) {
		fill(bytes, size);
		return;
	}
	if (pool_left < size) {
		fill(pool, sizeof(pool));
		pool_left = sizeof(pool);
	}
	pool_left -= size;
	memcpy(bytes, pool + pool_left, size);
	memset(pool + pool_left, 0, size);
}

uint64_t random_u64(void)
{
	uint64_t value;

	random_bytes(&value, sizeof(value));
	return value;
}

void random_secret(void *bytes, size_t size)
{
	fill(bytes, size);
}
