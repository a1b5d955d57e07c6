/* SPDX-License-Identifier: MIT */
/* From a name and an address to an account that works: which step follows which. No logic of its own: core/setup has it. Nothing is on the disk before
 * the last Enter; Esc goes one step back, and out of the first. */
#include "config/providers.h"
#include "core/demo.h"
#include "ui/view_wizard_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

static struct view_wizard *cast(view *self)
{
    return (struct view_wizard *)(void *)self;
}

static void enter(struct view_wizard *self, enum wizard_step step)
{
    self->step = step;
    self->is_to_retry = false;
    self->scroll = 0;
    wizard_fill(self);
    view_touch(&self->base);
}

/* --- going on --- */
static void find(struct view_wizard *self)
{
    if (!wizard_take_who(self))
        return;
    wizard_complain(self, NULL);
    self->is_by_hand = false;
    setup_find(self->setup, self->typed.name, self->typed.address);
    enter(self, STEP_FIND);
}

static void use_servers(struct view_wizard *self)
{
    if (!wizard_take_servers(self))
        return;
    wizard_complain(self, NULL);
    self->is_by_hand = true;
    setup_use(self->setup, setup_account(self->setup));
    enter(self, STEP_FIND);
}

static void sign_in(struct view_wizard *self)
{
    if (!wizard_take_sign_in(self))
        return;
    wizard_complain(self, NULL);
    setup_sign_in(self->setup, self->typed.how > HOW_PASSWORD ? "" : self->typed.password);
    enter(self, STEP_PROBE);
}

static void leave_with(struct view_wizard *self, struct account *owner /* taken */, const char *words)
{
    app *ui = self->base.app;
    g_autofree char *said = g_strdup(words);
    view_pop(ui, &self->base);
    app_add_account(ui, owner);
    app_say(ui, "%s", said);
}

static void save(struct view_wizard *self)
{
    struct account *owner = setup_account(self->setup);
    if (*self->typed.account_name != '\0')
        wizard_set(&owner->name, self->typed.account_name);
    owner->pop3_delete = (enum account_delete)self->typed.pop3_delete;
    wizard_complain(self, NULL);
    setup_save(self->setup);
    enter(self, STEP_SAVING);
}

static void use_demo(struct view_wizard *self)
{
    struct account *owner = NULL;
    g_autoptr(GError) error = NULL;
    GPtrArray *accounts = app_accounts(self->base.app);
    for (guint i = 0; i < accounts->len; i++) {
        if (strcmp(((const struct account *)g_ptr_array_index(accounts, i))->id, "demo") == 0) {
            wizard_complain(self, _("The demo account is there already."));
            return;
        }
    }
    if (!demo_create(&owner, &error)) {
        wizard_complain(self, error->message);
        return;
    }
    leave_with(self, owner, _("Demo account: nothing leaves this computer. `postern setup` adds your own."));
}

static void look_again(struct view_wizard *self, enum wizard_step from)
{
    wizard_complain(self, NULL);
    if (from == STEP_PROBE) {
        setup_sign_in(self->setup, NULL); /* with the password given before */
        enter(self, STEP_PROBE);
        return;
    }
    setup_use(self->setup, setup_account(self->setup)); /* the other server may have a certificate to ask about too */
    enter(self, STEP_FIND);
}

static void accept_certificate(struct view_wizard *self, bool is_pinned)
{
    setup_accept_certificate(self->setup, is_pinned);
    g_clear_pointer(&self->certificate, question_free);
    look_again(self, self->before_question);
}

static void accept_cleartext(struct view_wizard *self)
{
    struct account *owner = setup_account(self->setup);
    (self->is_fault_outgoing ? &owner->outgoing : &owner->incoming)->allow_cleartext_password = true;
    look_again(self, STEP_PROBE);
}

