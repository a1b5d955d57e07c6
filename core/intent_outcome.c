/* SPDX-License-Identifier: MIT */
/* What the server's answer means for the intents of a command: settled, taken back with its words, or asked again. */
#include "core/intent_replay_private.h"
#include "core/store_private.h"
#include <glib/gi18n-lib.h>

static bool is_mark(const struct intent *intent)
{
    return intent->type == INTENT_FLAGS || intent->type == INTENT_KEYWORDS;
}

/* By the STORE just made: a server with CONDSTORE tells the new MODSEQ of each (RFC 7162 3.1.3), others answer OK also for what is gone. */
static bool was_touched(const imap_session *self, uint32_t uid)
{
    for (guint i = 0; i < self->touched->len; i++) {
        if (g_array_index(self->touched, uint32_t, i) == uid)
            return true;
    }
    return false;
}

static bool settle_one(imap_session *self, const struct intent *intent)
{
    if (is_mark(intent))
        imap_session_note_settled(self, intent->placement_id);
    if (!intent_settled(self->store, intent->id, NULL))
        return false; /* stays in flight; the next start asks the server again */
    /* Not remembered, it is not carried on if it was gone. */
    return !is_mark(intent) || was_touched(self, intent->uid) || intent_stray_doubt(self->store, intent, NULL);
}

/* All rows of a command in few commits: each commit waits for the disk. Not so for an APPEND, whose file goes with its row. */
static bool settle_together(imap_session *self, const GPtrArray *batch)
{
    const struct intent *first = g_ptr_array_index(batch, 0);
    if (batch->len == 1 || first->type == INTENT_APPEND || !store_begin(self->store, NULL))
        return false;
    bool is_ok = true;
    for (guint i = 0; is_ok && i < batch->len; i++)
        is_ok = settle_one(self, g_ptr_array_index(batch, i)) && store_breathe(self->store, NULL);
    return store_end(self->store, is_ok, NULL);
}

void replay_settle(imap_session *self, GPtrArray *batch)
{
    replay_note_taken_away(self, batch);
    if (batch->len == 0 || settle_together(self, batch))
        return;
    for (guint i = 0; i < batch->len; i++)
        settle_one(self, g_ptr_array_index(batch, i));
}

static void post_failure(imap_session *self, const struct intent *intent, char *text)
{
    const struct event event = { .type = EVENT_INTENT_FAILED, .account = self->account->id, .item = intent->id, .text = text };
    if (text != NULL)
        event_post(self->account->engine->events, &event);
    engine_post(self->account->engine, EVENT_FOLDER_CHANGED, self->account->id, intent->folder_id, 0);
    if (intent->target_folder_id != 0)
        engine_post(self->account->engine, EVENT_FOLDER_CHANGED, self->account->id, intent->target_folder_id, 0);
}

static void take_back(imap_session *self, GPtrArray *batch, const char *words, bool is_servers)
{
    bool is_told = false;
    for (guint i = 0; i < batch->len; i++) {
        const struct intent *intent = g_ptr_array_index(batch, i);
        g_autofree char *description = NULL;
        if (!intent_rolled_back_together(self->store, intent->id, words, !is_told, batch->len - i - 1, &description, NULL))
            continue;
        g_autofree char *text = is_servers ? g_strdup_printf(_("%s %s says: %s"), description, self->account->account->name, words)
                                           : g_strdup_printf("%s %s", description, words);
        post_failure(self, intent, is_told ? NULL : text);
        is_told = true;
    }
}

void replay_roll_back(imap_session *self, GPtrArray *batch, const char *words)
{
    take_back(self, batch, words, true);
}

void replay_refuse(imap_session *self, GPtrArray *batch, const char *sentence)
{
    take_back(self, batch, sentence, false);
}

void replay_lose(imap_session *self, GPtrArray *batch)
{
    bool is_told = false;
    for (guint i = 0; i < batch->len; i++) {
        const struct intent *intent = g_ptr_array_index(batch, i);
        g_autofree char *text = NULL;
        if (!intent_lost_together(self->store, intent->id, !is_told, batch->len - i - 1, &text, NULL))
            continue;
        post_failure(self, intent, is_told ? NULL : text);
        is_told = true;
    }
}

