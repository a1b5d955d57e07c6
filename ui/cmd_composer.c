/* SPDX-License-Identifier: MIT */
/* What one does in the composer: write, attach, choose the sender, send, leave. */
#include "config/identity.h"
#include "config/paths.h"
#include "core/compose_check.h"
#include "ui/app_private.h"
#include "ui/cmd_compose.h"
#include "ui/composer_draft.h"
#include "ui/composer_private.h"
#include "ui/composer_version.h"
#include "ui/external.h"
#include "ui/file_watch.h"
#include "ui/time_ask.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Beside what is kept, so that it is found again if postern ends while the editor is open. */
static char *body_file(struct composer *self, GError **error)
{
    const char *body = self->draft->body != NULL ? self->draft->body : "";
    if (!composer_keep(self->draft, &self->kept, true, error))
        return NULL;
    g_autofree char *path = composer_text_path(self->kept);
    return g_file_set_contents_full(path, body, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error) ? g_steal_pointer(&path) : NULL;
}

/* How the editor ended, where that was not well. */
static void tell_end(struct composer *self, const char *editor, int status, bool is_changed)
{
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
    g_autofree char *path = composer_text_path(self->kept), *text = NULL;
    if (is_news && g_file_get_contents(path, &text, NULL, NULL)) {
        char *valid = g_utf8_make_valid(text, -1);
        if (*valid == '\0' || g_strcmp0(valid, self->draft->body) == 0) {
            g_free(valid);
        } else {
            g_free(self->draft->body);
            self->draft->body = valid;
            composer_note_change(self);
            composer_keep_now(self);
        }
    }
    composer_version_tick(self, app_now_ms());
}

/* The last word of the editor. One that was killed may have been about to write: nothing is no text then. */
static void take_last(struct composer *self, const char *editor, int status, const char *before, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    if (WIFSIGNALED(status) && *valid == '\0' && self->draft->body != NULL) {
        g_free(valid);
        valid = g_strdup(self->draft->body);
    }
    bool is_changed = g_strcmp0(valid, before) != 0, is_news = g_strcmp0(valid, self->draft->body) != 0;
    tell_end(self, editor, status, is_changed);
    g_free(self->draft->body);
    self->draft->body = valid;
    if (is_news)
        composer_note_change(self);
}

/* False: it could not be started, the text is as it was. */
static bool edit_outside(struct composer *self, char **words, const char *path)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *text = NULL, *before = g_strdup(self->draft->body != NULL ? self->draft->body : "");
    const struct file_watch watch = { .path = path, .look = take_saved, .data = self };
    int status = 0;
    if (!app_run_watched(self->base.app, (const char *const *)words, &watch, &status, &why)) {
        app_error(self->base.app, _("The editor %s cannot be started: %s"), words[0], why->message);
        return false;
    }
    if (!g_file_get_contents(path, &text, NULL, &why)) {
        app_error(self->base.app, _("What the editor wrote cannot be read: %s"), why->message);
        return true;
    }
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

void cmd_composer_next(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    (void)ui;
    if (self == NULL)
        return;
    if (self->menu != NULL)
        composer_accept_completion(self);
    else
        composer_focus_on(self, MIN(self->focus + 1, FOCUS_BODY));
    view_touch(base);
}

void cmd_composer_done(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    if (self->menu != NULL) {
        g_clear_pointer(&self->menu, g_ptr_array_unref);
    } else if (self->editor != NULL) {
        status_say(ui->status, "", false); /* how to end it need not be told any more */
        composer_end_editor(self);
    } else {
        composer_focus_on(self, FOCUS_BODY);
    }
    view_touch(base);
}

static void answer_attach(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    g_autoptr(GError) why = NULL;
    if (text == NULL || *text == '\0')
        return;
    g_autofree char *trimmed = g_strstrip(g_strdup(text)), *path = paths_expand(trimmed);
    if (!draft_attach(self->draft, path, &why)) {
        app_error(ui, "%s", why->message);
        return;
    }
    self->has_new_attachments = true;
    composer_note_change(self);
    composer_keep_now(self);
    view_touch(&self->base);
}