static void go_on(struct view_wizard *self)
{
    wizard_keep(self);
    switch (self->step) {
    case STEP_WHO:
        find(self);
        break;
    case STEP_SERVERS:
        use_servers(self);
        break;
    case STEP_SIGN_IN:
        sign_in(self);
        break;
    case STEP_SAVE:
        save(self);
        break;
    case STEP_FIND:
    case STEP_PROBE:
    case STEP_CERTIFICATE:
    case STEP_CLEARTEXT:
    case STEP_SAVING:
        break;
    }
}

/* --- going back --- */
static void leave(struct view_wizard *self)
{
    app *ui = self->base.app;
    bool has_accounts = app_accounts(ui)->len > 0;
    view_pop(ui, &self->base);
    if (!has_accounts)
        app_quit(ui);
}

static enum wizard_step step_before(const struct view_wizard *self)
{
    enum wizard_step servers = self->is_by_hand ? STEP_SERVERS : STEP_WHO;
    switch (self->step) {
    case STEP_FIND:
    case STEP_SIGN_IN:
        return servers;
    case STEP_CERTIFICATE:
        return self->before_question == STEP_PROBE ? STEP_SIGN_IN : servers;
    case STEP_PROBE:
    case STEP_CLEARTEXT:
    case STEP_SAVE:
        return STEP_SIGN_IN;
    case STEP_SAVING:
        return STEP_SAVE;
    case STEP_WHO:
    case STEP_SERVERS:
        break;
    }
    return STEP_WHO;
}

static void go_back(struct view_wizard *self)
{
    wizard_keep(self);
    setup_cancel(self->setup);
    wizard_complain(self, NULL);
    g_clear_pointer(&self->certificate, question_free);
    if (self->step == STEP_WHO)
        leave(self);
    else
        enter(self, step_before(self));
}

/* --- keys --- */
static bool is_letter(const struct key *key, uint32_t letter)
{
    return key->kind == KEY_KIND_CHARACTER && key->mods == 0 && key->character == letter;
}

static bool press_question(struct view_wizard *self, const struct key *key)
{
    int step = key->name == KEY_NAME_DOWN        ? 1
               : key->name == KEY_NAME_UP        ? -1
               : key->name == KEY_NAME_PAGE_DOWN ? self->room
               : key->name == KEY_NAME_PAGE_UP   ? -self->room
                                                 : 0;
    self->scroll = CLAMP(self->scroll + step, 0, MAX(self->lines - self->room, 0));
    if (self->step == STEP_CERTIFICATE && (is_letter(key, 'o') || is_letter(key, 'p')))
        accept_certificate(self, key->character == 'p');
    else if (self->step == STEP_CLEARTEXT && is_letter(key, 's'))
        accept_cleartext(self);
    return true;
}

static void try_again(struct view_wizard *self)
{
    if (self->is_by_hand)
        look_again(self, STEP_FIND);
    else
        find(self);
}

static bool press_control(struct view_wizard *self, const struct key *key)
{
    bool has_control = key->kind == KEY_KIND_CHARACTER && (key->mods & KEY_MOD_CTRL) != 0;
    bool can_do_by_hand = self->step == STEP_FIND || self->step == STEP_SIGN_IN;
    if (has_control && key->character == 'c') { /* out of all of it: nothing is on the disk yet */
        setup_cancel(self->setup);
        leave(self);
    } else if (self->step == STEP_WHO && ((has_control && key->character == 'd') || key->name == KEY_NAME_F1 + 1))
        use_demo(self);
    else if (self->is_to_retry && key->kind == KEY_KIND_NAMED && key->name == KEY_NAME_ENTER)
        try_again(self);
    else if (has_control && key->character == 's' && can_do_by_hand) {
        wizard_keep(self);
        setup_cancel(self->setup);
        wizard_complain(self, NULL);
        enter(self, STEP_SERVERS);
    } else
        return false;
    return true;
}

/* Ports and the like are right as they are for most: the names of both servers will do. False: one is missing, and the cursor is there now. */
static bool has_servers(struct view_wizard *self)
{
    for (int i = 0; i < 2; i++) {
        g_autofree char *host = g_strstrip(g_strdup(form_text(self->form, self->field_host[i])));
        if (*host == '\0') {
            form_set_focus(self->form, self->field_host[i]);
            return false;
        }
    }
    return true;
}

