/* SPDX-License-Identifier: MIT */
/* The rows a list has in its hands: a window of the store around the cursor, with unfolded conversations in it. Cost O(screen) at any folder size. */
#include "ui/list_model.h"
#include "core/intent.h"
#include "core/store_message.h"
#include <string.h>

enum { CONVERSATION_MAX = 500, ROWS_DEFAULT = 40, PAGES_AROUND = 3 };

/* Where the cursor goes when the rows of a window are there. */
enum landing { LAND_NEWEST, LAND_OLDEST, LAND_HERE /* on its message, or what took its place */, LAND_MAIL /* on a certain message */ };
struct wish {
    struct window_query query;
    enum landing landing;
    int64_t mail, by; /* LAND_MAIL; LAND_HERE: so many rows further */
};

struct list_model {
    store *store;
    int64_t folder_id;
    enum window_kind kind;
    char *filter;
    bool is_typed;
    int rows;
    GPtrArray *window;    /* of struct window_row*: newest first */
    GPtrArray *children;  /* of GPtrArray*: keeps the unfolded conversations' rows */
    GArray *items;        /* of struct list_item */
    GHashTable *unfolded; /* thread ids */
    int cursor, top;
    bool is_at_newest, is_at_oldest;
    list_model_ask *ask; /* NULL: every window is read at once */
    void *ask_data;
    struct wish asked;
    bool is_asking, is_searching, wants_reload;
};

list_model *list_model_new(store *db)
{
    list_model *self = g_new0(list_model, 1);
    self->store = db;
    self->kind = WINDOW_THREADS;
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
    return self->kind == WINDOW_THREADS;
}

const char *list_model_filter(const list_model *self)
{
    return self->filter;
}

/* --- reading --- */

static void add_conversation(list_model *self, const struct window_row *head)
{
    GPtrArray *rows = store_window_thread(self->store, head->thread_id, self->folder_id, CONVERSATION_MAX, NULL);
    if (rows == NULL)
        return;
    g_ptr_array_add(self->children, rows);
    for (guint i = 0; i < rows->len; i++) {
        struct list_item item = { .row = g_ptr_array_index(rows, i),
                                  .is_child = true,
                                  .is_last_child = i + 1 == rows->len,
                                  .head_key = head->sort_key,
                                  .head_tie = head->tie };
        g_array_append_val(self->items, item);
    }
}

static void flatten(list_model *self)
{
    g_array_set_size(self->items, 0);
    g_ptr_array_set_size(self->children, 0);
    for (guint i = 0; i < self->window->len; i++) {
        const struct window_row *row = g_ptr_array_index(self->window, i);
        bool is_conversation = self->kind == WINDOW_THREADS && row->thread_total > 1;
        if (is_conversation && g_hash_table_contains(self->unfolded, &row->thread_id)) {
            add_conversation(self, row);
            continue;
        }
        struct list_item item = { .row = row, .is_folded = is_conversation, .head_key = row->sort_key, .head_tie = row->tie };
        g_array_append_val(self->items, item);
    }
}

/* The first item at or behind a position. */
static int item_at(const list_model *self, int64_t key, int64_t tie)
{
    for (guint i = 0; i < self->items->len; i++) {
        const struct list_item *item = &g_array_index(self->items, struct list_item, i);
        if (item->head_key < key || (item->head_key == key && item->head_tie <= tie))
            return (int)i;
    }
    return MAX((int)self->items->len - 1, 0);
}

static int find_placement(const list_model *self, int64_t placement_id)
{
    for (guint i = 0; i < self->items->len; i++)
        if (g_array_index(self->items, struct list_item, i).row->placement_id == placement_id)
            return (int)i;
    return -1;
}

static int find_thread(const list_model *self, int64_t thread_id)
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

/* Around a position; without one the newest. */
static struct wish wish_for(const list_model *self, enum landing landing, bool has_anchor, int64_t key, int64_t tie)
{
    int around = MAX(self->rows, 10) * PAGES_AROUND;
    struct window_query query = { .folder_id = self->folder_id,
                                  .kind = self->kind,
                                  .has_anchor = has_anchor,
                                  .anchor_key = key,
                                  .anchor_tie = tie,
                                  .before = has_anchor ? around : 0,
                                  .after = around };
    return (struct wish){ .query = query, .landing = landing };
}

