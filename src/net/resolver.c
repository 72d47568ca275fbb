/* SPDX-License-Identifier: ISC */
/* Each name is two questions, which c-ares asks. */
#include "net/resolver.h"

#include <ares.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "net/dns_channel.h"

enum { WAIT_MAX_MS = 1000 };

/* Of the channels. */
enum {
	FIRST_LOOK,  /* goes on to the next server when one refuses, and then forgets why */
	SECOND_LOOK, /* takes a refusal as the answer: tells why, where the first one could not */
	LOOKS,
};

struct resolver {
	struct dns_channels channels;
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

	ares_getaddrinfo(resolver->channels.items[question->is_second_look ? SECOND_LOOK : FIRST_LOOK],
	                 resolver->names[question->lookup->index], NULL, &hints, on_addresses, question);
}

static void on_addresses(void *context, int status, int timeouts, struct ares_addrinfo *result)
{
	struct question *question = context;
	struct lookup *lookup = question->lookup;

	(void)timeouts;
	for (const struct ares_addrinfo_node *node = result != NULL ? result->nodes : NULL; node != NULL; node = node->ai_next) {
		struct ip_address address;

		if (dns_channel_address(node->ai_addr, &address))
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
		if (!dns_channels_wait(&resolver->channels, WAIT_MAX_MS, error))
			return false;
	}
}

static bool open_channels(struct resolver *resolver, const struct resolver_settings *settings, struct error *error)
{
	struct dns_channel_settings rows[LOOKS] = {
		[FIRST_LOOK] = {.server = settings->server,
	                        .timeout_ms = settings->timeout_ms,
	                        .tries = settings->tries,
	                        .reads_hosts_file = true},
		[SECOND_LOOK] = {.server = settings->server,
	                         .timeout_ms = settings->timeout_ms,
	                         .tries = 1,
	                         .reads_hosts_file = true,
	                         .takes_refusals = true},
	};

	return dns_channels_open(&resolver->channels, rows, LOOKS, error);
}

bool resolver_resolve_with(const struct resolver_settings *settings, const char *const *names, size_t count,
                           void (*on_answer)(void *context, const struct resolver_answer *answer), void *context, size_t *unresolved_out,
                           struct error *error)
{
	struct resolver resolver = {.names = names, .name_count = count, .on_answer = on_answer, .context = context};
	bool is_done = false;

	*unresolved_out = 0;
	if (open_channels(&resolver, settings, error)) {
		is_done = resolve_all(&resolver, error);
		resolver.is_ending = true;
		dns_channels_close(&resolver.channels);
	}
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
