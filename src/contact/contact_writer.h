/* SPDX-License-Identifier: ISC */
/* Writes a file of contacts row by row, beside where it is wanted; it appears whole or not at all. */
#ifndef CONTACT_CONTACT_WRITER_H
#define CONTACT_CONTACT_WRITER_H

#include "contact/contact_file.h"

struct contact_writer;

struct contact_writer *contact_writer_open(const char *path, struct error *error);
void contact_writer_add(struct contact_writer *writer, const struct contact_row *row);
/* Behind a "#": for people to read, or to make a row of. One line. */
void contact_writer_add_remark(struct contact_writer *writer, const struct contact_row *row);
void contact_writer_add_comment(struct contact_writer *writer, const char *text);
/* To its place, when is_done; else nothing stays. Frees the writer in any case. */
bool contact_writer_close(struct contact_writer *writer, bool is_done, struct error *error) MUST_CHECK;

#endif