void replay_retry_later(imap_session *self, GPtrArray *batch, const char *words)
{
    static const int delays_s[] = { 5, 15, 60, 300, 900 };
    for (guint i = 0; i < batch->len; i++) {
        const struct intent *intent = g_ptr_array_index(batch, i);
        int delay = delays_s[MIN((guint)intent->attempts, G_N_ELEMENTS(delays_s) - 1)];
        intent_retry_later(self->store, intent->id, words, g_get_real_time() / G_USEC_PER_SEC + delay, NULL);
    }
}

void replay_again(imap_session *self, GPtrArray *batch, const char *words)
{
    for (guint i = 0; i < batch->len; i++)
        intent_retry_later(self->store, ((const struct intent *)g_ptr_array_index(batch, i))->id, words, 0, NULL);
}

/* A bare NO may only mean that the folder was exchanged while it was open (another program, a repair): opened anew, it is asked once more. */
bool replay_is_doubtful(const GPtrArray *batch, const struct imap_reply *reply)
{
    const struct intent *first = g_ptr_array_index(batch, 0);
    bool is_first = first->attempts == 0 || (first->type == INTENT_MOVE && batch->len > 1); /* several again: they were cut off before */
    return reply->status == IMAP_NO && reply->code == IMAP_CODE_NONE && is_first;
}

/* What a person can do about it, and the server's own words. */
static char *refusal_words(const struct imap_reply *reply)
{
    if (reply->code == IMAP_CODE_OVERQUOTA)
        return g_strdup_printf(_("the mailbox on the server is full; delete something for good there and try again (it says: %s)"),
                               reply->text);
    if (reply->code == IMAP_CODE_TOOBIG)
        return g_strdup_printf(_("the message is too large for it (it says: %s)"), reply->text);
    if (reply->code == IMAP_CODE_NOPERM)
        return g_strdup_printf(_("the server does not let you do that there (it says: %s)"), reply->text);
    return g_strdup(reply->text);
}

void replay_judge(imap_session *self, GPtrArray *batch, const struct imap_reply *reply)
{
    if (reply->status == IMAP_OK) {
        replay_settle(self, batch);
    } else if (imap_session_is_later(reply)) {
        replay_retry_later(self, batch, reply->text);
    } else if (replay_is_doubtful(batch, reply)) {
        replay_again(self, batch, reply->text);
        self->folder_id = 0;
    } else {
        g_autofree char *words = refusal_words(reply);
        if (reply->code == IMAP_CODE_NOPERM)
            replay_ask_rights(self, batch);
        replay_roll_back(self, batch, words);
    }
}

/* Are they numbers of the folder as it is known? If not they are no help, and it is looked at anew when it is opened next. */
static bool is_valid(imap_session *self, int64_t folder_id, uint32_t uidvalidity)
{
    g_autoptr(folder) target = store_folder(self->store, folder_id, NULL);
    if (target == NULL || target->uidvalidity == uidvalidity)
        return target != NULL;
    return target->uidvalidity == 0 && store_folder_set_sync(self->store, target->id, uidvalidity, 0, 0, -1, NULL);
}

/* Together: in few commits, of which each waits for the disk. Number by number otherwise. */
static bool note_numbers(imap_session *self, GPtrArray *batch, bool is_together)
{
    int64_t target = ((const struct intent *)g_ptr_array_index(batch, 0))->target_folder_id;
    if (is_together && !store_begin(self->store, NULL))
        return false;
    bool is_ok = true;
    for (guint k = 0; (is_ok || !is_together) && k < self->copied->len; k++) {
        const struct copied *copied = &g_array_index(self->copied, struct copied, k);
        for (guint i = 0; i < batch->len; i++) {
            const struct intent *intent = g_ptr_array_index(batch, i);
            if (intent->uid == copied->from)
                is_ok = store_placement_set_told_uid(self->store, intent->placement_id, target, copied->to, NULL) && is_ok;
        }
        is_ok = is_ok && (!is_together || store_breathe(self->store, NULL));
    }
    return is_together ? store_end(self->store, is_ok, NULL) : is_ok;
}

/* What was copied has its number in the target: told with the reply of a COPY, before it with a MOVE. */
void replay_note_copyuid(imap_session *self, GPtrArray *batch, const struct imap_reply *reply)
{
    const struct intent *first = g_ptr_array_index(batch, 0);
    imap_session_note_copied(self, reply);
    if (self->copied->len > 0 && is_valid(self, first->target_folder_id, g_array_index(self->copied, struct copied, 0).uidvalidity)) {
        if (!note_numbers(self, batch, true))
            note_numbers(self, batch, false);
        imap_session_call_again(self, first->target_folder_id);
    }
    g_array_set_size(self->copied, 0);
}
