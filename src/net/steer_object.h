/* SPDX-License-Identifier: ISC */
/* steer.bpf.c as compiled by the build (embed_program.py writes the source file of this header). */
#ifndef NET_STEER_OBJECT_H
#define NET_STEER_OBJECT_H

#include <stddef.h>

extern const unsigned char STEER_OBJECT[];
extern const size_t STEER_OBJECT_SIZE;

#endif
