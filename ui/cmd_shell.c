/* SPDX-License-Identifier: MIT */
/* A command of the shell, or the shell itself, and back. */
#include "ui/app.h"
#include "ui/cmd_compose.h"
#include <glib/gi18n-lib.h>
#include <sys/wait.h>

static void answer_shell(app *ui, void *data, const char *words)
{
    const char *shell = g_getenv("SHELL");
    const char *program = shell != NULL && *shell != '\0' ? shell : "/bin/sh";
    const char *command[] = { "/bin/sh", "-c", "eval \"$1\"; printf '\\n[Enter] '; read -r line < /dev/tty", "sh", words, NULL };
    const char *alone[] = { program, NULL };
    g_autoptr(GError) why = NULL;
    (void)data;
    if (words != NULL && !app_run_external(ui, *words != '\0' ? command : alone, NULL, &why))
        app_error(ui, "%s", why != NULL ? why->message : "");
}

void cmd_shell(app *ui, view *base)
{
    (void)base;
    view_prompt_push(ui, _("Shell command (nothing: the shell itself): "), "", false, NULL, answer_shell, NULL, NULL);
}