static bool press(view *base, const struct key *key)
{
    struct view_wizard *self = cast(base);
    view_touch(base);
    if (key->kind == KEY_KIND_NAMED && key->name == KEY_NAME_ESCAPE) {
        go_back(self);
        return true;
    }
    if (press_control(self, key))
        return true;
    if (self->step == STEP_CERTIFICATE || self->step == STEP_CLEARTEXT)
        return press_question(self, key);
    if (self->form == NULL)
        return true;
    bool is_enter = key->kind == KEY_KIND_NAMED && key->name == KEY_NAME_ENTER, is_by_hand = is_enter && self->step == STEP_SERVERS;
    enum form_answer answer = !is_by_hand ? form_press(self->form, key) : has_servers(self) ? FORM_DONE : FORM_USED;
    if (answer == FORM_TOO_LONG)
        wizard_complain(self, _("What was pasted is too long for one line: nothing of it was taken."));
    if (answer == FORM_CHANGED && form_is_at_choice(self->form))
        wizard_complain(self, NULL); /* it was of what was chosen before */
    if (answer == FORM_CHANGED && self->step == STEP_SIGN_IN && !wizard_turn_how(self))
        wizard_show_fields(self);
    if (answer == FORM_DONE)
        go_on(self);
    return true; /* whatever is typed here is never a command */
}

/* --- events --- */
static void ask(struct view_wizard *self, enum wizard_step question)
{
    self->before_question = self->step;
    enter(self, question);
}

/* A refused password is typed anew; anything else a person typed is kept. */
static void failed_sign_in(struct view_wizard *self, enum setup_fault fault, const char *words)
{
    bool is_refused = fault == SETUP_FAULT_PASSWORD;
    if (fault == SETUP_FAULT_PASSPHRASE)
        wizard_set(&self->typed.passphrase, NULL);
    if (is_refused && !self->is_fault_outgoing)
        wizard_set(&self->typed.password, NULL);
    if (is_refused && self->is_fault_outgoing)
        wizard_set(&self->typed.sending_password, NULL);
    if (is_refused && self->is_fault_outgoing)
        self->asks_sending = true;
    enter(self, STEP_SIGN_IN);
    wizard_complain(self, words);
}

/* What the search found out stands in the form; where the network is at fault, nothing needs to be typed. */
static void failed_search(struct view_wizard *self, enum setup_fault fault, const char *words)
{
    bool is_network = fault == SETUP_FAULT_NETWORK;
    wizard_complain(self, words);
    if (fault == SETUP_FAULT_NO_PROGRAMS || is_network) {
        enter(self, is_network ? STEP_FIND : STEP_WHO);
        self->is_to_retry = is_network;
        return;
    }
    for (int i = 0; i < 2 && self->is_by_hand; i++)
        wizard_set(&self->typed.servers[i].host, NULL); /* another port may answer: that is in the account now */
    self->is_by_hand = true;                            /* from here on: Esc comes back to this form */
    enter(self, STEP_SERVERS);
}

static void failed(struct view_wizard *self, const struct event *event)
{
    enum setup_fault fault = setup_fault(self->setup, &self->is_fault_outgoing);
    if (event->item == SETUP_PHASE_SAVE) {
        enter(self, STEP_SAVE);
        wizard_complain(self, event->text);
    } else if (fault == SETUP_FAULT_CLEARTEXT) {
        ask(self, STEP_CLEARTEXT);
    } else if (event->item == SETUP_PHASE_SIGN_IN) {
        failed_sign_in(self, fault, event->text);
    } else {
        failed_search(self, fault, event->text);
    }
}

