/* SPDX-License-Identifier: ISC */
/* Findings of a host for a person: each once, with all its ports, worst first, with what to do now. */
#include "report/check_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/check_answer.h"

enum { LINE_MAX = 8192 };

/* One finding at one place. port 0: of the host. */
struct place {
	const struct check_finding *finding;
	uint16_t port;
};

/* The places of one id. */
struct group {
	const struct place *const *places;
	size_t count;
	enum severity severity; /* the worst of them */
};

struct listing {
	struct place *places;
	size_t place_count;
	const struct place **sorted; /* the places group by group */
	struct group *groups;
	size_t group_count;
};

static const char *const HEADS[] = {[SEVERITY_INFO] = "INFO",
                                    [SEVERITY_LOW] = "LOW",
                                    [SEVERITY_MEDIUM] = "MEDIUM",
                                    [SEVERITY_HIGH] = "HIGH",
                                    [SEVERITY_CRITICAL] = "CRITICAL"};

static enum text_colour colour_of(enum severity severity)
{
	return severity >= SEVERITY_MEDIUM ? TEXT_RED : severity == SEVERITY_LOW ? TEXT_YELLOW : TEXT_DIM;
}

static void collect(struct listing *listing, const struct check_finding *findings, size_t count, uint16_t port)
{
	for (size_t i = 0; i < count; i++)
		listing->places[listing->place_count++] = (struct place){&findings[i], port};
}

static bool is_same(const struct place *a, const struct place *b)
{
	return strcmp(a->finding->id, b->finding->id) == 0;
}

static bool begins_group(const struct listing *listing, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (is_same(&listing->places[i], &listing->places[index]))
			return false;
	}
	return true;
}

/* Stable, so that equal severities keep the order of the rules. */
static void sort_groups(struct listing *listing)
{
	for (size_t i = 1; i < listing->group_count; i++) {
		struct group moved = listing->groups[i];
		size_t at = i;

		for (; at > 0 && listing->groups[at - 1].severity < moved.severity; at--)
			listing->groups[at] = listing->groups[at - 1];
		listing->groups[at] = moved;
	}
}

static void listing_init(struct listing *listing, const struct check_host *host)
{
	size_t total = host->finding_count, used = 0;

	for (size_t i = 0; i < host->service_count; i++)
		total += host->services[i].finding_count;
	*listing = (struct listing){
		.places = memory_allocate(total + 1, sizeof(*listing->places)),
		.sorted = memory_allocate(total + 1,
	                                  sizeof(*listing->sorted)), /* NOLINT(bugprone-sizeof-expression): an array of pointers is meant */
		.groups = memory_allocate(total + 1, sizeof(*listing->groups))};
	for (size_t i = 0; i < host->service_count; i++)
		collect(listing, host->services[i].findings, host->services[i].finding_count, host->services[i].endpoint.port);
	collect(listing, host->findings, host->finding_count, 0);
	for (size_t i = 0; i < listing->place_count; i++) {
		struct group *group = &listing->groups[listing->group_count];

		if (!begins_group(listing, i))
			continue;
		*group = (struct group){.places = &listing->sorted[used]};
		for (size_t j = i; j < listing->place_count; j++) {
			if (!is_same(&listing->places[i], &listing->places[j]))
				continue;
			listing->sorted[used++] = &listing->places[j];
			group->count++;
			if (listing->places[j].finding->severity > group->severity)
				group->severity = listing->places[j].finding->severity;
		}
		listing->group_count++;
	}
	sort_groups(listing);
}

static void listing_done(struct listing *listing)
{
	free(listing->places);
	free(listing->sorted);
	free(listing->groups);
}

static void append_ports_of(const struct group *group, const struct place *only_like, struct buffer *out)
{
	uint16_t *ports = memory_allocate(group->count, sizeof(*ports));
	size_t count = 0;

	for (size_t i = 0; i < group->count; i++) {
		if (group->places[i]->port != 0 &&
		    (only_like == NULL || strcmp(group->places[i]->finding->evidence, only_like->finding->evidence) == 0))
			ports[count++] = group->places[i]->port;
	}
	check_ports_text(ports, count, out);
	free(ports);
}

static void print_labelled(struct text_flow *flow, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	text_flow_column(flow, 2);
	text_flow_paint(flow, TEXT_BOLD, label);
	text_flow_words(flow, 4, text);
	text_flow_end_line(flow);
}

static bool was_told(const struct group *group, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(group->places[i]->finding->evidence, group->places[index]->finding->evidence) == 0)
			return true;
	}
	return false;
}

