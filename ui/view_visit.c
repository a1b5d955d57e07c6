/* SPDX-License-Identifier: MIT */
/* The browser's part of a sign-in: opens the link, or shows it (and the code to be typed) where no browser can be opened. */
#include "ui/app.h"
#include "ui/external.h"
#include "ui/pager.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct view_visit {
    pager pager;
    int64_t account;
};

static void release(view *base)
{
    pager_clear((pager *)(void *)base);
    g_free(base);
}

/* Nobody has to close it: mail that comes says that the sign-in is through. */
static void hear(view *base, const struct event *event)
{
    const struct view_visit *self = (struct view_visit *)(void *)base;
    if (event->type == EVENT_CONNECTION && event->state == CONNECTION_ONLINE && event->account == self->account)
        view_pop(base->app, base);
}

static const struct view_ops ops = { .name = "help",
                                     .context = CONTEXT_HELP,
                                     .layout = pager_layout,
                                     .draw = pager_draw,
                                     .key = pager_key,
                                     .mouse = pager_mouse,
                                     .event = hear,
                                     .free = release };

static void show(app *ui, int64_t account, const char *link, const char *code, const char *why)
{
    struct view_visit *visit = g_new0(struct view_visit, 1);
    pager *self = &visit->pager;
    visit->account = account;
    pager_init(self, &ops, ui);
    pager_add(self, THEME_TITLE, NULL, g_strdup(_("Sign in with the browser")));
    pager_add(self, THEME_NORMAL, NULL, g_strdup(""));
    if (why != NULL)
        pager_add(self, THEME_WARNING, NULL, g_strdup(why));
    pager_add(self, THEME_NORMAL, NULL,
              g_strdup(code != NULL ? _("Open this page on any device and type the code there; postern waits.")
                                    : _("Open this link in a browser on this computer and sign in there; postern waits.")));
    pager_add(self, THEME_NORMAL, NULL, g_strdup(""));
    pager_add(self, THEME_LINK, NULL, g_strdup(link));
    if (code != NULL) {
        pager_add(self, THEME_NORMAL, NULL, g_strdup(""));
        pager_add(self, THEME_TITLE, NULL, g_strdup_printf(_("Code: %s"), code));
    }
    pager_add(self, THEME_NORMAL, NULL, g_strdup(""));
    pager_add(self, THEME_DIM, NULL, g_strdup(_("q or Esc goes back to the mail; the link stays good for ten minutes.")));
    view_push(ui, &self->base);
}

/* xdg-open without a desktop opens a browser in a terminal that is not there, or nothing, and says nothing. */
static bool has_browser(app *ui)
{
    const char *const places[] = { app_settings(ui)->browser, g_getenv("BROWSER"), g_getenv("DISPLAY"), g_getenv("WAYLAND_DISPLAY") };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        if (places[i] != NULL && *places[i] != '\0')
            return true;
    }
    return false;
}

void view_visit_push(app *ui, int64_t account, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) parts = g_strsplit(words, "\n", 2); /* link, code */
    const char *code = parts[0] != NULL ? parts[1] : NULL;
    if (parts[0] == NULL)
        return;
    if (code == NULL && has_browser(ui) && external_browse(ui, parts[0], &error))
        app_say(ui, "%s", _("Sign in there, in the browser; postern waits."));
    else if (account != 0)
        show(ui, account, parts[0], code, error != NULL ? error->message : NULL);
}
