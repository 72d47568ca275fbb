/* SPDX-License-Identifier: ISC */
/* What all backends of the event loop share: addresses for the kernel, socket options, and which error is whose fault. */
#ifndef NET_TCP_SOCKET_H
#define NET_TCP_SOCKET_H

#include <stdbool.h>
#include <sys/socket.h>

#include "model/endpoint.h"
#include "net/connection.h"

socklen_t tcp_socket_address(struct endpoint endpoint, struct sockaddr_storage *address_out);
/* A non-blocking socket that leaves from source (may be NULL). -1: errno says why. */
int tcp_socket_new(struct ip_address destination, const struct ip_address *source);
/* What an error of socket(), bind() or of connect() itself means: nothing was heard from the host. */
enum connect_failure tcp_socket_local_failure(int error_number);
/* What an error that a connecting socket reports later means. */
enum connect_failure tcp_socket_remote_failure(int error_number);
/* Without Nagle's algorithm from now on. */
void tcp_socket_set_no_delay(int descriptor);
/* The orphan of a socket that we close first does not stay in FIN_WAIT2 or TIME_WAIT. */
void tcp_socket_set_no_linger(int descriptor);

#endif
