/* SPDX-License-Identifier: MIT */
/* The rows a list has in its hands: a window of the store around the cursor, with unfolded conversations in it. Cost O(screen) at any folder size. */
#include "ui/list_model.h"
#include "core/search_threads.h"
#include "core/store_folder.h"
#include "ui/list_model_private.h"
#include <string.h>

enum { ROWS_DEFAULT = 40, PAGES_AROUND = 2, CHILDREN_BUDGET = 600, CHILDREN_LEAST = 8 };

list_model *list_model_new(store *db)
{
    list_model *self = g_new0(list_model, 1);
    self->store = db;
    self->folders = g_array_new(FALSE, FALSE, sizeof(int64_t));
    self->sent = g_array_new(FALSE, FALSE, sizeof(int64_t));
    self->rows = ROWS_DEFAULT;
    self->window = g_ptr_array_new();
    self->children = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    self->items = g_array_new(FALSE, TRUE, sizeof(struct list_item));
    self->unfolded = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return self;
}

void list_model_free(list_model *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->window);
    g_ptr_array_unref(self->children);
    g_array_unref(self->items);
    g_hash_table_unref(self->unfolded);
    g_array_unref(self->folders);
    g_array_unref(self->sent);
    g_free(self->filter);
    g_free(self);
}

int64_t list_model_folder(const list_model *self)
{
    return self->folder_id;
}

int list_model_count(const list_model *self)
{
    return (int)self->items->len;
}

const struct list_item *list_model_item(const list_model *self, int at)
{
    return at >= 0 && at < (int)self->items->len ? &g_array_index(self->items, struct list_item, at) : NULL;
}

const struct list_item *list_model_current(const list_model *self)
{
    return list_model_item(self, self->cursor);
}

int list_model_cursor(const list_model *self)
{
    return self->cursor;
}

bool list_model_has_threads(const list_model *self)
{
    return !self->order.is_flat;
}

const struct window_order *list_model_order(const list_model *self)
{
    return &self->order;
}

const int64_t *list_model_folders(const list_model *self, size_t *count_out)
{
    *count_out = self->folders->len;
    return (const int64_t *)(const void *)self->folders->data;
}

bool list_model_has_folder(const list_model *self, int64_t folder_id)
{
    for (guint i = 0; i < self->folders->len; i++)
        if (g_array_index(self->folders, int64_t, i) == folder_id)
            return true;
    return false;
}

const char *list_model_filter(const list_model *self)
{
    return self->filter;
}

/* --- reading --- */

/* What is shown; what is found by a filter comes newest first in any order. */
struct window_query list_model_query(const list_model *self)
{
    bool is_ordered = self->filter == NULL;
    return (struct window_query){ .folder_id = self->folder_id,
                                  .kind = list_model_has_threads(self) ? WINDOW_THREADS : WINDOW_MESSAGES,
                                  .sort = is_ordered ? self->order.sort : WINDOW_BY_DATE,
                                  .is_reversed = is_ordered && self->order.is_reversed,
                                  .folders = (const int64_t *)(const void *)self->folders->data,
                                  .folder_count = self->folders->len,
                                  .sent = (const int64_t *)(const void *)self->sent->data,
                                  .sent_count = self->sent->len };
}

/* One's own answers are part of it, after what is here. */
GPtrArray *list_model_conversation(const list_model *self, int64_t thread_id, int limit)
{
    g_autoptr(GArray) folders = g_array_copy(self->folders);
    for (guint i = 0; i < self->sent->len; i++)
        if (!list_model_has_folder(self, g_array_index(self->sent, int64_t, i)))
            g_array_append_val(folders, g_array_index(self->sent, int64_t, i));
    return store_window_conversation(self->store, thread_id, (const int64_t *)(void *)folders->data, folders->len, limit, NULL);
}

static void add_conversation(list_model *self, const struct window_row *head, int limit)
{
    GPtrArray *rows = list_model_conversation(self, head->thread_id, limit);
    if (rows == NULL)
        return;
    g_ptr_array_add(self->children, rows);
    for (guint i = 0; i < rows->len; i++) {
        struct list_item item = {
            .row = g_ptr_array_index(rows, i), .is_child = true, .is_last_child = i + 1 == rows->len, .head = store_window_position(head)
        };
        item.is_elsewhere = !list_model_has_folder(self, item.row->folder_id);
        g_array_append_val(self->items, item);
    }
}

