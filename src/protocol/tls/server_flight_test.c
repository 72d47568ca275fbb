/* SPDX-License-Identifier: ISC */
/* What servers answer to a hello, from the vectors of the rulebook and built by hand: whole, byte by byte and in all sizes of pieces, always with the same result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/tls/server_flight.h"
#include "protocol/tls/server_message.h"

enum { STREAM_MAX = 256 * 1024, PIECES_UP_TO = 40 };

static const unsigned char RETRY_RANDOM[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                               0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                               0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* What a flight came to. */
struct result {
	struct tls_observation tls;
	bool is_decided_by_bytes;
	struct buffer garbage;
	struct buffer certificates; /* each with its size before it */
};

/* Feeds the stream in pieces of this size, then ends it. */
static struct result run(enum tls_hello hello, struct span stream, size_t piece, enum tls_outcome end)
{
	struct result result = {.tls.hello = hello};
	struct server_flight *flight = server_flight_new(&result.tls);
	bool is_wanting = true;

	buffer_init(&result.garbage, STREAM_MAX);
	buffer_init(&result.certificates, STREAM_MAX);
	for (size_t at = 0; at < stream.size && is_wanting; at += piece)
		is_wanting = server_flight_feed(flight, span_part(stream, at, piece));
	result.is_decided_by_bytes = !is_wanting;
	assert_true(is_wanting == (result.tls.outcome == TLS_NOT_TRIED));
	server_flight_end(flight, end);
	assert_false(server_flight_feed(flight, stream)); /* decided is decided */
	buffer_append(&result.garbage, server_flight_garbage(flight));
	for (size_t i = 0; i < 300; i++) {
		struct span certificate = server_flight_certificate(flight, i);

		assert_true((i < result.tls.certificate_count) == (certificate.size > 0));
		buffer_append_u24(&result.certificates, (uint32_t)certificate.size);
		buffer_append(&result.certificates, certificate);
	}
	server_flight_free(flight);
	return result;
}

static void result_done(struct result *result)
{
	buffer_done(&result->garbage);
	buffer_done(&result->certificates);
}

static void assert_same(const struct result *a, const struct result *b)
{
	assert_memory_equal(&a->tls, &b->tls, sizeof(a->tls));
	assert_int_equal(a->is_decided_by_bytes, b->is_decided_by_bytes);
	assert_true(span_equals(buffer_view(&a->garbage), buffer_view(&b->garbage)));
	assert_true(span_equals(buffer_view(&a->certificates), buffer_view(&b->certificates)));
}

/* The result of the whole stream, after every splitting gave the same. The caller frees with result_done. */
static struct result observe_until(enum tls_hello hello, struct span stream, enum tls_outcome end)
{
	struct result whole = run(hello, stream, stream.size > 0 ? stream.size : 1, end);

	for (size_t piece = 1; piece < stream.size; piece = piece < PIECES_UP_TO ? piece + 1 : piece * 2) {
		struct result pieces = run(hello, stream, piece, end);

		assert_same(&whole, &pieces);
		result_done(&pieces);
	}
	return whole;
}

static struct tls_observation observe(enum tls_hello hello, const struct buffer *stream)
{
	struct result result = observe_until(hello, buffer_view(stream), TLS_CLOSED);
	struct tls_observation tls = result.tls;

	result_done(&result);
	return tls;
}

/* ---- building what a server sends ---- */

static void append_message(struct buffer *out, unsigned char type, struct span body)
{
	buffer_append_byte(out, type);
	buffer_append_u24(out, (uint32_t)body.size);
	buffer_append(out, body);
}

/* The payload as records of at most size bytes. */
static void append_records(struct buffer *out, unsigned char type, uint16_t version, struct span payload, size_t size)
{
	for (size_t at = 0; at < payload.size; at += size) {
		struct span part = span_part(payload, at, size);

		buffer_append_byte(out, type);
		buffer_append_u16(out, version);
		buffer_append_u16(out, (uint16_t)part.size);
		buffer_append(out, part);
	}
}

struct hello_recipe {
	uint16_t version, suite;
	const unsigned char *random;
	unsigned char compression;
	struct span extensions; /* with its length; empty: no block */
};

static void append_hello(struct buffer *out, const struct hello_recipe *recipe)
{
	static const unsigned char PLAIN[32] = {1, 2, 3};
	struct buffer body;

	buffer_init(&body, STREAM_MAX);
	buffer_append_u16(&body, recipe->version);
	buffer_append(&body, span_make(recipe->random != NULL ? recipe->random : PLAIN, 32));
	buffer_append_byte(&body, 0);
	buffer_append_u16(&body, recipe->suite);
	buffer_append_byte(&body, recipe->compression);
	buffer_append(&body, recipe->extensions);
	append_message(out, SERVER_MESSAGE_HELLO, buffer_view(&body));
	buffer_done(&body);
}

