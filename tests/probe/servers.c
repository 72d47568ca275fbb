/* SPDX-License-Identifier: ISC */
/* Servers in threads: one accepts for each listener, one serves each visit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/memory.h"
#include "net/clock.h"
#include "servers.h"

struct servers servers = {.lock = PTHREAD_MUTEX_INITIALIZER};

static SSL_CTX *make_tls(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	assert_non_null(key);
	assert_non_null(context);
	(void)X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
	(void)X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	(void)X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	assert_int_equal(SSL_CTX_use_certificate(context, certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return context;
}

struct stream {
	int descriptor;
	SSL *ssl;
};

static bool read_line(const struct stream *stream, char *line, size_t size)
{
	size_t used = 0;

	while (used + 1 < size) {
		ssize_t got = stream->ssl != NULL ? SSL_read(stream->ssl, line + used, 1) : recv(stream->descriptor, line + used, 1, 0);

		if (got <= 0)
			return false;
		if (line[used++] == '\n') {
			line[used] = '\0';
			return true;
		}
	}
	return false;
}

static void put(const struct stream *stream, const char *text)
{
	if (stream->ssl != NULL)
		(void)SSL_write(stream->ssl, text, (int)strlen(text));
	else
		(void)!send(stream->descriptor, text, strlen(text), MSG_NOSIGNAL);
}

static void put_tagged(const struct stream *stream, const char *line, const char *rest)
{
	char reply[128];

	(void)snprintf(reply, sizeof(reply), "%.*s %s\r\n", (int)strcspn(line, " "), line, rest);
	put(stream, reply);
}

static void serve_pop3(const struct stream *stream)
{
	char line[256];

	put(stream, "+OK here\r\n");
	while (read_line(stream, line, sizeof(line))) {
		if (strncmp(line, "CAPA", 4) == 0)
			put(stream, "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n");
		else if (strncmp(line, "QUIT", 4) == 0) {
			put(stream, "+OK bye\r\n");
			return;
		} else
			put(stream, "-ERR unknown\r\n");
	}
}

static void serve_imap(struct stream *stream, enum behaviour behaviour)
{
	char line[256];

	put(stream, "* OK here\r\n");
	while (read_line(stream, line, sizeof(line))) {
		if (strstr(line, "CAPABILITY") != NULL) {
			put(stream, stream->ssl != NULL ? "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" : "* CAPABILITY IMAP4rev1 STARTTLS\r\n");
			put_tagged(stream, line, "OK done");
		} else if (strstr(line, "STARTTLS") != NULL) {
			put_tagged(stream, line, behaviour == SERVE_CLEAR_BEHIND_AGREEMENT ? "OK go\r\n* injected" : "OK go");
			if (behaviour != SERVE_IMAP_WITH_TLS)
				break;
			stream->ssl = SSL_new(servers.tls);
			(void)SSL_set_fd(stream->ssl, stream->descriptor);
			if (SSL_accept(stream->ssl) != 1)
				return;
		} else if (strstr(line, "LOGOUT") != NULL) {
			put_tagged(stream, line, "OK bye");
			return;
		} else {
			put_tagged(stream, line, "BAD unknown");
		}
	}
	if (behaviour == SERVE_CLEAR_INSTEAD_OF_HELLO) {
		(void)recv(stream->descriptor, line, sizeof(line), 0);
		put(stream, "* BAD what is this\r\n");
	}
	(void)recv(stream->descriptor, line, sizeof(line), 0);
}

static void serve_drip(const struct stream *stream)
{
	struct pollfd gone = {.fd = stream->descriptor, .events = POLLIN};

	while (!servers.is_over) {
		put(stream, "x");
		if (poll(&gone, 1, 20) != 0)
			return;
	}
}

static void serve(struct stream *stream, enum behaviour behaviour)
{
	struct linger at_once = {.l_onoff = 1};

	switch (behaviour) {
	case SERVE_POP3_WITHOUT_TLS:
		serve_pop3(stream);
		break;
	case SERVE_IMAP_WITH_TLS:
	case SERVE_CLEAR_BEHIND_AGREEMENT:
	case SERVE_CLEAR_INSTEAD_OF_HELLO:
		serve_imap(stream, behaviour);
		break;
	case SERVE_TLS_AT_ONCE:
		stream->ssl = SSL_new(servers.tls);
		(void)SSL_set_fd(stream->ssl, stream->descriptor);
		if (SSL_accept(stream->ssl) == 1)
			serve_imap(stream, behaviour);
		break;
	case SERVE_RESET:
		(void)setsockopt(stream->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		break;
	case SERVE_DRIP:
		serve_drip(stream);
		break;
	case SERVE_NOTHING:
		break;
	}
}

struct visit {
	const struct listener *listener;
	int descriptor;
	size_t number;
};

static void *serve_visit(void *context)
{
	struct visit *visit = context;
	struct stream stream = {.descriptor = visit->descriptor};
	struct timeval patience = {.tv_sec = 5};

	(void)setsockopt(visit->descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	serve(&stream, visit->listener->behaviour);
	SSL_free(stream.ssl);
	(void)pthread_mutex_lock(&servers.lock);
	servers.accepted[visit->number].ended_at = clock_now();
	(void)pthread_mutex_unlock(&servers.lock);
	(void)close(visit->descriptor);
	free(visit);
	return NULL;
}

static void *accept_visits(void *context)
{
	const struct listener *listener = context;
	pthread_t threads[ACCEPTS_MAX];
	size_t count = 0;

	while (count < ACCEPTS_MAX) {
		struct pollfd ready = {.fd = listener->descriptor, .events = POLLIN};
		struct sockaddr_in local;
		socklen_t size = sizeof(local);
		struct visit *visit;
		int descriptor;

		if (poll(&ready, 1, 10) == 0) {
			if (servers.is_over)
				break;
			continue;
		}
		descriptor = accept(listener->descriptor, NULL, NULL);
		if (descriptor < 0)
			continue;
		(void)getsockname(descriptor, (struct sockaddr *)&local, &size);
		visit = memory_allocate(1, sizeof(*visit));
		(void)pthread_mutex_lock(&servers.lock);
		*visit = (struct visit){.listener = listener, .descriptor = descriptor, .number = servers.accepted_count++};
		servers.accepted[visit->number] = (struct accepted){.address = local.sin_addr, .at = clock_now()};
		(void)pthread_mutex_unlock(&servers.lock);
		if (pthread_create(&threads[count], NULL, serve_visit, visit) != 0)
			abort();
		count++;
	}
	for (size_t i = 0; i < count; i++)
		(void)pthread_join(threads[i], NULL);
	return NULL;
}

uint16_t start_server(enum behaviour behaviour, uint16_t port)
{
	struct listener *listener = &servers.listeners[servers.listener_count];
	uint32_t where = port == 0 ? INADDR_ANY : UINT32_C(0x7f630001); /* others may listen on a well-known port too */
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(where)};
	socklen_t size = sizeof(address);
	int yes = 1;

	assert_true(servers.listener_count < LISTENERS_MAX);
	listener->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(listener->descriptor >= 0);
	assert_int_equal(setsockopt(listener->descriptor, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), 0);
	(void)setsockopt(listener->descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(listener->descriptor, (const struct sockaddr *)&address, size) != 0 || listen(listener->descriptor, 1024) != 0) {
		(void)close(listener->descriptor);
		return 0;
	}
	(void)getsockname(listener->descriptor, (struct sockaddr *)&address, &size);
	listener->port = ntohs(address.sin_port);
	listener->behaviour = behaviour;
	listener->has_thread = behaviour != SERVE_NOTHING;
	servers.listener_count++;
	if (listener->has_thread)
		assert_int_equal(pthread_create(&listener->thread, NULL, accept_visits, listener), 0);
	return listener->port;
}

uint16_t closed_port(void)
{
	uint16_t port = start_server(SERVE_NOTHING, 0);

	(void)close(servers.listeners[--servers.listener_count].descriptor);
	return port;
}

void servers_stop(void)
{
	servers.is_over = true;
	for (size_t i = 0; i < servers.listener_count; i++) {
		if (servers.listeners[i].has_thread)
			(void)pthread_join(servers.listeners[i].thread, NULL);
		(void)close(servers.listeners[i].descriptor);
	}
}

void servers_begin(void)
{
	servers.tls = make_tls();
}

void servers_end(void)
{
	SSL_CTX_free(servers.tls);
}

void servers_reset(void)
{
	servers.listener_count = servers.accepted_count = 0;
	servers.is_over = false;
}
