/* SPDX-License-Identifier: MIT */
/* Asks for a folder: all of an account, or of all accounts, found by a part of the name. */
#include "core/store_folder.h"
#include "ui/app.h"
#include "ui/folder_words.h"
#include "ui/picker.h"
#include <glib/gi18n-lib.h>

struct folder_question {
    app_folder_answer *answer;
    void *data;
    GDestroyNotify data_free;
};

static void free_question(gpointer data)
{
    struct folder_question *self = data;
    if (self->data_free != NULL)
        self->data_free(self->data);
    g_free(self);
}

static void answer_folder(app *ui, void *data, const struct picker_row *row)
{
    const struct folder_question *self = data;
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

/* Of the account first, then of all others. */
void view_folder_picker_push(app *ui, const char *label, int64_t account_id, app_folder_answer *answer, void *data,
                             GDestroyNotify data_free)
{
    g_autoptr(GPtrArray) folders = store_folders(app_store(ui), 0, NULL);
    struct folder_question *self = g_new0(struct folder_question, 1);
    GPtrArray *rows = g_ptr_array_new();
    *self = (struct folder_question){ answer, data, data_free };
    bool has_others = false;
    for (guint i = 0; folders != NULL && i < folders->len; i++)
        has_others |= ((const struct folder *)g_ptr_array_index(folders, i))->account_id != account_id;
    add_rows(ui, rows, folders, account_id, true, has_others);
    add_rows(ui, rows, folders, account_id, false, has_others);
    picker_push(ui, label, rows, answer_folder, self, free_question);
}
