/* SPDX-License-Identifier: MIT */
/* The list's cursor: moving, folding and unfolding, and which messages a command on it means. */
#include "core/intent.h"
#include "core/store_message.h"
#include "ui/list_model_private.h"

int list_model_top(list_model *self)
{
    int count = (int)self->items->len;
    self->cursor = CLAMP(self->cursor, 0, MAX(count - 1, 0));
    self->top = CLAMP(self->top, self->cursor - self->rows + 1, self->cursor);
    self->top = CLAMP(self->top, 0, MAX(count - self->rows, 0));
    return self->top;
}

void list_model_set_cursor(list_model *self, int at)
{
    self->is_filling = false;
    self->cursor = at;
    list_model_top(self);
}

void list_model_hold(list_model *self, int64_t placement_id)
{
    if (self->is_filling && placement_id != 0)
        list_model_reach(self, placement_id);
}

/* A filtered window comes later: it is asked for before the cursor is at its edge. */
static void read_ahead(list_model *self)
{
    bool is_near_newest = self->cursor < self->rows && !self->is_at_newest;
    bool is_near_oldest = self->cursor >= (int)self->items->len - self->rows && !self->is_at_oldest;
    if (self->filter != NULL && self->ask != NULL && !self->is_asking && (is_near_newest || is_near_oldest))
        list_model_read_here(self, 0);
}

bool list_model_step(list_model *self, int64_t by)
{
    int64_t wanted = self->cursor + by;
    self->is_filling = false;
    if (list_model_current(self) == NULL)
        return false;
    if ((wanted < 0 && !self->is_at_newest) || (wanted >= (int64_t)self->items->len && !self->is_at_oldest)) {
        list_model_read_here(self, by);
        return true;
    }
    int old = self->cursor;
    self->cursor = (int)CLAMP(wanted, 0, MAX((int64_t)self->items->len - 1, 0));
    list_model_top(self);
    read_ahead(self);
    return self->cursor != old;
}

/* A page: the picture moves, and the cursor with it. */
void list_model_scroll(list_model *self, int rows)
{
    int screen_row = self->cursor - self->top;
    list_model_step(self, rows);
    self->top = self->cursor - screen_row;
    list_model_top(self);
}

void list_model_end(list_model *self, bool is_top)
{
    self->is_filling = false;
    if (is_top ? !self->is_at_newest : !self->is_at_oldest) {
        struct wish wish = list_model_wish(self, is_top ? LAND_NEWEST : LAND_OLDEST, NULL);
        if (!is_top) { /* from the other end */
            wish.query.has_anchor = true;
            store_window_last(&wish.query);
            wish.query.before = wish.query.after;
        }
        list_model_grant(self, &wish);
        return;
    }
    self->cursor = is_top ? 0 : (int)self->items->len - 1;
    list_model_top(self);
}

/* Unfolds what is folded, and the other way round. */
static void turn(list_model *self, int64_t thread_id)
{
    if (!g_hash_table_remove(self->unfolded, &thread_id))
        g_hash_table_add(self->unfolded, g_memdup2(&thread_id, sizeof thread_id));
}

bool list_model_go(list_model *self, int64_t placement_id)
{
    int found = list_model_find(self, placement_id);
    const struct list_item *item = list_model_item(self, found);
    struct window_query query = list_model_query(self);
    struct window_position at;
    if (item != NULL && !item->is_folded) {
        self->cursor = found;
        list_model_top(self);
        return true;
    }
    if (self->filter != NULL || !store_window_find(self->store, &query, placement_id, &at))
        return false;
    if (list_model_has_threads(self) && !list_model_is_unfolded(self, at.tie)) /* a thread's tie is its id */
        turn(self, at.tie);
    return list_model_read_around(self, placement_id);
}

bool list_model_reach(list_model *self, int64_t placement_id)
{
    int found = list_model_find(self, placement_id);
    self->is_filling = false;
    if (found < 0)
        return list_model_read_around(self, placement_id);
    self->cursor = found;
    list_model_top(self);
    return true;
}

bool list_model_unfold(list_model *self, bool is_wanted)
{
    const struct list_item *current = list_model_current(self);
    if (current == NULL || (is_wanted ? !current->is_folded : !current->is_child))
        return false;
    int64_t thread = current->row->thread_id;
    int screen_row = self->cursor - self->top;
    self->is_filling = false;
    turn(self, thread);
    list_model_flatten(self);
    self->cursor = MAX(list_model_find_thread(self, thread), 0);
    self->top = self->cursor - (is_wanted ? screen_row : MIN(screen_row, self->cursor));
    list_model_top(self);
    return true;
}

void list_model_unfold_all(list_model *self, bool is_wanted)
{
    self->is_all_unfolded = is_wanted;
    g_hash_table_remove_all(self->unfolded);
    if (list_model_current(self) != NULL)
        list_model_read_here(self, 0);
}

bool list_model_is_unfolded_all(const list_model *self)
{
    return self->is_all_unfolded;
}

GArray *list_model_targets(const list_model *self)
{
    const struct list_item *current = list_model_current(self);
    GArray *targets = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; current != NULL && current->is_folded && i < self->folders->len; i++) {
        g_autoptr(GArray) here =
            intent_thread_placements(self->store, g_array_index(self->folders, int64_t, i), current->row->thread_id, NULL);
        if (here != NULL && here->len > 0)
            g_array_append_vals(targets, here->data, here->len);
    }
    if (targets->len == 0 && current != NULL)
        g_array_append_val(targets, current->row->placement_id);
    return targets;
}

int64_t list_model_to_open(const list_model *self)
{
    const struct list_item *current = list_model_current(self);
    if (current == NULL)
        return 0;
    if (!current->is_folded || current->row->thread_unread == 0)
        return current->row->placement_id;
    g_autoptr(GPtrArray) rows = list_model_conversation(self, current->row->thread_id, LIST_CONVERSATION_MAX);
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const struct window_row *row = g_ptr_array_index(rows, i);
        if (!(row->flags & MESSAGE_SEEN))
            return row->placement_id;
    }
    return current->row->placement_id;
}
