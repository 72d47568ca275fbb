/* SPDX-License-Identifier: ISC */
/* A client session talks with an OpenSSL server in memory, and with servers that misbehave: whatever is said, the observation tells whose doing it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/reader.h"
#include "probe/tls_session.h"

enum { WIRE_MAX = 512 * 1024, ROUNDS_MAX = 60 };

static struct tls_client *client;
static EVP_PKEY *rsa_key, *ec_key;
static X509 *rsa_certificate, *ec_certificate;

static X509 *certify(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"mail.example.org", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	return certificate;
}

static int set_up_group(void **state)
{
	struct error error = {.text = ""};

	(void)state;
	client = tls_client_new(&error);
	rsa_key = EVP_RSA_gen(2048);
	ec_key = EVP_EC_gen("P-256");
	rsa_certificate = certify(rsa_key);
	ec_certificate = certify(ec_key);
	return client != NULL ? 0 : -1;
}

static int tear_down_group(void **state)
{
	(void)state;
	tls_client_free(client);
	X509_free(rsa_certificate);
	X509_free(ec_certificate);
	EVP_PKEY_free(rsa_key);
	EVP_PKEY_free(ec_key);
	return 0;
}

/* ---- a server in memory ---- */

struct server {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;
};

static int choose_imap(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *in, unsigned in_size,
                       void *context)
{
	(void)ssl;
	(void)context;
	return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_size, (const unsigned char *)"\4imap", 5, in, in_size) ==
	                       OPENSSL_NPN_NEGOTIATED
	               ? SSL_TLSEXT_ERR_OK
	               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* A server for exactly this version; 0: any. The context may be changed before server_begin. */
static void server_init(struct server *server, int version)
{
	*server = (struct server){.context = SSL_CTX_new(TLS_server_method())};
	SSL_CTX_set_security_level(server->context, 0);
	assert_int_equal(SSL_CTX_set_cipher_list(server->context, "ALL:@SECLEVEL=0"), 1);
	assert_int_equal(SSL_CTX_set_min_proto_version(server->context, version != 0 ? version : TLS1_VERSION), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(server->context, version), 1);
	SSL_CTX_use_certificate(server->context, rsa_certificate);
	SSL_CTX_use_PrivateKey(server->context, rsa_key);
	SSL_CTX_set_dh_auto(server->context, 1);
}

static void server_begin(struct server *server)
{
	server->ssl = SSL_new(server->context);
	server->in = BIO_new(BIO_s_mem());
	server->out = BIO_new(BIO_s_mem());
	SSL_set_bio(server->ssl, server->in, server->out);
	SSL_set_accept_state(server->ssl);
}

static void server_done(struct server *server)
{
	SSL_free(server->ssl);
	SSL_CTX_free(server->context);
}

/* ---- moving bytes ---- */

/* What the session wants to send goes to the server. */
static void carry_to_server(struct tls_session *session, struct server *server)
{
	struct buffer wire;

	buffer_init(&wire, WIRE_MAX);
	tls_session_output(session, &wire);
	if (wire.size > 0)
		assert_int_equal(BIO_write(server->in, wire.data, (int)wire.size), wire.size);
	buffer_done(&wire);
}

/* What the server wants to send goes to the session in pieces of this size; true when there was something. */
static bool carry_to_client(struct server *server, struct tls_session *session, size_t piece)
{
	static unsigned char wire[WIRE_MAX];
	int size = BIO_read(server->out, wire, sizeof(wire));

	for (size_t at = 0; size > 0 && at < (size_t)size; at += piece)
		(void)tls_session_feed(session, span_part(span_make(wire, (size_t)size), at, piece));
	return size > 0;
}

/* Until nobody has anything to say any more. */
static enum tls_session_state converse(struct tls_session *session, struct server *server, size_t piece)
{
	for (int round = 0; round < ROUNDS_MAX; round++) {
		carry_to_server(session, server);
		ERR_clear_error();
		(void)SSL_do_handshake(server->ssl);
		if (!carry_to_client(server, session, piece) && round > 0)
			break;
	}
	return tls_session_state(session);
}

