/* SPDX-License-Identifier: ISC */
/* Targets ripe_take_line, national_list_read, first_teams_read and introducer_teams_read, chosen by the first byte: whatever a list of others says, each row
   made of it can be written and read back, and what is refused is refused in printable words. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "contact/contact_import.h"
#include "contact/ripe.h"
#include "enrich/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void on_row(void *context, const struct contact_row *row)
{
	contact_file_append(context, row);
}

static void read_ripe(struct span content, struct contact_sink *sink)
{
	struct ripe *ripe = ripe_new(sink);
	struct span line, rest = content;

	/* Twice, so that networks find roles that stand behind them. */
	for (unsigned round = 0; round < 2; round++, rest = content) {
		while (source_take_line(&rest, &line))
			ripe_take_line(ripe, line);
		ripe_end_file(ripe);
	}
	ripe_free(ripe);
}

static bool read_list(unsigned char kind, struct span content, struct contact_sink *sink, struct error *error)
{
	switch (kind % 4) {
	case 0:
		return national_list_read(content, sink, error);
	case 1:
		return first_teams_read(content, sink, error);
	case 2:
		return introducer_teams_read(content, sink, error);
	default:
		read_ripe(content, sink);
		return true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer text, again;
	struct contact_sink sink = {.context = &text, .on_row = on_row, .on_remark = on_row, .source = "list"};
	struct contact_counts counts;
	struct error error = {{0}};

	if (size == 0)
		return 0;
	buffer_init(&text, 64 << 20);
	buffer_init(&again, 64 << 20);
	buffer_append_text(&text, CONTACT_FILE_TITLES);
	buffer_append_text(&again, CONTACT_FILE_TITLES);
	if (!read_list(data[0], span_make(data + 1, size - 1), &sink, &error))
		require(error.text[0] != '\0');
	for (const char *at = error.text; *at != '\0'; at++)
		require(*at >= ' ' && *at <= '~');
	require(contact_file_read(buffer_view(&text), &(struct contact_visitor){.context = &again, .on_row = on_row}, &counts, &error));
	require(span_equals(buffer_view(&text), buffer_view(&again)));
	require(counts.placeholders == 0 && counts.rows_refused == 0 && counts.never == 0);
	buffer_done(&text);
	buffer_done(&again);
	return 0;
}
