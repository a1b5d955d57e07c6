/* SPDX-License-Identifier: MIT */
/* Mail on arrival: judged without a lock, then done and forgotten in one transaction. */
#include "core/arrival.h"
#include "core/intent_private.h"
#include "core/mute.h"
#include "core/rules.h"
#include "core/rules_log.h"
#include "core/snooze.h"
#include "core/store_role.h"
#include "core/tag.h"
#include "core/vip.h"
#include <glib/gi18n-lib.h>

#define AT_ONCE     200
#define TEXT_WAIT_S (3 * 86400) /* then a text that cannot be had is taken for empty */
#define SLACK_S     86400       /* clocks differ: what came to the server so long before its inbox was first seen here is still new */
#define MUTED       "$Muted"

/* --- one message --- */

struct arriving {
    store *db;
    const struct arrival_hooks *hooks;
    struct arrival_result *result;
    const rules *rules;
    int64_t now_utc;
    /* of the message */
    placement *place;
    int64_t since_utc, received_utc, mark_utc;
    enum folder_role role;
    int64_t moved_to; /* 0: stays */
    enum rule_notify notify;
    bool is_muted, is_vip;
    bool is_watched; /* no inbox, but a rule asks for the folder */
};

/* The same message at the same time of arrival, wherever it is put back: a copy that comes a second time is another one. */
static int64_t seen_key(const struct arriving *self)
{
    g_autofree char *name = self->place->message_id_header != NULL
                                ? g_strdup_printf("%" G_GINT64_FORMAT " %s", self->received_utc, self->place->message_id_header)
                                : g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s", self->received_utc,
                                                  self->place->size_bytes, self->place->subject != NULL ? self->place->subject : "");
    return store_hash(name);
}

static bool is_seen_before(struct arriving *self)
{
    int64_t found = 0;
    store_number(self->db, &found, NULL, "SELECT 1 FROM rules_seen WHERE message_key = ? AND account_id = ?", NUM(seen_key(self)),
                 NUM(self->place->account_id));
    return found != 0;
}

static bool forget(struct arriving *self, int64_t placement_id, GError **error)
{
    return store_run(self->db, error, "DELETE FROM arrivals WHERE placement_id = ?", NUM(placement_id));
}

/* --- rules --- */

/* What one rule did, while it is being done. */
struct doing {
    const struct rule *rule;
    struct rules_deed deed;
    char *words, *fault;
};

static void doing_free(gpointer data)
{
    struct doing *self = data;
    g_free(self->words);
    g_free(self->fault);
    g_free(self);
}

static bool apply_marks(struct arriving *self, struct doing *doing, GError **error)
{
    struct action_item item = { 0 };
    bool is_changed = false;
    const struct rule_text *text = doing->rule->text;
    unsigned add = (text->is_flag ? (unsigned)MESSAGE_FLAGGED : 0U) | (text->is_read ? (unsigned)MESSAGE_SEEN : 0U);
    if (add != 0 && !intent_apply_flags(self->db, 0, self->place->id, add, 0, &item, &is_changed, error))
        return false;
    doing->deed.flags = is_changed ? item.add : 0;
    if (text->notify != RULE_NOTIFY_USUAL)
        self->notify = text->notify;
    return doing->rule->keywords == NULL ||
           intent_apply_keywords(self->db, 0, self->place->id, doing->rule->keywords, NULL, &doing->words, error);
}

/* The first that moves decides. */
static bool apply_move(struct arriving *self, struct doing *doing, GError **error)
{
    struct action_item item;
    bool is_changed = false;
    const char *name = doing->rule->text->move;
    if (name == NULL || self->moved_to != 0)
        return true;
    int64_t target = rules_folder_made(self->db, self->place->account_id, name);
    if (target == 0) {
        doing->fault = g_strdup_printf(_("there is no folder “%s”"), name);
        return true;
    }
    self->moved_to = target;
    if (!intent_apply_move(self->db, 0, self->place->id, target, &item, &is_changed, error))
        return false;
    doing->deed.from_folder_id = is_changed ? self->place->folder_id : 0;
    doing->deed.to_folder_id = is_changed ? target : 0;
    return true;
}