static struct tls_session *begin(struct tls_observation *tls)
{
	*tls = (struct tls_observation){.outcome = TLS_NOT_TRIED};
	return tls_session_new(client, "mail.example.org", WIRE_IMAP, tls);
}

static void assert_certificate_equals(struct span der, X509 *certificate)
{
	unsigned char *expected = NULL;
	int size = i2d_X509(certificate, &expected);

	assert_int_equal(der.size, size);
	assert_memory_equal(der.data, expected, der.size);
	OPENSSL_free(expected);
}

static void assert_text_passes_both_ways(struct tls_session *session, struct server *server)
{
	char text[64];
	struct buffer plain;

	buffer_init(&plain, 64);
	assert_true(tls_session_write(session, span_from_text("m5 CAPABILITY\r\n")));
	carry_to_server(session, server);
	assert_int_equal(SSL_read(server->ssl, text, sizeof(text)), 15);
	assert_memory_equal(text, "m5 CAPABILITY\r\n", 15);
	assert_int_equal(SSL_write(server->ssl, "* CAPABILITY IMAP4rev1\r\n", 24), 24);
	(void)carry_to_client(server, session, 3);
	tls_session_read(session, &plain);
	assert_true(span_equals_text(buffer_view(&plain), "* CAPABILITY IMAP4rev1\r\n"));
	buffer_done(&plain);
}

/* ---- sessions that come up ---- */

static void every_version_from_tls_1_0_on_comes_up_in_pieces_of_any_size(void **state)
{
	static const int VERSIONS[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
	static const size_t PIECES[] = {1, 2, 7, 1000, WIRE_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(VERSIONS) * ARRAY_LENGTH(PIECES); i++) {
		int version = VERSIONS[i / ARRAY_LENGTH(PIECES)];
		struct tls_observation tls;
		struct server server;
		struct tls_session *session = begin(&tls);

		server_init(&server, version);
		SSL_CTX_set_alpn_select_cb(server.context, choose_imap, NULL);
		server_begin(&server);
		assert_int_equal(tls.outcome, TLS_NOT_TRIED);
		assert_int_equal(converse(session, &server, PIECES[i % ARRAY_LENGTH(PIECES)]), TLS_SESSION_READY);
		assert_int_equal(tls.outcome, TLS_PROVEN);
		assert_int_equal(tls.hello, TLS_HELLO_SESSION);
		assert_int_equal(tls.version, version);
		assert_int_equal(tls.cipher_suite, SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(server.ssl)));
		assert_int_equal(tls.group, 0x001d);
		assert_string_equal(tls.alpn, "imap");
		assert_int_equal(tls.certificate_count, 1);
		assert_certificate_equals(tls_session_certificate(session, 0), rsa_certificate);
		assert_int_equal(tls_session_certificate(session, 1).size, 0);
		assert_int_equal((tls.flags & TLS_SAYS_TLS13) != 0, version == TLS1_3_VERSION);
		assert_int_equal((tls.flags & TLS_HAS_SECURE_RENEGOTIATION) != 0, version != TLS1_3_VERSION);
		assert_int_equal(tls.alert_level, 0);
		assert_string_equal(SSL_get_servername(server.ssl, TLSEXT_NAMETYPE_host_name), "mail.example.org");
		assert_text_passes_both_ways(session, &server);
		tls_session_free(session);
		server_done(&server);
	}
}

static void a_chain_of_several_certificates_is_kept_in_order(void **state)
{
	static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(VERSIONS); i++) {
		struct tls_observation tls;
		struct server server;
		struct tls_session *session = begin(&tls);

		server_init(&server, VERSIONS[i]);
		X509_up_ref(ec_certificate);
		SSL_CTX_add_extra_chain_cert(server.context, ec_certificate);
		server_begin(&server);
		assert_int_equal(converse(session, &server, 100), TLS_SESSION_READY);
		assert_int_equal(tls.certificate_count, 2);
		assert_certificate_equals(tls_session_certificate(session, 0), rsa_certificate);
		assert_certificate_equals(tls_session_certificate(session, 1), ec_certificate);
		tls_session_free(session);
		server_done(&server);
	}
}

