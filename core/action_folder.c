/* SPDX-License-Identifier: MIT */
/* Undo and redo of what was done to folders: the inverse where it still can be, else why not. */
#include "core/intent_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* A refusal of the inverse (a name that is taken, say) is a reason, not a failure. */
static bool as_reason(bool is_done, GError *why, char **why_out, GError **error)
{
    if (is_done || why == NULL)
        return is_done;
    if (!g_error_matches(why, STORE_ERROR, STORE_ERROR_OTHER) && !g_error_matches(why, STORE_ERROR, STORE_ERROR_MISSING)) {
        g_propagate_error(error, why);
        return false;
    }
    size_t length = strlen(why->message);
    *why_out = g_strndup(why->message, g_str_has_suffix(why->message, ".") ? length - 1 : length); /* it becomes part of a sentence */
    g_error_free(why);
    return true;
}

static bool rename_from(store *db, const struct action *action, const char *from, const char *to, char **why_out, GError **error)
{
    GError *why = NULL;
    g_autoptr(folder) box = store_folder(db, action->folder_id, NULL);
    if (box == NULL || (box->flags & FOLDER_IS_GONE)) {
        *why_out = g_strdup(_("the folder is gone"));
        return true;
    }
    if (g_strcmp0(box->name, from) != 0) {
        *why_out = g_strdup_printf(_("it is called %s by now"), box->name);
        return true;
    }
    bool is_done = intent_folder_apply_rename(db, box, to, &why);
    return as_reason(is_done, why, why_out, error);
}

/* Its row of the queue, of that type, if it was not sent yet and nothing else speaks of the folder. */
static bool unsent_row(store *db, const struct action *action, enum intent_type type, int64_t *id_out, GError **error)
{
    return store_number(db, id_out, error,
                        "SELECT i.id FROM intents AS i WHERE i.folder_id = ?1 AND i.type = ?2 AND i.state = 0 AND i.attempts = 0 AND NOT"
                        " EXISTS (SELECT 1 FROM intents AS o WHERE o.id > i.id AND (o.folder_id = ?1 OR o.target_folder_id = ?1))",
                        NUM(action->folder_id), NUM(type));
}

static bool intent_drop(store *db, int64_t id, GError **error)
{
    return store_run(db, error, "DELETE FROM intents WHERE id = ?", NUM(id));
}

static bool remove_made(store *db, const struct action *action, char **why_out, GError **error)
{
    int64_t unsent = 0;
    GError *why = NULL;
    g_autoptr(folder) box = store_folder(db, action->folder_id, NULL);
    if (box == NULL || (box->flags & FOLDER_IS_GONE)) {
        *why_out = g_strdup(_("the folder is gone"));
        return true;
    }
    if (box->total > 0) {
        *why_out = g_strdup(_("there is mail in it by now"));
        return true;
    }
    if (box->server_total > 0) { /* what was in it is being taken out, or has just come */
        g_set_error(error, STORE_ERROR, STORE_ERROR_BUSY, _("The server has not said yet that %s is empty: try again in a moment."),
                    box->name);
        return false;
    }
    if (!unsent_row(db, action, INTENT_FOLDER_CREATE, &unsent, error))
        return false;
    if (unsent != 0)
        return intent_drop(db, unsent, error) && store_folder_remove(db, box->id, error);
    bool is_done = intent_folder_apply_delete(db, box, &why);
    return as_reason(is_done, why, why_out, error);
}

static char delimiter_of(store *db, int64_t account_id)
{
    int64_t delimiter = '/';
    store_number(db, &delimiter, NULL, "SELECT delimiter FROM folders WHERE account_id = ? AND delimiter <> 0 LIMIT 1", NUM(account_id));
    return (char)delimiter;
}

/* Its deletion waits still: then it is only not done. */
static bool revive(store *db, int64_t unsent_id, const struct action *action, GError **error)
{
    return intent_drop(db, unsent_id, error) &&
           store_run(db, error, "UPDATE folders SET flags = flags & ~? WHERE id = ?", NUM(FOLDER_IS_GONE), NUM(action->folder_id));
}

static bool make_again(store *db, const struct action *action, char **why_out, GError **error)
{
    GError *why = NULL;
    int64_t unsent = 0;
    g_autoptr(folder) old = store_folder(db, action->folder_id, NULL);
    if (!unsent_row(db, action, INTENT_FOLDER_DELETE, &unsent, error))
        return false;
    if (unsent != 0)
        return revive(db, unsent, action, error);
    if (old != NULL && old->flags & FOLDER_IS_GONE) {
        g_set_error_literal(error, STORE_ERROR, STORE_ERROR_BUSY, _("The folder is just being deleted: try again in a moment."));
        return false;
    }
    struct folder box = { .id = action->folder_id,
                          .account_id = action->account_id,
                          .name = action->from_name,
                          .wire = (char *)"",
                          .delimiter = delimiter_of(db, action->account_id),
                          .flags = FOLDER_IS_SUBSCRIBED };
    bool is_done = intent_folder_apply_create(db, &box, &why);
    return as_reason(is_done, why, why_out, error);
}

static bool bring_back(store *db, const struct action *action, char **why_out, GError **error)
{
    int64_t unsent = 0;
    g_autoptr(folder) box = store_folder(db, action->folder_id, NULL);
    if (box != NULL && (box->flags & FOLDER_IS_GONE) == 0) {
        *why_out = g_strdup(_("the server did not delete it, it is still there"));
        return true;
    }
    if (!unsent_row(db, action, INTENT_FOLDER_DELETE, &unsent, error))
        return false;
    if (unsent != 0)
        return revive(db, unsent, action, error);
    if (action->item_id > 0)
        *why_out = g_strdup(_("it was deleted for good on the server, with the mail in it"));
    else if (box != NULL)
        *why_out = g_strdup(_("the server is just deleting it"));
    return *why_out != NULL || make_again(db, action, why_out, error);
}

static bool delete_again(store *db, const struct action *action, char **why_out, GError **error)
{
    GError *why = NULL;
    g_autoptr(folder) box = store_folder(db, action->folder_id, &why);
    bool is_done = box != NULL && intent_folder_apply_delete(db, box, &why);
    return as_reason(is_done, why, why_out, error);
}

static bool subscribe_again(store *db, const struct action *action, bool is_subscribed, char **why_out, GError **error)
{
    GError *why = NULL;
    g_autoptr(folder) box = store_folder(db, action->folder_id, &why);
    bool is_done = box != NULL && intent_folder_apply_subscribe(db, box, is_subscribed, &why);
    return as_reason(is_done, why, why_out, error);
}

bool action_folder_turn(store *db, const struct action *action, bool is_redo, char **why_out, GError **error)
{
    const char *from = action->from_name, *to = action->to_name;
    switch (action->kind) {
    case ACTION_FOLDER_CREATE:
        return is_redo ? make_again(db, action, why_out, error) : remove_made(db, action, why_out, error);
    case ACTION_FOLDER_DELETE:
        return is_redo ? delete_again(db, action, why_out, error) : bring_back(db, action, why_out, error);
    case ACTION_FOLDER_RENAME:
    case ACTION_FOLDER_TRASH:
        return rename_from(db, action, is_redo ? from : to, is_redo ? to : from, why_out, error);
    case ACTION_FOLDER_SUBSCRIBE:
    case ACTION_FOLDER_UNSUBSCRIBE:
        return subscribe_again(db, action, (action->kind == ACTION_FOLDER_SUBSCRIBE) == is_redo, why_out, error);
    default:
        *why_out = g_strdup(_("this postern does not know how"));
        return true;
    }
}
