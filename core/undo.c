/* SPDX-License-Identifier: MIT */
/* The way back. The inverse goes the way of every intent: where the first was not sent, both vanish. What cannot be turned any more says why. */
#include "core/undo.h"
#include "core/intent_private.h"
#include "core/language.h"
#include "core/outbox.h"
#include "core/vip.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* --- the items --- */

static GArray *action_items(store *db, int64_t action_id, GError **error)
{
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error,
        "SELECT placement_id, source_id, from_folder_id, to_folder_id, add_flags, remove_flags FROM action_items WHERE action_id = ?",
        NUM(action_id));
    GError *failure = NULL;
    if (row == NULL)
        return NULL;
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(struct action_item));
    while (store_step(db, row, &failure)) {
        struct action_item item = { sqlite3_column_int64(row, 0),           sqlite3_column_int64(row, 1),
                                    sqlite3_column_int64(row, 2),           sqlite3_column_int64(row, 3),
                                    (unsigned)sqlite3_column_int64(row, 4), (unsigned)sqlite3_column_int64(row, 5) };
        g_array_append_val(items, item);
    }
    if (failure == NULL)
        return g_steal_pointer(&items);
    g_propagate_error(error, failure);
    return NULL;
}

/* Why a message stays as it is. */
enum obstacle {
    OBSTACLE_NONE,
    OBSTACLE_GONE,        /* another program deleted it, or the server refused it */
    OBSTACLE_FOR_GOOD,    /* deleted for good, and the server knows */
    OBSTACLE_MOVED_ON,    /* it is not any more where the action put it */
    OBSTACLE_FOLDER_GONE, /* where it would go back to */
    OBSTACLE_COUNT
};

struct turn {
    const struct action *action;
    bool is_redo;
    int64_t changed, obstacles[OBSTACLE_COUNT];
    GHashTable *renewed; /* copies that were made again: the placement of before → the one of now, int64_t both; NULL: none */
};

static bool folder_is_there(store *db, int64_t folder_id, bool *is_there_out, GError **error)
{
    int64_t found = 0;
    *is_there_out = folder_id == 0;
    if (folder_id == 0)
        return true;
    if (!store_number(db, &found, error, "SELECT id FROM folders WHERE id = ? AND flags & ? = 0", NUM(folder_id), NUM(FOLDER_IS_GONE)))
        return false;
    *is_there_out = found != 0;
    return true;
}

/* Only what still is where the action put it: what went on since, or was refused by the server, is left alone. */
static bool move_between(store *db, int64_t action_id, int64_t placement_id, int64_t from, int64_t to, enum obstacle *obstacle_out,
                         GError **error)
{
    int64_t where = -1;
    bool has_target = false, is_changed = false;
    struct action_item item;
    if (!store_number(db, &where, error, "SELECT folder_id FROM placements WHERE id = ?", NUM(placement_id)) ||
        !folder_is_there(db, to, &has_target, error))
        return false;
    *obstacle_out = where < 0       ? (from == 0 ? OBSTACLE_FOR_GOOD : OBSTACLE_GONE)
                    : where != from ? OBSTACLE_MOVED_ON
                    : !has_target   ? OBSTACLE_FOLDER_GONE
                                    : OBSTACLE_NONE;
    if (*obstacle_out != OBSTACLE_NONE)
        return true;
    if (!intent_apply_move(db, action_id, placement_id, to, &item, &is_changed, error))
        return false;
    *obstacle_out = is_changed ? OBSTACLE_NONE : OBSTACLE_FOR_GOOD;
    return true;
}

static bool flags_between(store *db, int64_t action_id, int64_t placement_id, unsigned add, unsigned remove, bool *is_changed_out,
                          enum obstacle *obstacle_out, GError **error)
{
    struct action_item item;
    int64_t where = 0;
    if (!store_number(db, &where, error, "SELECT folder_id FROM placements WHERE id = ?", NUM(placement_id)))
        return false;
    *obstacle_out = where == 0 ? OBSTACLE_GONE : OBSTACLE_NONE; /* so already is none */
    return intent_apply_flags(db, action_id, placement_id, add, remove, &item, is_changed_out, error);
}

static bool keywords_turn(store *db, const struct turn *turn, const struct action_item *item, bool *is_changed_out,
                          enum obstacle *obstacle_out, GError **error)
{
    int64_t where = 0;
    if (!store_number(db, &where, error, "SELECT folder_id FROM placements WHERE id = ?", NUM(item->placement_id)))
        return false;
    *obstacle_out = where == 0 ? OBSTACLE_GONE : OBSTACLE_NONE;
    return where == 0 || intent_keywords_turn(db, turn->action->id, item->placement_id, !turn->is_redo, is_changed_out, error);
}

