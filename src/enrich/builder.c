/* SPDX-License-Identifier: ISC */
/* Gathers ranges, then sweeps over them in order with a stack of those that are open: what lies on top is the most specific. */
#include "enrich/builder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "model/attribution.h"

enum { RANGES_MAX = 1 << 26 };

/* 128 bits of an address as two numbers. */
struct wide {
	uint64_t high, low;
};

/* All that is said of a range. */
struct builder_payload {
	struct snapshot_payload main;
	struct snapshot_detail detail;
};

struct builder_range {
	struct wide first, last; /* IPv4 in low */
	uint32_t payload;
	uint32_t order; /* in which they were given */
};

struct builder_network {
	struct snapshot_network network;
	uint32_t order;
};

void builder_init(struct builder *builder)
{
	static const struct builder_payload nothing = {.main = {.prefix_length = SNAPSHOT_NO_PREFIX}};

	*builder = (struct builder){.payloads = {.item_size = sizeof(struct builder_payload)}};
	(void)byte_pool_add(&builder->texts, span_make("", 1));
	(void)byte_pool_add(&builder->payloads, span_make(&nothing, sizeof(nothing)));
}

void builder_done(struct builder *builder)
{
	byte_pool_done(&builder->texts);
	byte_pool_done(&builder->payloads);
	free(builder->ranges4.items);
	free(builder->ranges6.items);
	free(builder->networks);
	*builder = (struct builder){.networks = NULL};
}

/* Without control characters, so that no name ends a line or a text; cut between characters of UTF-8. */
static uint32_t keep_text(struct builder *builder, struct span text)
{
	unsigned char kept[ATTRIBUTION_NAME_MAX + 1];
	size_t size = 0;

	text = span_trim(text);
	for (size_t i = 0; i < text.size && size < ATTRIBUTION_NAME_MAX; i++)
		kept[size++] = text.data[i] < 0x20 || text.data[i] == 0x7f ? ' ' : text.data[i];
	if (size == ATTRIBUTION_NAME_MAX && size < text.size) {
		while (size > 0 && (kept[size - 1] & 0xc0) == 0x80)
			size--;
		if (size > 0 && kept[size - 1] >= 0xc0)
			size--;
	}
	kept[size] = '\0';
	return byte_pool_add(&builder->texts, span_make(kept, size + 1));
}

static int compare_wide(struct wide a, struct wide b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return a.low < b.low ? -1 : a.low > b.low;
}

static struct wide wide_of(struct ip_address address)
{
	struct wide wide = {0, 0};

	for (size_t i = 0; i < ip_address_size(address); i++) {
		wide.high = wide.high << 8 | wide.low >> 56;
		wide.low = wide.low << 8 | address.bytes[i];
	}
	return wide;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct builder_range *one = a, *other = b;
	int first = compare_wide(one->first, other->first), last = compare_wide(other->last, one->last);

	if (first != 0 || last != 0)
		return first != 0 ? first : last;
	return one->order < other->order ? -1 : 1;
}

static void add_range(struct builder *builder, struct builder_ranges *ranges, struct builder_range range)
{
	if (ranges->count == RANGES_MAX) {
		builder->is_too_large = true;
		return;
	}
	if (ranges->count == ranges->capacity) {
		ranges->capacity = ranges->capacity > 0 ? 2 * ranges->capacity : 1024;
		ranges->items = memory_resize(ranges->items, ranges->capacity, sizeof(*ranges->items));
	}
	range.order = ranges->count;
	ranges->items[ranges->count++] = range;
	/* Many sources are sorted already, and a million ranges take their time. */
	if (ranges->count > 1 && compare_ranges(&ranges->items[ranges->count - 2], &ranges->items[ranges->count - 1]) > 0)
		ranges->is_unsorted = true;
}

/* Found out once here instead of at every look-up. */
static bool is_reserved(const char country[3])
{
	char code[3], reserved[3];

	return country[0] != '\0' && country_code_read(span_from_text(country), code, reserved) && reserved[0] != '\0';
}