static void worked(struct view_wizard *self, const struct event *event)
{
    wizard_complain(self, NULL);
    self->is_fault_outgoing = false;
    if (event->item == SETUP_PHASE_SAVE) {
        struct account *owner = setup_account(self->setup);
        g_autofree char *words = g_strdup_printf(_("The account is saved in %s."), owner->path);
        leave_with(self, account_copy(owner), words);
        return;
    }
    for (int i = 0; i < 2 && !self->is_by_hand; i++)
        wizard_set(&self->typed.servers[i].host, NULL); /* what was found counts */
    enter(self, event->item == SETUP_PHASE_FIND ? STEP_SIGN_IN : STEP_SAVE);
}

static void took_done(struct view_wizard *self, const struct event *event)
{
    static const enum wizard_step steps[] = {
        [SETUP_PHASE_FIND] = STEP_FIND, [SETUP_PHASE_SIGN_IN] = STEP_PROBE, [SETUP_PHASE_SAVE] = STEP_SAVING
    };
    if (!setup_is_current(self->setup, event) || event->item < 0 || event->item >= (int64_t)G_N_ELEMENTS(steps) ||
        self->step != steps[event->item]) /* of a phase that was left */
        return;
    g_clear_pointer(&self->certificate, question_free);
    self->certificate = setup_certificate(self->setup);
    if (self->certificate != NULL)
        ask(self, STEP_CERTIFICATE);
    else if (event->state != 0)
        worked(self, event);
    else
        failed(self, event);
}

static void take_event(view *base, const struct event *event)
{
    if (event->type != EVENT_SETUP_STEP && event->type != EVENT_SETUP_DONE)
        return;
    view_touch(base);
    if (event->type == EVENT_SETUP_DONE)
        took_done(cast(base), event);
}

/* --- view --- */
static void draw(view *base)
{
    wizard_draw(cast(base));
}

static void place(view *base, struct rect area)
{
    canvas_move(cast(base)->canvas, area);
}

static void release(view *base)
{
    struct view_wizard *self = cast(base);
    setup_free(self->setup);
    form_free(self->form);
    question_free(self->certificate);
    wizard_typed_clear(&self->typed);
    g_free(self->complaint);
    canvas_free(self->canvas);
    g_free(self);
}

static const struct view_ops ops = {
    .name = "wizard", .context = CONTEXT_WIZARD, .layout = place, .draw = draw, .key = press, .event = take_event, .free = release
};

static char *name_of_person(void)
{
    const char *name = g_get_real_name();
    bool is_known = name != NULL && strcmp(name, "Unknown") != 0 && strcmp(name, "root") != 0;
    return g_strdup(is_known ? name : "");
}

/* Who has written an account file must not think that it was not found. */
static void tell_broken_files(struct view_wizard *self)
{
    GPtrArray *errors = NULL;
    GPtrArray *accounts = account_file_load_all(&errors);
    if (errors->len > 0) {
        const GError *first = g_ptr_array_index(errors, 0);
        g_autofree char *words = g_strdup_printf(
            _("There is an account already, but it cannot be used:\n%s\nMend the file and start again, or set up another account here."),
            first->message);
        wizard_complain(self, words);
    }
    g_ptr_array_unref(accounts);
    g_ptr_array_unref(errors);
}

/* Rows of one's own that cannot be used would be missed silently. */
static void tell_broken_services(struct view_wizard *self)
{
    const GPtrArray *faults = provider_faults();
    if (faults->len > 0 && self->complaint == NULL)
        wizard_complain(self, ((const GError *)faults->pdata[0])->message);
}

void view_wizard_push(app *ui, const char *address)
{
    struct view_wizard *self = g_new0(struct view_wizard, 1);
    view_init(&self->base, &ops, ui);
    self->canvas = canvas_new((struct rect){ 0 });
    self->setup = setup_new(app_events(ui));
    self->typed.way = self->typed.how = -1;
    self->typed.name = name_of_person();
    self->typed.address = g_strdup(address != NULL ? address : "");
    enter(self, STEP_WHO);
    if (app_accounts(ui)->len == 0)
        tell_broken_files(self);
    tell_broken_services(self);
    view_push(ui, &self->base);
}
