/* SPDX-License-Identifier: MIT */
/* See cmd_invitation.h. Nothing is sent before a person has chosen; what is sent can be taken back like any other mail. */
#include "ui/cmd_invitation.h"
#include "core/invitation.h"
#include "core/store_message.h"
#include "core/when.h"
#include "ui/app_private.h"
#include "ui/composer_draft.h"
#include "ui/composer_private.h"
#include "ui/filing.h"
#include "ui/invitation_save.h"
#include "ui/reader_invitation.h"
#include "ui/time_ask.h"
#include "ui/view_reader.h"
#include "ui/view_waiting.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* While the person is asked. The message is its own: the reader may go on to another. */
struct offer {
    int64_t placement_id;
    message *letter;
    calendar *calendar;
    const struct calendar_event *event;
    char *account; /* the id */
    struct invitation_self self;
    bool is_secret;                           /* it came encrypted */
    char *comment, *delegate, *delegate_name; /* who comes instead; NULL */
};

static void offer_free(gpointer data)
{
    struct offer *self = data;
    if (self == NULL)
        return;
    g_clear_pointer(&self->letter, message_free);
    calendar_free(self->calendar);
    invitation_self_clear(&self->self);
    g_free(self->account);
    g_free(self->comment);
    g_free(self->delegate);
    g_free(self->delegate_name);
    g_free(self);
}

/* --- sending --- */

static struct offer *offer_keep(struct offer *from)
{
    struct offer *own = g_memdup2(from, sizeof *from);
    *from = (struct offer){ 0 };
    return own;
}

struct said {
    struct offer *offer;
    enum calendar_answer answer;
    char *message_id;
};

static void said_free(void *data)
{
    struct said *self = data;
    offer_free(self->offer);
    g_free(self->message_id);
    g_free(self);
}

static bool apply_note(store *db, void *data, GError **error)
{
    const struct said *self = data;
    return invitation_note_answer(db, self->offer->event, self->answer, self->message_id, error);
}

static void noted(app *ui, void *data, bool is_done, const GError *error)
{
    const struct said *self = data;
    const struct event news = { .type = EVENT_INVITATION_CHANGED }; /* the reader looks anew at what was answered */
    if (!is_done)
        app_error(ui, _("The answer is sent, but could not be noted here: %s"), error != NULL ? error->message : "");
    invitation_save(ui, self->offer->letter, self->offer->event, self->offer->self.address, self->answer, self->message_id);
    app_event(ui, &news);
}

static void answer_sent(app *ui, void *data, const struct draft *draft, bool is_sent, const GError *error)
{
    struct said *self = data;
    if (!is_sent) {
        app_error(ui, _("Nothing was sent: %s"), error->message);
        return;
    }
    struct said *own = g_new0(struct said, 1);
    *own = (struct said){ g_steal_pointer(&self->offer), self->answer, g_strdup(draft->message_id) };
    const struct filing filing = { apply_note, noted, said_free, own, 1, true };
    filing_start(ui, &filing);
}

/* start_utc: the time that is proposed instead; 0: none. What is in the offer is taken. */
static void send_answer(app *ui, struct offer *offer, enum calendar_answer answer, int64_t start_utc)
{
    g_autoptr(GError) why = NULL;
    const struct account *account = app_account_named(ui, offer->account);
    const struct invitation_said said = { answer, offer->comment, start_utc, offer->delegate, offer->delegate_name };
    g_autoptr(draft) draft =
        account != NULL ? invitation_reply(offer->calendar, offer->event, account, &offer->self, offer->letter, &said, &why) : NULL;
    if (draft != NULL)
        draft->reply_to_placement = offer->placement_id;
    if (draft == NULL) {
        app_error(ui, _("Nothing was sent: %s"), why != NULL ? why->message : _("The account is not there any more."));
        return;
    }
    struct draft *passed_on =
        answer == CALENDAR_DELEGATED ? invitation_pass_on(offer->calendar, offer->event, account, &offer->self, &said) : NULL;
    struct said *sent = g_new0(struct said, 1);
    *sent = (struct said){ offer_keep(offer), answer, NULL };
    composer_send_both_soon(ui, account, g_steal_pointer(&draft), passed_on, answer_sent, sent, said_free);
}