void builder_add_range(struct builder *builder, const struct ip_range *range, const struct builder_value *value)
{
	int length = ip_range_prefix_length(range);
	struct builder_payload payload;
	uint32_t offset;

	memset(&payload, 0, sizeof(payload)); /* it is compared byte by byte */
	memcpy(payload.main.country, value->country, sizeof(payload.main.country));
	payload.main.flags = (uint8_t)(value->flags | (is_reserved(value->country) ? SNAPSHOT_IS_RESERVED : 0));
	payload.main.prefix_length = (uint8_t)(length < 0 ? SNAPSHOT_NO_PREFIX : length);
	payload.main.asn = value->asn;
	payload.detail.name = keep_text(builder, value->name);
	payload.detail.sector = keep_text(builder, value->sector);
	payload.detail.naics = keep_text(builder, value->naics);
	payload.detail.authorised = keep_text(builder, value->authorised);
	offset = byte_pool_add(&builder->payloads, span_make(&payload, sizeof(payload)));
	add_range(builder, range->first.family == IP_FAMILY_4 ? &builder->ranges4 : &builder->ranges6,
	          (struct builder_range){
			  .first = wide_of(range->first), .last = wide_of(range->last), .payload = offset / (uint32_t)sizeof(payload)});
}

static void keep_network(struct builder *builder, struct snapshot_network network)
{
	if (builder->network_count == RANGES_MAX) {
		builder->is_too_large = true;
		return;
	}
	if (builder->network_count == builder->network_capacity) {
		builder->network_capacity = builder->network_capacity > 0 ? 2 * builder->network_capacity : 1024;
		builder->networks = memory_resize(builder->networks, builder->network_capacity, sizeof(*builder->networks));
	}
	builder->networks[builder->network_count] = (struct builder_network){.network = network, .order = builder->network_count};
	builder->network_count++;
}

void builder_add_network(struct builder *builder, uint32_t asn, const struct builder_value *value)
{
	keep_network(builder, (struct snapshot_network){.asn = asn,
	                                                .name = keep_text(builder, value->name),
	                                                .sector = keep_text(builder, value->sector),
	                                                .naics = keep_text(builder, value->naics)});
}

uint32_t builder_range_count(const struct builder *builder)
{
	return builder->ranges4.count + builder->ranges6.count;
}

/* The flat form: where a new payload begins. */
struct flat {
	struct wide *starts;
	uint32_t *values;
	uint32_t count, capacity;
};

static void flat_add(struct flat *flat, struct wide start, uint32_t value)
{
	if (flat->count > 0 && compare_wide(flat->starts[flat->count - 1], start) == 0)
		flat->count--;
	if (flat->count > 0 && flat->values[flat->count - 1] == value)
		return;
	if (flat->count == flat->capacity) {
		flat->capacity = flat->capacity > 0 ? 2 * flat->capacity : 1024;
		flat->starts = memory_resize(flat->starts, flat->capacity, sizeof(*flat->starts));
		flat->values = memory_resize(flat->values, flat->capacity, sizeof(*flat->values));
	}
	flat->starts[flat->count] = start;
	flat->values[flat->count++] = value;
}

struct sweep {
	struct builder *builder;
	struct flat flat;
	struct builder_range *open; /* the last one is on top */
	uint32_t count, capacity;
	struct wide highest;
};

static struct wide next_wide(struct wide wide)
{
	wide.low++;
	wide.high += wide.low == 0;
	return wide;
}

/* Closes what ends before the next range begins; NULL: everything. */
static void close_ranges(struct sweep *sweep, const struct wide *next)
{
	while (sweep->count > 0 && (next == NULL || compare_wide(sweep->open[sweep->count - 1].last, *next) < 0)) {
		struct wide last = sweep->open[--sweep->count].last;

		while (sweep->count > 0 && compare_wide(sweep->open[sweep->count - 1].last, last) <= 0)
			sweep->count--;
		if (compare_wide(last, sweep->highest) < 0)
			flat_add(&sweep->flat, next_wide(last), sweep->count > 0 ? sweep->open[sweep->count - 1].payload : 0);
	}
}

/* What is authorised for the wider range, then for this one. */
static uint32_t join_authorised(struct builder *builder, uint32_t outer, uint32_t inner)
{
	struct builder_payload joined;
	struct buffer text;
	const unsigned char *payloads = builder->payloads.data;
	uint32_t outer_text;

	memcpy(&joined, payloads + (size_t)outer * sizeof(joined), sizeof(joined));
	outer_text = joined.detail.authorised;
	memcpy(&joined, payloads + (size_t)inner * sizeof(joined), sizeof(joined));
	buffer_init(&text, 4096);
	buffer_append_text(&text, (const char *)builder->texts.data + outer_text);
	buffer_append_byte(&text, ' ');
	buffer_append_text(&text, (const char *)builder->texts.data + joined.detail.authorised);
	buffer_append_byte(&text, '\0');
	if (!text.overflowed)
		joined.detail.authorised = byte_pool_add(&builder->texts, buffer_view(&text));
	buffer_done(&text);
	return byte_pool_add(&builder->payloads, span_make(&joined, sizeof(joined))) / (uint32_t)sizeof(joined);
}

