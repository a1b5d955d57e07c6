/* SPDX-License-Identifier: MIT */
/* Tags in a Maildir as Dovecot and others keep them there: the file dovecot-keywords gives each of at most 26 keywords a letter ("0 work"), and the
 * letters stand behind the flags in a file's name (":2,Sa"). Any thread; blocks on files. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct maildir_words maildir_words;
/* Never NULL: without the file, or where it cannot be read, no letter means anything yet. */
maildir_words *maildir_words_read(const char *maildir);
void maildir_words_free(maildir_words *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(maildir_words, maildir_words_free)

/* The keywords of a file's name or path, a list as in core/tag.h; NULL: none. Caller frees. */
char *maildir_words_of(const maildir_words *self, const char *file);
/* The letters for a list, new ones given where there are some left, in order; caller frees. *left_out: how many got none; may be NULL. */
char *maildir_words_letters(maildir_words *self, const char *keywords, unsigned *left_out);
/* Replaces the file in one step, if a letter was given since it was read. */
bool maildir_words_write(maildir_words *self, GError **error);
/* One file's keywords become list; those for which no letter is left are not kept in its name. *set_out: the list as it stands there now, NULL for none;
 * caller frees; may be NULL. A file that is gone: STORE_ERROR. */
bool maildir_words_set(const char *maildir, const char *file, const char *list, char **set_out, GError **error);
