/* SPDX-License-Identifier: ISC */
/* Reads directories of CERTs. Trusted Introducer's says for whom each team is; FIRST's does not, so its teams become remarks for a person to choose
   from: a member from a country is not the CERT of that country. */
#include "base/json_reader.h"
#include "contact/importers.h"
#include "model/attribution.h"

enum { TEXT_MAX = 512, LISTS_MAX = 64 * 1024 };

/* What a team is made of; lists have a line end behind each item. */
struct team {
	struct buffer name, country, addresses, types, countries, asns, ranges, domains;
};

static void team_init(struct team *team)
{
	buffer_init(&team->name, TEXT_MAX);
	buffer_init(&team->country, TEXT_MAX);
	buffer_init(&team->addresses, CONTACT_LIST_SIZE);
	buffer_init(&team->types, LISTS_MAX);
	buffer_init(&team->countries, LISTS_MAX);
	buffer_init(&team->asns, LISTS_MAX);
	buffer_init(&team->ranges, LISTS_MAX);
	buffer_init(&team->domains, LISTS_MAX);
}

static void team_clear(struct team *team)
{
	buffer_clear(&team->name);
	buffer_clear(&team->country);
	buffer_clear(&team->addresses);
	buffer_clear(&team->types);
	buffer_clear(&team->countries);
	buffer_clear(&team->asns);
	buffer_clear(&team->ranges);
	buffer_clear(&team->domains);
}

static void team_done(struct team *team)
{
	buffer_done(&team->name);
	buffer_done(&team->country);
	buffer_done(&team->addresses);
	buffer_done(&team->types);
	buffer_done(&team->countries);
	buffer_done(&team->asns);
	buffer_done(&team->ranges);
	buffer_done(&team->domains);
}

/* A string or a number; anything else is skipped. */
static void take_text(struct json_reader *json, struct buffer *out)
{
	unsigned char next = json_reader_next(json);

	if (next == '{' || next == '[') {
		json_reader_skip(json);
		return;
	}
	if (!json_unescape(json_reader_take_scalar(json), out))
		json->is_wrong = true;
}

static void take_texts(struct json_reader *json, struct buffer *out)
{
	bool is_first = true;

	if (json_reader_next(json) != '[') {
		json_reader_skip(json);
		return;
	}
	while (json_reader_item(json, &is_first)) {
		take_text(json, out);
		buffer_append_byte(out, '\n');
	}
}

/* {"code":"AT","name":"Austria"}, or the code itself. */
static void take_country(struct json_reader *json, struct buffer *out)
{
	bool is_first = true;
	struct span key;

	if (json_reader_next(json) != '{') {
		take_text(json, out);
		return;
	}
	while (json_reader_member(json, &is_first, &key)) {
		if (span_equals_text(key, "code"))
			take_text(json, out);
		else
			json_reader_skip(json);
	}
}

static void take_countries(struct json_reader *json, struct buffer *out)
{
	bool is_first = true;

	if (json_reader_next(json) != '[') {
		json_reader_skip(json);
		return;
	}
	while (json_reader_item(json, &is_first)) {
		take_country(json, out);
		buffer_append_byte(out, '\n');
	}
}

static void take_constituency(struct json_reader *json, struct team *team)
{
	bool is_first = true;
	struct span key;

	if (json_reader_next(json) != '{') {
		json_reader_skip(json);
		return;
	}
	while (json_reader_member(json, &is_first, &key)) {
		if (span_equals_text(key, "types"))
			take_texts(json, &team->types);
		else if (span_equals_text(key, "asns"))
			take_texts(json, &team->asns);
		else if (span_equals_text(key, "ipranges"))
			take_texts(json, &team->ranges);
		else if (span_equals_text(key, "domains"))
			take_texts(json, &team->domains);
		else if (span_equals_text(key, "countries"))
			take_countries(json, &team->countries);
		else
			json_reader_skip(json);
	}
}

/* [{"address":"...","usage":["contact"]}]: those that are for contact. */
static void take_addresses(struct json_reader *json, struct team *team)
{
	struct buffer usage, address;
	bool is_first = true;

	if (json_reader_next(json) != '[') {
		json_reader_skip(json);
		return;
	}
	buffer_init(&usage, TEXT_MAX);
	buffer_init(&address, TEXT_MAX);
	while (json_reader_item(json, &is_first)) {
		bool is_first_member = true;
		struct span key;

		buffer_clear(&usage);
		buffer_clear(&address);
		while (json_reader_member(json, &is_first_member, &key)) {
			if (span_equals_text(key, "address"))
				take_text(json, &address);
			else if (span_equals_text(key, "usage"))
				take_texts(json, &usage);
			else
				json_reader_skip(json);
		}
		if (!span_contains_text_ignoring_case(buffer_view(&usage), "contact\n"))
			continue;
		buffer_append(&team->addresses, buffer_view(&address));
		buffer_append_byte(&team->addresses, ',');
	}
	buffer_done(&usage);
	buffer_done(&address);
}

static bool next_line(struct span *rest, struct span *line)
{
	size_t end = span_find_byte(*rest, '\n');

	if (rest->size == 0)
		return false;
	*line = span_part(*rest, 0, end);
	*rest = span_part(*rest, end + 1, rest->size);
	return true;
}