static int by_name(gconstpointer left, gconstpointer right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Names in a directory that begin like what was typed. */
static GPtrArray *complete_path(app *ui, void *data, const char *prefix)
{
    g_autofree char *path = paths_expand(prefix);
    const char *slash = strrchr(path, '/');
    g_autofree char *directory = slash != NULL ? g_strndup(path, (gsize)(slash - path + 1)) : g_strdup("./");
    const char *begin = slash != NULL ? slash + 1 : path, *name;
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    (void)ui;
    (void)data;
    while (entries != NULL && found->len < 50 && (name = g_dir_read_name(entries)) != NULL) {
        if (!g_str_has_prefix(name, begin) || (*name == '.' && *begin != '.'))
            continue;
        g_autofree char *whole = slash != NULL ? g_strconcat(directory, name, NULL) : g_strdup(name);
        g_ptr_array_add(found, g_file_test(whole, G_FILE_TEST_IS_DIR) ? g_strconcat(whole, "/", NULL) : g_strdup(whole));
    }
    g_ptr_array_sort(found, by_name);
    return found;
}

void cmd_composer_attach(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self != NULL)
        view_prompt_push(ui, _("Attach file: "), "", false, complete_path, answer_attach, self, NULL);
}

static void answer_detach(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    guint64 number = 0;
    GPtrArray *all = self->draft->attachments;
    if (text == NULL)
        return;
    if (all == NULL || !g_ascii_string_to_unsigned(text, 10, 1, MAX(all->len, 1u), &number, NULL) || number > all->len) {
        app_error(ui, _("There is no attachment %s."), text);
        return;
    }
    g_ptr_array_remove_index(all, (guint)number - 1);
    self->has_new_attachments = true;
    composer_note_change(self);
    composer_keep_now(self);
    view_touch(&self->base);
}

void cmd_composer_detach(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    if (self->draft->attachments == NULL || self->draft->attachments->len == 0)
        app_say(ui, _("Nothing is attached."));
    else if (self->draft->attachments->len == 1)
        answer_detach(ui, self, "1");
    else
        view_prompt_push(ui, _("Take away attachment number: "), "", false, NULL, answer_detach, self, NULL);
}

void cmd_composer_report(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    self->draft->asks_report = !self->draft->asks_report;
    app_say(ui, "%s",
            self->draft->asks_report ? _("You will be told whether it arrives, if the servers can.") : _("No report is asked for."));
    composer_note_change(self);
    composer_keep_now(self);
    composer_focus_on(self, self->focus); /* the notes below say it */
}

struct identity {
    char *text; /* as From shows it */
    const struct account *owner;
};

static void identity_clear(gpointer data)
{
    g_free(((struct identity *)data)->text);
}

/* Of struct identity: the accounts' addresses and aliases, one after another. */
static GArray *identities_of(app *ui)
{
    GPtrArray *all = app_accounts(ui);
    GArray *found = g_array_new(FALSE, FALSE, sizeof(struct identity));
    g_array_set_clear_func(found, identity_clear);
    for (guint i = 0; i < all->len; i++) {
        const struct account *each = g_ptr_array_index(all, i);
        g_autoptr(draft) fresh = draft_new(each);
        struct identity main = { g_strdup(fresh->from), each };
        g_array_append_val(found, main);
        for (char **alias = each->aliases; alias != NULL && *alias != NULL; alias++) {
            struct identity other = { g_strdup(*alias), each };
            if (account_alias_is_pattern(*alias)) /* stands for many: nobody writes from it */
                g_free(other.text);
            else
                g_array_append_val(found, other);
        }
    }
    return found;
}

void cmd_composer_identity(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    g_autoptr(GArray) all = identities_of(ui);
    guint next = 0;
    if (self == NULL || all->len == 0)
        return;
    if (all->len == 1)
        app_say(ui, _("You have only this address. More go into the account's file, as aliases."));
    for (guint i = 0; i < all->len; i++)
        if (strcmp(g_array_index(all, struct identity, i).text, self->fields[FOCUS_FROM].text->str) == 0)
            next = (i + 1) % all->len;
    const struct identity *chosen = &g_array_index(all, struct identity, next);
    const struct account *before = composer_account(self);
    composer_take_fields(self);
    draft_change_sender(self->draft, before, chosen->owner, chosen->text);
    if (self->editor != NULL)
        composer_open_editor(self);
    field_set(&self->fields[FOCUS_FROM], chosen->text);
    composer_note_change(self);
    composer_focus_on(self, self->focus);
}