static void a_group_agreed_after_a_retry_is_recorded(void **state)
{
	struct tls_observation tls;
	struct server server;
	struct tls_session *session = begin(&tls);

	(void)state;
	server_init(&server, TLS1_3_VERSION);
	SSL_CTX_set1_groups_list(server.context, "P-521");
	server_begin(&server);
	assert_int_equal(converse(session, &server, 1), TLS_SESSION_READY);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	assert_int_equal(tls.group, 0x0019);
	assert_text_passes_both_ways(session, &server);
	tls_session_free(session);
	server_done(&server);
}

static void finite_field_parameters_are_measured(void **state)
{
	struct tls_observation tls;
	struct server server;
	struct tls_session *session = begin(&tls);

	(void)state;
	server_init(&server, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(server.context, "DHE-RSA-AES128-SHA:@SECLEVEL=0");
	server_begin(&server);
	assert_int_equal(converse(session, &server, 11), TLS_SESSION_READY);
	assert_int_equal(tls.cipher_suite, 0x0033);
	assert_int_equal(tls.dh_bits, 2048); /* as long as the certificate's key */
	assert_int_equal(tls.group, 0);
	tls_session_free(session);
	server_done(&server);
}

static int staple(SSL *ssl, void *context)
{
	unsigned char *response = OPENSSL_memdup("response", 8);

	(void)context;
	SSL_set_tlsext_status_ocsp_resp(ssl, response, 8);
	return SSL_TLSEXT_ERR_OK;
}

static void an_ocsp_response_is_seen(void **state)
{
	static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(VERSIONS); i++) {
		struct tls_observation tls;
		struct server server;
		struct tls_session *session = begin(&tls);

		server_init(&server, VERSIONS[i]);
		SSL_CTX_set_tlsext_status_cb(server.context, staple);
		server_begin(&server);
		assert_int_equal(converse(session, &server, 100), TLS_SESSION_READY);
		assert_true((tls.flags & TLS_HAS_OCSP_STAPLE) != 0);
		tls_session_free(session);
		server_done(&server);
	}
}

static void the_wish_for_a_client_certificate_is_noted_and_not_met(void **state)
{
	static const int VERSIONS[] = {TLS1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(VERSIONS); i++) {
		struct tls_observation tls;
		struct server server;
		struct tls_session *session = begin(&tls);

		server_init(&server, VERSIONS[i]);
		SSL_CTX_set_verify(server.context, SSL_VERIFY_PEER, NULL);
		server_begin(&server);
		assert_int_equal(converse(session, &server, 5), TLS_SESSION_READY);
		assert_true((tls.flags & TLS_WANTS_CLIENT_CERTIFICATE) != 0);
		assert_text_passes_both_ways(session, &server);
		tls_session_free(session);
		server_done(&server);
	}
}