/* --- asking --- */

enum choice { CHOICE_ACCEPT, CHOICE_MAYBE, CHOICE_DECLINE, CHOICE_COMMENT, CHOICE_PROPOSE, CHOICE_DELEGATE, CHOICE_NOTHING, CHOICES };

static void ask(app *ui, struct offer *offer /* taken */);

static void commented(app *ui, void *data, const char *text)
{
    struct offer *offer = data;
    if (text == NULL)
        return;
    g_free(offer->comment);
    offer->comment = g_strdup(text);
    ask(ui, offer_keep(offer));
}

static void proposed(app *ui, void *data, const char *text)
{
    struct offer *offer = data;
    g_autoptr(GError) why = NULL;
    int64_t start_utc = 0;
    if (text == NULL || *text == '\0')
        return;
    if (when_parse(text, g_get_real_time() / G_USEC_PER_SEC, &start_utc, NULL, &why))
        send_answer(ui, offer, CALENDAR_TENTATIVE, start_utc);
    else
        time_ask_again(ui, _("When instead: "), text, why->message, proposed, offer_keep(offer), offer_free);
}

static void ask_comment(app *ui, struct offer *offer)
{
    g_autofree char *before = g_strdup(offer->comment);
    g_autofree char *label = g_strconcat(_("Your words to the organizer:"), " ", NULL);
    view_prompt_push(ui, label, before, false, NULL, commented, offer_keep(offer), offer_free);
}

/* --- somebody else comes --- */

static void ask_delegate(app *ui, struct offer *offer, const char *before, const char *why);

static void delegate_typed(app *ui, void *data, const char *text)
{
    struct offer *offer = data;
    if (text == NULL || *text == '\0')
        return;
    g_autoptr(GPtrArray) people = message_parse_addresses(text, NULL);
    const struct message_address *person = people != NULL && people->len == 1 ? g_ptr_array_index(people, 0) : NULL;
    g_autofree char *address = person != NULL && strchr(person->address, '@') != NULL ? g_strdup(person->address) : NULL;
    g_autofree char *why = address != NULL ? invitation_why_no_delegate(offer->event, &offer->self, address)
                                           : g_strdup(_("One person's address is wanted: Name <user@domain> or user@domain."));
    if (person == NULL || why != NULL) {
        ask_delegate(ui, offer, text, why);
        return;
    }
    offer->delegate = g_steal_pointer(&address);
    offer->delegate_name = g_strdup(person->name);
    send_answer(ui, offer, CALENDAR_DELEGATED, 0);
}

static void ask_delegate(app *ui, struct offer *offer, const char *before, const char *why)
{
    g_autofree char *organizer = calendar_person_words(offer->event->organizer);
    g_autofree char *told = g_strdup_printf(_("The invitation goes on to them, and %s is told who comes instead of you."), organizer);
    g_autofree char *text = g_strdup(before);
    view_prompt_push(ui, _("Who comes instead: "), text, false, composer_complete_people, delegate_typed, offer_keep(offer), offer_free);
    view_prompt_explain(ui, why != NULL ? why : told);
}

/* NULL: somebody else may be sent. */
static const char *why_no_delegate(const struct offer *offer)
{
    if (offer->self.role != INVITATION_INVITED)
        return _("You are not among the people it invites: nobody can come instead of you.");
    if (offer->is_secret)
        return _("The invitation came encrypted, and would go on readable for all: forward the message encrypted, and decline.");
    return NULL;
}

/* --- the choice --- */

static bool may_choose(const struct offer *offer, enum choice choice)
{
    if (choice == CHOICE_PROPOSE)
        return invitation_takes_proposals(offer->event);
    return choice != CHOICE_DELEGATE || why_no_delegate(offer) == NULL;
}

