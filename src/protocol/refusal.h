/* SPDX-License-Identifier: ISC */
/* Does a refusal mean "not now" or "not you"? By response code and by words (rules D-12, D-13, P-8, I-10). */
#ifndef PROTOCOL_REFUSAL_H
#define PROTOCOL_REFUSAL_H

#include "base/span.h"

enum refusal {
	REFUSAL_PLAIN,  /* says no more than no */
	REFUSAL_BUSY,   /* for now; wins when both are said */
	REFUSAL_DENIED, /* our address is not wanted */
};

/* text: what follows -ERR, NO, BAD or BYE. */
enum refusal refusal_of(struct span text);

#endif
