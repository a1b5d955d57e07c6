/* SPDX-License-Identifier: MIT */
/* Between the composer's files: the view, its drawing, its completions, its commands. */
#pragma once
#include "core/address_query.h"
#include "core/store_contact.h"
#include "ui/app.h"
#include "ui/body_editor.h"
#include "ui/canvas.h"
#include "ui/field.h"

enum composer_focus { FOCUS_FROM, FOCUS_TO, FOCUS_CC, FOCUS_BCC, FOCUS_SUBJECT, FOCUS_BODY };
#define FIELD_COUNT FOCUS_BODY

struct composer {
    view base;
    canvas *canvas;
    struct draft *draft;
    struct field fields[FIELD_COUNT];
    enum composer_focus focus;
    body_editor *editor; /* while the built-in one is open */
    size_t text_cursor;  /* where it was left; SIZE_MAX: not opened yet */
    int scroll;          /* first line of the text shown; quotes that are folded are one */
    bool has_quotes_open;
    char *sought;    /* in the editor, last; NULL: nothing yet */
    GPtrArray *menu; /* of struct contact*: completions of the field that is being typed; NULL: none */
    guint menu_choice;
    bool has_moved_in_menu;
    address_query *asked; /* another program's address book; NULL: no */
    GPtrArray *notes;     /* of char*: what is worth knowing before it is sent */
    char *kept;           /* file */
    int64_t kept_at_ms;
    int64_t replaces;                 /* placement of its version in Drafts; 0: none */
    bool is_touched;                  /* there is something to lose */
    char *opened;                     /* what it was when it was opened, for composer_is_as_opened(); NULL: nowhere else than here */
    bool has_put_version;             /* Drafts holds what was written here */
    bool is_changed, is_settled;      /* is_settled: sent, saved or thrown away: nothing more to keep */
    bool has_new_attachments;         /* not kept yet */
    struct composer_parts *parts;     /* ui/composer_parts: big ones on their way to the disk; NULL */
    int64_t send_at_utc;              /* while it is asked whether to send */
    unsigned send_ticket;             /* the hook before-send is asked about this one; 0: none */
    GArray *errands;                  /* ui/composer_errand: under way; NULL */
    bool is_send_wanted;              /* once the errands that are needed are done, at send_at_utc */
    struct composer_sealing *sealing; /* ui/composer_seal: GnuPG is at work, or asked something; NULL */
    struct composer_keys *keys;       /* ui/composer_keys: whose keys are here; NULL: not looked at yet */
    struct composer_vault *vault;     /* ui/composer_vault: the encrypted draft on its way into Drafts; NULL */
    /* ui/composer_version: changed since the last version in Drafts; when it was, first and last */
    bool is_unversioned;
    int64_t changed_ms, unversioned_ms, version_again_ms;
    char *version_id; /* Message-ID of the version in Drafts, to be remembered beside what is kept */
    bool is_version_noted;
    char *version_account; /* in whose Drafts it is; NULL: that of the draft */
};

/* view_composer.c */
struct composer *composer_of(view *base); /* NULL: another view */
const struct account *composer_account(struct composer *self);
void composer_take_fields(struct composer *self);
void composer_show_fields(struct composer *self); /* the draft was changed: its fields, not its text */
void composer_show_draft(struct composer *self);  /* all of it, and it is kept */
void composer_focus_on(struct composer *self, enum composer_focus focus);
void composer_note_change(struct composer *self);
void composer_keep_now(struct composer *self);
bool composer_is_as_opened(struct composer *self);       /* nobody changed anything, or what was changed is as it was */
void composer_open_editor(struct composer *self);        /* the built-in one */
bool composer_is_unwritten(const struct composer *self); /* a new message without a word, but for the signature */
void composer_end_editor(struct composer *self);
/* The draft is the caller's now; the composer is to be settled at once. */
struct draft *composer_release_draft(struct composer *self);
void composer_settle(struct composer *self); /* nothing more to keep: the view goes */

/* cmd_composer.c: why it is not sent, with the cursor in the field that is wrong. */
void composer_point_at(struct composer *self, const GError *why);
/* What it waited for is done. */
void composer_errand_done(struct composer *self, bool is_good);

/* composer_complete.c */
void composer_find_completions(struct composer *self);
void composer_poll_completions(struct composer *self); /* what another program answered meanwhile */
void composer_expand_groups(struct composer *self);    /* names of groups become their members */
void composer_accept_completion(struct composer *self);
bool composer_menu_key(struct composer *self, const struct key *key);
char *composer_contact_text(const struct contact *person);                     /* as it stands in a field; caller frees */
GPtrArray *composer_complete_people(app *app, void *data, const char *prefix); /* of a prompt: its last address, from contacts */

/* composer_attach.c: names in a directory that begin like what was typed (an app_complete). */
GPtrArray *composer_complete_path(app *app, void *data, const char *prefix);

/* composer_form.c */
char *composer_form_words(const struct draft *draft); /* "Markdown · flowed"; caller frees; "": as usual */

/* composer_draw.c */
void composer_draw(view *base);

/* composer_notes.c */
GPtrArray *composer_notes(struct composer *self);    /* of char*, worth knowing but no reason to ask; caller frees */
GPtrArray *composer_warnings(struct composer *self); /* of char*, asked before it is sent; caller frees */
