/* SPDX-License-Identifier: ISC */
/* From what the user named to a sealed scope: files and stdin read, names resolved, exclusions applied. */
#ifndef APP_SCAN_SCOPE_H
#define APP_SCAN_SCOPE_H

#include <stdbool.h>

#include "app/scan_options.h"
#include "base/buffer.h"
#include "base/error.h"
#include "scope/exclusion_list.h"
#include "scope/target_set.h"

/* --confirm-login is refused beyond: nobody owns and names more. */
enum { CONFIRMED_HOSTS_MAX = 256 };

struct scan_scope {
	struct exclusion_list *exclusions; /* asked again before every connection */
	struct target_set *targets;        /* sealed */
	bool names_ranges;                 /* some target was named as a prefix or a range, or by a report of others */
	bool is_all_opened;                /* every target lies in an opened special-purpose range: it is somebody's lab */
	size_t unresolved;                 /* names without an address; each was told on stderr */
	char **files;                      /* contents that the parts above point into */
	size_t file_count;
};

/* For a new census. False: the error names the word, file or line and what would be right. */
bool scan_scope_build(const struct scan_options *options, const struct text_list *targets, struct scan_scope *scope_out,
                      struct error *error) MUST_CHECK;
/* For a resumed one: the targets as scan_scope_text wrote them; exclusions are read anew and hold at the last moment. */
bool scan_scope_rebuild(const struct scan_options *options, const char *scope_text, struct scan_scope *scope_out,
                        struct error *error) MUST_CHECK;
void scan_scope_done(struct scan_scope *scope);
/* The exclusions alone: special-purpose ranges but the opened ones, blocklists, opt-outs. */
bool scan_scope_exclude(struct scan_scope *scope, const struct text_list *opened, const struct text_list *exclude_files,
                        const struct text_list *opt_out_files, struct error *error) MUST_CHECK;
/* The range lies in one that can only be one's own: loopback, private, unique-local, link-local, benchmarking, documentation, class-e. */
bool scan_scope_is_lab(const struct ip_range *range);
/* The sealed targets, one "range:ports" per line. */
void scan_scope_text(const struct scan_scope *scope, struct buffer *out);
/* Politeness may be loosened only in a lab. */
bool scan_scope_allows(const struct scan_scope *scope, const struct scan_options *options, struct error *error) MUST_CHECK;

/* The content of a file ("-" is stdin) with a NUL behind it; the caller frees. NULL: the error says why. */
char *file_read(const char *name, size_t *size_out, struct error *error) MUST_CHECK;

#endif