/* The cursor goes to the field that is wrong. */
static void point_at(struct composer *self, const GError *why)
{
    static const enum composer_focus places[] = {
        [COMPOSE_ERROR_FROM] = FOCUS_FROM, [COMPOSE_ERROR_TO] = FOCUS_TO, [COMPOSE_ERROR_CC] = FOCUS_CC, [COMPOSE_ERROR_BCC] = FOCUS_BCC
    };
    app_error(self->base.app, "%s", why->message);
    if (why->domain != COMPOSE_ERROR || why->code < 0 || why->code >= (int)G_N_ELEMENTS(places))
        return;
    g_clear_pointer(&self->editor, body_editor_free);
    composer_focus_on(self, places[why->code]);
}

static void send_at(struct composer *self, int64_t at_utc)
{
    g_autoptr(GError) why = NULL;
    const struct account *from = composer_account(self);
    if (from == NULL)
        app_error(self->base.app, _("The account of this message is not there any more."));
    else if (!composer_send(self->base.app, from, self->draft, at_utc, self->replaces, &why))
        point_at(self, why);
    else
        composer_settle(self);
}

static void answer_warnings(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    (void)ui;
    if (text != NULL && *text == '0')
        send_at(self, self->send_at_utc);
}

/* After the questions, if there are any. */
static void begin_sending(struct composer *self, int64_t at_utc)
{
    g_autoptr(GPtrArray) warnings = composer_warnings(self);
    if (warnings->len == 0) {
        send_at(self, at_utc);
        return;
    }
    self->send_at_utc = at_utc;
    g_ptr_array_add(warnings, NULL);
    g_autofree char *text = g_strjoinv("\n", (char **)warnings->pdata);
    const char *const choices[] = { _("&Send all the same"), _("&Go on writing"), NULL };
    view_choice_push(self->base.app, _("Before it is sent"), text, choices, answer_warnings, self, NULL);
}

/* Before the questions: they would be asked twice. */
static bool may_be_sent(struct composer *self)
{
    g_autoptr(GError) why = NULL;
    composer_take_fields(self);
    if (!compose_check(self->draft, &why))
        point_at(self, why);
    return why == NULL;
}

void cmd_composer_send(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    (void)ui;
    if (self != NULL && may_be_sent(self))
        begin_sending(self, 0);
}

static void answer_later(app *ui, void *data, const char *text)
{
    int64_t at_utc = 0;
    if (text != NULL && *text != '\0' && time_understood(ui, text, &at_utc))
        begin_sending(data, at_utc);
}

void cmd_composer_send_later(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self != NULL && may_be_sent(self))
        time_ask(ui, _("Send when: "), answer_later, self, NULL);
}

static void answer_close(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    g_autoptr(GError) why = NULL;
    if (text == NULL || *text == '2')
        return;
    if (*text == '1') {
        composer_throw(self);
        composer_settle(self);
        app_say(ui, _("Thrown away · %s brings it back"), keymap_key_for(ui, command_find("undo"), CONTEXT_LIST));
        return;
    }
    if ((self->replaces == 0 || self->is_unversioned) && !composer_version_put(self, &why)) {
        app_error(ui, "%s", why->message);
        return;
    }
    composer_settle(self);
    app_say(ui, _("Kept in Drafts."));
}

void cmd_composer_close(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    if (self->editor != NULL)
        composer_end_editor(self);
    composer_take_fields(self);
    if (!self->is_touched) {
        composer_settle(self);
        app_say(ui, _("Nothing was written."));
        return;
    }
    const char *const choices[] = { _("&Keep in Drafts"), _("&Throw away"), _("&Go on writing"), NULL };
    view_choice_push(ui, _("Leave this message"), _("It was not sent."), choices, answer_close, self, NULL);
}
