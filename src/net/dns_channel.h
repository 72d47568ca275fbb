/* SPDX-License-Identifier: ISC */
/* Channels of c-ares and their sockets, in a wait of our own: what all who ask name servers share. */
#ifndef NET_DNS_CHANNEL_H
#define NET_DNS_CHANNEL_H

#include <ares.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "model/ip_address.h"

enum { DNS_CHANNELS_MAX = 2 };

struct dns_channel_settings {
	const char *server;    /* as in net/resolver.h; NULL: as the system does */
	int timeout_ms;        /* of the first try */
	int tries;             /* with each server */
	bool reads_hosts_file; /* /etc/hosts comes first; never with a server */
	bool takes_refusals;   /* the answer of a server that refuses is the answer, instead of the next server's */
};

struct pollfd;

struct dns_channels {
	ares_channel items[DNS_CHANNELS_MAX];
	size_t count;
	struct pollfd *sockets; /* that c-ares has open */
	size_t socket_count, socket_capacity;
};

/* channels_out must not move afterwards. False: nothing is open; error says what to do. */
bool dns_channels_open(struct dns_channels *channels_out, const struct dns_channel_settings *settings, size_t count,
                       struct error *error) MUST_CHECK;
/* What is under way is called back first, with ARES_EDESTRUCTION. */
void dns_channels_close(struct dns_channels *channels);
/* Waits until an answer comes or a time runs out, at most so long, and has c-ares call back. A signal ends the wait early. */
bool dns_channels_wait(struct dns_channels *channels, int max_ms, struct error *error) MUST_CHECK;

struct sockaddr;
/* An address out of an answer; an IPv4-mapped one is given as IPv4. False: of neither family. */
bool dns_channel_address(const struct sockaddr *socket_address, struct ip_address *address_out) MUST_CHECK;

#endif
