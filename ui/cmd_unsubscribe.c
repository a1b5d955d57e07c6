/* SPDX-License-Identifier: MIT */
/* See cmd_unsubscribe.h. The click is made on a thread of its own: the list's server may take its time. */
#include "ui/cmd_unsubscribe.h"
#include "ui/answers.h"
#include "core/compose.h"
#include "core/list_unsubscribe.h"
#include "core/store_message.h"
#include "ui/app_private.h"
#include "ui/composer_draft.h"
#include "ui/external.h"
#include "ui/view_waiting.h"
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct unsubscribe {
    query *thread;
    int cancel_fd;
};

/* What is on offer for one message, while the person is asked. */
struct offer {
    list_unsubscribe ways;
    char *list;    /* as it is called */
    char *account; /* the id */
    char *from;    /* the address that is subscribed, as From shows it */
    const char *shown[3];
    int count;
};

static const char way_click[] = "click", way_mail[] = "mail", way_page[] = "page";

static void offer_free(gpointer data)
{
    struct offer *self = data;
    list_unsubscribe_clear(&self->ways);
    g_free(self->list);
    g_free(self->account);
    g_free(self->from);
    g_free(self);
}

/* --- the click --- */

struct click {
    char *url, *list, *host;
    struct account *account;
    int cancel_fd;
    bool is_done;
    GError *why;
};

static void click_free(gpointer data)
{
    struct click *self = data;
    g_free(self->url);
    g_free(self->list);
    g_free(self->host);
    account_free(self->account);
    g_clear_error(&self->why);
    g_free(self);
}

static void click_work(store *db, void *data)
{
    struct click *self = data;
    (void)db;
    self->is_done = list_unsubscribe_post(self->url, self->account, self->cancel_fd, &self->why);
}

static void start_click(app *ui, const struct offer *offer, const struct account *account)
{
    struct unsubscribe *self = ui->unsubscribe;
    if (self == NULL) {
        self = ui->unsubscribe = g_new0(struct unsubscribe, 1);
        self->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        self->thread = query_new("unsubscribe", NULL, STORE_READER, ui->events);
    }
    struct click *click = g_new0(struct click, 1);
    *click = (struct click){ .url = g_strdup(offer->ways.one_click),
                             .list = g_strdup(offer->list),
                             .host = g_strdup(offer->ways.host),
                             .account = account_copy(account),
                             .cancel_fd = self->cancel_fd };
    query_run(self->thread, click_work, click, click_free);
    app_say(ui, _("Asking %s to take you off the list …"), offer->ways.host);
}

void unsubscribe_event(app *ui, const struct event *event)
{
    if (ui->unsubscribe == NULL || event->type != EVENT_QUERY_DONE)
        return;
    struct click *click = query_take(ui->unsubscribe->thread, event->item);
    if (click == NULL)
        return;
    if (click->is_done)
        app_say(ui, _("%s has taken you off the list %s."), click->host, click->list);
    g_autofree char *failure = click->is_done ? NULL
                                              : g_strdup_printf(_("You are still on the list %s. %s: %s"), click->list, click->host,
                                                                click->why != NULL ? click->why->message : "");
    if (failure != NULL)
        app_tell(ui, failure);
    click_free(click);
}

