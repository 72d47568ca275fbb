/* SPDX-License-Identifier: ISC */
/* What opening raw paths needed is given up before the first packet is read: descriptors that are open keep working. */
#ifndef NET_PRIVILEGE_H
#define NET_PRIVILEGE_H

#include <stdbool.h>

#include "base/error.h"

enum privilege_kept {
	PRIVILEGE_NONE,
	PRIVILEGE_FILES, /* CAP_DAC_OVERRIDE, if it was there: root goes on writing beside a database in somebody else's folder */
};

/* This thread, and whatever it starts from now on, has no capability but what is kept and cannot get one. To be called before other threads are started. */
bool privilege_drop(enum privilege_kept kept, struct error *error) MUST_CHECK;

#endif