/* Ports with the same evidence together. */
static void print_evidence(struct text_flow *flow, const struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct buffer label;

		if (was_told(group, i) || group->places[i]->finding->evidence[0] == '\0')
			continue;
		buffer_init(&label, 256);
		buffer_append_text(&label, "Seen on ");
		append_ports_of(group, group->places[i], &label);
		buffer_append_text(&label, ":");
		print_labelled(flow, buffer_text(&label), group->places[i]->finding->evidence);
		buffer_done(&label);
	}
}

static bool is_same_advice(const struct check_advice *a, const struct check_advice *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->lines, b->lines) == 0 && strcmp(a->steps, b->steps) == 0;
}

/* The i-th advice of all places of a group, or NULL beyond the last. */
static const struct check_advice *advice_at(const struct group *group, size_t index)
{
	for (size_t i = 0; i < group->count; i++) {
		if (index < group->places[i]->finding->advice_count)
			return &group->places[i]->finding->advices[index];
		index -= group->places[i]->finding->advice_count;
	}
	return NULL;
}

static bool was_advised(const struct group *group, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (is_same_advice(advice_at(group, i), advice_at(group, index)))
			return true;
	}
	return false;
}

static bool was_verified(const struct group *group, size_t from, size_t index)
{
	for (size_t i = from; i < index; i++) {
		const struct check_advice *advice = advice_at(group, i);

		if (is_same_advice(advice, advice_at(group, index)) && strcmp(advice->verify, advice_at(group, index)->verify) == 0)
			return true;
	}
	return false;
}

static void print_verify(struct text_flow *flow, const struct group *group, size_t from)
{
	const struct check_advice *first = advice_at(group, from);

	if (first->verify[0] == '\0')
		return;
	text_flow_column(flow, 4);
	text_flow_put(flow, "Then see that it worked:");
	text_flow_end_line(flow);
	for (size_t i = from; advice_at(group, i) != NULL; i++) {
		if (is_same_advice(first, advice_at(group, i)) && !was_verified(group, from, i))
			text_flow_lines(flow, 6, advice_at(group, i)->verify);
	}
}

/* A line that begins with "$ " is a command and stays as it is; others are words. */
static void print_step_lines(struct text_flow *flow, const char *steps)
{
	struct span rest = span_from_text(steps);

	while (rest.size > 0) {
		struct span step = span_take_line(&rest);
		struct buffer line;

		buffer_init(&line, LINE_MAX);
		buffer_append(&line, step);
		if (span_starts_with_text(step, "$ ")) {
			text_flow_lines(flow, 6, buffer_text(&line));
		} else {
			text_flow_words(flow, 6, buffer_text(&line));
			text_flow_end_line(flow);
		}
		buffer_done(&line);
	}
}

static void print_steps(struct text_flow *flow, const struct check_advice *advice)
{
	if (advice->lines[0] != '\0') {
		text_flow_column(flow, 4);
		text_flow_words(flow, 6, advice->file[0] != '\0' ? "Into the file" : "Write:");
		text_flow_words(flow, 6, advice->file);
		text_flow_end_line(flow);
		text_flow_lines(flow, 6, advice->lines);
	}
	if (advice->steps[0] != '\0') {
		text_flow_column(flow, 4);
		text_flow_put(flow, advice->lines[0] != '\0' ? "Then:" : "Do:");
		text_flow_end_line(flow);
		print_step_lines(flow, advice->steps);
	}
}

/* The id of an earlier finding that gave the same advice, or NULL. */
static const char *advised_before(const struct listing *listing, size_t group_index, const struct check_advice *advice)
{
	for (size_t i = 0; i < group_index; i++) {
		const struct group *group = &listing->groups[i];

		for (size_t j = 0; group->severity > SEVERITY_INFO && advice_at(group, j) != NULL; j++) {
			if (is_same_advice(advice_at(group, j), advice))
				return group->places[0]->finding->id;
		}
	}
	return NULL;
}

static void print_advice_again(struct text_flow *flow, const struct check_advice *advice, const char *id)
{
	struct buffer text;

	buffer_init(&text, LINE_MAX);
	buffer_append_format(&text, "%s As told for %s above.", advice->summary, id);
	print_labelled(flow, "What to do now:", buffer_text(&text));
	buffer_done(&text);
}

