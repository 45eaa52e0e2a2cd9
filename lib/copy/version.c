// SPDX-License-Identifier: LGPL-2.1-or-later
#include <zreplace/zreplace.h>

const char *zr_version(void)
{
	return ZR_VERSION;
}
