/* SPDX-License-Identifier: ISC */
/* Asks the kernel once, at the start; afterwards frames leave without it. */
#include "net/raw_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { NEIGHBOUR_TIMEOUT_MS = 3000 };

static size_t index_of(enum ip_family family)
{
	return family == IP_FAMILY_4 ? 0 : 1;
}

/* The link address to which frames of this family go. */
static bool find_next_hop(const struct raw_loop_setup *setup, const struct route *route, struct ip_address destination,
                          struct raw_link *link, struct link_layout *layout, struct error *error)
{
	char text[IP_ADDRESS_TEXT_SIZE];
	size_t size;

	*layout = (struct link_layout){.kind = link->interface.link};
	memcpy(layout->own, link->interface.own, LINK_ADDRESS_SIZE);
	if (layout->kind == LINK_RAW_IP)
		return true;
	if (setup->gateway_link != NULL) {
		memcpy(layout->next_hop, setup->gateway_link, LINK_ADDRESS_SIZE);
		return true;
	}
	ip_address_format(route->has_gateway ? route->gateway : destination, text);
	if (!route->has_gateway)
		return error_set(
			error,
			"%s is directly on %s, without a gateway, and a packet engine sends all frames to one next hop: use --engine "
			"sockets for targets on the own link, or name the next hop with --gateway-mac",
			text, link->interface.name);
	if (!neighbour_find(&link->interface, route->gateway, NEIGHBOUR_TIMEOUT_MS, layout->next_hop, error))
		return false;
	size = strlen(link->gateway_text);
	(void)snprintf(link->gateway_text + size, sizeof(link->gateway_text) - size, "%s%s", size > 0 ? " and " : "", text);
	return true;
}

static bool add_source(struct raw_link *link, struct ip_address address, const struct link_layout *layout, struct error *error)
{
	struct raw_source *source;
	size_t family = index_of(address.family);

	if (link->source_count == FRAME_PATH_ADDRESSES_MAX)
		return error_set(error, "more than %d source addresses", FRAME_PATH_ADDRESSES_MAX);
	source = &link->sources[link->source_count];
	source->address = address;
	source->is_kernels = address_is_of_kernel(address);
	source->link = *layout;
	syn_template_init(&source->syn, layout, address, link->interface.mtu);
	link->addresses[link->source_count] = address;
	if (link->count[family] == 0)
		link->first[family] = link->source_count;
	link->count[family]++;
	link->source_count++;
	return true;
}

static size_t add_given_sources(const struct raw_loop_setup *setup, enum ip_family family, struct raw_link *link,
                                const struct link_layout *layout, struct error *error, bool *is_good_out)
{
	size_t given = 0;

	*is_good_out = true;
	for (size_t i = 0; i < setup->source_count && *is_good_out; i++) {
		if (setup->sources[i].family != family)
			continue;
		given++;
		*is_good_out = add_source(link, setup->sources[i], layout, error);
	}
	return given;
}

static bool has_source_of(const struct raw_loop_setup *setup, enum ip_family family)
{
	for (size_t i = 0; i < setup->source_count; i++) {
		if (setup->sources[i].family == family)
			return true;
	}
	return false;
}

/* Interface, next hop and source are given: what the kernel would do with the destination does not matter. */
static bool needs_route(const struct raw_loop_setup *setup, enum ip_family family, const struct raw_link *link)
{
	return setup->interface == NULL || !has_source_of(setup, family) ||
	       (setup->gateway_link == NULL && link->interface.link != LINK_RAW_IP);
}

/* The given sources of the family, or what the kernel would choose. */
static bool add_family(const struct raw_loop_setup *setup, struct ip_address destination, struct raw_link *link, struct error *error)
{
	struct route route = {0};
	struct link_layout layout;
	bool is_good;

	if (setup->interface != NULL && link->interface.name[0] == '\0' && !interface_find(setup->interface, &link->interface, error))
		return false;
	if (needs_route(setup, destination.family, link) && !route_find(destination, &route, error))
		return false;
	if (link->interface.name[0] == '\0' && !interface_find(route.interface, &link->interface, error))
		return false;
	if (setup->gateway_link == NULL && strcmp(route.interface, link->interface.name) != 0 && setup->interface == NULL)
		return error_set(error, "targets of IPv4 and of IPv6 leave by different interfaces (%s, %s): scan them one after the other",
		                 link->interface.name, route.interface);
	if (!find_next_hop(setup, &route, destination, link, &layout, error))
		return false;
	if (add_given_sources(setup, destination.family, link, &layout, error, &is_good) > 0)
		return is_good;
	if (route.source.family != destination.family)
		return error_set(error, "%s has no %s address to send from: name one with --source", link->interface.name,
		                 destination.family == IP_FAMILY_4 ? "IPv4" : "IPv6");
	return add_source(link, route.source, &layout, error);
}

static bool find_all(const struct raw_loop_setup *setup, struct raw_link *link, struct error *error)
{
	struct ip_address first = setup->probe_address, second = setup->other_address;

	if (setup->has_other_family && first.family == IP_FAMILY_6) {
		first = setup->other_address;
		second = setup->probe_address;
	}
	return add_family(setup, first, link, error) && (!setup->has_other_family || add_family(setup, second, link, error));
}

bool raw_link_open(const struct raw_loop_setup *setup, struct raw_link *link_out, struct error *error)
{
	*link_out = (struct raw_link){.sources = memory_allocate(FRAME_PATH_ADDRESSES_MAX, sizeof(*link_out->sources))};
	if (find_all(setup, link_out, error))
		return true;
	raw_link_done(link_out);
	return false;
}

void raw_link_done(struct raw_link *link)
{
	free(link->sources);
	link->sources = NULL;
}

const struct raw_source *raw_link_find(const struct raw_link *link, struct ip_address address)
{
	for (size_t i = 0; i < link->source_count; i++) {
		if (ip_address_equals(link->sources[i].address, address))
			return &link->sources[i];
	}
	return NULL;
}

const struct raw_source *raw_link_choose(const struct raw_link *link, enum ip_family family, uint64_t choice)
{
	size_t index = index_of(family);

	return link->count[index] == 0 ? NULL : &link->sources[link->first[index] + choice % link->count[index]];
}
