# SPDX-License-Identifier: GPL-2.0-or-later
"""Change one thing in an image with a zoned btrfs, and make the checksums around it anew."""
