/* SPDX-License-Identifier: MIT */
/* Tags as people name them, and as keywords on the wire. */
#include "core/tag.h"
#include "net/imap_utf7.h"
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 200 /* keywords of one message: more is somebody's joke */

G_DEFINE_QUARK(postern - tag - error, tag_error)

/* --- names --- */

/* Known keywords; name NULL: hidden. */
static const struct {
    const char *keyword, *name;
    bool is_warning;
} known[] = {
    { "$label1", N_("Important"), false },
    { "$label2", N_("Work"), false },
    { "$label3", N_("Personal"), false },
    { "$label4", N_("To Do"), false },
    { "$label5", N_("Later"), false },
    { "$Phishing", N_("Phishing?"), true },
    { "$Important", N_("Important"), false },
    { "$Forwarded", NULL, false }, /* shown as a mark of its own */
    { "Forwarded", NULL, false },
    { "$MDNSent", NULL, false },
    { "MDNSent", NULL, false },
    { "$SubmitPending", NULL, false },
    { "$Submitted", NULL, false },
    { "$Junk", NULL, false },
    { "Junk", NULL, false },
    { "JunkRecorded", NULL, false },
    { "$NotJunk", NULL, false },
    { "NotJunk", NULL, false },
    { "NonJunk", NULL, false },
    { "$Muted", NULL, false }, /* marks of their own, too */
    { "$Snoozed", NULL, false },
    { "$HasAttachment", NULL, false },
    { "$HasNoAttachment", NULL, false },
    { "$MailFlagBit0", NULL, false }, /* colours of Apple's stars */
    { "$MailFlagBit1", NULL, false },
    { "$MailFlagBit2", NULL, false },
};

static int known_find(const char *keyword)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (g_ascii_strcasecmp(known[i].keyword, keyword) == 0)
            return (int)i;
    }
    return -1;
}

bool tag_is_hidden(const char *keyword)
{
    int at = known_find(keyword);
    return at >= 0 ? known[at].name == NULL : *keyword == '\\' || g_ascii_strncasecmp(keyword, "postern-", 8) == 0;
}

bool tag_is_warning(const char *keyword)
{
    int at = known_find(keyword);
    return at >= 0 && known[at].is_warning;
}

char *tag_name(const char *keyword)
{
    int at = known_find(keyword);
    if (at >= 0 && known[at].name != NULL)
        return g_strdup(_(known[at].name));
    g_autofree char *name = imap_utf7_decode(keyword);
    return g_utf8_make_valid(name, -1);
}

static char *fail(GError **error, const char *words)
{
    g_set_error_literal(error, TAG_ERROR, TAG_ERROR_NAME, words);
    return NULL;
}

char *tag_keyword(const char *name, GError **error)
{
    if (!g_utf8_validate(name, -1, NULL))
        return fail(error, _("This is no text that can be a tag."));
    g_autofree char *composed = g_utf8_normalize(name, -1, G_NORMALIZE_NFC), *wire = NULL;
    g_strstrip(composed);
    if (*composed == '\0')
        return fail(error, _("A tag needs a name."));
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (known[i].name != NULL && (g_strcmp0(known[i].name, composed) == 0 || g_strcmp0(_(known[i].name), composed) == 0))
            return g_strdup(known[i].keyword);
    }
    for (char *at = composed; *at != '\0'; at++) {
        if (g_ascii_iscntrl(*at) || strchr(" (){%*\"\\]", *at) != NULL)
            *at = '_';
    }
    /* What is a keyword already (completed from those in use) stays as it is. */
    g_autofree char *decoded = imap_utf7_decode(composed);
    wire = strcmp(decoded, composed) != 0 ? g_strdup(composed) : imap_utf7_encode(composed);
    if (tag_is_hidden(wire))
        return fail(error, _("This name is used by mail programs among themselves; please take another one."));
    if (strlen(wire) > TAG_LENGTH_MAX)
        return fail(error, _("This name is too long for a tag."));
    return g_steal_pointer(&wire);
}

/* --- lists --- */

static bool words_have(char **words, const char *keyword)
{
    for (; words != NULL && *words != NULL; words++) {
        if (g_ascii_strcasecmp(*words, keyword) == 0)
            return true;
    }
    return false;
}

static char **words_of(const char *list)
{
    return g_strsplit(list != NULL ? list : "", " ", LIST_MAX);
}

/* Those of words that are not in without, each once, behind what is in list. */
static void words_append(GString *list, char **words, char **without)
{
    for (; *words != NULL; words++) {
        if (**words == '\0' || words_have(without, *words) || tag_list_has(list->str, *words))
            continue;
        if (list->len > 0)
            g_string_append_c(list, ' ');
        g_string_append(list, *words);
    }
}

static char *list_finish(GString *list)
{
    return g_string_free(list, list->len == 0);
}

bool tag_list_has(const char *list, const char *keyword)
{
    size_t length = strlen(keyword);
    for (const char *at = list; at != NULL && *at != '\0' && length > 0;) {
        size_t word = strcspn(at, " ");
        if (word == length && g_ascii_strncasecmp(at, keyword, length) == 0)
            return true;
        at += word + (at[word] == ' ');
    }
    return false;
}

char *tag_list_change(const char *list, const char *add, const char *remove)
{
    g_auto(GStrv) have = words_of(list), more = words_of(add), less = words_of(remove);
    GString *made = g_string_new(NULL);
    words_append(made, have, less);
    words_append(made, more, NULL);
    return list_finish(made);
}

char *tag_list_select(const char *a, const char *b, bool is_in)
{
    g_auto(GStrv) words = words_of(a), others = words_of(b);
    GString *made = g_string_new(NULL);
    for (char **word = words; *word != NULL; word++) {
        char *one[] = { *word, NULL };
        if (words_have(others, *word) == is_in)
            words_append(made, one, NULL);
    }
    return list_finish(made);
}

static int by_name(gconstpointer left, gconstpointer right)
{
    return g_ascii_strcasecmp(*(const char *const *)left, *(const char *const *)right);
}

char *tag_list_sort(const char *list)
{
    g_auto(GStrv) words = words_of(list);
    GString *made = g_string_new(NULL);
    qsort(words, g_strv_length(words), sizeof *words, by_name);
    words_append(made, words, NULL);
    return list_finish(made);
}

bool tag_list_equal(const char *a, const char *b)
{
    g_autofree char *only_a = tag_list_select(a, b, false), *only_b = tag_list_select(b, a, false);
    return only_a == NULL && only_b == NULL;
}

char **tag_list_names(const char *list)
{
    g_auto(GStrv) words = words_of(list);
    GPtrArray *names = g_ptr_array_new();
    for (char **word = words; *word != NULL; word++) {
        if (**word != '\0' && !tag_is_hidden(*word))
            g_ptr_array_add(names, tag_name(*word));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
