#ifndef OCIRUN_SHA256_H
#define OCIRUN_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

/* SHA-256 (FIPS 180-4) of `size` bytes. */
void sha256(const uint8_t *data, size_t size, uint8_t digest[SHA256_BYTES]);

#endif
