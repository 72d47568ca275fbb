/* SPDX-License-Identifier: ISC */
/* Tests of what a damaged, cut or hostile snapshot gives: a clear error, and nothing read beyond its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "enrich/builder.h"

static struct snapshot_image sample(void)
{
	struct builder builder;
	struct snapshot_image image;
	struct ip_range range;

	builder_init(&builder);
	assert_true(ip_range_parse(span_from_text("192.0.2.0/24"), &range));
	builder_add_range(
		&builder, &range,
		&(struct builder_value){.country = "DE", .asn = 64500, .name = span_from_text("name"), .sector = span_from_text("sector")});
	assert_true(ip_range_parse(span_from_text("2001:db8::/32"), &range));
	builder_add_range(&builder, &range, &(struct builder_value){.country = "FR", .asn = 64501});
	builder_add_network(&builder, 64501, &(struct builder_value){.name = span_from_text("other")});
	assert_true(builder_finish(&builder, "test", "", (struct timestamp){1000}, &image, NULL));
	return image;
}

static void is_refused(const struct snapshot_image *image, size_t size, const char *because)
{
	struct snapshot snapshot;
	struct error error = {{0}};

	assert_false(snapshot_view(span_make(image->data, size), false, &snapshot, &error));
	if (strstr(error.text, because) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error.text, because);
}

static void any_changed_byte_is_seen(void **state)
{
	struct snapshot_image image = sample();
	struct snapshot snapshot;

	(void)state;
	assert_true(snapshot_view(span_make(image.data, image.size), false, &snapshot, NULL));
	for (size_t i = 0; i < image.size; i++) {
		if (i >= offsetof(struct snapshot_header, reserved) && i < offsetof(struct snapshot_header, date_ms))
			continue; /* means nothing */
		if (i > 4096 && i % 97 != 0)
			continue;
		image.data[i] ^= 0x10;
		assert_false(snapshot_view(span_make(image.data, image.size), false, &snapshot, NULL));
		image.data[i] ^= 0x10;
	}
	free(image.data);
}

static void any_cut_is_seen(void **state)
{
	struct snapshot_image image = sample();
	struct snapshot_header *header = (void *)image.data;

	(void)state;
	is_refused(&image, 0, "no compiled attribution");
	is_refused(&image, 40, "less than its beginning");
	is_refused(&image, sizeof(*header), "not copied whole");
	is_refused(&image, image.size - 1, "not copied whole");
	header->version = 2;
	is_refused(&image, image.size, "has version 2");
	header->version = SNAPSHOT_VERSION;
	header->order = 0x04030201;
	is_refused(&image, image.size, "another kind of machine");
	free(image.data);
}

/* One number is changed and the checksum made right again. */
static void is_hostile(uint32_t *number, uint32_t value, struct snapshot_image *image)
{
	struct snapshot_header *header = (void *)image->data;
	uint32_t before = *number;

	*number = value;
	header->checksum = snapshot_checksum(span_make(image->data, image->size));
	is_refused(image, image->size, header->size == snapshot_file_size(header) ? "does not hold together" : "damaged");
	*number = before;
}

static void numbers_that_lead_beyond_the_end_are_refused(void **state)
{
	struct snapshot_image image = sample();
	struct snapshot_header *header = (void *)image.data;
	struct snapshot snapshot;

	(void)state;
	assert_true(snapshot_view(span_make(image.data, image.size), false, &snapshot, NULL));
	is_hostile((uint32_t *)(uintptr_t)&snapshot.ranges4[1].value, 1000, &image);
	is_hostile((uint32_t *)(uintptr_t)&snapshot.values6[1], UINT32_MAX, &image);
	is_hostile((uint32_t *)(uintptr_t)&snapshot.ranges4[0].start, 1, &image);
	is_hostile((uint32_t *)(uintptr_t)&snapshot.ranges4[2].start, 5, &image);
	is_hostile((uint32_t *)(uintptr_t)&snapshot.index4[0], 1, &image);
	is_hostile((uint32_t *)(uintptr_t)&snapshot.index4[SNAPSHOT_INDEX_SIZE - 1], UINT32_MAX, &image);
	is_hostile((uint32_t *)(uintptr_t)&snapshot.index6[7], 0, &image);
	is_hostile((uint32_t *)(uintptr_t)&snapshot.details[1].name, header->text_size, &image);
	is_hostile((uint32_t *)(uintptr_t)&snapshot.details[1].authorised, UINT32_MAX, &image);
	is_hostile((uint32_t *)(uintptr_t)&snapshot.networks[0].sector, header->text_size, &image);
	is_hostile(&header->source, header->text_size, &image);
	is_hostile(&header->count4, UINT32_MAX, &image);
	is_hostile(&header->text_size, 0, &image);
	free(image.data);
}

static void parts_lie_as_the_manual_says(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct snapshot_header), 80);
	assert_int_equal(offsetof(struct snapshot_header, date_ms), 32);
	assert_int_equal(offsetof(struct snapshot_header, fields), 60);
	assert_int_equal(sizeof(struct snapshot_payload), 8);
	assert_int_equal(sizeof(struct snapshot_detail), 16);
	assert_int_equal(sizeof(struct snapshot_network), 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_changed_byte_is_seen),
		cmocka_unit_test(any_cut_is_seen),
		cmocka_unit_test(numbers_that_lead_beyond_the_end_are_refused),
		cmocka_unit_test(parts_lie_as_the_manual_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
