/* SPDX-License-Identifier: MIT */
/* Between the files of the wizard: its state, what a person typed so far, the forms and the drawing. */
#pragma once
#include "core/setup.h"
#include "ui/app.h"
#include "ui/form.h"

enum wizard_step { STEP_WHO, STEP_FIND, STEP_SERVERS, STEP_SIGN_IN, STEP_PROBE, STEP_CERTIFICATE, STEP_CLEARTEXT, STEP_SAVE, STEP_SAVING };
/* Where the password is kept, in the order of the choice; the keyring only where there is one. */
enum wizard_way { WAY_KEYRING, WAY_SEALED, WAY_ASK, WAY_COMMAND, WAY_CLEAR, WAY_COUNT };
/* With what a person signs in; the last two where the service lets one in through its web page. */
enum wizard_how { HOW_PASSWORD, HOW_BROWSER, HOW_DEVICE, HOW_COUNT };
enum wizard_sending { SENDING_SAME, SENDING_OTHER, SENDING_NOBODY, SENDING_COUNT };

struct wizard_server {
    char *host, *port;
    int security, protocol; /* as chosen; protocol 0: IMAP, 1: POP3, and nothing for sending */
};
/* What was typed, also into forms that were left without Enter: going back loses nothing. Secrets are wiped. */
struct wizard_typed {
    char *name, *address;
    struct wizard_server servers[2]; /* reading, sending; host NULL: nothing typed */
    char *user, *password, *command;
    char *passphrase, *passphrase_again; /* of the encrypted file */
    int how;                             /* enum wizard_how; -1: not chosen yet */
    char *sending_user, *sending_password, *sending_command;
    int way; /* enum wizard_way; -1: not chosen yet */
    enum wizard_sending sending;
    char *account_name;
    int pop3_delete; /* as chosen */
};

struct view_wizard {
    view base;
    canvas *canvas;
    setup *setup;
    enum wizard_step step, before_question;
    form *form; /* of this step; NULL: it has none */
    char *complaint;
    struct question *certificate;
    struct wizard_typed typed;
    bool is_by_hand;   /* the servers were */
    bool asks_sending; /* the server for sending may want a name of its own */
    bool is_fault_outgoing;
    bool is_to_retry; /* the search has ended, and the same again may help */
    int scroll;       /* lines of a text that is longer than the screen */
    int lines, room;  /* of that text, when it was drawn last */
    /* fields of the form of the step */
    int field_name, field_address;
    int field_host[2], field_port[2], field_security[2], field_protocol;
    int field_how, field_user, field_password, field_way, field_command;
    int field_passphrase, field_passphrase_again;
    int field_sending, field_sending_user, field_sending_password, field_sending_command;
    int field_account, field_delete;
    enum wizard_way ways[WAY_COUNT]; /* what the choices mean */
    enum wizard_how hows[HOW_COUNT];
    bool has_how;
};

/* --- view_wizard_forms.c --- */
void wizard_set(char **field, const char *value); /* wipes the old one */
void wizard_typed_clear(struct wizard_typed *typed);
void wizard_fill(struct view_wizard *self); /* the form of the step, if it has one */
void wizard_keep(struct view_wizard *self); /* takes over what stands in the form */
void wizard_show_fields(struct view_wizard *self);
bool wizard_turn_how(struct view_wizard *self); /* was it chosen to sign in another way? Then the form is another one now */
/* Each says false with a complaint and the focus where it is to be mended. */
bool wizard_take_who(struct view_wizard *self);
bool wizard_take_servers(struct view_wizard *self);
bool wizard_take_sign_in(struct view_wizard *self);
void wizard_complain(struct view_wizard *self, const char *words /* NULL: none */);

/* --- view_wizard_draw.c --- */
void wizard_draw(struct view_wizard *self);

/* --- view_wizard_table.c --- */
void wizard_draw_table(struct view_wizard *self, int row, int end);
/* What a password goes to, and what has been seen of it. Gives the row behind it. */
int wizard_draw_destination(struct view_wizard *self, int row, int end, const char *label, const struct account_server *server);