bool list_model_is_unfolded(const list_model *self, int64_t thread_id)
{
    return g_hash_table_contains(self->unfolded, &thread_id) != self->is_all_unfolded;
}

/* The window has so many rows at most, however long its conversations are. */
static int children_limit(const list_model *self)
{
    return self->is_all_unfolded ? MAX(CHILDREN_BUDGET / MAX((int)self->window->len, 1), CHILDREN_LEAST) : LIST_CONVERSATION_MAX;
}

void list_model_flatten(list_model *self)
{
    int limit = children_limit(self);
    g_array_set_size(self->items, 0);
    g_ptr_array_set_size(self->children, 0);
    for (guint i = 0; i < self->window->len; i++) {
        const struct window_row *row = g_ptr_array_index(self->window, i);
        bool is_conversation = list_model_has_threads(self) && row->thread_total + row->thread_sent > 1;
        if (is_conversation && list_model_is_unfolded(self, row->thread_id)) {
            add_conversation(self, row, limit);
            continue;
        }
        struct list_item item = { .row = row, .is_folded = is_conversation, .head = store_window_position(row) };
        g_array_append_val(self->items, item);
    }
}

/* The first item at or behind a position. */
static int item_at(const list_model *self, const struct window_position *position)
{
    struct window_query query = list_model_query(self);
    for (guint i = 0; i < self->items->len; i++)
        if (store_window_compare(&query, &g_array_index(self->items, struct list_item, i).head, position) >= 0)
            return (int)i;
    return MAX((int)self->items->len - 1, 0);
}

int list_model_find(const list_model *self, int64_t placement_id)
{
    for (guint i = 0; i < self->items->len; i++)
        if (g_array_index(self->items, struct list_item, i).row->placement_id == placement_id)
            return (int)i;
    return -1;
}

int list_model_find_thread(const list_model *self, int64_t thread_id)
{
    for (guint i = 0; i < self->items->len; i++)
        if (g_array_index(self->items, struct list_item, i).row->thread_id == thread_id)
            return (int)i;
    return -1;
}

static void keep_top(list_model *self, int screen_row, bool was_at_top)
{
    self->top = was_at_top && self->is_at_newest ? 0 : self->cursor - screen_row;
    list_model_top(self);
}

/* --- from a wish to the rows --- */

/* Around a position; without one from the beginning. */
struct wish list_model_wish(const list_model *self, enum landing landing, const struct window_position *anchor)
{
    int around = self->is_all_unfolded && list_model_has_threads(self) ? MAX(self->rows / 2, 10) : MAX(self->rows, 10) * PAGES_AROUND;
    struct wish wish = { .query = list_model_query(self), .landing = landing };
    wish.query.after = around;
    if (anchor == NULL)
        return wish;
    wish.query.has_anchor = true;
    wish.query.anchor_key = anchor->key;
    wish.query.anchor_tie = anchor->tie;
    memcpy(wish.query.anchor_text, anchor->text, sizeof anchor->text);
    wish.query.before = around;
    return wish;
}

static struct window_position anchor_of(const struct window_query *query)
{
    struct window_position at = { .key = query->anchor_key, .tie = query->anchor_tie };
    memcpy(at.text, query->anchor_text, sizeof at.text);
    return at;
}

static void install(list_model *self, const struct window_query *query, GPtrArray *rows)
{
    int newer = 0;
    struct window_position anchor = anchor_of(query);
    for (guint i = 0; query->has_anchor && i < rows->len; i++) {
        struct window_position at = store_window_position(g_ptr_array_index(rows, i));
        newer += store_window_compare(query, &at, &anchor) < 0;
    }
    self->is_at_newest = newer < query->before || !query->has_anchor;
    self->is_at_oldest = (int)rows->len - newer < query->after;
    g_ptr_array_unref(self->window);
    self->window = rows;
    list_model_flatten(self);
}

