/* SPDX-License-Identifier: ISC */
/* Reads targets and exclusions, resolves names, seals the scope. */
#include "app/scan_scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/resolver.h"
#include "reported/reported_file.h"

struct name_target {
	char *name;
	struct port_list ports;
};

struct builder {
	bool names_ranges; /* a prefix or a range of more than one address was named */
	struct target_set *targets;
	struct name_target *names;
	size_t name_count;
};

static void keep_file(struct scan_scope *scope, char *content)
{
	scope->files = memory_resize(scope->files, scope->file_count + 1, sizeof(*scope->files));
	scope->files[scope->file_count++] = content;
}

static bool add_exclusion_files(struct scan_scope *scope, const struct text_list *files, const char *reason, struct error *error)
{
	for (size_t i = 0; i < files->count; i++) {
		size_t size;
		char *content = file_read(files->items[i], &size, error);

		if (content == NULL)
			return false;
		keep_file(scope, content);
		if (!exclusion_list_add_text(scope->exclusions, span_make(content, size), files->items[i], reason, error))
			return false;
	}
	return true;
}

bool scan_scope_exclude(struct scan_scope *scope, const struct text_list *opened, const struct text_list *exclude_files,
                        const struct text_list *opt_out_files, struct error *error)
{
	scope->exclusions = exclusion_list_new();
	if (!exclusion_list_add_special(scope->exclusions, opened->items, opened->count, error) ||
	    !add_exclusion_files(scope, exclude_files, "blocklist", error) || !add_exclusion_files(scope, opt_out_files, "opt-out", error))
		return false;
	exclusion_list_seal(scope->exclusions);
	return true;
}

static bool build_exclusions(const struct scan_options *options, struct scan_scope *scope, struct error *error)
{
	return scan_scope_exclude(scope, &options->opened, &options->exclude_files, &options->opt_out_files, error);
}

static bool add_word(struct builder *builder, struct span word, struct error *error)
{
	struct ip_range range;
	struct port_list ports;
	struct span name;

	switch (target_parse(word, &range, &ports, &name, error)) {
	case TARGET_RANGE:
		builder->names_ranges = builder->names_ranges || ip_address_compare(range.first, range.last) != 0;
		target_set_add(builder->targets, &range, &ports);
		return true;
	case TARGET_HOST_NAME:
		builder->names = memory_resize(builder->names, builder->name_count + 1, sizeof(*builder->names));
		builder->names[builder->name_count].name = memory_allocate(name.size + 1, 1);
		memcpy(builder->names[builder->name_count].name, name.data, name.size);
		builder->names[builder->name_count++].ports = ports;
		return true;
	case TARGET_MALFORMED:
		break;
	}
	return false;
}

static bool add_file(struct builder *builder, const char *file_name, struct error *error)
{
	size_t size, line_number = 0;
	char *content = file_read(file_name, &size, error);
	struct span rest = span_make(content, size);
	bool is_good = content != NULL;

	while (is_good && rest.size > 0) {
		struct span line = span_take_line(&rest);

		line_number++;
		if (line.size > 0 && line.data[line.size - 1] == '\r')
			line.size--;
		line = span_part(line, 0, span_find_byte(line, '#'));
		for (struct span word = span_take_word(&line); word.size > 0 && is_good; word = span_take_word(&line)) {
			is_good = add_word(builder, word, error);
			if (!is_good)
				error_prefix(error, "%s, line %zu", strcmp(file_name, "-") == 0 ? "stdin" : file_name, line_number);
		}
	}
	free(content);
	return is_good;
}

/* ---- other tools' reports ---- */

struct reported_targets {
	struct target_set *targets;
	struct port_list ports; /* that are asked for */
	size_t passed_over;     /* claims of other ports */
};

static bool has_port(const struct port_list *ports, uint16_t port)
{
	for (size_t i = 0; i < ports->count; i++) {
		if (ports->ports[i] == port)
			return true;
	}
	return false;
}

/* A report of port scanners has all kinds of services: what is taken are the ports of the census, and what is said to speak POP3 or IMAP. */
static bool take_claim(void *context, const struct claim *claim)
{
	struct reported_targets *reported = context;
	struct ip_range range = {claim->address, claim->address};
	struct port_list ports = {.ports = {claim->port}, .count = claim->port != 0 ? 1 : 0};

	if (claim->port != 0 && !has_port(&reported->ports, claim->port) && claim->protocol == WIRE_UNKNOWN)
		reported->passed_over++;
	else
		target_set_add(reported->targets, &range, &ports);
	return true;
}