static void answered(app *ui, void *data, const char *line)
{
    struct offer *offer = data;
    gint64 left = line != NULL ? g_ascii_strtoll(line, NULL, 10) : -1;
    static const enum calendar_answer answers[] = {
        [CHOICE_ACCEPT] = CALENDAR_ACCEPTED, [CHOICE_MAYBE] = CALENDAR_TENTATIVE, [CHOICE_DECLINE] = CALENDAR_DECLINED
    };
    enum choice chosen = line != NULL ? CHOICE_ACCEPT : CHOICE_NOTHING;
    while (chosen < CHOICE_NOTHING && !(may_choose(offer, chosen) && left-- == 0)) /* they were counted without those that may not be */
        chosen++;
    if (chosen < CHOICE_COMMENT)
        send_answer(ui, offer, answers[chosen], 0);
    else if (chosen == CHOICE_COMMENT)
        ask_comment(ui, offer);
    else if (chosen == CHOICE_PROPOSE)
        time_ask(ui, _("When instead: "), proposed, offer_keep(offer), offer_free);
    else if (chosen == CHOICE_DELEGATE)
        ask_delegate(ui, offer, "", NULL);
}

static char *question_of(const struct offer *offer)
{
    const struct calendar_event *event = offer->event;
    g_autofree char *title = calendar_clean(event->title), *when = calendar_when_words(event),
                    *organizer = calendar_person_words(event->organizer);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, _("%s, %s. The answer goes to %s, from you as %s."), *title != '\0' ? title : _("(without a title)"),
                           when != NULL ? when : _("it does not say when"), organizer, offer->self.address);
    if (offer->self.role == INVITATION_UNLISTED)
        g_string_append_printf(text, " %s", _("You are not among the people it invites: the organizer may not expect you."));
    else if (offer->self.person != NULL && offer->self.person->wants_no_answer)
        g_string_append_printf(text, " %s", _("The organizer asks for no answer."));
    if (offer->is_secret)
        g_string_append_printf(text, " %s", _("The invitation came encrypted; the answer is not, and names its title."));
    if (event->refuses_counter)
        g_string_append_printf(text, " %s", _("The organizer wants no other time proposed."));
    if (event->has_rule && event->occurrence == NULL)
        g_string_append_printf(text, " %s", _("The answer is for all of the series."));
    if (offer->comment != NULL && *offer->comment != '\0')
        g_string_append_printf(text, " “%s”", offer->comment);
    return g_string_free(text, FALSE);
}

static void ask(app *ui, struct offer *offer)
{
    static const char *const labels[CHOICES] = { [CHOICE_ACCEPT] = N_("&Accept"),
                                                 [CHOICE_MAYBE] = N_("&Maybe"),
                                                 [CHOICE_DECLINE] = N_("&Decline"),
                                                 [CHOICE_COMMENT] = N_("Some &words with it…"),
                                                 [CHOICE_PROPOSE] = N_("&Propose another time…"),
                                                 [CHOICE_DELEGATE] = N_("&Somebody else comes…"),
                                                 [CHOICE_NOTHING] = N_("&Not now") };
    const char *choices[CHOICES + 1] = { NULL };
    for (enum choice each = CHOICE_ACCEPT, count = CHOICE_ACCEPT; each < CHOICES; each++)
        if (may_choose(offer, each))
            choices[count++] = labels[each];
    g_autofree char *text = question_of(offer);
    view_choice_push(ui, _("Answer the invitation?"), text, choices, answered, offer, offer_free);
}

/* --- by a message --- */

/* NULL: it can be answered. */
static const char *why_not(app *ui, const struct offer *offer)
{
    g_auto(invitation_state) state = { 0 };
    const calendar *from = offer->calendar;
    invitation_meet(app_store(ui), from, offer->event, &state);
    if (from->method == CALENDAR_CANCEL || offer->event->is_cancelled || state.is_cancelled)
        return _("This was cancelled: there is nothing to answer.");
    if (from->method != CALENDAR_REQUEST && from->method != CALENDAR_ADD)
        return _("This is no invitation: nobody waits for an answer.");
    if (offer->event->organizer == NULL || *offer->event->uid == '\0')
        return _("This invitation does not say who is to be answered. Write to its sender instead.");
    if (offer->self.role == INVITATION_ORGANIZER)
        return _("This is your own invitation.");
    if (state.age == INVITATION_STRANGE)
        return _("This message names another organizer than the invitation it speaks of. Nothing is answered.");
    return state.age == INVITATION_OLD ? _("This is an older version; answer the newer one.") : NULL;
}

