/* SPDX-License-Identifier: ISC */
/* Counts the services of a census for the reports that are made of totals. Memory grows with countries, networks and names of software, not with hosts. */
#ifndef REPORT_TOTALS_H
#define REPORT_TOTALS_H

#include "report/report.h"

enum totals_protocol { TOTALS_POP3, TOTALS_IMAP, TOTALS_BOTH, TOTALS_ANY };
enum { TOTALS_PROTOCOL_COUNT = TOTALS_ANY + 1 };

struct totals_row {
	char *key;      /* "DE", "AS64500", "Dovecot", "no-tls" */
	char *name;     /* "Germany", the network's name, "" */
	uint64_t count; /* hosts that answered; services for software and findings */
	uint64_t offering[TOTALS_PROTOCOL_COUNT], without_tls[TOTALS_PROTOCOL_COUNT];
};

struct totals_table {
	struct totals_row *rows; /* once sorted: most without TLS first, then most of all */
	size_t count, capacity;
	size_t *places;
};

struct totals {
	struct totals_row all;
	uint64_t strict;                     /* hosts without TLS for some protocol on any port */
	uint64_t services, services_without; /* POP3 and IMAP */
	uint64_t verdicts[VERDICT_COUNT][2]; /* of POP3 and IMAP services */
	uint64_t hosts[HOST_VERDICT_COUNT];
	uint64_t versions[TLS_INDEX_COUNT][2]; /* accepted; could be told */
	uint64_t post_quantum[2];
	struct totals_table countries, networks, software, findings;
};

struct totals *totals_new(void);
void totals_free(struct totals *totals);
void totals_add(struct totals *totals, const struct report_service *service);
/* Before the tables are read; nothing is added after it. */
void totals_sort(struct totals *totals);
/* Hosts without TLS of 1,000 that offer mail, in tenths. */
uint64_t totals_per_thousand(const struct totals_row *row);
/* "+1,234,567" without the plus. */
enum { TOTALS_NUMBER_SIZE = 32 };
const char *totals_number(uint64_t number, char text[TOTALS_NUMBER_SIZE]);

/* One table of a report, as all that are made of tables have it: titles, and a function that makes the cells of a row. */
enum { TOTALS_CELLS_MAX = 9, TOTALS_CELL_SIZE = 400 };
struct totals_view {
	const char *id, *title, *note;
	const char *columns[TOTALS_CELLS_MAX]; /* ends with NULL */
	size_t text_columns;                   /* how many of the first are texts, the rest numbers */
	/* False: there is no such row. Texts are as they came, not escaped. */
	bool (*cells)(const struct totals *totals, size_t row, char cells[TOTALS_CELLS_MAX][TOTALS_CELL_SIZE]);
};
extern const struct totals_view TOTALS_VIEWS[];
extern const size_t TOTALS_VIEW_COUNT;
/* The finding in one paragraph: numbers are ours, nothing in it is a server's. */
void totals_headline(const struct totals *totals, const struct report_census *census, struct buffer *out);
/* How was counted, by what, when; one sentence a line. */
void totals_method(const struct report_census *census, struct buffer *out);

#endif