static void install(list_model *self, const struct window_query *query, GPtrArray *rows)
{
    int newer = 0;
    for (guint i = 0; query->has_anchor && i < rows->len; i++) {
        const struct window_row *row = g_ptr_array_index(rows, i);
        newer += row->sort_key > query->anchor_key || (row->sort_key == query->anchor_key && row->tie > query->anchor_tie);
    }
    self->is_at_newest = newer < query->before || !query->has_anchor;
    self->is_at_oldest = (int)rows->len - newer < query->after;
    g_ptr_array_unref(self->window);
    self->window = rows;
    flatten(self);
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
    int64_t mail = current->row->placement_id, thread = current->row->thread_id, key = current->head_key, tie = current->head_tie;
    install(self, &wish->query, rows);
    int found = find_placement(self, mail);
    if (found < 0 && self->kind == WINDOW_THREADS && !is_child)
        found = find_thread(self, thread); /* the conversation has a newer message now */
    self->cursor = found >= 0 ? found : item_at(self, key, tie);
    keep_top(self, screen_row, was_at_top);
    self->cursor = (int)CLAMP(self->cursor + wish->by, 0, MAX((int64_t)self->items->len - 1, 0));
    list_model_top(self);
}

static void land_on_mail(list_model *self, const struct wish *wish, GPtrArray *rows)
{
    install(self, &wish->query, rows);
    int found = find_placement(self, wish->mail);
    self->cursor = found >= 0 ? found : item_at(self, wish->query.anchor_key, wish->query.anchor_tie);
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
    const struct search_request request = { self->filter,      self->is_typed, self->folder_id, query->has_anchor,
                                            query->anchor_key, query->before,  query->after,   NULL };
    return search_read(self->store, &request, NULL, NULL);
}

/* The old window stays when the store cannot be read. */
static void grant(list_model *self, const struct wish *wish)
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

/* Reads what lies around the cursor, which moves by so many rows then. What is being read for the same end is not begun anew. */
static void read_here(list_model *self, int64_t by)
{
    const struct list_item *current = list_model_current(self);
    if (self->is_asking && self->asked.landing == LAND_HERE) {
        self->asked.by += by;
        return;
    }
    struct wish wish = wish_for(self, current != NULL ? LAND_HERE : LAND_NEWEST, current != NULL, 0, 0);
    if (current != NULL) {
        wish.query.anchor_key = current->head_key;
        wish.query.anchor_tie = current->head_tie;
        if (self->filter == NULL) /* what was found stands where it was found */
            store_window_locate(self->store, self->kind, self->folder_id, current->row->placement_id, &wish.query.anchor_key,
                                &wish.query.anchor_tie);
    }
    wish.by = by;
    grant(self, &wish);
}

void list_model_reload(list_model *self)
{
    if (self->is_asking)
        self->wants_reload = true; /* else a folder that changes all the time would never be read to the end */
    else
        read_here(self, 0);
}

void list_model_set_rows(list_model *self, int rows)
{
    bool is_more = rows > self->rows;
    self->rows = MAX(rows, 1);
    if (is_more && (self->folder_id != 0 || self->filter != NULL))
        list_model_reload(self);
}

/* False: it is not in the folder. */
static bool read_around_mail(list_model *self, int64_t mail)
{
    int64_t key = 0, tie = 0;
    if (mail == 0 || self->filter != NULL || !store_window_locate(self->store, self->kind, self->folder_id, mail, &key, &tie))
        return false;
    struct wish wish = wish_for(self, LAND_MAIL, true, key, tie);
    wish.mail = mail;
    grant(self, &wish);
    return true;
}

static void read_newest(list_model *self)
{
    struct wish wish = wish_for(self, LAND_NEWEST, false, 0, 0);
    grant(self, &wish);
}

void list_model_show(list_model *self, int64_t folder_id, int64_t placement_id)
{
    forget_asked(self);
    self->folder_id = folder_id;
    g_clear_pointer(&self->filter, g_free);
    g_hash_table_remove_all(self->unfolded);
    self->cursor = self->top = 0;
    g_ptr_array_set_size(self->window, 0);
    flatten(self); /* nothing of the old folder, also when the new one cannot be read */
    if (!read_around_mail(self, placement_id))
        read_newest(self);
}