static void turn_renew(struct turn *self, int64_t before, int64_t now)
{
    if (self->renewed == NULL)
        self->renewed = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    g_hash_table_insert(self->renewed, g_memdup2(&before, sizeof before), g_memdup2(&now, sizeof now));
}

static bool copy_again(store *db, struct turn *turn, const struct action_item *item, enum obstacle *obstacle_out, GError **error)
{
    const struct action *action = turn->action;
    struct action_item again;
    bool is_changed = false, has_target = false;
    if (!folder_is_there(db, item->to_folder_id, &has_target, error))
        return false;
    *obstacle_out = OBSTACLE_FOLDER_GONE;
    if (!has_target)
        return true;
    if (!intent_apply_copy(db, action->id, item->source_id, item->to_folder_id, &again, &is_changed, error))
        return false;
    *obstacle_out = is_changed ? OBSTACLE_NONE : OBSTACLE_GONE;
    if (is_changed)
        turn_renew(turn, item->placement_id, again.placement_id);
    return store_run(db, error, "DELETE FROM action_items WHERE action_id = ? AND placement_id = ?", NUM(action->id),
                     NUM(item->placement_id)) &&
           (!is_changed || action_note(db, action->id, &again, error));
}

static bool copy_away(store *db, const struct action *action, const struct action_item *item, enum obstacle *obstacle_out, GError **error)
{
    int64_t where = 0;
    bool is_changed = false;
    if (!store_number(db, &where, error, "SELECT folder_id FROM placements WHERE id = ?", NUM(item->placement_id)))
        return false;
    *obstacle_out = where == 0 ? OBSTACLE_GONE : where != item->to_folder_id ? OBSTACLE_MOVED_ON : OBSTACLE_NONE;
    return *obstacle_out != OBSTACLE_NONE || intent_apply_uncopy(db, action->id, item->placement_id, &is_changed, error);
}

/* Tags and a move at once (snooze, mute): each half is turned for itself. */
static bool tag_and_move_turn(store *db, const struct turn *turn, const struct action_item *item, enum obstacle *obstacle_out,
                              GError **error)
{
    bool is_tagged = false;
    int64_t from = turn->is_redo ? item->from_folder_id : item->to_folder_id,
            to = turn->is_redo ? item->to_folder_id : item->from_folder_id;
    if (!keywords_turn(db, turn, item, &is_tagged, obstacle_out, error))
        return false;
    return from == to || *obstacle_out != OBSTACLE_NONE ||
           move_between(db, turn->action->id, item->placement_id, from, to, obstacle_out, error);
}

static bool item_turn(store *db, struct turn *turn, const struct action_item *item, GError **error)
{
    const struct action *action = turn->action;
    enum obstacle obstacle = OBSTACLE_NONE;
    bool is_redo = turn->is_redo, is_done, is_changed = true;
    switch (action->kind) {
    case ACTION_FLAGS:
        is_done = flags_between(db, action->id, item->placement_id, is_redo ? item->add : item->remove, is_redo ? item->remove : item->add,
                                &is_changed, &obstacle, error);
        break;
    case ACTION_KEYWORDS:
        is_done = keywords_turn(db, turn, item, &is_changed, &obstacle, error);
        break;
    case ACTION_SNOOZE:
    case ACTION_UNSNOOZE:
    case ACTION_MUTE:
    case ACTION_UNMUTE:
        is_done = tag_and_move_turn(db, turn, item, &obstacle, error);
        break;
    case ACTION_COPY:
        is_done = is_redo ? copy_again(db, turn, item, &obstacle, error) : copy_away(db, action, item, &obstacle, error);
        break;
    default:
        is_done = move_between(db, action->id, item->placement_id, is_redo ? item->from_folder_id : item->to_folder_id,
                               is_redo ? item->to_folder_id : item->from_folder_id, &obstacle, error);
    }
    turn->changed += is_done && is_changed && obstacle == OBSTACLE_NONE;
    turn->obstacles[obstacle]++;
    return is_done;
}

/* --- in words --- */

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the table's own formats, translated */

