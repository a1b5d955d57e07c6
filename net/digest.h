/* SPDX-License-Identifier: MIT */
/* Digests of much: as fast as the processor can, which GLib's are not. */
#pragma once
#include <stddef.h>

char *digest_sha256(const void *bytes, size_t length); /* as hexadecimal digits; caller frees */
