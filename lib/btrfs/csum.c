// SPDX-License-Identifier: LGPL-2.1-or-later
#include "csum.h"

#include "le.h"

#include <gcrypt.h>
#include <isa-l/crc.h>
#include <pthread.h>
#include <string.h>
#include <xxhash.h>

static const struct {
	const char *name;
	size_t size;
} types[ZR_CSUM_TYPES] = {
	[ZR_CSUM_CRC32C] = { "crc32c", 4 },
	[ZR_CSUM_XXHASH] = { "xxhash", 8 },
	[ZR_CSUM_SHA256] = { "sha256", 32 },
	[ZR_CSUM_BLAKE2B] = { "blake2", 32 },
};

/* One call of the library takes an int; pieces of this size keep far below its limit. */
#define CRC_PIECE (1U << 30)

size_t zr_csum_size(enum zr_csum_type type)
{
	return types[type].size;
}

const char *zr_csum_name(enum zr_csum_type type)
{
	return types[type].name;
}

static uint32_t crc32c(const uint8_t *data, size_t len)
{
	uint32_t crc = ~0U;

	while (len) {
		size_t piece = len < CRC_PIECE ? len : CRC_PIECE;

		/* The library takes the buffer without const, but only reads it. */
		crc = crc32_iscsi((unsigned char *)(uintptr_t)data, (int)piece, crc);
		data += piece;
		len -= piece;
	}
	return ~crc;
}

static void gcrypt_start(void)
{
	/* A program that uses libgcrypt itself may have done this with settings of its own. */
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return;
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

static void gcrypt_hash(int algorithm, const void *data, size_t len, uint8_t *out)
{
	static pthread_once_t started = PTHREAD_ONCE_INIT;

	pthread_once(&started, gcrypt_start);
	gcry_md_hash_buffer(algorithm, out, data, len);
}

void zr_csum(enum zr_csum_type type, const void *data, size_t len, uint8_t out[ZR_CSUM_MAX])
{
	struct le32 crc;
	struct le64 hash;

	memset(out, 0, ZR_CSUM_MAX);
	switch (type) {
	case ZR_CSUM_CRC32C:
		crc = le32_set(crc32c(data, len));
		memcpy(out, crc.byte, sizeof(crc));
		break;
	case ZR_CSUM_XXHASH:
		hash = le64_set(XXH64(data, len, 0));
		memcpy(out, hash.byte, sizeof(hash));
		break;
	case ZR_CSUM_SHA256:
		gcrypt_hash(GCRY_MD_SHA256, data, len, out);
		break;
	case ZR_CSUM_BLAKE2B:
		gcrypt_hash(GCRY_MD_BLAKE2B_256, data, len, out);
		break;
	case ZR_CSUM_TYPES:
		break;
	}
}

bool zr_csum_matches(enum zr_csum_type type, const void *data, size_t len, const uint8_t *stored)
{
	uint8_t computed[ZR_CSUM_MAX];

	zr_csum(type, data, len, computed);
	return memcmp(computed, stored, zr_csum_size(type)) == 0;
}
