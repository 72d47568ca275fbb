/* SPDX-License-Identifier: ISC */
/* The tables together: those that are built in, and what people add to them. */
#include "software/fingerprints.h"

#include <stdlib.h>

#include "base/memory.h"
#include "software/built_in.h"

struct fingerprints *fingerprints_new(struct error *error)
{
	struct fingerprints *fingerprints = memory_allocate(1, sizeof(*fingerprints));

	fingerprints->engine = pattern_engine_new();
	if (fingerprints_add_tsv(fingerprints, "fingerprints.tsv", span_make(BUILT_IN_FINGERPRINTS, BUILT_IN_FINGERPRINTS_SIZE), error) &&
	    fingerprints_add_support(fingerprints, "support.tsv", span_make(BUILT_IN_SUPPORT, BUILT_IN_SUPPORT_SIZE), error))
		return fingerprints;
	fingerprints_free(fingerprints);
	return NULL;
}

void fingerprints_free(struct fingerprints *fingerprints)
{
	if (fingerprints == NULL)
		return;
	fingerprint_list_done(&fingerprints->list);
	support_list_done(&fingerprints->support);
	pattern_engine_free(fingerprints->engine);
	free(fingerprints);
}

static bool keep(struct fingerprints *fingerprints, struct fingerprint_list *added, bool is_good)
{
	for (size_t i = 0; is_good && i < added->count; i++)
		fingerprints->field_counts[added->items[i].field]++;
	if (is_good)
		fingerprint_list_prepend(&fingerprints->list, added);
	else
		fingerprint_list_done(added);
	return is_good;
}

bool fingerprints_add_tsv(struct fingerprints *fingerprints, const char *name, struct span text, struct error *error)
{
	struct fingerprint_list added = {.items = NULL};

	return keep(fingerprints, &added, fingerprint_list_read(&added, fingerprints->engine, name, text, error));
}

bool fingerprints_add_recog(struct fingerprints *fingerprints, const char *name, struct span xml, struct error *error)
{
	struct fingerprint_list added = {.items = NULL};
	size_t ignored = 0;
	bool is_good = recog_read(&added, &fingerprints->list, fingerprints->engine, name, xml, &ignored, error);

	if (is_good)
		fingerprints->ignored += ignored;
	return keep(fingerprints, &added, is_good);
}

bool fingerprints_add_support(struct fingerprints *fingerprints, const char *name, struct span text, struct error *error)
{
	struct support_list added = {.items = NULL};

	if (!support_list_read(&added, name, text, error)) {
		support_list_done(&added);
		return false;
	}
	support_list_prepend(&fingerprints->support, &added);
	return true;
}

struct fingerprint_counts fingerprints_count(const struct fingerprints *fingerprints)
{
	return (struct fingerprint_counts){
		.fingerprints = fingerprints->list.count,
		.support_rows = fingerprints->support.count,
		.ignored = fingerprints->ignored,
	};
}

struct fingerprint_summary fingerprints_at(const struct fingerprints *fingerprints, size_t index)
{
	const struct fingerprint *fingerprint = &fingerprints->list.items[index];

	return (struct fingerprint_summary){
		.id = fingerprint->id,
		.product = fingerprint->product,
		.vendor = fingerprint->vendor,
		.family = fingerprint->family,
		.is_server = fingerprint->role == ROLE_BACK || fingerprint->role == ROLE_FRONT,
	};
}
