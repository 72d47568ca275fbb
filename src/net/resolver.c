/* SPDX-License-Identifier: ISC */
/* Asks name servers through c-ares in a loop of its own. */
#include "net/resolver.h"

#include <ares.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "base/text.h"

enum { WAIT_MAX_MS = 1000 };

struct resolver {
	ares_channel channel;   /* goes on to the next server when one refuses, and then forgets why */
	ares_channel second;    /* takes a refusal as the answer: tells why, where the first one could not */
	struct pollfd *sockets; /* that c-ares has open */
	size_t socket_count, socket_capacity;
	const char *const *names;
	size_t name_count, next_name, under_way, unresolved;
	void (*on_answer)(void *context, const struct resolver_answer *answer);
	void *context;
	bool is_ending; /* the callbacks of c-ares mean nothing any more */
};

struct lookup;

/* For the addresses of one family. */
struct question {
	struct lookup *lookup;
	int family;
	int status; /* of c-ares */
	bool is_second_look;
};

/* One name under way. */
struct lookup {
	struct resolver *resolver;
	size_t index;
	struct question questions[2];
	unsigned open_questions;
	struct ip_address addresses[RESOLVER_ADDRESSES_MAX];
	size_t address_count;
	bool is_cut;
};

void resolver_settings_init(struct resolver_settings *settings)
{
	*settings = (struct resolver_settings){.server = NULL, .timeout_ms = 2000, .tries = 3};
}

const char *resolver_outcome_sentence(enum resolver_outcome outcome)
{
	switch (outcome) {
	case RESOLVER_FOUND:
		return "the host name has addresses";
	case RESOLVER_FOUND_PARTLY:
		return "the host name has addresses of one family, the name server did not answer for the other; try again later";
	case RESOLVER_NOT_FOUND:
		return "there is no such host name; is it spelled right?";
	case RESOLVER_NO_ADDRESS:
		return "the host name exists but has no address; for a mail domain, give the name of its mail server";
	case RESOLVER_TIMED_OUT:
		return "no name server answered in time; try again later, or another one with --dns-server";
	case RESOLVER_SERVER_FAILED:
		return "the name server could not answer; try again later, or another one with --dns-server";
	case RESOLVER_UNREACHABLE:
		return "no name server could be asked; look at /etc/resolv.conf, or name one with --dns-server";
	case RESOLVER_BAD_NAME:
		return "this is not a host name that can be asked for";
	}
	return "unknown";
}

/* ---- sockets ---- */

static struct pollfd *find_socket(struct resolver *resolver, int descriptor)
{
	for (size_t i = 0; i < resolver->socket_count; i++) {
		if (resolver->sockets[i].fd == descriptor)
			return &resolver->sockets[i];
	}
	return NULL;
}

/* c-ares tells what it wants to know of a socket; nothing when it closes it. */
static void on_socket_state(void *context, ares_socket_t descriptor, int is_readable_wanted, int is_writable_wanted)
{
	struct resolver *resolver = context;
	struct pollfd *socket = find_socket(resolver, descriptor);

	if (!is_readable_wanted && !is_writable_wanted) {
		if (socket != NULL)
			*socket = resolver->sockets[--resolver->socket_count];
		return;
	}
	if (socket == NULL) {
		if (resolver->socket_count == resolver->socket_capacity) {
			resolver->socket_capacity = resolver->socket_capacity * 2 + 8;
			resolver->sockets = memory_resize(resolver->sockets, resolver->socket_capacity, sizeof(*resolver->sockets));
		}
		socket = &resolver->sockets[resolver->socket_count++];
	}
	*socket = (struct pollfd){.fd = descriptor,
	                          .events = (short)((is_readable_wanted ? POLLIN : 0) | (is_writable_wanted ? POLLOUT : 0))};
}

static int wait_ms(struct resolver *resolver)
{
	struct timeval longest = {.tv_sec = WAIT_MAX_MS / 1000}, first_storage, second_storage;
	struct timeval *first = ares_timeout(resolver->channel, &longest, &first_storage);
	const struct timeval *next = ares_timeout(resolver->second, first, &second_storage);

	return (int)(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000);
}

/* Each channel knows its own sockets and passes over the others; both look at what timed out. */
static void process(struct resolver *resolver, ares_socket_t readable, ares_socket_t writable)
{
	ares_process_fd(resolver->channel, readable, writable);
	ares_process_fd(resolver->second, readable, writable);
}

