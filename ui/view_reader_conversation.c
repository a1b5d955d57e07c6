/* SPDX-License-Identifier: MIT */
/* The messages of a conversation in the reader: read from the store, and kept as they are there. */
#include "core/store_message.h"
#include "ui/view_reader_private.h"

enum {
    AT_ONCE_MAX = 300,        /* rows of a conversation that are read without a thread */
    CONVERSATION_MAX = 50000, /* and with one */
};

/* The parts as they are in the store now; what was open stays so. A message that others took away stays while the cursor is on it. */
static void take_entries(struct view_reader *self, const GArray *entries)
{
    GArray *old = self->parts;
    int64_t current = view_reader_part(self, self->current)->entry.placement_id,
            top = view_reader_part(self, self->top.part)->entry.placement_id;
    g_autoptr(GHashTable) places = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < old->len; i++)
        g_hash_table_insert(places, &g_array_index(old, struct part, i).entry.placement_id, GUINT_TO_POINTER(i + 1));
    GArray *fresh = g_array_new(FALSE, TRUE, sizeof(struct part));
    g_array_set_clear_func(fresh, view_reader_part_clear);
    for (guint i = 0; i < entries->len; i++) {
        struct part part = { .entry = g_array_index(entries, struct conversation_entry, i) };
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(places, &part.entry.placement_id));
        struct part *was = place > 0 ? &g_array_index(old, struct part, place - 1) : NULL;
        part.is_open = was != NULL ? was->is_open : self->is_all_open || !(part.entry.flags & MESSAGE_SEEN) || i + 1 == entries->len;
        part.page = was != NULL ? g_steal_pointer(&was->page) : NULL;
        g_array_append_val(fresh, part);
    }
    struct part *left = &g_array_index(old, struct part, self->current);
    self->parts = fresh;
    if (view_reader_find_part(self, current) < 0) {
        struct part ghost = { .entry = left->entry, .is_open = true, .page = g_steal_pointer(&left->page) };
        guint at = MIN(self->current, fresh->len);
        if (ghost.page != NULL && !self->is_conversation)
            reader_page_note_gone(ghost.page);
        g_array_insert_val(fresh, at, ghost);
    }
    self->current = (guint)MAX(view_reader_find_part(self, current), 0);
    int at = view_reader_find_part(self, top);
    self->top.part = at >= 0 ? (guint)at : self->current;
    self->top.line = at >= 0 ? self->top.line : 0;
    g_array_unref(old);
    view_touch(&self->base);
}

struct reading {
    int64_t thread_id, folder_id;
    GArray *entries;
};

static void reading_free(gpointer data)
{
    struct reading *reading = data;
    g_clear_pointer(&reading->entries, g_array_unref);
    g_free(reading);
}

static void reading_work(store *db, void *data)
{
    struct reading *reading = data;
    if (db != NULL)
        reading->entries = store_conversation(db, reading->thread_id, reading->folder_id, CONVERSATION_MAX, NULL);
}

/* Short ones at once, long ones on the loader's thread. NULL: later, or it cannot be read. */
static GArray *entries_read(struct view_reader *self)
{
    GArray *entries = store_conversation(app_store(self->base.app), self->thread_id, self->folder_id, AT_ONCE_MAX, NULL);
    if (entries == NULL || entries->len < AT_ONCE_MAX * 9 / 10)
        return entries;
    g_array_unref(entries);
    struct reading *reading = g_new0(struct reading, 1);
    reading->thread_id = self->thread_id;
    reading->folder_id = self->folder_id;
    if (self->job != 0)
        query_cancel(app_loader(self->base.app), self->job);
    self->job = query_run(app_loader(self->base.app), reading_work, reading, reading_free);
    return NULL;
}

/* Where the cursor's message is, with what is above it where that is short. */
static void show_current(struct view_reader *self)
{
    self->top = (struct spot){ self->current, 0 };
    struct spot start = { 0, 0 };
    bool is_short = self->current < (guint)(view_reader_body_rows(self) / 3);
    for (guint i = 0; is_short && i < self->current; i++)
        is_short = !view_reader_part(self, i)->is_open;
    if (is_short)
        self->top = start;
    view_reader_keep_top(self);
}

static void become_conversation(struct view_reader *self, const GArray *entries)
{
    self->is_conversation = entries->len > 1;
    take_entries(self, entries);
    if (self->is_conversation)
        show_current(self);
}

void view_reader_show_conversation(view *base, int64_t placement_id)
{
    struct view_reader *self = view_reader_of(base);
    view_reader_show(base, placement_id);
    g_autoptr(GArray) entries = self->parts->len > 0 ? entries_read(self) : NULL;
    if (entries != NULL && entries->len > 1)
        become_conversation(self, entries);
}

bool view_reader_take_conversation(struct view_reader *self, const struct event *news)
{
    if (news->type != EVENT_QUERY_DONE || self->job == 0 || news->item != self->job)
        return false;
    struct reading *reading = query_take(app_loader(self->base.app), self->job);
    self->job = 0;
    if (reading != NULL && reading->entries != NULL && self->parts->len > 0) {
        bool is_new = !self->is_conversation;
        self->is_conversation = reading->entries->len > 1;
        take_entries(self, reading->entries);
        if (is_new)
            show_current(self);
    }
    if (reading != NULL)
        reading_free(reading);
    return true;
}

/* Is it in the store at all? */
static void note_row(reader_page *page /* may be NULL */, const struct placement *row /* NULL: gone */)
{
    if (page != NULL && row == NULL)
        reader_page_note_gone(page);
    else if (page != NULL)
        reader_page_note_row(page, row);
}

static void look_after_single(struct view_reader *self)
{
    struct part *part = view_reader_part(self, 0);
    g_autoptr(placement) row = store_placement(app_store(self->base.app), part->entry.placement_id, NULL);
    note_row(part->page, row);
}

/* Before anything is drawn: messages that joined, left, or were read elsewhere. */
void view_reader_refresh(struct view_reader *self)
{
    if (!self->is_stale || self->parts->len == 0)
        return;
    self->is_stale = false;
    if (!self->is_conversation) {
        look_after_single(self);
        return;
    }
    g_autoptr(GArray) entries = entries_read(self);
    if (entries == NULL)
        return;
    int64_t current = view_reader_part(self, self->current)->entry.placement_id;
    take_entries(self, entries);
    g_autoptr(placement) row = store_placement(app_store(self->base.app), current, NULL);
    note_row(view_reader_page(self), row);
}
