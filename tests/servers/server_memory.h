/* SPDX-License-Identifier: MIT */
/* Looks into the memory of a running program: what it should have forgotten. */
#pragma once
#include <sys/types.h>

/* How often text, or its base64, stands in memory that the program may write; the first 8 bytes count for nothing: AddressSanitizer writes over those of
 * what was freed. -1: it may not be looked into. */
int server_memory_count(pid_t process, const char *text);
