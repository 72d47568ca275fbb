/* SPDX-License-Identifier: ISC */
/* Targets the functions that read @name@: say which, and what must hold of every input beyond not crashing. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_make(data, size);

	/* Fails until it reads @name@ and requires something of the result. */
	require(bytes.size == 0);
	return 0;
}
