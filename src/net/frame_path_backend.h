/* SPDX-License-Identifier: ISC */
/* What a way of sending and receiving frames provides; frame_path.c chooses one. */
#ifndef NET_FRAME_PATH_BACKEND_H
#define NET_FRAME_PATH_BACKEND_H

#include "net/frame_path.h"
#include "net/route.h"

struct frame_path_backend {
	enum frame_path_kind kind;
	/* interface: setup's, which is up and no loopback. */
	struct frame_path *(*open)(const struct frame_path_setup *setup, const struct interface *interface, struct error *error);
	void (*free)(struct frame_path *path);
	const char *(*name)(const struct frame_path *path);
	unsigned (*receive)(struct frame_path *path, struct span *frames_out, unsigned max);
	void (*release)(struct frame_path *path);
	unsigned char *(*reserve)(struct frame_path *path);
	void (*commit)(struct frame_path *path, size_t size);
	void (*flush)(struct frame_path *path);
	void (*wait)(struct frame_path *path, struct instant until);
	void (*get_statistics)(struct frame_path *path, struct frame_path_statistics *statistics_out);
};

/* First member of each backend's path. */
struct frame_path {
	const struct frame_path_backend *backend;
	bool proves_checksums;
	char name[640]; /* what frame_path_name tells: the backend's, and why it is not a better one */
};

/* Sleeps until one of these can be read, at most until then (poll(2)). */
void frame_path_poll(const int *descriptors, unsigned count, struct instant until);
/* At least 64, at most 65536, a power of two: what rings are made of. */
unsigned frame_path_depth(unsigned wanted);

extern const struct frame_path_backend FRAME_PATH_BACKEND_PACKET;
extern const struct frame_path_backend FRAME_PATH_BACKEND_XDP;

#endif