static void the_demand_for_a_client_certificate_is_a_refusal_of_us_not_a_lack_of_tls(void **state)
{
	struct tls_observation tls;
	struct server server;
	struct tls_session *session = begin(&tls);
	struct buffer plain;

	(void)state;
	server_init(&server, TLS1_2_VERSION);
	SSL_CTX_set_verify(server.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	server_begin(&server);
	assert_int_equal(converse(session, &server, 1), TLS_SESSION_FAILED);
	assert_int_equal(tls.outcome, TLS_PROVEN); /* its flight was whole */
	assert_int_equal(tls.alert_level, 2);
	assert_int_equal(tls.alert_description, 40);
	assert_true((tls.flags & TLS_WANTS_CLIENT_CERTIFICATE) != 0);
	tls_session_free(session);
	server_done(&server);

	session = begin(&tls);
	buffer_init(&plain, 100);
	server_init(&server, TLS1_3_VERSION);
	SSL_CTX_set_verify(server.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	server_begin(&server);
	assert_int_equal(converse(session, &server, 1), TLS_SESSION_READY);
	tls_session_read(session, &plain); /* the refusal comes after our own end of the handshake */
	assert_int_equal(tls_session_state(session), TLS_SESSION_FAILED);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	assert_int_equal(tls.alert_description, 116);
	tls_session_free(session);
	server_done(&server);
}

/* ---- sessions that do not ---- */

static void a_server_without_common_suite_answers_with_an_alert(void **state)
{
	static const size_t PIECES[] = {1, 3, WIRE_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(PIECES); i++) {
		struct tls_observation tls;
		struct server server;
		struct tls_session *session = begin(&tls);

		server_init(&server, TLS1_2_VERSION);
		SSL_CTX_set_cipher_list(server.context, "ADH:@SECLEVEL=0");
		server_begin(&server);
		assert_int_equal(converse(session, &server, PIECES[i]), TLS_SESSION_FAILED);
		assert_int_equal(tls.outcome, TLS_ALERT);
		assert_int_equal(tls.alert_level, 2);
		assert_int_equal(tls.alert_description, 40);
		assert_int_equal(tls.version, 0);
		tls_session_free(session);
		server_done(&server);
	}
}

/* The session fed with these bytes in pieces, then ended (unless it failed before). */
static struct tls_observation hear(struct span bytes, size_t piece, enum tls_outcome end, struct buffer *garbage)
{
	struct tls_observation tls;
	struct tls_session *session = begin(&tls);
	enum tls_session_state state = TLS_SESSION_GOING;

	for (size_t at = 0; at < bytes.size; at += piece) {
		state = tls_session_feed(session, span_part(bytes, at, piece));
		assert_true((state == TLS_SESSION_GOING) == (tls.outcome == TLS_NOT_TRIED));
	}
	assert_int_equal(tls_session_end(session, end), TLS_SESSION_FAILED);
	assert_false(tls_session_write(session, span_from_text("x")));
	if (garbage != NULL) {
		buffer_clear(garbage);
		buffer_append(garbage, tls_session_garbage(session));
	}
	tls_session_free(session);
	return tls;
}

/* A ServerHello of this version and suite, TLS 1.2 style, then nothing. */
#define SERVER_HELLO(version_low, suite_high, suite_low)                                                                                   \
	"\x16\x03" version_low "\0\x2a\x02\0\0\x26\x03" version_low "0123456789abcdef0123456789abcdef\0" suite_high suite_low "\0"

static void what_the_server_did_is_told_apart_from_what_our_library_did(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		enum tls_outcome end, outcome;
		uint16_t version;
	} CASES[] = {
		{"", 0, TLS_CLOSED, TLS_CLOSED, 0},
		{"", 0, TLS_RESET, TLS_RESET, 0},
		{"", 0, TLS_SILENT, TLS_SILENT, 0},
		{"\x16\x03\x03\0", 4, TLS_RESET, TLS_RESET, 0},
		{"\x15\x03\x03\0\2\2\x50", 7, TLS_CLOSED, TLS_ALERT, 0},
		{"\x15\x03\x03\0\2\1\0", 7, TLS_CLOSED, TLS_ALERT, 0},
		{"\x15\x03\x01\0\2\1\x70", 7, TLS_CLOSED, TLS_CLOSED, 0},
		{"* OK ready\r\n", 12, TLS_SILENT, TLS_GARBAGE, 0},
		{"+OK", 3, TLS_CLOSED, TLS_GARBAGE, 0},
		{"HTTP/1.1 400 Bad Request\r\n\r\n", 28, TLS_CLOSED, TLS_GARBAGE, 0},
		{"\x16\x03\x01 NO Error in IMAP command\r\n", 30, TLS_SILENT, TLS_GARBAGE, 0},
		{"\x80\x03\0\0\1", 5, TLS_SILENT, TLS_GARBAGE, 0},
		{SERVER_HELLO("\x03", "\xc0", "\x2f"), 47, TLS_CLOSED, TLS_HELLO_ONLY, 0x0303},
		{SERVER_HELLO("\x03", "\xc0", "\x2f") "* OK\r\n", 53, TLS_SILENT, TLS_HELLO_ONLY, 0x0303},
		{SERVER_HELLO("\x03", "\xc0", "\x2f") "\x15\x03\x03\0\2\2\x50", 54, TLS_SILENT, TLS_HELLO_ONLY, 0x0303},
		{SERVER_HELLO("\0", "\0", "\x35"), 47, TLS_SILENT, TLS_CLIENT_FAILED,
	         0x0300}, /* SSL 3.0, which OpenSSL 3 of Debian does not speak */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(CASES); i++) {
		struct span bytes = span_make(CASES[i].bytes, CASES[i].size);
		struct buffer whole_garbage, garbage;
		struct tls_observation whole;

		buffer_init(&whole_garbage, 1000);
		buffer_init(&garbage, 1000);
		whole = hear(bytes, WIRE_MAX, CASES[i].end, &whole_garbage);
		assert_int_equal(whole.outcome, CASES[i].outcome);
		assert_int_equal(whole.version, CASES[i].version);
		assert_int_equal(whole_garbage.size > 0, whole.outcome == TLS_GARBAGE);
		for (size_t piece = 1; piece < bytes.size; piece++) {
			struct tls_observation pieces = hear(bytes, piece, CASES[i].end, &garbage);

			assert_memory_equal(&whole, &pieces, sizeof(whole));
			assert_true(span_equals(buffer_view(&garbage), buffer_view(&whole_garbage)));
		}
		buffer_done(&whole_garbage);
		buffer_done(&garbage);
	}
}

static void a_flight_cut_off_anywhere_is_never_proven_nor_our_fault(void **state)
{
	static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(VERSIONS); i++) {
		for (size_t kept = 0; kept < 600; kept += 37) {
			static unsigned char wire[WIRE_MAX];
			struct tls_observation tls;
			struct server server;
			struct tls_session *session = begin(&tls);

			server_init(&server, VERSIONS[i]);
			server_begin(&server);
			carry_to_server(session, &server);
			(void)SSL_do_handshake(server.ssl);
			assert_true(BIO_read(server.out, wire, sizeof(wire)) > 600);
			(void)tls_session_feed(session, span_make(wire, kept));
			assert_int_equal(tls_session_end(session, TLS_RESET), TLS_SESSION_FAILED);
			assert_int_equal(tls.outcome,
			                 kept < 5 + (size_t)wire[4] ? TLS_RESET : TLS_HELLO_ONLY); /* the first record is the ServerHello */
			tls_session_free(session);
			server_done(&server);
		}
	}
}