/* count certificates: "certificate 0", "certificate 1", ... */
static void append_certificates(struct buffer *out, size_t count)
{
	struct buffer list, body;

	buffer_init(&list, STREAM_MAX);
	buffer_init(&body, STREAM_MAX);
	for (size_t i = 0; i < count; i++) {
		struct buffer text;

		buffer_init(&text, 64);
		buffer_append_format(&text, "certificate %zu", i);
		buffer_append_u24(&list, (uint32_t)text.size);
		buffer_append(&list, buffer_view(&text));
		buffer_done(&text);
	}
	buffer_append_u24(&body, (uint32_t)list.size);
	buffer_append(&body, buffer_view(&list));
	append_message(out, SERVER_MESSAGE_CERTIFICATE, buffer_view(&body));
	buffer_done(&list);
	buffer_done(&body);
}

static void append_vector(struct buffer *out, size_t size, unsigned char first)
{
	buffer_append_u16(out, (uint16_t)size);
	for (size_t i = 0; i < size; i++)
		buffer_append_byte(out, i == 0 ? first : 0x5a);
}

static void append_signature(struct buffer *out, uint16_t version)
{
	if (version >= 0x0303)
		buffer_append_u16(out, 0x0401);
	append_vector(out, 64, 0x11);
}

static void append_ecdhe(struct buffer *out, uint16_t version, uint16_t group)
{
	struct buffer body;

	buffer_init(&body, 1024);
	buffer_append_byte(&body, 3);
	buffer_append_u16(&body, group);
	buffer_append_byte(&body, 32);
	for (int i = 0; i < 32; i++)
		buffer_append_byte(&body, 9);
	append_signature(&body, version);
	append_message(out, SERVER_MESSAGE_KEY_EXCHANGE, buffer_view(&body));
	buffer_done(&body);
}

/* Finite-field parameters: prime of this many bytes beginning with this one. */
static void append_dhe(struct buffer *out, uint16_t version, size_t prime_size, unsigned char first, bool is_signed)
{
	struct buffer body;

	buffer_init(&body, 4096);
	append_vector(&body, prime_size, first);
	append_vector(&body, 1, 2);
	append_vector(&body, prime_size, 3);
	if (is_signed)
		append_signature(&body, version);
	append_message(out, SERVER_MESSAGE_KEY_EXCHANGE, buffer_view(&body));
	buffer_done(&body);
}

static void append_done(struct buffer *out)
{
	append_message(out, SERVER_MESSAGE_HELLO_DONE, span_make(NULL, 0));
}

/* The messages as one record each 4096 bytes, then forgotten. */
static void seal(struct buffer *stream, struct buffer *messages, uint16_t version)
{
	append_records(stream, 22, version, buffer_view(messages), 4096);
	buffer_clear(messages);
}

struct workshop {
	struct buffer stream, messages;
};

static int set_up(void **state)
{
	static struct workshop workshop;

	buffer_init(&workshop.stream, STREAM_MAX);
	buffer_init(&workshop.messages, STREAM_MAX);
	*state = &workshop;
	return 0;
}

static int tear_down(void **state)
{
	struct workshop *workshop = *state;

	buffer_done(&workshop->stream);
	buffer_done(&workshop->messages);
	return 0;
}

/* ServerHello, one certificate, ECDHE, done. */
static void append_usual_flight(struct workshop *workshop, uint16_t version, uint16_t suite)
{
	append_hello(&workshop->messages, &(struct hello_recipe){.version = version, .suite = suite});
	append_certificates(&workshop->messages, 1);
	append_ecdhe(&workshop->messages, version, 0x001d);
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, version);
}

/* ---- flights ---- */

static void a_tls_1_2_flight_is_proven_with_all_its_facts(void **state)
{
	struct workshop *workshop = *state;
	static const unsigned char EXTENSIONS[] = {0, 43, 0xff, 0x01, 0, 1, 0, 0, 23,  0,   0,   0,   35, 0,  0, 0, 22, 0, 0, 0, 15, 0, 1,
	                                           1, 0,  16,   0,    7, 0, 5, 4, 'i', 'm', 'a', 'p', 0,  11, 0, 2, 1,  0, 0, 5, 0,  0};
	struct result result;

	append_hello(&workshop->messages,
	             &(struct hello_recipe){
			     .version = 0x0303, .suite = 0xc02f, .compression = 1, .extensions = {EXTENSIONS, sizeof(EXTENSIONS)}});
	append_certificates(&workshop->messages, 5);
	append_message(&workshop->messages, SERVER_MESSAGE_CERTIFICATE_STATUS, span_from_text("\1staple"));
	append_ecdhe(&workshop->messages, 0x0303, 0x0017);
	append_message(&workshop->messages, SERVER_MESSAGE_CERTIFICATE_REQUEST, span_from_text("whatever"));
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, 0x0303);
	result = observe_until(TLS_HELLO_H1, buffer_view(&workshop->stream), TLS_CLOSED);
	assert_int_equal(result.tls.outcome, TLS_PROVEN);
	assert_true(result.is_decided_by_bytes);
	assert_int_equal(result.tls.version, 0x0303);
	assert_int_equal(result.tls.cipher_suite, 0xc02f);
	assert_int_equal(result.tls.group, 0x0017);
	assert_int_equal(result.tls.dh_bits, 0);
	assert_int_equal(result.tls.certificate_count, 5);
	assert_string_equal(result.tls.alpn, "imap");
	assert_int_equal(result.tls.flags, TLS_HAS_SECURE_RENEGOTIATION | TLS_HAS_EXTENDED_MASTER_SECRET | TLS_HAS_TICKETS |
	                                           TLS_HAS_ENCRYPT_THEN_MAC | TLS_HAS_HEARTBEAT | TLS_HAS_COMPRESSION |
	                                           TLS_HAS_OCSP_STAPLE | TLS_WANTS_CLIENT_CERTIFICATE);
	assert_true(span_equals_text(span_part(buffer_view(&result.certificates), 3, 13), "certificate 0"));
	assert_true(span_equals_text(span_part(buffer_view(&result.certificates), 19, 13), "certificate 1"));
	assert_int_equal(result.garbage.size, 0);
	result_done(&result);
}

