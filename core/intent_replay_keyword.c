/* SPDX-License-Identifier: MIT */
/* Tags → STORE of keywords. What the mailbox has no place for (PERMANENTFLAGS without \*, or no room for another one) is kept here, and said once. */
#include "core/intent_replay_private.h"
#include "core/gmail_labels.h"
#include "core/snooze.h"
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

static bool has_place(imap_session *self, const char *word)
{
    return imap_client_can(self->client, IMAP_CAPABILITY_GMAIL) || imap_client_keeps_keyword(self->client, word);
}

/* Those that the mailbox has no place for. NULL: none; caller frees. */
static char *without_place(imap_session *self, const char *list)
{
    g_auto(GStrv) words = g_strsplit(list != NULL ? list : "", " ", -1);
    char *found = NULL;
    for (char **word = words; *word != NULL; word++) {
        if (**word == '\0' || has_place(self, *word))
            continue;
        char *longer = tag_list_change(found, *word, NULL);
        g_free(found);
        found = longer;
    }
    return found;
}

/* The times are words of ours that nobody sees. */
static void say_time_is_kept(imap_session *self)
{
    g_autofree char *text =
        g_strdup_printf(_("%s cannot keep the time at which mail that was put off comes back; only this computer brings it back."),
                        self->account->account->name);
    engine_notice(self->account, text);
}

static void say_kept(imap_session *self, const char *list, const char *words)
{
    g_auto(GStrv) names = tag_list_names(list);
    g_autofree char *tags = g_strjoinv(", ", names);
    if (snooze_time(list) > 0)
        say_time_is_kept(self);
    if (*tags == '\0')
        return;
    g_autofree char *text = words != NULL
                                ? g_strdup_printf(_("%s cannot keep the tag %s; it is kept on this computer. It says: %s"),
                                                  self->account->account->name, tags, words)
                                : g_strdup_printf(_("%s has no place for the tag %s; it is kept on this computer, and not seen on others."),
                                                  self->account->account->name, tags);
    engine_notice(self->account, text);
}

/* The server has the rest of the words. */
static void keep_here(imap_session *self, GPtrArray *batch, const char *list, const char *words)
{
    for (guint i = 0; i < batch->len; i++)
        intent_keywords_keep_here(self->store, ((const struct intent *)g_ptr_array_index(batch, i))->id, list, NULL);
    say_kept(self, list, words);
}

/* A bare NO is asked once more, as for all commands (replay_judge). A limit is that of the words in a mailbox (RFC 5530 3): it does not pass. */
static bool is_refused(const struct intent *first, const struct imap_reply *reply)
{
    return reply->status != IMAP_OK && (!imap_session_is_later(reply) || reply->code == IMAP_CODE_LIMIT) &&
           (first->attempts > 0 || reply->code != IMAP_CODE_NONE || reply->status == IMAP_BAD);
}

/* One that is too long, or too much, takes no others along: word by word. The reply becomes the first that is no refusal, else OK; what was refused is
 * added to the list, with what the server said of it last. */
static bool send_each(imap_session *self, const struct intent *first, const char *set, const char *list, char **refused, char **said,
                      struct imap_reply *reply, GError **error)
{
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    struct imap_reply one = *reply;
    for (char **word = words; *word != NULL; word++) {
        if (words[1] != NULL) { /* one alone has been asked */
            one = (struct imap_reply){ .status = IMAP_OK, .text = "" };
            if (!send_tags(self, set, '+', *word, &one, error))
                return false;
        }
        if (one.status == IMAP_OK)
            continue;
        if (!is_refused(first, &one)) {
            *reply = one;
            return true;
        }
        char *longer = tag_list_change(*refused, *word, NULL);
        g_free(*refused);
        *refused = longer;
        g_free(*said);
        *said = g_strdup(one.text);
    }
    *reply = (struct imap_reply){ .status = IMAP_OK, .text = "" };
    return true;
}

bool replay_keywords(imap_session *self, GPtrArray *batch, const char *set, const struct folder *target, GError **error)
{
    const struct intent *first = g_ptr_array_index(batch, 0);
    struct imap_reply reply = { .status = IMAP_OK, .text = "" };
    g_autofree char *add = NULL, *remove = NULL, *said = NULL;
    (void)target;
    g_array_set_size(self->touched, 0);
    intent_words_split(first->path, &add, &remove);
    g_autofree char *kept = without_place(self, add), *sent = tag_list_select(add, kept, false);
    /* What is cleared is there, so the server knows it. */
    if (remove != NULL && !send_tags(self, set, '-', remove, &reply, error))
        return false;
    if (reply.status == IMAP_OK && sent != NULL &&
        (!send_tags(self, set, '+', sent, &reply, error) ||
         (is_refused(first, &reply) && !send_each(self, first, set, sent, &kept, &said, &reply, error))))
        return false;
    if (reply.status == IMAP_OK && kept != NULL)
        keep_here(self, batch, kept, said);
    else
        replay_judge(self, batch, &reply);
    return true;
}
