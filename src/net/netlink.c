/* SPDX-License-Identifier: ISC */
/* Messages and attributes are 4-byte aligned lengths, types and values; read by copying, as nothing promises alignment of what is inside. */
#include "net/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

enum { ANSWER_SIZE = 64 * 1024, ATTRIBUTE_HEADER_SIZE = sizeof(struct nlattr) };

static size_t aligned(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* The length stands in front of all, and is right after each step. */
static void set_size(struct netlink_request *request, size_t size)
{
	uint32_t length = (uint32_t)size;

	request->size = size;
	memcpy(request->bytes, &length, sizeof(length));
}

void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *header, size_t header_size)
{
	struct nlmsghdr message = {.nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags), .nlmsg_seq = 1};

	memset(request, 0, sizeof(*request));
	memcpy(request->bytes, &message, sizeof(message));
	memcpy(request->bytes + sizeof(message), header, header_size);
	set_size(request, sizeof(message) + aligned(header_size));
}

void netlink_add(struct netlink_request *request, uint16_t type, const void *value, size_t value_size)
{
	struct nlattr attribute = {.nla_len = (uint16_t)(ATTRIBUTE_HEADER_SIZE + value_size), .nla_type = type};

	if (request->size + ATTRIBUTE_HEADER_SIZE + aligned(value_size) > sizeof(request->bytes))
		return; /* our own requests are all short */
	memcpy(request->bytes + request->size, &attribute, sizeof(attribute));
	memcpy(request->bytes + request->size + sizeof(attribute), value, value_size);
	set_size(request, request->size + ATTRIBUTE_HEADER_SIZE + aligned(value_size));
}

bool netlink_take(struct span *body, void *header_out, size_t header_size)
{
	if (body->size < header_size)
		return false;
	memcpy(header_out, body->data, header_size);
	*body = span_part(*body, aligned(header_size), body->size);
	return true;
}

bool netlink_next(struct span *attributes, uint16_t *type_out, struct span *value_out)
{
	struct nlattr attribute;

	if (attributes->size < sizeof(attribute))
		return false;
	memcpy(&attribute, attributes->data, sizeof(attribute));
	if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > attributes->size)
		return false;
	*type_out = attribute.nla_type & (uint16_t)NLA_TYPE_MASK;
	*value_out = span_make(attributes->data + sizeof(attribute), attribute.nla_len - sizeof(attribute));
	*attributes = span_part(*attributes, aligned(attribute.nla_len), attributes->size);
	return true;
}

uint32_t netlink_u32(struct span value)
{
	uint32_t number = 0;

	if (value.size == sizeof(number))
		memcpy(&number, value.data, sizeof(number));
	return number;
}

/* True: this was the last message; *error_out is the kernel's verdict. */
static bool is_last(const struct nlmsghdr *message, struct span body, int *error_out)
{
	struct nlmsgerr verdict;

	if (message->nlmsg_type == NLMSG_DONE)
		return true;
	if (message->nlmsg_type != NLMSG_ERROR)
		return false;
	*error_out = netlink_take(&body, &verdict, sizeof(verdict)) ? -verdict.error : EBADMSG;
	return true;
}

static bool read_answer(struct span answer, bool is_dump, void (*on_message)(void *, uint16_t, struct span), void *context, int *error_out)
{
	struct nlmsghdr message;

	while (answer.size >= sizeof(message)) {
		struct span body;

		memcpy(&message, answer.data, sizeof(message));
		if (message.nlmsg_len < sizeof(message) || message.nlmsg_len > answer.size)
			break;
		body = span_make(answer.data + sizeof(message), message.nlmsg_len - sizeof(message));
		if (is_last(&message, body, error_out))
			return true;
		on_message(context, message.nlmsg_type, body);
		if (!is_dump)
			return true;
		answer = span_part(answer, aligned(message.nlmsg_len), answer.size);
	}
	return false;
}

int netlink_ask(const struct netlink_request *request, void (*on_message)(void *context, uint16_t type, struct span body), void *context)
{
	static _Thread_local unsigned char answer[ANSWER_SIZE];
	struct nlmsghdr asked;
	int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int error = 0;
	bool is_dump, is_over = false;

	if (descriptor < 0)
		return errno;
	memcpy(&asked, request->bytes, sizeof(asked));
	is_dump = (asked.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	if (send(descriptor, request->bytes, request->size, 0) < 0)
		error = errno;
	while (error == 0 && !is_over) {
		ssize_t size = recv(descriptor, answer, sizeof(answer), 0);

		if (size <= 0 && errno == EINTR)
			continue;
		if (size <= 0)
			error = size < 0 ? errno : EBADMSG;
		else
			is_over = read_answer(span_make(answer, (size_t)size), is_dump, on_message, context, &error);
	}
	(void)close(descriptor);
	return error;
}
