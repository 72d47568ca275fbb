/* SPDX-License-Identifier: ISC */
/* Reads HOST words. Naming one host is consent to look at it, also in a private range; prefixes and ranges are for scan. */
#include "app/check_targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/resolver.h"

static const char *const OPEN_HERE[] = {"loopback", "private", "unique-local", "link-local"};

/* A word before its name is resolved. */
struct word {
	char *asked;
	bool is_name;
	struct ip_address address;
	struct port_list ports;
	struct ip_address *addresses; /* of a name */
	size_t address_count;
	bool is_cut, is_part;
	enum resolver_outcome outcome;
};

struct words {
	struct word *items;
	size_t count;
	size_t *named; /* indices of those that are names */
	size_t named_count;
};

static char *copy_span(struct span span)
{
	char *copy = memory_allocate(span.size + 1, 1);

	if (span.size > 0)
		memcpy(copy, span.data, span.size);
	return copy;
}

static bool read_word(const char *text, const struct port_list *default_ports, struct word *word, struct error *error)
{
	struct ip_range range;
	struct span name;

	*word = (struct word){.asked = NULL};
	switch (target_parse(span_from_text(text), &range, &word->ports, &name, error)) {
	case TARGET_RANGE:
		if (ip_address_compare(range.first, range.last) != 0)
			return error_set(error,
			                 "'%.100s' is more than one address: check takes hosts one by one; \"mailcensus scan\" takes "
			                 "prefixes and ranges",
			                 text);
		word->address = range.first;
		word->asked = memory_allocate(IP_ADDRESS_TEXT_SIZE, 1);
		ip_address_format(range.first, word->asked);
		break;
	case TARGET_HOST_NAME:
		word->is_name = true;
		word->asked = copy_span(name);
		break;
	case TARGET_MALFORMED:
		return false;
	}
	if (word->ports.count == 0)
		word->ports = *default_ports;
	return true;
}

static bool read_words(const struct check_options *options, const struct text_list *texts, struct words *words, struct error *error)
{
	struct port_list ports;

	if (!port_list_parse(span_from_text(options->ports), &ports))
		return error_set(error, "--ports takes up to %d numbers from 1 to 65535 with commas between, such as 110,143, not '%.100s'",
		                 TARGET_PORTS_MAX, options->ports);
	if (texts->count > CHECK_HOSTS_MAX)
		return error_set(error, "check takes at most %d hosts; \"mailcensus scan\" takes any number", CHECK_HOSTS_MAX);
	words->items = memory_allocate(texts->count, sizeof(*words->items));
	words->named = memory_allocate(texts->count, sizeof(*words->named));
	for (size_t i = 0; i < texts->count; i++) {
		if (!read_word(texts->items[i], &ports, &words->items[i], error))
			return false;
		words->count++;
		if (words->items[i].is_name)
			words->named[words->named_count++] = i;
	}
	return true;
}

static void words_done(struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		free(words->items[i].asked);
		free(words->items[i].addresses);
	}
	free(words->items);
	free(words->named);
}

static void insert_sorted(struct ip_address *addresses, size_t count, struct ip_address address)
{
	for (; count > 0 && ip_address_compare(addresses[count - 1], address) > 0; count--)
		addresses[count] = addresses[count - 1];
	addresses[count] = address;
}

static void on_answer(void *context, const struct resolver_answer *answer)
{
	struct words *words = context;
	struct word *word = &words->items[words->named[answer->index]];

	word->outcome = answer->outcome;
	word->is_part = answer->outcome == RESOLVER_FOUND_PARTLY;
	word->addresses = memory_allocate(answer->address_count + 1, sizeof(*word->addresses));
	for (size_t i = 0; i < answer->address_count; i++)
		insert_sorted(word->addresses, i, answer->addresses[i]);
	word->is_cut = answer->is_cut || answer->address_count > CHECK_ADDRESSES_MAX;
	word->address_count = answer->address_count < CHECK_ADDRESSES_MAX ? answer->address_count : CHECK_ADDRESSES_MAX;
}

static bool resolve(const struct check_options *options, struct words *words, struct error *error)
{
	const char **names = memory_allocate(words->named_count + 1, sizeof(*names));
	size_t unresolved;
	bool is_good;

	for (size_t i = 0; i < words->named_count; i++)
		names[i] = words->items[words->named[i]].asked;
	is_good = words->named_count == 0 ||
	          resolver_resolve(names, words->named_count, options->dns_server, on_answer, words, &unresolved, error);
	free(names);
	return is_good;
}