static bool has_line(struct span lines, const char *wanted)
{
	struct span line;

	while (next_line(&lines, &line)) {
		if (span_equals_text_ignoring_case(line, wanted))
			return true;
	}
	return false;
}

static void add_for_country(struct contact_sink *sink, const struct team *team, struct span country, bool is_remark)
{
	struct contact_match match = {.kind = CONTACT_COUNTRY};
	char reserved[3];

	if (!country_code_read(span_trim(country), match.country, reserved) || match.country[0] == '\0') {
		sink->counts.unreadable++;
		return;
	}
	(is_remark ? contact_sink_add_remark : contact_sink_add)(sink, &match, CONTACT_CERT, buffer_view(&team->addresses),
	                                                         buffer_view(&team->name));
}

/* What the team itself says that it looks after. */
static void add_for_all(struct contact_sink *sink, const struct team *team, struct span list, const char *prefix)
{
	struct span line;

	while (next_line(&list, &line)) {
		struct contact_match match;
		struct buffer text;

		if (span_starts_with_text(line, "*."))
			line = span_part(line, 2, line.size);
		buffer_init(&text, TEXT_MAX);
		buffer_append_text(&text, prefix);
		buffer_append(&text, line);
		if (contact_match_read(buffer_view(&text), &match, NULL))
			contact_sink_add(sink, &match, CONTACT_CERT, buffer_view(&team->addresses), buffer_view(&team->name));
		else
			sink->counts.unreadable++;
		buffer_done(&text);
	}
}

static void add_introducer_team(struct contact_sink *sink, const struct team *team)
{
	struct span countries = buffer_view(&team->countries), line;

	sink->counts.objects++;
	add_for_all(sink, team, buffer_view(&team->ranges), "");
	add_for_all(sink, team, buffer_view(&team->domains), ".");
	add_for_all(sink, team, buffer_view(&team->asns), "AS");
	if (!has_line(buffer_view(&team->types), "National"))
		return;
	while (next_line(&countries, &line))
		add_for_country(sink, team, line, false);
}

static void take_introducer_team(struct json_reader *json, struct team *team)
{
	bool is_first = true;
	struct span key;

	team_clear(team);
	while (json_reader_member(json, &is_first, &key)) {
		if (span_equals_text(key, "short_name"))
			take_text(json, &team->name);
		else if (span_equals_text(key, "constituency"))
			take_constituency(json, team);
		else if (span_equals_text(key, "emails"))
			take_addresses(json, team);
		else
			json_reader_skip(json);
	}
}

bool introducer_teams_read(struct span content, struct contact_sink *sink, struct error *error)
{
	struct json_reader json = json_reader_make(content);
	struct team team;
	bool is_first = true;

	team_init(&team);
	while (json_reader_item(&json, &is_first)) {
		take_introducer_team(&json, &team);
		if (!json.is_wrong)
			add_introducer_team(sink, &team);
	}
	team_done(&team);
	return !json.is_wrong || error_set(error, "it is no array of teams in JSON, or was not loaded whole");
}

static void take_first_team(struct json_reader *json, struct team *team)
{
	bool is_first = true;
	struct span key;

	team_clear(team);
	while (json_reader_member(json, &is_first, &key)) {
		if (span_equals_text(key, "team"))
			take_text(json, &team->name);
		else if (span_equals_text(key, "country"))
			take_country(json, &team->country);
		else if (span_equals_text(key, "email"))
			take_text(json, &team->addresses);
		else
			json_reader_skip(json);
	}
}

static void take_first_teams(struct json_reader *json, struct contact_sink *sink)
{
	struct team team;
	bool is_first = true;

	team_init(&team);
	while (json_reader_item(json, &is_first)) {
		take_first_team(json, &team);
		if (json->is_wrong)
			break;
		sink->counts.objects++;
		add_for_country(sink, &team, buffer_view(&team.country), true);
	}
	team_done(&team);
}

bool first_teams_read(struct span content, struct contact_sink *sink, struct error *error)
{
	struct json_reader json = json_reader_make(content);
	bool is_first = true;
	struct span key;

	while (json_reader_member(&json, &is_first, &key)) {
		if (span_equals_text(key, "data"))
			take_first_teams(&json, sink);
		else
			json_reader_skip(&json);
	}
	return !json.is_wrong || error_set(error, "it is no answer of FIRST's API in JSON, or was not loaded whole");
}

static bool read_introducer(const char *const *paths, size_t count, struct contact_sink *sink, struct error *error)
{
	return contact_import_files(paths, count, sink, introducer_teams_read, error);
}

static bool read_first(const char *const *paths, size_t count, struct contact_sink *sink, struct error *error)
{
	return contact_import_files(paths, count, sink, first_teams_read, error);
}

const struct contact_importer INTRODUCER_IMPORTER = {
	"trusted-introducer", "Trusted Introducer's teams.json: CERTs of countries, networks and domains.", read_introducer};
const struct contact_importer FIRST_IMPORTER = {
	"first", "FIRST's teams (JSON of its API), as comments: who is the CERT of a country, a person has to choose.", read_first};
