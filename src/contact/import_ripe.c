/* SPDX-License-Identifier: ISC */
/* Reads the RIPE database without keeping it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/character.h"
#include "base/memory.h"
#include "contact/importers.h"
#include "contact/line_stream.h"
#include "contact/ripe.h"
#include "contact/text_map.h"

enum { VALUE_MAX = 256, FILES_MAX = 64 };

enum attribute { NOTHING, KEY, ABUSE_C, ORG, NIC_HDL, ABUSE_MAILBOX, NETNAME, ATTRIBUTE_COUNT };

/* Where objects of a class go; the order is that in which files are read, and so that
   of the rows, which is the one in which they are wanted. */
enum class { CLASS_ROLE, CLASS_ORGANISATION, CLASS_INETNUM, CLASS_INET6NUM, CLASS_AUT_NUM, CLASS_OTHER };

static const char *const CLASS_NAMES[] = {"role", "organisation", "inetnum", "inet6num", "aut-num"};

static const struct {
	const char *name;
	enum attribute attribute;
} ATTRIBUTES[] = {
	{"abuse-c", ABUSE_C}, {"org", ORG}, {"nic-hdl", NIC_HDL}, {"abuse-mailbox", ABUSE_MAILBOX}, {"netname", NETNAME},
};

/* What stands for all that the registry does not give out: its contact is nobody's. */
static const char *const PLACEHOLDER_NETWORKS[] = {"NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK", "IANA-BLK", "IANA-NETBLOCK", "EU-ZZ"};

struct ripe {
	struct contact_sink *sink;
	struct text_map roles, organisations; /* mailboxes by handle; handles of roles by organisation */
	enum class class;                     /* of the object that is being read */
	bool is_inside;                       /* of an object */
	enum attribute last;                  /* what a continued line continues */
	char values[ATTRIBUTE_COUNT][VALUE_MAX];
};

struct ripe *ripe_new(struct contact_sink *sink)
{
	struct ripe *ripe = memory_allocate(1, sizeof(*ripe));

	ripe->sink = sink;
	return ripe;
}

void ripe_free(struct ripe *ripe)
{
	if (ripe == NULL)
		return;
	text_map_done(&ripe->roles);
	text_map_done(&ripe->organisations);
	free(ripe);
}

static enum class class_of(struct span name) {
	for (size_t i = 0; i < ARRAY_LENGTH(CLASS_NAMES);
	     i++){if (span_equals_text_ignoring_case(name, CLASS_NAMES[i])) return (enum class)i;}
return CLASS_OTHER;
}

static enum attribute attribute_of(struct span name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(ATTRIBUTES); i++) {
		if (span_equals_text_ignoring_case(name, ATTRIBUTES[i].name))
			return ATTRIBUTES[i].attribute;
	}
	return NOTHING;
}

/* Only the first of an attribute that stands there several times. */
static void keep_value(struct ripe *ripe, enum attribute attribute, struct span value)
{
	char *kept = ripe->values[attribute];

	value = span_trim(span_part(value, 0, span_find_byte(value, '#')));
	ripe->last = NOTHING;
	if (attribute == NOTHING || kept[0] != '\0' || value.size >= VALUE_MAX)
		return;
	(void)snprintf(kept, VALUE_MAX, "%.*s", (int)value.size, value.size > 0 ? (const char *)value.data : "");
	ripe->last = attribute;
}

static void continue_value(struct ripe *ripe, struct span more)
{
	char *kept = ripe->values[ripe->last];
	size_t size = strlen(kept);

	more = span_trim(span_part(more, 0, span_find_byte(more, '#')));
	if (ripe->last == NOTHING || more.size == 0)
		return;
	if (size + more.size + 2 > VALUE_MAX)
		kept[0] = '\0'; /* too long to be any of what is looked for */
	else
		(void)snprintf(kept + size, VALUE_MAX - size, "%s%.*s", size > 0 ? " " : "", (int)more.size, (const char *)more.data);
}

static struct span value_of(const struct ripe *ripe, enum attribute attribute)
{
	return span_from_text(ripe->values[attribute]);
}

/* "192.0.2.0 - 192.0.2.255" without its blanks. */
static bool read_range(struct span text, struct ip_range *range_out)
{
	char packed[VALUE_MAX];
	size_t size = 0;

	for (size_t i = 0; i < text.size && size < sizeof(packed); i++) {
		if (text.data[i] != ' ' && text.data[i] != '\t')
			packed[size++] = (char)text.data[i];
	}
	return ip_range_parse(span_make(packed, size), range_out);
}

static bool read_match(const struct ripe *ripe, struct contact_match *match)
{
	if (ripe->class == CLASS_AUT_NUM)
		return contact_match_read(value_of(ripe, KEY), match, NULL) && match->kind == CONTACT_NETWORK;
	*match = (struct contact_match){.kind = CONTACT_PREFIX};
	return read_range(value_of(ripe, KEY), &match->range);
}

/* So much of the world that whoever is named is not whose it is. */
static bool is_placeholder(const struct ripe *ripe, const struct contact_match *match)
{
	for (size_t i = 0; i < ARRAY_LENGTH(PLACEHOLDER_NETWORKS); i++) {
		if (span_starts_with_text_ignoring_case(value_of(ripe, NETNAME), PLACEHOLDER_NETWORKS[i]))
			return true;
	}
	/* Wider than a /8: nobody was given so much. */
	return match->kind == CONTACT_PREFIX && match->range.first.bytes[0] != match->range.last.bytes[0];
}

