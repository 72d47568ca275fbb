/* SPDX-License-Identifier: ISC */
/* What opening raw paths needed is given up before the first packet is read: descriptors that are open keep working. */
#ifndef NET_PRIVILEGE_H
#define NET_PRIVILEGE_H

#include <stdbool.h>

#include "base/error.h"

/* This thread, and whatever it starts from now on, has no capability and cannot get one. To be called before other threads are started. */
bool privilege_drop(struct error *error) MUST_CHECK;

#endif
