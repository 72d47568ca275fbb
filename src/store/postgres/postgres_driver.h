/* SPDX-License-Identifier: ISC */
/* A PostgreSQL database as store: "postgresql://USER@HOST:PORT/DATABASE?...", all else as libpq does (PGHOST, PGPASSWORD, .pgpass, services). */
#ifndef STORE_POSTGRES_POSTGRES_DRIVER_H
#define STORE_POSTGRES_POSTGRES_DRIVER_H

#include "store/store_driver.h"

extern const struct store_driver POSTGRES_STORE_DRIVER;

#endif