/* Vector 46; every message is split, several share a record, empty records stand between. */
static void messages_may_be_split_and_merged_over_records(void **state)
{
	struct workshop *workshop = *state;
	struct tls_observation one, other;

	append_usual_flight(workshop, 0x0303, 0xc02f);
	one = observe(TLS_HELLO_H1, &workshop->stream);
	for (size_t size = 1; size < 80; size++) {
		buffer_clear(&workshop->stream);
		append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0xc02f});
		append_certificates(&workshop->messages, 1);
		append_ecdhe(&workshop->messages, 0x0303, 0x001d);
		append_done(&workshop->messages);
		append_records(&workshop->stream, 22, 0x0301, span_part(buffer_view(&workshop->messages), 0, 7), size);
		buffer_append(&workshop->stream, span_make("\x16\x03\x03\0", 5));
		append_records(&workshop->stream, 22, 0x0303, span_part(buffer_view(&workshop->messages), 7, STREAM_MAX), size);
		buffer_clear(&workshop->messages);
		other = observe(TLS_HELLO_H1, &workshop->stream);
		assert_memory_equal(&one, &other, sizeof(one));
	}
	assert_int_equal(one.outcome, TLS_PROVEN);
}

/* Vector 33; rule T-11. */
static void the_downgrade_sentinel_says_tls_1_3(void **state)
{
	struct workshop *workshop = *state;
	unsigned char random[32] = {[24] = 0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0x01};
	struct tls_observation tls;

	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0xc02f, .random = random});
	append_certificates(&workshop->messages, 1);
	append_ecdhe(&workshop->messages, 0x0303, 0x001d);
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	assert_int_equal(tls.flags, TLS_SAYS_TLS13);
	buffer_clear(&workshop->stream);
	random[31] = 0;
	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0302, .suite = 0x002f, .random = random});
	append_certificates(&workshop->messages, 1);
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, 0x0302);
	tls = observe(TLS_HELLO_H3, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	assert_int_equal(tls.flags, 0);
}

/* Vectors 34 and 35; rules T-12 and T-23. */
static void a_hello_retry_request_says_tls_1_3_and_its_group_but_proves_nothing(void **state)
{
	struct workshop *workshop = *state;
	static const unsigned char EXTENSIONS[] = {0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0x11, 0xec};
	struct tls_observation tls;

	append_hello(&workshop->messages,
	             &(struct hello_recipe){
			     .version = 0x0303, .suite = 0x1302, .random = RETRY_RANDOM, .extensions = {EXTENSIONS, sizeof(EXTENSIONS)}});
	seal(&workshop->stream, &workshop->messages, 0x0303);
	buffer_append(&workshop->stream, span_make("\x14\x03\x03\0\1\1", 6));
	tls = observe(TLS_HELLO_H2, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
	assert_int_equal(tls.flags, TLS_SAYS_TLS13);
	assert_int_equal(tls.version, 0x0304);
	assert_int_equal(tls.group, 0x11ec);
	assert_int_equal(tls.cipher_suite, 0x1302);
}

static void a_tls_1_3_hello_is_decided_at_once(void **state)
{
	struct workshop *workshop = *state;
	static const unsigned char EXTENSIONS[] = {0, 18, 0, 43, 0, 2, 3, 4, 0, 51, 0, 8, 0, 0x1d, 0, 4, 1, 2, 3, 4};
	struct tls_observation tls;

	append_hello(&workshop->messages,
	             &(struct hello_recipe){.version = 0x0303, .suite = 0x1301, .extensions = {EXTENSIONS, sizeof(EXTENSIONS)}});
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H2, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
	assert_int_equal(tls.flags, TLS_SAYS_TLS13);
	assert_int_equal(tls.version, 0x0304);
	assert_int_equal(tls.group, 0x001d);
}

static void an_ssl_3_flight_with_rc4_is_proven(void **state)
{
	struct workshop *workshop = *state;
	struct tls_observation tls;

	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0300, .suite = 0x0005});
	append_certificates(&workshop->messages, 2);
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, 0x0300);
	tls = observe(TLS_HELLO_H5, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	assert_int_equal(tls.version, 0x0300);
	assert_int_equal(tls.cipher_suite, 0x0005);
	assert_int_equal(tls.certificate_count, 2);
	assert_int_equal(tls.flags, 0);
}