/* Of TLS 1.3: a byte changed in the encrypted part. */
static void a_damaged_record_is_the_servers_doing(void **state)
{
	static unsigned char wire[WIRE_MAX];
	struct tls_observation tls;
	struct server server;
	struct tls_session *session = begin(&tls);
	int size;

	(void)state;
	server_init(&server, TLS1_3_VERSION);
	server_begin(&server);
	carry_to_server(session, &server);
	(void)SSL_do_handshake(server.ssl);
	size = BIO_read(server.out, wire, sizeof(wire));
	assert_true(size > 300);
	wire[size - 20] ^= 1;
	assert_int_equal(tls_session_feed(session, span_make(wire, (size_t)size)), TLS_SESSION_FAILED);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
	assert_true((tls.flags & TLS_SAYS_TLS13) != 0);
	tls_session_free(session);
	server_done(&server);
}

/* Of TLS 1.2: the signature over the parameters does not verify. */
static void a_flight_with_a_false_signature_proves_nothing(void **state)
{
	static unsigned char wire[WIRE_MAX];
	struct tls_observation tls;
	struct server server;
	struct tls_session *session = begin(&tls);
	int size;

	(void)state;
	server_init(&server, TLS1_2_VERSION);
	server_begin(&server);
	carry_to_server(session, &server);
	(void)SSL_do_handshake(server.ssl);
	size = BIO_read(server.out, wire, sizeof(wire));
	wire[size - 9 - 20] ^= 1; /* ServerHelloDone is the last record, 9 bytes */
	assert_int_equal(tls_session_feed(session, span_make(wire, (size_t)size)), TLS_SESSION_FAILED);
	assert_int_equal(tls.outcome, TLS_HELLO_ONLY);
	assert_int_equal(tls.certificate_count, 1);
	tls_session_free(session);
	server_done(&server);
}

