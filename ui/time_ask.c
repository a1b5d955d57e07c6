/* SPDX-License-Identifier: MIT */
/* The prompt for a time. */
#include "ui/time_ask.h"
#include "ui/app_private.h"
#include "core/when.h"
#include <glib/gi18n-lib.h>

static int64_t now_utc(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

/* What is not whole yet is no mistake yet. */
static void follow(app *ui, void *data, const char *words)
{
    int64_t at_utc = 0;
    (void)data;
    if (words == NULL || !when_parse(words, now_utc(), &at_utc, NULL, NULL))
        return;
    g_autofree char *when = when_describe(at_utc, now_utc());
    status_say(ui->status, when, false);
}

void time_ask(app *ui, const char *label, app_answer *answer, void *data, GDestroyNotify data_free)
{
    view_prompt_push(ui, label, "", false, NULL, answer, data, data_free);
    view_prompt_explain(ui, _("2h   tomorrow 8:00   mon 9:00   24 dec 10:00   2026-12-24 10:00"));
    view_prompt_follow(ui, follow);
}

void time_ask_again(app *ui, const char *label, const char *before, const char *why, app_answer *answer, void *data,
                    GDestroyNotify data_free)
{
    view_prompt_push(ui, label, before, false, NULL, answer, data, data_free);
    view_prompt_explain(ui, why);
    view_prompt_follow(ui, follow);
}

bool time_understood(app *ui, const char *words, int64_t *at_utc_out)
{
    g_autoptr(GError) why = NULL;
    if (when_parse(words, now_utc(), at_utc_out, NULL, &why))
        return true;
    app_error(ui, "%s", why->message);
    return false;
}
