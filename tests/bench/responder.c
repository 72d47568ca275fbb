/* SPDX-License-Identifier: ISC */
/* A mail server that costs little, for benchmarks: several processes, four ports, on every address of 127.0.0.0/8 and nowhere else (its sockets are bound to the loopback device).

   usage: responder [--ports 110,143,993,995] [--processes N] [--rsa] [--tls | --no-tls | --silent | --mix]
     --tls     STLS and STARTTLS are agreed to (this when nothing is said); 993 and 995 begin with TLS
     --no-tls  they are refused, and 993 and 995 speak in clear
     --silent  connections are accepted, and nothing is ever said
     --mix     even addresses as --tls, odd ones as --no-tls
   A hello without TLS 1.3 gets a flight of TLS 1.2 with a real certificate, signed anew for each (ECDSA P-256, with --rsa RSA 2048); one with TLS 1.3 gets a real session by OpenSSL. Prints a line when it listens; ends with SIGTERM. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

enum mode { MODE_TLS, MODE_NO_TLS, MODE_SILENT, MODE_MIX };

enum {
	RANDOM_SIZE = 32,
	CLIENT_RANDOM_OFFSET = 11, /* record header, message header, version */
	PORTS_MAX = 16,
	PROCESSES_MAX = 64,
	EVENTS = 256,
	INPUT_MAX = 4096,
	RECORD_HEADER = 5,
};

enum phase { PHASE_TEXT, PHASE_WAITS_FOR_HELLO, PHASE_SESSION, PHASE_DONE };

struct peer {
	int descriptor;
	bool is_listener;
	bool is_imap;
	enum mode mode;
	enum phase phase;
	SSL *ssl;
	size_t size;
	unsigned char *input; /* an unfinished line or hello */
};

static struct buffer flight; /* ServerHello and Certificate; what is signed follows */
static EVP_PKEY *signing_key;
static bool is_rsa;
static SSL_CTX *tls_context;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- TLS ---- */

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	(void)X509_set_version(certificate, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
	(void)X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * 365);
	(void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"bench.invalid", -1, -1, 0);
	(void)X509_set_issuer_name(certificate, name);
	(void)X509_set_pubkey(certificate, key);
	if (X509_sign(certificate, key, EVP_sha256()) == 0)
		die("X509_sign");
	return certificate;
}

static void add_message(struct buffer *out, unsigned char type, struct span body)
{
	buffer_append_byte(out, 22);
	buffer_append_u16(out, 0x0303);
	buffer_append_u16(out, (uint16_t)(body.size + 4));
	buffer_append_byte(out, type);
	buffer_append_u24(out, (uint32_t)body.size);
	buffer_append(out, body);
}

static void add_server_random(struct buffer *out)
{
	for (unsigned i = 0; i < RANDOM_SIZE; i++)
		buffer_append_byte(out, (unsigned char)(i * 7 + 1));
}

static void add_hello(struct buffer *out)
{
	static const unsigned char EXTENSIONS[] = {0xff, 0x01, 0x00, 0x01, 0x00, 0x00, 0x17, 0x00,
	                                           0x00, 0x00, 0x0b, 0x00, 0x02, 0x01, 0x00};
	struct buffer body;

	buffer_init(&body, 256);
	buffer_append_u16(&body, 0x0303);
	add_server_random(&body);
	buffer_append_byte(&body, 0);
	buffer_append_u16(&body, is_rsa ? 0xc02f : 0xc02b); /* ECDHE-RSA or ECDHE-ECDSA with AES128-GCM-SHA256 */
	buffer_append_byte(&body, 0);
	buffer_append_u16(&body, sizeof(EXTENSIONS));
	buffer_append(&body, span_make(EXTENSIONS, sizeof(EXTENSIONS)));
	add_message(out, 2, buffer_view(&body));
	buffer_done(&body);
}

static void add_certificate(struct buffer *out, X509 *certificate)
{
	unsigned char *der = NULL;
	int size = i2d_X509(certificate, &der);
	struct buffer body;

	if (size <= 0)
		die("i2d_X509");
	buffer_init(&body, 8192);
	buffer_append_u24(&body, (uint32_t)size + 3);
	buffer_append_u24(&body, (uint32_t)size);
	buffer_append(&body, span_make(der, (size_t)size));
	add_message(out, 11, buffer_view(&body));
	buffer_done(&body);
	OPENSSL_free(der);
}

