/* SPDX-License-Identifier: MIT */
/* postern flag: sets and clears flags and tags of messages, in the store and, through the queue, at the servers. Undo in the client takes it back. */
#include "core/intent.h"
#include "core/store_message.h"
#include "core/tag.h"
#include "ui/cli_change.h"
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sysexits.h>

static const struct {
    const char *word;
    unsigned flag;
    bool is_inverse;
} flag_words[] = {
    { "seen", MESSAGE_SEEN, false },           { "read", MESSAGE_SEEN, false },       { "unread", MESSAGE_SEEN, true },
    { "flagged", MESSAGE_FLAGGED, false },     { "starred", MESSAGE_FLAGGED, false }, { "answered", MESSAGE_ANSWERED, false },
    { "forwarded", MESSAGE_FORWARDED, false },
};

struct change {
    unsigned add, remove;
    char *tags_add, *tags_remove; /* lists of keywords; NULL: none */
};

static bool take_flag(struct change *change, const char *word, bool is_set)
{
    for (size_t i = 0; i < G_N_ELEMENTS(flag_words); i++) {
        if (g_ascii_strcasecmp(word, flag_words[i].word) != 0)
            continue;
        bool is_added = is_set != flag_words[i].is_inverse;
        change->add = is_added ? change->add | flag_words[i].flag : change->add & ~flag_words[i].flag;
        change->remove = is_added ? change->remove & ~flag_words[i].flag : change->remove | flag_words[i].flag;
        return true;
    }
    return false;
}

static bool take_tag(struct change *change, const char *word, bool is_set)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *keyword = tag_keyword(word, &why);
    if (keyword == NULL)
        return !cli_fail(EX_USAGE, _("%s: %s"), word, why->message);
    char *add = tag_list_change(change->tags_add, is_set ? keyword : NULL, is_set ? NULL : keyword);
    char *remove = tag_list_change(change->tags_remove, is_set ? NULL : keyword, is_set ? keyword : NULL);
    g_free(change->tags_add);
    g_free(change->tags_remove);
    change->tags_add = add;
    change->tags_remove = remove;
    return true;
}

/* +WORD and -WORD before all else. Returns how many arguments they are; -1: said what is wrong. */
static int read_change(struct change *change, int argc, char **argv)
{
    int at = 0;
    for (; at < argc && (*argv[at] == '+' || *argv[at] == '-') && argv[at][1] != '-' && argv[at][1] != '\0'; at++) {
        bool is_set = *argv[at] == '+';
        if (!take_flag(change, argv[at] + 1, is_set) && !take_tag(change, argv[at] + 1, is_set))
            return -1;
    }
    if (at == 0)
        cli_fail(EX_USAGE, _("flag needs to know what to set or clear, for example: postern flag +seen -flagged +work from:ada"));
    return at > 0 ? at : -1;
}

static bool apply(store *db, const void *data, const int64_t *ids, size_t count, GError **error)
{
    const struct change *change = data;
    if ((change->add | change->remove) != 0 && intent_flags(db, ids, count, change->add, change->remove, error) == 0)
        return false;
    return (change->tags_add == NULL && change->tags_remove == NULL) ||
           intent_keywords(db, ids, count, change->tags_add, change->tags_remove, error) != 0;
}

int cli_flag(int argc, char **argv)
{
    struct change change = { 0 };
    int first = cli_change_options(argc, argv);
    int used = read_change(&change, argc - first, argv + first);
    if (used > 0)
        cli_change_options_behind(first, used, argv);
    int code =
        used < 0 ? EX_USAGE : cli_change(&(const struct cli_change){ "flag", NULL, apply, &change }, argc - 1 - used, argv + 1 + used);
    g_free(change.tags_add);
    g_free(change.tags_remove);
    return code;
}