static void restart(list_model *self)
{
    const struct list_item *current = list_model_current(self);
    if (!read_around_mail(self, current != NULL ? current->row->placement_id : 0))
        read_newest(self);
}

void list_model_set_threads(list_model *self, bool is_threads)
{
    self->kind = is_threads ? WINDOW_THREADS : WINDOW_MESSAGES;
    if (self->folder_id != 0)
        restart(self);
}

void list_model_set_filter(list_model *self, const char *words, bool is_typed)
{
    char *copy = g_strdup(words);
    forget_asked(self);
    g_free(self->filter);
    self->filter = copy;
    self->is_typed = is_typed;
    if (words == NULL && self->folder_id == 0) {
        g_ptr_array_set_size(self->window, 0);
        flatten(self);
        return;
    }
    if (words == NULL) {
        restart(self);
        return;
    }
    read_newest(self);
    self->is_searching = self->is_asking;
}

/* --- moving --- */

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
    self->cursor = at;
    list_model_top(self);
}

/* A filtered window comes later: it is asked for before the cursor is at its edge. */
static void read_ahead(list_model *self)
{
    bool is_near_newest = self->cursor < self->rows && !self->is_at_newest;
    bool is_near_oldest = self->cursor >= (int)self->items->len - self->rows && !self->is_at_oldest;
    if (self->filter != NULL && self->ask != NULL && !self->is_asking && (is_near_newest || is_near_oldest))
        read_here(self, 0);
}

bool list_model_step(list_model *self, int64_t by)
{
    int64_t wanted = self->cursor + by;
    if (list_model_current(self) == NULL)
        return false;
    if ((wanted < 0 && !self->is_at_newest) || (wanted >= (int64_t)self->items->len && !self->is_at_oldest)) {
        read_here(self, by);
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
    if (is_top ? !self->is_at_newest : !self->is_at_oldest) {
        struct wish wish = wish_for(self, is_top ? LAND_NEWEST : LAND_OLDEST, !is_top, G_MININT64, G_MININT64);
        grant(self, &wish);
        return;
    }
    self->cursor = is_top ? 0 : (int)self->items->len - 1;
    list_model_top(self);
}

bool list_model_go(list_model *self, int64_t placement_id)
{
    int found = find_placement(self, placement_id);
    const struct list_item *item = list_model_item(self, found);
    int64_t key = 0, tie = 0;
    if (item != NULL && !item->is_folded) {
        self->cursor = found;
        list_model_top(self);
        return true;
    }
    if (self->filter != NULL || !store_window_locate(self->store, self->kind, self->folder_id, placement_id, &key, &tie))
        return false;
    if (self->kind == WINDOW_THREADS)
        g_hash_table_add(self->unfolded, g_memdup2(&tie, sizeof tie)); /* a thread's tie is its id */
    return read_around_mail(self, placement_id);
}

bool list_model_unfold(list_model *self, bool is_wanted)
{
    const struct list_item *current = list_model_current(self);
    if (current == NULL || (is_wanted ? !current->is_folded : !current->is_child))
        return false;
    int64_t thread = current->row->thread_id;
    int screen_row = self->cursor - self->top;
    if (is_wanted)
        g_hash_table_add(self->unfolded, g_memdup2(&thread, sizeof thread));
    else
        g_hash_table_remove(self->unfolded, &thread);
    flatten(self);
    self->cursor = MAX(find_thread(self, thread), 0);
    self->top = self->cursor - (is_wanted ? screen_row : MIN(screen_row, self->cursor));
    list_model_top(self);
    return true;
}

GArray *list_model_targets(const list_model *self)
{
    const struct list_item *current = list_model_current(self);
    GArray *targets = NULL;
    if (current != NULL && current->is_folded)
        targets = intent_thread_placements(self->store, self->folder_id, current->row->thread_id, NULL);
    if (targets == NULL)
        targets = g_array_new(FALSE, FALSE, sizeof(int64_t));
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
    g_autoptr(GPtrArray) rows = store_window_thread(self->store, current->row->thread_id, self->folder_id, CONVERSATION_MAX, NULL);
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const struct window_row *row = g_ptr_array_index(rows, i);
        if (!(row->flags & MESSAGE_SEEN))
            return row->placement_id;
    }
    return current->row->placement_id;
}
