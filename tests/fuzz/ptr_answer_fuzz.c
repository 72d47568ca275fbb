/* SPDX-License-Identifier: ISC */
/* Targets ptr_answer_read: whatever a name server sends, what comes out are host names, in order, each once. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/ptr_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ptr_answer answer;

	if (!ptr_answer_read(span_make(data, size), &answer)) {
		if (answer.registered != 0 || answer.unusable != 0 || answer.name_count != 0)
			abort(); /* what is malformed is not used in part */
		return 0;
	}
	if (answer.name_count > PTR_ANSWER_NAMES_MAX || answer.unusable > answer.registered ||
	    answer.name_count > answer.registered - answer.unusable || (answer.name_count == 0 && answer.registered > answer.unusable))
		abort();
	for (size_t i = 0; i < answer.name_count; i++) {
		if (memchr(answer.names[i], '\0', HOSTNAME_SIZE) == NULL || !hostname_is_valid(span_from_text(answer.names[i])))
			abort();
		if (i > 0 && hostname_compare(answer.names[i - 1], answer.names[i]) >= 0)
			abort();
	}
	return 0;
}