static void a_chain_beyond_the_limit_is_too_much_data(void **state)
{
	static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(VERSIONS); i++) {
		struct tls_observation tls;
		struct server server;
		struct tls_session *session = begin(&tls);

		server_init(&server, VERSIONS[i]);
		for (int count = 0; count < 120; count++) {
			X509_up_ref(rsa_certificate);
			SSL_CTX_add_extra_chain_cert(server.context, rsa_certificate);
		}
		server_begin(&server);
		assert_int_equal(converse(session, &server, 4096), TLS_SESSION_FAILED);
		assert_int_equal(tls.outcome, TLS_TOO_MUCH_DATA);
		assert_int_equal(tls.certificate_count, VERSIONS[i] == TLS1_2_VERSION ? 16 : 0); /* encrypted, it is not seen in part */
		tls_session_free(session);
		server_done(&server);
	}
}

/* ---- after the handshake ---- */

static void a_goodbye_closes_and_what_was_said_before_is_read(void **state)
{
	static const int VERSIONS[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(VERSIONS); i++) {
		struct tls_observation tls;
		struct server server;
		struct tls_session *session = begin(&tls);
		struct buffer plain;

		buffer_init(&plain, 100);
		server_init(&server, VERSIONS[i]);
		server_begin(&server);
		assert_int_equal(converse(session, &server, WIRE_MAX), TLS_SESSION_READY);
		SSL_write(server.ssl, "* BYE\r\n", 7);
		SSL_shutdown(server.ssl);
		(void)carry_to_client(&server, session, 1);
		tls_session_read(session, &plain);
		assert_true(span_equals_text(buffer_view(&plain), "* BYE\r\n"));
		assert_int_equal(tls_session_state(session), TLS_SESSION_CLOSED);
		assert_int_equal(tls.alert_level, 0); /* a goodbye is no fault */
		assert_int_equal(tls.outcome, TLS_PROVEN);
		assert_false(tls_session_write(session, span_from_text("x")));
		buffer_done(&plain);
		tls_session_free(session);
		server_done(&server);
	}
}

static void text_that_came_before_the_wire_ended_is_still_read(void **state)
{
	struct tls_observation tls;
	struct server server;
	struct tls_session *session = begin(&tls);
	struct buffer plain;

	(void)state;
	buffer_init(&plain, 4);
	server_init(&server, TLS1_3_VERSION);
	server_begin(&server);
	assert_int_equal(converse(session, &server, WIRE_MAX), TLS_SESSION_READY);
	SSL_write(server.ssl, "* OK ready", 10);
	(void)carry_to_client(&server, session, WIRE_MAX);
	assert_int_equal(tls_session_end(session, TLS_RESET), TLS_SESSION_CLOSED);
	tls_session_read(session, &plain);
	assert_true(span_equals_text(buffer_view(&plain), "* OK"));
	buffer_clear(&plain);
	tls_session_read(session, &plain);
	assert_true(span_equals_text(buffer_view(&plain), " rea"));
	assert_int_equal(tls.outcome, TLS_PROVEN);
	buffer_done(&plain);
	tls_session_free(session);
	server_done(&server);
}

static void we_say_goodbye(void **state)
{
	struct tls_observation tls;
	struct server server;
	struct tls_session *session = begin(&tls);
	char byte;

	(void)state;
	server_init(&server, 0);
	server_begin(&server);
	assert_int_equal(converse(session, &server, WIRE_MAX), TLS_SESSION_READY);
	tls_session_close(session);
	carry_to_server(session, &server);
	assert_int_equal(SSL_get_error(server.ssl, SSL_read(server.ssl, &byte, 1)), SSL_ERROR_ZERO_RETURN);
	assert_false(tls_session_write(session, span_from_text("x")));
	tls_session_free(session);
	server_done(&server);
}

static void a_request_to_renegotiate_is_refused_and_the_session_lives_on(void **state)
{
	struct tls_observation tls;
	struct server server;
	struct tls_session *session = begin(&tls);
	struct buffer plain;

	(void)state;
	buffer_init(&plain, 100);
	server_init(&server, TLS1_2_VERSION);
	server_begin(&server);
	assert_int_equal(converse(session, &server, WIRE_MAX), TLS_SESSION_READY);
	assert_int_equal(SSL_renegotiate(server.ssl), 1);
	(void)SSL_do_handshake(server.ssl);
	assert_true(carry_to_client(&server, session, WIRE_MAX));
	tls_session_read(session, &plain);
	assert_int_equal(tls_session_state(session), TLS_SESSION_READY);
	assert_true(tls_session_write(session, span_from_text("m6 LOGOUT\r\n")));
	buffer_done(&plain);
	tls_session_free(session);
	server_done(&server);
}

