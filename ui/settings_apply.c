/* SPDX-License-Identifier: MIT */
/* A setting that was changed inside: what it changes at once. */
#include "ui/settings_apply.h"
#include "ui/app_private.h"
#include "ui/divider.h"
#include "ui/hyperlink.h"
#include "ui/screen.h"
#include "ui/slow_line.h"
#include "ui/title.h"
#include <curses.h>
#include <string.h>

static void apply_keys(app *ui)
{
    g_clear_pointer(&ui->keymap, keymap_free);
    app_load_keys(ui);
}

static void apply_mouse(app *ui)
{
    screen_use_mouse(ui->settings->mouse);
}

static void apply_slow_line(app *ui)
{
    slow_line_start(ui->settings->slow_line);
}

static void apply_hyperlinks(app *ui)
{
    hyperlink_start(ui->settings->hyperlinks);
    clearok(curscr, TRUE);
}

static void apply_title(app *ui)
{
    if (ui->settings->title)
        title_begin();
    else
        title_end();
}

static void apply_nothing(app *ui)
{
    (void)ui; /* who reads it reads it each time */
}

/* Those that threads of the engine read are not among them: their strings may not change under somebody who reads. */
static const struct {
    const char *name;
    void (*apply)(app *app);
} at_once[] = {
    { "theme", app_load_style },
    { "keys", apply_keys },
    { "layout", divider_restore },
    { "accessible", app_load_style },
    { "bidi", app_load_style },
    { "mouse", apply_mouse },
    { "title", apply_title },
    { "hints", apply_nothing },
    { "slow-line", apply_slow_line },
    { "hyperlinks", apply_hyperlinks },
    { "editor", apply_nothing },
    { "pager", apply_nothing },
    { "browser", apply_nothing },
    { "html-colors", apply_nothing },
    { "pictures", app_touch_mail },
    { "pictures-from", apply_nothing },
    { "attribution", apply_nothing },
    { "downloads", apply_nothing },
    { "undo-delay", apply_nothing },
    { "mark-read-delay", apply_nothing },
    { "bell", apply_nothing },
    { "notify", apply_nothing },
    { "hook-new-mail", apply_nothing },
    { "hook-sent", apply_nothing },
    { "hook-send-failed", apply_nothing },
    { "hook-before-send", apply_nothing },
    { "hook-start", apply_nothing },
    { "hook-quit", apply_nothing },
    { "hook-timeout", apply_nothing },
    { "notify-folders", apply_nothing },
    { "confirm-empty-subject", apply_nothing },
    { "confirm-missing-attachment", apply_nothing },
    { "checks-off", apply_nothing },
    { "receipts", app_touch_mail },
    { "edit-headers", apply_nothing },
    { "format-flowed", apply_nothing },
    { "markdown", apply_nothing },
    { "charset", apply_nothing },
    { "query-command", apply_nothing },
    { "picker", apply_nothing },
    { "image-pixels", apply_nothing },
    { "merge-rate", apply_nothing },
};

bool settings_apply(app *ui, const char *name, const char *value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(at_once); i++) {
        if (strcmp(at_once[i].name, name) != 0)
            continue;
        if (!settings_set(ui->settings, name, value, NULL))
            return false;
        at_once[i].apply(ui);
        app_refresh(ui);
        return true;
    }
    return false;
}
