/* SPDX-License-Identifier: MIT */
/* Tags → STORE of keywords. What the mailbox has no place for (PERMANENTFLAGS without \*, or no room for another one) is kept here, and said once. */
#include "core/intent_replay_private.h"
#include "core/gmail_labels.h"
#include "core/tag.h"
#include <glib/gi18n-lib.h>

static bool store_words(imap_session *self, const char *set, char sign, const char *list, struct imap_reply *reply, GError **error)
{
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    const struct imap_flags flags = { .keywords = (const char *const *)words };
    return imap_wait(self->client, imap_send_store(self->client, set, sign, &flags), reply, error);
}

/* At Gmail a person's tags are labels. */
static bool send_tags(imap_session *self, const char *set, char sign, const char *list, struct imap_reply *reply, GError **error)
{
    g_autofree char *keywords = NULL;
    if (!imap_client_can(self->client, IMAP_CAPABILITY_GMAIL))
        return store_words(self, set, sign, list, reply, error);
    g_auto(GStrv) labels = gmail_labels_of(self->store, self->account->id, list, &keywords);
    if (labels[0] != NULL && !imap_wait(self->client, imap_send_labels(self->client, set, sign, (const char *const *)labels), reply, error))
        return false;
    return reply->status != IMAP_OK || keywords == NULL || store_words(self, set, sign, keywords, reply, error);
}

static bool has_place(imap_session *self, const char *list)
{
    if (imap_client_can(self->client, IMAP_CAPABILITY_GMAIL))
        return true;
    g_auto(GStrv) words = g_strsplit(list != NULL ? list : "", " ", -1);
    for (char **word = words; *word != NULL; word++) {
        if (!imap_client_keeps_keyword(self->client, *word))
            return false;
    }
    return true;
}

static void say_kept(imap_session *self, const char *list, const char *words)
{
    g_auto(GStrv) names = tag_list_names(list);
    g_autofree char *tags = g_strjoinv(", ", names);
    if (*tags == '\0')
        return;
    g_autofree char *text = words != NULL
                                ? g_strdup_printf(_("%s cannot keep the tag %s; it is kept on this computer. It says: %s"),
                                                  self->account->account->name, tags, words)
                                : g_strdup_printf(_("%s has no place for the tag %s; it is kept on this computer, and not seen on others."),
                                                  self->account->account->name, tags);
    engine_notice(self->account, text);
}

static void keep_here(imap_session *self, GPtrArray *batch, const char *words)
{
    g_autofree char *add = NULL, *remove = NULL;
    intent_words_split(((const struct intent *)g_ptr_array_index(batch, 0))->path, &add, &remove);
    for (guint i = 0; i < batch->len; i++)
        intent_keywords_keep_here(self->store, ((const struct intent *)g_ptr_array_index(batch, i))->id, NULL);
    say_kept(self, add, words);
}

bool replay_keywords(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, GError **error)
{
    const struct intent *first = g_ptr_array_index(batch, 0);
    struct imap_reply reply = { .status = IMAP_OK, .text = "" };
    g_autofree char *add = NULL, *remove = NULL;
    (void)target;
    g_array_set_size(self->touched, 0);
    intent_words_split(first->path, &add, &remove);
    bool is_possible = has_place(self, add);
    /* What is cleared is there, so the server knows it. */
    if (remove != NULL && !send_tags(self, set, '-', remove, &reply, error))
        return false;
    if (reply.status == IMAP_OK && add != NULL && is_possible && !send_tags(self, set, '+', add, &reply, error))
        return false;
    /* A bare NO is asked once more, as for all commands (replay_judge). A limit is that of the words in a mailbox (RFC 5530 3): it does not pass. */
    bool is_refused = reply.status != IMAP_OK && add != NULL && (!imap_session_is_later(&reply) || reply.code == IMAP_CODE_LIMIT) &&
                      (first->attempts > 0 || reply.code != IMAP_CODE_NONE || reply.status == IMAP_BAD);
    if (reply.status == IMAP_OK ? !is_possible : is_refused)
        keep_here(self, batch, reply.status == IMAP_OK ? NULL : reply.text);
    else
        replay_judge(self, batch, &reply);
    return true;
}
