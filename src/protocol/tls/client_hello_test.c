/* SPDX-License-Identifier: ISC */
/* The hellos are what rulebook 2.1 says, byte for byte: each is taken apart again here with its own small reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/reader.h"
#include "model/suite_trait.h"
#include "protocol/tls/client_hello.h"

enum { EXTENSIONS_MAX = 32, HELLO_SIZE_MAX = CLIENT_HELLO_MAX };

struct parsed_hello {
	uint16_t record_version, version;
	size_t body_size;
	struct span random, session_id, suites, compressions, extensions;
	uint16_t types[EXTENSIONS_MAX];
	struct span bodies[EXTENSIONS_MAX];
	size_t count;
};

/* Every hello that is built by hand. */
static const enum tls_hello KINDS[] = {TLS_HELLO_H1,  TLS_HELLO_H2,    TLS_HELLO_H3,     TLS_HELLO_H4,    TLS_HELLO_H5,
                                       TLS_HELLO_H6,  TLS_HELLO_H7,    TLS_HELLO_H9R,    TLS_HELLO_H9E,   TLS_HELLO_H10,
                                       TLS_HELLO_H12, TLS_HELLO_PLAIN, TLS_HELLO_TRAITS, TLS_HELLO_GROUPS};

static struct client_hello_options options_for(enum tls_hello hello, enum wire_protocol protocol, const char *name)
{
	struct client_hello_options options = {.hello = hello, .offered = UINT32_MAX, .server_name = name, .protocol = protocol};

	for (size_t i = 0; i < CLIENT_HELLO_RANDOM_SIZE; i++)
		options.random[i] = (unsigned char)(i + 1);
	return options;
}

static void take_apart(struct span bytes, struct parsed_hello *hello)
{
	struct reader reader = reader_make(bytes);
	struct reader extensions;
	size_t size;

	memset(hello, 0, sizeof(*hello));
	assert_int_equal(reader_u8(&reader), 22);
	hello->record_version = reader_u16(&reader);
	assert_int_equal(reader_u16(&reader), bytes.size - 5);
	assert_int_equal(reader_u8(&reader), 1);
	hello->body_size = reader_u24(&reader);
	assert_int_equal(hello->body_size, bytes.size - 9);
	hello->version = reader_u16(&reader);
	hello->random = reader_bytes(&reader, 32);
	hello->session_id = reader_bytes(&reader, reader_u8(&reader));
	hello->suites = reader_bytes(&reader, reader_u16(&reader));
	hello->compressions = reader_bytes(&reader, reader_u8(&reader));
	assert_false(reader.failed);
	hello->extensions = reader.rest;
	if (reader.rest.size == 0)
		return;
	size = reader_u16(&reader);
	assert_int_equal(size, reader.rest.size);
	extensions = reader;
	while (extensions.rest.size > 0) {
		assert_true(hello->count < EXTENSIONS_MAX);
		hello->types[hello->count] = reader_u16(&extensions);
		hello->bodies[hello->count++] = reader_bytes(&extensions, reader_u16(&extensions));
		assert_false(extensions.failed);
	}
}

/* Builds into out (which the caller frees) and takes it apart. */
static struct parsed_hello build(enum tls_hello kind, enum wire_protocol protocol, const char *name, struct buffer *out)
{
	struct client_hello_options options = options_for(kind, protocol, name);
	struct parsed_hello hello;

	buffer_init(out, HELLO_SIZE_MAX);
	client_hello_build(&options, out);
	assert_false(out->overflowed);
	take_apart(buffer_view(out), &hello);
	return hello;
}

static struct span find(const struct parsed_hello *hello, uint16_t type)
{
	for (size_t i = 0; i < hello->count; i++) {
		if (hello->types[i] == type)
			return hello->bodies[i];
	}
	return span_make(NULL, 0);
}

/* span against hexadecimal text in which spaces do not count */
static void assert_hex(struct span bytes, const char *hex)
{
	size_t at = 0;

	for (const char *digit = hex; *digit != '\0'; digit++) {
		static const char DIGITS[] = "0123456789abcdef";

		if (*digit == ' ')
			continue;
		assert_true(at / 2 < bytes.size);
		assert_int_equal(strchr(DIGITS, *digit) - DIGITS, at % 2 == 0 ? bytes.data[at / 2] >> 4 : bytes.data[at / 2] & 15);
		at++;
	}
	assert_int_equal(at, bytes.size * 2);
}

