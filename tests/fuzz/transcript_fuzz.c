/* SPDX-License-Identifier: ISC */
/* Targets transcript_take, transcript_render and tls_observation_parse: what is stored may be damaged, and what is read back is what was written. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void require_same(struct span a, struct span b)
{
	require(span_equals(a, b));
}

/* Records that could be read, written anew and read again, are the same; reading always gets on and never leaves the input. */
static void records_survive_a_copy(struct span bytes)
{
	struct transcript copy;
	struct transcript_record record, again;
	struct span rest = bytes, copied;

	transcript_init(&copy);
	while (true) {
		size_t before = rest.size;

		if (!transcript_take(&rest, &record)) {
			require(rest.size == before);
			break;
		}
		require(rest.size < before);
		require(record.bytes.size == 0 ||
		        (record.bytes.data >= bytes.data && record.bytes.data + record.bytes.size <= bytes.data + bytes.size));
		require(strcmp(transcript_kind_name(record.kind), "?") != 0);
		transcript_add(&copy, record.kind, record.at_ms, record.bytes);
	}
	rest = bytes;
	copied = buffer_view(&copy.bytes);
	while (!copy.bytes.overflowed && transcript_take(&rest, &record)) {
		require(transcript_take(&copied, &again));
		require(record.kind == again.kind && record.at_ms == again.at_ms);
		require_same(record.bytes, again.bytes);
	}
	require(copy.bytes.overflowed || copied.size == 0);
	transcript_done(&copy);
}

/* Whatever a server said, a terminal sees printable ASCII and line ends. */
static void rendering_is_harmless(struct span bytes)
{
	struct buffer out;
	struct span text;

	buffer_init(&out, 1u << 20);
	transcript_render(bytes, &out);
	text = buffer_view(&out);
	for (size_t i = 0; i < text.size; i++)
		require(text.data[i] == '\n' || (text.data[i] >= 0x20 && text.data[i] <= 0x7e));
	buffer_done(&out);
}

/* What was parsed, formatted and parsed again, formats to the same words; a refused line changes nothing. */
static void tls_facts_survive_a_round(struct span text)
{
	struct tls_observation tls = {.outcome = TLS_ALERT, .version = 0x1234, .alpn = "before", .leaf_sha256 = {1}}, again;
	struct buffer first, second;

	if (!tls_observation_parse(text, &tls)) {
		require(tls.outcome == TLS_ALERT && tls.version == 0x1234 && strcmp(tls.alpn, "before") == 0 && tls.leaf_sha256[0] == 1);
		return;
	}
	require(memchr(tls.alpn, '\0', sizeof(tls.alpn)) != NULL);
	buffer_init(&first, 4096);
	buffer_init(&second, 4096);
	tls_observation_format(&tls, &first);
	require(!first.overflowed);
	require(tls_observation_parse(buffer_view(&first), &again));
	tls_observation_format(&again, &second);
	require_same(buffer_view(&first), buffer_view(&second));
	require(memcmp(tls.alpn, again.alpn, sizeof(tls.alpn)) == 0);
	buffer_done(&first);
	buffer_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_make(data, size);
	struct transcript_record record;
	struct span rest = bytes;

	records_survive_a_copy(bytes);
	rendering_is_harmless(bytes);
	tls_facts_survive_a_round(bytes);
	while (transcript_take(&rest, &record)) {
		if (record.kind == TRANSCRIPT_TLS)
			tls_facts_survive_a_round(record.bytes);
	}
	return 0;
}
