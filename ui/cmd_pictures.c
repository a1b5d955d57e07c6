/* SPDX-License-Identifier: MIT */
/* See cmd_pictures.h. */
#include "ui/cmd_pictures.h"
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/view_reader.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* Of whom the person was asked. */
struct asked {
    int64_t placement_id;
    char *sender;
};

static void asked_free(gpointer data)
{
    struct asked *self = data;
    g_free(self->sender);
    g_free(self);
}

/* Into postern.conf, where it can be read and taken back (:settings). */
static void allow_always(app *ui, const char *sender)
{
    g_autoptr(GError) error = NULL;
    const char *old = app_settings(ui)->pictures_from;
    g_autofree char *list = old != NULL && *old != '\0' ? g_strconcat(old, "; ", sender, NULL) : g_strdup(sender);
    if (!settings_save("pictures-from", list, &error) || !settings_set(ui->settings, "pictures-from", list, &error))
        app_error(ui, "%s", error->message);
    else
        app_say(ui, _("Pictures of %s are fetched from now on when pictures are shown; \"pictures-from\" in the settings takes it back."),
                sender);
}

static void answered(app *ui, void *data, const char *line)
{
    const struct asked *asked = data;
    view *reader = ui->panes[PANE_READER];
    gint64 chosen = line != NULL ? g_ascii_strtoll(line, NULL, 10) : 0;
    if (chosen < 1 || view_reader_placement(reader) != asked->placement_id)
        return;
    if (chosen == 2)
        allow_always(ui, asked->sender);
    view_reader_fetch_pictures(reader);
}

/* An address with a ; in it could not stand in the list. */
static bool can_be_listed(const char *sender)
{
    return sender != NULL && strchr(sender, '@') != NULL && strpbrk(sender, "; *\t\n") == NULL && g_utf8_validate(sender, -1, NULL);
}

void cmd_pictures(app *ui, view *base)
{
    view *reader = ui->panes[PANE_READER];
    const struct placement *row = view_reader_row(reader);
    (void)base;
    if (row == NULL || !view_reader_pictures(reader))
        return;
    struct asked *asked = g_new0(struct asked, 1);
    *asked = (struct asked){ row->id, g_strdup(row->from_address) };
    g_autofree char *always = g_strdup_printf(_("&Always fetch those of %s"), row->from_address != NULL ? row->from_address : "");
    const char *choices[] = { N_("&Leave them"), N_("&Fetch them once"), can_be_listed(row->from_address) ? always : NULL, NULL };
    view_choice_push(
        ui, _("Fetch pictures?"),
        _("Some pictures of this message lie elsewhere. Who sent it learns that you read it, when, and from which network, if they are "
          "fetched."),
        choices, answered, asked, asked_free);
}

void cmd_colors(app *ui, view *base)
{
    (void)base;
    view_reader_colors(ui->panes[PANE_READER]);
}
