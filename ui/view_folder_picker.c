/* SPDX-License-Identifier: MIT */
/* Asks for a folder: all of an account, or of all accounts, found by a part of the name. */
#include "core/intent.h"
#include "core/store_folder.h"
#include "ui/app.h"
#include "ui/filing.h"
#include "ui/folder_words.h"
#include "ui/picker.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { RECENT_MAX = 3 };

/* Where mail was filed last, the latest first: most goes where the one before went. */
static struct recent {
    int64_t account_id, folder_id;
} recents[RECENT_MAX]; /* of this screen's thread */

struct folder_question {
    int64_t account_id; /* where a new one would be made */
    bool is_filing;
    app_folder_answer *answer;
    void *data;
    GDestroyNotify data_free;
    char *name; /* of the new one; NULL */
};

static void free_question(gpointer data)
{
    struct folder_question *self = data;
    if (self->data_free != NULL)
        self->data_free(self->data);
    g_free(self->name);
    g_free(self);
}

struct making {
    struct folder_question *question;
    int64_t made;
};

static void free_making(void *data)
{
    struct making *self = data;
    free_question(self->question);
    g_free(self);
}

static bool apply_make(store *db, void *data, GError **error)
{
    struct making *self = data;
    self->made = intent_folder_create(db, self->question->account_id, self->question->name, error);
    return self->made != 0;
}

static void note_recent(int64_t account_id, int64_t folder_id)
{
    size_t at = 0;
    while (at < RECENT_MAX - 1 && recents[at].folder_id != folder_id)
        at++;
    memmove(recents + 1, recents, at * sizeof *recents);
    recents[0] = (struct recent){ account_id, folder_id };
}

static void made(app *ui, void *data, bool is_done, const GError *error)
{
    const struct making *self = data;
    if (!is_done && error != NULL)
        app_error(ui, "%s", error->message);
    if (is_done && self->question->is_filing)
        note_recent(self->question->account_id, self->made);
    self->question->answer(ui, self->question->data, self->made);
}

static void answer_make(app *ui, void *data, const char *line)
{
    struct folder_question *self = data;
    if (line == NULL || strcmp(line, "0") != 0) {
        self->answer(ui, self->data, 0);
        return;
    }
    struct making *making = g_new0(struct making, 1);
    making->question = g_memdup2(self, sizeof *self);
    self->data_free = NULL; /* the data and the name go along */
    self->name = NULL;
    const struct filing filing = { apply_make, made, free_making, making, 1, true };
    filing_start(ui, &filing);
}

static void ask_make(app *ui, struct folder_question *asked, const char *name)
{
    static const char *const choices[] = { N_("&Make it"), N_("&Not now"), NULL };
    struct folder_question *self = g_new0(struct folder_question, 1);
    g_autofree char *text = g_strdup_printf(_("There is no folder \"%s\"."), name);
    *self = *asked;
    self->name = g_strdup(name);
    asked->data_free = NULL; /* the data go along */
    view_choice_push(ui, _("new folder"), text, choices, answer_make, self, free_question);
}

static void answer_folder(app *ui, void *data, const struct picker_row *row)
{
    struct folder_question *self = data;
    if (row != NULL && row->id > 0 && self->is_filing)
        note_recent(self->account_id, row->id);
    if (row != NULL && row->id == PICKER_TYPED)
        ask_make(ui, self, row->text);
    else
        self->answer(ui, self->data, row != NULL ? row->id : 0);
}

static void add_rows(app *ui, GPtrArray *rows, GPtrArray *folders, int64_t account_id, bool is_own, bool is_named)
{
    const struct account *owner = NULL;
    int64_t owner_id = 0;
    for (guint i = 0; folders != NULL && i < folders->len; i++) {
        const struct folder *each = g_ptr_array_index(folders, i);
        if (each->account_id != owner_id) /* they come account by account: of ten thousand folders few are another's */
            owner = app_account(ui, each->account_id);
        owner_id = each->account_id;
        bool is_offered = owner != NULL && each->role != FOLDER_OUTBOX && !(each->flags & (FOLDER_IS_NOSELECT | FOLDER_IS_GONE));
        if (is_offered && (each->account_id == account_id) == is_own)
            g_ptr_array_add(rows, picker_row_new(folder_words(each), is_named ? owner->name : NULL, each->id));
    }
}

static void put_row(GPtrArray *rows, int64_t folder_id, bool is_first)
{
    for (guint i = 0; i < rows->len; i++) {
        struct picker_row *row = g_ptr_array_index(rows, i);
        if (row->id != folder_id)
            continue;
        g_ptr_array_steal_index(rows, i);
        g_ptr_array_insert(rows, is_first ? 0 : -1, row);
        return;
    }
}

void view_folder_picker_push(app *ui, const char *label, int64_t account_id, int64_t here, app_folder_answer *answer, void *data,
                             GDestroyNotify data_free)
{
    g_autoptr(GPtrArray) folders = store_folders(app_store(ui), 0, NULL);
    struct folder_question *self = g_new0(struct folder_question, 1);
    GPtrArray *rows = g_ptr_array_new();
    *self = (struct folder_question){
        .account_id = account_id, .is_filing = here != 0, .answer = answer, .data = data, .data_free = data_free
    };
    bool has_others = false;
    for (guint i = 0; folders != NULL && i < folders->len; i++)
        has_others |= ((const struct folder *)g_ptr_array_index(folders, i))->account_id != account_id;
    add_rows(ui, rows, folders, account_id, true, has_others);
    add_rows(ui, rows, folders, account_id, false, has_others);
    for (size_t i = RECENT_MAX; here != 0 && i > 0; i--)
        if (recents[i - 1].account_id == account_id)
            put_row(rows, recents[i - 1].folder_id, true);
    put_row(rows, here, false);
    picker_push(ui, label, rows, answer_folder, self, free_question);
    picker_begin_as_line(ui);
}

void view_folder_picker_offer_new(app *ui)
{
    picker_offer_typed(ui, _("new folder"), NULL);
}
