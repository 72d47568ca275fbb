/* SPDX-License-Identifier: ISC */
/* Targets fingerprint_list_read, support_list_read, software_evidence_from and software_identify: a table is understood or refused with its line; what follows from any table and any server's words is bounded and the same each time. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "software_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

static struct fingerprints *built_in;

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	struct error error;

	(void)count;
	(void)arguments;
	built_in = fingerprints_new(&error);
	require(built_in != NULL);
	return 0;
}

static void require_told(bool is_good, const struct error *error)
{
	require(is_good || strncmp(error->text, "table", 5) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_make(data, size);
	/* Shares the engine, so that the patterns that are built in are not compiled each time. */
	struct fingerprints own = {.engine = built_in->engine};
	struct error error = {.text = ""};

	require_told(fingerprint_list_read(&own.list, own.engine, "table", bytes, &error), &error);
	error.text[0] = '\0';
	require_told(support_list_read(&own.support, "table", bytes, &error), &error);
	for (size_t i = 0; i < own.support.count; i++)
		require(support_of(&own.support, own.support.items[i].product, "1.2", "Debian 12", "2026-11-24").source != NULL);
	require_sound_for(&own, WIRE_IMAP, bytes);
	require_sound_for(&own, WIRE_POP3, span_from_text("+OK aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"));
	fingerprint_list_done(&own.list);
	support_list_done(&own.support);
	require_sound_for(built_in, WIRE_IMAP, bytes);
	require_sound_for(built_in, WIRE_POP3, bytes);
	require_sound_for(built_in, WIRE_SIEVE, bytes);
	return 0;
}
