/* SPDX-License-Identifier: ISC */
/* Makes a database of censuses that are told in words on stdin, one record a line: what they were asked, what they found, and how far they came.

   usage: made_database LOCATION
     census scope=RANGE:PORTS[;...] [started=MS] [unfinished] [position=N] [shard=K/N] [seed=N] [tool=VERSION] [option=--name=value]... [excluded=N] [untold] [silent=N]
     service ADDRESS PORT VERDICT [login=WORD] [proven] [protocol=WORD] [leaf=N] [software=NAME/VERSION] [canary] [flags...]
     finding ADDRESS PORT ID
     open ADDRESS
   untold: the census does not tell its targets. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "base/text.h"
#include "scope/target_set.h"
#include "scope/target_walk.h"
#include "store/store.h"

enum { LINE_MAX_SIZE = 4096, WORDS_MAX = 32, FINDINGS_MAX = 256 };

static struct error error;

struct made {
	struct store *store;
	struct census_record census;
	struct census_progress progress;
	struct target_set *targets;
	bool is_unfinished;
	struct finding_record findings[FINDINGS_MAX];
	size_t finding_count;
	unsigned censuses;
};

static const char *value_of(char **words, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 1; words[i] != NULL; i++) {
		if (strncmp(words[i], name, size) == 0 && (words[i][size] == '=' || words[i][size] == '\0'))
			return words[i][size] == '=' ? words[i] + size + 1 : "";
	}
	return NULL;
}

static uint64_t number_of(char **words, const char *name, uint64_t otherwise)
{
	const char *value = value_of(words, name);

	return value == NULL ? otherwise : strtoull(value, NULL, 10);
}

static bool write_findings(struct made *made)
{
	for (size_t i = 0; i < made->finding_count; i++) {
		struct finding_record of_host[FINDINGS_MAX];
		size_t count = 0;

		if (i > 0 && ip_address_compare(made->findings[i - 1].endpoint.address, made->findings[i].endpoint.address) == 0)
			continue;
		for (size_t k = i; k < made->finding_count; k++) {
			if (ip_address_compare(made->findings[k].endpoint.address, made->findings[i].endpoint.address) == 0)
				of_host[count++] = made->findings[k];
		}
		if (!store_set_findings(made->store, made->census.id, &made->findings[i].endpoint.address, of_host, count, &error))
			return false;
	}
	for (size_t i = 0; i < made->finding_count; i++)
		free((void *)(uintptr_t)made->findings[i].id);
	made->finding_count = 0;
	return true;
}

static bool end_census(struct made *made)
{
	bool is_done;

	if (made->census.id == 0)
		return true;
	is_done = write_findings(made) && store_set_progress(made->store, made->census.id, &made->progress, &error) &&
	          (made->is_unfinished ||
	           store_end_census(made->store, made->census.id, (struct timestamp){made->census.started_at.unix_ms + 1000}, &error)) &&
	          store_commit(made->store, &error);
	target_set_free(made->targets);
	made->targets = NULL;
	made->census.id = 0;
	return is_done;
}

static bool add_targets(struct made *made, char *scope)
{
	static const struct port_list unused = {.ports = {143}, .count = 1};
	struct exclusion_list *exclusions = exclusion_list_new();
	bool is_good = true;

	made->targets = target_set_new(&unused);
	for (char *word = scope, *end; is_good && word != NULL; word = end) {
		struct ip_range range;
		struct port_list ports;
		struct span name;

		end = strchr(word, ';');
		if (end != NULL)
			*end = '\n';
		is_good = target_parse(end == NULL ? span_from_text(word) : span_make(word, (size_t)(end - word)), &range, &ports, &name,
		                       &error) == TARGET_RANGE;
		if (is_good)
			target_set_add(made->targets, &range, &ports);
		end = end == NULL ? NULL : end + 1;
	}
	exclusion_list_seal(exclusions);
	is_good = is_good && target_set_seal(made->targets, exclusions, &error);
	exclusion_list_free(exclusions);
	return is_good;
}

static bool begin_census(struct made *made, char **words)
{
	char *scope = memory_copy_text(value_of(words, "scope"));
	const char *shard = value_of(words, "shard"), *tool = value_of(words, "tool");
	struct buffer options;
	struct target_walk walk;
	bool is_done = end_census(made) && add_targets(made, scope);

	if (!is_done)
		return false;
	buffer_init(&options, LINE_MAX_SIZE);
	for (size_t i = 1; words[i] != NULL; i++) {
		if (strncmp(words[i], "option=", 7) == 0)
			buffer_append_format(&options, "%s\n", words[i] + 7);
	}
	made->is_unfinished = value_of(words, "unfinished") != NULL;
	made->census = (struct census_record){
		.started_at = {(int64_t)number_of(words, "started", 1795466160000 + 86400000 * (uint64_t)made->censuses++)},
		.tool_version = tool != NULL ? tool : "test",
		.scope_text = value_of(words, "untold") != NULL ? "" : scope,
		.options_text = buffer_text(&options),
		.scope_fingerprint = target_set_fingerprint(made->targets),
		.seed = number_of(words, "seed", 7),
		.shard = shard != NULL ? (uint32_t)strtoul(shard, NULL, 10) - 1 : 0,
		.shard_count = shard != NULL ? (uint32_t)strtoul(strchr(shard, '/') + 1, NULL, 10) : 1,
	};
	target_walk_init(&walk, target_set_count(made->targets), made->census.seed, made->census.shard, made->census.shard_count);
	made->census.host_count = target_walk_size(&walk);
	made->progress = (struct census_progress){.position = number_of(words, "position", made->census.host_count),
	                                          .hosts_done = number_of(words, "position", made->census.host_count),
	                                          .hosts_silent = number_of(words, "silent", 0),
	                                          .excluded = number_of(words, "excluded", 0)};
	is_done = store_begin(made->store, &error) && store_add_census(made->store, &made->census, &error);
	buffer_done(&options);
	free(scope);
	return is_done;
}

static bool read_endpoint(char **words, struct endpoint *endpoint_out)
{
	endpoint_out->port = (uint16_t)strtoul(words[2], NULL, 10);
	return ip_address_parse(span_from_text(words[1]), &endpoint_out->address);
}

static void read_software(const char *text, struct software *software)
{
	const char *slash;

	if (text == NULL)
		return;
	slash = strchr(text, '/');
	memcpy(software->product, text, slash != NULL ? (size_t)(slash - text) : strlen(text));
	if (slash != NULL)
		memcpy(software->version, slash + 1, strlen(slash + 1));
	software->support = SUPPORT_GOING;
}

static bool add_service(const struct made *made, char **words)
{
	const char *login = value_of(words, "login"), *protocol = value_of(words, "protocol");
	struct service_record service = {.decided_at = made->census.started_at, .attempts = 1, .tls_facts = {.connections = 1}};
	uint64_t leaf = number_of(words, "leaf", 0);

	if (!read_endpoint(words, &service.endpoint) || !verdict_parse(span_from_text(words[3]), &service.verdict) ||
	    (login != NULL && !cleartext_login_parse(span_from_text(login), &service.cleartext_login)) ||
	    (protocol != NULL && !wire_protocol_parse(span_from_text(protocol), &service.protocol)))
		return error_set(&error, "a service is told wrongly");
	service.ending = service.verdict == VERDICT_CLOSED ? ENDING_CONNECT_REFUSED : ENDING_COMPLETE;
	service.tls_proven = service.tls_facts.is_seen = value_of(words, "proven") != NULL;
	service.observation_flags = value_of(words, "canary") != NULL ? OBSERVED_CANARY : 0;
	if (leaf != 0) {
		service.tls.certificate_count = 1;
		service.tls.leaf_sha256[0] = (uint8_t)leaf;
	}
	read_software(value_of(words, "software"), &service.software);
	return store_add_service(made->store, made->census.id, &service, &error);
}

static bool add_finding(struct made *made, char **words)
{
	struct finding_record finding = {.severity = SEVERITY_MEDIUM, .confidence = CONFIDENCE_HIGH, .evidence = span_from_text("seen")};

	if (made->finding_count == FINDINGS_MAX || !read_endpoint(words, &finding.endpoint))
		return error_set(&error, "a finding is told wrongly");
	finding.id = memory_copy_text(words[3]);
	made->findings[made->finding_count++] = finding;
	return true;
}

static bool add_open_host(const struct made *made, char **words)
{
	struct open_host_record host;
	struct ip_address address;

	if (!ip_address_parse(span_from_text(words[1]), &address) || !target_set_find(made->targets, address, &host.number))
		return error_set(&error, "an open host is told wrongly");
	return store_add_open_host(made->store, made->census.id, &host, &error);
}

static bool take_line(struct made *made, char *line)
{
	char *words[WORDS_MAX + 1] = {NULL}, *rest = line;
	size_t count = 0;

	for (char *word; count < WORDS_MAX && (word = strtok_r(rest, " \n", &rest)) != NULL;)
		words[count++] = word;
	if (count == 0 || words[0][0] == '#')
		return true;
	if (strcmp(words[0], "census") == 0 && value_of(words, "scope") != NULL)
		return begin_census(made, words);
	if (strcmp(words[0], "service") == 0 && count > 3)
		return add_service(made, words);
	if (strcmp(words[0], "finding") == 0 && count > 3)
		return add_finding(made, words);
	if (strcmp(words[0], "open") == 0 && count > 1)
		return add_open_host(made, words);
	return error_set(&error, "what is '%s'?", words[0]);
}

int main(int argc, char **argv)
{
	struct made *made = memory_allocate(1, sizeof(*made));
	char line[LINE_MAX_SIZE];
	bool is_done;

	made->store = argc == 2 ? store_open(argv[1], STORE_READ_WRITE, &error) : NULL;
	is_done = made->store != NULL;
	while (is_done && fgets(line, sizeof(line), stdin) != NULL)
		is_done = take_line(made, line);
	is_done = is_done && end_census(made);
	store_close(made->store);
	free(made);
	if (!is_done)
		fprintf(stderr, "made_database: %s\n", error.text);
	return is_done ? 0 : 1;
}
