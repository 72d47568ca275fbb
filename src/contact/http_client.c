/* SPDX-License-Identifier: ISC */
/* libcurl, held to what we want of it: no redirect, cookie or password of its own accord. */
#include "contact/http_client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/character.h"
#include "base/memory.h"
#include "net/clock.h"

enum { HOSTS_MAX = 64, PAUSE_MS = 1000, LONG_PAUSE_MS = 10000, URL_MAX = 2048 };

struct host {
	char name[256];
	struct instant ready_at;
};

struct http_client {
	CURL *curl;
	bool allows_loopback;
	struct host hosts[HOSTS_MAX];
	size_t host_count;
	char problem[CURL_ERROR_SIZE];
};

struct http_client *http_client_new(const char *agent, bool allows_loopback, struct error *error)
{
	struct http_client *client = memory_allocate(1, sizeof(*client));

	client->allows_loopback = allows_loopback;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (client->curl = curl_easy_init()) == NULL) {
		error_set(error, "libcurl cannot be set up");
		free(client);
		return NULL;
	}
	(void)curl_easy_setopt(client->curl, CURLOPT_USERAGENT, agent);
	(void)curl_easy_setopt(client->curl, CURLOPT_TIMEOUT, (long)HTTP_TIMEOUT_S);
	(void)curl_easy_setopt(client->curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(client->curl, CURLOPT_MAXCONNECTS, 8L);
	(void)curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, client->problem);
	(void)curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, allows_loopback ? "http,https" : "https");
	if (allows_loopback)
		(void)curl_easy_setopt(client->curl, CURLOPT_PROXY, "");
	return client;
}

void http_client_free(struct http_client *client)
{
	if (client == NULL)
		return;
	curl_easy_cleanup(client->curl);
	curl_global_cleanup();
	free(client);
}

void http_answer_init(struct http_answer *answer)
{
	*answer = (struct http_answer){.status = 0};
	buffer_init(&answer->body, HTTP_BODY_MAX);
}

void http_answer_done(struct http_answer *answer)
{
	buffer_done(&answer->body);
}

static bool get_part(CURLU *url, CURLUPart part, char *out, size_t size)
{
	char *text = NULL;
	bool is_there = curl_url_get(url, part, &text, 0) == CURLUE_OK && strlen(text) < size;

	if (is_there)
		(void)snprintf(out, size, "%s", text);
	curl_free(text);
	return is_there;
}

static bool is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0;
}

/* False: we do not ask such a URL. port: with the name, as two servers of a test differ in it alone. */
static bool read_host(const struct http_client *client, const char *url, char host[256])
{
	CURLU *parts = curl_url();
	char scheme[16], name[200], port[16], user[8];
	bool is_good = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	               get_part(parts, CURLUPART_SCHEME, scheme, sizeof(scheme)) && get_part(parts, CURLUPART_HOST, name, sizeof(name)) &&
	               !get_part(parts, CURLUPART_USER, user, sizeof(user));

	is_good =
		is_good && (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && client->allows_loopback && is_loopback(name)));
	if (is_good && get_part(parts, CURLUPART_PORT, port, sizeof(port)))
		(void)snprintf(host, 256, "%s:%s", name, port);
	else if (is_good)
		(void)snprintf(host, 256, "%s", name);
	for (char *at = host; is_good && *at != '\0'; at++)
		*at = (char)character_small((unsigned char)*at);
	curl_url_cleanup(parts);
	return is_good;
}

/* The one that is free the soonest makes room when there are too many: nobody is asked too early for it. */
static struct host *find_host(struct http_client *client, const char *name)
{
	struct host *soonest = &client->hosts[0];

	for (size_t i = 0; i < client->host_count; i++) {
		if (strcmp(client->hosts[i].name, name) == 0)
			return &client->hosts[i];
		if (instant_is_before(client->hosts[i].ready_at, soonest->ready_at))
			soonest = &client->hosts[i];
	}
	if (client->host_count < HOSTS_MAX) {
		soonest = &client->hosts[client->host_count++];
		soonest->ready_at = clock_now();
	}
	(void)snprintf(soonest->name, sizeof(soonest->name), "%s", name);
	return soonest;
}

static int64_t pause_of(const char *host)
{
	size_t size = strlen(host);

	return size >= 10 && strcmp(host + size - 10, "lacnic.net") == 0 ? LONG_PAUSE_MS : PAUSE_MS;
}

struct instant http_client_ready_at(struct http_client *client, const char *url)
{
	char host[256];

	return read_host(client, url, host) ? find_host(client, host)->ready_at : clock_now();
}

void http_client_hold(struct http_client *client, const char *host, int64_t seconds)
{
	find_host(client, host)->ready_at = instant_after_ms(clock_now(), seconds * 1000);
}

static void wait_for(const struct host *host)
{
	struct instant now = clock_now();

	while (instant_is_before(now, host->ready_at)) {
		clock_sleep(host->ready_at.ns - now.ns);
		now = clock_now();
	}
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
	struct buffer *body = context;

	buffer_append(body, span_make(bytes, size * count));
	return body->overflowed ? 0 : size * count;
}

/* Without redirects. */
static bool get_once(struct http_client *client, const char *url, const char *accept, struct http_answer *answer, struct error *error)
{
	char header[128];
	struct curl_slist *headers;
	struct host *host;
	CURLcode code;
	curl_off_t retry_after = 0;

	if (!read_host(client, url, answer->host))
		return error_set(error, "an address is refused that is not https");
	host = find_host(client, answer->host);
	wait_for(host);
	(void)snprintf(header, sizeof(header), "Accept: %s", accept);
	headers = curl_slist_append(NULL, header);
	buffer_clear(&answer->body);
	client->problem[0] = '\0';
	(void)curl_easy_setopt(client->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_bytes);
	(void)curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, &answer->body);
	code = curl_easy_perform(client->curl);
	curl_slist_free_all(headers);
	host->ready_at = instant_after_ms(clock_now(), pause_of(host->name));
	(void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &answer->status);
	(void)curl_easy_getinfo(client->curl, CURLINFO_RETRY_AFTER, &retry_after);
	answer->retry_after_s = retry_after;
	if (answer->body.overflowed)
		return error_set(error, "%s answers with more than %d bytes", answer->host, HTTP_BODY_MAX);
	if (code != CURLE_OK)
		return error_set(error, "%s does not answer: %s", answer->host,
		                 client->problem[0] != '\0' ? client->problem : curl_easy_strerror(code));
	return true;
}

bool http_client_get(struct http_client *client, const char *url, const char *accept, struct http_answer *answer, struct error *error)
{
	char target[URL_MAX];

	(void)snprintf(target, sizeof(target), "%s", url);
	for (unsigned redirects = 0; redirects <= HTTP_REDIRECTS_MAX; redirects++) {
		char *next = NULL;

		if (!get_once(client, target, accept, answer, error))
			return false;
		if (answer->status < 300 || answer->status > 399)
			return true;
		(void)curl_easy_getinfo(client->curl, CURLINFO_REDIRECT_URL, &next);
		if (next == NULL || strlen(next) >= sizeof(target))
			return error_set(error, "%s sends us on to nowhere", answer->host);
		(void)snprintf(target, sizeof(target), "%s", next);
	}
	return error_set(error, "%s: more than %d redirects", answer->host, HTTP_REDIRECTS_MAX);
}
