/* SPDX-License-Identifier: ISC */
/* Random bytes of the kernel. */
#ifndef NET_RANDOM_H
#define NET_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills bytes; never fails (the process ends where the kernel has no random bytes to give). Fetched in larger pieces, so that a few bytes at a time are cheap. Not for keys. */
void random_bytes(void *bytes, size_t size);
uint64_t random_u64(void);

/* Fills bytes that nobody may guess, straight from the kernel: for keys. */
void random_secret(void *bytes, size_t size);

#endif