static bool add_reported(struct builder *builder, const struct port_list *ports, const char *file_name, struct error *error)
{
	struct reported_targets reported = {.targets = builder->targets, .ports = *ports};
	struct claim_sink sink = {.context = &reported, .take = take_claim};
	const struct reported_format *format;
	size_t size;
	char *content = file_read(file_name, &size, error);
	bool is_good = content != NULL && reported_read(span_make(content, size), file_name, &sink, &format, error);

	free(content);
	builder->names_ranges = true; /* somebody else named them */
	if (is_good && sink.unreadable > 0)
		fprintf(stderr, "mailcensus scan: %s (%s): %zu rows cannot be read and are passed over; the first is number %zu\n",
		        file_name, format->name, sink.unreadable, sink.first_unreadable);
	if (is_good && reported.passed_over > 0)
		fprintf(stderr, "mailcensus scan: %s (%s): %zu rows are of other ports than --ports, and are passed over\n", file_name,
		        format->name, reported.passed_over);
	return is_good;
}

static void on_resolved(void *context, const struct resolver_answer *answer)
{
	struct builder *builder = context;
	const struct name_target *name = &builder->names[answer->index];

	for (size_t i = 0; i < answer->address_count; i++) {
		struct ip_range range = {answer->addresses[i], answer->addresses[i]};

		target_set_add(builder->targets, &range, &name->ports);
	}
	if (answer->address_count == 0)
		fprintf(stderr, "mailcensus scan: %s: %s\n", name->name, resolver_outcome_sentence(answer->outcome));
	else if (answer->is_cut || answer->outcome == RESOLVER_FOUND_PARTLY)
		fprintf(stderr, "mailcensus scan: %s: not all of its addresses are known: %s\n", name->name,
		        answer->is_cut ? "there are too many" : "one of the two questions failed");
}

static bool resolve_names(struct builder *builder, const struct scan_options *options, size_t *unresolved_out, struct error *error)
{
	const char **names = memory_allocate(builder->name_count, sizeof(*names));
	bool is_good;

	for (size_t i = 0; i < builder->name_count; i++)
		names[i] = builder->names[i].name;
	is_good = resolver_resolve(names, builder->name_count, options->dns_server, on_resolved, builder, unresolved_out, error);
	free(names);
	return is_good;
}

static void builder_done(struct builder *builder)
{
	for (size_t i = 0; i < builder->name_count; i++)
		free(builder->names[i].name);
	free(builder->names);
}

