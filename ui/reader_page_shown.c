/* SPDX-License-Identifier: MIT */
/* What of a message is shown, and how: its lines for a width, and what somebody wants of them. */
#include "core/receipt.h"
#include "core/remote_picture.h"
#include "ui/cmd_receipt.h"
#include "ui/reader_page_private.h"
#include "ui/reader_text.h"
#include <glib/gi18n-lib.h>
#include <string.h>

GPtrArray *reader_page_own_addresses(const reader_page *self)
{
    GPtrArray *own = g_ptr_array_new_with_free_func(g_free);
    const struct account *owner = app_account(self->ui, self->row->account_id);
    if (owner != NULL) {
        g_ptr_array_add(own, g_strdup(owner->from_address));
        for (char **alias = owner->aliases; alias != NULL && *alias != NULL; alias++) {
            const char *open = strchr(*alias, '<');
            g_ptr_array_add(own, open != NULL ? g_strndup(open + 1, strcspn(open + 1, ">")) : g_strdup(*alias));
        }
    }
    g_ptr_array_add(own, NULL);
    g_ptr_array_add(own, owner != NULL ? g_strdup(owner->checker != NULL ? owner->checker : owner->incoming.host) : NULL);
    return own;
}

static const char *opening_words(const reader_page *self)
{
    if (self->opening != NULL)
        return _("being checked and opened…");
    if (self->is_sealed && self->is_raw_wanted && self->opened == NULL)
        return _("not checked yet: the whole message is being fetched for that");
    return NULL;
}

struct reader_wishes reader_page_wishes(const reader_page *self, GPtrArray *own)
{
    const struct account *owner = app_account(self->ui, self->row->account_id);
    struct reader_wishes wishes = { .columns = self->columns,
                                    .checker = g_ptr_array_index(own, own->len - 1),
                                    .is_checker_sure = owner != NULL && owner->checker != NULL,
                                    .now_utc = g_get_real_time() / G_USEC_PER_SEC,
                                    .has_all_headers = self->has_all_headers,
                                    .has_colors = self->has_colors,
                                    .quotes = self->quotes,
                                    .is_source = self->view == MESSAGE_VIEW_SOURCE,
                                    .is_part = self->is_part,
                                    .pictures = self->pictures != NULL ? reader_pictures_table(self->pictures) : NULL,
                                    .crypto = self->opened != NULL ? self->opened->reading : NULL,
                                    .crypto_notice = opening_words(self),
                                    .invitation = self->invitation != NULL ? reader_invitation_rows(self->invitation) : NULL,
                                    .own_addresses = (const char *const *)own->pdata };
    keymap_key(self->ui->keymap, command_find("unsubscribe"), CONTEXT_READER, wishes.leaving_key, sizeof wishes.leaving_key);
    if (app_settings(self->ui)->receipts && self->letter != NULL && receipt_may_be_told(self->ui, self->row, NULL)) {
        keymap_key(self->ui->keymap, command_find("receipt"), CONTEXT_READER, wishes.receipt_key, sizeof wishes.receipt_key);
        if (*wishes.receipt_key == '\0')
            g_strlcpy(wishes.receipt_key, ":receipt", sizeof wishes.receipt_key);
        wishes.is_receipt_refused = receipt_is_told(self->row->keywords) && receipt_is_refused(app_store(self->ui), self->row->id);
    }
    return wishes;
}

/* --- what is shown --- */

static char *notice(const reader_page *self)
{
    if (self->is_gone)
        return g_strdup(_("This message was deleted by another program meanwhile. What was read of it stays here until you leave."));
    if (self->state == PAGE_FETCHING && !engine_is_online(app_engine(self->ui)))
        return g_strdup(_("This message is not on this computer, and you are offline. It is fetched as soon as you go online (O)."));
    if (self->state == PAGE_FETCHING)
        return g_strdup(_("Fetching… (Esc leaves; everything else goes on)"));
    if (self->state == PAGE_LOADING && app_now_ms() - self->load_began_ms >= OPENING_SAID_MS)
        return g_strdup(_("Opening…"));
    if (self->state == PAGE_FAILED)
        return g_strdup_printf(_("The message could not be fetched: %s"), self->why != NULL ? self->why : "");
    return NULL;
}

static void lay_out(reader_page *self)
{
    if (self->lines != NULL)
        return;
    g_autoptr(GPtrArray) own = reader_page_own_addresses(self);
    g_autofree char *words = notice(self);
    if (self->pictures != NULL && self->letter != NULL && self->text != NULL)
        reader_pictures_ask(self->pictures, self->letter, self->text, self->columns);
    struct reader_wishes wishes = reader_page_wishes(self, own);
    self->lines = reader_lines(self->row, self->letter, self->text, words, &wishes);
}