static bool apply_log(struct arriving *self, struct doing *doing, GError **error)
{
    doing->deed.words = doing->words;
    doing->deed.fault = doing->fault;
    return rules_log_add(self->db, &doing->deed, error);
}

/* All marks are set before the message goes, so that they go with it. */
static bool apply_rules(struct arriving *self, const struct rules_verdict *verdict, GError **error)
{
    static bool (*const steps[])(struct arriving * self, struct doing * doing, GError * *error) = { apply_marks, apply_move, apply_log };
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(doing_free);
    for (guint i = 0; i < verdict->hits->len; i++) {
        struct doing *doing = g_new0(struct doing, 1);
        doing->rule = rules_at(self->rules, g_array_index(verdict->hits, guint, i));
        doing->deed = (struct rules_deed){ .rule = doing->rule->text->name,
                                           .placement_id = self->place->id,
                                           .is_quiet = doing->rule->text->notify == RULE_NOTIFY_NO };
        g_ptr_array_add(all, doing);
    }
    for (size_t step = 0; step < G_N_ELEMENTS(steps); step++) {
        for (guint i = 0; i < all->len; i++) {
            if (!steps[step](self, g_ptr_array_index(all, i), error))
                return false;
        }
    }
    return true;
}

/* --- muted conversations --- */

static bool apply_mute(struct arriving *self, GError **error)
{
    g_autofree char *words = NULL;
    struct action_item item = { 0 };
    bool is_changed = false;
    struct rules_deed deed = { .rule = _("muted conversation"), .placement_id = self->place->id, .is_quiet = true };
    if (!self->is_muted)
        return true;
    int64_t archive = self->moved_to == 0 ? store_role_folder(self->db, self->place->account_id, FOLDER_ARCHIVE, NULL) : 0;
    if (!intent_apply_keywords(self->db, 0, self->place->id, MUTED, NULL, &words, error) ||
        !intent_apply_flags(self->db, 0, self->place->id, MESSAGE_SEEN, 0, &item, &is_changed, error))
        return false;
    deed.flags = is_changed ? item.add : 0;
    deed.words = words;
    if (archive != 0 && !intent_apply_move(self->db, 0, self->place->id, archive, &item, &is_changed, error))
        return false;
    deed.from_folder_id = archive != 0 ? self->place->folder_id : 0;
    deed.to_folder_id = self->moved_to = archive != 0 ? archive : self->moved_to;
    return rules_log_add(self->db, &deed, error);
}

/* --- the transaction --- */

static bool finish(struct arriving *self, const struct rules_verdict *verdict, bool *is_done_out, GError **error)
{
    int64_t waits = 0;
    if (!store_begin(self->db, error))
        return false;
    bool is_done = store_number(self->db, &waits, error, "SELECT 1 FROM arrivals WHERE placement_id = ?", NUM(self->place->id));
    if (is_done && waits != 0)
        is_done = (verdict == NULL || (apply_rules(self, verdict, error) && apply_mute(self, error))) &&
                  store_run(self->db, error, "INSERT OR IGNORE INTO rules_seen(message_key, account_id, when_utc) VALUES(?, ?, ?)",
                            NUM(seen_key(self)), NUM(self->place->account_id), NUM(self->now_utc)) &&
                  forget(self, self->place->id, error);
    *is_done_out = is_done && waits != 0;
    return store_end(self->db, is_done, error);
}

static enum news_kind news_of(const struct arriving *self)
{
    g_autoptr(placement) now = store_placement(self->db, self->place->id, NULL);
    if (now == NULL || (now->flags & MESSAGE_SEEN) || self->is_muted || self->notify == RULE_NOTIFY_NO)
        return NEWS_KEPT_QUIET;
    bool is_in_inbox = self->moved_to == 0 && self->role == FOLDER_INBOX;
    return self->notify == RULE_NOTIFY_YES || self->is_vip || is_in_inbox ? NEWS_WANTED : NEWS_KEPT_QUIET;
}

