/* SPDX-License-Identifier: ISC */
/* Writes whom to tell. */
#include "report/contact_json.h"

#include "report/json_write.h"

static void append_step(struct buffer *out, const struct contact_step *step)
{
	json_word(out, "kind", contact_kind_name(step->kind));
	json_word(out, "scope", contact_scope_name(step->scope));
	json_word(out, "match", step->match);
	json_list(out, "contact", span_from_text(step->is_never ? "" : step->contact), ",");
	json_bool(out, "never", step->is_never);
	json_word_or_null(out, "source", step->source);
	if (step->expires.unix_ms != 0)
		json_time(out, "expires", step->expires);
	else
		json_null(out, "expires");
	json_word_or_null(out, "comment", step->comment);
	json_word(out, "file", step->file);
	json_number(out, "line", step->line);
}

static void append_outcome(struct buffer *out, const struct contact_chain *chain)
{
	json_list(out, "to", span_from_text(chain->to != NULL ? chain->to->contact : ""), ",");
	json_list(out, "copy", span_from_text(chain->copy != NULL ? chain->copy->contact : ""), ",");
	json_bool(out, "never", chain->is_never);
	json_word_or_null(out, "match", chain->to != NULL ? chain->to->match : "");
	json_word_or_null(out, "source", chain->to != NULL ? chain->to->source : "");
}

void json_contact(struct buffer *out, const struct contact_chain *chain)
{
	json_key(out, "contact");
	if (chain == NULL) {
		buffer_append_text(out, "null");
		return;
	}
	buffer_append_byte(out, '{');
	append_outcome(out, chain);
	buffer_append_byte(out, '}');
}

void json_contact_chain(struct buffer *out, const struct contact_chain *chain)
{
	json_key(out, "contact");
	buffer_append_byte(out, '{');
	append_outcome(out, chain);
	json_key(out, "chain");
	buffer_append_byte(out, '[');
	for (size_t i = 0; i < chain->count; i++) {
		json_open_item(out);
		append_step(out, &chain->steps[i]);
		buffer_append_byte(out, '}');
	}
	buffer_append_byte(out, ']');
	json_bool(out, "cut", chain->is_cut);
	buffer_append_byte(out, '}');
}