static void a_tls_1_0_flight_has_a_signature_without_algorithm(void **state)
{
	struct workshop *workshop = *state;
	struct tls_observation tls;

	append_usual_flight(workshop, 0x0301, 0xc013);
	tls = observe(TLS_HELLO_H4, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	assert_int_equal(tls.version, 0x0301);
	assert_int_equal(tls.group, 0x001d);
}

/* Rule T-17 */
static void the_modulus_of_an_export_key_is_measured(void **state)
{
	struct workshop *workshop = *state;
	struct buffer body;
	struct tls_observation tls;

	buffer_init(&body, 1024);
	append_vector(&body, 64, 0x80);
	append_vector(&body, 3, 1);
	append_signature(&body, 0x0301);
	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0301, .suite = 0x0003});
	append_certificates(&workshop->messages, 1);
	append_message(&workshop->messages, SERVER_MESSAGE_KEY_EXCHANGE, buffer_view(&body));
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, 0x0301);
	tls = observe(TLS_HELLO_H6, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	assert_int_equal(tls.rsa_export_bits, 512);
	buffer_done(&body);
}

/* Vector 43's neighbours; rule T-17. */
static void the_prime_of_finite_field_parameters_is_measured(void **state)
{
	static const struct {
		size_t size;
		unsigned char first;
		uint16_t bits;
	} CASES[] = {{128, 0xff, 1024}, {256, 0xff, 2048}, {97, 0x00, 767}, {64, 0x80, 512}, {64, 0x01, 505}, {1, 0x17, 5}};
	struct workshop *workshop = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		struct tls_observation tls;

		buffer_clear(&workshop->stream);
		append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0x0039});
		append_certificates(&workshop->messages, 1);
		append_dhe(&workshop->messages, 0x0303, CASES[i].size, CASES[i].first, true);
		append_done(&workshop->messages);
		seal(&workshop->stream, &workshop->messages, 0x0303);
		tls = observe(TLS_HELLO_H1, &workshop->stream);
		assert_int_equal(tls.outcome, TLS_PROVEN);
		assert_int_equal(tls.dh_bits, CASES[i].bits);
		assert_int_equal(tls.group, 0);
	}
}

static void an_anonymous_suite_needs_no_certificate(void **state)
{
	struct workshop *workshop = *state;
	struct tls_observation tls;

	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0301, .suite = 0x0034});
	append_dhe(&workshop->messages, 0x0301, 128, 0xff, false);
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, 0x0301);
	tls = observe(TLS_HELLO_H6, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	assert_int_equal(tls.certificate_count, 0);
	assert_int_equal(tls.dh_bits, 1024);
}

/* Rule T-23: what is missing is no proof. */
static void a_flight_with_a_part_missing_proves_nothing(void **state)
{
	struct workshop *workshop = *state;
	struct tls_observation tls;

	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0xc02f});
	append_certificates(&workshop->messages, 1);
	append_done(&workshop->messages); /* no ServerKeyExchange */
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
	buffer_clear(&workshop->stream);
	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0x002f});
	append_certificates(&workshop->messages, 0);
	append_done(&workshop->messages); /* no certificate */
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
	buffer_clear(&workshop->stream);
	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0x0018});
	append_done(&workshop->messages); /* anonymous, but no parameters */
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H6, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
	buffer_clear(&workshop->stream);
	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0x0039});
	append_certificates(&workshop->messages, 1);
	append_dhe(&workshop->messages, 0x0303, 128, 0xff, false); /* unsigned */
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
}

/* RFC 5246 7.4.1.3: no client would go on. */
static void a_choice_that_was_not_offered_is_no_proof(void **state)
{
	static const struct {
		enum tls_hello hello;
		uint16_t version, suite;
	} CASES[] = {{TLS_HELLO_H3, 0x0303, 0x002f}, {TLS_HELLO_H4, 0x0302, 0x002f}, {TLS_HELLO_H5, 0x0301, 0x002f},
	             {TLS_HELLO_H6, 0x0303, 0x002f}, {TLS_HELLO_H1, 0x0303, 0x0003}, {TLS_HELLO_H1, 0x0304, 0x002f}};
	struct workshop *workshop = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		struct tls_observation tls;

		buffer_clear(&workshop->stream);
		append_hello(&workshop->messages, &(struct hello_recipe){.version = CASES[i].version, .suite = CASES[i].suite});
		append_certificates(&workshop->messages, 1);
		append_done(&workshop->messages);
		seal(&workshop->stream, &workshop->messages, 0x0301);
		tls = observe(CASES[i].hello, &workshop->stream);
		assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
		assert_int_equal(tls.version, CASES[i].version);
		assert_int_equal(tls.cipher_suite, CASES[i].suite);
	}
}