static void open_range(struct sweep *sweep, struct builder_range range)
{
	if (sweep->builder->joins_authorised && sweep->count > 0)
		range.payload = join_authorised(sweep->builder, sweep->open[sweep->count - 1].payload, range.payload);
	if (sweep->count == sweep->capacity) {
		sweep->capacity = sweep->capacity > 0 ? 2 * sweep->capacity : 64;
		sweep->open = memory_resize(sweep->open, sweep->capacity, sizeof(*sweep->open));
	}
	sweep->open[sweep->count++] = range;
	flat_add(&sweep->flat, range.first, range.payload);
}

static struct flat flatten(struct builder *builder, struct builder_ranges *ranges, struct wide highest)
{
	struct sweep sweep = {.builder = builder, .highest = highest};

	if (ranges->is_unsorted)
		qsort(ranges->items, ranges->count, sizeof(*ranges->items), compare_ranges);
	flat_add(&sweep.flat, (struct wide){0, 0}, 0);
	for (uint32_t i = 0; i < ranges->count; i++) {
		close_ranges(&sweep, &ranges->items[i].first);
		open_range(&sweep, ranges->items[i]);
	}
	close_ranges(&sweep, NULL);
	free(sweep.open);
	free(ranges->items);
	*ranges = (struct builder_ranges){.items = NULL};
	return sweep.flat;
}

static int compare_networks(const void *a, const void *b)
{
	const struct builder_network *one = a, *other = b;

	if (one->network.asn != other->network.asn)
		return one->network.asn < other->network.asn ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

/* By number, each once: what was said last. */
static void sort_networks(struct builder *builder)
{
	uint32_t kept = 0;

	if (builder->network_count > 1)
		qsort(builder->networks, builder->network_count, sizeof(*builder->networks), compare_networks);
	for (uint32_t i = 0; i < builder->network_count; i++) {
		if (kept > 0 && builder->networks[kept - 1].network.asn == builder->networks[i].network.asn)
			builder->networks[kept - 1] = builder->networks[i];
		else
			builder->networks[kept++] = builder->networks[i];
	}
	builder->network_count = kept;
}

static bool is_named(const struct builder *builder, uint32_t count, uint32_t asn)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (builder->networks[middle].network.asn < asn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && builder->networks[low].network.asn == asn;
}

/* Where names stand beside prefixes alone, the network has them too. */
static void name_networks(struct builder *builder)
{
	uint32_t named, count = builder->payloads.size / (uint32_t)sizeof(struct builder_payload);

	sort_networks(builder);
	named = builder->network_count;
	for (uint32_t i = 0; i < count; i++) {
		struct builder_payload payload;

		memcpy(&payload, builder->payloads.data + (size_t)i * sizeof(payload), sizeof(payload));
		if (payload.main.asn != 0 && payload.detail.name != 0 && !is_named(builder, named, payload.main.asn))
			keep_network(builder, (struct snapshot_network){.asn = payload.main.asn, .name = payload.detail.name});
	}
	if (builder->network_count > named)
		sort_networks(builder);
}

static uint32_t fields_of(const struct builder *builder)
{
	uint32_t fields = 0, count = builder->payloads.size / (uint32_t)sizeof(struct builder_payload);

	for (uint32_t i = 0; i < count; i++) {
		struct builder_payload payload;

		memcpy(&payload, builder->payloads.data + (size_t)i * sizeof(payload), sizeof(payload));
		fields |= (payload.main.country[0] != 0 ? SNAPSHOT_HAS_COUNTRY : 0U) | (payload.main.asn != 0 ? SNAPSHOT_HAS_ASN : 0U) |
		          (payload.detail.name != 0 ? SNAPSHOT_HAS_NAME : 0U) |
		          (payload.detail.sector != 0 || payload.detail.naics != 0 ? SNAPSHOT_HAS_SECTOR : 0U) |
		          (payload.detail.authorised != 0 ? SNAPSHOT_HAS_RPKI : 0U);
	}
	for (uint32_t i = 0; i < builder->network_count; i++) {
		const struct snapshot_network *network = &builder->networks[i].network;

		fields |= (network->name != 0 ? SNAPSHOT_HAS_NAME : 0U) |
		          (network->sector != 0 || network->naics != 0 ? SNAPSHOT_HAS_SECTOR : 0U);
	}
	return fields;
}

static void fill_index(uint32_t *index, const struct flat *flat, bool is_wide)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < SNAPSHOT_INDEX_SIZE; i++) {
		while (at < flat->count && (is_wide ? snapshot_key6(flat->starts[at].high) : flat->starts[at].low >> 16) < i)
			at++;
		index[i] = at;
	}
}

