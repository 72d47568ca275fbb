/* SPDX-License-Identifier: ISC */
/* Sockets as the backends need them. */
#include "net/tcp_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

socklen_t tcp_socket_address(struct endpoint endpoint, struct sockaddr_storage *address_out)
{
	struct sockaddr_in *four = (struct sockaddr_in *)address_out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address_out;

	if (endpoint.address.family == IP_FAMILY_4) {
		*four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(endpoint.port)};
		memcpy(&four->sin_addr, endpoint.address.bytes, sizeof(four->sin_addr));
		return sizeof(*four);
	}
	*six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(endpoint.port)};
	memcpy(&six->sin6_addr, endpoint.address.bytes, sizeof(six->sin6_addr));
	return sizeof(*six);
}

/* The port is chosen only by connect(), when the destination is known: else every port is used up by bind() once for all destinations (ip(7) IP_BIND_ADDRESS_NO_PORT, also for IPv6). */
static bool leave_from(int descriptor, struct ip_address source)
{
	struct sockaddr_storage address;
	socklen_t size = tcp_socket_address((struct endpoint){.address = source}, &address);
	int yes = 1;

	(void)setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes));
	return bind(descriptor, (const struct sockaddr *)&address, size) == 0;
}

int tcp_socket_new(struct ip_address destination, const struct ip_address *source)
{
	int descriptor =
		socket(destination.family == IP_FAMILY_4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	if (descriptor >= 0 && source != NULL && !leave_from(descriptor, *source)) {
		int kept = errno;

		(void)close(descriptor);
		errno = kept;
		return -1;
	}
	return descriptor;
}

enum connect_failure tcp_socket_local_failure(int error_number)
{
	switch (error_number) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EAGAIN:        /* no free port (documented), or no cache entry */
	case EADDRNOTAVAIL: /* no free port */
	case EADDRINUSE:
		return CONNECT_SHORTAGE;
	case ECONNREFUSED:
		return CONNECT_REFUSED;
	default:
		return CONNECT_NOT_POSSIBLE;
	}
}

enum connect_failure tcp_socket_remote_failure(int error_number)
{
	switch (error_number) {
	case ETIMEDOUT:
		return CONNECT_TIMED_OUT;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case EPROTO:
	case ENOPROTOOPT: /* ICMP protocol unreachable */
	case EACCES:      /* ICMP administratively prohibited */
		return CONNECT_UNREACHABLE;
	case ECONNREFUSED:
		return CONNECT_REFUSED;
	default:
		return tcp_socket_local_failure(error_number);
	}
}

void tcp_socket_set_no_delay(int descriptor)
{
	int yes = 1;

	(void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

void tcp_socket_set_no_linger(int descriptor)
{
	int never = -1;

	(void)setsockopt(descriptor, IPPROTO_TCP, TCP_LINGER2, &never, sizeof(never));
}

bool connection_may_leave_from(struct ip_address source, struct error *error)
{
	char text[IP_ADDRESS_TEXT_SIZE];
	int descriptor = tcp_socket_new(source, &source);

	if (descriptor >= 0) {
		(void)close(descriptor);
		return true;
	}
	ip_address_format(source, text);
	return error_set(error, "no connection can leave from %s: %s; give an address that this machine has (ip address shows them)", text,
	                 strerror(errno));
}
