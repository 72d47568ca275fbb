/* SPDX-License-Identifier: ISC */
/* Targets reported_read: every claim has an address and one of the known kinds, rows are counted once, and who wants no more gets no more. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "reported/reported_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ENOUGH = 3 };

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

struct taken {
	size_t count, enough;
};

static bool take(void *context, const struct claim *claim)
{
	struct taken *taken = context;
	char text[IP_ADDRESS_TEXT_SIZE];
	struct ip_address again;

	require(taken->count < taken->enough);
	require((unsigned)claim->kind < CLAIM_KIND_COUNT);
	ip_address_format(claim->address, text);
	require(ip_address_parse(span_from_text(text), &again) && ip_address_compare(again, claim->address) == 0);
	return ++taken->count < taken->enough;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct taken all = {.enough = SIZE_MAX}, few = {.enough = ENOUGH};
	struct claim_sink sink = {.context = &all, .take = take}, short_sink = {.context = &few, .take = take};
	const struct reported_format *format;
	struct error error = {{0}};

	if (!reported_read(span_make(data, size), "FILE", &sink, &format, &error)) {
		require(format == NULL && all.count == 0 && error.text[0] != '\0');
		return 0;
	}
	require(format != NULL && sink.claims == all.count);
	require((sink.unreadable == 0) == (sink.first_unreadable == 0));
	require(reported_read(span_make(data, size), "FILE", &short_sink, &format, &error));
	require(few.count == (all.count < ENOUGH ? all.count : ENOUGH));
	return 0;
}
