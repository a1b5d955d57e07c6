/* SPDX-License-Identifier: MIT */
/* How much may be kept (RFC 9208, 2087) and what may be done (RFC 4314, 2086): questions nobody waits for, and their answers. */
#include "net/imap_client_private.h"
#include <string.h>

enum { RIGHTS_MAX = 64 };

static bool ask(imap_client *self, const char *command, const char *mailbox)
{
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    request->is_unasked = true;
    imap_request_add(request, g_strdup_printf("%s %s ", request->tag, command));
    if (!imap_request_add_mailbox(self, request, mailbox)) {
        imap_request_free(request);
        return false;
    }
    imap_request_add(request, g_strdup("\r\n"));
    imap_client_queue(self, request);
    return true;
}

void imap_ask_quota(imap_client *self, const char *mailbox)
{
    if (self->can[IMAP_CAPABILITY_QUOTA])
        ask(self, "GETQUOTAROOT", mailbox);
}

void imap_ask_rights(imap_client *self, const char *mailbox)
{
    if (self->can[IMAP_CAPABILITY_ACL])
        ask(self, "MYRIGHTS", mailbox);
}

/* "* QUOTA root (STORAGE 10 512 MESSAGE 3 1000)" */
void imap_quota_take(imap_client *self, const struct imap_value *response)
{
    const struct imap_value *list = imap_value_item(response, 3);
    const char *root = imap_value_get_text(imap_value_item(response, 2));
    if (list->kind != IMAP_LIST || self->handlers.quota == NULL || self->is_muted)
        return;
    for (size_t i = 0; i + 2 < list->count; i += 3) {
        struct imap_quota quota = { .root = root != NULL ? root : "", .resource = imap_value_get_text(&list->items[i]) };
        if (quota.resource != NULL && imap_value_get_number(&list->items[i + 1], &quota.used) &&
            imap_value_get_number(&list->items[i + 2], &quota.limit))
            self->handlers.quota(self->handlers.data, &quota);
    }
}

/* "* MYRIGHTS mailbox lrs" */
void imap_rights_take(imap_client *self, const struct imap_value *response)
{
    const char *wire = imap_value_get_text(imap_value_item(response, 2)), *rights = imap_value_get_text(imap_value_item(response, 3));
    if (wire == NULL || response->count < 4 || self->handlers.rights == NULL || self->is_muted ||
        (rights != NULL && strlen(rights) > RIGHTS_MAX))
        return;
    const char *name = imap_response_name(self->syntax, wire);
    self->handlers.rights(self->handlers.data, name, rights != NULL ? rights : "");
}
