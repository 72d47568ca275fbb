/* SPDX-License-Identifier: ISC */
/* Fingerprints against what others published: what ten ServerHellos said, with the JARM that was made of it; a JA3S with its MD5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "certificate/tls_fingerprint.h"

struct vector {
	const char *raw; /* "suite|version|protocol|extensions" of each hello, joined by commas, as the reference prints it */
	const char *jarm;
};

static const struct vector VECTORS[] = {
	/* github.com/hdm/jarm-go, its test */
	{"c02f|0303|http/1.1|0000-ff01-000b-0023-0010,c02f|0303|http/1.1|0000-ff01-000b-0023-0010,|||,c02f|0303||0000-ff01-000b-0023,"
         "c02f|0303||0000-ff01-000b-0023,|||,c02f|0303|http/1.1|0000-ff01-000b-0023-0010,c02f|0303|http/1.1|0000-ff01-000b-0023-0010,"
         "c02f|0303|http/1.1|0000-ff01-000b-0023-0010,c02f|0303|http/1.1|0000-ff01-000b-0023-0010",
         "29d29d00029d29d00029d29d29d29d8c9dac4e97f99c7a0e93e9d4d790df0a"},
	/* jarm-cpp, its README */
	{"c02f|0303|h2|ff01-0000-0001-000b-0023-0010-0017,c02f|0303|h2|ff01-0000-0001-000b-0023-0010-0017,"
         "009e|0303|h2|ff01-0000-0001-0023-0010-0017,c02f|0303|http/1.1|ff01-0000-0001-000b-0023-0010-0017,"
         "c02f|0303|http/1.1|ff01-0000-0001-000b-0023-0010-0017,|||,1302|0303||002b-0033,1302|0303||002b-0033,|||,|||",
         "29d29d15d29d29d00042d42d000000cd600c085f371f8533aaf66051f8e5b1"},
	/* github.com/hrbrmstr/jarmed, its README */
	{"009e|0303|h2|0000-ff01-0010,c030|0303|h2|0000-ff01-000b-0010,009f|0303|h2|0000-ff01-0010,c02f|0303||0000-ff01-000b,"
         "c02f|0303||0000-ff01-000b,|||,009e|0303|h2|0000-ff01-0010,c030|0303|h2|0000-ff01-000b-0010,009e|0303|h2|0000-ff01-0010,"
         "c02f|0303|h2|0000-ff01-000b-0010",
         "15d2ad16d29d29d00015d2ad15d29dd1c3ca624d74ad1df5cec63008795502"},
	/* BinaryEdge, documentation of its JARM module */
	{"c02b|0303|h2|0000-0017-ff01-000b-0023-0010,cc14|0303|h2|0000-0017-ff01-000b-0023-0010,cc14|0303|h2|0000-0017-ff01-000b-0023-0010,"
         "|||,cc14|0303||0000-0017-ff01-000b-0023,c009|0302|h2|0000-0017-ff01-000b-0023-0010,1302|0303||0033-002b,1303|0303||0033-002b,"
         "|||,1301|0303||0033-002b",
         "27d3ed3ed0003ed1dc42d43d00041d6183ff1bfae51ebd88d70384363d525c"},
	/* Qianxin Hunter, an example of its query language */
	{"c013|0303|h2|ff01-0000-0001-000b-0023-0010-0017,00c0|0303|h2|ff01-0000-0001-0023-0010-0017,|||,"
         "c013|0303||ff01-0000-0001-000b-0023-0017,c013|0303||ff01-0000-0001-000b-0023-0017,"
         "c013|0302|h2|ff01-0000-0001-000b-0023-0010-0017,c013|0303|h2|ff01-0000-0001-000b-0023-0010-0017,"
         "00c0|0303|h2|ff01-0000-0001-0023-0010-0017,c013|0303|h2|ff01-0000-0001-000b-0023-0010-0017,"
         "c013|0303|h2|ff01-0000-0001-000b-0023-0010-0017",
         "21d19d00021d21d21c21d19d21d21da1a818a999858855445ec8a8fdd38eb5"},
	/* the reference itself, for a server that refuses all ten */
	{"|||,|||,|||,|||,|||,|||,|||,|||,|||,|||", "00000000000000000000000000000000000000000000000000000000000000"},
};

static uint16_t hexadecimal(struct span text)
{
	char digits[5] = "";

	assert_int_equal(text.size, 4);
	memcpy(digits, text.data, text.size);
	return (uint16_t)strtoul(digits, NULL, 16);
}

static struct span take(struct span *rest, unsigned char end)
{
	struct span part = span_part(*rest, 0, span_find_byte(*rest, end));

