/* SPDX-License-Identifier: ISC */
/* Target recog_read: XML is understood or refused with a sentence; what was taken from it is whole, and matching with it is sound. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "software_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

static struct pattern_engine *engine;
static struct fingerprint_list known;

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	static const char TABLE[] = "a\timap\tT\t-\ta\tDovecot\t-\tDovecot\tdovecot\tback\tcertain\tdovecot:dovecot\n";
	struct error error;

	(void)count;
	(void)arguments;
	engine = pattern_engine_new();
	require(fingerprint_list_read(&known, engine, "table", span_from_text(TABLE), &error));
	return 0;
}

static void require_whole(const struct fingerprint *fingerprint)
{
	require(fingerprint->id != NULL && fingerprint->product != NULL && fingerprint->version != NULL && fingerprint->vendor != NULL &&
	        fingerprint->cpe != NULL && fingerprint->pattern != NULL);
	require(fingerprint->product[0] != '\0' || fingerprint->product_group != 0);
	require(fingerprint->protocol == WIRE_IMAP || fingerprint->protocol == WIRE_POP3);
	require(fingerprint->product_group <= pattern_group_count(fingerprint->pattern));
	require(fingerprint->version_group <= pattern_group_count(fingerprint->pattern));
	require(fingerprint->vendor_group <= pattern_group_count(fingerprint->pattern));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_make(data, size);
	struct fingerprints own = {.engine = engine};
	struct error error = {.text = ""};
	size_t ignored = 0;

	if (recog_read(&own.list, &known, engine, "file", bytes, &ignored, &error)) {
		require(own.list.count + ignored <= FINGERPRINTS_MAX);
		require_sound_for(&own, WIRE_POP3, span_from_text("+OK Sparrow 1.2 <1.2@nest> sings"));
		require_sound_for(&own, WIRE_IMAP, bytes);
	} else {
		require(strncmp(error.text, "file", 4) == 0);
	}
	for (size_t i = 0; i < own.list.count; i++)
		require_whole(&own.list.items[i]);
	fingerprint_list_done(&own.list);
	return 0;
}