static void tell(struct arriving *self)
{
    const struct arrival_hooks *hooks = self->hooks;
    int64_t where = self->moved_to != 0 ? self->moved_to : self->place->folder_id;
    if (hooks->changed != NULL) {
        hooks->changed(hooks->data, self->place->account_id, self->place->folder_id);
        if (self->moved_to != 0)
            hooks->changed(hooks->data, self->place->account_id, self->moved_to);
    }
    if (hooks->tell != NULL)
        hooks->tell(hooks->data, self->place->account_id, where, self->place->id, news_of(self));
}

static bool wait_for_text(struct arriving *self, GError **error)
{
    self->result->is_waiting = true;
    if (self->hooks->want_text != NULL)
        self->hooks->want_text(self->hooks->data, self->place->account_id, self->place->id);
    return store_run(self->db, error, "UPDATE arrivals SET wants_body = wants_body + 1 WHERE placement_id = ?", NUM(self->place->id));
}

/* Of a mailbox that was there before postern: what was in it is no arrival, wherever it turns up. */
static bool is_news(struct arriving *self)
{
    return (self->role == FOLDER_INBOX || self->is_watched) && self->received_utc >= self->mark_utc - SLACK_S && !is_seen_before(self);
}

static bool judge(struct arriving *self, GError **error)
{
    g_auto(rules_verdict) verdict = { 0 };
    bool is_done = false;
    if (!is_news(self))
        return finish(self, NULL, &is_done, error);
    bool may_wait = self->now_utc - self->since_utc < TEXT_WAIT_S;
    rules_judge(self->rules, self->db, self->place, may_wait ? RULES_MAY_WAIT : 0, &verdict);
    if (verdict.is_waiting)
        return wait_for_text(self, error);
    self->is_muted = self->role == FOLDER_INBOX && mute_is(self->db, self->place->thread_id);
    self->is_vip = vip_is(self->db, self->place->from_address);
    if (!finish(self, &verdict, &is_done, error))
        return false;
    if (is_done) {
        self->result->has_intents |= verdict.hits->len > 0 || self->is_muted;
        tell(self);
    }
    return true;
}

static bool arriving_read(struct arriving *self, int64_t placement_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(self->db, error,
                                               "SELECT a.since_utc, p.sort_key >> 24, coalesce(k.since_utc, 0), coalesce(f.role, 0),"
                                               " EXISTS (SELECT 1 FROM rule_folders AS w WHERE w.folder_id = p.folder_id)"
                                               " FROM arrivals AS a JOIN placements AS p ON p.id = a.placement_id"
                                               " LEFT JOIN folders AS f ON f.id = p.folder_id"
                                               " LEFT JOIN arrival_marks AS k ON k.folder_id = p.folder_id WHERE a.placement_id = ?",
                                               NUM(placement_id));
    GError *failure = NULL;
    if (row == NULL)
        return false;
    if (store_step(self->db, row, &failure)) {
        self->since_utc = sqlite3_column_int64(row, 0);
        self->received_utc = sqlite3_column_int64(row, 1);
        self->mark_utc = sqlite3_column_int64(row, 2);
        self->role = (enum folder_role)sqlite3_column_int(row, 3);
        self->is_watched = sqlite3_column_int(row, 4) != 0;
    }
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

static bool arrive(store *db, const struct arrival_hooks *hooks, struct arrival_result *result, const rules *rules, int64_t placement_id,
                   GError **error)
{
    struct arriving self = { .db = db, .hooks = hooks, .result = result, .rules = rules, .now_utc = store_now_utc() };
    g_autoptr(placement) place = store_placement(db, placement_id, NULL);
    if (place == NULL) /* deleted for good meanwhile */
        return forget(&self, placement_id, error);
    self.place = place;
    return arriving_read(&self, placement_id, error) && judge(&self, error);
}

/* --- all that waits --- */

static GArray *waiting(store *db, int64_t account_id, int64_t after_id, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error,
                     "SELECT a.placement_id FROM arrivals AS a LEFT JOIN placements AS p ON p.id = a.placement_id"
                     " LEFT JOIN folders AS f ON f.id = p.folder_id WHERE a.placement_id > ?1 AND (?2 = 0 OR f.account_id IS NULL"
                     " OR f.account_id = ?2) ORDER BY a.placement_id LIMIT ?3",
                     NUM(after_id), NUM(account_id), NUM(AT_ONCE));
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    if (failure == NULL)
        return g_steal_pointer(&ids);
    g_propagate_error(error, failure);
    return NULL;
}