static unsigned char *put(unsigned char *at, const void *data, size_t size)
{
	if (size > 0)
		memcpy(at, data, size);
	return at + size;
}

static void write_image(const struct builder *builder, const struct snapshot_header *header, const struct flat *flat4,
                        const struct flat *flat6, struct snapshot_image *image)
{
	uint32_t *numbers = memory_allocate(SNAPSHOT_INDEX_SIZE, sizeof(*numbers));
	struct snapshot_header *written = (void *)image->data;
	const struct builder_payload *payloads = (const void *)builder->payloads.data;
	unsigned char *at = put(image->data, header, sizeof(*header));

	for (uint32_t i = 0; i < flat6->count; i++)
		at = put(at, &flat6->starts[i].high, sizeof(uint64_t));
	for (uint32_t i = 0; i < flat6->count; i++)
		at = put(at, &flat6->starts[i].low, sizeof(uint64_t));
	for (uint32_t i = 0; i < header->payload_count; i++)
		at = put(at, &payloads[i].main, sizeof(payloads[i].main));
	for (uint32_t i = 0; i < header->payload_count; i++)
		at = put(at, &payloads[i].detail, sizeof(payloads[i].detail));
	for (uint32_t i = 0; i < builder->network_count; i++)
		at = put(at, &builder->networks[i].network, sizeof(builder->networks[i].network));
	fill_index(numbers, flat4, false);
	at = put(at, numbers, SNAPSHOT_INDEX_SIZE * sizeof(*numbers));
	fill_index(numbers, flat6, true);
	at = put(at, numbers, SNAPSHOT_INDEX_SIZE * sizeof(*numbers));
	for (uint32_t i = 0; i < flat4->count; i++) {
		struct snapshot_range4 range = {(uint32_t)flat4->starts[i].low, flat4->values[i]};

		at = put(at, &range, sizeof(range));
	}
	at = put(at, flat6->values, (size_t)flat6->count * sizeof(uint32_t));
	(void)put(at, builder->texts.data, builder->texts.size);
	free(numbers);
	written->checksum = snapshot_checksum(span_make(image->data, image->size));
}

static bool has_right_size(const struct builder *builder, struct error *error)
{
	if (builder_range_count(builder) == 0 && builder->network_count == 0)
		return error_set(error, "it says nothing about any address or network");
	if (builder->is_too_large || builder->texts.is_full || builder->payloads.is_full)
		return error_set(error, "it is too large: more than %d ranges, or more than %d MiB of names", RANGES_MAX,
		                 BYTE_POOL_MAX >> 20);
	return true;
}

bool builder_finish(struct builder *builder, const char *source, const char *notice, struct timestamp date,
                    struct snapshot_image *image_out, struct error *error)
{
	struct flat flat4, flat6;
	struct snapshot_header header = {.magic = {'M', 'C', 'A', 'T', 'T', 'R', 'I', 'B'},
	                                 .order = SNAPSHOT_ORDER,
	                                 .version = SNAPSHOT_VERSION,
	                                 .date_ms = date.unix_ms,
	                                 .source = keep_text(builder, span_from_text(source)),
	                                 .notice = keep_text(builder, span_from_text(notice))};

	if (!has_right_size(builder, error)) {
		builder_done(builder);
		return false;
	}
	flat4 = flatten(builder, &builder->ranges4, (struct wide){0, UINT32_MAX});
	flat6 = flatten(builder, &builder->ranges6, (struct wide){UINT64_MAX, UINT64_MAX});
	name_networks(builder);
	header.count4 = flat4.count;
	header.count6 = flat6.count;
	header.payload_count = builder->payloads.size / (uint32_t)sizeof(struct builder_payload);
	header.network_count = builder->network_count;
	header.text_size = builder->texts.size;
	header.fields = fields_of(builder);
	header.size = snapshot_file_size(&header);
	image_out->size = (size_t)header.size;
	image_out->data = memory_allocate(image_out->size, 1);
	write_image(builder, &header, &flat4, &flat6, image_out);
	free(flat4.starts);
	free(flat4.values);
	free(flat6.starts);
	free(flat6.values);
	builder_done(builder);
	return true;
}