/* ---- alerts ---- */

/* Vectors 37, 38, 41, 42 and the description of 2.3; rule T-4: the record's version is no statement. */
static void a_fatal_alert_or_close_notify_before_any_hello_is_a_refusal(void **state)
{
	static const struct {
		const char *bytes;
		enum tls_hello hello;
		uint8_t level, description;
	} CASES[] = {{"\x15\x03\x02\0\x02\x02\x50", TLS_HELLO_H3, 2, 80},
	             {"\x15\x03\x03\0\x02\x01\0", TLS_HELLO_H3, 1, 0},
	             {"\x15\x03\x03\0\x02\x02\x28", TLS_HELLO_H5, 2, 40},
	             {"\x15\x03\x01\0\x02\x02\x78", TLS_HELLO_H1, 2, 120},
	             {"\x15\x03\0\0\x02\x02\0", TLS_HELLO_H1, 2, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		struct result result = observe_until(CASES[i].hello, span_make(CASES[i].bytes, 7), TLS_CLOSED);

		assert_int_equal(result.tls.outcome, TLS_ALERT);
		assert_int_equal(result.tls.alert_level, CASES[i].level);
		assert_int_equal(result.tls.alert_description, CASES[i].description);
		assert_int_equal(result.tls.version, 0);
		assert_int_equal(result.tls.flags, 0);
		result_done(&result);
	}
}

/* Vector 36; rule T-3. */
static void a_warning_alert_does_not_end_the_flight(void **state)
{
	struct workshop *workshop = *state;
	struct tls_observation tls;

	buffer_append(&workshop->stream, span_make("\x15\x03\x03\0\x02\x01\x70", 7));
	append_usual_flight(workshop, 0x0303, 0xc02f);
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	assert_int_equal(tls.flags, TLS_HAD_WARNING_ALERT);
	assert_int_equal(tls.alert_level, 1);
	assert_int_equal(tls.alert_description, 112);
}

static void an_alert_split_over_records_and_two_in_one_record_are_read(void **state)
{
	struct result result;

	(void)state;
	result = observe_until(TLS_HELLO_H1, span_make("\x15\x03\x01\0\1\x02\x15\x03\x01\0\1\x28", 12), TLS_CLOSED);
	assert_int_equal(result.tls.outcome, TLS_ALERT);
	assert_int_equal(result.tls.alert_description, 40);
	result_done(&result);
	result = observe_until(TLS_HELLO_H1, span_make("\x15\x03\x01\0\4\x01\x70\x02\x46", 9), TLS_CLOSED);
	assert_int_equal(result.tls.outcome, TLS_ALERT);
	assert_int_equal(result.tls.flags, TLS_HAD_WARNING_ALERT);
	assert_int_equal(result.tls.alert_description, 70);
	result_done(&result);
}

static void an_alert_after_the_hello_leaves_the_hello_alone(void **state)
{
	struct workshop *workshop = *state;
	struct tls_observation tls;

	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0xc02f});
	seal(&workshop->stream, &workshop->messages, 0x0303);
	buffer_append(&workshop->stream, span_make("\x15\x03\x03\0\x02\x02\x50", 7));
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
	assert_int_equal(tls.alert_description, 80);
	assert_int_equal(tls.version, 0x0303);
}

/* ---- endings ---- */

/* Vectors 39 and 40. */
static void nothing_then_an_end_is_said_as_it_ended(void **state)
{
	static const enum tls_outcome ENDS[] = {TLS_CLOSED, TLS_RESET, TLS_SILENT};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(ENDS); i++) {
		struct result result = observe_until(TLS_HELLO_H1, span_make(NULL, 0), ENDS[i]);

		assert_int_equal(result.tls.outcome, ENDS[i]);
		assert_false(result.is_decided_by_bytes);
		result_done(&result);
		result = observe_until(TLS_HELLO_H1, span_make("\x16\x03\x03\0\x50\x02\0\0\x40\x03\x03", 11), ENDS[i]);
		assert_int_equal(result.tls.outcome, ENDS[i]);
		assert_int_equal(result.garbage.size, 0);
		result_done(&result);
	}
}

static void an_end_behind_the_hello_is_hello_only(void **state)
{
	struct workshop *workshop = *state;
	struct span flight;

	append_usual_flight(workshop, 0x0303, 0xc02f);
	flight = buffer_view(&workshop->stream);
	for (size_t size = 0; size < flight.size; size++) {
		struct result result = run(TLS_HELLO_H1, span_part(flight, 0, size), 7, TLS_RESET);

		assert_int_equal(result.tls.outcome, size < 5 + 4 + 38 ? TLS_RESET : TLS_HELLO_ONLY);
		result_done(&result);
	}
}

