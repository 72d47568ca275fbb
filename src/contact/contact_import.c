/* SPDX-License-Identifier: ISC */
/* The table of lists that can be taken in, and what they share. */
#include "contact/contact_import.h"

#include <string.h>

#include "base/text.h"
#include "contact/importers.h"
#include "enrich/data_file.h"

enum { COMMENT_MAX = 200 };

const struct contact_importer *const CONTACT_IMPORTERS[] = {
	&RIPE_IMPORTER, &INTELMQ_IMPORTER, &INTELMQ_AUTOMATIC_IMPORTER, &NATIONAL_IMPORTER, &FIRST_IMPORTER, &INTRODUCER_IMPORTER, NULL,
};

const struct contact_importer *contact_importer_find(const char *name)
{
	for (size_t i = 0; CONTACT_IMPORTERS[i] != NULL; i++) {
		if (strcmp(name, CONTACT_IMPORTERS[i]->name) == 0)
			return CONTACT_IMPORTERS[i];
	}
	return NULL;
}

static void add(struct contact_sink *sink, const struct contact_row *row, struct span contacts, bool is_remark)
{
	struct contact_list list;
	struct contact_row out = *row;

	if (!contact_list_read(contacts, &list, NULL)) {
		sink->counts.malformed++;
		return;
	}
	sink->counts.placeholders += list.placeholders;
	sink->counts.malformed += list.malformed;
	if (list.count == 0) {
		sink->counts.without_contact += list.placeholders + list.malformed == 0;
		return;
	}
	out.contact = list.text;
	if (is_remark && sink->on_remark != NULL)
		sink->on_remark(sink->context, &out);
	if (!is_remark)
		sink->on_row(sink->context, &out);
	sink->counts.remarks += is_remark;
	sink->counts.rows += !is_remark;
}

static void add_commented(struct contact_sink *sink, struct contact_row *row, struct span contacts, struct span comment, bool is_remark)
{
	struct buffer shown;

	buffer_init(&shown, 4 * COMMENT_MAX + 1);
	text_escape(span_part(comment, 0, COMMENT_MAX), &shown);
	row->source = span_from_text(sink->source);
	row->expires = sink->expires;
	row->comment = span_part(buffer_view(&shown), 0, 4 * COMMENT_MAX);
	add(sink, row, contacts, is_remark);
	buffer_done(&shown);
}

void contact_sink_add(struct contact_sink *sink, const struct contact_match *match, enum contact_scope scope, struct span contacts,
                      struct span comment)
{
	add_commented(sink, &(struct contact_row){.match = *match, .scope = scope}, contacts, comment, false);
}

void contact_sink_add_remark(struct contact_sink *sink, const struct contact_match *match, enum contact_scope scope, struct span contacts,
                             struct span comment)
{
	add_commented(sink, &(struct contact_row){.match = *match, .scope = scope}, contacts, comment, true);
}

bool contact_import_files(const char *const *paths, size_t count, struct contact_sink *sink,
                          bool (*read)(struct span content, struct contact_sink *sink, struct error *error), struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		struct data_file file;
		bool is_done;

		if (!data_file_open(paths[i], &file, error))
			return false;
		is_done = read(file.content, sink, error);
		data_file_close(&file);
		if (!is_done)
			return error_prefix(error, "%s", paths[i]);
	}
	return true;
}
