/* SPDX-License-Identifier: MIT */
/* Commands for signed and encrypted mail. */
#include "ui/cmd_crypto.h"
#include "ui/app_private.h"
#include "ui/view_reader.h"
#include <glib/gi18n-lib.h>

static view *reader_of(app *ui)
{
    return ui->panes[PANE_READER];
}

static void answer_unlock(app *ui, void *data, const char *passphrase)
{
    const int64_t *placement = data;
    if (passphrase != NULL && view_reader_placement(reader_of(ui)) == *placement)
        view_reader_unlock(reader_of(ui), passphrase);
}

void cmd_unlock(app *ui, view *base)
{
    const char *whose = NULL;
    bool is_wrong = false;
    (void)base;
    if (!view_reader_is_locked(reader_of(ui), &whose, &is_wrong)) {
        app_brief(ui, _("This message waits for no passphrase."));
        return;
    }
    int64_t placement = view_reader_placement(reader_of(ui));
    g_autofree char *why = g_strdup_printf(_("The message is encrypted to the key of %s."), whose != NULL && *whose != '\0' ? whose : "?");
    view_prompt_push(ui, _("Passphrase of the key: "), "", true, NULL, answer_unlock, g_memdup2(&placement, sizeof placement), g_free);
    view_prompt_explain(ui, why);
}
