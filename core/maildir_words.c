/* SPDX-License-Identifier: MIT */
/* Tags in a Maildir: the file that says which letter is which keyword. */
#include "core/maildir_words.h"
#include "core/blob.h"
#include "core/tag.h"
#include <string.h>

#define LETTERS        26
#define FILE_BYTES_MAX (64 * 1024)

struct maildir_words {
    char *path;
    char *keywords[LETTERS];
    bool is_changed;
};

static void line_read(maildir_words *self, const char *line)
{
    char *end = NULL;
    guint64 number = g_ascii_strtoull(line, &end, 10);
    if (end == line || *end != ' ' || number >= LETTERS)
        return;
    g_autofree char *keyword = g_strstrip(g_strdup(end + 1));
    if (*keyword == '\0' || strpbrk(keyword, " \t") != NULL || !g_str_is_ascii(keyword))
        return;
    g_free(self->keywords[number]);
    self->keywords[number] = g_steal_pointer(&keyword);
}

maildir_words *maildir_words_read(const char *maildir)
{
    maildir_words *self = g_new0(maildir_words, 1);
    g_autofree char *text = NULL;
    gsize length = 0;
    self->path = g_build_filename(maildir, "dovecot-keywords", NULL);
    if (!g_file_get_contents(self->path, &text, &length, NULL) || length > FILE_BYTES_MAX)
        return self;
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    for (char **line = lines; *line != NULL; line++)
        line_read(self, *line);
    return self;
}

void maildir_words_free(maildir_words *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < LETTERS; i++)
        g_free(self->keywords[i]);
    g_free(self->path);
    g_free(self);
}

char *maildir_words_of(const maildir_words *self, const char *file)
{
    const char *name = strrchr(file, '/'), *info = strstr(name != NULL ? name : file, ":2,");
    char *list = NULL;
    for (const char *at = info != NULL ? info + 3 : ""; *at != '\0'; at++) {
        const char *keyword = g_ascii_islower(*at) ? self->keywords[*at - 'a'] : NULL;
        char *longer = keyword != NULL ? tag_list_change(list, keyword, NULL) : NULL;
        if (longer == NULL)
            continue;
        g_free(list);
        list = longer;
    }
    return list;
}

/* -1: no letter is left. */
static int letter_of(maildir_words *self, const char *keyword)
{
    int unused = -1;
    for (int i = 0; i < LETTERS; i++) {
        if (self->keywords[i] != NULL && g_ascii_strcasecmp(self->keywords[i], keyword) == 0)
            return i;
        if (self->keywords[i] == NULL && unused < 0)
            unused = i;
    }
    if (unused >= 0) {
        self->keywords[unused] = g_strdup(keyword);
        self->is_changed = true;
    }
    return unused;
}

char *maildir_words_letters(maildir_words *self, const char *keywords, unsigned *left_out)
{
    g_auto(GStrv) words = g_strsplit(keywords != NULL ? keywords : "", " ", 0);
    bool has[LETTERS] = { false };
    unsigned missing = 0;
    GString *letters = g_string_new(NULL);
    for (char **word = words; *word != NULL; word++) {
        int letter = **word != '\0' ? letter_of(self, *word) : -1;
        if (letter >= 0)
            has[letter] = true;
        else
            missing += **word != '\0';
    }
    for (int i = 0; i < LETTERS; i++)
        if (has[i])
            g_string_append_c(letters, (char)('a' + i));
    if (left_out != NULL)
        *left_out = missing;
    return g_string_free(letters, FALSE);
}

bool maildir_words_write(maildir_words *self, GError **error)
{
    if (!self->is_changed)
        return true;
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < LETTERS; i++)
        if (self->keywords[i] != NULL)
            g_string_append_printf(text, "%d %s\n", i, self->keywords[i]);
    if (!g_file_set_contents_full(self->path, text->str, (gssize)text->len, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                  0600, error))
        return false;
    self->is_changed = false;
    return true;
}

bool maildir_words_set(const char *maildir, const char *file, const char *list, char **set_out, GError **error)
{
    g_autoptr(maildir_words) self = maildir_words_read(maildir);
    g_autofree char *letters = maildir_words_letters(self, list, NULL), *name = g_strconcat(":2,", letters, NULL);
    /* The meaning first: a letter without one would be taken for another tag later. */
    if (!maildir_words_write(self, error) || !blob_maildir_set_letters(maildir, file, letters, error))
        return false;
    if (set_out != NULL)
        *set_out = maildir_words_of(self, name);
    return true;
}
