/* SPDX-License-Identifier: ISC */
/* Opens sources, compiled or not, in the order of who is believed first: named by the user, imported, then the newer of the system's
   database of IPFire Location and the built-in one. */
#include "enrich/attributor.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "enrich/built_in.h"
#include "enrich/data_file.h"
#include "enrich/source.h"

enum { LAYERS_MAX = 64, PATH_SIZE = 4096 };

/* Where IPFire's own program and Debian's package keep the database. */
static const char *const SYSTEM_DATABASES[] = {"/var/lib/location/database.db", "/usr/share/libloc-location/location.db"};

struct layer {
	struct snapshot snapshot;
	struct attribution_origin origin;
	uint32_t fields; /* enum snapshot_field */
	char *place;
	struct data_file file;       /* when it is a compiled file */
	struct snapshot_image image; /* when it was compiled just now */
};

struct attributor {
	struct layer *layers;
	size_t count;
	bool has_rpki, has_sector;
};

static void layer_done(struct layer *layer)
{
	data_file_close(&layer->file);
	free(layer->image.data);
	free(layer->place);
	*layer = (struct layer){.place = NULL};
}

/* Takes the layer over once its snapshot can be looked at. */
static void add_layer(struct attributor *attributor, struct layer layer, const char *place)
{
	const struct snapshot *snapshot = &layer.snapshot;

	layer.place = memory_copy_text(place);
	layer.fields = snapshot->header->fields;
	layer.origin = (struct attribution_origin){.source = snapshot_text(snapshot, snapshot->header->source),
	                                           .notice = snapshot_text(snapshot, snapshot->header->notice),
	                                           .date = {snapshot->header->date_ms}};
	attributor->has_rpki = attributor->has_rpki || (layer.fields & SNAPSHOT_HAS_RPKI) != 0;
	attributor->has_sector = attributor->has_sector || (layer.fields & SNAPSHOT_HAS_SECTOR) != 0;
	attributor->layers[attributor->count++] = layer;
}

static bool has_room(const struct attributor *attributor, struct error *error)
{
	return attributor->count < LAYERS_MAX || error_set(error, "more than %d sources of attribution at once", LAYERS_MAX);
}

/* A word "csv:FILE" names the kind of file. */
static const struct enrichment_source *kind_of(const char *word, const char **path_out)
{
	const char *colon = strchr(word, ':');
	const struct enrichment_source *source = colon == NULL ? NULL : enrichment_source_find(span_make(word, (size_t)(colon - word)));

	*path_out = source != NULL ? colon + 1 : word;
	return source;
}

static bool open_layer(const char *word, struct layer *layer, struct error *error)
{
	const char *path;
	const struct enrichment_source *source = kind_of(word, &path);

	if (!data_file_open(path, &layer->file, error))
		return false;
	if (source == NULL && snapshot_is_image(layer->file.content)) {
		if (snapshot_view(layer->file.content, false, &layer->snapshot, error))
			return true;
		return error_prefix(error, "%s", path);
	}
	if (!source_compile(&(struct source_input){.path = path, .content = layer->file.content, .modified = layer->file.modified}, source,
	                    &layer->image, NULL, error))
		return false;
	data_file_close(&layer->file);
	return snapshot_view(span_make(layer->image.data, layer->image.size), true, &layer->snapshot, error);
}

static bool open_file(struct attributor *attributor, const char *word, struct error *error)
{
	struct layer layer = {.place = NULL};

	if (!has_room(attributor, error))
		return false;
	if (!open_layer(word, &layer, error)) {
		layer_done(&layer);
		return false;
	}
	add_layer(attributor, layer, word);
	return true;
}

static int is_snapshot_name(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);

	return size > 9 && strcmp(entry->d_name + size - 9, ".snapshot") == 0;
}

/* By name, so that the person decides who comes first. */
static bool open_directory(struct attributor *attributor, const char *directory, struct error *error)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_snapshot_name, alphasort);
	bool is_good = true;

	if (count < 0)
		return errno == ENOENT || error_set(error, "%s cannot be read: %s", directory, strerror(errno));
	for (int i = 0; i < count; i++) {
		char path[PATH_SIZE];

		(void)snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		is_good = is_good && open_file(attributor, path, error);
		free(entries[i]);
	}
	free(entries);
	return is_good;
}

