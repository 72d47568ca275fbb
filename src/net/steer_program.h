/* SPDX-License-Identifier: ISC */
/* The programs of steer.bpf.c in the kernel, told what is ours. They leave it when the last descriptor and link of them is closed. */
#ifndef NET_STEER_PROGRAM_H
#define NET_STEER_PROGRAM_H

#include "net/frame_path.h"

enum steer_program_kind {
	STEER_TO_US,       /* XDP: our segments go to AF_XDP sockets */
	STEER_FROM_KERNEL, /* classifier: our segments end there */
};

struct steer_program;

/* NULL: error says what is missing. */
struct steer_program *steer_program_load(enum steer_program_kind kind, const struct frame_path_setup *setup,
                                         struct error *error) MUST_CHECK;
void steer_program_free(struct steer_program *program);
int steer_program_descriptor(const struct steer_program *program);
/* Of the map from receive queues to sockets. */
int steer_program_sockets(const struct steer_program *program);

#endif
