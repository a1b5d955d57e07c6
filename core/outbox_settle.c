/* SPDX-License-Identifier: MIT */
/* From the server's answers to what is written down: who has the message, who gets it later and when, who never will. */
#include "core/outbox_private.h"
#include "core/outbox_worker_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define GIVE_UP_DAYS     5
#define WITHIN_RETRIES   3 /* broken in the middle: that often as soon as the server is there again, then by the schedule */
#define TOO_MANY_AT_ONCE 452

/* --- when --- */
static const int schedule_s[] = { 60, 5 * 60, 15 * 60, 30 * 60, 3600 }; /* then every hour */

/* With a fifth of jitter, so that many clients do not come back in one moment. */
static int64_t next_try_utc(int attempts)
{
    int delay_s = schedule_s[CLAMP(attempts, 0, (int)G_N_ELEMENTS(schedule_s) - 1)];
    return store_now_utc() + delay_s + g_random_int_range(-delay_s / 5, delay_s / 5 + 1);
}

static int give_up_days(const struct outbox_run *self)
{
    const struct settings *settings = self->job->settings;
    return settings != NULL && settings->send_give_up_days > 0 ? settings->send_give_up_days : GIVE_UP_DAYS;
}

static bool is_time_to_give_up(const struct outbox_run *self)
{
    return self->item->attempts >= (int)G_N_ELEMENTS(schedule_s) + 24 * give_up_days(self);
}

/* --- words --- */
static char *reply_words(const struct smtp_reply *reply)
{
    g_autofree char *text = g_utf8_make_valid(reply->text != NULL ? reply->text : "", -1);
    for (char *c = text; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    }
    return g_strdup_printf("%d %s", reply->code, g_strstrip(text));
}

/* --- one recipient --- */
struct fates {
    struct outbox_recipient *list; /* one for each of the run's recipients */
    size_t count;
};

static void fates_clear(struct fates *self)
{
    for (size_t i = 0; i < self->count; i++)
        g_free(self->list[i].reply);
    g_clear_pointer(&self->list, g_free);
}

static struct fates fates_new(const struct outbox_run *run)
{
    struct fates self = { g_new0(struct outbox_recipient, run->count + 1), run->count };
    for (size_t i = 0; i < run->count; i++)
        self.list[i].address = run->recipients[i];
    return self;
}

static size_t fates_count(const struct fates *self, enum outbox_fate fate)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += self->list[i].fate == fate ? 1 : 0;
    return count;
}

/* RFC 5321 4.5.3.1.10: "too many recipients" is meant for the rest of this transaction only, and 552 for it is of old. */
static bool is_one_too_many(const struct smtp_result *result, size_t i)
{
    const struct smtp_reply *reply = &result->recipients[i];
    bool says_so = reply->code == TOO_MANY_AT_ONCE || strcmp(reply->enhanced, "4.5.3") == 0 || strcmp(reply->enhanced, "5.5.3") == 0 ||
                   (reply->code == 552 && *reply->enhanced == '\0');
    bool has_others = false;
    for (size_t k = 0; k < result->recipient_count; k++)
        has_others |= smtp_reply_is_ok(&result->recipients[k]);
    return says_so && has_others;
}

/* What counts for a recipient: the answer to the sender, to the address, or, for those who were taken, to the message. */
static const struct smtp_reply *reply_for(const struct smtp_result *result, size_t i)
{
    if (result->recipients[i].code != 0 && !smtp_reply_is_ok(&result->recipients[i]))
        return &result->recipients[i];
    if (result->sender.code != 0 && !smtp_reply_is_ok(&result->sender))
        return &result->sender;
    return &result->data;
}

static void judge_recipient(struct outbox_recipient *recipient, const struct smtp_result *result, size_t i, bool is_before_data)
{
    bool is_named = smtp_reply_is_ok(&result->recipients[i]);
    const struct smtp_reply *reply = reply_for(result, i);
    if (is_named && (is_before_data || result->outcome == SMTP_ACCEPTED)) {
        recipient->fate = is_before_data ? OUTBOX_FATE_OFFERED : OUTBOX_FATE_TOOK;
        return;
    }
    recipient->fate = smtp_reply_is_permanent(reply) && !is_one_too_many(result, i) ? OUTBOX_FATE_REFUSED : OUTBOX_FATE_LATER;
    recipient->reply = reply_words(reply);
}

static struct fates judge(const struct outbox_run *run, const struct smtp_result *result, bool is_before_data)
{
    struct fates self = fates_new(run);
    for (size_t i = 0; i < self.count; i++)
        judge_recipient(&self.list[i], result, i, is_before_data);
    return self;
}

bool outbox_run_begin_data(const struct outbox_run *self, const struct smtp_result *so_far, GError **error)
{
    struct fates fates = judge(self, so_far, true);
    const struct outbox_verdict verdict = { .state = OUTBOX_DATA_BEGUN, .recipients = fates.list, .count = fates.count };
    bool is_done = outbox_settle(self->job->store, self->item->id, &verdict, error);
    fates_clear(&fates);
    return is_done;
}

