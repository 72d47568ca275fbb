/* SPDX-License-Identifier: ISC */
/* Records are visited in the order of their identities, which never changes in a finished census: how many were copied is all that must be remembered. */
#include "app/merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

enum {
	COMMIT_AFTER = 20000, /* records */
	HOST_FINDINGS_MAX = 4096,
	HOST_BYTES_MAX = 8 << 20,
};

/* A census with texts of its own. */
struct kept_census {
	struct census_record record;
	struct census_progress progress;
	char *texts[3];
};

struct kept_censuses {
	struct kept_census *items;
	size_t count;
};

struct merge {
	struct store *target, *source;
	const struct kept_census *from;
	census_id to;
	struct merged_record done;
	uint64_t skipped, pending;                         /* of the kind that is copied now; records since the last commit */
	struct finding_record findings[HOST_FINDINGS_MAX]; /* of the host that is visited now */
	size_t offsets[HOST_FINDINGS_MAX];
	size_t finding_count;
	struct buffer bytes; /* their texts */
	bool has_failed;
	struct error *error;
};

static bool keep_census(void *context, const struct census_record *record, const struct census_progress *progress)
{
	struct kept_censuses *kept = context;
	struct kept_census *census;

	kept->items = memory_resize(kept->items, kept->count + 1, sizeof(*kept->items));
	census = &kept->items[kept->count++];
	*census = (struct kept_census){.record = *record, .progress = *progress};
	census->record.tool_version = census->texts[0] = memory_copy_text(record->tool_version);
	census->record.scope_text = census->texts[1] = memory_copy_text(record->scope_text);
	census->record.options_text = census->texts[2] = memory_copy_text(record->options_text);
	return true;
}

static bool read_censuses(struct store *store, struct kept_censuses *kept_out, struct error *error)
{
	struct store_visitor visitor = {.context = kept_out, .on_census = keep_census};

	*kept_out = (struct kept_censuses){.count = 0};
	return store_visit_censuses(store, &visitor, error);
}

static void forget_censuses(struct kept_censuses *kept)
{
	for (size_t i = 0; i < kept->count; i++) {
		for (size_t k = 0; k < ARRAY_LENGTH(kept->items[i].texts); k++)
			free(kept->items[i].texts[k]);
	}
	free(kept->items);
}

/* ---- which census of the target it belongs to ---- */

struct sought {
	const struct census_record *from;
	bool is_same, is_taken, is_of_shards; /* this very census; its shard is there from another run; a merge of as many shards */
	struct merged_record found;
};

static bool compare_merged(void *context, const struct merged_record *merged)
{
	struct sought *sought = context;

	sought->is_of_shards = merged->shard_count == sought->from->shard_count;
	if (merged->shard != sought->from->shard || !sought->is_of_shards)
		return true;
	sought->is_taken = true;
	sought->is_same = merged->started_at.unix_ms == sought->from->started_at.unix_ms;
	sought->found = *merged;
	return true;
}

/* 0: none yet. done_out says how much of it is there. */
static bool find_target(struct store *target, const struct census_record *from, census_id *to_out, struct merged_record *done_out,
                        struct error *error)
{
	struct kept_censuses kept;
	bool is_read = read_censuses(target, &kept, error), is_found = false;

	*to_out = 0;
	for (size_t i = 0; is_read && !is_found && i < kept.count; i++) {
		const struct census_record *census = &kept.items[i].record;
		struct sought sought = {.from = from};
		struct store_visitor visitor = {.context = &sought, .on_merged = compare_merged};

		if (census->scope_fingerprint != from->scope_fingerprint || census->seed != from->seed)
			continue;
		is_read = store_visit_merged(target, census->id, &visitor, error);
		is_found = sought.is_same;
		if (is_found)
			*done_out = sought.found;
		if (is_found || (sought.is_of_shards && !sought.is_taken && *to_out == 0))
			*to_out = census->id;
	}
	forget_censuses(&kept);
	return is_read;
}

/* ---- copying ---- */

static bool fail(struct merge *merge)
{
	merge->has_failed = true;
	return false;
}

static bool commit(struct merge *merge)
{
	merge->pending = 0;
	return store_set_merged(merge->target, merge->to, &merge->done, merge->error) && store_commit(merge->target, merge->error) &&
	       store_begin(merge->target, merge->error);
}

/* One more of a kind is there. */
static bool count_one(struct merge *merge, uint64_t *counter)
{
	++*counter;
	if (++merge->pending < COMMIT_AFTER || commit(merge))
		return true;
	return fail(merge);
}

static bool copy_conversation(void *context, const struct conversation_record *conversation)
{
	struct merge *merge = context;

	if (merge->skipped < merge->done.conversations) {
		merge->skipped++;
		return true;
	}
	merge->skipped++;
	if (!store_add_conversation(merge->target, merge->to, conversation, merge->error))
		return fail(merge);
	return count_one(merge, &merge->done.conversations);
}

static bool copy_certificate(void *context, const struct certificate_record *certificate)
{
	struct merge *merge = context;

	return store_add_certificate(merge->target, certificate, merge->error) || fail(merge);
}

