/* SPDX-License-Identifier: MIT */
/* What a Maildir was seen to have: whoever looks for many files that are not there reads its directories once. */
#pragma once
#include <stdbool.h>

typedef struct blob_names blob_names;

/* It was read whole, has not changed since, and had no such file. From any thread. */
bool blob_names_lack(const char *maildir, const char *file);
/* A reading: begun before the first name is read, and kept (freed here) only when it is as sure as a directory's time can make it. */
blob_names *blob_names_begin(const char *maildir);
void blob_names_add(blob_names *self, const char *file);
void blob_names_drop(blob_names *self /* taken */); /* it was not read to its end */
void blob_names_end(blob_names *self /* taken */);
