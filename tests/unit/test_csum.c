// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checksums in their on-disk form, against published vectors and independent programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csum.h"

enum fill {
	FILL_TEXT,
	FILL_BYTE, /* the first byte of the text again and again */
	FILL_COUNT, /* 0, 1, ... 250, 0, 1, ... */
};

/*
 * The checksums are hexadecimal digits of the bytes as they lie on disk: crc32c and xxhash64 with
 * the least significant byte first. Published are crc32c of 32 bytes (RFC 3720), SHA-256 of "abc"
 * and of a million times "a" (FIPS 180), and what each reference program prints for the short
 * texts; the others come from programs written apart from this library.
 */
/* clang-format off */
static const struct {
	enum fill fill;
	const char *text;
	size_t len;
	const char *csum[4];
} vectors[] = {
	{ FILL_TEXT, "", 0,
	  { "00000000", "99e9d85137db46ef",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8" } },
	{ FILL_TEXT, "a", 1,
	  { "3043d0c1", "5b6e8ca9f1c44ed2",
	    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
	    "8928aae63c84d87ea098564d1e03ad813f107add474e56aedd286349c0c03ea4" } },
	{ FILL_TEXT, "abc", 3,
	  { "b73f4b36", "990977adf52cbc44",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319" } },
	{ FILL_TEXT, "123456789", 9,
	  { "839206e3", "83aee640db41b88c",
	    "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
	    "16e0bf1f85594a11e75030981c0b670370b3ad83a43f49ae58a2fd6f6513cde9" } },
	{ FILL_BYTE, "\0", 32,
	  { "aa36918a", "f52c63705dbee9f6",
	    "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925",
	    "89eb0d6a8a691dae2cd15ed0369931ce0a949ecafa5c3f93f8121833646e15c3" } },
	{ FILL_BYTE, "\xff", 32,
	  { "43aba862", "8787c016362210ff",
	    "af9613760f72635fbdb44a5a0a63c39f12af30f950a6ee5c971be188e89c4051",
	    "e2021160500f01190b8b9f36f9d0d1dacf8e91ae70deed6ddda43ed414585ed4" } },
	{ FILL_COUNT, NULL, 32,
	  { "4e79dd46", "b432ff16519cf5cb",
	    "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd",
	    "cb2f5160fc1f7e05a55ef49d340b48da2e5a78099d53393351cd579dd42503d6" } },
	{ FILL_COUNT, NULL, 4064,
	  { "a2d11b9b", "1c9067d970a0b1f6",
	    "d272f5146d6471a0000466ab07cc2eb5d72a0df66535e1cffe70a7fc9e7d5565",
	    "79ca6703daecde479bf11526cabedc72880acc72266ccf79c498c8c0a646a49f" } },
	{ FILL_COUNT, NULL, 100000,
	  { "6bf64772", "ccf4d82ce75ef74c",
	    "cd2df694e424bc7968cc37f47751019e5ca0cd1bdf2e479ea537c3a1c32ee1aa",
	    "916cfaa800ee55811e82095babeb88ea29c9ef8a36e8d7e20c7b772c344c9e1c" } },
	{ FILL_BYTE, "a", 1000000,
	  { "40e26f43", "40dc4f9baa3a48dc",
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	    "0741850f36cba4259628355d1073e24ddb9ca0e1bfac36fd39ae5dc2101e23a4" } },
};
/* clang-format on */

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

/* Exactly as many bytes as the vector has, so that a sanitizer sees what is read behind them. */
static uint8_t *make_data(size_t index)
{
	size_t len = vectors[index].len;
	uint8_t *data = malloc(len ? len : 1);
	size_t i;

	assert_non_null(data);
	for (i = 0; i < len; i++) {
		if (vectors[index].fill == FILL_TEXT)
			data[i] = (uint8_t)vectors[index].text[i];
		else if (vectors[index].fill == FILL_BYTE)
			data[i] = (uint8_t)vectors[index].text[0];
		else
			data[i] = (uint8_t)(i % 251);
	}
	return data;
}

static void to_hex(const uint8_t *bytes, size_t len, char *text)
{
	size_t i;

	text[0] = '\0';
	for (i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static void check_vectors(enum zr_csum_type type)
{
	size_t i;
	size_t k;

	for (i = 0; i < VECTORS; i++) {
		size_t size = strlen(vectors[i].csum[type]) / 2;
		uint8_t *data = make_data(i);
		uint8_t out[32];
		char text[65];

		memset(out, 0xee, sizeof(out));
		zr_csum(type, data, vectors[i].len, out);
		to_hex(out, size, text);
		assert_string_equal(text, vectors[i].csum[type]);
		for (k = size; k < 32; k++)
			assert_int_equal(out[k], 0);
		assert_true(zr_csum_matches(type, data, vectors[i].len, out));
		free(data);
	}
}

static void crc32c_is_right(void **state)
{
	(void)state;
	check_vectors(ZR_CSUM_CRC32C);
}

static void xxhash64_is_right(void **state)
{
	(void)state;
	check_vectors(ZR_CSUM_XXHASH);
}

static void sha256_is_right(void **state)
{
	(void)state;
	check_vectors(ZR_CSUM_SHA256);
}

static void blake2b_is_right(void **state)
{
	(void)state;
	check_vectors(ZR_CSUM_BLAKE2B);
}

static void numbers_sizes_and_names_are_those_on_disk(void **state)
{
	static const struct {
		size_t size;
		const char *name;
	} expected[] = { { 4, "crc32c" }, { 8, "xxhash" }, { 32, "sha256" }, { 32, "blake2" } };
	unsigned int type;

	(void)state;
	assert_int_equal(ZR_CSUM_TYPES, 4);
	for (type = 0; type < 4; type++) {
		assert_int_equal(zr_csum_size((enum zr_csum_type)type), expected[type].size);
		assert_string_equal(zr_csum_name((enum zr_csum_type)type), expected[type].name);
	}
}

/* The field on disk has 32 bytes, whatever the type; what is behind the checksum says nothing. */
static void only_the_bytes_of_the_checksum_are_compared(void **state)
{
	static const size_t sizes[] = { 4, 8, 32, 32 };
	uint8_t stored[32];
	unsigned int type;
	size_t bit;

	(void)state;
	for (type = 0; type < 4; type++) {
		zr_csum((enum zr_csum_type)type, "btrfs", 5, stored);
		for (bit = 0; bit < 256; bit++) {
			bool inside = bit / 8 < sizes[type];

			stored[bit / 8] ^= (uint8_t)(1U << bit % 8);
			if (zr_csum_matches((enum zr_csum_type)type, "btrfs", 5, stored) == inside)
				fail_msg("type %u bit %zu: expected %d", type, bit, !inside);
			stored[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
	}
}

static void each_bit_of_the_data_counts(void **state)
{
	uint8_t data[67] = { 0 };
	uint8_t stored[32];
	unsigned int type;
	size_t bit;

	(void)state;
	for (type = 0; type < 4; type++) {
		zr_csum((enum zr_csum_type)type, data, sizeof(data), stored);
		for (bit = 0; bit < 8 * sizeof(data); bit++) {
			data[bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_false(zr_csum_matches((enum zr_csum_type)type, data, sizeof(data),
						     stored));
			data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		assert_true(zr_csum_matches((enum zr_csum_type)type, data, sizeof(data), stored));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_is_right),
		cmocka_unit_test(xxhash64_is_right),
		cmocka_unit_test(sha256_is_right),
		cmocka_unit_test(blake2b_is_right),
		cmocka_unit_test(numbers_sizes_and_names_are_those_on_disk),
		cmocka_unit_test(only_the_bytes_of_the_checksum_are_compared),
		cmocka_unit_test(each_bit_of_the_data_counts),
	};

	return cmocka_run_group_tests_name("csum", tests, NULL, NULL);
}
