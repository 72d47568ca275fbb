/* SPDX-License-Identifier: ISC */
/* Where one conversation happens: address and port. */
#ifndef MODEL_ENDPOINT_H
#define MODEL_ENDPOINT_H

#include "model/ip_address.h"

struct endpoint {
	struct ip_address address;
	uint16_t port;
};

enum { ENDPOINT_TEXT_SIZE = 64 };

/* 192.0.2.1:143, [2001:db8::1]:993 */
void endpoint_format(struct endpoint endpoint, char text[ENDPOINT_TEXT_SIZE]);

#endif
