/* SPDX-License-Identifier: ISC */
/* capabilities(7): the bounding set too, so that even root's programs start without any. */
#include "net/privilege.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

bool privilege_drop(enum privilege_kept kept, struct error *error)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct left[_LINUX_CAPABILITY_U32S_3];
	uint32_t files = kept == PRIVILEGE_FILES ? CAP_TO_MASK(CAP_DAC_OVERRIDE) : 0;

	memset(left, 0, sizeof(left));
	if (syscall(SYS_capget, &header, left) != 0)
		return error_set(error, "privileges cannot be looked at: %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_LENGTH(left); i++) {
		uint32_t part = i == 0 ? left[i].permitted & files : 0;

		left[i] = (struct __user_cap_data_struct){.effective = part, .permitted = part};
	}
	/* Not allowed without CAP_SETPCAP; then no_new_privs alone keeps files from giving any. */
	for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		(void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_capset, &header, left) != 0)
		return error_set(error, "privileges cannot be given up: %s", strerror(errno));
	return true;
}
