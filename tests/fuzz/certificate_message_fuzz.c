/* SPDX-License-Identifier: ISC */
/* Targets certificate_list_read: the body of a TLS Certificate message. Input: one byte that says which form (odd: TLS 1.3), then the body.
   Invariants: every certificate lies in the body, in order and not over another; a list that is called whole can be written again as it was, and no part of it is whole. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "protocol/tls/server_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 64 * 1024 };

static void check_places(struct span body, const struct certificate_list *list)
{
	const unsigned char *after = body.data;

	assert(list->count <= CERTIFICATE_LIST_MAX);
	assert(!list->is_cut || list->count == CERTIFICATE_LIST_MAX);
	for (size_t i = 0; i < list->count; i++) {
		assert(list->certificates[i].size > 0);
		assert(list->certificates[i].data >= after + 3); /* its length stands before it */
		after = list->certificates[i].data + list->certificates[i].size;
		assert(after <= body.data + body.size);
	}
}

/* TLS 1.2 has nothing beside the certificates: a whole list is exactly its parts. */
static void check_whole(struct span body, const struct certificate_list *list)
{
	struct buffer entries, written;

	buffer_init(&entries, BODY_MAX);
	buffer_init(&written, BODY_MAX);
	for (size_t i = 0; i < list->count; i++) {
		buffer_append_u24(&entries, (uint32_t)list->certificates[i].size);
		buffer_append(&entries, list->certificates[i]);
	}
	buffer_append_u24(&written, (uint32_t)entries.size);
	buffer_append(&written, buffer_view(&entries));
	assert(entries.overflowed || written.overflowed || span_equals(buffer_view(&written), body));
	buffer_done(&entries);
	buffer_done(&written);
}

static bool are_same(const struct certificate_list *a, const struct certificate_list *b)
{
	bool is_same = a->count == b->count && a->is_cut == b->is_cut && a->has_status == b->has_status;

	for (size_t i = 0; is_same && i < a->count; i++)
		is_same = a->certificates[i].data == b->certificates[i].data && a->certificates[i].size == b->certificates[i].size;
	return is_same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct certificate_list list, again, part;
	struct span body;
	bool is_tls_1_3, is_whole;

	if (size < 1)
		return 0;
	is_tls_1_3 = (data[0] & 1) != 0;
	body = span_make(data + 1, size - 1);
	memset(&list, 0xa5, sizeof(list));
	is_whole = certificate_list_read(body, is_tls_1_3, &list);
	check_places(body, &list);
	assert(is_tls_1_3 || !list.has_status);
	assert(certificate_list_read(body, is_tls_1_3, &again) == is_whole && are_same(&list, &again));
	if (!is_whole)
		return 0;
	if (!is_tls_1_3 && !list.is_cut)
		check_whole(body, &list);
	if (body.size > 0) {
		assert(!certificate_list_read(span_part(body, 0, body.size - 1), is_tls_1_3, &part));
		check_places(body, &part);
		assert(part.count <= list.count);
	}
	return 0;
}
