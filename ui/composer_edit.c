/* SPDX-License-Identifier: MIT */
/* The text in an editor: the person's own, which is followed while it is open, or the built-in one. */
#include "core/compose_header.h"
#include "ui/app_private.h"
#include "ui/cmd_compose.h"
#include "ui/composer_draft.h"
#include "ui/composer_private.h"
#include "ui/composer_version.h"
#include "ui/external.h"
#include "ui/file_watch.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

static bool has_header(const struct composer *self)
{
    return app_settings(self->base.app)->edit_headers;
}

static char *path_of(const struct composer *self)
{
    return has_header(self) ? composer_mail_path(self->kept) : composer_text_path(self->kept);
}

/* As the editor gets it. */
static char *text_of(const struct composer *self)
{
    return has_header(self) ? compose_header_text(self->draft) : g_strdup(self->draft->body != NULL ? self->draft->body : "");
}

/* As the editor gives it back. */
static void take_text(struct composer *self, const char *text)
{
    if (!has_header(self)) {
        g_free(self->draft->body);
        self->draft->body = g_strdup(text);
        return;
    }
    g_autoptr(GPtrArray) refused = compose_header_take(self->draft, text);
    if (refused->len > 0)
        app_error(self->base.app, _("%s is made by postern itself; what was written there is left out."), (const char *)refused->pdata[0]);
    composer_show_fields(self);
}

/* Beside what is kept, so that it is found again if postern ends while the editor is open. */
static char *body_file(struct composer *self, GError **error)
{
    if (!composer_keep(self->draft, &self->kept, true, error))
        return NULL;
    g_autofree char *path = path_of(self), *text = text_of(self);
    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error) ? g_steal_pointer(&path) : NULL;
}

/* How the editor ended, where that was not well. Without its path: what happened is at the sentence's end, and a line has one width. */
static void tell_end(struct composer *self, const char *command, int status, bool is_changed)
{
    g_autofree char *editor = g_path_get_basename(command);
    if (WIFSIGNALED(status))
        app_error(self->base.app,
                  is_changed ? _("%s was ended by signal %d; what it had saved was taken.")
                             : _("%s was ended by signal %d; the text is as it was."),
                  editor, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        app_error(self->base.app,
                  is_changed ? _("%s ended with status %d; what it wrote was taken all the same.")
                             : _("%s ended with status %d; the text is as it was."),
                  editor, WEXITSTATUS(status));
}

/* What the editor has saved. An empty file where there was text is a save that has only begun. */
static void take_saved(void *data, bool is_news)
{
    struct composer *self = data;
    g_autofree char *path = path_of(self), *bytes = NULL, *before = text_of(self);
    gsize size = 0;
    if (is_news && g_file_get_contents(path, &bytes, &size, NULL)) {
        g_autofree char *valid = compose_text_read(bytes, size);
        if (*valid != '\0' && strcmp(valid, before) != 0) {
            take_text(self, valid);
            composer_note_change(self);
            composer_keep_now(self);
        }
    }
    composer_version_tick(self, app_now_ms());
}

/* The last word of the editor. One that was killed may have been about to write: nothing is no text then. */
static void take_last(struct composer *self, const char *editor, int status, const char *before, const char *text)
{
    g_autofree char *now = text_of(self);
    bool is_cut = WIFSIGNALED(status) && *text == '\0';
    const char *last = is_cut ? now : text;
    tell_end(self, editor, status, strcmp(last, before) != 0);
    if (strcmp(last, now) == 0)
        return;
    take_text(self, last);
    composer_note_change(self);
}

/* False: it could not be started, the text is as it was. */
static bool edit_outside(struct composer *self, char **words, const char *path)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *bytes = NULL, *before = text_of(self);
    gsize size = 0;
    const struct file_watch watch = { .path = path, .look = take_saved, .data = self };
    int status = 0;
    if (!app_run_watched(self->base.app, (const char *const *)words, &watch, &status, &why)) {
        app_error(self->base.app, _("The editor %s cannot be started: %s"), words[0], why->message);
        return false;
    }
    if (!g_file_get_contents(path, &bytes, &size, &why)) {
        app_error(self->base.app, _("What the editor wrote cannot be read: %s"), why->message);
        return true;
    }
    g_autofree char *text = compose_text_read(bytes, size);
    take_last(self, words[0], status, before, text);
    composer_keep_now(self);
    if (!self->is_changed) /* kept: else the file is all there is */
        g_unlink(path);
    return true;
}

enum outside { EDITED, NOT_WISHED, NOT_POSSIBLE };

static enum outside edit_in_editor(struct composer *self)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *path = body_file(self, &why), *missing = NULL;
    if (path == NULL) {
        app_error(self->base.app, "%s", why->message);
        return NOT_POSSIBLE;
    }
    g_auto(GStrv) words = external_editor(app_settings(self->base.app), path, &missing);
    if (missing != NULL)
        app_error(self->base.app, _("The editor %s is not installed; this is postern's own."), missing);
    if (words != NULL && edit_outside(self, words, path))
        return EDITED;
    g_unlink(path);
    return words != NULL || missing != NULL ? NOT_POSSIBLE : NOT_WISHED;
}

void cmd_composer_edit(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    composer_take_fields(self);
    switch (edit_in_editor(self)) {
    case EDITED:
        composer_focus_on(self, FOCUS_BODY);
        return;
    case NOT_WISHED:
        app_say(ui, _("Esc ends writing"));
        break;
    case NOT_POSSIBLE: /* which was told */
        break;
    }
    composer_open_editor(self);
}

static void answer_find(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    if (text == NULL || self->editor == NULL)
        return;
    if (*text != '\0') {
        g_free(self->sought);
        self->sought = g_strdup(text);
    }
    if (self->sought != NULL && !body_editor_find(self->editor, self->sought))
        app_brief(ui, _("“%s” is not in the text."), self->sought);
    view_touch(&self->base);
}

void cmd_composer_find(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    if (self->editor == NULL)
        app_brief(ui, _("The built-in editor is not open."));
    else
        view_prompt_push(ui, _("Find: "), self->sought != NULL ? self->sought : "", false, NULL, answer_find, self, NULL);
}
