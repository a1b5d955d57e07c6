/* SPDX-License-Identifier: MIT */
/* What a person does to mail: applied to the local view and put into the queue, in one transaction. */
#include "core/folder_rights.h"
#include "core/intent.h"
#include "core/intent_private.h"
#include "core/message.h"
#include "core/message_crlf.h"
#include "core/store_role.h"
#include "core/undo.h"
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

void intent_free(struct intent *self)
{
    if (self == NULL)
        return;
    g_free(self->file);
    g_free(self->message_id);
    g_free(self->path);
    g_free(self->error);
    g_free(self);
}

struct intent *intent_from_row(sqlite3_stmt *row)
{
    struct intent *self = g_new0(struct intent, 1);
    self->id = sqlite3_column_int64(row, 0);
    self->action_id = sqlite3_column_int64(row, 1);
    self->account_id = sqlite3_column_int64(row, 2);
    self->type = (enum intent_type)sqlite3_column_int(row, 3);
    self->state = (enum intent_state)sqlite3_column_int(row, 4);
    self->placement_id = sqlite3_column_int64(row, 5);
    self->source_id = sqlite3_column_int64(row, 6);
    self->folder_id = sqlite3_column_int64(row, 7);
    self->target_folder_id = sqlite3_column_int64(row, 8);
    self->uidvalidity = (uint32_t)sqlite3_column_int64(row, 9);
    self->uid = (uint32_t)sqlite3_column_int64(row, 10);
    self->add = (unsigned)sqlite3_column_int64(row, 11);
    self->remove = (unsigned)sqlite3_column_int64(row, 12);
    self->attempts = sqlite3_column_int(row, 13);
    self->not_before_utc = sqlite3_column_int64(row, 14);
    self->file = g_strdup((const char *)sqlite3_column_text(row, 15)); /* a name on a disk may be any bytes */
    self->message_id = store_column_dup(row, 16);
    self->path = g_strdup((const char *)sqlite3_column_text(row, 17));
    self->error = store_column_dup(row, 18);
    self->least_uid = (uint32_t)sqlite3_column_int64(row, 19);
    self->seen_id = sqlite3_column_int64(row, 20);
    return self;
}

bool intent_find(store *db, struct intent **intent_out, GError **error, const char *sql, const struct store_value *values)
{
    g_autoptr(sqlite3_stmt) row = store_select_values(db, error, sql, values);
    GError *failure = NULL;
    if (row == NULL)
        return false;
    *intent_out = store_step(db, row, &failure) ? intent_from_row(row) : NULL;
    if (failure == NULL)
        return true;
    g_propagate_error(error, failure);
    return false;
}

/* --- the queue's rows --- */

bool intent_insert(store *db, const struct intent *self, uint32_t least_uid, GError **error)
{
    return store_run(
        db, error,
        "INSERT INTO intents(action_id, account_id, type, placement_id, source_id, folder_id, target_folder_id, uidvalidity,"
        " uid, least_uid, file, add_flags, remove_flags, path, state, message_hash, message_id, since_utc, seen_id)"
        " SELECT ?1, ?2, ?3, p.id, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, m.message_hash, m.message_id, unixepoch(),"
        " (SELECT seq FROM sqlite_sequence WHERE name = 'placements')"
        " FROM placements AS p JOIN messages AS m ON m.id = p.message_id WHERE p.id = ?4",
        NUM(self->action_id), NUM(self->account_id), NUM(self->type), NUM(self->placement_id), NUM(self->source_id), NUM(self->folder_id),
        NUM(self->target_folder_id), NUM(self->uidvalidity), NUM(self->uid), NUM(least_uid), TXT(self->file), NUM(self->add),
        NUM(self->remove), TXT(self->path), NUM(self->state));
}

static bool intent_forget(store *db, int64_t id, GError **error)
{
    return store_run(db, error, "DELETE FROM intents WHERE id = ?", NUM(id));
}

