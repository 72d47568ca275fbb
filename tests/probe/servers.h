/* SPDX-License-Identifier: ISC */
/* Small mail servers for tests, each behaving in one way, in threads of the test itself and on loopback only. */
#ifndef TESTS_PROBE_SERVERS_H
#define TESTS_PROBE_SERVERS_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "base/instant.h"

enum { ACCEPTS_MAX = 512, LISTENERS_MAX = 8 };

enum behaviour {
	SERVE_POP3_WITHOUT_TLS,
	SERVE_IMAP_WITH_TLS,
	SERVE_TLS_AT_ONCE,
	SERVE_CLEAR_BEHIND_AGREEMENT,
	SERVE_CLEAR_INSTEAD_OF_HELLO,
	SERVE_RESET,
	SERVE_DRIP,
	SERVE_NOTHING, /* never accepted by the program: the kernel alone says yes */
};

struct accepted {
	struct in_addr address;
	struct instant at, ended_at;
};

struct listener {
	int descriptor;
	uint16_t port;
	enum behaviour behaviour;
	pthread_t thread;
	bool has_thread;
};

struct servers {
	pthread_mutex_t lock;
	struct listener listeners[LISTENERS_MAX];
	size_t listener_count;
	struct accepted accepted[ACCEPTS_MAX];
	size_t accepted_count;
	atomic_bool is_over;
	SSL_CTX *tls;
};

extern struct servers servers;

/* Once, before and after all tests. */
void servers_begin(void);
void servers_end(void);
/* Before and after each test: forgets what was accepted; ends all servers. */
void servers_reset(void);
void servers_stop(void);

/* On every address of 127.0.0.0/8 and nowhere else; a given port (0: any free one) on 127.99.0.1 only. Returns the port, 0 where it is not ours to have. */
uint16_t start_server(enum behaviour behaviour, uint16_t port);
/* A port on which nobody listens. */
uint16_t closed_port(void);

#endif
