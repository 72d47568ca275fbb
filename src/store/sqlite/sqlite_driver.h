/* SPDX-License-Identifier: ISC */
/* The driver that keeps a project in one SQLite file. */
#ifndef STORE_SQLITE_SQLITE_DRIVER_H
#define STORE_SQLITE_SQLITE_DRIVER_H

#include "store/store_driver.h"

/* Claims every location, as a file name. Beside FILE live FILE-wal and FILE-shm (SQLite's) and FILE-lock while a writer has it open. */
extern const struct store_driver SQLITE_STORE_DRIVER;

#endif
