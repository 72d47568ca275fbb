/* SPDX-License-Identifier: ISC */
/* c-ares says which sockets it has open; all channels are waited for together. */
#include "net/dns_channel.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "base/text.h"

/* ---- sockets ---- */

static struct pollfd *find_socket(struct dns_channels *channels, int descriptor)
{
	for (size_t i = 0; i < channels->socket_count; i++) {
		if (channels->sockets[i].fd == descriptor)
			return &channels->sockets[i];
	}
	return NULL;
}

/* c-ares tells what it wants to know of a socket; nothing when it closes it. */
static void on_socket_state(void *context, ares_socket_t descriptor, int is_readable_wanted, int is_writable_wanted)
{
	struct dns_channels *channels = context;
	struct pollfd *socket = find_socket(channels, descriptor);

	if (!is_readable_wanted && !is_writable_wanted) {
		if (socket != NULL)
			*socket = channels->sockets[--channels->socket_count];
		return;
	}
	if (socket == NULL) {
		if (channels->socket_count == channels->socket_capacity) {
			channels->socket_capacity = channels->socket_capacity * 2 + 8;
			channels->sockets = memory_resize(channels->sockets, channels->socket_capacity, sizeof(*channels->sockets));
		}
		socket = &channels->sockets[channels->socket_count++];
	}
	*socket = (struct pollfd){.fd = descriptor,
	                          .events = (short)((is_readable_wanted ? POLLIN : 0) | (is_writable_wanted ? POLLOUT : 0))};
}

static int wait_ms(struct dns_channels *channels, int max_ms)
{
	struct timeval longest = {.tv_sec = max_ms / 1000, .tv_usec = max_ms % 1000 * 1000}, storage[DNS_CHANNELS_MAX];
	struct timeval *next = &longest;

	for (size_t i = 0; i < channels->count; i++)
		next = ares_timeout(channels->items[i], next, &storage[i]);
	return (int)(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000);
}

/* Each channel knows its own sockets and passes over the others; all look at what timed out. */
static void process(struct dns_channels *channels, ares_socket_t readable, ares_socket_t writable)
{
	for (size_t i = 0; i < channels->count; i++)
		ares_process_fd(channels->items[i], readable, writable);
}

/* Handing over a socket can open and close others, so the search begins anew after each. */
static void process_ready_sockets(struct dns_channels *channels)
{
	for (size_t i = 0; i < channels->socket_count;) {
		struct pollfd *socket = &channels->sockets[i];
		bool is_writable = (socket->revents & POLLOUT) != 0;
		bool is_readable = (socket->revents & (POLLIN | POLLERR | POLLHUP | POLLNVAL)) != 0;
		int descriptor = socket->fd;

		socket->revents = 0;
		if (!is_readable && !is_writable) {
			i++;
			continue;
		}
		process(channels, is_readable ? descriptor : ARES_SOCKET_BAD, is_writable ? descriptor : ARES_SOCKET_BAD);
		i = 0;
	}
}

/* ---- addresses ---- */

bool dns_channel_address(const struct sockaddr *socket_address, struct ip_address *address_out)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;

	*address_out = (struct ip_address){.family = IP_FAMILY_4};
	if (socket_address->sa_family == AF_INET) {
		memcpy(&ipv4, socket_address, sizeof(ipv4));
		memcpy(address_out->bytes, &ipv4.sin_addr, 4);
		return true;
	}
	if (socket_address->sa_family != AF_INET6)
		return false;
	memcpy(&ipv6, socket_address, sizeof(ipv6));
	if (memcmp(&ipv6.sin6_addr, mapped, sizeof(mapped)) == 0) { /* else a name could lead around the exclusions of IPv4 */
		memcpy(address_out->bytes, (const uint8_t *)&ipv6.sin6_addr + sizeof(mapped), 4);
	} else {
		address_out->family = IP_FAMILY_6;
		memcpy(address_out->bytes, &ipv6.sin6_addr, 16);
	}
	return true;
}

/* ---- channels ---- */

