/* SPDX-License-Identifier: MIT */
/* The name of the terminal's window: the open folder and what is unread in it. */
#include "ui/title.h"
#include "core/notify.h"
#include "ui/app_private.h"
#include "ui/folder_words.h"
#include "ui/picture_screen.h"
#include "ui/unified.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

enum { TITLE_MAX = 100 };

static char *last; /* one terminal */

static bool has_title(const char *term)
{
    static const char *const kinds[] = { "xterm", "rxvt", "screen",  "tmux",    "alacritty", "foot",   "kitty", "st-",   "konsole",
                                         "gnome", "vte",  "wezterm", "contour", "ghostty",   "mintty", "putty", "Eterm", "iterm" };
    for (size_t i = 0; term != NULL && i < G_N_ELEMENTS(kinds); i++)
        if (g_str_has_prefix(term, kinds[i]))
            return true;
    return false;
}

char *title_sequence(const char *term, const char *words)
{
    g_autofree char *clean = notify_clean(words, TITLE_MAX); /* a folder's name is chosen by others */
    return has_title(term) ? g_strdup_printf("\033]2;%s\033\\", clean) : NULL;
}

static void write_bytes(const char *bytes)
{
    picture_screen_yield();
    fputs(bytes, stdout); /* between two pictures: curses writes nothing before the next */
    fflush(stdout);
}

static char *title_words(app *ui)
{
    int64_t shown = app_current_folder(ui);
    struct folder all = { 0 };
    g_autoptr(folder) box = shown > 0 ? store_folder(ui->store, shown, NULL) : NULL;
    if (shown < 0 && unified_count(ui, shown, &all.total, &all.unread))
        return all.unread > 0 ? g_strdup_printf("%s (%" G_GINT64_FORMAT ") - postern", unified_name(shown), all.unread)
                              : g_strdup_printf("%s - postern", unified_name(shown));
    if (box == NULL)
        return g_strdup("postern");
    const struct account *owner = app_account(ui, box->account_id);
    const char *name = folder_words(box);
    g_autofree char *count = box->unread > 0 ? g_strdup_printf(" (%d)", (int)MIN(box->unread, G_MAXINT)) : g_strdup("");
    return g_strdup_printf("%s%s - %s - postern", name, count, owner != NULL ? owner->name : "");
}

void title_tick(app *ui)
{
    const char *charset = NULL;
    if (!ui->settings->title || !has_title(g_getenv("TERM")) || !g_get_charset(&charset))
        return;
    g_autofree char *words = title_words(ui);
    if (g_strcmp0(words, last) == 0)
        return;
    g_free(last);
    last = g_steal_pointer(&words);
    g_autofree char *bytes = title_sequence(g_getenv("TERM"), last);
    write_bytes(bytes);
}

void title_begin(void)
{
    if (has_title(g_getenv("TERM")))
        write_bytes("\033[22;2t");
}

void title_end(void)
{
    if (last != NULL)
        write_bytes("\033[23;2t");
    g_clear_pointer(&last, g_free);
}
