// SPDX-License-Identifier: LGPL-2.1-or-later
#include "member.h"

#include "blkid.h"
#include "buffer.h"
#include "feature.h"
#include "source.h"
#include "super_read.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef unsigned long long ull;

struct zr_members *zr_members_new(void)
{
	const struct zr_error none = ZR_ERROR_INIT;
	struct zr_members *members = calloc(1, sizeof(*members));

	if (members)
		members->skipped = none;
	return members;
}

static void close_member(struct zr_member *member)
{
	zr_device_close(member->dev);
	free(member->zones);
}

void zr_members_free(struct zr_members *members)
{
	size_t i;

	if (!members)
		return;
	for (i = 0; i < members->count; i++)
		close_member(&members->list[i]);
	free(members->list);
	free(members);
}

struct zr_member *zr_member_find(const struct zr_members *members, uint64_t devid)
{
	size_t i;

	for (i = 0; members && i < members->count; i++)
		if (members->list[i].super.devid == devid)
			return &members->list[i];
	return NULL;
}

/* Devices of one file system are written together, so that they say the same but of themselves. */
static int compare(const struct zr_member *member, const struct zr_super *own, struct zr_error *err)
{
	const struct zr_super *super = &member->super;
	const char *path = member->dev->path;

	if (memcmp(super->fsid, own->fsid, sizeof(own->fsid)))
		return zr_fail(err, ZR_E_MEMBER, "%s: is of another file system than the source",
			       path);
	if (super->devid == own->devid)
		return zr_fail(err, ZR_E_MEMBER,
			       "%s: is devid %llu, as is the source that is replaced", path,
			       (ull)super->devid);
	if (super->generation != own->generation)
		return zr_fail(err, ZR_E_MEMBER,
			       "%s: devid %llu, generation differs, found %llu, the source has "
			       "%llu: one of them was missing while the other was written",
			       path, (ull)super->devid, (ull)super->generation,
			       (ull)own->generation);
	if (!zr_super_same_fs(super->raw, own->raw))
		return zr_fail(err, ZR_E_MEMBER,
			       "%s: devid %llu, superblock differs from the source's: mount the "
			       "file system once, so that its devices agree",
			       path, (ull)super->devid);
	return 0;
}

static int read_super(struct zr_device *dev, bool regular, struct zr_super *super,
		      uint64_t *physical, struct zr_error *err)
{
	const struct zr_source alone = { .dev = dev };
	int rc = regular ? zr_super_read_regular(dev, super, physical, err)
			 : zr_super_read(dev, super, physical, err);

	if (rc)
		zr_source_name_device(&alone, err);
	return rc;
}

static int read_member(struct zr_member *member, const struct zr_super *own, struct zr_error *err)
{
	bool zoned = zr_super_is_zoned(own);
	int rc = read_super(member->dev, !zoned, &member->super, &member->super_physical, err);

	if (!rc)
		rc = compare(member, own, err);
	if (!rc && !zoned && member->dev->geo.model != ZR_MODEL_REGULAR)
		rc = zr_fail(err, ZR_E_MEMBER, "%s: has zones, which its file system has not",
			     member->dev->path);
	if (!rc && member->dev->geo.model != ZR_MODEL_REGULAR)
		rc = zr_device_zones(member->dev, &member->zones, err);
	return rc;
}

static int insert(struct zr_members *members, const struct zr_member *member, struct zr_error *err)
{
	const struct zr_member *other = zr_member_find(members, member->super.devid);

	if (other)
		return zr_fail(err, ZR_E_MEMBER,
			       "%s and %s: are both devid %llu of the file system, and only one of "
			       "them can be meant",
			       other->dev->path, member->dev->path, (ull)member->super.devid);
	if (zr_array_reserve(&members->list, &members->capacity, members->count, sizeof(*member),
			     err))
		return -ZR_E_NO_MEMORY;
	members->list[members->count++] = *member;
	return 0;
}

int zr_members_add(struct zr_members *members, const struct zr_super *own, struct zr_device *dev,
		   struct zr_error *err)
{
	struct zr_member member = { .dev = dev };
	int rc = read_member(&member, own, err);

	if (!rc)
		rc = insert(members, &member, err);
	if (rc)
		close_member(&member);
	return rc;
}

/* What a search for members needs to know. */
struct search {
	struct zr_members *members;
	const struct zr_super *own;
	uint64_t id; /* of the device that is replaced */
};

