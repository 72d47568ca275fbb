/* SPDX-License-Identifier: ISC */
/* Signals that ask a run to end early, in good order. */
#ifndef APP_STOP_SIGNAL_H
#define APP_STOP_SIGNAL_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP are only remembered, and SIGPIPE is ignored. */
void stop_signal_catch(void);
bool stop_signal_has_come(void);

#endif
