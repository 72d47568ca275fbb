/* SPDX-License-Identifier: ISC */
/* Looks into compiled attribution: where the parts lie, whether they are sound, and the search. */
#include "enrich/snapshot.h"

#include <inttypes.h>
#include <string.h>
#include <zlib.h>

static const char MAGIC[8] = {'M', 'C', 'A', 'T', 'T', 'R', 'I', 'B'};

enum { CHECKED_FROM = 32 };

uint64_t snapshot_file_size(const struct snapshot_header *header)
{
	/* Counts have 32 bits and items at most 24 bytes: no sum of them overflows. */
	return sizeof(*header) + (uint64_t)header->count6 * (2 * sizeof(uint64_t) + sizeof(uint32_t)) +
	       (uint64_t)header->payload_count * (sizeof(struct snapshot_payload) + sizeof(struct snapshot_detail)) +
	       (uint64_t)header->network_count * sizeof(struct snapshot_network) + (uint64_t)SNAPSHOT_INDEX_SIZE * 2 * sizeof(uint32_t) +
	       (uint64_t)header->count4 * sizeof(struct snapshot_range4) + header->text_size;
}

uint32_t snapshot_checksum(struct span image)
{
	struct span checked = span_part(image, CHECKED_FROM, image.size);

	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), checked.data, checked.size);
}

bool snapshot_is_image(struct span head)
{
	return head.size >= sizeof(MAGIC) && memcmp(head.data, MAGIC, sizeof(MAGIC)) == 0;
}

static bool check_header(struct span image, struct error *error)
{
	const struct snapshot_header *header = (const void *)image.data;

	if (!snapshot_is_image(image) || image.size < sizeof(*header))
		return error_set(error, "it is no compiled attribution, or less than its beginning is there");
	if (header->order != SNAPSHOT_ORDER)
		return error_set(error, "it was compiled on another kind of machine; import its source again here");
	if (header->version != SNAPSHOT_VERSION)
		return error_set(error, "it has version %" PRIu32 " of the form and this program knows %d; import its source again",
		                 header->version, SNAPSHOT_VERSION);
	if (header->size != image.size || snapshot_file_size(header) != image.size)
		return error_set(error, "it has %zu bytes, but says that it has %" PRIu64 ": it is damaged or was not copied whole",
		                 image.size, header->size);
	return true;
}

static void find_parts(struct snapshot *snapshot)
{
	const struct snapshot_header *header = snapshot->header;

	snapshot->highs6 = (const void *)(header + 1);
	snapshot->lows6 = snapshot->highs6 + header->count6;
	snapshot->payloads = (const void *)(snapshot->lows6 + header->count6);
	snapshot->details = (const void *)(snapshot->payloads + header->payload_count);
	snapshot->networks = (const void *)(snapshot->details + header->payload_count);
	snapshot->index4 = (const void *)(snapshot->networks + header->network_count);
	snapshot->index6 = snapshot->index4 + SNAPSHOT_INDEX_SIZE;
	snapshot->ranges4 = (const void *)(snapshot->index6 + SNAPSHOT_INDEX_SIZE);
	snapshot->values6 = (const void *)(snapshot->ranges4 + header->count4);
	snapshot->texts = (const char *)(snapshot->values6 + header->count6);
}

/* A file with a right checksum can still be made by somebody who wants us to read beyond its end. */
static bool ranges_are_sound(const struct snapshot *snapshot)
{
	const struct snapshot_header *header = snapshot->header;
	uint32_t at4 = 0, at6 = 0;

	if (header->count4 == 0 || header->count6 == 0 || snapshot->ranges4[0].start != 0 || snapshot->highs6[0] != 0 ||
	    snapshot->lows6[0] != 0)
		return false;
	for (uint32_t i = 0; i < header->count4; i++) {
		const struct snapshot_range4 *range = &snapshot->ranges4[i];

		if (range->value >= header->payload_count || (i > 0 && range->start <= range[-1].start))
			return false;
	}
	for (uint32_t i = 0; i < header->count6; i++) {
		const uint64_t *high = &snapshot->highs6[i], *low = &snapshot->lows6[i];

		if (snapshot->values6[i] >= header->payload_count ||
		    (i > 0 && (*high < high[-1] || (*high == high[-1] && *low <= low[-1]))))
			return false;
	}
	for (uint32_t i = 0; i < SNAPSHOT_INDEX_SIZE; i++) {
		while (at4 < header->count4 && snapshot->ranges4[at4].start >> 16 < i)
			at4++;
		while (at6 < header->count6 && snapshot_key6(snapshot->highs6[at6]) < i)
			at6++;
		if (snapshot->index4[i] != at4 || snapshot->index6[i] != at6)
			return false;
	}
	return true;
}

