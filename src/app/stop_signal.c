/* SPDX-License-Identifier: ISC */
/* The only thing that the handler does is to set a number. */
#include "app/stop_signal.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stop_signal;

static void on_stop_signal(int signal_number)
{
	stop_signal = signal_number;
}

void stop_signal_catch(void)
{
	struct sigaction action = {.sa_handler = on_stop_signal};

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &action, NULL);
}

bool stop_signal_has_come(void)
{
	return stop_signal != 0;
}
