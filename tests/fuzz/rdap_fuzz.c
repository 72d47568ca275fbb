/* SPDX-License-Identifier: ISC */
/* Targets rdap_answer_read and rdap_bootstrap_add: whatever a registry answers, contacts are addresses that may be written to, ranges are ranges, and URLs are
   such that may be asked. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "contact/rdap_answer.h"
#include "contact/rdap_bootstrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void answer_is_sound(struct span content)
{
	struct rdap_answer answer;
	struct contact_list list;
	struct error error = {{0}};

	if (!rdap_answer_read(content, &answer, &error)) {
		require(error.text[0] != '\0');
		return;
	}
	require((answer.role[0] != '\0') == (answer.contacts.count > 0));
	require(!answer.has_range || ip_address_compare(answer.range.first, answer.range.last) <= 0);
	require(!answer.has_numbers || answer.first_asn <= answer.last_asn);
	for (const char *at = answer.handle; *at != '\0'; at++)
		require(*at >= ' ' && *at <= '~');
	require(contact_list_read(span_from_text(answer.contacts.text), &list, &error));
	require(list.count == answer.contacts.count && list.placeholders == 0 && list.malformed == 0);
}

static void bootstrap_is_sound(struct span content)
{
	struct rdap_bootstrap bootstrap;
	struct error error = {{0}};

	rdap_bootstrap_init(&bootstrap);
	if (rdap_bootstrap_add(&bootstrap, content, false, &error)) {
		for (size_t i = 0; i < bootstrap.count; i++) {
			const char *url = rdap_bootstrap_find(&bootstrap, &bootstrap.services[i].match, NULL);

			require(url != NULL && strncasecmp(url, "https://", 8) == 0 && url[strlen(url) - 1] == '/');
		}
	}
	rdap_bootstrap_done(&bootstrap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	answer_is_sound(span_make(data, size));
	bootstrap_is_sound(span_make(data, size));
	return 0;
}
