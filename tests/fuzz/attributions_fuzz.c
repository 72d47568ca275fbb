/* SPDX-License-Identifier: ISC */
/* Targets CSV_SOURCE: attributions of one's own become a sound snapshot or are refused in words. */
#include <stddef.h>
#include <stdint.h>

#include "attribution_invariants.h"
#include "enrich/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	source_is_sound(&CSV_SOURCE, data, size);
	return 0;
}