static char *obstacle_words(const struct turn *self)
{
    static const char *const words[OBSTACLE_COUNT][2] = {
        [OBSTACLE_GONE] = { NP_("%d is not there any more: another program took it away",
                                "%d are not there any more: another program took them away") },
        [OBSTACLE_FOR_GOOD] = { NP_("%d was deleted for good, also on the server", "%d were deleted for good, also on the server") },
        [OBSTACLE_MOVED_ON] = { NP_("%d was moved on since", "%d were moved on since") },
        [OBSTACLE_FOLDER_GONE] = { NP_("the folder that %d came from is gone", "the folder that %d came from is gone") },
    };
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    for (int i = OBSTACLE_GONE; i < OBSTACLE_COUNT; i++) {
        gulong count = (gulong)self->obstacles[i];
        if (count > 0)
            g_ptr_array_add(all, g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, words[i][0], words[i][1], count), (int)count));
    }
    g_ptr_array_add(all, NULL);
    return g_strjoinv("; ", (char **)all->pdata);
}

/* "Moved 3 messages to Archive", or why only some. */
static char *turn_words(store *db, const struct turn *self)
{
    g_autofree char *words = action_describe(db, self->action), *why = obstacle_words(self);
    if (*why == '\0')
        return g_steal_pointer(&words);
    return g_strdup_printf(_("%s (only %d: %s)"), words, (int)self->changed, why);
}

static bool fail_turn(const char *words, const char *why, GError **error)
{
    if (why != NULL && *why != '\0')
        g_set_error(error, STORE_ERROR, STORE_ERROR_MISSING, _("“%s” cannot be taken back or repeated any more: %s."), words, why);
    else
        g_set_error(error, STORE_ERROR, STORE_ERROR_MISSING,
                    _("“%s” cannot be taken back or repeated any more: the messages are not there."), words);
    return false;
}

/* --- the last one --- */

static int64_t renewed_of(const struct turn *turn, int64_t placement_id)
{
    const int64_t *now = g_hash_table_lookup(turn->renewed, &placement_id);
    return now != NULL ? *now : placement_id;
}

static bool renewed_follow_in(store *db, const struct turn *turn, int64_t action_id, GError **error)
{
    g_autoptr(GArray) items = action_items(db, action_id, error);
    bool is_done = items != NULL;
    for (guint i = 0; is_done && i < items->len; i++) {
        const struct action_item *item = &g_array_index(items, struct action_item, i);
        int64_t placement = renewed_of(turn, item->placement_id), source = renewed_of(turn, item->source_id);
        if (placement == item->placement_id && source == item->source_id)
            continue;
        is_done = store_run(db, error, "UPDATE action_items SET placement_id = ?, source_id = ? WHERE action_id = ? AND placement_id = ?",
                            NUM(placement), NUM(source), NUM(action_id), NUM(item->placement_id));
    }
    return is_done;
}

/* What was done with a copy, and was taken back too, is done again with the copy there is now. */
static bool renewed_follow(store *db, const struct turn *turn, GError **error)
{
    int64_t id = turn->action->id;
    while (turn->renewed != NULL && id != 0) {
        int64_t next = 0;
        if (!store_number(db, &next, error, "SELECT min(id) FROM actions WHERE is_undone = 1 AND id > ?", NUM(id)) ||
            (next != 0 && !renewed_follow_in(db, turn, next, error)))
            return false;
        id = next;
    }
    return true;
}

static bool items_turn(store *db, struct turn *turn, GError **error)
{
    g_autoptr(GArray) items = action_items(db, turn->action->id, error);
    if (items == NULL)
        return false;
    for (guint i = 0; i < items->len; i++) {
        if (!item_turn(db, turn, &g_array_index(items, struct action_item, i), error))
            return false;
        if (items->len > ACTION_MANY && !store_breathe(db, error))
            return false;
    }
    return renewed_follow(db, turn, error);
}

/* Why a message on its way out, or sent, is not taken back here: the screen does that, where it can be. */
static char *sending_words(store *db, const struct action *action)
{
    g_autoptr(GError) why = NULL;
    struct outbox_item *item = outbox_item(db, action->item_id, &why);
    if (item == NULL)
        return g_strdup(_("it is not in the outbox any more"));
    bool is_sent = item->state == OUTBOX_ACCEPTED || item->state == OUTBOX_FILED;
    outbox_item_free(item);
    return g_strdup(is_sent ? _("it has been sent") : _("it is being handed over to the server, or was refused and is in Drafts"));
}