static bool copy_one_certificate(struct merge *merge, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	struct store_visitor visitor = {.context = merge, .on_certificate = copy_certificate};

	if (fingerprint_is_none(sha256) || store_has_certificate(merge->target, sha256))
		return true;
	return store_find_certificate(merge->source, sha256, &visitor, merge->error) && !merge->has_failed;
}

static bool copy_chain(void *context, const struct chain_record *chain)
{
	struct merge *merge = context;

	for (size_t i = 0; i < chain->count; i++) {
		if (!copy_one_certificate(merge, chain->fingerprints[i]))
			return fail(merge);
	}
	return store_add_chain(merge->target, chain, merge->error) || fail(merge);
}

static bool copy_one_chain(struct merge *merge, const uint8_t sha256[CERTIFICATE_FINGERPRINT_SIZE])
{
	struct store_visitor visitor = {.context = merge, .on_chain = copy_chain};

	if (fingerprint_is_none(sha256) || store_has_chain(merge->target, sha256))
		return true;
	return store_find_chain(merge->source, sha256, &visitor, merge->error) && !merge->has_failed;
}

static bool copy_service(void *context, const struct service_record *service)
{
	struct merge *merge = context;

	if (merge->skipped++ < merge->done.services)
		return true;
	if (!copy_one_chain(merge, service->tls.chain_sha256) || !copy_one_certificate(merge, service->tls.leaf_sha256))
		return fail(merge);
	for (size_t i = 0; i < service->tls_facts.chain_count && i < TLS_FACTS_CHAINS_MAX; i++) {
		if (!copy_one_chain(merge, service->tls_facts.chains[i]) || !copy_one_certificate(merge, service->tls_facts.leaves[i]))
			return fail(merge);
	}
	if (!store_add_service(merge->target, merge->to, service, merge->error))
		return fail(merge);
	return count_one(merge, &merge->done.services);
}

/* The findings of the host that was gathered. */
static bool copy_host(struct merge *merge)
{
	if (merge->finding_count == 0)
		return true;
	for (size_t i = 0; i < merge->finding_count; i++) {
		struct finding_record *finding = &merge->findings[i];

		finding->id = (const char *)merge->bytes.data + merge->offsets[i];
		finding->evidence.data = merge->bytes.data + merge->offsets[i] + strlen(finding->id) + 1;
	}
	if (merge->skipped++ >= merge->done.hosts) {
		if (!store_set_findings(merge->target, merge->to, &merge->findings[0].endpoint.address, merge->findings,
		                        merge->finding_count, merge->error) ||
		    !count_one(merge, &merge->done.hosts))
			return fail(merge);
	}
	merge->finding_count = 0;
	buffer_clear(&merge->bytes);
	return true;
}

static bool gather_finding(void *context, const struct finding_record *finding)
{
	struct merge *merge = context;

	if (merge->finding_count > 0 && ip_address_compare(merge->findings[0].endpoint.address, finding->endpoint.address) != 0 &&
	    !copy_host(merge))
		return false;
	if (merge->finding_count == HOST_FINDINGS_MAX || merge->bytes.overflowed) {
		error_set(merge->error, "one address has more findings than any mailcensus can have written");
		return fail(merge);
	}
	merge->findings[merge->finding_count] = *finding;
	merge->offsets[merge->finding_count++] = merge->bytes.size;
	buffer_append(&merge->bytes, span_make(finding->id, strlen(finding->id) + 1));
	buffer_append(&merge->bytes, finding->evidence);
	return true;
}

static bool copy_all(struct merge *merge)
{
	struct store_visitor visitor = {
		.context = merge, .on_conversation = copy_conversation, .on_service = copy_service, .on_finding = gather_finding};
	census_id from = merge->from->record.id;

	merge->skipped = 0;
	if (!store_visit_conversations(merge->source, from, NULL, &visitor, merge->error) || merge->has_failed)
		return false;
	merge->skipped = 0;
	if (!store_visit_services(merge->source, from, NULL, &visitor, merge->error) || merge->has_failed)
		return false;
	merge->skipped = 0;
	return store_visit_findings(merge->source, from, NULL, &visitor, merge->error) && !merge->has_failed && copy_host(merge);
}

/* ---- names of addresses ---- */

static bool copy_hostname(void *context, const struct hostname_record *hostname)
{
	struct merge *merge = context;

	merge->has_failed = !store_set_hostname(merge->target, hostname, merge->error);
	if (!merge->has_failed && ++merge->pending == COMMIT_AFTER) {
		merge->pending = 0;
		merge->has_failed = !store_commit(merge->target, merge->error) || !store_begin(merge->target, merge->error);
	}
	return !merge->has_failed;
}

/* They belong to no census. Of two the store keeps the later one, so that merging again changes nothing. */
static bool copy_hostnames(struct store *target, struct store *source, struct error *error)
{
	struct merge *merge = memory_allocate(1, sizeof(*merge));
	struct store_visitor visitor = {.context = merge, .on_hostname = copy_hostname};
	bool is_done;

	*merge = (struct merge){.target = target, .source = source, .error = error};
	is_done = store_begin(target, error) && store_visit_hostnames(source, NULL, &visitor, error) && !merge->has_failed &&
	          store_commit(target, error);
	if (!is_done)
		store_rollback(target);
	free(merge);
	return is_done;
}