	*rest = span_part(*rest, part.size + 1, rest->size);
	return part;
}

static void fill_extensions(struct span list, struct tls_observation *tls)
{
	while (list.size > 0)
		tls->extensions[tls->extension_count++] = hexadecimal(take(&list, '-'));
}

/* One part of a vector, as our reader of ServerHellos would have seen it. */
static struct observation observe(struct span part, enum tls_hello hello)
{
	struct observation observation = {.tls = {.hello = hello, .outcome = TLS_ALERT, .alert_level = 2, .alert_description = 40}};
	struct span suite = take(&part, '|'), version = take(&part, '|'), protocol = take(&part, '|');

	if (suite.size == 0)
		return observation;
	observation.tls = (struct tls_observation){.hello = hello, .outcome = TLS_HELLO_ONLY};
	observation.tls.cipher_suite = hexadecimal(suite);
	observation.tls.legacy_version = observation.tls.version = hexadecimal(version);
	memcpy(observation.tls.alpn, protocol.size > 0 ? (const char *)protocol.data : "", protocol.size);
	fill_extensions(part, &observation.tls);
	return observation;
}

static void observe_all(const char *raw, struct observation observations[TLS_HELLO_JARM_COUNT])
{
	struct span rest = span_from_text(raw);

	for (unsigned i = 0; i < TLS_HELLO_JARM_COUNT; i++)
		observations[i] = observe(take(&rest, ','), (enum tls_hello)(TLS_HELLO_JARM_1 + i));
}

static void jarm_is_that_of_the_reference(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(VECTORS); i++) {
		struct observation observations[TLS_HELLO_JARM_COUNT], turned[TLS_HELLO_JARM_COUNT];
		struct tls_facts facts = {.depth = PROBE_DEPTH_FULL};

		observe_all(VECTORS[i].raw, observations);
		tls_fingerprints(observations, TLS_HELLO_JARM_COUNT, &facts);
		assert_string_equal(facts.jarm, VECTORS[i].jarm);
		for (size_t j = 0; j < TLS_HELLO_JARM_COUNT; j++)
			turned[j] = observations[TLS_HELLO_JARM_COUNT - 1 - j];
		tls_fingerprints(turned, TLS_HELLO_JARM_COUNT, &facts); /* whenever each was sent */
		assert_string_equal(facts.jarm, VECTORS[i].jarm);
		assert_string_equal(facts.ja3s, "");
		assert_string_equal(facts.ladder, "");
	}
}

static void there_is_no_part_of_a_jarm(void **state)
{
	struct observation observations[TLS_HELLO_JARM_COUNT];
	struct tls_facts facts;

	(void)state;
	observe_all(VECTORS[0].raw, observations);
	memset(&facts, 'x', sizeof(facts));
	tls_fingerprints(observations, TLS_HELLO_JARM_COUNT - 1, &facts);
	assert_string_equal(facts.jarm, "");
	tls_fingerprints(observations, 0, &facts);
	assert_string_equal(facts.jarm, "");
	observations[3].tls = (struct tls_observation){.hello = observations[3].tls.hello, .outcome = TLS_NOT_TRIED}; /* our side failed */
	tls_fingerprints(observations, TLS_HELLO_JARM_COUNT, &facts);
	assert_string_equal(facts.jarm, "");
}

static void jarm_is_void_where_the_reference_gives_up(void **state)
{
	const char *zeros = "00000000000000000000000000000000000000000000000000000000000000";
	struct observation observations[TLS_HELLO_JARM_COUNT];
	struct tls_facts facts;

	(void)state;
	observe_all(VECTORS[0].raw, observations);
	observations[2].tls.outcome = TLS_SILENT;
	tls_fingerprints(observations, TLS_HELLO_JARM_COUNT, &facts);
	assert_string_equal(facts.jarm, zeros);
	observe_all(VECTORS[0].raw, observations);
	for (size_t i = 0; i < TLS_HELLO_JARM_COUNT; i++)
		observations[i].tls.flags |= TLS_HAD_WARNING_ALERT; /* the reference reads no further than the alert */
	tls_fingerprints(observations, TLS_HELLO_JARM_COUNT, &facts);
	assert_string_equal(facts.jarm, zeros);
}

static void jarm_takes_odd_answers(void **state)
{
	struct observation observations[TLS_HELLO_JARM_COUNT];
	struct tls_facts facts;

	(void)state;
	observe_all(VECTORS[0].raw, observations);
	observations[0].tls.cipher_suite = 0x1399; /* not in the list */
	observations[1].tls.legacy_version = 0x0300;
	observations[3].tls.legacy_version = 0x0399;
	tls_fingerprints(observations, TLS_HELLO_JARM_COUNT, &facts);
	assert_memory_equal(facts.jarm, "46d29a000290", 12);
	assert_int_equal(strlen(facts.jarm), JARM_TEXT_SIZE - 1);
}