/* Handing over a socket can open and close others, so the search begins anew after each. */
static void process_ready_sockets(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->socket_count;) {
		struct pollfd *socket = &resolver->sockets[i];
		bool is_writable = (socket->revents & POLLOUT) != 0;
		bool is_readable = (socket->revents & (POLLIN | POLLERR | POLLHUP | POLLNVAL)) != 0;
		int descriptor = socket->fd;

		socket->revents = 0;
		if (!is_readable && !is_writable) {
			i++;
			continue;
		}
		process(resolver, is_readable ? descriptor : ARES_SOCKET_BAD, is_writable ? descriptor : ARES_SOCKET_BAD);
		i = 0;
	}
}

/* ---- answers ---- */

static enum resolver_outcome outcome_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return RESOLVER_FOUND;
	case ARES_ENOTFOUND:
		return RESOLVER_NOT_FOUND;
	case ARES_ENODATA:
		return RESOLVER_NO_ADDRESS;
	case ARES_ETIMEOUT:
		return RESOLVER_TIMED_OUT;
	case ARES_ECONNREFUSED:
	case ARES_EOF:
		return RESOLVER_UNREACHABLE;
	case ARES_EBADNAME:
	case ARES_EBADQUERY:
	case ARES_EBADSTR:
		return RESOLVER_BAD_NAME;
	default:
		return RESOLVER_SERVER_FAILED;
	}
}

/* A failure says less than "there is none". */
static bool is_definite(enum resolver_outcome outcome)
{
	return outcome == RESOLVER_FOUND || outcome == RESOLVER_NOT_FOUND || outcome == RESOLVER_NO_ADDRESS;
}

/* Of two failures the one that says more: somebody refused, nobody was there, nobody answered. */
static enum resolver_outcome join_failures(enum resolver_outcome first, enum resolver_outcome second)
{
	static const enum resolver_outcome telling[] = {RESOLVER_BAD_NAME, RESOLVER_SERVER_FAILED, RESOLVER_UNREACHABLE,
	                                                RESOLVER_TIMED_OUT};

	for (size_t i = 0; i < ARRAY_LENGTH(telling); i++) {
		if (first == telling[i] || second == telling[i])
			return telling[i];
	}
	return first == RESOLVER_NOT_FOUND && second == RESOLVER_NOT_FOUND ? RESOLVER_NOT_FOUND : RESOLVER_NO_ADDRESS;
}

static enum resolver_outcome join_outcomes(const struct lookup *lookup)
{
	enum resolver_outcome first = outcome_of(lookup->questions[0].status), second = outcome_of(lookup->questions[1].status);

	if (lookup->address_count > 0)
		return is_definite(first) && is_definite(second) ? RESOLVER_FOUND : RESOLVER_FOUND_PARTLY;
	return join_failures(first, second);
}

static void finish_lookup(struct lookup *lookup)
{
	struct resolver *resolver = lookup->resolver;
	struct resolver_answer answer = {
		.index = lookup->index,
		.outcome = join_outcomes(lookup),
		.addresses = lookup->addresses,
		.address_count = lookup->address_count,
		.is_cut = lookup->is_cut,
	};

	resolver->under_way--;
	if (answer.address_count == 0)
		resolver->unresolved++;
	resolver->on_answer(resolver->context, &answer);
}

static bool take_address(const struct sockaddr *socket_address, struct ip_address *address_out)
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

static void keep_address(struct lookup *lookup, struct ip_address address)
{
	for (size_t i = 0; i < lookup->address_count; i++) {
		if (ip_address_compare(lookup->addresses[i], address) == 0)
			return;
	}
	if (lookup->address_count == RESOLVER_ADDRESSES_MAX)
		lookup->is_cut = true;
	else
		lookup->addresses[lookup->address_count++] = address;
}

static void on_addresses(void *context, int status, int timeouts, struct ares_addrinfo *result);

/* The answer can come at once, during the call. */
static void ask(struct question *question)
{
	/* Sorting by preference would connect sockets to the hosts found; nothing touches them before the scan's own rules do. */
	struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT, .ai_family = question->family, .ai_socktype = SOCK_STREAM};
	const struct resolver *resolver = question->lookup->resolver;

	ares_getaddrinfo(question->is_second_look ? resolver->second : resolver->channel, resolver->names[question->lookup->index], NULL,
	                 &hints, on_addresses, question);
}

