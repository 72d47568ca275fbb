/* SPDX-License-Identifier: ISC */
/* Does a server refuse a login because TLS is missing? Read from the words of its reply: dialogues and judgements need the same answer. */
#ifndef MODEL_LOGIN_REFUSAL_H
#define MODEL_LOGIN_REFUSAL_H

#include <stdbool.h>

#include "base/span.h"

/* The deny pattern of rule X-5, for replies to anything. */
bool login_refusal_wants_tls(struct span reply);
/* The same, and texts that say it only in reply to an advertised SASL mechanism (rule X-7). */
bool login_refusal_denies_mechanism(struct span reply);

#endif