/* The parameters never change, but the client's random does: each flight is signed anew. */
static void add_key_exchange(struct buffer *out, const unsigned char client_random[RANDOM_SIZE])
{
	unsigned char signature[512];
	size_t size = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct buffer body, signed_bytes;

	buffer_init(&body, 1024);
	buffer_init(&signed_bytes, 256);
	buffer_append_byte(&body, 3);
	buffer_append_u16(&body, 0x001d);
	buffer_append_byte(&body, 32);
	for (unsigned i = 0; i < 32; i++)
		buffer_append_byte(&body, (unsigned char)(i + 9));
	buffer_append(&signed_bytes, span_make(client_random, RANDOM_SIZE));
	add_server_random(&signed_bytes);
	buffer_append(&signed_bytes, buffer_view(&body));
	if (context == NULL || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signing_key) != 1 ||
	    EVP_DigestSign(context, signature, &size, signed_bytes.data, signed_bytes.size) != 1)
		die("EVP_DigestSign");
	buffer_append_u16(&body, is_rsa ? 0x0401 : 0x0403);
	buffer_append_u16(&body, (uint16_t)size);
	buffer_append(&body, span_make(signature, size));
	add_message(out, 12, buffer_view(&body));
	buffer_done(&body);
	buffer_done(&signed_bytes);
	EVP_MD_CTX_free(context);
}

static void send_flight(const struct peer *peer, const unsigned char client_random[RANDOM_SIZE])
{
	struct buffer whole;

	buffer_init(&whole, 16384);
	buffer_append(&whole, buffer_view(&flight));
	add_key_exchange(&whole, client_random);
	add_message(&whole, 14, span_make(NULL, 0));
	(void)!send(peer->descriptor, whole.data, whole.size, MSG_NOSIGNAL);
	buffer_done(&whole);
}

static void prepare_tls(void)
{
	EVP_PKEY *key = is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	X509 *certificate = make_certificate(key);

	buffer_init(&flight, 16384);
	add_hello(&flight);
	add_certificate(&flight, certificate);
	tls_context = SSL_CTX_new(TLS_server_method());
	if (tls_context == NULL || SSL_CTX_use_certificate(tls_context, certificate) != 1 || SSL_CTX_use_PrivateKey(tls_context, key) != 1)
		die("OpenSSL");
	(void)SSL_CTX_set_num_tickets(tls_context, 0);
	X509_free(certificate);
	signing_key = key;
}

static bool offers_tls_1_3(struct span hello)
{
	for (size_t i = 0; i + 7 <= hello.size; i++) {
		const unsigned char *at = hello.data + i;

		if (at[0] != 0 || at[1] != 43 || at[2] != 0 || at[3] != at[4] + 1 || (at[4] & 1) != 0)
			continue;
		for (size_t j = 5; j + 2 <= (size_t)at[4] + 5 && i + j + 2 <= hello.size; j += 2) {
			if (at[j] == 3 && at[j + 1] == 4)
				return true;
		}
	}
	return false;
}

/* ---- talking ---- */

static void flush_tls(const struct peer *peer)
{
	unsigned char bytes[16384];
	int size;

	while ((size = BIO_read(SSL_get_wbio(peer->ssl), bytes, sizeof(bytes))) > 0)
		(void)!send(peer->descriptor, bytes, (size_t)size, MSG_NOSIGNAL);
}

static void say(const struct peer *peer, const char *text)
{
	if (peer->ssl == NULL) {
		(void)!send(peer->descriptor, text, strlen(text), MSG_NOSIGNAL);
		return;
	}
	(void)SSL_write(peer->ssl, text, (int)strlen(text));
	flush_tls(peer);
}

static void greet(const struct peer *peer)
{
	say(peer, peer->is_imap ? "* OK Dovecot ready.\r\n" : "+OK Dovecot ready.\r\n");
}

static void forget_input(struct peer *peer)
{
	free(peer->input);
	peer->input = NULL;
	peer->size = 0;
}

static void answer_pop3(struct peer *peer, struct span line)
{
	bool has_tls = peer->mode == MODE_TLS && peer->ssl == NULL;

	if (span_equals_text(line, "CAPA")) {
		say(peer, has_tls ? "+OK\r\nUSER\r\nSASL PLAIN\r\nSTLS\r\n.\r\n" : "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n");
	} else if (span_equals_text(line, "STLS") && has_tls) {
		say(peer, "+OK go\r\n");
		peer->phase = PHASE_WAITS_FOR_HELLO;
	} else if (span_equals_text(line, "QUIT")) {
		say(peer, "+OK bye\r\n");
		peer->phase = PHASE_DONE;
	} else {
		say(peer, "-ERR what\r\n");
	}
}

