/* SPDX-License-Identifier: ISC */
/* Questions to the kernel's rtnetlink (rtnetlink(7)), one socket each: they are asked while setting up, not while sending. */
#ifndef NET_NETLINK_H
#define NET_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/span.h"

struct netlink_request {
	unsigned char bytes[512];
	size_t size;
};

/* header: the fixed part that belongs to this type of message (struct ifinfomsg ...). flags: NLM_F_DUMP or 0. */
void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *header, size_t header_size);
void netlink_add(struct netlink_request *request, uint16_t type, const void *value, size_t value_size);
/* Calls on_message for each message of the answer, without its nlmsghdr. 0, or the error number with which the kernel answered. */
int netlink_ask(const struct netlink_request *request, void (*on_message)(void *context, uint16_t type, struct span body),
                void *context) MUST_CHECK;
/* Copies the fixed part off the front of *body. False: it is too short. */
bool netlink_take(struct span *body, void *header_out, size_t header_size) MUST_CHECK;
/* Takes the next attribute off *attributes; false when none is left. */
bool netlink_next(struct span *attributes, uint16_t *type_out, struct span *value_out) MUST_CHECK;
/* The number in an attribute, 0 when it has another size. */
uint32_t netlink_u32(struct span value);

#endif