static const char L12[] = "c02c c030 009f cca9 cca8 ccaa c02b c02f 009e c024 c028 006b c023 c027 0067 c00a c014 0039 c009 c013 0033 009d "
			  "009c 003d 003c 0035 002f 0041 0084 "
			  "000a c012 c008 0016 0005 0004 c011 c007";
static const char G12[] = "0010 001d 0017 001e 0018 0019 0100 0101 0102";
static const char SIGNATURES[] =
	"002a 0403 0503 0603 0807 0808 0804 0805 0806 0809 080a 080b 0401 0501 0601 0303 0301 0302 0402 0203 0201 0202";

static void assert_types(const struct parsed_hello *hello, const uint16_t *types, size_t count)
{
	assert_int_equal(hello->count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(hello->types[i], types[i]);
}

static void h1_offers_tls_1_2_and_is_padded_out_of_the_bad_range(void **state)
{
	static const uint16_t TYPES[] = {0, 23, 0xff01, 10, 11, 35, 16, 5, 13, 22, 21};
	struct buffer out;
	struct parsed_hello hello = build(TLS_HELLO_H1, WIRE_IMAP, "mail.example.org", &out);

	(void)state;
	assert_int_equal(hello.record_version, 0x0301);
	assert_int_equal(hello.version, 0x0303);
	assert_int_equal(hello.body_size, 512);
	assert_hex(hello.random, "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
	assert_int_equal(hello.session_id.size, 0);
	assert_hex(hello.suites, L12);
	assert_hex(hello.compressions, "00");
	assert_types(&hello, TYPES, ARRAY_LENGTH(TYPES));
	assert_hex(find(&hello, 0), "0013 00 0010 6d61696c2e6578616d706c652e6f7267");
	assert_hex(find(&hello, 0xff01), "00");
	assert_hex(find(&hello, 10), G12);
	assert_hex(find(&hello, 11), "01 00");
	assert_hex(find(&hello, 16), "0005 04 696d6170");
	assert_hex(find(&hello, 5), "01 0000 0000");
	assert_hex(find(&hello, 13), SIGNATURES);
	for (size_t i = 0; i < find(&hello, 21).size; i++)
		assert_int_equal(find(&hello, 21).data[i], 0);
	buffer_done(&out);
}

static void h2_offers_only_tls_1_3_with_an_empty_key_share(void **state)
{
	static const uint16_t TYPES[] = {23, 0xff01, 10, 11, 35, 16, 5, 13, 22, 43, 51, 45};
	struct buffer out;
	struct parsed_hello hello = build(TLS_HELLO_H2, WIRE_POP3, NULL, &out);

	(void)state;
	assert_int_equal(hello.record_version, 0x0301);
	assert_int_equal(hello.version, 0x0303);
	assert_hex(hello.session_id, "2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40");
	assert_hex(hello.suites, "1302 1303 1301 1304 1305");
	assert_types(&hello, TYPES, hello.body_size + 4 < 256 ? ARRAY_LENGTH(TYPES) : ARRAY_LENGTH(TYPES) + 1);
	assert_hex(find(&hello, 10), "0020 11ec 11eb 11ed 0200 0201 0202 6399 639a 001d 0017 001e 0018 0019 0100 0101 0102");
	assert_hex(find(&hello, 16), "0005 04 706f7033");
	assert_hex(find(&hello, 43), "02 0304");
	assert_hex(find(&hello, 51), "0000");
	assert_hex(find(&hello, 45), "01 01");
	buffer_done(&out);
}

static void h3_and_h4_offer_older_versions_without_signature_algorithms(void **state)
{
	static const uint16_t TYPES[] = {23, 0xff01, 10, 11, 35, 16, 5, 22};
	struct buffer out;
	struct parsed_hello hello = build(TLS_HELLO_H3, WIRE_IMAP, NULL, &out);

	(void)state;
	assert_int_equal(hello.record_version, 0x0301);
	assert_int_equal(hello.version, 0x0302);
	assert_hex(hello.suites, L12);
	assert_types(&hello, TYPES, ARRAY_LENGTH(TYPES));
	assert_hex(find(&hello, 10), G12);
	assert_true(hello.body_size < 252);
	buffer_done(&out);
	hello = build(TLS_HELLO_H4, WIRE_IMAP, NULL, &out);
	assert_int_equal(hello.version, 0x0301);
	assert_hex(hello.suites, L12);
	assert_types(&hello, TYPES, ARRAY_LENGTH(TYPES));
	buffer_done(&out);
}

static void h5_is_ssl_3_without_an_extensions_block(void **state)
{
	struct buffer out;
	struct parsed_hello hello = build(TLS_HELLO_H5, WIRE_IMAP, "mail.example.org", &out);

	(void)state;
	assert_int_equal(hello.record_version, 0x0300);
	assert_int_equal(hello.version, 0x0300);
	assert_hex(hello.suites, "0005 0004 000a 0016 002f 0035 0033 0039 0009 0015 0003 0006 0008 0014 0062 0064 00ff");
	assert_hex(hello.compressions, "00");
	assert_int_equal(hello.extensions.size, 0);
	assert_int_equal(out.size, 5 + 4 + 2 + 32 + 1 + 2 + 17 * 2 + 2);
	buffer_done(&out);
}

static void h6_offers_nothing_but_broken_suites(void **state)
{
	struct buffer out;
	struct parsed_hello hello = build(TLS_HELLO_H6, WIRE_IMAP, NULL, &out);

	(void)state;
	assert_int_equal(hello.version, 0x0303);
	assert_hex(hello.suites, "0005 0004 c011 c007 000a c012 c008 0016 0013 0009 0015 0012 0003 0006 0008 0014 0011 000e 000b 0062 0064 "
	                         "0060 0061 0063 0065 0001 0002 003b "
	                         "c006 c010 0018 0034 003a 001b 006c 006d 00a6 00a7 c018 c019 c016 c017 0017 0019");
	assert_hex(find(&hello, 10), G12);
	assert_hex(find(&hello, 13), SIGNATURES);
	buffer_done(&out);
}

/* Rules T-5 and T-6 for every hello and every length of name. */
static void no_hello_has_a_length_that_old_load_balancers_misread(void **state)
{
	char name[300];

	(void)state;
	for (size_t kind = 0; kind < ARRAY_LENGTH(KINDS); kind++) {
		for (size_t size = 0; size < sizeof(name) - 1; size++) {
			struct buffer out;
			struct parsed_hello hello;

			memset(name, 'a', size);
			name[size] = '\0';
			hello = build(KINDS[kind], WIRE_POP3, name, &out);
			assert_false(hello.body_size >= 256 && hello.body_size <= 511);
			assert_false(hello.body_size + 4 >= 256 && hello.body_size + 4 <= 511);
			assert_true(hello.suites.size / 2 <= 64);
			if (hello.count > 0 && KINDS[kind] != TLS_HELLO_H10)
				assert_int_equal(find(&hello, 0).size, size > 0 && size <= 253 ? size + 5 : 0);
			buffer_done(&out);
		}
	}
}

/* Rule T-7 */
static void alpn_never_names_a_protocol_foreign_to_the_port(void **state)
{
	(void)state;
	for (int protocol = WIRE_UNKNOWN; protocol <= WIRE_OTHER_BINARY; protocol++) {
		struct buffer out;
		struct parsed_hello hello = build(TLS_HELLO_H1, (enum wire_protocol)protocol, NULL, &out);
		struct span alpn = find(&hello, 16);

		if (protocol == WIRE_IMAP)
			assert_hex(alpn, "0005 04 696d6170");
		else if (protocol == WIRE_POP3)
			assert_hex(alpn, "0005 04 706f7033");
		else
			assert_int_equal(alpn.size, 0);
		buffer_done(&out);
	}
}

static void the_same_options_give_the_same_bytes_behind_what_is_there(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < ARRAY_LENGTH(KINDS); kind++) {
		struct client_hello_options options = options_for(KINDS[kind], WIRE_IMAP, "a.example");
		struct buffer once, twice;
		size_t size;

		buffer_init(&once, HELLO_SIZE_MAX);
		buffer_init(&twice, (size_t)2 * HELLO_SIZE_MAX);
		client_hello_build(&options, &once);
		client_hello_build(&options, &twice);
		client_hello_build(&options, &twice);
		size = once.size;
		assert_int_equal(twice.size, 2 * size);
		assert_memory_equal(once.data, twice.data, size);
		assert_memory_equal(once.data, twice.data + size, size);
		buffer_done(&once);
		buffer_done(&twice);
	}
}

static void what_is_not_built_by_hand_appends_nothing(void **state)
{
	struct client_hello_options options = options_for(TLS_HELLO_SESSION, WIRE_IMAP, NULL);
	struct buffer out;

	(void)state;
	buffer_init(&out, HELLO_SIZE_MAX);
	client_hello_build(&options, &out);
	options.hello = TLS_HELLO_NONE;
	client_hello_build(&options, &out);
	options.hello = TLS_HELLO_TRAITS;
	options.offered = SUITE_TLS_1_3;
	client_hello_build(&options, &out);
	options.hello = TLS_HELLO_GROUPS;
	options.offered = 0;
	client_hello_build(&options, &out);
	assert_int_equal(out.size, 0);
	buffer_done(&out);
}

static struct parsed_hello build_offer(enum tls_hello kind, uint32_t offered, struct buffer *out)
{
	struct client_hello_options options = options_for(kind, WIRE_IMAP, NULL);
	struct parsed_hello hello;

	options.offered = offered;
	buffer_init(out, HELLO_SIZE_MAX);
	client_hello_build(&options, out);
	take_apart(buffer_view(out), &hello);
	return hello;
}

static void suites_are_offered_by_trait(void **state)
{
	struct buffer out;
	struct parsed_hello hello = build_offer(TLS_HELLO_TRAITS, SUITE_RC4 | SUITE_NULL, &out);

	(void)state;
	assert_hex(hello.suites, "0005 0004 c011 c007 0001 0002 003b c006 c010");
	assert_hex(find(&hello, 10), G12);
	assert_true(client_hello_offers_suite(TLS_HELLO_TRAITS, SUITE_RC4, 0xc011));
	assert_false(client_hello_offers_suite(TLS_HELLO_TRAITS, SUITE_RC4, 0x0001));
	buffer_done(&out);
}

/* Rule T-22 */
static void suites_are_offered_in_an_older_version_where_that_is_needed(void **state)
{
	struct buffer out;
	struct parsed_hello hello = build_offer(TLS_HELLO_TRAITS, SUITE_RC4 | 1U << SUITE_OFFER_VERSION_SHIFT, &out);

	(void)state;
	assert_int_equal(hello.version, 0x0300);
	assert_int_equal(hello.record_version, 0x0300);
	assert_int_equal(hello.extensions.size, 0);
	assert_hex(hello.suites, "0005 0004 c011 c007 00ff");
	buffer_done(&out);
	hello = build_offer(TLS_HELLO_TRAITS, SUITE_TRAITS_ALL | 1U << SUITE_OFFER_VERSION_SHIFT, &out);
	assert_int_equal(hello.suites.size / 2, 64); /* rule T-6 holds with the signal */
	buffer_done(&out);
	hello = build_offer(TLS_HELLO_TRAITS, SUITE_RC4 | 3U << SUITE_OFFER_VERSION_SHIFT, &out);
	assert_int_equal(hello.version, 0x0302);
	assert_int_equal(find(&hello, 13).size, 0);
	buffer_done(&out);
}

/* Rule T-31 */
static void groups_are_offered_by_their_bits(void **state)
{
	struct buffer out;
	struct parsed_hello hello = build_offer(TLS_HELLO_GROUPS, 1U << 0 | 1U << 8, &out);

	(void)state;
	assert_hex(find(&hello, 10), "0004 11ec 001d");
	assert_hex(find(&hello, 51), "0000");
	assert_hex(find(&hello, 43), "02 0304");
	assert_int_equal(hello.session_id.size, 32);
	buffer_done(&out);
}

static void special_hellos_differ_where_they_should(void **state)
{
	struct buffer out;
	struct parsed_hello hello = build(TLS_HELLO_H7, WIRE_IMAP, NULL, &out);

	(void)state;
	assert_hex(hello.suites, "009f 009e 006b 0067 0039 0033 0016 0088 0045 ccaa");
	assert_int_equal(find(&hello, 10).size, 0);
	buffer_done(&out);
	hello = build(TLS_HELLO_H10, WIRE_IMAP, "mail.example.org", &out);
	assert_hex(hello.compressions, "01 00");
	assert_hex(find(&hello, 15), "01");
	assert_int_equal(find(&hello, 0).size, 0);
	assert_hex(span_part(hello.suites, 0, (size_t)37 * 2), L12);
	assert_hex(span_part(hello.suites, (size_t)37 * 2, 100), "0009 0015 0012 0003 0006 0008 0014 0011 0062 0064 0001 0002 003b");
	buffer_done(&out);
	hello = build(TLS_HELLO_H12, WIRE_IMAP, NULL, &out);
	assert_int_equal(hello.version, 0x0302);
	assert_hex(span_part(hello.suites, hello.suites.size - 2, 2), "5600");
	buffer_done(&out);
	hello = build(TLS_HELLO_PLAIN, WIRE_IMAP, "mail.example.org", &out);
	assert_int_equal(hello.extensions.size, 0);
	assert_hex(span_part(hello.suites, hello.suites.size - 2, 2), "00ff");
	buffer_done(&out);
	hello = build(TLS_HELLO_H9E, WIRE_IMAP, NULL, &out);
	assert_hex(hello.suites, "c02c cca9 c02b c024 c023 c00a c009");
	buffer_done(&out);
}

static void the_offer_is_known_afterwards(void **state)
{
	(void)state;
	assert_true(client_hello_offers_suite(TLS_HELLO_H1, 0, 0xc007));
	assert_false(client_hello_offers_suite(TLS_HELLO_H1, 0, 0x1301));
	assert_true(client_hello_offers_suite(TLS_HELLO_H2, 0, 0x1305));
	assert_true(client_hello_offers_suite(TLS_HELLO_H5, 0, 0x0003));
	assert_false(client_hello_offers_suite(TLS_HELLO_H5, 0, 0x00ff)); /* a signal, no suite */
	assert_true(client_hello_offers_suite(TLS_HELLO_SESSION, 0, 0xc0a2));
	assert_int_equal(client_hello_highest_version(TLS_HELLO_H1, 0), 0x0303);
	assert_int_equal(client_hello_highest_version(TLS_HELLO_H2, 0), 0x0304);
	assert_int_equal(client_hello_highest_version(TLS_HELLO_H3, 0), 0x0302);
	assert_int_equal(client_hello_highest_version(TLS_HELLO_H4, 0), 0x0301);
	assert_int_equal(client_hello_highest_version(TLS_HELLO_H5, 0), 0x0300);
	assert_int_equal(client_hello_highest_version(TLS_HELLO_SESSION, 0), 0x0304);
	assert_int_equal(client_hello_highest_version(TLS_HELLO_TRAITS, SUITE_RC4), 0x0303);
	assert_int_equal(client_hello_highest_version(TLS_HELLO_TRAITS, SUITE_RC4 | 2U << SUITE_OFFER_VERSION_SHIFT), 0x0301);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h1_offers_tls_1_2_and_is_padded_out_of_the_bad_range),
		cmocka_unit_test(h2_offers_only_tls_1_3_with_an_empty_key_share),
		cmocka_unit_test(h3_and_h4_offer_older_versions_without_signature_algorithms),
		cmocka_unit_test(h5_is_ssl_3_without_an_extensions_block),
		cmocka_unit_test(h6_offers_nothing_but_broken_suites),
		cmocka_unit_test(no_hello_has_a_length_that_old_load_balancers_misread),
		cmocka_unit_test(alpn_never_names_a_protocol_foreign_to_the_port),
		cmocka_unit_test(the_same_options_give_the_same_bytes_behind_what_is_there),
		cmocka_unit_test(what_is_not_built_by_hand_appends_nothing),
		cmocka_unit_test(suites_are_offered_by_trait),
		cmocka_unit_test(suites_are_offered_in_an_older_version_where_that_is_needed),
		cmocka_unit_test(groups_are_offered_by_their_bits),
		cmocka_unit_test(special_hellos_differ_where_they_should),
		cmocka_unit_test(the_offer_is_known_afterwards),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
