/* SPDX-License-Identifier: ISC */
/* Asks registries over HTTPS, one question at a time, with the pause between two questions that each of them wants. */
#ifndef CONTACT_HTTP_CLIENT_H
#define CONTACT_HTTP_CLIENT_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/instant.h"

enum {
	HTTP_BODY_MAX = 1 << 20,
	HTTP_TIMEOUT_S = 10, /* of one request */
	HTTP_REDIRECTS_MAX = 5,
};

struct http_answer {
	long status;           /* of HTTP */
	int64_t retry_after_s; /* what the server wants us to wait; 0: it does not say */
	struct buffer body;
	char host[256]; /* who answered, behind all redirects */
};

struct http_client;

/* allows_loopback: plain http to loopback is fine, for tests; else https alone. agent: how we present ourselves. */
struct http_client *http_client_new(const char *agent, bool allows_loopback, struct error *error);
void http_client_free(struct http_client *client); /* NULL is fine */

void http_answer_init(struct http_answer *answer);
void http_answer_done(struct http_answer *answer);

/* Waits until the host may be asked again, and asks; the same for every host that it is sent on to. The next question to a host comes a second (LACNIC: ten)
   after the end of the last one. False: nobody answered, or not in a way that we take; the error says why. */
bool http_client_get(struct http_client *client, const char *url, const char *accept, struct http_answer *answer,
                     struct error *error) MUST_CHECK;
/* When the host of this URL may be asked next; of URLs that cannot be asked at all it is now. */
struct instant http_client_ready_at(struct http_client *client, const char *url);
/* The host wants this pause from now on. */
void http_client_hold(struct http_client *client, const char *host, int64_t seconds);

#endif
