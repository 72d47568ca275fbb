/* SPDX-License-Identifier: ISC */
/* Tests of dumps of routing tables, made here record by record; also packed. */
#include <bzlib.h>
#include <zlib.h>

#include "base/buffer.h"
#include "enrich/data_file.h"
#include "enrich/source_test.h"
#include "enrich/sources.h"
#include "model/attribution.h"

static void add_record(struct buffer *out, uint16_t type, uint16_t subtype, struct span content)
{
	buffer_append_u32(out, 1790035200);
	buffer_append_u16(out, type);
	buffer_append_u16(out, subtype);
	buffer_append_u32(out, (uint32_t)content.size);
	buffer_append(out, content);
}

/* Each path as segments: type, count, networks; the paths of several peers end in 0. */
static void add_rib(struct buffer *out, uint16_t subtype, const char *prefix, const uint32_t *const *paths, uint16_t peers)
{
	struct buffer record;
	struct ip_range range;
	int length;

	assert_true(ip_range_parse(span_from_text(prefix), &range));
	length = ip_range_prefix_length(&range);
	buffer_init(&record, 65536);
	buffer_append_u32(&record, 0);
	buffer_append_byte(&record, (unsigned char)length);
	buffer_append(&record, span_make(range.first.bytes, (size_t)(length + 7) / 8));
	buffer_append_u16(&record, peers);
	for (uint16_t peer = 0; peer < peers; peer++) {
		struct buffer path;
		const uint32_t *at = paths[peer];

		buffer_init(&path, 4096);
		while (*at != 0) {
			uint32_t count = at[1];

			buffer_append_byte(&path, (unsigned char)*at);
			buffer_append_byte(&path, (unsigned char)count);
			for (uint32_t i = 0; i < count; i++)
				buffer_append_u32(&path, at[2 + i]);
			at += 2 + count;
		}
		buffer_append_u16(&record, peer);
		buffer_append_u32(&record, 0);
		if (subtype == 8 || subtype == 10)
			buffer_append_u32(&record, 7);
		buffer_append_u16(&record, (uint16_t)(4 + 4 + path.size));
		buffer_append(&record, span_make("\x40\x01\x01\x00", 4)); /* ORIGIN */
		buffer_append(&record, span_make("\x50\x02", 2));         /* AS_PATH, with a long size */
		buffer_append_u16(&record, (uint16_t)path.size);
		buffer_append(&record, buffer_view(&path));
		buffer_done(&path);
	}
	add_record(out, 13, subtype, buffer_view(&record));
	buffer_done(&record);
}

static const uint32_t VIA_1_TO_10[] = {2, 2, 1, 10, 0}, VIA_2_TO_10[] = {2, 3, 2, 3, 10, 0}, VIA_2_TO_11[] = {2, 2, 2, 11, 0},
		      SET_OF_TWO[] = {2, 1, 5, 1, 2, 6, 7, 0}, SET_OF_ONE[] = {2, 1, 5, 1, 1, 12, 0},
		      CONFEDERATION[] = {2, 2, 5, 13, 3, 2, 64512, 64513, 0}, TO_PRIVATE[] = {2, 2, 5, 64512, 0}, NOWHERE[] = {0};

static void sample(struct buffer *out)
{
	const uint32_t *majority[] = {VIA_1_TO_10, VIA_2_TO_11, VIA_2_TO_10}, *set[] = {SET_OF_TWO}, *one[] = {SET_OF_ONE},
		       *confederation[] = {CONFEDERATION}, *private[] = {TO_PRIVATE}, *nowhere[] = {NOWHERE};

	buffer_clear(out);
	add_record(out, 13, 1, span_from_text("whatever peers there are"));
	add_rib(out, 2, "0.0.0.0/0", majority, 1);
	add_rib(out, 2, "192.0.2.0/24", majority, 3);
	add_rib(out, 2, "192.0.2.0/25", set, 1);
	add_rib(out, 8, "198.51.100.0/23", one, 1);
	add_rib(out, 4, "2001:db8::/33", confederation, 1);
	add_rib(out, 10, "2001:db9::/48", majority, 1);
	add_rib(out, 2, "203.0.113.0/24", private, 1);
	add_rib(out, 2, "203.0.112.0/24", nowhere, 1);
	add_rib(out, 3, "203.0.114.0/24", majority, 1); /* multicast */
	add_record(out, 16, 4, span_from_text("something else"));
}