static void a_wire_that_never_ends_ends_the_session(void **state)
{
	static const unsigned char zeros[TLS_SESSION_WIRE_BYTES_MAX];
	struct tls_observation tls;
	struct server server;
	struct tls_session *session = begin(&tls);

	(void)state;
	server_init(&server, TLS1_3_VERSION);
	server_begin(&server);
	assert_int_equal(converse(session, &server, WIRE_MAX), TLS_SESSION_READY);
	assert_int_equal(tls_session_feed(session, span_make(zeros, sizeof(zeros))), TLS_SESSION_FAILED);
	assert_int_equal(tls.outcome, TLS_PROVEN);
	tls_session_free(session);
	server_done(&server);
}

/* Rules T-5, T-6 and T-7 hold for our library's hello too. */
static void our_librarys_hello_keeps_the_rules_of_hellos(void **state)
{
	static const enum wire_protocol PROTOCOLS[] = {WIRE_IMAP, WIRE_POP3, WIRE_UNKNOWN};
	char name[254] = "";

	(void)state;
	for (size_t i = 0; i < 250 * ARRAY_LENGTH(PROTOCOLS); i++) {
		enum wire_protocol protocol = PROTOCOLS[i % ARRAY_LENGTH(PROTOCOLS)];
		struct tls_observation tls = {.outcome = TLS_NOT_TRIED};
		struct tls_session *session;
		struct reader reader;
		struct buffer hello;
		uint32_t size;

		memset(name, 'a', i / ARRAY_LENGTH(PROTOCOLS));
		session = tls_session_new(client, name, protocol, &tls);
		buffer_init(&hello, 4096);
		tls_session_output(session, &hello);
		reader = reader_make(buffer_view(&hello));
		(void)reader_bytes(&reader, 6);
		size = reader_u24(&reader);
		assert_int_equal(size + 9, hello.size);
		assert_false(size >= 256 && size <= 507);
		(void)reader_bytes(&reader, 34);
		(void)reader_bytes(&reader, reader_u8(&reader));
		assert_in_range(reader_u16(&reader) / 2, 20, 64);
		assert_false(reader.failed);
		assert_true(span_contains_text_ignoring_case(buffer_view(&hello), "\4imap") == (protocol == WIRE_IMAP));
		assert_true(span_contains_text_ignoring_case(buffer_view(&hello), "\4pop3") == (protocol == WIRE_POP3));
		buffer_done(&hello);
		tls_session_free(session);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_from_tls_1_0_on_comes_up_in_pieces_of_any_size),
		cmocka_unit_test(a_chain_of_several_certificates_is_kept_in_order),
		cmocka_unit_test(a_group_agreed_after_a_retry_is_recorded),
		cmocka_unit_test(finite_field_parameters_are_measured),
		cmocka_unit_test(an_ocsp_response_is_seen),
		cmocka_unit_test(the_wish_for_a_client_certificate_is_noted_and_not_met),
		cmocka_unit_test(the_demand_for_a_client_certificate_is_a_refusal_of_us_not_a_lack_of_tls),
		cmocka_unit_test(a_server_without_common_suite_answers_with_an_alert),
		cmocka_unit_test(what_the_server_did_is_told_apart_from_what_our_library_did),
		cmocka_unit_test(a_flight_cut_off_anywhere_is_never_proven_nor_our_fault),
		cmocka_unit_test(a_damaged_record_is_the_servers_doing),
		cmocka_unit_test(a_flight_with_a_false_signature_proves_nothing),
		cmocka_unit_test(a_chain_beyond_the_limit_is_too_much_data),
		cmocka_unit_test(a_goodbye_closes_and_what_was_said_before_is_read),
		cmocka_unit_test(text_that_came_before_the_wire_ended_is_still_read),
		cmocka_unit_test(we_say_goodbye),
		cmocka_unit_test(a_request_to_renegotiate_is_refused_and_the_session_lives_on),
		cmocka_unit_test(a_wire_that_never_ends_ends_the_session),
		cmocka_unit_test(our_librarys_hello_keeps_the_rules_of_hellos),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