/* ---- what is not TLS ---- */

/* Vectors 44 and 45, rulebook 1.6. */
static void clear_text_is_garbage_and_its_first_line_is_kept(void **state)
{
	static const struct {
		const char *sent, *kept;
	} CASES[] = {{"* OK Dovecot ready.\r\n* OK more\r\n", "* OK Dovecot ready.\r\n"},
	             {"+OK\n", "+OK\n"},
	             {"HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400 Bad Request\r\n"},
	             {"\x16\x03\x01 NO Error in IMAP command received by server.\r\n", "\x16\x03\x01 NO E"},
	             {"\x15\x03\x01", NULL},
	             {"-ERR no line end", "-ERR no line end"},
	             {"x", "x"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		struct result result = observe_until(TLS_HELLO_H1, span_from_text(CASES[i].sent), TLS_CLOSED);

		assert_int_equal(result.tls.outcome, CASES[i].kept != NULL ? TLS_GARBAGE : TLS_CLOSED);
		if (CASES[i].kept != NULL)
			assert_true(span_starts_with_text(buffer_view(&result.garbage), CASES[i].kept));
		if (CASES[i].sent[0] == '*')
			assert_int_equal(result.garbage.size, strlen(CASES[i].kept));
		result_done(&result);
	}
}

static void an_endless_line_is_cut(void **state)
{
	struct workshop *workshop = *state;
	struct result result;

	for (int i = 0; i < 3000; i++)
		buffer_append_byte(&workshop->stream, 'a');
	result = observe_until(TLS_HELLO_H1, buffer_view(&workshop->stream), TLS_SILENT);
	assert_int_equal(result.tls.outcome, TLS_GARBAGE);
	assert_int_equal(result.garbage.size, SERVER_FLIGHT_GARBAGE_MAX);
	assert_true(result.is_decided_by_bytes);
	result_done(&result);
}

static void an_ssl_2_answer_is_garbage_with_its_bytes(void **state)
{
	static const unsigned char HELLO[] = {0x84, 0x2e, 0x04, 0x00, 0x01, 0x00, 0x02, 0x04, 0x13};
	static const unsigned char ERROR[] = {0x80, 0x03, 0x00, 0x00, 0x01};
	struct result result;

	(void)state;
	result = observe_until(TLS_HELLO_H5, span_make(HELLO, sizeof(HELLO)), TLS_CLOSED);
	assert_int_equal(result.tls.outcome, TLS_GARBAGE);
	assert_memory_equal(result.garbage.data, HELLO, 5);
	result_done(&result);
	result = observe_until(TLS_HELLO_H5, span_make(ERROR, sizeof(ERROR)), TLS_SILENT);
	assert_int_equal(result.tls.outcome, TLS_GARBAGE);
	assert_true(result.is_decided_by_bytes);
	assert_memory_equal(result.garbage.data, ERROR, 5);
	result_done(&result);
}

static void records_that_cannot_be_are_garbage(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} CASES[] = {{"\x17\x03\x03\0\4abcd", 9},       {"\x14\x03\x03\0\1\1", 6},           {"\x18\x03\x03\0\1\1", 6},
	             {"\x16\x04\x03\0\1\1", 6},         {"\x16\x03\x03\xff\xff\2\0\0", 8},   {"\x15\x03\x03\0\x02\x07\x28", 7},
	             {"\x16\x03\x03\0\4\x0b\0\0\0", 9}, {"\x16\x03\x03\0\4\x01\0\0\x50", 9}, {"\x16\x03\x03\0\6\x02\0\0\2\3\3", 11}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		struct result result = observe_until(TLS_HELLO_H1, span_make(CASES[i].bytes, CASES[i].size), TLS_CLOSED);

		assert_int_equal(result.tls.outcome, TLS_GARBAGE);
		assert_true(result.garbage.size > 0);
		assert_memory_equal(result.garbage.data, CASES[i].bytes, result.garbage.size);
		result_done(&result);
	}
}

static void nonsense_behind_the_hello_is_hello_only(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} CASES[] = {{"\x17\x03\x03\0\4abcd", 9},
	             {"\x14\x03\x03\0\1\1", 6},
	             {"* OK\r\n", 6},
	             {"\x16\x03\x03\0\4\x14\0\0\1", 9},
	             {"\x16\x03\x03\0\5\x0e\0\0\1x", 10},
	             {"\x16\x03\x03\0\7\x0b\0\0\3\0\0\5", 12},
	             {"\x16\x03\x03\0\x0a\x0b\0\0\6\0\0\3\0\0\1", 15},
	             {"\x16\x03\x03\0\5\0\0\0\1x", 10}};
	struct workshop *workshop = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		struct result result;

		buffer_clear(&workshop->stream);
		append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0x002f});
		seal(&workshop->stream, &workshop->messages, 0x0303);
		buffer_append(&workshop->stream, span_make(CASES[i].bytes, CASES[i].size));
		result = observe_until(TLS_HELLO_H1, buffer_view(&workshop->stream), TLS_SILENT);
		assert_int_equal(result.tls.outcome, TLS_HELLO_ONLY);
		assert_true(result.is_decided_by_bytes);
		assert_int_equal(result.garbage.size, 0);
		result_done(&result);
	}
}