/* Ranges that can only be one's own. Others that can be opened lead to strangers: NAT64, 6to4, anycast, a provider's customers. */
static bool is_lab_name(const char *name)
{
	static const char *const names[] = {"loopback",     "private",       "unique-local", "link-local",
	                                    "benchmarking", "documentation", "class-e"};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

bool scan_scope_is_lab(const struct ip_range *range)
{
	for (size_t i = 0; i < SPECIAL_RANGE_COUNT; i++) {
		struct ip_range special;

		if (is_lab_name(SPECIAL_RANGES[i].name) && ip_range_parse(span_from_text(SPECIAL_RANGES[i].prefix), &special) &&
		    ip_range_contains(&special, range->first) && ip_range_contains(&special, range->last))
			return true;
	}
	return false;
}

/* What is left of the scope after sealing and lies in a special-purpose range can only be there because it was opened. */
static void note_openness(struct scan_scope *scope)
{
	struct ip_range range;
	struct port_list ports;

	scope->is_all_opened = true;
	for (size_t i = 0; target_set_range(scope->targets, i, &range, &ports); i++)
		scope->is_all_opened = scope->is_all_opened && scan_scope_is_lab(&range);
}

bool scan_scope_build(const struct scan_options *options, const struct text_list *targets, struct scan_scope *scope_out,
                      struct error *error)
{
	struct scan_scope scope = {0};
	struct builder builder = {0};
	struct port_list ports;
	bool is_good;

	*scope_out = scope;
	if (!port_list_parse(span_from_text(options->ports), &ports))
		return error_set(error, "--ports takes up to %d numbers from 1 to 65535 with commas between, such as 110,143, not '%s'",
		                 TARGET_PORTS_MAX, options->ports);
	builder.targets = scope.targets = target_set_new(&ports);
	is_good = build_exclusions(options, &scope, error);
	for (size_t i = 0; is_good && i < targets->count; i++)
		is_good = add_word(&builder, span_from_text(targets->items[i]), error);
	for (size_t i = 0; is_good && i < options->target_files.count; i++)
		is_good = add_file(&builder, options->target_files.items[i], error);
	for (size_t i = 0; is_good && i < options->reported_files.count; i++)
		is_good = add_reported(&builder, &ports, options->reported_files.items[i], error);
	if (is_good && builder.name_count > 0)
		is_good = resolve_names(&builder, options, &scope.unresolved, error);
	is_good = is_good && target_set_seal(scope.targets, scope.exclusions, error);
	scope.names_ranges = builder.names_ranges;
	builder_done(&builder);
	*scope_out = scope;
	if (is_good)
		note_openness(scope_out);
	return is_good;
}

bool scan_scope_rebuild(const struct scan_options *options, const char *scope_text, struct scan_scope *scope_out, struct error *error)
{
	struct scan_scope scope = {0};
	struct builder builder = {0};
	struct port_list ports;
	struct span rest = span_from_text(scope_text);
	bool is_good;

	if (!port_list_parse(span_from_text(options->ports), &ports))
		return error_set(error, "--ports '%s' cannot be read", options->ports);
	builder.targets = scope.targets = target_set_new(&ports);
	is_good = build_exclusions(options, &scope, error);
	while (is_good && rest.size > 0)
		is_good = add_word(&builder, span_take_line(&rest), error);
	if (is_good) {
		/* Sealed without exclusions, so that the walk keeps its numbers; they are asked before every connection. */
		struct exclusion_list *none = exclusion_list_new();

		exclusion_list_seal(none);
		is_good = target_set_seal(scope.targets, none, error);
		exclusion_list_free(none);
	}
	builder_done(&builder);
	*scope_out = scope;
	if (is_good)
		note_openness(scope_out);
	return is_good;
}

void scan_scope_done(struct scan_scope *scope)
{
	target_set_free(scope->targets);
	exclusion_list_free(scope->exclusions);
	for (size_t i = 0; i < scope->file_count; i++)
		free(scope->files[i]);
	free(scope->files);
	*scope = (struct scan_scope){0};
}

void scan_scope_text(const struct scan_scope *scope, struct buffer *out)
{
	struct ip_range range;
	struct port_list ports;

	for (size_t i = 0; target_set_range(scope->targets, i, &range, &ports); i++) {
		char text[IP_RANGE_TEXT_SIZE];

		ip_range_format(&range, text);
		buffer_append_format(out, range.first.family == IP_FAMILY_6 ? "[%s]:" : "%s:", text);
		for (size_t port = 0; port < ports.count; port++)
			buffer_append_format(out, "%s%u", port > 0 ? "," : "", ports.ports[port]);
		buffer_append_byte(out, '\n');
	}
}

bool scan_scope_allows(const struct scan_scope *scope, const struct scan_options *options, struct error *error)
{
	struct probe_policy defaults;

	probe_policy_init(&defaults);
	if (options->confirm_login && (scope->names_ranges || target_set_count(scope->targets) > CONFIRMED_HOSTS_MAX))
		return error_set(error,
		                 "--confirm-login is for hosts of your own: name each of them as an address or a host name, no prefixes or "
		                 "ranges, and at most %d",
		                 CONFIRMED_HOSTS_MAX);
	if (scope->is_all_opened)
		return true;
	if (options->per_address > defaults.per_address || options->window_ms < defaults.window_ms || options->gap_ms < defaults.gap_ms)
		return error_set(error,
		                 "more than %u connections to one address in %u s, or less than %u s between two, is allowed only when "
		                 "every target lies in a range of a lab opened by --open: loopback, private, unique-local, link-local, "
		                 "benchmarking, documentation or class-e",
		                 defaults.per_address, defaults.window_ms / 1000, defaults.gap_ms / 1000);
	return true;
}
