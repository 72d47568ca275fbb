/* SPDX-License-Identifier: ISC */
/* The findings of one host as one text: a JSON array, so that SQL can look into it, of [port, finding, severity, confidence, evidence] with the file's numbers for words. */
#ifndef STORE_SQLITE_FINDING_LIST_H
#define STORE_SQLITE_FINDING_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

enum { FINDING_LIST_MAX = 1 << 20 };

struct finding_entry {
	uint16_t port;
	int64_t finding, severity, confidence;
	int64_t evidence_row; /* of table text; 0: evidence has it */
	struct span evidence; /* while writing: any bytes; while reading: until the next one is taken */
};

/* Entries are appended between begin and end. */
void finding_list_begin(struct buffer *list);
void finding_list_add(struct buffer *list, const struct finding_entry *entry);
void finding_list_end(struct buffer *list);

/* Reads a list: rest is the whole list at first. 1: an entry; 0: the end; -1: this is no such list. room holds the evidence. */
int finding_list_take(struct span *rest, struct buffer *room, struct finding_entry *entry_out) MUST_CHECK;

#endif
