/* SPDX-License-Identifier: ISC */
/* Names of addresses, which belong to no census. */
#include "store/sqlite/sqlite_row.h"
#include "store/sqlite/sqlite_store.h"

bool sqlite_set_hostname(struct store *store, const struct hostname_record *hostname, struct error *error)
{
	struct binder row;

	if (!begin_row(&row, store, STATEMENT_SET_HOSTNAME, error))
		return false;
	bind_address(&row, &hostname->address);
	bind_word(&row, WORD_HOSTNAME_OUTCOME, hostname->outcome);
	bind_word(&row, WORD_HOSTNAME_SOURCE, hostname->source);
	bind_text(&row, hostname->name);
	bind_word(&row, WORD_ANSWER, hostname->is_confirmed);
	bind_unsigned(&row, hostname->names);
	bind_unsigned(&row, hostname->unusable);
	bind_integer(&row, hostname->looked_up_at.unix_ms);
	bind_word(&row, WORD_HOSTNAME_OUTCOME, HOSTNAME_FAILED); /* what gives way to all others */
	return end_row(&row);
}

static bool read_hostname(struct columns *columns, const struct store_visitor *visitor)
{
	struct hostname_record hostname;

	hostname.address = take_address(columns);
	hostname.outcome = (enum hostname_outcome)take_word(columns, WORD_HOSTNAME_OUTCOME);
	hostname.source = (enum hostname_source)take_word(columns, WORD_HOSTNAME_SOURCE);
	hostname.name = take_text(columns);
	if (hostname.outcome == HOSTNAME_FOUND ? !hostname_is_valid(span_from_text(hostname.name)) : hostname.name[0] != '\0')
		columns_wrong(columns, "no host name");
	hostname.is_confirmed = (enum answer)take_word(columns, WORD_ANSWER);
	hostname.names = (unsigned)take_integer(columns, 0, UINT32_MAX);
	hostname.unusable = (unsigned)take_integer(columns, 0, UINT32_MAX);
	hostname.looked_up_at = take_time(columns);
	return !columns->is_wrong && visitor->on_hostname(visitor->context, &hostname);
}

bool sqlite_visit_hostnames(struct store *base, const struct ip_address *only_address, const struct store_visitor *visitor,
                            struct error *error)
{
	struct sqlite_store *store = (struct sqlite_store *)base;
	enum statement_id id = only_address != NULL ? STATEMENT_FIND_HOSTNAME : STATEMENT_VISIT_HOSTNAMES;

	return visit_for_address(store, id, statement_take(store, id, error), only_address, read_hostname, visitor, error);
}