static void land_here(list_model *self, const struct wish *wish, GPtrArray *rows)
{
    const struct list_item *current = list_model_current(self);
    if (current == NULL) {
        install(self, &wish->query, rows);
        self->cursor = self->top = 0;
        return;
    }
    int screen_row = self->cursor - self->top;
    bool was_at_top = self->top == 0 && self->is_at_newest && wish->by == 0, is_child = current->is_child;
    int64_t mail = current->row->placement_id, thread = current->row->thread_id;
    struct window_position head = current->head;
    install(self, &wish->query, rows);
    int found = list_model_find(self, mail);
    if (found < 0 && list_model_has_threads(self) && !is_child)
        found = list_model_find_thread(self, thread); /* the conversation has a newer message now */
    self->cursor = found >= 0 ? found : item_at(self, &head);
    keep_top(self, screen_row, was_at_top);
    self->cursor = (int)CLAMP(self->cursor + wish->by, 0, MAX((int64_t)self->items->len - 1, 0));
    list_model_top(self);
}

static void land_on_mail(list_model *self, const struct wish *wish, GPtrArray *rows)
{
    struct window_position anchor = anchor_of(&wish->query);
    install(self, &wish->query, rows);
    int found = list_model_find(self, wish->mail);
    self->cursor = found >= 0 ? found : item_at(self, &anchor);
    if (wish->landing == LAND_PLACE)
        keep_top(self, self->place.screen_row, false);
    else
        keep_top(self, self->rows / 2, self->cursor < self->rows);
}

static void land(list_model *self, const struct wish *wish, GPtrArray *rows)
{
    switch (wish->landing) {
    case LAND_NEWEST:
    case LAND_OLDEST:
        install(self, &wish->query, rows);
        self->cursor = wish->landing == LAND_NEWEST ? 0 : MAX((int)self->items->len - 1, 0);
        list_model_top(self);
        break;
    case LAND_HERE:
        land_here(self, wish, rows);
        break;
    case LAND_MAIL:
    case LAND_PLACE:
        land_on_mail(self, wish, rows);
        break;
    }
}

static void forget_asked(list_model *self)
{
    if (self->is_asking)
        self->ask(self->ask_data, NULL);
    self->is_asking = self->is_searching = self->wants_reload = false;
}

static GPtrArray *read_rows(const list_model *self, const struct window_query *query)
{
    if (self->filter == NULL)
        return self->folder_id != 0 ? store_window_read(self->store, query, NULL) : g_ptr_array_new();
    return search_read_list(self->store, query, self->filter, self->is_typed, NULL, NULL, NULL);
}

/* The old window stays when the store cannot be read. */
void list_model_grant(list_model *self, const struct wish *wish)
{
    forget_asked(self);
    if (self->filter != NULL && self->ask != NULL) {
        const struct list_ask ask = { wish->query, self->filter, self->is_typed };
        self->asked = *wish;
        self->is_asking = true;
        self->ask(self->ask_data, &ask);
        return;
    }
    GPtrArray *rows = read_rows(self, &wish->query);
    if (rows != NULL)
        land(self, wish, rows);
}

void list_model_set_ask(list_model *self, list_model_ask *ask, void *data)
{
    forget_asked(self);
    self->ask = ask;
    self->ask_data = data;
}

bool list_model_is_typed(const list_model *self)
{
    return self->filter != NULL && self->is_typed;
}

bool list_model_is_searching(const list_model *self)
{
    return self->is_searching;
}

void list_model_answer(list_model *self, GPtrArray *rows)
{
    if (!self->is_asking) {
        if (rows != NULL)
            g_ptr_array_unref(rows);
        return;
    }
    bool is_again = self->wants_reload;
    self->is_asking = self->is_searching = self->wants_reload = false;
    if (rows != NULL)
        land(self, &self->asked, rows);
    if (is_again)
        list_model_reload(self);
}

static void read_newest(list_model *self)
{
    struct wish wish = list_model_wish(self, LAND_NEWEST, NULL);
    list_model_grant(self, &wish);
}

/* Reads what lies around the cursor, which moves by so many rows then. What is being read for the same end is not begun anew. */
void list_model_read_here(list_model *self, int64_t by)
{
    const struct list_item *current = list_model_current(self);
    if (self->is_asking && self->asked.landing == LAND_HERE) {
        self->asked.by += by;
        return;
    }
    if (self->is_filling && self->cursor == 0 && self->is_at_newest && by == 0 && self->filter == NULL) {
        read_newest(self);
        return;
    }
    struct window_query query = list_model_query(self);
    struct window_position anchor = current != NULL ? current->head : (struct window_position){ .key = 0 };
    if (current != NULL && self->filter == NULL) /* what was found stands where it was found */
        store_window_find(self->store, &query, current->row->placement_id, &anchor);
    struct wish wish = list_model_wish(self, current != NULL ? LAND_HERE : LAND_NEWEST, current != NULL ? &anchor : NULL);
    wish.by = by;
    list_model_grant(self, &wish);
}

