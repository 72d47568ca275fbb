/* SPDX-License-Identifier: ISC */
/* A census as a report: what a format is given, and the table of formats. A format takes the services one by one and keeps none of them, so that ten
   million need no more memory than ten; no format reads a clock, so that the same census always gives the same bytes. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/error.h"
#include "model/certificate_facts.h"
#include "report/jsonl.h"
#include "report/report_files.h"

/* The census, and who reports it. Texts are the caller's. */
struct report_census {
	struct census_record record;
	struct census_progress progress;
	struct timestamp generated_at;                   /* when the census ended, or began if it has not */
	const char *organization, *contact, *domain;     /* of who reports; "": not told */
	const struct attribution_origin *const *sources; /* whom the attributions are from */
	size_t source_count;
};

/* What makes rows of one file belong to one owner: a format only ever asks report_owner_key(). */
enum report_owner {
	REPORT_OWNER_ALL, /* one file for all */
	REPORT_OWNER_ASN,
	REPORT_OWNER_COUNTRY,
	REPORT_OWNER_CONTACT, /* whom to write to; line.contact is there */
};

struct report_host {
	bool offers_pop3, offers_imap;
	bool no_tls_pop3, no_tls_imap; /* in Shadowserver's sense */
};

/* One service, by address and port. */
struct report_service {
	struct jsonl_service line;                   /* attribution is there */
	const struct certificate_facts *certificate; /* of the leaf; NULL: none, not kept, unreadable, or not wanted by the format */
	const char *hostname, *hostname_source;      /* "": not known */
	struct report_host host;
	bool is_first_of_host;
	bool is_without_tls; /* in Shadowserver's sense: a login is possible, and there is no TLS for it */
};

struct report {
	const struct report_census *census;
	enum report_owner owner;
	bool is_safe;      /* for spreadsheets: no cell begins a formula */
	uint64_t left_out; /* services of owners who are never to be told */
	struct report_files *files;
	struct buffer out; /* of formats with one file: what is here goes there after each step */
	void *state;       /* of the format */
};

struct report_format {
	const char *name;
	bool has_many_files;
	bool needs_reporter; /* organization, contact and domain */
	bool is_counted;     /* shows totals alone: no certificate or chain is looked up for it */
	/* Each may be NULL. end is called once, after success and failure alike, and frees the state. */
	void (*begin)(struct report *report);
	bool (*service)(struct report *report, const struct report_service *service, struct error *error);
	bool (*end)(struct report *report, bool is_done, struct error *error);
};

extern const struct report_format SHADOWSERVER_FORMAT, INTELMQ_FORMAT, JSONL_FORMAT, HTML_FORMAT, MARKDOWN_FORMAT, TABLES_FORMAT,
	ZGRAB2_FORMAT, STIX_FORMAT, CEF_FORMAT, XARF_FORMAT, OPENMETRICS_FORMAT;

/* In the order in which `mailcensus report --help` names them; ends with NULL. */
extern const struct report_format *const REPORT_FORMATS[];

bool report_begin(struct report *report, const struct report_format *format, struct error *error) MUST_CHECK;
bool report_add(struct report *report, const struct report_format *format, const struct report_service *service,
                struct error *error) MUST_CHECK;
/* is_done false: something failed before; then it only tidies up. */
bool report_end(struct report *report, const struct report_format *format, bool is_done, struct error *error) MUST_CHECK;

enum { REPORT_OWNER_KEY_SIZE = 96 };

/* "all", "as64500", "de", "abuse_isp_net_5f0c..." (of contacts: some of the first address to be read by people, and a hash of all of them, in any
   order and case, so that no two owners share a file), "unknown": made of [a-z0-9_] alone, for names of files. */
void report_owner_key(const struct report *report, const struct report_service *service, char key[REPORT_OWNER_KEY_SIZE]);
/* False: the owner of this file is never to be told of it; then it is counted as left out. */
bool report_owner_is_told(struct report *report, const struct report_service *service);
/* POP3 or IMAP was heard here, in clear or inside TLS; the port is not our canary, and the address is no false host. */
bool report_service_is_mail(const struct report_service *service);
/* TLS from the first byte. */
bool report_service_is_implicit(const struct report_service *service);
/* "pop3", "imap". */
const char *report_protocol(const struct report_service *service);
/* "2026-11-24 20:36:00", in UTC. */
enum { REPORT_TIME_SIZE = 20 };
void report_time(struct timestamp timestamp, char text[REPORT_TIME_SIZE]);

#endif
