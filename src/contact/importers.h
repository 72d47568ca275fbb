/* SPDX-License-Identifier: ISC */
/* The rows of the table in contact_import.c. */
#ifndef CONTACT_IMPORTERS_H
#define CONTACT_IMPORTERS_H

#include "contact/contact_import.h"

extern const struct contact_importer RIPE_IMPORTER, INTELMQ_IMPORTER, INTELMQ_AUTOMATIC_IMPORTER, NATIONAL_IMPORTER, FIRST_IMPORTER,
	INTRODUCER_IMPORTER;

#endif