void list_model_reload(list_model *self)
{
    if (self->is_asking)
        self->wants_reload = true; /* else a folder that changes all the time would never be read to the end */
    else
        list_model_read_here(self, 0);
}

void list_model_set_rows(list_model *self, int rows)
{
    bool is_more = rows > self->rows;
    self->rows = MAX(rows, 1);
    if (is_more && (self->folder_id != 0 || self->filter != NULL))
        list_model_reload(self);
}

/* False: it is not in the folder. */
bool list_model_read_around(list_model *self, int64_t mail)
{
    struct window_query query = list_model_query(self);
    struct window_position at;
    if (mail == 0 || self->filter != NULL || !store_window_find(self->store, &query, mail, &at))
        return false;
    struct wish wish = list_model_wish(self, LAND_MAIL, &at);
    wish.mail = mail;
    list_model_grant(self, &wish);
    return true;
}

static void read_sent_folders(list_model *self)
{
    g_autoptr(GArray) ids = self->folder_id != 0 ? store_folder_ids(self->store, FOLDER_SENT, NULL) : NULL;
    g_array_set_size(self->sent, 0);
    if (ids != NULL && ids->len > 0)
        g_array_append_vals(self->sent, ids->data, ids->len);
}

static void restart(list_model *self)
{
    const struct list_item *current = list_model_current(self);
    if (!list_model_read_around(self, current != NULL ? current->row->placement_id : 0))
        read_newest(self);
}

void list_model_show_view(list_model *self, int64_t view_id, const int64_t *folders, size_t count, int64_t placement_id)
{
    bool was_nothing = self->folder_id == 0 && placement_id == 0;
    forget_asked(self);
    self->folder_id = view_id;
    g_array_set_size(self->folders, 0);
    if (count > 0)
        g_array_append_vals(self->folders, folders, (guint)count);
    read_sent_folders(self);
    g_clear_pointer(&self->filter, g_free);
    self->place.is_set = self->is_all_unfolded = false;
    g_hash_table_remove_all(self->unfolded);
    self->cursor = self->top = 0;
    g_ptr_array_set_size(self->window, 0);
    list_model_flatten(self); /* nothing of the old folder, also when the new one cannot be read */
    if (!list_model_read_around(self, placement_id))
        read_newest(self);
    self->is_filling = self->items->len == 0 || was_nothing;
}

void list_model_show(list_model *self, int64_t folder_id, int64_t placement_id)
{
    list_model_show_view(self, folder_id, &folder_id, folder_id != 0, placement_id);
}

void list_model_set_order(list_model *self, const struct window_order *order, bool is_read)
{
    self->order = *order;
    if (is_read && self->folder_id != 0 && self->filter == NULL)
        restart(self);
    else if (is_read && self->filter != NULL)
        read_newest(self);
}

void list_model_set_threads(list_model *self, bool is_threads)
{
    struct window_order order = self->order;
    order.is_flat = !is_threads;
    list_model_set_order(self, &order, true);
}

static void place_keep(list_model *self)
{
    const struct list_item *current = list_model_current(self);
    self->place = (struct place){ .is_set = current != NULL, .screen_row = self->cursor - self->top };
    if (current == NULL)
        return;
    self->place.mail = current->row->placement_id;
    self->place.head = current->head;
}

static void place_return(list_model *self)
{
    if (!self->place.is_set) {
        restart(self);
        return;
    }
    struct wish wish = list_model_wish(self, LAND_PLACE, &self->place.head);
    wish.mail = self->place.mail;
    list_model_grant(self, &wish);
    self->place.is_set = false;
}

void list_model_set_filter(list_model *self, const char *words, bool is_typed)
{
    char *copy = g_strdup(words);
    forget_asked(self);
    if (self->filter == NULL && words != NULL)
        place_keep(self);
    g_free(self->filter);
    self->filter = copy;
    self->is_typed = is_typed;
    if (words == NULL && self->folder_id == 0) {
        g_ptr_array_set_size(self->window, 0);
        list_model_flatten(self);
        return;
    }
    if (words == NULL) {
        place_return(self);
        return;
    }
    read_newest(self);
    self->is_searching = self->is_asking;
}
