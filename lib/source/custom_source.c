// SPDX-License-Identifier: LGPL-2.1-or-later
#include "custom.h"
#include "source.h"

int zr_source_open_custom(struct zr_source **source, const struct zr_custom_device *device,
			  const struct zr_source_options *options, struct zr_error *err)
{
	struct zr_device *dev;
	int rc = zr_custom_open(&dev, device, ZR_ROLE_SOURCE, err);

	return rc ? rc : zr_source_open_on(source, dev, options, err);
}
