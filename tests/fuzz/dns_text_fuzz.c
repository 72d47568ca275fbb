/* SPDX-License-Identifier: ISC */
/* Targets dns_text_read: whatever comes from a name server gives texts of a bounded size, or none. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "net/dns_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_text text;

	dns_text_init(&text);
	if (dns_text_read(span_make(data, size), &text)) {
		/* Each record has its line end. */
		if ((text.outcome == RESOLVER_FOUND) != (text.text.size > 0) || text.text.size > DNS_TEXT_MAX)
			abort();
	}
	dns_text_done(&text);
	return 0;
}
