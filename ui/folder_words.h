/* SPDX-License-Identifier: MIT */
/* What a folder is called on the screen. */
#pragma once
#include "core/store_folder.h"

/* The inbox, and folders that a server calls by the usual English word of what they are for ("Sent", "Trash"), in the person's language; all others as
 * they are named. Borrowed from box. */
const char *folder_words(const struct folder *box);