static void messages_out_of_order_or_twice_are_hello_only(void **state)
{
	struct workshop *workshop = *state;
	struct tls_observation tls;

	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0xc02f});
	append_ecdhe(&workshop->messages, 0x0303, 0x001d);
	append_certificates(&workshop->messages, 1);
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
	assert_int_equal(tls.certificate_count, 0);
	buffer_clear(&workshop->stream);
	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0xc02f});
	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0301, .suite = 0x002f});
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
	assert_int_equal(tls.version, 0x0303);
}

static void a_hello_request_in_between_is_ignored(void **state)
{
	struct workshop *workshop = *state;
	struct tls_observation tls;

	append_message(&workshop->messages, SERVER_MESSAGE_HELLO_REQUEST, span_make(NULL, 0));
	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0x002f});
	append_message(&workshop->messages, SERVER_MESSAGE_HELLO_REQUEST, span_make(NULL, 0));
	append_certificates(&workshop->messages, 1);
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_PROVEN);
}

static void extensions_that_lie_are_hello_only(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} CASES[] = {{"\0\7\0\x17\0\0", 6},         {"\0\3\0\x17\0", 5}, {"\0\5\0\x10\0\1\4", 7},    {"\0\x09\0\x10\0\5\0\3\4ima", 12},
	             {"\0\x08\0\x10\0\4\0\2\1", 9}, {"\0", 1},           {"\0\7\0\x10\0\3\0\1\0", 9}};
	struct workshop *workshop = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		struct tls_observation tls;

		buffer_clear(&workshop->stream);
		append_hello(&workshop->messages,
		             &(struct hello_recipe){.version = 0x0303,
		                                    .suite = 0x002f,
		                                    .extensions = {(const unsigned char *)CASES[i].bytes, CASES[i].size}});
		append_certificates(&workshop->messages, 1);
		append_done(&workshop->messages);
		seal(&workshop->stream, &workshop->messages, 0x0303);
		tls = observe(TLS_HELLO_H1, &workshop->stream);
		assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
		assert_int_equal(tls.version, 0x0303);
	}
}

static void an_alpn_name_is_cut_and_made_printable(void **state)
{
	static const char EXTENSIONS[] = "\0\x1b\0\x10\0\x17\0\x15\x14"
					 "a b\x01\xff"
					 "fghijklmnopqrst";
	struct workshop *workshop = *state;
	struct tls_observation tls;

	append_hello(&workshop->messages,
	             &(struct hello_recipe){.version = 0x0303,
	                                    .suite = 0x002f,
	                                    .extensions = {(const unsigned char *)EXTENSIONS, sizeof(EXTENSIONS) - 1}});
	append_certificates(&workshop->messages, 1);
	append_done(&workshop->messages);
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	assert_string_equal(tls.alpn, "a?b??fghijklmno");
}

/* ---- limits ---- */

/* Vector 47 */
static void certificates_beyond_the_limit_are_cut_and_it_says_so(void **state)
{
	static const size_t COUNTS[] = {0, 1, 5, SERVER_FLIGHT_CERTIFICATES_MAX, SERVER_FLIGHT_CERTIFICATES_MAX + 1, 200};
	struct workshop *workshop = *state;

	for (size_t i = 0; i < ARRAY_LENGTH(COUNTS); i++) {
		struct tls_observation tls;
		bool is_cut = COUNTS[i] > SERVER_FLIGHT_CERTIFICATES_MAX;

		buffer_clear(&workshop->stream);
		append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0x002f});
		append_certificates(&workshop->messages, COUNTS[i]);
		append_done(&workshop->messages);
		seal(&workshop->stream, &workshop->messages, 0x0303);
		tls = observe(TLS_HELLO_H1, &workshop->stream);
		assert_int_equal(tls.outcome, COUNTS[i] > 0 ? TLS_PROVEN : TLS_HELLO_ONLY);
		assert_int_equal(tls.certificate_count, is_cut ? SERVER_FLIGHT_CERTIFICATES_MAX : COUNTS[i]);
		assert_int_equal(tls.flags, is_cut ? TLS_CERTIFICATES_CUT : 0);
	}
}

