/* SPDX-License-Identifier: ISC */
/* Chooses the way, hands everything on to it, and says why it is not a better one. */
#include "net/frame_path.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/clock.h"
#include "net/frame_path_backend.h"
#include "net/steer.h"

enum { DEPTH_DEFAULT = 4096, DEPTH_MIN = 64, DEPTH_MAX = 65536, VLAN_MAX = 4094 };

unsigned frame_path_depth(unsigned wanted)
{
	unsigned depth = DEPTH_MIN;

	if (wanted == 0)
		wanted = DEPTH_DEFAULT;
	while (depth < wanted && depth < DEPTH_MAX)
		depth *= 2;
	return depth;
}

void frame_path_poll(const int *descriptors, unsigned count, struct instant until)
{
	struct pollfd polled[STEER_QUEUES_MAX];
	int64_t left = until.ns - clock_now().ns;
	struct timespec time = {0};

	if (left > 0)
		time = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
	for (unsigned i = 0; i < count; i++)
		polled[i] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
	(void)ppoll(polled, count, &time, NULL); /* interrupted: the caller looks at its clock anyway */
}

static bool check(const struct frame_path_setup *setup, struct interface *interface_out, struct error *error)
{
	if (!interface_find(setup->interface, interface_out, error))
		return false;
	if (interface_out->is_loopback)
		return error_set(error, "%s is the loopback interface, where the kernel answers before we do; use --engine sockets",
		                 setup->interface);
	if (!interface_out->is_up)
		return error_set(error, "interface %s is down; ip link set %s up", setup->interface, setup->interface);
	if (interface_out->link != setup->link)
		return error_set(error, "interface %s %s", setup->interface,
		                 interface_out->link == LINK_ETHERNET ? "carries Ethernet frames, not bare IP packets"
		                                                      : "carries bare IP packets, not Ethernet frames");
	if (setup->first_port == 0 || setup->first_port > setup->last_port)
		return error_set(error, "ports %u to %u are no range of local ports", (unsigned)setup->first_port,
		                 (unsigned)setup->last_port);
	if (setup->address_count == 0 || setup->address_count > FRAME_PATH_ADDRESSES_MAX)
		return error_set(error, "frames leave from 1 to %d addresses, not from %zu", (int)FRAME_PATH_ADDRESSES_MAX,
		                 setup->address_count);
	if (setup->vlan > VLAN_MAX)
		return error_set(error, "there is no VLAN %u: 1 to %d", (unsigned)setup->vlan, (int)VLAN_MAX);
	return true;
}

static struct frame_path *open_by(const struct frame_path_backend *backend, const struct frame_path_setup *setup,
                                  const struct interface *interface, struct error *error)
{
	struct frame_path *path = backend->open(setup, interface, error);

	if (path != NULL) {
		path->backend = backend;
		(void)snprintf(path->name, sizeof(path->name), "%s", backend->name(path));
	}
	return path;
}

struct frame_path *frame_path_open(enum frame_path_kind kind, const struct frame_path_setup *setup, struct error *error)
{
	struct interface interface;
	struct error better = {""}, other = {""};
	struct frame_path *path;

	if (!check(setup, &interface, error))
		return NULL;
	if (kind == FRAME_PATH_PACKET)
		return open_by(&FRAME_PATH_BACKEND_PACKET, setup, &interface, error);
	if (kind == FRAME_PATH_XDP)
		return open_by(&FRAME_PATH_BACKEND_XDP, setup, &interface, error);
	path = open_by(&FRAME_PATH_BACKEND_XDP, setup, &interface, &better);
	if (path != NULL)
		return path;
	path = open_by(&FRAME_PATH_BACKEND_PACKET, setup, &interface, &other);
	if (path == NULL)
		(void)error_set(error, "AF_XDP: %.400s; AF_PACKET: %.400s; --engine sockets needs no privilege", better.text, other.text);
	else
		(void)snprintf(path->name, sizeof(path->name), "%s, not AF_XDP: %.500s", path->backend->name(path), better.text);
	return path;
}

void frame_path_free(struct frame_path *path)
{
	if (path != NULL)
		path->backend->free(path);
}

const char *frame_path_name(const struct frame_path *path)
{
	return path->name;
}

bool frame_path_proves_checksums(const struct frame_path *path)
{
	return path->proves_checksums;
}

unsigned frame_path_receive(struct frame_path *path, struct span *frames_out, unsigned max)
{
	return path->backend->receive(path, frames_out, max);
}

void frame_path_release(struct frame_path *path)
{
	path->backend->release(path);
}

unsigned char *frame_path_reserve(struct frame_path *path)
{
	return path->backend->reserve(path);
}

void frame_path_commit(struct frame_path *path, size_t size)
{
	path->backend->commit(path, size);
}

void frame_path_flush(struct frame_path *path)
{
	path->backend->flush(path);
}

void frame_path_wait(struct frame_path *path, struct instant until)
{
	path->backend->wait(path, until);
}

void frame_path_get_statistics(struct frame_path *path, struct frame_path_statistics *statistics_out)
{
	path->backend->get_statistics(path, statistics_out);
}