static void print_advices(struct text_flow *flow, const struct listing *listing, size_t group_index)
{
	const struct group *group = &listing->groups[group_index];

	for (size_t i = 0; advice_at(group, i) != NULL; i++) {
		const struct check_advice *advice = advice_at(group, i);
		const char *before = advised_before(listing, group_index, advice);

		if (was_advised(group, i))
			continue;
		if (before != NULL) {
			print_advice_again(flow, advice, before);
			continue;
		}
		print_labelled(flow, "What to do now:", advice->summary);
		print_steps(flow, advice);
		print_verify(flow, group, i);
		if (advice->tested_with[0] != '\0') {
			text_flow_column(flow, 4);
			text_flow_put(flow, "Tested with");
			text_flow_words(flow, 6, advice->tested_with);
			text_flow_end_line(flow);
		}
	}
}

static bool has_finding(const struct check_finding *findings, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(findings[i].id, id) == 0)
			return true;
	}
	return false;
}

/* The earlier host that was told the same; NULL: this is the first. */
static const struct check_host *told_before(const struct check_report *report, size_t host_index, const char *id)
{
	for (size_t i = 0; i < host_index; i++) {
		const struct check_host *host = &report->hosts[i];

		if (!host->has_address)
			continue;
		if (has_finding(host->findings, host->finding_count, id))
			return host;
		for (size_t j = 0; j < host->service_count; j++) {
			if (has_finding(host->services[j].findings, host->services[j].finding_count, id))
				return host;
		}
	}
	return NULL;
}

static void print_head(struct text_flow *flow, const struct group *group)
{
	const struct check_finding *finding = group->places[0]->finding;
	struct buffer where;

	buffer_init(&where, 512);
	buffer_append_format(&where, "(%s, ", finding->id);
	append_ports_of(group, NULL, &where);
	buffer_append_text(&where, ")");
	text_flow_paint(flow, colour_of(group->severity), HEADS[group->severity]);
	text_flow_column(flow, 10);
	text_flow_paint(flow, TEXT_BOLD, finding->title);
	text_flow_words(flow, 10, buffer_text(&where));
	text_flow_end_line(flow);
	buffer_done(&where);
}

static void print_group(struct text_flow *flow, const struct check_report *report, size_t host_index, const struct listing *listing,
                        size_t group_index)
{
	const struct group *group = &listing->groups[group_index];
	const struct check_finding *finding = group->places[0]->finding;
	const struct check_host *before = told_before(report, host_index, finding->id);

	text_flow_end_line(flow);
	print_head(flow, group);
	if (before != NULL) {
		char address[IP_ADDRESS_TEXT_SIZE];

		ip_address_format(before->address, address);
		text_flow_column(flow, 2);
		text_flow_put(flow, "Explained above, at ");
		text_flow_put(flow, address);
		text_flow_put(flow, ".");
		text_flow_end_line(flow);
		print_evidence(flow, group);
		return;
	}
	text_flow_words(flow, 2, finding->explanation);
	text_flow_end_line(flow);
	print_labelled(flow, "Who can use it:", finding->exploit);
	print_evidence(flow, group);
	print_advices(flow, listing, group_index);
	print_labelled(flow, "Read more:", finding->reference);
}

/* Worth knowing, but nothing to act on at once: two lines each. */
static void print_note(struct text_flow *flow, const struct group *group)
{
	const struct check_finding *finding = group->places[0]->finding;
	struct buffer text;

	buffer_init(&text, 4096);
	buffer_append_format(&text, "%s (%s, ", finding->title, finding->id);
	append_ports_of(group, NULL, &text);
	buffer_append_format(&text, ")%s%s", finding->evidence[0] != '\0' ? ": " : "", finding->evidence);
	text_flow_put(flow, "  - ");
	text_flow_words(flow, 4, buffer_text(&text));
	text_flow_end_line(flow);
	buffer_done(&text);
}

void check_text_findings(struct text_flow *flow, const struct check_report *report, size_t host_index)
{
	struct listing listing;
	bool has_notes = false;

	listing_init(&listing, &report->hosts[host_index]);
	for (size_t i = 0; i < listing.group_count; i++) {
		if (listing.groups[i].severity > SEVERITY_INFO) {
			print_group(flow, report, host_index, &listing, i);
			continue;
		}
		if (!has_notes) {
			text_flow_end_line(flow);
			text_flow_paint(flow, TEXT_BOLD, "Worth knowing");
			text_flow_end_line(flow);
		}
		has_notes = true;
		print_note(flow, &listing.groups[i]);
	}
	listing_done(&listing);
}