static void on_addresses(void *context, int status, int timeouts, struct ares_addrinfo *result)
{
	struct question *question = context;
	struct lookup *lookup = question->lookup;

	(void)timeouts;
	for (const struct ares_addrinfo_node *node = result != NULL ? result->nodes : NULL; node != NULL; node = node->ai_next) {
		struct ip_address address;

		if (take_address(node->ai_addr, &address))
			keep_address(lookup, address);
	}
	ares_freeaddrinfo(result);
	if (status == ARES_ECONNREFUSED && !question->is_second_look && !lookup->resolver->is_ending) {
		question->is_second_look = true; /* this status also stands for servers that all said "no" */
		ask(question);
		return;
	}
	question->status = status;
	if (--lookup->open_questions > 0)
		return;
	if (!lookup->resolver->is_ending)
		finish_lookup(lookup);
	free(lookup);
}

static void look_up(struct resolver *resolver, size_t index)
{
	struct lookup *lookup = memory_allocate(1, sizeof(*lookup));

	*lookup = (struct lookup){.resolver = resolver, .index = index, .open_questions = 2};
	lookup->questions[0] = (struct question){.lookup = lookup, .family = AF_INET};
	lookup->questions[1] = (struct question){.lookup = lookup, .family = AF_INET6};
	resolver->under_way++;
	ask(&lookup->questions[0]);
	ask(&lookup->questions[1]); /* there still: it has two questions to wait for */
}

/* ---- the run ---- */

static bool resolve_all(struct resolver *resolver, struct error *error)
{
	for (;;) {
		while (resolver->next_name < resolver->name_count && resolver->under_way < RESOLVER_PARALLEL_MAX)
			look_up(resolver, resolver->next_name++);
		if (resolver->under_way == 0)
			return true;
		if (poll(resolver->sockets, resolver->socket_count, wait_ms(resolver)) < 0 && errno != EINTR)
			return error_set(error, "cannot wait for name servers: %s", strerror(errno));
		process_ready_sockets(resolver);
		process(resolver, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	}
}

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

static int open_channel(struct resolver *resolver, const struct resolver_settings *settings, struct ares_addr_port_node *server,
                        bool is_second, ares_channel *channel_out)
{
	char lookups_of_system[] = "fb", lookups_of_server[] = "b"; /* f: /etc/hosts, b: name servers */
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | (is_second ? ARES_FLAG_NOCHECKRESP : 0),
		.timeout = settings->timeout_ms,
		.tries = is_second ? 1 : settings->tries,
		.lookups = server == NULL ? lookups_of_system : lookups_of_server,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = resolver,
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

static bool open_channels(struct resolver *resolver, const struct resolver_settings *settings, struct error *error)
{
	struct ares_addr_port_node node = {0}, *server = settings->server != NULL ? &node : NULL;
	int status;

	if (server != NULL && !parse_server(settings->server, server, error))
		return false;
	status = open_channel(resolver, settings, server, false, &resolver->channel);
	if (status == ARES_SUCCESS) {
		status = open_channel(resolver, settings, server, true, &resolver->second);
		if (status == ARES_SUCCESS)
			return true;
		ares_destroy(resolver->channel);
	}
	return error_set(error, "cannot prepare to resolve host names: %s", ares_strerror(status));
}

bool resolver_resolve_with(const struct resolver_settings *settings, const char *const *names, size_t count,
                           void (*on_answer)(void *context, const struct resolver_answer *answer), void *context, size_t *unresolved_out,
                           struct error *error)
{
	struct resolver resolver = {.names = names, .name_count = count, .on_answer = on_answer, .context = context};
	int status = ares_library_init(ARES_LIB_INIT_ALL);
	bool is_done = false;

	*unresolved_out = 0;
	if (status != ARES_SUCCESS)
		return error_set(error, "cannot prepare to resolve host names: %s", ares_strerror(status));
	if (open_channels(&resolver, settings, error)) {
		is_done = resolve_all(&resolver, error);
		resolver.is_ending = true;
		ares_destroy(resolver.channel);
		ares_destroy(resolver.second);
	}
	ares_library_cleanup();
	free(resolver.sockets);
	*unresolved_out = resolver.unresolved;
	return is_done;
}

bool resolver_resolve(const char *const *names, size_t count, const char *server,
                      void (*on_answer)(void *context, const struct resolver_answer *answer), void *context, size_t *unresolved_out,
                      struct error *error)
{
	struct resolver_settings settings;

	resolver_settings_init(&settings);
	settings.server = server;
	return resolver_resolve_with(&settings, names, count, on_answer, context, unresolved_out, error);
}