static bool open_built_in(struct attributor *attributor, struct error *error)
{
	struct layer layer = {.place = NULL};
	struct span image = span_make(BUILT_IN_SNAPSHOT, (size_t)BUILT_IN_SNAPSHOT_SIZE);

	if (!has_room(attributor, error) || !snapshot_view(image, true, &layer.snapshot, error))
		return false;
	add_layer(attributor, layer, "built in");
	return true;
}

/* When it was made, from its first bytes; 0: it is not there, or is none. */
static int64_t location_date(const char *path)
{
	unsigned char head[16];
	FILE *file = fopen(path, "rbe");
	int64_t seconds = 0;

	if (file == NULL)
		return 0;
	if (fread(head, 1, sizeof(head), file) == sizeof(head) && memcmp(head, "LOCDBXX", 7) == 0) {
		for (size_t i = 9; i < sizeof(head); i++) /* the highest byte would be beyond any date */
			seconds = seconds << 8 | head[i];
	}
	(void)fclose(file);
	return seconds < INT64_MAX / 1000 ? seconds * 1000 : 0;
}

const char *attributor_system_database(struct timestamp newer_than)
{
	const char *newest = NULL;

	for (size_t i = 0; i < ARRAY_LENGTH(SYSTEM_DATABASES); i++) {
		int64_t date = location_date(SYSTEM_DATABASES[i]);

		if (date > newer_than.unix_ms) {
			newest = SYSTEM_DATABASES[i];
			newer_than.unix_ms = date;
		}
	}
	return newest;
}

/* What was imported of IPFire counts too: it is the same database, compiled. */
static struct timestamp newest_location(const struct attributor *attributor)
{
	struct timestamp newest = {0};

	for (size_t i = 0; i < attributor->count; i++) {
		const struct attribution_origin *origin = &attributor->layers[i].origin;

		if (strcmp(origin->source, "ipfire-location") == 0 && origin->date.unix_ms > newest.unix_ms)
			newest = origin->date;
	}
	return newest;
}

static bool open_default(struct attributor *attributor, const struct attributor_options *options, struct error *error)
{
	struct timestamp imported = newest_location(attributor), newest;
	const char *path;

	if (!open_built_in(attributor, error))
		return false;
	newest = newest_location(attributor);
	path = options->without_system ? NULL : attributor_system_database(newest);
	/* Only the newest of one database is asked: what a newer one no longer says is no longer so. */
	if (path != NULL || imported.unix_ms >= newest.unix_ms)
		layer_done(&attributor->layers[--attributor->count]);
	return path == NULL || open_file(attributor, path, error);
}

struct attributor *attributor_open(const struct attributor_options *options, struct error *error)
{
	struct attributor *attributor = memory_allocate(1, sizeof(*attributor));
	bool is_good = true;

	attributor->layers = memory_allocate(LAYERS_MAX, sizeof(*attributor->layers));
	for (size_t i = 0; i < options->file_count && is_good; i++)
		is_good = open_file(attributor, options->files[i], error);
	is_good = is_good && (options->directory == NULL || open_directory(attributor, options->directory, error));
	is_good = is_good && (options->without_default || open_default(attributor, options, error));
	if (!is_good) {
		attributor_close(attributor);
		return NULL;
	}
	return attributor;
}

void attributor_close(struct attributor *attributor)
{
	if (attributor == NULL)
		return;
	for (size_t i = 0; i < attributor->count; i++)
		layer_done(&attributor->layers[i]);
	free(attributor->layers);
	free(attributor);
}

static void take_country(const struct layer *layer, const struct snapshot_payload *payload, struct attribution *out)
{
	if ((payload->flags & SNAPSHOT_IS_RESERVED) != 0) {
		memcpy(out->country_reserved, payload->country, sizeof(payload->country));
		return;
	}
	memcpy(out->country, payload->country, sizeof(payload->country));
	out->country_reserved[0] = '\0';
	out->flags = payload->flags;
	out->country_origin = &layer->origin;
}

static void take_prefix(const struct layer *layer, const struct snapshot_payload *payload, struct attribution *out)
{
	if (payload->prefix_length == SNAPSHOT_NO_PREFIX)
		return;
	out->prefix_length = payload->prefix_length;
	out->prefix_origin = &layer->origin;
}

static bool has_sector(const struct attribution *attribution)
{
	return attribution->sector[0] != '\0' || attribution->naics[0] != '\0';
}

static void take_sector(const struct layer *layer, uint32_t sector, uint32_t naics, struct attribution *out)
{
	if (has_sector(out) || (sector == 0 && naics == 0))
		return;
	out->sector = snapshot_text(&layer->snapshot, sector);
	out->naics = snapshot_text(&layer->snapshot, naics);
	out->sector_origin = &layer->origin;
}