static void take_network(struct ripe *ripe)
{
	struct contact_match match;
	const char *handle =
		ripe->values[ABUSE_C][0] != '\0' ? ripe->values[ABUSE_C] : text_map_get(&ripe->organisations, value_of(ripe, ORG));
	const char *mailbox = handle != NULL ? text_map_get(&ripe->roles, span_from_text(handle)) : NULL;
	char comment[2 * VALUE_MAX + 4];

	ripe->sink->counts.objects++;
	if (!read_match(ripe, &match)) {
		ripe->sink->counts.unreadable++;
		return;
	}
	if (mailbox == NULL || is_placeholder(ripe, &match)) {
		ripe->sink->counts.without_contact++;
		return;
	}
	if (ripe->values[ABUSE_C][0] != '\0')
		(void)snprintf(comment, sizeof(comment), "%s", handle);
	else
		(void)snprintf(comment, sizeof(comment), "%s of %s", handle, ripe->values[ORG]);
	contact_sink_add(ripe->sink, &match, CONTACT_OWNER, span_from_text(mailbox), span_from_text(comment));
}

static void end_object(struct ripe *ripe)
{
	if (ripe->is_inside && ripe->class == CLASS_ROLE && ripe->values[NIC_HDL][0] != '\0' && ripe->values[ABUSE_MAILBOX][0] != '\0')
		text_map_put(&ripe->roles, value_of(ripe, NIC_HDL), value_of(ripe, ABUSE_MAILBOX));
	else if (ripe->is_inside && ripe->class == CLASS_ORGANISATION && ripe->values[ABUSE_C][0] != '\0')
		text_map_put(&ripe->organisations, value_of(ripe, KEY), value_of(ripe, ABUSE_C));
	else if (ripe->is_inside && ripe->class > CLASS_ORGANISATION && ripe->class < CLASS_OTHER)
		take_network(ripe);
	ripe->is_inside = false;
	ripe->last = NOTHING;
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		ripe->values[i][0] = '\0';
}

void ripe_take_line(struct ripe *ripe, struct span line)
{
	size_t colon = span_find_byte(line, ':');
	struct span name = span_trim(span_part(line, 0, colon));

	if (span_trim(line).size == 0 && (line.size == 0 || line.data[0] != '+')) {
		end_object(ripe);
		return;
	}
	if (line.data[0] == '%' || line.data[0] == '#')
		return;
	if (line.data[0] == ' ' || line.data[0] == '\t' || line.data[0] == '+') {
		continue_value(ripe, span_part(line, 1, line.size));
		return;
	}
	if (colon == line.size)
		return;
	if (!ripe->is_inside) {
		ripe->is_inside = true;
		ripe->class = class_of(name);
		keep_value(ripe, KEY, span_part(line, colon + 1, line.size));
		return;
	}
	keep_value(ripe, attribute_of(name), span_part(line, colon + 1, line.size));
}

void ripe_end_file(struct ripe *ripe)
{
	end_object(ripe);
}

/* By its first object. */
static bool find_class(const char *path, enum class *class_out, struct error *error)
{
	struct line_stream *stream = line_stream_open(path, error);
	struct span line;

	*class_out = CLASS_OTHER;
	if (stream == NULL)
		return false;
	while (line_stream_next(stream, &line, error)) {
		size_t colon = span_find_byte(line, ':');

		if (colon == line.size || !character_is_letter(line.data[0]))
			continue;
		*class_out = class_of(span_part(line, 0, colon));
		break;
	}
	line_stream_close(stream);
	if (error->text[0] != '\0')
		return false;
	return *class_out != CLASS_OTHER ||
	       error_set(error, "%s begins with no object of the classes role, organisation, aut-num, inetnum or inet6num", path);
}

static bool read_one(struct ripe *ripe, const char *path, struct error *error)
{
	struct line_stream *stream = line_stream_open(path, error);
	struct span line;

	if (stream == NULL)
		return false;
	while (line_stream_next(stream, &line, error))
		ripe_take_line(ripe, line);
	ripe_end_file(ripe);
	line_stream_close(stream);
	return error->text[0] == '\0';
}

static bool read_files(const char *const *paths, size_t count, struct contact_sink *sink, struct error *error)
{
	enum class classes[FILES_MAX];
	struct ripe *ripe;
	bool is_done = true;

	if (count > FILES_MAX)
		return error_set(error, "the RIPE database has no more than %d files", FILES_MAX);
	for (size_t i = 0; i < count; i++) {
		if (!find_class(paths[i], &classes[i], error))
			return false;
	}
	ripe = ripe_new(sink);
	for (int class = CLASS_ROLE; class < CLASS_OTHER; class ++) {
		for (size_t i = 0; i < count && is_done; i++)
			is_done = (int)classes[i] != class || read_one(ripe, paths[i], error);
	}
	if (is_done && (ripe->roles.used == 0 || sink->counts.objects == 0))
		is_done = error_set(error, "networks need their roles: give ripe.db.role.gz and ripe.db.organisation.gz together with "
		                           "ripe.db.aut-num.gz, ripe.db.inetnum.gz and ripe.db.inet6num.gz");
	ripe_free(ripe);
	return is_done;
}

const struct contact_importer RIPE_IMPORTER = {
	"ripe", "The RIPE database: ripe.db.{organisation,role,aut-num,inetnum,inet6num}.gz, in any order.", read_files};