/* --- the message --- */
/* All the same: said once. Else a line for each who does not have it. */
static char *words_of_all(const struct fates *fates)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    bool is_same = fates->count > 0;
    for (size_t i = 0; i < fates->count; i++) {
        is_same = is_same && g_strcmp0(fates->list[i].reply, fates->list[0].reply) == 0;
        if (fates->list[i].reply != NULL)
            g_string_append_printf(lines, "%s%s: %s", lines->len > 0 ? "\n" : "", fates->list[i].address, fates->list[i].reply);
    }
    return g_strdup(is_same && fates->list[0].reply != NULL ? fates->list[0].reply : lines->str);
}

/* "Later" is over: what the server said last stands behind our own words. */
static void give_up(const struct outbox_run *run, struct fates *fates)
{
    for (size_t i = 0; i < fates->count; i++) {
        struct outbox_recipient *each = &fates->list[i];
        if (each->fate != OUTBOX_FATE_LATER)
            continue;
        char *last = each->reply;
        each->fate = OUTBOX_FATE_REFUSED;
        each->reply = g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "given up after %d day; the last answer was: %s",
                                                  "given up after %d days; the last answer was: %s", (gulong)give_up_days(run)),
                                      give_up_days(run), last != NULL ? last : "");
        g_free(last);
    }
}

static enum outbox_state state_after(const struct outbox_run *run, const struct fates *fates)
{
    bool has_taken = fates_count(fates, OUTBOX_FATE_TOOK) > 0 || (run->item->accepted != NULL && run->item->accepted[0] != NULL);
    if (fates_count(fates, OUTBOX_FATE_LATER) > 0)
        return OUTBOX_QUEUED;
    return has_taken ? OUTBOX_ACCEPTED : OUTBOX_FAILED;
}

static bool settle(const struct outbox_run *run, struct fates *fates, const char *words, bool is_at_once, GError **error)
{
    if (!is_at_once && is_time_to_give_up(run))
        give_up(run, fates);
    g_autofree char *own_words = words_of_all(fates);
    const struct outbox_verdict verdict = { .state = state_after(run, fates),
                                            .reply = *own_words != '\0' ? own_words : words,
                                            .not_before_utc = is_at_once ? store_now_utc() : next_try_utc(run->item->attempts),
                                            .recipients = fates->list,
                                            .count = fates->count };
    bool is_done = outbox_settle(run->job->store, run->item->id, &verdict, error);
    fates_clear(fates);
    return is_done;
}

bool outbox_run_settle(const struct outbox_run *self, const struct smtp_result *result, GError **error)
{
    struct fates fates = judge(self, result, false);
    bool is_at_once = false;
    for (size_t i = 0; i < fates.count && result->outcome == SMTP_ACCEPTED; i++)
        is_at_once |= fates.list[i].fate == OUTBOX_FATE_LATER && is_one_too_many(result, i);
    g_autofree char *words = result->data.code != 0 ? reply_words(&result->data) : NULL;
    return settle(self, &fates, words, is_at_once, error);
}

bool outbox_run_settle_all(const struct outbox_run *self, enum outbox_fate fate, const char *words, GError **error)
{
    struct fates fates = fates_new(self);
    for (size_t i = 0; i < fates.count; i++) {
        fates.list[i].fate = fate;
        fates.list[i].reply = fate != OUTBOX_FATE_TOOK ? g_strdup(words) : NULL;
    }
    return settle(self, &fates, words, false, error);
}

/* The server answers, but not for this message: the others must not wait for it. True: the row has come to rest. */
static bool is_this_messages_fault(const struct outbox_run *self, enum outbox_break where, const GError *failure)
{
    bool says_later = g_error_matches(failure, NET_ERROR, NET_ERROR_REFUSED);
    return says_later || (where == OUTBOX_BREAK_WITHIN && self->item->attempts >= WITHIN_RETRIES);
}

static bool note_broken(const struct outbox_run *self, enum outbox_break where, const GError *failure, GError **error)
{
    store *db = self->job->store;
    if (where == OUTBOX_BREAK_DOUBT)
        return outbox_set_state(db, self->item->id, OUTBOX_IN_DOUBT, failure->message, error);
    if (is_this_messages_fault(self, where, failure))
        return outbox_run_settle_all(self, OUTBOX_FATE_LATER, failure->message, error);
    /* Due at once: how long a server that cannot be reached is left alone, the caller knows. */
    return where == OUTBOX_BREAK_WITHIN ? outbox_retry(db, self->item->id, self->item->not_before_utc, failure->message, error)
                                        : outbox_set_state(db, self->item->id, OUTBOX_QUEUED, failure->message, error);
}

bool outbox_run_settle_broken(const struct outbox_run *self, enum outbox_break where, GError *failure, GError **error)
{
    GError *store_failure = NULL;
    if (!note_broken(self, where, failure, &store_failure)) { /* the next start finds it (outbox_recover) */
        g_prefix_error(&failure, "%s ", store_failure->message);
        g_error_free(store_failure);
    }
    g_propagate_error(error, failure);
    return false;
}
