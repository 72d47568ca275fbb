/* SPDX-License-Identifier: ISC */
/* Out-of-order bytes in one run of memory that begins at RCV.NXT, and a sorted list of the pieces that are filled. */
#include "packet/tcp_client_ahead.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "packet/tcp_client.h"

enum { CAPACITY_FIRST = 2048 };

/* Offsets from base; begin < end. Pieces are sorted and do not touch. */
struct piece {
	uint32_t begin, end;
};

struct tcp_client_ahead {
	uint32_t base; /* sequence number of bytes[0]: RCV.NXT when it was last looked at */
	uint32_t capacity;
	uint32_t end; /* sequence number of the FIN, with has_end */
	bool has_end;
	uint8_t count;
	struct piece pieces[TCP_CLIENT_AHEAD_PIECES];
	unsigned char *bytes;
};

static struct tcp_client_ahead *get(struct tcp_client_ahead **ahead, uint32_t next)
{
	if (*ahead == NULL) {
		*ahead = memory_allocate(1, sizeof(**ahead));
		(*ahead)->base = next;
	}
	return *ahead;
}

static void grow(struct tcp_client_ahead *ahead, uint32_t end)
{
	uint32_t capacity = ahead->capacity > 0 ? ahead->capacity : CAPACITY_FIRST;

	if (end <= ahead->capacity)
		return;
	while (capacity < end)
		capacity *= 2;
	ahead->bytes = memory_resize(ahead->bytes, capacity, 1);
	ahead->capacity = capacity;
}

/* Copies what lies between the pieces: bytes that came first stay. */
static bool fill(struct tcp_client_ahead *ahead, uint32_t begin, uint32_t end, const unsigned char *bytes)
{
	uint32_t at = begin;
	bool is_new = false;

	for (unsigned i = 0; i <= ahead->count && at < end; i++) {
		uint32_t gap_end = i < ahead->count && ahead->pieces[i].begin < end ? ahead->pieces[i].begin : end;

		if (at < gap_end) {
			memcpy(ahead->bytes + at, bytes + (at - begin), gap_end - at);
			is_new = true;
		}
		if (i < ahead->count && at < ahead->pieces[i].end)
			at = ahead->pieces[i].end;
	}
	return is_new;
}

/* Pieces first .. first+touched-1 and begin..end become one. */
static void join(struct tcp_client_ahead *ahead, unsigned first, unsigned touched, uint32_t begin, uint32_t end)
{
	struct piece joined = {.begin = begin, .end = end};

	for (unsigned i = first; i < first + touched; i++) {
		joined.begin = joined.begin < ahead->pieces[i].begin ? joined.begin : ahead->pieces[i].begin;
		joined.end = joined.end > ahead->pieces[i].end ? joined.end : ahead->pieces[i].end;
	}
	memmove(&ahead->pieces[first + 1], &ahead->pieces[first + touched], (ahead->count - first - touched) * sizeof(joined));
	ahead->pieces[first] = joined;
	ahead->count = (uint8_t)(ahead->count + 1 - touched);
}

bool tcp_client_ahead_keep(struct tcp_client_ahead **ahead, uint32_t next, uint32_t sequence, struct span bytes)
{
	uint32_t begin = sequence - next;
	uint32_t end;
	unsigned first = 0, touched = 0;

	if (begin >= TCP_CLIENT_AHEAD_MAX || bytes.size == 0)
		return false;
	end = bytes.size < TCP_CLIENT_AHEAD_MAX - begin ? begin + (uint32_t)bytes.size : TCP_CLIENT_AHEAD_MAX;
	tcp_client_ahead_forget(ahead, next);
	while (*ahead != NULL && first < (*ahead)->count && (*ahead)->pieces[first].end < begin)
		first++;
	while (*ahead != NULL && first + touched < (*ahead)->count && (*ahead)->pieces[first + touched].begin <= end)
		touched++;
	/* A piece too many is not kept: it comes again once the gaps before it are filled. */
	if (*ahead != NULL && touched == 0 && (*ahead)->count == TCP_CLIENT_AHEAD_PIECES)
		return false;
	grow(get(ahead, next), end);
	if (!fill(*ahead, begin, end, bytes.data))
		return false;
	join(*ahead, first, touched, begin, end);
	return true;
}

void tcp_client_ahead_keep_end(struct tcp_client_ahead **ahead, uint32_t next, uint32_t sequence)
{
	if (*ahead != NULL && (*ahead)->has_end)
		return;
	get(ahead, next)->end = sequence;
	(*ahead)->has_end = true;
}

uint32_t tcp_client_ahead_gap(const struct tcp_client_ahead *ahead, uint32_t next, uint32_t size)
{
	for (unsigned i = 0; ahead != NULL && i < ahead->count; i++) {
		uint32_t offset = next - ahead->base;

		if (ahead->pieces[i].end > offset) {
			uint32_t gap = ahead->pieces[i].begin > offset ? ahead->pieces[i].begin - offset : 0;

			return gap < size ? gap : size;
		}
	}
	return size;
}

struct span tcp_client_ahead_at(const struct tcp_client_ahead *ahead, uint32_t next)
{
	for (unsigned i = 0; ahead != NULL && i < ahead->count; i++) {
		uint32_t offset = next - ahead->base;

		if (ahead->pieces[i].begin <= offset && offset < ahead->pieces[i].end)
			return span_make(ahead->bytes + offset, ahead->pieces[i].end - offset);
	}
	return (struct span){0};
}

uint32_t tcp_client_ahead_before_end(const struct tcp_client_ahead *ahead, uint32_t next, uint32_t size)
{
	return ahead != NULL && ahead->has_end && ahead->end - next < size ? ahead->end - next : size;
}

bool tcp_client_ahead_ends_at(const struct tcp_client_ahead *ahead, uint32_t next)
{
	return ahead != NULL && ahead->has_end && ahead->end == next;
}

void tcp_client_ahead_forget(struct tcp_client_ahead **ahead, uint32_t next)
{
	struct tcp_client_ahead *self = *ahead;
	uint32_t shift;
	unsigned gone = 0;

	if (self == NULL || self->base == next)
		return;
	shift = next - self->base;
	while (gone < self->count && self->pieces[gone].end <= shift)
		gone++;
	self->count = (uint8_t)(self->count - gone);
	memmove(self->pieces, self->pieces + gone, self->count * sizeof(self->pieces[0]));
	if (self->count == 0 && !self->has_end) {
		tcp_client_ahead_free(ahead);
		return;
	}
	for (unsigned i = 0; i < self->count; i++) {
		struct piece moved = {.begin = self->pieces[i].begin > shift ? self->pieces[i].begin - shift : 0,
		                      .end = self->pieces[i].end - shift};

		memmove(self->bytes + moved.begin, self->bytes + moved.begin + shift, moved.end - moved.begin);
		self->pieces[i] = moved;
	}
	self->base = next;
}

size_t tcp_client_ahead_memory(const struct tcp_client_ahead *ahead)
{
	return ahead != NULL ? sizeof(*ahead) + ahead->capacity : 0;
}

void tcp_client_ahead_free(struct tcp_client_ahead **ahead)
{
	if (*ahead != NULL)
		free((*ahead)->bytes);
	free(*ahead);
	*ahead = NULL;
}