static void answer_imap(struct peer *peer, struct span line)
{
	struct span tag = span_take_word(&line), command = span_take_word(&line);
	bool has_tls = peer->mode == MODE_TLS && peer->ssl == NULL;
	const char *before = "", *after = "BAD what";
	char reply[512];

	if (span_equals_text(command, "CAPABILITY")) {
		before = has_tls ? "* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n" : "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n";
		after = "OK done";
	} else if (span_equals_text(command, "STARTTLS") && has_tls) {
		after = "OK go";
		peer->phase = PHASE_WAITS_FOR_HELLO;
	} else if (span_equals_text(command, "LOGOUT")) {
		before = "* BYE bye\r\n";
		after = "OK bye";
		peer->phase = PHASE_DONE;
	}
	(void)snprintf(reply, sizeof(reply), "%s%.*s %s\r\n", before, tag.size < 64 ? (int)tag.size : 64, (const char *)tag.data, after);
	say(peer, reply);
}

static void take_text(struct peer *peer, struct span text)
{
	while (text.size > 0 && peer->phase != PHASE_DONE) {
		size_t end = span_find_byte(text, '\n');
		struct span line = span_part(text, 0, end);

		if (end == text.size)
			return; /* our client sends whole lines at once */
		if (line.size > 0 && line.data[line.size - 1] == '\r')
			line.size--;
		if (peer->is_imap)
			answer_imap(peer, line);
		else
			answer_pop3(peer, line);
		text = span_part(text, end + 1, text.size);
	}
}

static void take_session(struct peer *peer, struct span bytes)
{
	unsigned char plain[INPUT_MAX];
	bool was_up = SSL_is_init_finished(peer->ssl);
	int size;

	(void)BIO_write(SSL_get_rbio(peer->ssl), bytes.data, (int)bytes.size);
	if (!was_up) {
		(void)SSL_do_handshake(peer->ssl);
		flush_tls(peer);
		if (!SSL_is_init_finished(peer->ssl))
			return;
		if (peer->phase == PHASE_WAITS_FOR_HELLO)
			greet(peer);
	}
	while (peer->phase != PHASE_DONE && (size = SSL_read(peer->ssl, plain, sizeof(plain))) > 0)
		take_text(peer, span_make(plain, (size_t)size));
}

static void begin_session(struct peer *peer, struct span hello, bool is_implicit)
{
	peer->ssl = SSL_new(tls_context);
	SSL_set_bio(peer->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(peer->ssl);
	peer->phase = is_implicit ? PHASE_WAITS_FOR_HELLO : PHASE_SESSION;
	take_session(peer, hello);
}

static void take_hello(struct peer *peer, struct span bytes, bool is_implicit)
{
	if (peer->input == NULL)
		peer->input = memory_allocate(INPUT_MAX, 1);
	if (bytes.size > INPUT_MAX - peer->size)
		bytes.size = INPUT_MAX - peer->size;
	memcpy(peer->input + peer->size, bytes.data, bytes.size);
	peer->size += bytes.size;
	if (peer->size < CLIENT_RANDOM_OFFSET + RANDOM_SIZE ||
	    peer->size < (size_t)RECORD_HEADER + ((size_t)peer->input[3] << 8 | peer->input[4]))
		return;
	if (offers_tls_1_3(span_make(peer->input, peer->size)))
		begin_session(peer, span_make(peer->input, peer->size), is_implicit);
	else
		send_flight(peer, peer->input + CLIENT_RANDOM_OFFSET);
	forget_input(peer);
}

/* ---- sockets ---- */

static void end_peer(struct peer *peer)
{
	int never = -1;

	/* No TIME_WAIT of ours shall be mistaken for the client's. */
	(void)setsockopt(peer->descriptor, IPPROTO_TCP, TCP_LINGER2, &never, sizeof(never));
	(void)close(peer->descriptor);
	SSL_free(peer->ssl);
	free(peer->input);
	free(peer);
}

static uint16_t local_end(int descriptor, unsigned *last_byte_out)
{
	struct sockaddr_in address = {0};
	socklen_t size = sizeof(address);

	(void)getsockname(descriptor, (struct sockaddr *)&address, &size);
	*last_byte_out = ntohl(address.sin_addr.s_addr) & 0xff;
	return ntohs(address.sin_port);
}

static void accept_one(int loop, int listener, int descriptor, enum mode mode)
{
	struct peer *peer = memory_allocate(1, sizeof(*peer));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
	unsigned last_byte;
	uint16_t port = local_end(mode == MODE_MIX ? descriptor : listener, &last_byte);

	peer->descriptor = descriptor;
	peer->is_imap = port == 143 || port == 993 || port % 2 != 0;
	peer->mode = mode != MODE_MIX ? mode : last_byte % 2 == 0 ? MODE_TLS : MODE_NO_TLS;
	peer->phase = (port == 993 || port == 995) && peer->mode == MODE_TLS ? PHASE_WAITS_FOR_HELLO : PHASE_TEXT;
	if (peer->phase == PHASE_TEXT && peer->mode != MODE_SILENT)
		greet(peer);
	if (epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event) != 0)
		end_peer(peer);
}

