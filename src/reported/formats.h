/* SPDX-License-Identifier: ISC */
/* The formats, one file each; the table is in reported_file.c. */
#ifndef REPORTED_FORMATS_H
#define REPORTED_FORMATS_H

#include "reported/reported_file.h"

extern const struct reported_format SHADOWSERVER_REPORTED, ZGRAB2_REPORTED, MASSCAN_LIST_REPORTED, MASSCAN_JSON_REPORTED,
	MASSCAN_XML_REPORTED, ZMAP_REPORTED;

#endif