bool intent_address(store *db, const struct placement_row *place, struct intent *self, uint32_t *least_uid_out, GError **error)
{
    struct folder_facts facts = { 0 };
    if (!store_folder_facts(db, place->folder_id, &facts, error))
        return false;
    self->account_id = facts.account_id;
    self->folder_id = place->folder_id;
    self->uid = place->uid;
    self->uidvalidity = place->uid != 0 ? facts.uidvalidity : 0;
    g_autoptr(sqlite3_stmt) row = store_select(db, error, "SELECT file, least_uid FROM placements WHERE id = ?", NUM(place->id));
    if (row == NULL || !store_step(db, row, error))
        return false;
    self->file = g_strdup((const char *)sqlite3_column_text(row, 0));
    *least_uid_out = (uint32_t)sqlite3_column_int64(row, 1);
    return true;
}

/* The last row of a placement (or a copy made from it), if it is one that may still be replaced. */
static bool last_unsent(store *db, int64_t placement_id, enum intent_type type, struct intent **intent_out, GError **error)
{
    if (!intent_find(db, intent_out, error,
                     "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.id = (SELECT max(id) FROM (SELECT id FROM intents WHERE"
                     " placement_id = ?1 UNION ALL SELECT id FROM intents WHERE source_id = ?1)) AND i.type = ?2 AND i.placement_id = ?1"
                     " AND" INTENT_IS_UNSENT,
                     STORE_VALUES(NUM(placement_id), NUM(type))))
        return false;
    return true;
}