void reader_page_toggle_headers(reader_page *self)
{
    self->has_all_headers = !self->has_all_headers;
    reader_page_lay_out_anew(self);
}

void reader_page_toggle_colors(reader_page *self)
{
    self->has_colors = !self->has_colors;
    app_say(self->ui, "%s", self->has_colors ? _("Colours of the sender") : _("Colours of the theme"));
    reader_page_lay_out_anew(self);
}

void reader_page_fold(reader_page *self)
{
    int before = self->quotes;
    self->quotes = self->text != NULL ? reader_quotes_next(self->text, self->quotes) : 0;
    if (before == 0 && self->quotes == 0)
        app_brief(self->ui, _("There is nothing to fold here."));
    reader_page_forget_lines(self);
}

/* What was encrypted is shown as it is: whoever is asked for a picture of it could learn what it says. */
static bool may_fetch_pictures(const reader_page *self)
{
    bool is_in_doubt = self->is_sealed && (self->opened == NULL || self->opened->is_locked);
    return !is_in_doubt && !message_is_decrypted(self->letter);
}

bool reader_page_pictures(reader_page *self)
{
    int here = 0, remote = 0;
    bool is_shown = self->pictures != NULL;
    if (self->view == MESSAGE_VIEW_SOURCE)
        app_brief(self->ui, _("There are no pictures in this message."));
    if (self->letter == NULL || self->text == NULL || self->view == MESSAGE_VIEW_SOURCE)
        return false;
    g_clear_pointer(&self->pictures, reader_pictures_free);
    reader_page_forget_lines(self);
    if (is_shown)
        return false;
    if (strcmp(app_settings(self->ui)->pictures, "off") == 0) {
        app_brief(self->ui, _("Pictures are switched off by \"pictures\" in the settings."));
        return false;
    }
    reader_pictures_count(self->letter, self->text, &here, &remote);
    if (here + remote == 0)
        app_brief(self->ui, _("There are no pictures in this message."));
    else if (here == 0 && !may_fetch_pictures(self))
        app_brief(self->ui, _("The pictures of this message lie elsewhere; for what was encrypted nothing is fetched."));
    self->pictures = here + remote > 0 ? reader_pictures_new(self->ui) : NULL;
    bool is_allowed = remote_picture_is_allowed(app_settings(self->ui)->pictures_from, self->row->from_address);
    if (remote > 0 && is_allowed && may_fetch_pictures(self))
        reader_page_fetch_pictures(self);
    return remote > 0 && !is_allowed && may_fetch_pictures(self);
}

void reader_page_fetch_pictures(reader_page *self)
{
    const struct account *owner = app_account(self->ui, self->row->account_id);
    if (self->pictures != NULL && owner != NULL && may_fetch_pictures(self))
        reader_pictures_allow_remote(self->pictures, owner);
    reader_page_forget_lines(self);
}

static void set_view(reader_page *self, enum message_view wanted)
{
    self->view = wanted;
    reader_page_render(self);
    reader_page_fetch_more(self);
}

bool reader_page_set_charset(reader_page *self, const char *charset)
{
    if (self->letter == NULL || !message_set_charset(self->letter, charset))
        return false;
    reader_page_render(self);
    return true;
}

/* Only those that the message has: best → the other text → source → best. */
void reader_page_cycle_view(reader_page *self)
{
    if (self->letter == NULL || self->text == NULL)
        return;
    bool has_both = self->text->has_html && self->text->has_plain;
    enum message_view next = self->view == MESSAGE_VIEW_BEST && has_both ? MESSAGE_VIEW_HTML
                             : self->view == MESSAGE_VIEW_SOURCE         ? MESSAGE_VIEW_BEST
                                                                         : MESSAGE_VIEW_SOURCE;
    set_view(self, next);
    app_say(self->ui, "%s",
            next == MESSAGE_VIEW_HTML     ? _("HTML view")
            : next == MESSAGE_VIEW_SOURCE ? _("Source, as it came")
                                          : _("Usual view"));
}

void reader_page_source(reader_page *self)
{
    if (self->letter != NULL)
        set_view(self, self->view == MESSAGE_VIEW_SOURCE ? MESSAGE_VIEW_BEST : MESSAGE_VIEW_SOURCE);
}

const GPtrArray *reader_page_lines(reader_page *self, int columns, bool is_part)
{
    int before = self->columns;
    bool was_part = self->is_part;
    reader_page_expect(self, columns, is_part);
    bool is_old = self->pictures != NULL && self->text != NULL && reader_pictures_is_old(self->pictures);
    if (before != self->columns || was_part != self->is_part || is_old)
        g_clear_pointer(&self->lines, g_ptr_array_unref);
    lay_out(self);
    return self->lines;
}
