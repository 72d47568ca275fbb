/* SPDX-License-Identifier: ISC */
/* Tests of IPFire's database: a small one made here, and what becomes of it when somebody changed it. */
#include "base/buffer.h"
#include "enrich/source_test.h"
#include "enrich/sources.h"
#include "model/attribution.h"

enum { HEADER_SIZE = 8 + 20 + 40 + 4 + 2048 + 2048 + 32, NODES_MAX = 1024 };

static struct {
	uint32_t nodes[NODES_MAX][3];
	uint32_t node_count;
	struct buffer networks;
} tree;

static void tree_begin(void)
{
	memset(tree.nodes, 0, sizeof(tree.nodes));
	tree.nodes[0][2] = UINT32_MAX;
	tree.node_count = 1;
	buffer_clear(&tree.networks);
}

/* As libloc adds a network: IPv4 below ::ffff:0:0/96. */
static void tree_add(const char *prefix, const char *country, uint32_t asn, uint16_t flags)
{
	struct ip_range range;
	uint8_t bits[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	int length;
	uint32_t at = 0;

	assert_true(ip_range_parse(span_from_text(prefix), &range));
	length = ip_range_prefix_length(&range);
	if (range.first.family == IP_FAMILY_4) {
		memcpy(bits + 12, range.first.bytes, 4);
		length += 96;
	} else {
		memcpy(bits, range.first.bytes, 16);
	}
	for (int i = 0; i < length; i++) {
		size_t bit = (bits[i / 8] >> (7 - i % 8)) & 1;

		if (tree.nodes[at][bit] == 0) {
			assert_true(tree.node_count < NODES_MAX);
			tree.nodes[tree.node_count][2] = UINT32_MAX;
			tree.nodes[at][bit] = tree.node_count++;
		}
		at = tree.nodes[at][bit];
	}
	tree.nodes[at][2] = (uint32_t)(tree.networks.size / 12);
	buffer_append(&tree.networks, span_make(country, 2));
	buffer_append_u16(&tree.networks, 0);
	buffer_append_u32(&tree.networks, asn);
	buffer_append_u16(&tree.networks, flags);
	buffer_append_u16(&tree.networks, 0);
}

static void write_file(struct buffer *out)
{
	static const char texts[] = "\0One\0Two";
	uint32_t networks_at = HEADER_SIZE + 16, nodes_at = networks_at + (uint32_t)tree.networks.size,
		 texts_at = nodes_at + tree.node_count * 12;

	buffer_clear(out);
	buffer_append_text(out, "LOCDBXX\x01");
	buffer_append_u32(out, 0);
	buffer_append_u32(out, 1787373369);
	for (unsigned i = 0; i < 3; i++)
		buffer_append_u32(out, 0);
	for (unsigned i = 0; i < 5; i++) {
		const uint32_t parts[5][2] = {{HEADER_SIZE, 16},
		                              {networks_at, (uint32_t)tree.networks.size},
		                              {nodes_at, tree.node_count * 12},
		                              {texts_at, 0},
		                              {texts_at, sizeof(texts)}};

		buffer_append_u32(out, parts[i][0]);
		buffer_append_u32(out, parts[i][1]);
	}
	while (out->size < HEADER_SIZE)
		buffer_append_byte(out, 0);
	buffer_append_u32(out, 1);
	buffer_append_u32(out, 1);
	buffer_append_u32(out, 2);
	buffer_append_u32(out, 5);
	buffer_append(out, buffer_view(&tree.networks));
	for (uint32_t i = 0; i < tree.node_count; i++) {
		for (unsigned j = 0; j < 3; j++)
			buffer_append_u32(out, tree.nodes[i][j]);
	}
	buffer_append(out, span_make(texts, sizeof(texts)));
}

static void small_tree(void)
{
	tree_begin();
	tree_add("192.0.2.0/24", "DE", 1, 0);
	tree_add("192.0.2.128/25", "UK", 2, ATTRIBUTION_ANYCAST);
	tree_add("192.0.2.192/26", "EU", 3, 0x8000);
	tree_add("224.0.0.0/3", "\0\0", 0, 0);
	tree_add("2001:db8::/32", "FR", 2, 0);
	tree_add("2001:db8::ffff", "XX", 0, 0);
}

static void networks_are_read(void **state)
{
	struct buffer *file = *state;
	struct ip_address address = {IP_FAMILY_4, {192, 0, 2, 129}};

	small_tree();
	write_file(file);
	compile(buffer_view(file), NULL);
	says("192.0.2.1", "DE", 1, "One");
	says("192.0.2.129", "GB", 2, "Two");
	says("192.0.2.255", "EU", 3, "");
	says("192.0.3.0", "", 0, "");
	says("225.0.0.1", "", 0, "");
	says("2001:db8::fffe", "FR", 2, "Two");
	says("2001:db8::ffff", "XX", 0, "");
	says("2001:db9::", "", 0, "");
	assert_int_equal(snapshot_look_up(&compiled_snapshot, address)->flags, ATTRIBUTION_ANYCAST);
	assert_int_equal(snapshot_look_up(&compiled_snapshot, address)->prefix_length, 25);
	assert_string_equal(snapshot_text(&compiled_snapshot, compiled_snapshot.header->source), "ipfire-location");
	assert_int_equal(compiled_snapshot.header->date_ms, 1787373369000);
	assert_string_equal(snapshot_text(&compiled_snapshot, snapshot_find_network(&compiled_snapshot, 2)->name), "Two");
}

static void cut_files_are_refused(void **state)
{
	struct buffer *file = *state;

	small_tree();
	write_file(file);
	for (size_t size = 7; size < file->size; size += 13)
		is_refused(span_make(file->data, size), NULL, size < 8 ? "version 0" : "beyond its end");
	file->data[7] = 2;
	is_refused(buffer_view(file), NULL, "version 2");
}

static void hostile_trees_are_refused(void **state)
{
	struct buffer *file = *state;

	small_tree();
	tree.nodes[tree.node_count - 1][0] = 0x7fffffff;
	write_file(file);
	is_refused(buffer_view(file), NULL, "does not hold together");
	small_tree();
	tree.nodes[5][0] = 1; /* a loop */
	write_file(file);
	is_refused(buffer_view(file), NULL, "does not hold together");
	small_tree();
	tree.nodes[3][2] = 1000000; /* no such network */
	write_file(file);
	is_refused(buffer_view(file), NULL, "does not hold together");
	/* Each node twice the child of the one before: 2^100 ways through 100 nodes. */
	tree_begin();
	tree_add("192.0.2.0/24", "DE", 1, 0);
	for (uint32_t i = 0; i < 100; i++)
		tree.nodes[i][0] = tree.nodes[i][1] = i + 1;
	write_file(file);
	is_refused(buffer_view(file), NULL, "does not hold together");
}

static void names_beyond_the_texts_are_empty(void **state)
{
	struct buffer *file = *state;

	small_tree();
	write_file(file);
	memset(file->data + HEADER_SIZE + 4, 0xff, 4);
	compile(buffer_view(file), NULL);
	says("192.0.2.1", "DE", 1, "");
}

int main(void)
{
	static struct buffer file;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(networks_are_read, &file),
		cmocka_unit_test_prestate(cut_files_are_refused, &file),
		cmocka_unit_test_prestate(hostile_trees_are_refused, &file),
		cmocka_unit_test_prestate(names_beyond_the_texts_are_empty, &file),
	};
	int failed;

	buffer_init(&file, 1 << 20);
	buffer_init(&tree.networks, 1 << 16);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, done);
	buffer_done(&file);
	buffer_done(&tree.networks);
	return failed;
}