static void most_peers_decide(void **state)
{
	struct buffer *file = *state;
	struct ip_address address = {IP_FAMILY_4, {192, 0, 2, 1}};

	sample(file);
	compile(buffer_view(file), NULL);
	says("192.0.2.1", "", 10, "");
	assert_int_equal(snapshot_look_up(&compiled_snapshot, address)->flags, ATTRIBUTION_MANY_ORIGINS);
	says("198.51.101.255", "", 12, "");
	says("2001:db8:7fff::", "", 13, "");
	says("2001:db8:8000::", "", 0, "");
	says("2001:db9::1", "", 10, "");
	says("203.0.113.1", "", 0, "");
	says("203.0.112.1", "", 0, "");
	says("203.0.114.1", "", 0, "");
	says("8.8.8.8", "", 0, "");
	assert_int_equal(compiled_snapshot.header->date_ms, 1790035200000);
}

static void cut_and_damaged_dumps_are_refused(void **state)
{
	struct buffer *file = *state;

	sample(file);
	for (size_t size = 12; size < file->size; size += 7) {
		struct snapshot_image image = {.data = NULL};
		struct error error = {{0}};
		struct source_input input = {.path = "FILE", .content = span_make(file->data, size)};

		if (source_compile(&input, &MRT_SOURCE, &image, NULL, &error)) /* the cut fell between two records */
			free(image.data);
		else if (strstr(error.text, "is cut short") == NULL && strstr(error.text, "says nothing") == NULL)
			fail_msg("%s", error.text);
	}
	memset(file->data + 8, 0xff, 4);
	is_refused(buffer_view(file), &MRT_SOURCE, "record 1 says that it has 4294967295 bytes");
	buffer_clear(file);
	add_record(file, 13, 2, span_make("\0\0\0\0\x21\xc0\0\2\0\0\0\0", 12));
	is_refused(buffer_view(file), NULL, "record 1 is no entry"); /* a length of 33 */
	buffer_clear(file);
	add_record(file, 13, 2, span_make("\0\0\0\0\x18\xc0\0\2\xff\xff", 10));
	is_refused(buffer_view(file), NULL, "record 1 is no entry"); /* 65535 peers, none there */
	buffer_clear(file);
	add_record(file, 12, 1, span_make("whatever", 8));
	is_refused(buffer_view(file), NULL, "before 2008");
}

static void unpacked_is(const struct buffer *file, struct span packed)
{
	unsigned char *unpacked;
	size_t size;

	assert_true(data_unpack(packed, 1 << 24, &unpacked, &size, NULL));
	assert_int_equal(size, file->size);
	assert_memory_equal(unpacked, file->data, size);
	free(unpacked);
}

static void is_not_unpacked(struct span packed, size_t max)
{
	unsigned char *unpacked;
	struct error error = {{0}};
	size_t size;

	assert_false(data_unpack(packed, max, &unpacked, &size, &error));
	assert_non_null(strstr(error.text, "packing is damaged"));
}

static void packed_dumps_are_unpacked(void **state)
{
	struct buffer *file = *state;
	static unsigned char gzip[65536], bzip2[65536];
	z_stream stream = {.avail_out = sizeof(gzip)};
	unsigned bzip2_size = sizeof(bzip2);
	unsigned char *unpacked;
	size_t size;

	sample(file);
	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = file->data;
	stream.avail_in = (unsigned)file->size;
	stream.next_out = gzip;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	unpacked_is(file, span_make(gzip, stream.total_out));
	is_not_unpacked(span_make(gzip, stream.total_out - 9), 1 << 24);
	is_not_unpacked(span_make(gzip, stream.total_out), 100);
	gzip[20] ^= 0xff;
	is_not_unpacked(span_make(gzip, stream.total_out), 1 << 24);
	deflateEnd(&stream);
	assert_int_equal(BZ2_bzBuffToBuffCompress((char *)bzip2, &bzip2_size, (char *)file->data, (unsigned)file->size, 9, 0, 0), BZ_OK);
	unpacked_is(file, span_make(bzip2, bzip2_size));
	is_not_unpacked(span_make(bzip2, bzip2_size - 9), 1 << 24);
	is_not_unpacked(span_make(bzip2, bzip2_size), 100);
	assert_true(data_unpack(span_from_text("BZ is no packing"), 100, &unpacked, &size, NULL));
	assert_null(unpacked);
}

int main(void)
{
	static struct buffer file;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(most_peers_decide, &file),
		cmocka_unit_test_prestate(cut_and_damaged_dumps_are_refused, &file),
		cmocka_unit_test_prestate(packed_dumps_are_unpacked, &file),
	};
	int failed;

	buffer_init(&file, 1 << 20);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, done);
	buffer_done(&file);
	return failed;
}
