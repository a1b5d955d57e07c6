/* SPDX-License-Identifier: MIT */
/* What one does in the composer: choose the sender, send, leave. */
#include "config/identity.h"
#include "core/compose_check.h"
#include "ui/app_private.h"
#include "ui/cmd_compose.h"
#include "ui/composer_dispatch.h"
#include "ui/composer_draft.h"
#include "ui/composer_errand.h"
#include "ui/composer_private.h"
#include "ui/composer_seal.h"
#include "ui/composer_vault.h"
#include "ui/composer_version.h"
#include "ui/hooks.h"
#include "ui/time_ask.h"
#include <glib/gi18n-lib.h>
#include <string.h>

void cmd_composer_next(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    bool is_last = self->focus == FOCUS_SUBJECT;
    if (self->menu != NULL)
        composer_accept_completion(self);
    else
        composer_focus_on(self, MIN(self->focus + 1, FOCUS_BODY));
    /* Who goes on to the text by Tab goes on typing: over the text letters are commands, and "y" would send. */
    if (is_last && self->focus == FOCUS_BODY && composer_is_unwritten(self))
        cmd_composer_edit(ui, base);
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
        app_brief(ui, _("You have only this address. More go into the account's file, as aliases."));
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
void composer_point_at(struct composer *self, const GError *why)
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
    else if (composer_is_sealed(self))
        composer_seal_begin(self, at_utc);
    else if (composer_is_heavy(self->draft))
        composer_dispatch(self, from, NULL, at_utc);
    else if (composer_send(self->base.app, from, self->draft, at_utc, self->replaces, &why))
        composer_settle(self);
    else if (g_error_matches(why, STORE_ERROR, STORE_ERROR_BUSY))
        composer_dispatch(self, from, NULL, at_utc); /* when the store is free */
    else
        composer_point_at(self, why);
}

/* The program that was asked says yes or no; meanwhile the composer may have been left, and another opened. */
static void hook_said(app *ui, void *data, const char *words)
{
    for (guint i = 0; words == NULL && i < ui->stack->len; i++) {
        struct composer *self = composer_of(g_ptr_array_index(ui->stack, i));
        if (self != NULL && self->send_ticket == GPOINTER_TO_UINT(data)) {
            send_at(self, self->send_at_utc);
            return;
        }
    }
}

static void ask_and_send(struct composer *self, int64_t at_utc)
{
    static unsigned tickets;
    app *ui = self->base.app;
    self->send_at_utc = at_utc;
    self->send_ticket = ++tickets;
    if (!hooks_ask_before_send(ui->hooks, self->draft, hook_said, GUINT_TO_POINTER(self->send_ticket)))
        send_at(self, at_utc);
    else
        app_say(ui, _("The program before-send is asked…"));
}

static void answer_warnings(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    (void)ui;
    if (text != NULL && *text == '0')
        ask_and_send(self, self->send_at_utc);
}

static bool may_be_sent(struct composer *self);

/* After the questions, if there are any. */
static void begin_sending(struct composer *self, int64_t at_utc)
{
    if (composer_is_waiting(self)) {
        self->is_send_wanted = true;
        self->send_at_utc = at_utc;
        app_say(self->base.app, _("It is sent as soon as its files are read."));
        return;
    }
    g_autoptr(GPtrArray) warnings = composer_warnings(self);
    if (warnings->len == 0) {
        ask_and_send(self, at_utc);
        return;
    }
    self->send_at_utc = at_utc;
    g_ptr_array_add(warnings, NULL);
    g_autofree char *text = g_strjoinv("\n", (char **)warnings->pdata);
    const char *const choices[] = { N_("&Send all the same"), N_("&Go on writing"), NULL };
    view_choice_push(self->base.app, _("Before it is sent"), text, choices, answer_warnings, self, NULL);
    if (compose_is_empty(self->draft)) /* who typed the text where letters are commands has come here: "yes" sends nothing */
        view_choice_deliberate(self->base.app, 1);
}

void composer_errand_done(struct composer *self, bool is_good)
{
    bool is_over = !composer_is_waiting(self), is_wanted = self->is_send_wanted && is_over && is_good;
    if (is_over || !is_good)
        self->is_send_wanted = false; /* what went wrong was said: the person decides */
    if (is_wanted && may_be_sent(self))
        begin_sending(self, self->send_at_utc);
}

/* Before the questions: they would be asked twice. */
static bool may_be_sent(struct composer *self)
{
    g_autoptr(GError) why = NULL;
    composer_expand_groups(self);
    composer_take_fields(self);
    if (!compose_check(self->draft, &why))
        composer_point_at(self, why);
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
    bool is_new = self->replaces == 0 || self->is_unversioned;
    if (self->draft->is_encrypted && (is_new || composer_vault_is_busy(self))) {
        composer_vault_begin(self, true); /* it goes when GnuPG is done */
        return;
    }
    if (is_new && composer_is_heavy(self->draft) && composer_account(self) != NULL) {
        composer_take_fields(self);
        composer_dispatch_draft(self, composer_account(self));
        return;
    }
    bool is_kept = !is_new || composer_version_put(self, &why);
    if (!is_kept && g_error_matches(why, STORE_ERROR, STORE_ERROR_BUSY)) {
        composer_dispatch_draft(self, composer_account(self));
        return;
    }
    if (!is_kept) {
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
    if (!self->is_touched || composer_is_as_opened(self)) {
        bool is_draft = self->replaces != 0;
        composer_settle(self);
        app_brief(ui, "%s", is_draft ? _("The draft is as it was.") : _("Nothing was written."));
        return;
    }
    const char *const choices[] = { N_("&Keep in Drafts"), N_("&Throw away"), N_("&Go on writing"), NULL };
    view_choice_push(ui, _("Leave this message"), _("It was not sent."), choices, answer_close, self, NULL);
}