static struct observation answer(enum tls_hello hello, uint16_t legacy_version, uint16_t version, uint16_t suite, uint16_t group)
{
	return (struct observation){.tls = {.hello = hello,
	                                    .outcome = TLS_PROVEN,
	                                    .legacy_version = legacy_version,
	                                    .version = version,
	                                    .cipher_suite = suite,
	                                    .group = group}};
}

static struct observation refusal(enum tls_hello hello, enum tls_outcome outcome, uint8_t alert)
{
	return (struct observation){.tls = {.hello = hello, .outcome = outcome, .alert_description = alert}};
}

/* The example of github.com/salesforce/ja3. */
static void ja3s_is_that_of_the_reference(void **state)
{
	static const uint16_t extensions[] = {65281, 0, 11, 35, 5, 16};
	struct observation first = answer(TLS_HELLO_H1, 769, 769, 47, 0);
	struct tls_facts facts;

	(void)state;
	first.tls.extension_count = ARRAY_LENGTH(extensions);
	memcpy(first.tls.extensions, extensions, sizeof(extensions));
	tls_fingerprints(&first, 1, &facts);
	assert_string_equal(facts.ja3s, "836ce314215654b5b1f85f97c73e506f");
	first.tls.extension_count = 0; /* "769,47," */
	tls_fingerprints(&first, 1, &facts);
	assert_string_equal(facts.ja3s, "18e962e106761869a61045bed0e81c2c");
	first.tls.hello = TLS_HELLO_H2;
	tls_fingerprints(&first, 1, &facts);
	assert_string_equal(facts.ja3s, "");
}

/* printf 'H1:0303.c02f.001d.ff01-0017|H2:0304.1302.11ec.|H3:a70' | sha256sum */
static void the_ladder_has_a_hash(void **state)
{
	struct observation seen[] = {answer(TLS_HELLO_H1, 0x0303, 0x0303, 0xc02f, 0x001d),
	                             answer(TLS_HELLO_H2, 0x0303, 0x0304, 0x1302, 0x11ec), refusal(TLS_HELLO_H3, TLS_ALERT, 70)};
	struct tls_facts facts;

	(void)state;
	seen[0].tls.extension_count = 2;
	seen[0].tls.extensions[0] = 0xff01;
	seen[0].tls.extensions[1] = 0x0017;
	tls_fingerprints(seen, 3, &facts);
	assert_string_equal(facts.ladder, "0b49df61060c043c");
	tls_fingerprints(seen, 2, &facts); /* not climbed to its end */
	assert_string_equal(facts.ladder, "");
	seen[2].tls.outcome = TLS_CLOSED; /* ...|H3:eof */
	tls_fingerprints(seen, 3, &facts);
	assert_string_equal(facts.ladder, "cf8258059209ab5e");
	seen[2].tls.outcome = TLS_RESET;
	tls_fingerprints(seen, 3, &facts);
	assert_string_equal(facts.ladder, "cf8258059209ab5e");
	seen[2].tls.outcome = TLS_SILENT; /* ...|H3:- */
	tls_fingerprints(seen, 3, &facts);
	assert_string_equal(facts.ladder, "373b59609cf32e6c");
}

/* printf 'H1:0301.000a.0000.|H2:eof|H3:-' | sha256sum */
static void an_old_server_needs_no_third_hello(void **state)
{
	struct observation seen[] = {refusal(TLS_HELLO_H1, TLS_CLOSED, 0), refusal(TLS_HELLO_H2, TLS_CLOSED, 0),
	                             answer(TLS_HELLO_H1, 0x0301, 0x0301, 0x000a, 0)};
	struct tls_facts facts;

	(void)state;
	tls_fingerprints(seen, 3, &facts); /* the answer counts, not the try before it */
	assert_string_equal(facts.ladder, "fcf64518ec3c5a5a");
	tls_fingerprints(seen, 2, &facts); /* nobody ever answered */
	assert_string_equal(facts.ladder, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jarm_is_that_of_the_reference),
		cmocka_unit_test(there_is_no_part_of_a_jarm),
		cmocka_unit_test(jarm_is_void_where_the_reference_gives_up),
		cmocka_unit_test(jarm_takes_odd_answers),
		cmocka_unit_test(ja3s_is_that_of_the_reference),
		cmocka_unit_test(the_ladder_has_a_hash),
		cmocka_unit_test(an_old_server_needs_no_third_hello),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
