/* SPDX-License-Identifier: ISC */
/* Each address is a lookup in a fixed table: the question for its PTR records, then one for each name that may be chosen, until one is confirmed. c-ares asks each
   question once; asking again is done here, so that the bucket counts it. */
#include "net/reverse_resolver.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "net/clock.h"
#include "net/dns_channel.h"
#include "net/ptr_answer.h"
#include "net/token_bucket.h"

enum {
	CLASS_IN = 1,
	TYPE_PTR = 12,
	TICK_MS = 200,
};

enum lookup_state {
	LOOKUP_FREE,
	LOOKUP_WANTS_TO_ASK, /* from ask_at on */
	LOOKUP_IS_ASKED,
	LOOKUP_IS_DONE,
};

struct reverse_resolver;

struct lookup {
	struct reverse_resolver *resolver;
	enum lookup_state state;
	size_t index;
	struct instant ask_at;
	unsigned tries; /* of the question that is asked now */
	bool is_heard;  /* a name server said something to one of them */
	bool has_names; /* the PTR records are there; next: the name whose addresses are asked for */
	struct ptr_answer answer;
	size_t next;
	enum answer confirmed[PTR_ANSWER_NAMES_MAX];
};

struct reverse_resolver {
	struct dns_channels channels;
	const struct reverse_settings *settings;
	const struct reverse_owner *owner;
	const struct ip_address *addresses;
	size_t count, next, under_way;
	struct token_bucket bucket;
	struct lookup *lookups; /* REVERSE_PARALLEL_MAX */
	uint64_t unheard;       /* addresses without any answer since a name server was heard last */
	bool is_heard;          /* ever */
	bool is_ending;         /* the callbacks of c-ares mean nothing any more */
};

void reverse_settings_init(struct reverse_settings *settings)
{
	*settings = (struct reverse_settings){.rate = 200, .timeout_ms = 2000, .tries = 3, .wait_ms = 1000, .deaf_after = 256};
}

/* ---- the end of a lookup ---- */

static void give(struct lookup *lookup, const struct hostname_record *record)
{
	struct reverse_resolver *resolver = lookup->resolver;

	lookup->state = LOOKUP_IS_DONE;
	resolver->owner->on_answer(resolver->owner->context, lookup->index, record);
}

static struct hostname_record record_of(const struct lookup *lookup, enum hostname_outcome outcome)
{
	return (struct hostname_record){
		.address = lookup->resolver->addresses[lookup->index],
		.outcome = outcome,
		.source = HOSTNAME_SOURCE_PTR,
		.name = "",
		.is_confirmed = ANSWER_UNKNOWN,
		.names = lookup->answer.registered,
		.unusable = lookup->answer.unusable,
	};
}

static void give_without_name(struct lookup *lookup, enum hostname_outcome outcome)
{
	struct hostname_record record = record_of(lookup, outcome);

	give(lookup, &record);
}

/* They are in the order in which they are chosen, but for a confirmed one. */
static void give_name(struct lookup *lookup)
{
	struct hostname_record record = record_of(lookup, HOSTNAME_FOUND);
	size_t chosen = 0;

	for (size_t i = 0; i < lookup->answer.name_count; i++) {
		if (lookup->confirmed[i] == ANSWER_YES) {
			chosen = i;
			break;
		}
	}
	record.name = lookup->answer.names[chosen];
	record.is_confirmed = lookup->confirmed[chosen];
	give(lookup, &record);
}

/* ---- answers ---- */

static void ask_next(struct lookup *lookup)
{
	lookup->state = LOOKUP_WANTS_TO_ASK;
	lookup->ask_at = clock_now();
	lookup->tries = 0;
}

/* The current question has no answer. */
static void give_up_question(struct lookup *lookup)
{
	if (!lookup->has_names) {
		if (!lookup->is_heard)
			lookup->resolver->unheard++;
		give_without_name(lookup, HOSTNAME_FAILED);
		return;
	}
	lookup->confirmed[lookup->next++] = ANSWER_UNKNOWN;
	if (lookup->next == lookup->answer.name_count)
		give_name(lookup);
	else
		ask_next(lookup);
}