struct wish {
    int64_t placement_id;
    enum calendar_answer wanted;
    bool has_parts; /* all of the message was fetched for it */
};

static struct offer *offer_new(app *ui, const struct wish *wish, const message *original, const char **missing_out)
{
    const struct account *account = NULL;
    g_autoptr(GBytes) raw = message_raw(original);
    g_autoptr(placement) about = store_placement(app_store(ui), wish->placement_id, NULL);
    struct offer *offer = g_new0(struct offer, 1);
    offer->placement_id = wish->placement_id;
    offer->calendar = message_calendar(original, missing_out);
    offer->letter = message_parse(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
    offer->is_secret = message_is_decrypted(original);
    if (about == NULL || offer->calendar == NULL ||
        !reader_invitation_self(ui, offer->calendar, original, about->account_id, &offer->event, &account, &offer->self)) {
        offer_free(offer);
        return NULL;
    }
    offer->account = g_strdup(account->id);
    return offer;
}

static void begin(app *ui, void *data, message *original);

static void wait_for(app *ui, int64_t placement_id, enum calendar_answer wanted, bool has_parts)
{
    struct wish wish = { placement_id, wanted, has_parts };
    view_waiting_for_message(ui, placement_id, has_parts, begin, g_memdup2(&wish, sizeof wish), g_free);
}

static void begin_delegating(app *ui, struct offer *offer /* taken */)
{
    const char *why = why_no_delegate(offer);
    if (why != NULL)
        app_brief(ui, "%s", why);
    else
        ask_delegate(ui, offer, "", NULL);
    offer_free(offer);
}

static void begin_with(app *ui, const struct wish *wish, const message *original)
{
    const char *missing = NULL;
    struct offer *offer = offer_new(ui, wish, original, &missing);
    if (offer == NULL && missing != NULL && !wish->has_parts) {
        wait_for(ui, wish->placement_id, wish->wanted, true);
        return;
    }
    const char *why = offer != NULL ? why_not(ui, offer) : _("There is no invitation in this message.");
    if (why != NULL) {
        app_brief(ui, "%s", why);
        offer_free(offer);
    } else if (wish->wanted == CALENDAR_DELEGATED) {
        begin_delegating(ui, offer);
    } else if (wish->wanted == CALENDAR_NO_ANSWER || offer->self.role == INVITATION_UNLISTED || offer->is_secret) {
        ask(ui, offer);
    } else {
        send_answer(ui, offer, wish->wanted, 0);
        offer_free(offer);
    }
}

static void begin(app *ui, void *data, message *original)
{
    begin_with(ui, data, original);
}

/* What the reader shows is at hand, also where it had to be decrypted. */
static void start(app *ui, enum calendar_answer wanted)
{
    const struct wish wish = { app_current_placement(ui), wanted, false };
    const view *reader = ui->panes[PANE_READER];
    const message *shown =
        wish.placement_id != 0 && view_reader_placement(reader) == wish.placement_id ? view_reader_message(reader) : NULL;
    if (wish.placement_id == 0)
        app_brief(ui, _("No message is selected."));
    else if (shown != NULL)
        begin_with(ui, &wish, shown);
    else
        wait_for(ui, wish.placement_id, wanted, false);
}

void cmd_invitation(app *ui, view *base)
{
    (void)base;
    start(ui, CALENDAR_NO_ANSWER);
}

void cmd_invitation_accept(app *ui, view *base)
{
    (void)base;
    start(ui, CALENDAR_ACCEPTED);
}

void cmd_invitation_maybe(app *ui, view *base)
{
    (void)base;
    start(ui, CALENDAR_TENTATIVE);
}

void cmd_invitation_decline(app *ui, view *base)
{
    (void)base;
    start(ui, CALENDAR_DECLINED);
}

void cmd_invitation_delegate(app *ui, view *base)
{
    (void)base;
    start(ui, CALENDAR_DELEGATED);
}
