/* SPDX-License-Identifier: ISC */
/* Opens the sources that were asked for, and those that are there anyway. */
#include "app/attribution_options.h"

void attribution_options_done(struct attribution_options *options)
{
	text_list_done(&options->files);
}

struct attributor *attribution_open(const struct attribution_options *options, struct error *error)
{
	struct attributor_options wanted = {
		.files = options->files.items, .file_count = options->files.count, .directory = options->directory};

	return attributor_open(&wanted, error);
}
