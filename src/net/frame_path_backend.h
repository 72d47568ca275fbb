/* SPDX-License-Identifier: ISC */
/* What a way of sending and receiving frames provides; frame_path.c chooses one. */
#ifndef NET_FRAME_PATH_BACKEND_H
#define NET_FRAME_PATH_BACKEND_H

#include "net/frame_path.h"

struct frame_path_backend {
	enum frame_path_kind kind;
	struct frame_path *(*open)(const struct frame_path_setup *setup, struct error *error);
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
};

extern const struct frame_path_backend FRAME_PATH_BACKEND_PACKET;
extern const struct frame_path_backend FRAME_PATH_BACKEND_XDP;

#endif
