/* SPDX-License-Identifier: MIT */
/* The loop and what every view may ask of it. UI thread only. */
#pragma once
#include "config/settings.h"
#include "core/compose.h"
#include "core/engine.h"
#include "core/event.h"
#include "core/query.h"
#include "core/store.h"
#include "core/store_folder.h"
#include "ui/view.h"

struct app_options {
    const char *folder;
    const char *mailto;
    bool is_wizard;
    const char *wizard_address;
    const char *account;
    bool is_compose_only;
    bool is_offline; /* no connections until the person says so */
};
int app_run(const struct app_options *options); /* the exit code */

store *app_store(app *app);
engine *app_engine(app *app); /* never NULL; without accounts it has none */
event_queue *app_events(app *app);
query *app_query(app *app);    /* reads of the store that may be long */
query *app_pictures(app *app); /* unpacks, and fetches, what is drawn */
query *app_crypto(app *app);   /* GnuPG, which may be slow */
query *app_files(app *app);    /* a person's files, which may be large or far away: what is attached */
query *app_loader(app *app);   /* files that may be big: a message to be taken apart */
const struct settings *app_settings(app *app);
GPtrArray *app_accounts(app *app);                               /* of struct account*; changes when the wizard adds one */
const struct account *app_account(app *app, int64_t account_id); /* NULL: gone */
const struct account *app_account_named(app *app, const char *id);
const struct account *app_account_for_folder(app *app, int64_t folder_id);
void app_add_account(app *app, struct account *account /* taken */); /* after the wizard: engine_add, folders shown, its Inbox opened */
void app_quit(app *app);

/* The status line: what just happened. Error stays until the next key and is kept in the activity view's log. */
void app_say(app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Of something small that cannot be, or needs no memory: gone with the next key. */
void app_brief(app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An error that no key brought about: it stays until it could be read. */
void app_tell(app *app, const char *error);
void app_error(app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
const GPtrArray *app_log(app *app); /* of char*: what was said, newest last, at most 500 */
void app_refresh(app *app);         /* everything is laid out and drawn anew (resize, theme) */
int64_t app_now_ms(void);           /* monotonic */
int64_t app_last_key_ms(app *app);  /* when a key was pressed last */

/* Leaves curses for a program on the terminal (editor, pager) and comes back; mail goes on arriving, timers wait. argv[0] from PATH, no shell. */
bool app_run_external(app *app, const char *const *argv, int *status_out, GError **error);
/* The same while what it writes is followed (ui/file_watch.h). */
struct file_watch;
bool app_run_watched(app *app, const char *const *argv, const struct file_watch *watch, int *status_out, GError **error);

/* --- current selection (view_list and view_reader know it) --- */
int64_t app_current_folder(app *app);    /* 0: none */
int64_t app_current_placement(app *app); /* the one under the cursor or open in the reader; 0: none */
/* What a command acts on: the marked ones, else the current (its whole conversation when collapsed); of int64_t, caller frees. */
GArray *app_targets(app *app);
int64_t app_folder_at_hand(app *app); /* the folder shown; in a search that of the message under the cursor */
void app_open_folder(app *app, int64_t folder_id);
/* The list shows what is found in all mail; an empty query finds nothing. */
void app_search(app *app, const char *words, bool is_typed);
void app_leave_search(app *app); /* back to the folder it was begun in */
void app_after_change(app *app); /* an intent was made: wake the engine, re-read the window, counts */
/* Moves the selection on after the current message left the list, or in the reader opens the next. */
void app_open_message(app *app, int64_t placement_id);
void app_read_message(app *app, int64_t placement_id); /* into the reader: with its conversation, where the list shows those */

/* --- views others may push --- */
typedef void app_answer(app *app, void *data, const char *text /* NULL: Esc */);
/* One line of input with a label; completion may be NULL: returns of char* for a prefix. data_free may be NULL. */
typedef GPtrArray *app_complete(app *app, void *data, const char *prefix);
void view_prompt_push(app *app, const char *label, const char *initial, bool is_secret, app_complete *complete, app_answer *answer,
                      void *data, GDestroyNotify data_free);
/* The prompt that was pushed last says what is being typed, at each change; typed may not push or pop. */
void view_prompt_follow(app *app, app_answer *typed);
/* Why it is asked, in lines above the prompt that was pushed last. */
void view_prompt_explain(app *app, const char *words);
/* A question with a few answers: "yes" "no"; keys are the first letters ("&Yes" marks another). answer gets the index as text, NULL: Esc. */
void view_choice_push(app *app, const char *title, const char *text, const char *const *choices, app_answer *answer, void *data,
                      GDestroyNotify data_free);
/* The answer of the choice pushed last that holds now: it is marked, and the cursor is on it. */
void view_choice_mark(app *app, guint index);
/* The one that was pushed last: a row for the question, one for the answers' first words, until the arrow down asks for all their words. */
void view_choice_begin_as_line(app *app);
/* Its letters do not answer it, arrows and Enter do; the cursor is on this one: for what must not be answered by somebody who goes on typing. */
void view_choice_deliberate(app *app, guint index);
void view_question_push(app *app, int64_t question_id); /* certificate, password, mail in doubt; one after the other */
void view_question_forget(void);                        /* at the end: those that waited */
/* A sign-in waits for a browser: EVENT_VISIT's words. account 0: shown by somebody else where no browser can be opened. */
void view_visit_push(app *app, int64_t account, const char *words);
void view_palette_push(app *app);
void view_help_push(app *app, enum context context);
void view_activity_push(app *app);
void view_composer_push(app *app, struct draft *draft /* taken */);
void view_wizard_push(app *app, const char *address /* NULL */);
typedef void app_folder_answer(app *app, void *data, int64_t folder_id /* 0: Esc */);
/* Folders of the account (0: of none) first, then all others. here: mail lies there that shall go elsewhere, so it comes last, and where mail of the account
 * was filed lately comes first; 0: mail goes nowhere. */
void view_folder_picker_push(app *app, const char *label, int64_t account_id, int64_t here, app_folder_answer *answer, void *data,
                             GDestroyNotify data_free);
/* The picker that was pushed last also makes a folder that is not there, after asking. */
void view_folder_picker_offer_new(app *app);
/* Runs a command by name as if its key was pressed. */
bool app_run_command(app *app, const struct command *command);
/* The key a command has now, for hints and help; "" if none. */
const char *keymap_key_for(app *app, const struct command *command, enum context context);