static bool texts_are_sound(const struct snapshot *snapshot)
{
	const struct snapshot_header *header = snapshot->header;

	if (header->text_size == 0 || snapshot->texts[0] != '\0' || snapshot->texts[header->text_size - 1] != '\0' ||
	    header->source >= header->text_size || header->notice >= header->text_size || header->payload_count == 0)
		return false;
	for (uint32_t i = 0; i < header->payload_count; i++) {
		const struct snapshot_detail *detail = &snapshot->details[i];

		if (detail->name >= header->text_size || detail->sector >= header->text_size || detail->naics >= header->text_size ||
		    detail->authorised >= header->text_size)
			return false;
	}
	for (uint32_t i = 0; i < header->network_count; i++) {
		const struct snapshot_network *network = &snapshot->networks[i];

		if (network->name >= header->text_size || network->sector >= header->text_size || network->naics >= header->text_size ||
		    (i > 0 && network->asn <= network[-1].asn))
			return false;
	}
	return true;
}

bool snapshot_view(struct span image, bool is_trusted, struct snapshot *snapshot_out, struct error *error)
{
	struct snapshot snapshot = {.header = (const void *)image.data};

	if ((uintptr_t)image.data % SNAPSHOT_ALIGNMENT != 0)
		return error_set(error, "it lies at an address that is no multiple of %d", SNAPSHOT_ALIGNMENT);
	if (!check_header(image, error))
		return false;
	find_parts(&snapshot);
	if (!is_trusted && snapshot.header->checksum != snapshot_checksum(image))
		return error_set(error, "its checksum does not fit: it is damaged");
	if (!is_trusted && (!ranges_are_sound(&snapshot) || !texts_are_sound(&snapshot)))
		return error_set(error, "its checksum fits, but what it says does not hold together: no mailcensus wrote it");
	*snapshot_out = snapshot;
	return true;
}

static uint32_t number4(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t number8(const uint8_t *bytes)
{
	return (uint64_t)number4(bytes) << 32 | number4(bytes + 4);
}

/* The last range that begins at or before the address; the first one begins at 0. Without branches, as nobody could foretell them. */
static uint32_t find4(const struct snapshot *snapshot, uint32_t number)
{
	uint32_t low = snapshot->index4[number >> 16], count = snapshot->index4[(number >> 16) + 1] - low;

	while (count > 0) {
		uint32_t half = (count + 1) / 2;

		low += snapshot->ranges4[low + half - 1].start <= number ? half : 0;
		count -= half;
	}
	return snapshot->ranges4[low - 1].value;
}

/* How many of the numbers, which ascend, are at most this one. */
static uint32_t count_up_to(const uint64_t *numbers, uint32_t count, uint64_t number)
{
	uint32_t low = 0;

	while (count > 0) {
		uint32_t half = (count + 1) / 2;

		low += numbers[low + half - 1] <= number ? half : 0;
		count -= half;
	}
	return low;
}

/* By the upper halves; the lower ones are looked at where several ranges begin in one /64. */
static uint32_t find6(const struct snapshot *snapshot, uint64_t high, uint64_t low)
{
	uint32_t key = snapshot_key6(high), first = snapshot->index6[key];
	uint32_t end = first + count_up_to(snapshot->highs6 + first, snapshot->index6[key + 1] - first, high);

	if (end > first && snapshot->highs6[end - 1] == high) {
		uint32_t same = high == 0 ? 0 : first + count_up_to(snapshot->highs6 + first, end - first, high - 1);

		end = same + count_up_to(snapshot->lows6 + same, end - same, low);
	}
	return snapshot->values6[end - 1];
}

const struct snapshot_payload *snapshot_look_up(const struct snapshot *snapshot, struct ip_address address)
{
	if (address.family == IP_FAMILY_4)
		return &snapshot->payloads[find4(snapshot, number4(address.bytes))];
	return &snapshot->payloads[find6(snapshot, number8(address.bytes), number8(address.bytes + 8))];
}

const struct snapshot_detail *snapshot_detail(const struct snapshot *snapshot, const struct snapshot_payload *payload)
{
	return &snapshot->details[payload - snapshot->payloads];
}

const struct snapshot_network *snapshot_find_network(const struct snapshot *snapshot, uint32_t asn)
{
	uint32_t low = 0, high = snapshot->header->network_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (snapshot->networks[middle].asn < asn)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == snapshot->header->network_count || snapshot->networks[low].asn != asn)
		return NULL;
	return &snapshot->networks[low];
}

const char *snapshot_text(const struct snapshot *snapshot, uint32_t offset)
{
	return snapshot->texts + offset;
}
