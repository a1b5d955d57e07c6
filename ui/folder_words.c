/* SPDX-License-Identifier: MIT */
/* What a folder is called on the screen. */
#include "ui/folder_words.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static const struct {
    enum folder_role role;
    const char *name;
} roles[] = {
    { FOLDER_INBOX, N_("Inbox") },     { FOLDER_DRAFTS, N_("Drafts") }, { FOLDER_SENT, N_("Sent") },
    { FOLDER_ARCHIVE, N_("Archive") }, { FOLDER_JUNK, N_("Junk") },     { FOLDER_TRASH, N_("Trash") },
};

const char *folder_words(const struct folder *box)
{
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++) {
        if (roles[i].role == box->role && (box->role == FOLDER_INBOX || strcmp(box->name, roles[i].name) == 0))
            return _(roles[i].name);
    }
    return box->name;
}
