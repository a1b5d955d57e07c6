/* SPDX-License-Identifier: MIT */
/* Files inside parts that are no MIME: Microsoft's winmail.dat (TNEF), and what is written into a text by uuencode or as yEnc. */
#pragma once
#include <glib.h>
#include <stdbool.h>

#define PACKED_FILES_MAX 100

struct packed_file {
    char *name; /* as the sender wrote it, UTF-8; NULL: it is the text of the message */
    char *type; /* lower case */
    GBytes *bytes;
    bool is_damaged; /* not all of it came as it was sent */
};
void packed_file_free(gpointer file);

/* --- core/message_tnef.c --- */
/* Of struct packed_file*, never NULL; what is broken ends it. */
GPtrArray *tnef_files(GBytes *stream);

/* --- core/message_inline.c --- */
GPtrArray *inline_files(const char *text); /* the same */
/* The file that begins with this line; NULL: none does. *next_out: behind it; bytes: its content, may be NULL; only with it is known whether it came
 * whole. Caller frees the name. */
char *inline_file_read(const char *line, const char **next_out, GByteArray *bytes, bool *is_damaged_out);
/* A file in several messages: which of how many pieces begins here. False: it is in one. */
bool inline_file_is_piece(const char *line, int *number_out, int *total_out);

/* --- core/message_pack.c --- */
bool message_part_is_winmail(const char *type);