bool arrival_is_pending(store *db)
{
    int64_t found = 0;
    store_number(db, &found, NULL, "SELECT 1 FROM arrivals LIMIT 1");
    return found != 0;
}

static void tell_faults(const rules *rules, const struct arrival_hooks *hooks)
{
    for (guint i = 0; hooks->notice != NULL && i < rules_count(rules); i++) {
        const struct rule *rule = rules_at(rules, i);
        if (!rule->text->is_on || rule->fault == NULL)
            continue;
        g_autofree char *words = g_strdup_printf(_("The rule “%s” is not used: %s"), rule->text->name, rule->fault);
        hooks->notice(hooks->data, words);
    }
}

static bool arrive_all(store *db, int64_t account_id, const struct arrival_hooks *hooks, struct arrival_result *out, GError **error)
{
    int64_t last = 0;
    g_autoptr(GError) why = NULL;
    if (!arrival_is_pending(db))
        return true;
    g_autoptr(rules) rules = rules_load(db, NULL, &why);
    if (rules == NULL) { /* nothing is filed by half of a file: it waits until the file can be read again */
        out->is_waiting = true;
        if (hooks->notice != NULL)
            hooks->notice(hooks->data, why->message);
        return true;
    }
    tell_faults(rules, hooks);
    for (;;) {
        g_autoptr(GArray) ids = waiting(db, account_id, last, error);
        for (guint i = 0; ids != NULL && i < ids->len; i++) {
            if (hooks->is_stopping != NULL && hooks->is_stopping(hooks->data))
                return true;
            last = g_array_index(ids, int64_t, i);
            if (!arrive(db, hooks, out, rules, last, error))
                return false;
        }
        if (ids == NULL || ids->len < AT_ONCE)
            return ids != NULL;
    }
}

struct returning {
    const struct arrival_hooks *hooks;
    struct arrival_result *out;
};

static void on_return(void *data, int64_t account_id, int64_t folder_id, int64_t placement_id)
{
    const struct returning *self = data;
    self->out->has_intents = true;
    if (self->hooks->changed != NULL)
        self->hooks->changed(self->hooks->data, account_id, folder_id);
    if (placement_id != 0 && self->hooks->tell != NULL)
        self->hooks->tell(self->hooks->data, account_id, folder_id, placement_id, NEWS_RETURNED);
}

bool arrival_run(store *db, int64_t account_id, const struct arrival_hooks *hooks, struct arrival_result *out, GError **error)
{
    int64_t now = store_now_utc();
    struct returning returning = { hooks, out };
    *out = (struct arrival_result){ 0 };
    if (!rules_watch(db, error) || !arrive_all(db, account_id, hooks, out, error) ||
        !snooze_wake_due(db, now, on_return, &returning, error))
        return false;
    out->next_utc = snooze_next(db, now);
    return true;
}

bool arrival_awaits(store *db, int64_t placement_id)
{
    int64_t waits = 0;
    return store_number(db, &waits, NULL, "SELECT 1 FROM arrivals WHERE placement_id = ?", NUM(placement_id)) && waits != 0;
}

bool arrival_note(store *db, int64_t placement_id, GError **error)
{
    return store_run(db, error,
                     "INSERT OR IGNORE INTO arrivals(placement_id, since_utc) SELECT p.id, ? FROM placements AS p"
                     " JOIN folders AS f ON f.id = p.folder_id WHERE p.id = ? AND (f.role = ? OR EXISTS (SELECT 1 FROM rule_folders AS w "
                     "WHERE w.folder_id = f.id))",
                     NUM(store_now_utc()), NUM(placement_id), NUM(FOLDER_INBOX));
}