static void take_name(const struct layer *layer, uint32_t name, struct attribution *out)
{
	if (name == 0)
		return;
	out->as_name = snapshot_text(&layer->snapshot, name);
	out->name_origin = &layer->origin;
}

/* What is said of the network as a whole, by whoever says it. */
static void complete_from_networks(const struct attributor *attributor, struct attribution *out)
{
	for (size_t i = 0; i < attributor->count && (out->as_name[0] == '\0' || !has_sector(out)); i++) {
		const struct layer *layer = &attributor->layers[i];
		const struct snapshot_network *network = snapshot_find_network(&layer->snapshot, out->asn);

		if (network == NULL)
			continue;
		if (out->as_name[0] == '\0')
			take_name(layer, network->name, out);
		take_sector(layer, network->sector, network->naics, out);
	}
}

static void judge_announcement(const struct attributor *attributor, struct ip_address address, struct attribution *out)
{
	for (size_t i = 0; i < attributor->count; i++) {
		const struct layer *layer = &attributor->layers[i];
		const struct snapshot_payload *payload;

		if ((layer->fields & SNAPSHOT_HAS_RPKI) == 0)
			continue;
		payload = snapshot_look_up(&layer->snapshot, address);
		out->rpki =
			rpki_judge(span_from_text(snapshot_text(&layer->snapshot, snapshot_detail(&layer->snapshot, payload)->authorised)),
		                   out->asn, out->prefix_length);
		out->rpki_origin = &layer->origin;
		return;
	}
}

void attributor_look_up(const struct attributor *attributor, struct ip_address address, struct attribution *attribution_out)
{
	struct attribution out = {.as_name = "", .sector = "", .naics = "", .prefix_length = -1};

	for (size_t i = 0; i < attributor->count; i++) {
		const struct layer *layer = &attributor->layers[i];
		const struct snapshot_payload *payload = snapshot_look_up(&layer->snapshot, address);

		const struct snapshot_detail *detail = snapshot_detail(&layer->snapshot, payload);

		if (out.country[0] == '\0' && payload->country[0] != '\0')
			take_country(layer, payload, &out);
		if (out.asn == 0 && payload->asn != 0) {
			out.asn = payload->asn;
			out.asn_origin = &layer->origin;
			take_name(layer, detail->name, &out);
			take_prefix(layer, payload, &out);
		}
		take_sector(layer, detail->sector, detail->naics, &out);
	}
	if (out.asn != 0 && (out.as_name[0] == '\0' || (attributor->has_sector && !has_sector(&out))))
		complete_from_networks(attributor, &out);
	if (attributor->has_rpki && out.prefix_length >= 0)
		judge_announcement(attributor, address, &out);
	*attribution_out = out;
}

void attributor_look_up_network(const struct attributor *attributor, struct ip_address address, char country_out[3], uint32_t *asn_out)
{
	bool has_country = false;

	memset(country_out, 0, 3);
	*asn_out = 0;
	for (size_t i = 0; i < attributor->count && (!has_country || *asn_out == 0); i++) {
		const struct snapshot_payload *payload = snapshot_look_up(&attributor->layers[i].snapshot, address);

		if (!has_country && payload->country[0] != '\0' && (payload->flags & SNAPSHOT_IS_RESERVED) == 0) {
			memcpy(country_out, payload->country, sizeof(payload->country));
			has_country = true;
		}
		if (*asn_out == 0)
			*asn_out = payload->asn;
	}
}

const char *attributor_network_name(const struct attributor *attributor, uint32_t asn)
{
	for (size_t i = 0; i < attributor->count; i++) {
		const struct snapshot_network *network = snapshot_find_network(&attributor->layers[i].snapshot, asn);

		if (network != NULL && network->name != 0)
			return snapshot_text(&attributor->layers[i].snapshot, network->name);
	}
	return "";
}

size_t attributor_source_count(const struct attributor *attributor)
{
	return attributor->count;
}

struct attributor_source attributor_source_at(const struct attributor *attributor, size_t place)
{
	const struct layer *layer = &attributor->layers[place];
	const struct snapshot_header *header = layer->snapshot.header;

	return (struct attributor_source){.origin = &layer->origin,
	                                  .place = layer->place,
	                                  .fields = layer->fields,
	                                  .count4 = header->count4,
	                                  .count6 = header->count6,
	                                  .networks = header->network_count};
}
