/* SPDX-License-Identifier: ISC */
/* IPv4: for each /16 a sorted list of its members, from 4096 of them on a page of bits, which is as large. IPv6: open addressing under a keyed hash. */
#include "discover/address_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	PAGES = 1 << 16,
	PAGE_WORDS = (1 << 16) / 64,
	LISTED_MAX = 4096, /* of two bytes each: the size of a page of bits */
};

struct page {
	uint32_t count, capacity;
	uint16_t *listed; /* ascending */
	uint64_t *bits;   /* or NULL: listed */
};

struct address_set {
	struct syn_key key;
	uint64_t count;
	struct page *pages;         /* NULL until an IPv4 address comes */
	unsigned char (*table)[16]; /* all zero bytes: free. The address :: itself is beside it */
	uint64_t table_size, table_used;
	bool has_zero;
};

struct address_set *address_set_new(const struct syn_key *key)
{
	struct address_set *set = memory_allocate(1, sizeof(*set));

	set->key = *key;
	return set;
}

void address_set_free(struct address_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; set->pages != NULL && i < PAGES; i++) {
		free(set->pages[i].listed);
		free(set->pages[i].bits);
	}
	free(set->pages);
	free(set->table);
	free(set);
}

uint64_t address_set_count(const struct address_set *set)
{
	return set->count;
}

/* ---- IPv4 ---- */

static uint16_t page_number(struct ip_address address)
{
	return (uint16_t)(address.bytes[0] << 8 | address.bytes[1]);
}

static uint16_t number_in_page(struct ip_address address)
{
	return (uint16_t)(address.bytes[2] << 8 | address.bytes[3]);
}

/* The place of the first that is not below. */
static uint32_t place_of(const struct page *page, uint16_t number)
{
	uint32_t low = 0, high = page->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (page->listed[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool page_has(const struct page *page, uint16_t number)
{
	uint32_t place;

	if (page->bits != NULL)
		return page->bits[number / 64] >> number % 64 & 1;
	if (page->listed == NULL)
		return false;
	place = place_of(page, number);
	return place < page->count && page->listed[place] == number;
}

static void turn_into_bits(struct page *page)
{
	page->bits = memory_allocate(PAGE_WORDS, sizeof(*page->bits));
	for (uint32_t i = 0; i < page->count; i++)
		page->bits[page->listed[i] / 64] |= UINT64_C(1) << page->listed[i] % 64;
	free(page->listed);
	page->listed = NULL;
}

static void list_add(struct page *page, uint16_t number)
{
	uint32_t place = place_of(page, number);

	if (page->listed == NULL || page->count == page->capacity) {
		page->capacity = page->capacity == 0 ? 4 : page->capacity * 2;
		page->listed = memory_resize(page->listed, page->capacity, sizeof(*page->listed));
	}
	memmove(page->listed + place + 1, page->listed + place, (page->count - place) * sizeof(*page->listed));
	page->listed[place] = number;
	page->count++;
}

static void page_add(struct page *page, uint16_t number)
{
	if (page->bits == NULL && page->count < LISTED_MAX) {
		list_add(page, number);
		return;
	}
	if (page->bits == NULL)
		turn_into_bits(page);
	page->bits[number / 64] |= UINT64_C(1) << number % 64;
	page->count++;
}

/* ---- IPv6 ---- */

static const unsigned char FREE_PLACE[16];

/* Where it is, or the free place where it would be. */
static uint64_t table_place(const struct address_set *set, const unsigned char bytes[16])
{
	uint64_t place = sip_hash(&set->key, bytes, 16) & (set->table_size - 1);

	while (memcmp(set->table[place], FREE_PLACE, 16) != 0 && memcmp(set->table[place], bytes, 16) != 0)
		place = (place + 1) & (set->table_size - 1);
	return place;
}

static void table_grow(struct address_set *set)
{
	unsigned char(*old)[16] = set->table;
	uint64_t old_size = set->table_size;

	set->table_size = old_size == 0 ? 256 : old_size * 2;
	set->table = memory_allocate(set->table_size, sizeof(*set->table));
	for (uint64_t i = 0; i < old_size; i++) {
		if (memcmp(old[i], FREE_PLACE, 16) != 0)
			memcpy(set->table[table_place(set, old[i])], old[i], 16);
	}
	free(old);
}

static bool table_has(const struct address_set *set, const unsigned char bytes[16])
{
	if (memcmp(bytes, FREE_PLACE, 16) == 0)
		return set->has_zero;
	return set->table_size > 0 && memcmp(set->table[table_place(set, bytes)], bytes, 16) == 0;
}

static void table_add(struct address_set *set, const unsigned char bytes[16])
{
	if (memcmp(bytes, FREE_PLACE, 16) == 0) {
		set->has_zero = true;
		return;
	}
	if ((set->table_used + 1) * 4 > set->table_size * 3)
		table_grow(set);
	memcpy(set->table[table_place(set, bytes)], bytes, 16);
	set->table_used++;
}

/* ---- both ---- */

bool address_set_has(const struct address_set *set, struct ip_address address)
{
	if (address.family == IP_FAMILY_6)
		return table_has(set, address.bytes);
	return set->pages != NULL && page_has(&set->pages[page_number(address)], number_in_page(address));
}

bool address_set_add(struct address_set *set, struct ip_address address)
{
	if (address_set_has(set, address))
		return false;
	if (address.family == IP_FAMILY_6) {
		table_add(set, address.bytes);
	} else {
		if (set->pages == NULL)
			set->pages = memory_allocate(PAGES, sizeof(*set->pages));
		page_add(&set->pages[page_number(address)], number_in_page(address));
	}
	set->count++;
	return true;
}
