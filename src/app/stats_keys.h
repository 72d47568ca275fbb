/* SPDX-License-Identifier: ISC */
/* By what hosts and services are counted: one table row per key, which tells how its values are taken from a service of a census. */
#ifndef APP_STATS_KEYS_H
#define APP_STATS_KEYS_H

#include "app/census_reader.h"
#include "model/attribution.h"

/* What a key is a property of. Groups by keys of hosts alone take a host with all of its services; else a host is in each group that one of its services is in. */
enum stats_unit { STATS_OF_HOST, STATS_OF_SERVICE };

enum {
	STATS_VALUE_SIZE = 132, /* bytes of one value, with its end; what a server said is cut */
	STATS_VALUES_MAX = 64,  /* of one service under one key: it has several findings */
	STATS_KEYS_MAX = 16,
};

/* A value is a text of valid UTF-8 without control characters. "" stands for "could not tell". What no server said may begin with '(': "(none)" where the key means
   nothing for a service, "(others)"; a server's text that begins so stands in double quotes. */
extern const char STATS_VALUE_NONE[], STATS_VALUE_OTHERS[];
struct stats_values {
	char texts[STATS_VALUES_MAX][STATS_VALUE_SIZE];
	size_t count;
};

struct stats_subject {
	const struct census_service *service;
	const struct attribution *attribution; /* of its address; NULL where no key wants it */
};

struct stats_key {
	const char *name;  /* for --by, CSV and JSON */
	const char *title; /* of the column of the table */
	enum stats_unit unit;
	bool is_number;     /* values are decimal numbers, where they are not "" or in parentheses */
	bool is_attributed; /* needs the attribution */
	bool is_many;       /* one service may have several values: its groups overlap */
	unsigned wants;     /* enum census_wants */
	/* At least one value. */
	void (*take)(const struct stats_subject *subject, struct stats_values *values);
};

extern const struct stats_key STATS_KEYS[];
extern const size_t STATS_KEY_COUNT; /* at most STATS_KEYS_MAX */

/* A set of keys as bits of their places in the table. */
bool stats_keys_parse(const char *text, unsigned *keys_out, struct error *error) MUST_CHECK;
/* "country,asn", in the order of the table, into a text of STATS_KEYS_TEXT_SIZE. */
enum { STATS_KEYS_TEXT_SIZE = 160 };
void stats_keys_format(unsigned keys, char text[STATS_KEYS_TEXT_SIZE]);
/* Is any of them so? */
bool stats_keys_are_attributed(unsigned keys);
bool stats_keys_are_of_hosts(unsigned keys); /* all of them */
unsigned stats_keys_wants(unsigned keys);
/* The place of this key; STATS_KEY_COUNT: there is none. */
size_t stats_key_find(struct span name);

/* Nothing was told of this service: unknown, slow, rate-limited. */
bool stats_is_untold(enum verdict verdict);

#endif
