/* SPDX-License-Identifier: ISC */
/* For the tests of sources: compile bytes, look an address up, or see why not. */
#ifndef ENRICH_SOURCE_TEST_H
#define ENRICH_SOURCE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/source.h"

static struct snapshot_image compiled;
static struct snapshot compiled_snapshot;

/* source NULL: it has to be recognised. */
static inline void compile(struct span content, const struct enrichment_source *source)
{
	struct error error = {{0}};
	struct source_input input = {.path = "/somewhere/FILE", .content = content, .modified = {5000}};

	free(compiled.data);
	compiled.data = NULL;
	if (!source_compile(&input, source, &compiled, NULL, &error))
		fail_msg("%s", error.text);
	assert_true(snapshot_view(span_make(compiled.data, compiled.size), false, &compiled_snapshot, &error));
}

static inline void says(const char *text, const char *country, uint32_t asn, const char *name)
{
	struct ip_address address;
	const struct snapshot_payload *payload;

	assert_true(ip_address_parse(span_from_text(text), &address));
	payload = snapshot_look_up(&compiled_snapshot, address);
	if (memcmp(payload->country, country[0] != '\0' ? country : "\0", 2) != 0)
		fail_msg("%s is in %.2s, not in %s", text, payload->country, country);
	if (payload->asn != asn)
		fail_msg("%s is of AS%u, not AS%u", text, payload->asn, asn);
	assert_string_equal(snapshot_text(&compiled_snapshot, snapshot_detail(&compiled_snapshot, payload)->name), name);
}

static inline void is_refused(struct span content, const struct enrichment_source *source, const char *because)
{
	struct error error = {{0}};
	struct snapshot_image image = {.data = NULL};
	struct source_input input = {.path = "/somewhere/FILE", .content = content};

	assert_false(source_compile(&input, source, &image, NULL, &error));
	if (strstr(error.text, because) == NULL || strstr(error.text, "FILE") == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error.text, because);
}

static inline int done(void **state)
{
	(void)state;
	free(compiled.data);
	compiled.data = NULL;
	return 0;
}

#endif