void unsubscribe_free(app *ui)
{
    struct unsubscribe *self = ui->unsubscribe;
    const uint64_t one = 1;
    if (self == NULL)
        return;
    while (write(self->cancel_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    query_free(self->thread);
    close(self->cancel_fd);
    g_free(self);
    ui->unsubscribe = NULL;
}

/* --- by a message --- */

static void letter_sent(app *ui, void *data, const struct draft *draft, bool is_sent, const GError *error)
{
    (void)data;
    (void)draft;
    if (!is_sent)
        app_error(ui, _("Nothing was sent: %s"), error->message);
}

static void send_mail(app *ui, const struct offer *offer, const struct account *account)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(draft) draft = compose_from_mailto(account, offer->ways.mailto, &why);
    if (draft != NULL) { /* who is on the list asks, and nobody else hears of it */
        g_free(draft->from);
        draft->from = g_strdup(offer->from);
        g_clear_pointer(&draft->cc, g_free);
        g_clear_pointer(&draft->bcc, g_free);
        if (draft->subject == NULL || *draft->subject == '\0') {
            g_free(draft->subject);
            draft->subject = g_strdup("unsubscribe");
        }
    }
    if (draft != NULL)
        composer_send_soon(ui, account, g_steal_pointer(&draft), letter_sent, NULL, NULL);
    else
        app_error(ui, _("Nothing was sent: %s"), why->message);
}

/* --- the question --- */

static void answered(app *ui, void *data, const char *line)
{
    const struct offer *offer = data;
    const struct account *account = app_account_named(ui, offer->account);
    gint64 chosen = line != NULL ? g_ascii_strtoll(line, NULL, 10) : 0;
    g_autoptr(GError) why = NULL;
    if (chosen < 1 || chosen > offer->count || account == NULL)
        return;
    if (offer->shown[chosen - 1] == way_click)
        start_click(ui, offer, account);
    else if (offer->shown[chosen - 1] == way_mail)
        send_mail(ui, offer, account);
    else if (!external_browse(ui, offer->ways.page, &why))
        app_error(ui, "%s", why->message);
}

static char *mail_target(const char *mailto)
{
    const char *begin = mailto + strlen("mailto:");
    g_autofree char *address = g_uri_unescape_segment(begin, begin + strcspn(begin, "?"), NULL);
    return g_strdup(address != NULL ? address : begin);
}

static void ask(app *ui, struct offer *offer /* taken */)
{
    const char *choices[5] = { N_("&Keep it") };
    g_autofree char *to = offer->ways.mailto != NULL ? mail_target(offer->ways.mailto) : NULL;
    g_autofree char *click =
        g_strconcat(N_("&Unsubscribe now (tells %s)"), ANSWER_ABOUT, offer->ways.host != NULL ? offer->ways.host : "", NULL);
    g_autofree char *mail = g_strconcat(N_("&Send a message to %s"), ANSWER_ABOUT, to != NULL ? to : "", NULL);
    g_autofree char *page = g_strconcat(N_("&Open the page of %s"), ANSWER_ABOUT, offer->ways.host != NULL ? offer->ways.host : "", NULL);
    g_autofree char *text = g_strdup_printf(_("Do you want no more mail from %s? Your address there is %s."), offer->list, offer->from);
    if (offer->ways.one_click != NULL) {
        offer->shown[offer->count] = way_click;
        choices[++offer->count] = click;
    }
    if (offer->ways.mailto != NULL) {
        offer->shown[offer->count] = way_mail;
        choices[++offer->count] = mail;
    }
    if (offer->ways.page != NULL) {
        offer->shown[offer->count] = way_page;
        choices[++offer->count] = page;
    }
    view_choice_push(ui, _("Leave the list?"), text, choices, answered, offer, offer_free);
}

static char *list_name(const message *original)
{
    static const char *const fields[] = { "List-Id", "From" };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const char *value = message_header(original, fields[i]);
        size_t phrase = value != NULL ? strcspn(value, "<") : 0; /* "Friends of the terminal <friends.lists.example.test>" */
        if (value == NULL || *value == '\0')
            continue;
        char *name = phrase > 1 ? g_strndup(value, phrase) : g_strdup(value + phrase);
        return g_strstrip(g_strdelimit(name, "<>\"", ' '));
    }
    return g_strdup("?");
}

static void begin(app *ui, void *data, message *original)
{
    const int64_t *placement_id = data;
    g_autoptr(placement) about = store_placement(app_store(ui), *placement_id, NULL);
    const struct account *account = about != NULL ? app_account(ui, about->account_id) : NULL;
    struct offer *offer = g_new0(struct offer, 1);
    if (account == NULL || !list_unsubscribe_read(original, &offer->ways)) {
        offer_free(offer);
        app_brief(ui, _("This message does not say how to leave a list."));
        return;
    }
    g_autoptr(draft) self = draft_new(account);
    compose_choose_identity(self, account, original);
    offer->from = g_strdup(self->from);
    offer->account = g_strdup(account->id);
    offer->list = list_name(original);
    ask(ui, offer);
}

void cmd_unsubscribe(app *ui, view *base)
{
    (void)base;
    view_waiting_for_current(ui, begin);
}