static void a_chain_that_never_ends_keeps_its_first_certificates(void **state)
{
	struct workshop *workshop = *state;
	struct tls_observation tls;

	append_hello(&workshop->messages, &(struct hello_recipe){.version = 0x0303, .suite = 0x002f});
	buffer_append(&workshop->messages, span_make("\x0b\x02\0\0\1\xff\xfd\0\0\3abc\1\x80\0", 15));
	for (int i = 0; i < 100000; i++)
		buffer_append_byte(&workshop->messages, 'x');
	seal(&workshop->stream, &workshop->messages, 0x0303);
	tls = observe(TLS_HELLO_H1, &workshop->stream);
	assert_int_equal(tls.outcome, TLS_TOO_MUCH_DATA);
	assert_int_equal(tls.certificate_count, 1);
	assert_int_equal(tls.flags, TLS_CERTIFICATES_CUT);
	assert_int_equal(tls.version, 0x0303);
}

static void warnings_without_end_are_too_much_data(void **state)
{
	struct workshop *workshop = *state;
	struct result result;

	while (workshop->stream.size <= SERVER_FLIGHT_BYTES_MAX)
		buffer_append(&workshop->stream, span_make("\x15\x03\x03\0\x02\x01\x70\x16\x03\x03\0", 12));
	result = observe_until(TLS_HELLO_H1, buffer_view(&workshop->stream), TLS_SILENT);
	assert_int_equal(result.tls.outcome, TLS_TOO_MUCH_DATA);
	assert_true(result.is_decided_by_bytes);
	result_done(&result);
	result = run(TLS_HELLO_H1, span_part(buffer_view(&workshop->stream), 0, SERVER_FLIGHT_BYTES_MAX), 1000, TLS_SILENT);
	assert_int_equal(result.tls.outcome, TLS_SILENT); /* exactly the limit is not too much */
	result_done(&result);
}

/* RFC 8446 4.4.2 */
static void the_certificate_list_of_tls_1_3_has_extensions_beside_each(void **state)
{
	static const char BODY[] = "\0\0\0\x1b\0\0\3abc\0\x0a\0\5\0\6\1\0\0\2ab\0\0\3def\0\0";
	struct certificate_list list;
	struct span body = span_make(BODY, sizeof(BODY) - 1);

	(void)state;
	assert_false(certificate_list_read(body, true, &list)); /* a length one too large */
	body = span_make("\0\0\0\x1a\0\0\3abc\0\x0a\0\5\0\6\1\0\0\2ab\0\0\3def\0\0", 30);
	assert_true(certificate_list_read(body, true, &list));
	assert_int_equal(list.count, 2);
	assert_true(list.has_status);
	assert_true(span_equals_text(list.certificates[0], "abc"));
	assert_true(span_equals_text(list.certificates[1], "def"));
	assert_false(certificate_list_read(span_part(body, 0, 29), true, &list));
	assert_int_equal(list.count, 1);
	assert_false(certificate_list_read(span_make(NULL, 0), true, &list));
	assert_int_equal(list.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tls_1_2_flight_is_proven_with_all_its_facts),
		TEST(messages_may_be_split_and_merged_over_records),
		TEST(the_downgrade_sentinel_says_tls_1_3),
		TEST(a_hello_retry_request_says_tls_1_3_and_its_group_but_proves_nothing),
		TEST(a_tls_1_3_hello_is_decided_at_once),
		TEST(an_ssl_3_flight_with_rc4_is_proven),
		TEST(a_tls_1_0_flight_has_a_signature_without_algorithm),
		TEST(the_modulus_of_an_export_key_is_measured),
		TEST(the_prime_of_finite_field_parameters_is_measured),
		TEST(an_anonymous_suite_needs_no_certificate),
		TEST(a_flight_with_a_part_missing_proves_nothing),
		TEST(a_choice_that_was_not_offered_is_no_proof),
		TEST(a_fatal_alert_or_close_notify_before_any_hello_is_a_refusal),
		TEST(a_warning_alert_does_not_end_the_flight),
		TEST(an_alert_split_over_records_and_two_in_one_record_are_read),
		TEST(an_alert_after_the_hello_leaves_the_hello_alone),
		TEST(nothing_then_an_end_is_said_as_it_ended),
		TEST(an_end_behind_the_hello_is_hello_only),
		TEST(clear_text_is_garbage_and_its_first_line_is_kept),
		TEST(an_endless_line_is_cut),
		TEST(an_ssl_2_answer_is_garbage_with_its_bytes),
		TEST(records_that_cannot_be_are_garbage),
		TEST(nonsense_behind_the_hello_is_hello_only),
		TEST(messages_out_of_order_or_twice_are_hello_only),
		TEST(a_hello_request_in_between_is_ignored),
		TEST(extensions_that_lie_are_hello_only),
		TEST(an_alpn_name_is_cut_and_made_printable),
		TEST(certificates_beyond_the_limit_are_cut_and_it_says_so),
		TEST(a_chain_that_never_ends_keeps_its_first_certificates),
		TEST(warnings_without_end_are_too_much_data),
		TEST(the_certificate_list_of_tls_1_3_has_extensions_beside_each),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