/* A twin of the source, or a device that was left behind, is no member, and no reason to stop. */
static int skip(struct search *search, struct zr_member *member, const struct zr_error *reason,
		struct zr_error *err)
{
	bool twin = member->super.devid == search->own->devid;

	close_member(member);
	if (reason->code == ZR_E_NO_MEMORY)
		return zr_fail_nomem(err);
	if (!twin && !search->members->skipped.code)
		search->members->skipped = *reason;
	return 0;
}

/* What the file system was moved to has its UUID too, but zones, which it has not. */
static bool is_new_layout(const struct search *search, const struct zr_member *member)
{
	return !zr_super_is_zoned(search->own) && member->dev->geo.model != ZR_MODEL_REGULAR;
}

static int take_found(void *owner, const char *path, struct zr_error *err)
{
	struct search *search = owner;
	struct zr_member member = { 0 };
	struct zr_error reason = ZR_ERROR_INIT;
	struct stat st;
	int rc;

	if (!stat(path, &st) && st.st_rdev == search->id)
		return 0;
	rc = zr_device_open(&member.dev, path, ZR_ROLE_SOURCE, &reason);
	if (!rc && is_new_layout(search, &member)) {
		close_member(&member);
		return 0;
	}
	if (!rc)
		rc = read_member(&member, search->own, &reason);
	if (rc)
		return skip(search, &member, &reason, err);
	rc = insert(search->members, &member, err);
	if (rc)
		close_member(&member);
	return rc;
}

static int open_named(struct zr_members *members, const struct zr_super *own,
		      const struct zr_source_options *options, struct zr_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < options->member_count && !rc; i++) {
		struct zr_device *dev;

		rc = zr_device_open(&dev, options->members[i], ZR_ROLE_SOURCE, err);
		if (!rc)
			rc = zr_members_add(members, own, dev, err);
	}
	return rc;
}

static int find_members(struct zr_members *members, const struct zr_super *own,
			const struct zr_device *dev, const struct zr_source_options *options,
			struct zr_error *err)
{
	struct search search = { members, own, dev->id };

	if (options && options->members)
		return open_named(members, own, options, err);
	members->searched = true;
	if (own->num_devices == 1 || !dev->id)
		return 0;
	return zr_devices_of(own->fsid, take_found, &search, err);
}

int zr_members_open(struct zr_members **members, struct zr_device *dev,
		    const struct zr_source_options *options, struct zr_error *err)
{
	struct zr_super *own = malloc(sizeof(*own));
	struct zr_members *opened = zr_members_new();
	uint64_t physical;
	int rc;

	if (!own || !opened) {
		rc = zr_fail_nomem(err);
	} else if (options && options->size != sizeof(*options)) {
		rc = zr_fail(err, ZR_E_ARGUMENT,
			     "source options: size is not known, found %zu expected %zu",
			     options->size, sizeof(*options));
	} else {
		rc = read_super(dev, options && options->regular, own, &physical, err);
		if (!rc)
			rc = find_members(opened, own, dev, options, err);
	}
	free(own);
	if (rc)
		zr_members_free(opened);
	else
		*members = opened;
	return rc;
}

static void count_active(struct zr_member *member)
{
	uint32_t i;

	for (i = 0; i < member->dev->geo.zone_count; i++)
		member->active += zr_zone_is_active(&member->zones[i]);
}

int zr_members_emulate(struct zr_members *members, uint64_t zone_size, struct zr_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; members && i < members->count && !rc; i++) {
		struct zr_member *member = &members->list[i];

		member->active = 0;
		if (!member->zones) {
			rc = zr_device_emulate(member->dev, zone_size, err);
			if (!rc)
				rc = zr_device_zones(member->dev, &member->zones, err);
		} else if (member->dev->geo.zone_size != zone_size) {
			rc = zr_fail(err, ZR_E_GEOMETRY,
				     "%s: devid %llu, zone size is not the file system's, found "
				     "%llu expected %llu",
				     member->dev->path, (ull)member->super.devid,
				     (ull)member->dev->geo.zone_size, (ull)zone_size);
		}
		if (!rc)
			count_active(member);
	}
	return rc;
}

int zr_members_unchanged(const struct zr_members *members, struct zr_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; members && i < members->count && !rc; i++)
		rc = zr_super_unchanged(members->list[i].dev, &members->list[i].super,
					members->list[i].super_physical, err);
	return rc;
}