static void accept_all(int loop, int listener, enum mode mode)
{
	for (unsigned i = 0; i < EVENTS; i++) {
		int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (descriptor < 0)
			return;
		accept_one(loop, listener, descriptor, mode);
	}
}

static bool is_implicit(const struct peer *peer)
{
	unsigned last_byte;
	uint16_t port = local_end(peer->descriptor, &last_byte);

	return port == 993 || port == 995;
}

static void serve(struct peer *peer)
{
	unsigned char bytes[INPUT_MAX];
	ssize_t size = recv(peer->descriptor, bytes, sizeof(bytes), 0);
	struct span input = span_make(bytes, size > 0 ? (size_t)size : 0);

	if (size <= 0) {
		if (size == 0 || (errno != EAGAIN && errno != EINTR))
			end_peer(peer);
		return;
	}
	if (peer->mode == MODE_SILENT)
		return;
	if (peer->ssl != NULL)
		take_session(peer, input);
	else if (peer->phase == PHASE_TEXT)
		take_text(peer, input);
	else
		take_hello(peer, input, is_implicit(peer));
	if (peer->phase == PHASE_DONE)
		end_peer(peer);
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int yes = 1;

	if (descriptor < 0 || setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) != 0)
		die("binding to the loopback device");
	if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)) != 0 ||
	    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0)
		die("SO_REUSEPORT");
	if (bind(descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0 || listen(descriptor, 65535) != 0)
		die("listening");
	return descriptor;
}

static void add_listeners(int loop, const uint16_t *ports, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct peer *listener = memory_allocate(1, sizeof(*listener));
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = listener};

		listener->descriptor = listen_on(ports[i]);
		listener->is_listener = true;
		if (epoll_ctl(loop, EPOLL_CTL_ADD, listener->descriptor, &event) != 0)
			die("epoll_ctl");
	}
}

static void run(int loop, enum mode mode)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int count = epoll_wait(loop, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			struct peer *peer = events[i].data.ptr;

			if (peer->is_listener)
				accept_all(loop, peer->descriptor, mode);
			else
				serve(peer);
		}
	}
}

/* ---- beginning ---- */

static size_t parse_ports(const char *text, uint16_t ports[PORTS_MAX])
{
	size_t count = 0;

	for (struct span rest = span_from_text(text); rest.size > 0 && count < PORTS_MAX; count++) {
		size_t comma = span_find_byte(rest, ',');
		uint64_t port;

		if (!text_parse_unsigned(span_part(rest, 0, comma), UINT16_MAX, &port))
			return 0;
		ports[count] = (uint16_t)port;
		rest = span_part(rest, comma + 1, rest.size);
	}
	return count;
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Children end with their parent, whatever ends it. */
static void start_children(uint64_t processes, const uint16_t *ports, size_t count, enum mode mode)
{
	pid_t parent = getpid();

	for (uint64_t i = 0; i < processes; i++) {
		int loop = epoll_create1(EPOLL_CLOEXEC);
		pid_t child;

		if (loop < 0)
			die("epoll_create1");
		add_listeners(loop, ports, count); /* here, so that all listen before we say so */
		child = fork();
		if (child < 0)
			die("fork");
		if (child == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == parent)
				run(loop, mode);
			_exit(0);
		}
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *word;
		enum mode mode;
	} MODES[] = {{"--tls", MODE_TLS}, {"--no-tls", MODE_NO_TLS}, {"--silent", MODE_SILENT}, {"--mix", MODE_MIX}};
	uint16_t ports[PORTS_MAX] = {110, 143, 993, 995};
	size_t count = 4;
	uint64_t processes = 2;
	enum mode mode = MODE_TLS;

	for (int i = 1; i < argc; i++) {
		bool is_known = false;

		for (size_t j = 0; j < ARRAY_LENGTH(MODES); j++) {
			if (strcmp(argv[i], MODES[j].word) == 0) {
				mode = MODES[j].mode;
				is_known = true;
			}
		}
		if (strcmp(argv[i], "--rsa") == 0)
			is_known = is_rsa = true;
		else if (strcmp(argv[i], "--ports") == 0 && i + 1 < argc)
			is_known = (count = parse_ports(argv[++i], ports)) > 0;
		else if (strcmp(argv[i], "--processes") == 0 && i + 1 < argc)
			is_known = text_parse_unsigned(span_from_text(argv[++i]), PROCESSES_MAX, &processes) && processes > 0;
		if (!is_known) {
			fprintf(stderr, "usage: responder [--ports 110,143,993,995] [--processes N] [--rsa] [--tls | --no-tls | --silent | "
			                "--mix]\n");
			return 2;
		}
	}
	raise_descriptor_limit();
	prepare_tls();
	start_children(processes, ports, count, mode);
	printf("listening\n");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
