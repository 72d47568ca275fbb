/* SPDX-License-Identifier: ISC */
/* Keeps the kernel's TCP from resetting our connections: a classifier on an interface's ingress, behind the packet taps, where segments to our ports and
   addresses end. Where no address is the kernel's it spares it the work, and a machine that forwards packets does not forward ours. From Linux 6.6 on it is tied to us by a link and goes when we do, however we end. Before, it is a filter of clsact, which a
   small child process takes away when we are gone: it needs privileges that we have dropped by then. */
#ifndef NET_RESET_GUARD_H
#define NET_RESET_GUARD_H

#include "net/frame_path.h"

struct reset_guard;

/* NULL: error says what is missing. To be called before rings are mapped, as it may fork. */
struct reset_guard *reset_guard_new(unsigned interface_index, const struct frame_path_setup *setup, struct error *error) MUST_CHECK;
/* The same by clsact alone, as older kernels do it: for tests. */
struct reset_guard *reset_guard_new_by_filter(unsigned interface_index, const struct frame_path_setup *setup,
                                              struct error *error) MUST_CHECK;
/* The kernel gets everything again. NULL is fine. */
void reset_guard_free(struct reset_guard *guard);

#endif
