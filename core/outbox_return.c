/* SPDX-License-Identifier: MIT */
/* From the outbox back to Drafts. Everything but the recipients stays as it is. */
#include "core/outbox_return.h"
#include "core/outbox_leaving.h"
#include "core/outbox_people.h"
#include "core/outbox_private.h"
#include "config/paths.h"
#include "core/blob.h"
#include "core/header_fields.h"
#include "core/intent.h"
#include "core/message_private.h"
#include "core/store_role.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static void add_reasons(GString *out, const struct outbox_item *item)
{
    bool has_some = false;
    for (size_t i = 0; item->recipients[i] != NULL; i++) {
        if (item->fates[i].fate == OUTBOX_FATE_TOOK || item->fates[i].reply == NULL)
            continue;
        g_string_append_printf(out, OUTBOX_REASON_FIELD ": %s: %s\n", item->recipients[i], item->fates[i].reply);
        has_some = true;
    }
    if (has_some || item->reply == NULL)
        return;
    g_autofree char *line = g_strdelimit(g_strdup(item->reply), "\r\n", ' ');
    g_string_append_printf(out, OUTBOX_REASON_FIELD ": %s\n", line);
}

/* That something was read (core/receipt): nothing a person would go on writing. */
static bool is_receipt(const GArray *fields)
{
    for (guint i = 0; i < fields->len; i++) {
        const struct header_field *each = &g_array_index(fields, struct header_field, i);
        g_autofree char *value = header_field_is(each, "Content-Type") ? header_field_value(each) : NULL;
        if (value != NULL)
            return strstr(value, "multipart/report") != NULL && strstr(value, "disposition-notification") != NULL;
    }
    return false;
}

GBytes *outbox_return_bytes(const struct outbox_item *item, const char *bytes, size_t size)
{
    static const char *const people[] = { "To", "Cc", "Bcc" };
    const char *rest = NULL;
    message_start();
    g_autoptr(GArray) fields = header_fields_split(bytes, size, &rest);
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) draft = g_string_sized_new(size + 512);
    if (header_fields_have(fields, "Resent-From") || is_receipt(fields))
        return NULL;
    add_reasons(draft, item);
    for (guint i = 0; i < fields->len; i++) {
        const struct header_field *field = &g_array_index(fields, struct header_field, i);
        const char *name = NULL;
        for (size_t k = 0; k < G_N_ELEMENTS(people); k++)
            name = header_field_is(field, people[k]) ? people[k] : name;
        g_autofree char *value = name != NULL ? header_field_value(field) : NULL;
        if (name != NULL)
            outbox_people_append(draft, name, value, item, seen);
        else
            g_string_append_len(draft, field->begin, field->end - field->begin);
    }
    if (draft->len > 0 && draft->str[draft->len - 1] != '\n')
        g_string_append_c(draft, '\n');
    outbox_hidden_append(draft, item, seen, false);
    g_string_append_c(draft, '\n');
    g_string_append_len(draft, rest, bytes + size - rest);
    return g_string_free_to_bytes(g_steal_pointer(&draft));
}

/* The draft's name is made of the row: done twice, also after a crash, it is one. */
static char *write_draft(const struct outbox_item *item, GBytes *bytes, GError **error)
{
    g_autofree char *mail = paths_mail_directory(item->account_key, NULL), *directory = g_build_filename(mail, ".filing", NULL);
    g_autofree char *name = g_strdup_printf("returned-%" G_GINT64_FORMAT, item->id);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    if (!paths_make(directory, error) ||
        !g_file_set_contents_full(path, data, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error))
        return NULL;
    return g_steal_pointer(&path);
}

static bool put_into_drafts(store *db, const struct outbox_item *item, int64_t drafts, bool *has_draft_out, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize size = 0;
    if (!g_file_get_contents(item->path, &bytes, &size, error))
        return false;
    g_autoptr(GBytes) draft = outbox_return_bytes(item, bytes, size);
    g_autofree char *path = draft != NULL ? write_draft(item, draft, error) : NULL;
    *has_draft_out = draft != NULL;
    return draft == NULL || (path != NULL && intent_append(db, drafts, path, MESSAGE_SEEN | MESSAGE_DRAFT, error) != 0);
}

/* Both or neither: a draft for a row that asks for one again would be a second one. */
static bool move_to_drafts(store *db, const struct outbox_item *item, int64_t drafts, GError **error)
{
    if (!store_begin_durable(db, error))
        return false;
    bool has_draft = false;
    bool is_done = (item->path == NULL || put_into_drafts(db, item, drafts, &has_draft, error)) &&
                   outbox_set_returned(db, item->id, has_draft, error) && outbox_leaving_write(db, item->account_id, item->file, error);
    return store_end(db, is_done, error);
}

bool outbox_return(store *db, const struct outbox_item *item, bool is_imap, GError **error)
{
    if (item->is_returned)
        return true;
    /* Elsewhere than with IMAP nobody else says where folders are. */
    if (!is_imap && !store_role_knows_home(db, item->account_id) && !store_role_set_home(db, item->account_id, "", '/', error))
        return false;
    int64_t drafts = store_role_folder(db, item->account_id, FOLDER_DRAFTS, NULL);
    if (drafts == 0)
        return true; /* not known yet: it is looked for again */
    if (!move_to_drafts(db, item, drafts, error))
        return false;
    outbox_drop_file(db, item);
    return true;
}