/* Cuts "address", "address:port" (IPv4), "[address]" and "[address]:port" into its parts. False: it has none of these forms. */
static bool cut_server(struct span text, struct span *address_out, struct span *port_out)
{
	bool is_bracketed = text.size > 0 && text.data[0] == '[';
	size_t end = span_find_byte(text, is_bracketed ? ']' : ':');
	struct span rest = span_part(text, end, text.size);

	*address_out = span_part(text, is_bracketed ? 1 : 0, is_bracketed ? end - 1 : end);
	*port_out = span_from_text("53");
	if (is_bracketed) {
		if (rest.size == 0)
			return false;
		rest = span_part(rest, 1, rest.size);
	}
	if (rest.size == 0)
		return true;
	*port_out = span_part(rest, 1, rest.size);
	return rest.data[0] == ':';
}

static bool parse_server(const char *text, struct ares_addr_port_node *node_out, struct error *error)
{
	struct span address_text, port_text = span_from_text("53");
	struct ip_address address;
	uint64_t port = 0;
	bool is_good = ip_address_parse(span_from_text(text), &address) ||
	               (cut_server(span_from_text(text), &address_text, &port_text) && ip_address_parse(address_text, &address));

	if (!is_good || !text_parse_unsigned(port_text, UINT16_MAX, &port) || port == 0)
		return error_set(error, "a DNS server is given as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353, not '%s'", text);
	*node_out = (struct ares_addr_port_node){
		.family = address.family == IP_FAMILY_4 ? AF_INET : AF_INET6, .udp_port = (int)port, .tcp_port = (int)port};
	memcpy(&node_out->addr, address.bytes, ip_address_size(address));
	return true;
}

static int open_channel(struct dns_channels *channels, const struct dns_channel_settings *settings, struct ares_addr_port_node *server,
                        ares_channel *channel_out)
{
	char with_hosts[] = "fb", without_hosts[] = "b"; /* f: /etc/hosts, b: name servers */
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | (settings->takes_refusals ? ARES_FLAG_NOCHECKRESP : 0),
		.timeout = settings->timeout_ms,
		.tries = settings->tries,
		.lookups = settings->reads_hosts_file && server == NULL ? with_hosts : without_hosts,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = channels,
	};
	int status = ares_init_options(channel_out, &options,
	                               ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);

	if (status != ARES_SUCCESS || server == NULL)
		return status;
	status = ares_set_servers_ports(*channel_out, server);
	if (status != ARES_SUCCESS)
		ares_destroy(*channel_out);
	return status;
}

static bool add_channel(struct dns_channels *channels, const struct dns_channel_settings *settings, struct error *error)
{
	struct ares_addr_port_node node = {0}, *server = settings->server != NULL ? &node : NULL;
	int status;

	if (server != NULL && !parse_server(settings->server, server, error))
		return false;
	status = open_channel(channels, settings, server, &channels->items[channels->count]);
	if (status != ARES_SUCCESS)
		return error_set(error, "cannot prepare to ask name servers: %s", ares_strerror(status));
	channels->count++;
	return true;
}

bool dns_channels_open(struct dns_channels *channels_out, const struct dns_channel_settings *settings, size_t count, struct error *error)
{
	int status = ares_library_init(ARES_LIB_INIT_ALL);

	*channels_out = (struct dns_channels){.count = 0};
	if (status != ARES_SUCCESS)
		return error_set(error, "cannot prepare to ask name servers: %s", ares_strerror(status));
	for (size_t i = 0; i < count; i++) {
		if (!add_channel(channels_out, &settings[i], error)) {
			dns_channels_close(channels_out);
			return false;
		}
	}
	return true;
}

void dns_channels_close(struct dns_channels *channels)
{
	for (size_t i = 0; i < channels->count; i++)
		ares_destroy(channels->items[i]);
	ares_library_cleanup();
	free(channels->sockets);
	*channels = (struct dns_channels){.count = 0};
}

bool dns_channels_wait(struct dns_channels *channels, int max_ms, struct error *error)
{
	if (poll(channels->sockets, channels->socket_count, wait_ms(channels, max_ms)) < 0 && errno != EINTR)
		return error_set(error, "cannot wait for name servers: %s", strerror(errno));
	process_ready_sockets(channels);
	process(channels, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	return true;
}