/* *why_out: it cannot be, and nothing was changed. */
static bool action_turn(store *db, struct turn *turn, char **why_out, GError **error)
{
    const struct action *action = turn->action;
    switch (action->kind) {
    case ACTION_FOLDER_CREATE:
    case ACTION_FOLDER_RENAME:
    case ACTION_FOLDER_TRASH:
    case ACTION_FOLDER_DELETE:
    case ACTION_FOLDER_SUBSCRIBE:
    case ACTION_FOLDER_UNSUBSCRIBE:
        turn->changed = 1;
        return action_folder_turn(db, action, turn->is_redo, why_out, error);
    case ACTION_THREAD_BREAK:
    case ACTION_THREAD_JOIN:
        turn->changed = 1;
        return action_thread_turn(db, action, turn->is_redo, why_out, error);
    case ACTION_VIP:
    case ACTION_NO_VIP:
        turn->changed = 1;
        return vip_put(db, action->from_name, (action->kind == ACTION_VIP) == turn->is_redo, error);
    case ACTION_SEND:
        *why_out = sending_words(db, action);
        return true;
    case ACTION_DRAFT_THROWN:
        *why_out = g_strdup(_("its file is gone"));
        return true;
    default:
        break;
    }
    if (!items_turn(db, turn, error))
        return false;
    *why_out = turn->changed == 0 ? obstacle_words(turn) : NULL;
    return true;
}

static bool action_mark(store *db, const struct turn *turn, bool is_turned, GError **error)
{
    return is_turned ? store_run(db, error, "UPDATE actions SET is_undone = ? WHERE id = ?", NUM(!turn->is_redo), NUM(turn->action->id))
                     : action_forget(db, turn->action->id, error);
}

static bool turn_last(store *db, bool is_redo, char **description_out, GError **error)
{
    g_auto(action) action = { .id = 0 };
    struct turn turn = { .action = &action, .is_redo = is_redo };
    g_autofree char *words = NULL, *why = NULL;
    if (!store_begin(db, error))
        return false;
    bool is_done = action_next(db, is_redo, &action, error);
    if (is_done && action.id != 0) {
        words = action_describe(db, &action);
        is_done = action_turn(db, &turn, &why, error) && action_mark(db, &turn, why == NULL, error);
    }
    g_clear_pointer(&turn.renewed, g_hash_table_unref);
    if (!store_end(db, is_done, error) || action.id == 0)
        return false;
    if (why != NULL)
        return fail_turn(words, why, error);
    if (description_out != NULL)
        *description_out = turn_words(db, &turn);
    return true;
}

bool undo_last(store *db, char **description_out, GError **error)
{
    return turn_last(db, false, description_out, error);
}

bool redo_last(store *db, char **description_out, GError **error)
{
    return turn_last(db, true, description_out, error);
}

int64_t undo_size(store *db, bool is_redo)
{
    g_auto(action) action = { .id = 0 };
    return action_next(db, is_redo, &action, NULL) ? action.count : 0;
}

char *undo_describe(store *db)
{
    g_auto(action) action = { .id = 0 };
    return action_next(db, false, &action, NULL) && action.id != 0 ? action_describe(db, &action) : NULL;
}

/* --- what a person goes on with --- */

void undo_next_clear(struct undo_next *self)
{
    g_clear_pointer(&self->path, g_free);
}

bool undo_look(store *db, struct undo_next *next_out, GError **error)
{
    g_auto(action) action = { .id = 0 };
    *next_out = (struct undo_next){ .kind = UNDO_NOTHING };
    if (!action_next(db, false, &action, error))
        return false;
    if (action.id == 0)
        return true;
    *next_out = (struct undo_next){ .kind = action.kind == ACTION_SEND           ? UNDO_SENDING
                                            : action.kind == ACTION_DRAFT_THROWN ? UNDO_DRAFT
                                                                                 : UNDO_IN_STORE,
                                    .action_id = action.id,
                                    .item_id = action.item_id,
                                    .path = g_strdup(action.to_name) };
    return true;
}

bool undo_done(store *db, int64_t action_id, GError **error)
{
    return store_begin(db, error) && store_end(db, action_forget(db, action_id, error), error);
}

bool undo_record_thrown(store *db, const char *subject, const char *path, GError **error)
{
    const struct action thrown = { .kind = ACTION_DRAFT_THROWN, .from_name = (char *)subject, .to_name = (char *)path };
    return store_begin(db, error) && store_end(db, action_record(db, &thrown, error), error);
}
