/* SPDX-License-Identifier: ISC */
/* Loads what an assessor judges by. */
#include "app/assessor_options.h"

#include <stdlib.h>

#include "app/scan_scope.h"

void assessor_options_done(struct assessor_options *options)
{
	text_list_done(&options->fingerprint_files);
	text_list_done(&options->recog_files);
}

static bool add_fingerprints(struct fingerprints *fingerprints, const struct text_list *files,
                             bool (*add)(struct fingerprints *fingerprints, const char *name, struct span text, struct error *error),
                             struct error *error)
{
	for (size_t i = 0; i < files->count; i++) {
		size_t size;
		char *content = file_read(files->items[i], &size, error);
		bool is_good = content != NULL && add(fingerprints, files->items[i], span_make(content, size), error);

		free(content);
		if (!is_good)
			return false;
	}
	return true;
}

bool assessor_open(const struct assessor_options *options, enum probe_depth depth, size_t chains_max, struct assessor *assessor_out,
                   struct error *error)
{
	struct fingerprints *fingerprints;
	struct trust_stores *stores = trust_stores_new(options->trust_store, options->mozilla_store, NULL, error);

	if (stores == NULL)
		return false;
	fingerprints = fingerprints_new(error);
	if (fingerprints == NULL || !add_fingerprints(fingerprints, &options->recog_files, fingerprints_add_recog, error) ||
	    !add_fingerprints(fingerprints, &options->fingerprint_files, fingerprints_add_tsv, error)) {
		fingerprints_free(fingerprints);
		trust_stores_free(stores);
		return false;
	}
	assessor_init(assessor_out, depth, stores, fingerprints, chains_max);
	return true;
}