static struct check_target *add_target(struct check_targets *targets, const struct word *word)
{
	struct check_target *target;

	targets->items = memory_resize(targets->items, targets->count + 1, sizeof(*targets->items));
	target = &targets->items[targets->count++];
	*target = (struct check_target){.asked = memory_copy_text(word->asked), .host = {.ports = word->ports}};
	target->reference_name = word->is_name ? target->asked : "";
	return target;
}

/* The same address of the same name again: its ports are united. */
static bool unite(struct check_targets *targets, const struct word *word, struct ip_address address)
{
	for (size_t i = 0; i < targets->count; i++) {
		struct check_target *target = &targets->items[i];

		if (target->host.address.family == 0 || ip_address_compare(target->host.address, address) != 0 ||
		    strcmp(target->asked, word->asked) != 0)
			continue;
		for (size_t j = 0; j < word->ports.count; j++) {
			if (!port_list_add(&target->host.ports, word->ports.ports[j]))
				(void)snprintf(target->trouble, sizeof(target->trouble), "at most %d ports of one address are looked at",
				               TARGET_PORTS_MAX);
		}
		return true;
	}
	return false;
}

static void add_address(struct check_targets *targets, const struct word *word, struct ip_address address)
{
	struct ip_range range = {address, address};
	struct check_target *target;
	struct buffer why;

	if (unite(targets, word, address))
		return;
	target = add_target(targets, word);
	target->host.address = address;
	target->is_local = scan_scope_is_lab(&range);
	target->has_address = exclusion_list_reason(targets->exclusions.exclusions, address) == NULL;
	if (!target->has_address) {
		char text[IP_ADDRESS_TEXT_SIZE];

		buffer_init(&why, 180);
		exclusion_list_explain(targets->exclusions.exclusions, address, &why);
		ip_address_format(address, text);
		(void)snprintf(target->trouble, sizeof(target->trouble), "%s is not contacted: %s", text, buffer_text(&why));
		buffer_done(&why);
	} else if (word->is_cut) {
		(void)snprintf(target->trouble, sizeof(target->trouble), "the name has more than %d addresses; only so many are looked at",
		               CHECK_ADDRESSES_MAX);
	} else if (word->is_part) {
		(void)snprintf(target->trouble, sizeof(target->trouble),
		               "the name may have more addresses: the name server did not answer for one of IPv4 and IPv6");
	}
}

static void add_word(struct check_targets *targets, const struct word *word)
{
	if (!word->is_name) {
		add_address(targets, word, word->address);
		return;
	}
	for (size_t i = 0; i < word->address_count; i++)
		add_address(targets, word, word->addresses[i]);
	if (word->address_count == 0) {
		struct check_target *target = add_target(targets, word);

		(void)snprintf(target->trouble, sizeof(target->trouble), "%s", resolver_outcome_sentence(word->outcome));
	}
}

/* items may have moved while it grew. */
static void point_at_names(struct check_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		if (targets->items[i].reference_name[0] != '\0')
			targets->items[i].reference_name = targets->items[i].asked;
	}
}

static bool exclude(const struct check_options *options, struct check_targets *targets, struct error *error)
{
	struct text_list opened = {0};
	bool is_good;

	for (size_t i = 0; i < ARRAY_LENGTH(OPEN_HERE); i++)
		text_list_add(&opened, OPEN_HERE[i]);
	for (size_t i = 0; i < options->opened.count; i++)
		text_list_add(&opened, options->opened.items[i]);
	is_good = scan_scope_exclude(&targets->exclusions, &opened, &options->exclude_files, &options->opt_out_files, error);
	text_list_done(&opened);
	return is_good;
}

bool check_targets_build(const struct check_options *options, const struct text_list *words, struct check_targets *out, struct error *error)
{
	struct words read = {0};
	bool is_good;

	*out = (struct check_targets){0};
	is_good = exclude(options, out, error) && read_words(options, words, &read, error) && resolve(options, &read, error);
	for (size_t i = 0; is_good && i < read.count; i++)
		add_word(out, &read.items[i]);
	if (is_good)
		point_at_names(out);
	words_done(&read);
	return is_good;
}

void check_targets_done(struct check_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		free(targets->items[i].asked);
	free(targets->items);
	scan_scope_done(&targets->exclusions);
	*targets = (struct check_targets){0};
}
