/* SPDX-License-Identifier: ISC */
/* Endpoints as text. */
#include "model/endpoint.h"

#include <stdio.h>

void endpoint_format(struct endpoint endpoint, char text[ENDPOINT_TEXT_SIZE])
{
	char address[IP_ADDRESS_TEXT_SIZE];

	ip_address_format(endpoint.address, address);
	(void)snprintf(text, ENDPOINT_TEXT_SIZE, endpoint.address.family == IP_FAMILY_6 ? "[%s]:%u" : "%s:%u", address, endpoint.port);
}
