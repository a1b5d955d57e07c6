/* SPDX-License-Identifier: MIT */
/* CREATE, RENAME and DELETE: each may be repeated after a crash, so a refusal is looked at before it is believed. */
#include "core/intent_private.h"
#include "core/intent_replay_private.h"
#include <glib/gi18n-lib.h>

static imap_request send_change(imap_session *self, const struct intent *intent)
{
    switch (intent->type) {
    case INTENT_FOLDER_CREATE:
        return imap_send_create(self->client, intent->path, NULL);
    case INTENT_FOLDER_RENAME:
        return imap_send_rename(self->client, intent->file, intent->path);
    default:
        return imap_send_delete(self->client, intent->file);
    }
}

static bool is_on_server(imap_session *self, const char *name, bool *is_there_out, GError **error)
{
    struct imap_reply reply;
    if (!imap_wait(self->client, imap_send_status(self->client, name, IMAP_STATUS_UIDVALIDITY), &reply, error))
        return false;
    *is_there_out = reply.status == IMAP_OK;
    return true;
}

/* Refused: perhaps because an attempt before did it already, or another program. */
static bool is_done_already(imap_session *self, const struct intent *intent, bool *is_done_out, GError **error)
{
    bool is_old_there = true, is_new_there = false;
    if (!is_on_server(self, intent->file, &is_old_there, error) ||
        (intent->path != NULL && !is_on_server(self, intent->path, &is_new_there, error)))
        return false;
    *is_done_out = intent->type == INTENT_FOLDER_CREATE   ? is_new_there
                   : intent->type == INTENT_FOLDER_RENAME ? is_new_there && !is_old_there
                                                          : !is_old_there;
    return true;
}

/* Best effort: a folder that is not subscribed is only hidden in other programs. */
static bool follow_subscription(imap_session *self, const struct intent *intent, GError **error)
{
    struct imap_reply reply;
    if (intent->type != INTENT_FOLDER_CREATE)
        imap_send_subscribe(self->client, intent->file, false);
    if (intent->type != INTENT_FOLDER_DELETE)
        imap_send_subscribe(self->client, intent->path, true);
    return imap_wait_all(self->client, &reply, error);
}

/* One that was made and renamed is made under its new name. */
static struct intent under_new_name(GPtrArray *batch)
{
    struct intent made = *(const struct intent *)g_ptr_array_index(batch, 0); /* its strings are borrowed */
    if (batch->len > 1)
        made.file = made.path = ((const struct intent *)g_ptr_array_index(batch, 1))->path;
    return made;
}

bool replay_folder(imap_session *self, GPtrArray *batch, GError **error)
{
    const struct intent made = under_new_name(batch), *intent = &made;
    struct imap_reply reply;
    bool is_done = false;
    if (batch->len > 1 && ((const struct intent *)g_ptr_array_index(batch, 1))->type == INTENT_FOLDER_DELETE) {
        replay_settle(self, batch); /* made and deleted again: the server need not hear of it */
        return true;
    }
    self->folder_id = 0; /* what is open may be what is renamed or deleted */
    if (!imap_wait(self->client, send_change(self, intent), &reply, error))
        return false;
    g_autofree char *words = g_strdup(reply.text);
    if (reply.status == IMAP_OK || imap_session_is_later(&reply)) {
        is_done = reply.status == IMAP_OK;
    } else {
        enum imap_status refusal = reply.status;
        if (!is_done_already(self, intent, &is_done, error))
            return false;
        reply = (struct imap_reply){ .status = refusal, .code = IMAP_CODE_CANNOT, .text = words };
    }
    if (is_done)
        reply = (struct imap_reply){ .status = IMAP_OK, .text = "" };
    replay_judge(self, batch, &reply);
    return !is_done || follow_subscription(self, intent, error);
}

/* box: with the name it has on the server by then. */
bool replay_subscription(imap_session *self, GPtrArray *batch, const struct folder *box, GError **error)
{
    struct imap_reply reply;
    if (!imap_wait(self->client, imap_send_subscribe(self->client, box->name, intent_folder_subscribes(g_ptr_array_index(batch, 0))),
                   &reply, error))
        return false;
    replay_judge(self, batch, &reply);
    return true;
}

const char *role_use(enum folder_role role)
{
    static const char *const uses[] = {
        [FOLDER_DRAFTS] = "\\Drafts", [FOLDER_SENT] = "\\Sent",   [FOLDER_ARCHIVE] = "\\Archive",
        [FOLDER_JUNK] = "\\Junk",     [FOLDER_TRASH] = "\\Trash",
    };
    return (size_t)role < G_N_ELEMENTS(uses) ? uses[role] : NULL;
}