static void try_again(struct lookup *lookup)
{
	const struct reverse_settings *settings = lookup->resolver->settings;

	if (lookup->tries >= settings->tries) {
		give_up_question(lookup);
		return;
	}
	lookup->state = LOOKUP_WANTS_TO_ASK;
	lookup->ask_at = instant_after_ms(clock_now(), (int64_t)settings->wait_ms << (lookup->tries - 1));
}

/* A name server was there and said something, be it that it cannot. */
static bool is_an_answer(int status)
{
	return status != ARES_ETIMEOUT && status != ARES_ECONNREFUSED && status != ARES_EOF && status != ARES_ENOMEM;
}

static void note_heard(struct lookup *lookup, int status)
{
	if (!is_an_answer(status))
		return;
	lookup->is_heard = lookup->resolver->is_heard = true;
	lookup->resolver->unheard = 0;
}

static void on_names(void *context, int status, int timeouts, unsigned char *bytes, int size)
{
	struct lookup *lookup = context;

	(void)timeouts;
	if (lookup->resolver->is_ending)
		return;
	note_heard(lookup, status);
	if (status == ARES_ENOTFOUND || status == ARES_ENODATA) {
		give_without_name(lookup, HOSTNAME_NONE);
	} else if (status != ARES_SUCCESS || !ptr_answer_read(span_make(bytes, (size_t)size), &lookup->answer)) {
		memset(&lookup->answer, 0, sizeof(lookup->answer));
		try_again(lookup);
	} else if (lookup->answer.name_count == 0) {
		give_without_name(lookup, lookup->answer.registered > 0 ? HOSTNAME_UNUSABLE : HOSTNAME_NONE);
	} else {
		lookup->has_names = true;
		ask_next(lookup);
	}
}

static bool is_among(const struct ares_addrinfo *result, struct ip_address wanted)
{
	for (const struct ares_addrinfo_node *node = result != NULL ? result->nodes : NULL; node != NULL; node = node->ai_next) {
		struct ip_address address;

		if (dns_channel_address(node->ai_addr, &address) && ip_address_equals(address, wanted))
			return true;
	}
	return false;
}

static void on_addresses(void *context, int status, int timeouts, struct ares_addrinfo *result)
{
	struct lookup *lookup = context;
	bool is_confirmed;

	(void)timeouts;
	if (lookup->resolver->is_ending) {
		ares_freeaddrinfo(result);
		return;
	}
	is_confirmed = status == ARES_SUCCESS && is_among(result, lookup->resolver->addresses[lookup->index]);
	ares_freeaddrinfo(result);
	if (status != ARES_SUCCESS && status != ARES_ENOTFOUND && status != ARES_ENODATA) {
		try_again(lookup);
		return;
	}
	lookup->confirmed[lookup->next++] = is_confirmed ? ANSWER_YES : ANSWER_NO;
	if (is_confirmed || lookup->next == lookup->answer.name_count)
		give_name(lookup);
	else
		ask_next(lookup);
}

/* ---- questions ---- */

/* The answer can come at once, during the call. */
static void ask(struct lookup *lookup)
{
	struct reverse_resolver *resolver = lookup->resolver;
	struct ip_address address = resolver->addresses[lookup->index];
	/* Sorting by preference would connect sockets to the hosts found. */
	struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT, .ai_socktype = SOCK_STREAM};
	char name[REVERSE_NAME_SIZE];

	token_bucket_take(&resolver->bucket, 1);
	lookup->state = LOOKUP_IS_ASKED;
	lookup->tries++;
	if (!lookup->has_names) {
		hostname_reverse_name(address, name);
		ares_query(resolver->channels.items[0], name, CLASS_IN, TYPE_PTR, on_names, lookup);
		return;
	}
	hints.ai_family = address.family == IP_FAMILY_4 ? AF_INET : AF_INET6;
	ares_getaddrinfo(resolver->channels.items[0], lookup->answer.names[lookup->next], NULL, &hints, on_addresses, lookup);
}

static void begin(struct reverse_resolver *resolver, struct lookup *lookup)
{
	memset(lookup, 0, sizeof(*lookup));
	lookup->resolver = resolver;
	lookup->index = resolver->next++;
	resolver->under_way++;
	ask(lookup);
}