/* True with *is_there_out false: it is gone, which is no error. */
static bool placement_look(store *db, int64_t placement_id, struct placement_row *row_out, bool *is_there_out, GError **error)
{
    g_autoptr(GError) failure = NULL;
    *is_there_out = store_placement_row(db, placement_id, row_out, &failure);
    if (*is_there_out || g_error_matches(failure, STORE_ERROR, STORE_ERROR_MISSING))
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

/* --- flags --- */

/* Set and cleared again before anything was sent: no row is left. Rows are replaced, not altered: a worker may have read the old one. */
static bool flags_coalesce(store *db, int64_t placement_id, struct intent *wish, GError **error)
{
    g_autoptr(intent) earlier = NULL;
    struct placement_row base;
    if (!last_unsent(db, placement_id, INTENT_FLAGS, &earlier, error))
        return false;
    if (earlier == NULL || earlier->folder_id != wish->folder_id)
        return true;
    wish->add |= earlier->add & ~wish->remove;
    wish->remove |= earlier->remove & ~wish->add;
    if (!intent_forget(db, earlier->id, error) || !store_placement_refresh_flags(db, placement_id, error) ||
        !store_placement_row(db, placement_id, &base, error))
        return false;
    wish->add &= ~base.flags;
    wish->remove &= base.flags;
    return true;
}

/* A move that was not sent, the last thing done to it: its flags are changed where the server still has it, before it goes, together with those that
 * were changed there. Not where a folder was changed since: the move must stay before that. */
static bool move_to_follow(store *db, int64_t placement_id, struct intent **move_out, GError **error)
{
    int64_t later = 0;
    if (!last_unsent(db, placement_id, INTENT_MOVE, move_out, error))
        return false;
    if (*move_out == NULL)
        return true;
    if (!store_number(db, &later, error, "SELECT id FROM intents WHERE account_id = ? AND id > ? AND type BETWEEN ? AND ? LIMIT 1",
                      NUM((*move_out)->account_id), NUM((*move_out)->id), NUM(INTENT_FOLDER_CREATE), NUM(INTENT_FOLDER_DELETE)))
        return false;
    if (later != 0)
        g_clear_pointer(move_out, intent_free);
    return true;
}

static bool flags_before_move(store *db, struct intent *wish, const struct intent *move, GError **error)
{
    wish->account_id = move->account_id;
    wish->folder_id = move->folder_id;
    wish->uid = move->uid;
    wish->uidvalidity = move->uidvalidity;
    wish->file = g_strdup(move->file);
    return intent_forget(db, move->id, error) && flags_coalesce(db, wish->placement_id, wish, error) &&
           ((wish->add | wish->remove) == 0 || intent_insert(db, wish, move->least_uid, error)) &&
           intent_insert(db, move, move->least_uid, error) && store_placement_refresh_flags(db, wish->placement_id, error);
}

bool intent_apply_flags(store *db, int64_t action_id, int64_t placement_id, unsigned add, unsigned remove, struct action_item *item_out,
                        bool *is_changed_out, GError **error)
{
    struct placement_row place;
    bool is_there;
    uint32_t least_uid = 0;
    *is_changed_out = false;
    if (!placement_look(db, placement_id, &place, &is_there, error))
        return false;
    g_autoptr(intent) wish = g_new0(struct intent, 1);
    wish->action_id = action_id;
    wish->type = INTENT_FLAGS;
    wish->placement_id = placement_id;
    wish->add = is_there ? add & ~place.flags : 0;
    wish->remove = is_there ? remove & place.flags : 0;
    if (is_there && action_id == 0)
        folder_rights_limit(db, place.folder_id, &wish->add,
                            &wish->remove); /* what only follows from something else is no reason to complain */
    if (place.folder_id == 0 || (wish->add | wish->remove) == 0)
        return true;
    if (!folder_rights_allow_flags(db, place.folder_id, wish->add | wish->remove, error))
        return false;
    *item_out = (struct action_item){ .placement_id = placement_id, .add = wish->add, .remove = wish->remove };
    *is_changed_out = true;
    g_autoptr(intent) move = NULL;
    if (!move_to_follow(db, placement_id, &move, error))
        return false;
    if (move != NULL)
        return flags_before_move(db, wish, move, error);
    return intent_address(db, &place, wish, &least_uid, error) && flags_coalesce(db, placement_id, wish, error) &&
           ((wish->add | wish->remove) == 0 || intent_insert(db, wish, least_uid, error)) &&
           store_placement_refresh_flags(db, placement_id, error);
}

/* --- move, delete --- */

/* The + keeps SQLite from the index of sources, in which nearly every row is 0. */
bool intent_rebase(store *db, const struct intent *base, GError **error)
{
    return store_run(
        db, error,
        "UPDATE intents SET folder_id = ?1, uid = ?2, uidvalidity = ?3, file = ?4, least_uid = 0, account_id = ?9 WHERE id > ?5"
        " AND (placement_id = ?6 AND +source_id = 0 OR source_id = ?6) AND folder_id = ?7 AND uid = 0 AND type <> ?8",
        NUM(base->folder_id), NUM(base->uid), NUM(base->uidvalidity), TXT(base->file), NUM(base->id), NUM(base->placement_id),
        NUM(base->target_folder_id), NUM(INTENT_APPEND), NUM(base->account_id));
}

/* target_id 0, for good: the account it is in. */
static bool is_other_account(store *db, int64_t folder_id, int64_t target_id, bool *is_other_out, GError **error)
{
    struct folder_facts here = { 0 }, there = { 0 };
    *is_other_out = false;
    if (folder_id == 0 || target_id == 0)
        return true;
    if (!store_folder_facts(db, folder_id, &here, error) || !store_folder_facts(db, target_id, &there, error))
        return false;
    *is_other_out = here.account_id != there.account_id;
    return true;
}

static bool uidnext_of(store *db, int64_t folder_id, uint32_t *uidnext_out, GError **error)
{
    struct folder_facts facts = { 0 };
    if (folder_id != 0 && !store_folder_facts(db, folder_id, &facts, error))
        return false;
    *uidnext_out = facts.uidnext;
    return true;
}

/* Its last move was not sent: A→B and then B→C is A→C, and back to A is nothing at all. */
static bool move_collapse(store *db, const struct intent *earlier, int64_t action_id, int64_t target_id, GError **error)
{
    uint32_t uidnext, least_uid = 0;
    struct folder_facts home;
    if (!uidnext_of(db, target_id, &uidnext, error) || !store_folder_facts(db, earlier->folder_id, &home, error) ||
        !intent_forget(db, earlier->id, error) || !intent_rebase(db, earlier, error))
        return false;
    bool is_uid_valid = earlier->uid != 0 && earlier->uidvalidity == home.uidvalidity;
    if (target_id == earlier->folder_id)
        return store_placement_relocate(db, earlier->placement_id, target_id, is_uid_valid ? earlier->uid : 0, least_uid, error);
    struct intent wish = *earlier; /* its strings are borrowed for the insert */
    wish.action_id = action_id;
    wish.type = target_id != 0 ? INTENT_MOVE : INTENT_DELETE;
    wish.target_folder_id = target_id;
    return intent_insert(db, &wish, least_uid, error) && store_placement_relocate(db, earlier->placement_id, target_id, 0, uidnext, error);
}

static bool move_append(store *db, const struct placement_row *place, int64_t action_id, int64_t target_id, GError **error)
{
    uint32_t least_uid, uidnext;
    g_autoptr(intent) wish = g_new0(struct intent, 1);
    wish->action_id = action_id;
    wish->type = target_id != 0 ? INTENT_MOVE : INTENT_DELETE;
    wish->placement_id = place->id;
    wish->target_folder_id = target_id;
    return intent_address(db, place, wish, &least_uid, error) && uidnext_of(db, target_id, &uidnext, error) &&
           intent_insert(db, wish, least_uid, error) && store_placement_relocate(db, place->id, target_id, 0, uidnext, error);
}

/* Not the last step of a way from another account: that one is done whatever happens here. */
static bool last_unsent_move(store *db, int64_t placement_id, struct intent **earlier_out, GError **error)
{
    return intent_find(db, earlier_out, error,
                       "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.id = (SELECT max(id) FROM intents WHERE placement_id = ?1 AND"
                       " type IN (?2, ?3)) AND NOT (i.type = ?3 AND i.target_folder_id > 0) AND" INTENT_IS_UNSENT,
                       STORE_VALUES(NUM(placement_id), NUM(INTENT_MOVE), NUM(INTENT_DELETE)));
}

/* Into another account. Its last move inside this one, if it was not sent, is taken back first: it goes there from where the server has it. */
static bool move_abroad(store *db, const struct intent *earlier, int64_t action_id, int64_t placement_id, int64_t target_id, GError **error)
{
    struct placement_row place;
    return (earlier == NULL || move_collapse(db, earlier, action_id, earlier->folder_id, error)) &&
           store_placement_row(db, placement_id, &place, error) && intent_carry_move(db, action_id, &place, target_id, error);
}

bool intent_apply_move(store *db, int64_t action_id, int64_t placement_id, int64_t target_id, struct action_item *item_out,
                       bool *is_changed_out, GError **error)
{
    struct placement_row place;
    bool is_there, is_recalled = false, is_abroad = false;
    g_autoptr(intent) earlier = NULL;
    *is_changed_out = false;
    if (!placement_look(db, placement_id, &place, &is_there, error))
        return false;
    if (!is_there || place.folder_id == target_id)
        return true;
    *item_out = (struct action_item){ .placement_id = placement_id, .from_folder_id = place.folder_id, .to_folder_id = target_id };
    if (!intent_carry_recall(db, placement_id, &is_recalled, error) || !store_placement_row(db, placement_id, &place, error) ||
        !last_unsent_move(db, placement_id, &earlier, error) || !is_other_account(db, place.folder_id, target_id, &is_abroad, error))
        return false;
    if (earlier == NULL && place.folder_id == 0)
        return true; /* deleted for good, and the server may know: it does not come back */
    if ((earlier == NULL && !folder_rights_allow_leaving(db, place.folder_id, error)) || !folder_rights_allow_coming(db, target_id, error))
        return false;
    *is_changed_out = true;
    if (place.folder_id == target_id)
        return true; /* by being recalled */
    if (is_abroad)
        return move_abroad(db, earlier, action_id, placement_id, target_id, error);
    return earlier != NULL ? move_collapse(db, earlier, action_id, target_id, error) : move_append(db, &place, action_id, target_id, error);
}

/* --- copy --- */

bool intent_apply_copy(store *db, int64_t action_id, int64_t placement_id, int64_t target_id, struct action_item *item_out,
                       bool *is_changed_out, GError **error)
{
    struct placement_row place;
    bool is_there, is_abroad;
    uint32_t least_uid, uidnext;
    int64_t copy = 0, sort_key = 0;
    *is_changed_out = false;
    if (!placement_look(db, placement_id, &place, &is_there, error))
        return false;
    if (!is_there || place.folder_id == 0)
        return true;
    if (!folder_rights_allow_coming(db, target_id, error) || !is_other_account(db, place.folder_id, target_id, &is_abroad, error))
        return false;
    *item_out = (struct action_item){ .source_id = placement_id, .to_folder_id = target_id };
    *is_changed_out = true;
    if (is_abroad)
        return intent_carry_copy(db, action_id, &place, target_id, &item_out->placement_id, error);
    g_autoptr(intent) wish = g_new0(struct intent, 1);
    wish->action_id = action_id;
    wish->type = INTENT_COPY;
    wish->source_id = placement_id;
    wish->target_folder_id = target_id;
    if (!intent_address(db, &place, wish, &least_uid, error) || !uidnext_of(db, target_id, &uidnext, error) ||
        !store_number(db, &sort_key, error, "SELECT sort_key FROM placements WHERE id = ?", NUM(placement_id)) ||
        !store_placement_insert(db, target_id, place.message_id, 0, uidnext, NULL, place.flags, sort_key, &copy, error))
        return false;
    wish->placement_id = item_out->placement_id = copy;
    return intent_insert(db, wish, least_uid, error);
}

bool intent_apply_uncopy(store *db, int64_t action_id, int64_t copy_id, bool *is_changed_out, GError **error)
{
    g_autoptr(intent) wish = NULL;
    struct action_item item;
    if (!intent_find(db, &wish, error,
                     "SELECT " INTENT_COLUMNS " FROM intents AS i WHERE i.placement_id = ?1 AND i.type IN (?2, ?3) AND" INTENT_IS_UNSENT,
                     STORE_VALUES(NUM(copy_id), NUM(INTENT_COPY), NUM(INTENT_APPEND))))
        return false;
    if (wish == NULL)
        return intent_apply_move(db, action_id, copy_id, 0, &item, is_changed_out, error);
    *is_changed_out = true;
    return store_placement_drop(db, copy_id, error);
}

/* --- the person's actions --- */

struct action_plan {
    enum action_kind kind;
    int64_t folder_id;
    unsigned add, remove;
};

typedef bool action_step(store *db, int64_t action_id, int64_t placement_id, const struct action_plan *plan, struct action_item *item_out,
                         bool *is_changed_out, GError **error);

static bool step_flags(store *db, int64_t action_id, int64_t placement_id, const struct action_plan *plan, struct action_item *item_out,
                       bool *is_changed_out, GError **error)
{
    return intent_apply_flags(db, action_id, placement_id, plan->add, plan->remove, item_out, is_changed_out, error);
}

static bool step_move(store *db, int64_t action_id, int64_t placement_id, const struct action_plan *plan, struct action_item *item_out,
                      bool *is_changed_out, GError **error)
{
    return intent_apply_move(db, action_id, placement_id, plan->folder_id, item_out, is_changed_out, error);
}

static bool step_copy(store *db, int64_t action_id, int64_t placement_id, const struct action_plan *plan, struct action_item *item_out,
                      bool *is_changed_out, GError **error)
{
    return intent_apply_copy(db, action_id, placement_id, plan->folder_id, item_out, is_changed_out, error);
}

/* Into the folder for a purpose, made where the account has none. Already there: is_there_words, or nothing to do where they are NULL. */
static bool step_role(store *db, int64_t action_id, int64_t placement_id, enum folder_role role, const char *is_there_words,
                      struct action_item *item_out, bool *is_changed_out, GError **error)
{
    struct placement_row place;
    struct folder_facts home;
    bool is_there;
    *is_changed_out = false;
    if (!placement_look(db, placement_id, &place, &is_there, error))
        return false;
    if (!is_there || place.folder_id == 0)
        return true;
    if (!store_folder_facts(db, place.folder_id, &home, error))
        return false;
    int64_t target = store_role_folder(db, home.account_id, role, error);
    if (target == 0)
        return false;
    if (target == place.folder_id && is_there_words != NULL)
        return store_missing(error, is_there_words);
    return intent_apply_move(db, action_id, placement_id, target, item_out, is_changed_out, error);
}

static bool step_archive(store *db, int64_t action_id, int64_t placement_id, const struct action_plan *plan, struct action_item *item_out,
                         bool *is_changed_out, GError **error)
{
    (void)plan;
    return step_role(db, action_id, placement_id, FOLDER_ARCHIVE, NULL, item_out, is_changed_out, error);
}

static bool step_trash(store *db, int64_t action_id, int64_t placement_id, const struct action_plan *plan, struct action_item *item_out,
                       bool *is_changed_out, GError **error)
{
    (void)plan;
    return step_role(db, action_id, placement_id, FOLDER_TRASH, _("The message is in Trash already: it would be deleted for good."),
                     item_out, is_changed_out, error);
}

static bool steps_run(store *db, int64_t action_id, action_step *step, const struct action_plan *plan, const int64_t *placements,
                      size_t count, bool is_quiet, GError **error)
{
    size_t changed = 0;
    for (size_t i = 0; i < count; i++) {
        struct action_item item;
        bool is_changed;
        if (!step(db, action_id, placements[i], plan, &item, &is_changed, error))
            return false;
        changed += is_changed;
        if (is_changed && !is_quiet && !action_note(db, action_id, &item, error))
            return false;
        if (count > ACTION_MANY && !store_breathe(db, error))
            return false;
    }
    return is_quiet || action_close(db, action_id, changed, error);
}

static int64_t action_run(store *db, action_step *step, const struct action_plan *plan, const int64_t *placements, size_t count,
                          GError **error)
{
    if (!store_begin(db, error))
        return 0;
    int64_t action = action_open(db, plan->kind, plan->folder_id, plan->add, plan->remove, error);
    bool is_done = action != 0 && steps_run(db, action, step, plan, placements, count, false, error);
    return store_end(db, is_done, error) ? action : 0;
}

int64_t intent_flags(store *db, const int64_t *placements, size_t count, unsigned add, unsigned remove, GError **error)
{
    struct action_plan plan = { ACTION_FLAGS, 0, add, remove & ~add };
    return action_run(db, step_flags, &plan, placements, count, error);
}

bool intent_flags_quietly(store *db, const int64_t *placements, size_t count, unsigned add, unsigned remove, GError **error)
{
    struct action_plan plan = { ACTION_FLAGS, 0, add, remove & ~add };
    if (!store_begin(db, error))
        return false;
    return store_end(db, steps_run(db, 0, step_flags, &plan, placements, count, true, error), error);
}

int64_t intent_move(store *db, const int64_t *placements, size_t count, int64_t folder_id, GError **error)
{
    struct action_plan plan = { ACTION_MOVE, folder_id, 0, 0 };
    return action_run(db, step_move, &plan, placements, count, error);
}

int64_t intent_copy(store *db, const int64_t *placements, size_t count, int64_t folder_id, GError **error)
{
    struct action_plan plan = { ACTION_COPY, folder_id, 0, 0 };
    return action_run(db, step_copy, &plan, placements, count, error);
}

int64_t intent_delete(store *db, const int64_t *placements, size_t count, bool is_forever, GError **error)
{
    struct action_plan plan = { is_forever ? ACTION_DELETE : ACTION_TRASH, 0, 0, 0 };
    return action_run(db, is_forever ? step_move : step_trash, &plan, placements, count, error);
}

int64_t intent_archive(store *db, const int64_t *placements, size_t count, GError **error)
{
    struct action_plan plan = { ACTION_ARCHIVE, 0, 0, 0 };
    return action_run(db, step_archive, &plan, placements, count, error);
}

/* --- append --- */

static bool append_apply(store *db, int64_t folder_id, const char *path, unsigned flags, const struct message_info *info, GError **error)
{
    struct folder_facts facts = { 0 };
    int64_t message_row, thread, placement_id;
    if (!store_folder_facts(db, folder_id, &facts, error) || !store_message_put(db, info, true, &message_row, &thread, error) ||
        !store_placement_insert(db, folder_id, message_row, 0, facts.uidnext, NULL, flags,
                                store_sort_key(info->date_utc > 0 ? MIN(info->date_utc, store_now_utc()) : store_now_utc(), 0),
                                &placement_id, error))
        return false;
    struct intent wish = { .account_id = facts.account_id,
                           .type = INTENT_APPEND,
                           .placement_id = placement_id,
                           .folder_id = folder_id,
                           .target_folder_id = folder_id,
                           .uidvalidity = facts.uidvalidity,
                           .add = flags,
                           .path = (char *)path };
    return intent_insert(db, &wish, facts.uidnext, error);
}

/* As the server will have it: with CRLF. By its size a message is told from another with the same Message-ID. 0: the file tells. */
static int64_t size_on_server(const char *path)
{
    struct stat status = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    fd = fd >= 0 ? message_with_crlf(fd) : fd;
    if (fd < 0)
        return 0;
    bool is_known = fstat(fd, &status) == 0;
    close(fd);
    return is_known ? status.st_size : 0;
}

int64_t intent_append(store *db, int64_t folder_id, const char *path, unsigned flags, GError **error)
{
    g_autoptr(message) file = message_load(path, error);
    int64_t id = 0;
    if (file == NULL)
        return 0;
    struct message_info info = { 0 };
    message_info(file, &info);
    int64_t size = size_on_server(path);
    info.size_bytes = size > 0 ? size : info.size_bytes;
    if (!store_begin(db, error))
        return 0;
    static const char by_path[] = "SELECT id FROM intents WHERE type = 4 AND path = ?";
    bool is_done = store_number(db, &id, error, by_path, TXT(path));
    if (is_done && id == 0)
        is_done = append_apply(db, folder_id, path, flags, &info, error) && store_number(db, &id, error, by_path, TXT(path));
    return store_end(db, is_done, error) ? id : 0;
}

int64_t intent_append_unless_there(store *db, int64_t folder_id, const char *path, unsigned flags, int64_t not_before_utc, GError **error)
{
    if (!store_begin(db, error))
        return 0;
    int64_t id = intent_append(db, folder_id, path, flags, error);
    bool is_done =
        id != 0 &&
        store_run(db, error, "UPDATE intents SET remove_flags = ?, not_before_utc = ?, set_utc = ? WHERE id = ? AND attempts = 0",
                  NUM(INTENT_LOOKS_FIRST), NUM(not_before_utc), NUM(store_now_utc()), NUM(id));
    return store_end(db, is_done, error) ? id : 0;
}

char *intent_append_path(store *db, int64_t placement_id)
{
    g_autoptr(sqlite3_stmt) row =
        store_select(db, NULL, "SELECT path FROM intents WHERE placement_id = ? AND type = ?", NUM(placement_id), NUM(INTENT_APPEND));
    return row != NULL && store_step(db, row, NULL) ? store_column_dup(row, 0) : NULL;
}

GArray *intent_thread_placements(store *db, int64_t folder_id, int64_t thread_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error, "SELECT id FROM placements WHERE thread_id = ? AND folder_id = ? ORDER BY sort_key, id", NUM(thread_id), NUM(folder_id));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    while (store_step(db, row, &failure)) {
        int64_t id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    if (failure == NULL)
        return g_steal_pointer(&ids);
    g_propagate_error(error, failure);
    return NULL;
}