/* ---- beginning and end ---- */

static bool begin_target(struct merge *merge)
{
	struct census_record census = merge->from->record;

	if (merge->to != 0)
		return true;
	census.ended_at = (struct timestamp){0};
	census.host_count = 0;
	census.shard = 0;
	if (!store_add_census(merge->target, &census, merge->error))
		return false;
	merge->to = census.id;
	return true;
}

struct parts {
	unsigned whole;
	struct timestamp ended_at;
};

static bool count_part(void *context, const struct merged_record *merged)
{
	struct parts *parts = context;

	parts->whole += merged->is_whole ? 1 : 0;
	if (merged->ended_at.unix_ms > parts->ended_at.unix_ms)
		parts->ended_at = merged->ended_at;
	return true;
}

static void add_progress(struct census_progress *sum, const struct census_progress *part)
{
	sum->position += part->position;
	sum->hosts_done += part->hosts_done;
	sum->hosts_silent += part->hosts_silent;
	sum->connections += part->connections;
	sum->syns += part->syns;
	sum->refused += part->refused;
	sum->unreachable += part->unreachable;
	sum->excluded += part->excluded;
}

/* The last part makes it a census like any other. */
static bool add_part(struct merge *merge, struct kept_census *to)
{
	struct parts parts = {.whole = 0};
	struct store_visitor visitor = {.context = &parts, .on_merged = count_part};

	merge->done.is_whole = true;
	if (!store_set_merged(merge->target, merge->to, &merge->done, merge->error) ||
	    !store_visit_merged(merge->target, merge->to, &visitor, merge->error))
		return false;
	if (merge->from->record.started_at.unix_ms < to->record.started_at.unix_ms)
		to->record.started_at = merge->from->record.started_at;
	to->record.host_count += merge->from->record.host_count;
	add_progress(&to->progress, &merge->from->progress);
	if (parts.whole == merge->from->record.shard_count)
		to->record.shard_count = 1;
	return store_change_census(merge->target, &to->record, merge->error) &&
	       store_set_progress(merge->target, merge->to, &to->progress, merge->error) &&
	       (to->record.shard_count != 1 || store_end_census(merge->target, merge->to, parts.ended_at, merge->error));
}

static bool end_part(struct merge *merge)
{
	struct kept_censuses kept;
	bool is_done = read_censuses(merge->target, &kept, merge->error);

	for (size_t i = 0; is_done && i < kept.count; i++) {
		if (kept.items[i].record.id == merge->to)
			is_done = add_part(merge, &kept.items[i]);
	}
	forget_censuses(&kept);
	return is_done;
}

static bool copy_census(struct merge *merge)
{
	bool is_done;

	if (!store_begin(merge->target, merge->error))
		return false;
	is_done = begin_target(merge) && store_set_merged(merge->target, merge->to, &merge->done, merge->error) && copy_all(merge) &&
	          end_part(merge);
	if (is_done)
		return store_commit(merge->target, merge->error);
	store_rollback(merge->target);
	return false;
}

static bool merge_one(struct store *target, struct store *source, const struct kept_census *from, struct merge_result *result,
                      struct error *error)
{
	struct merge *merge = memory_allocate(1, sizeof(*merge));
	bool is_done;

	*merge = (struct merge){.target = target, .source = source, .from = from, .error = error};
	merge->done = (struct merged_record){.shard = from->record.shard,
	                                     .shard_count = from->record.shard_count,
	                                     .started_at = from->record.started_at,
	                                     .ended_at = from->record.ended_at};
	buffer_init(&merge->bytes, HOST_BYTES_MAX);
	is_done = find_target(target, &from->record, &merge->to, &merge->done, error);
	if (is_done && merge->done.is_whole) {
		result->known++;
	} else if (is_done) {
		is_done = copy_census(merge);
		result->merged++;
		if (result->first_target == 0)
			result->first_target = merge->to;
	}
	buffer_done(&merge->bytes);
	free(merge);
	return is_done;
}

bool merge_store(struct store *target, struct store *source, const char *name, struct merge_result *result_out, struct error *error)
{
	struct kept_censuses kept;
	bool is_done = read_censuses(source, &kept, error);

	*result_out = (struct merge_result){.merged = 0};
	if (is_done && kept.count == 0)
		is_done = error_set(error, "%s holds no census", name);
	for (size_t i = 0; is_done && i < kept.count; i++) {
		if (kept.items[i].record.ended_at.unix_ms == 0)
			is_done = error_set(error,
			                    "census %" PRId64
			                    " of %s is not finished; go on with it (mailcensus scan --resume --database %s) and merge then",
			                    kept.items[i].record.id, name, name);
	}
	for (size_t i = 0; is_done && i < kept.count; i++)
		is_done = merge_one(target, source, &kept.items[i], result_out, error);
	is_done = is_done && copy_hostnames(target, source, error);
	forget_censuses(&kept);
	return is_done;
}