/* What was begun is ended before more is begun. */
static void ask_what_may_be_asked(struct reverse_resolver *resolver, struct instant now)
{
	token_bucket_refill(&resolver->bucket, now);
	for (size_t i = 0; i < REVERSE_PARALLEL_MAX && token_bucket_may(&resolver->bucket); i++) {
		struct lookup *lookup = &resolver->lookups[i];

		if (lookup->state == LOOKUP_WANTS_TO_ASK && !instant_is_before(now, lookup->ask_at))
			ask(lookup);
	}
	for (size_t i = 0; i < REVERSE_PARALLEL_MAX && resolver->next < resolver->count && token_bucket_may(&resolver->bucket); i++) {
		if (resolver->lookups[i].state == LOOKUP_FREE)
			begin(resolver, &resolver->lookups[i]);
	}
}

/* Not in the callback, where the lookup is still used. */
static void free_what_is_done(struct reverse_resolver *resolver)
{
	for (size_t i = 0; i < REVERSE_PARALLEL_MAX; i++) {
		if (resolver->lookups[i].state != LOOKUP_IS_DONE)
			continue;
		resolver->lookups[i].state = LOOKUP_FREE;
		resolver->under_way--;
	}
}

/* Until something may be asked, but no longer than a tick. */
static int wait_for_ms(const struct reverse_resolver *resolver, struct instant now)
{
	bool is_one_free = resolver->under_way < REVERSE_PARALLEL_MAX && resolver->next < resolver->count;
	struct instant first = is_one_free ? now : instant_after_ms(now, TICK_MS);
	int64_t bucket_ms = instant_ms_between(now, token_bucket_next(&resolver->bucket)) + 1, ms;

	for (size_t i = 0; i < REVERSE_PARALLEL_MAX; i++) {
		if (resolver->lookups[i].state == LOOKUP_WANTS_TO_ASK && instant_is_before(resolver->lookups[i].ask_at, first))
			first = resolver->lookups[i].ask_at;
	}
	ms = instant_ms_between(now, first) + 1;
	if (ms < bucket_ms)
		ms = bucket_ms;
	return ms > TICK_MS ? TICK_MS : ms < 1 ? 1 : (int)ms;
}

static bool is_deaf(const struct reverse_resolver *resolver)
{
	bool is_all = resolver->next == resolver->count && resolver->under_way == 0;

	return resolver->unheard >= resolver->settings->deaf_after || (is_all && resolver->unheard > 0 && !resolver->is_heard);
}

static bool resolve_all(struct reverse_resolver *resolver, struct error *error)
{
	for (;;) {
		struct instant now = clock_now();

		ask_what_may_be_asked(resolver, now);
		free_what_is_done(resolver);
		if (is_deaf(resolver))
			return error_set(
				error,
				"no name server answered for %llu addresses in a row; look at /etc/resolv.conf, or name a server with "
				"--dns-server",
				(unsigned long long)resolver->unheard);
		if (!resolver->owner->on_tick(resolver->owner->context) || (resolver->under_way == 0 && resolver->next == resolver->count))
			return true;
		if (!dns_channels_wait(&resolver->channels, wait_for_ms(resolver, now), error))
			return false;
		free_what_is_done(resolver);
	}
}

bool reverse_resolve(const struct reverse_settings *settings, const struct ip_address *addresses, size_t count,
                     const struct reverse_owner *owner, struct error *error)
{
	struct reverse_resolver resolver = {.settings = settings, .owner = owner, .addresses = addresses, .count = count};
	struct dns_channel_settings channel = {
		.server = settings->server, .timeout_ms = settings->timeout_ms, .tries = 1, .takes_refusals = true};
	bool is_done;

	if (!dns_channels_open(&resolver.channels, &channel, 1, error))
		return false;
	resolver.lookups = memory_allocate(REVERSE_PARALLEL_MAX, sizeof(*resolver.lookups));
	token_bucket_init(&resolver.bucket, settings->rate, clock_now());
	is_done = resolve_all(&resolver, error);
	resolver.is_ending = true;
	dns_channels_close(&resolver.channels);
	free(resolver.lookups);
	return is_done;
}
