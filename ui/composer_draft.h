/* SPDX-License-Identifier: MIT */
/* What becomes of a draft: kept on the disk while it is written, put into Drafts, sent, taken back. */
#pragma once
#include "ui/app.h"

/* Keeps the draft in $XDG_DATA_HOME/postern/composing: survives kill -9, with is_durable (fdatasync) a power cut as well. *path: the file, named on the first call. */
bool composer_keep(struct draft *draft, char **path, bool is_durable, GError **error);
bool composer_name_kept(const struct draft *draft, char **path, GError **error); /* the name alone: nothing is written yet */
/* It is the message of that row of the outbox. is_whole: all of it is kept, and the row may go; until then the row counts. */
bool composer_note_taking(const char *kept, int64_t outbox_id, bool is_whole, GError **error);
void composer_taking_done(const char *kept); /* the row is gone */
/* After a crash: what was being taken back is once there, as a draft that is kept or in Drafts, and is not sent. In whichever thread db belongs to. */
bool composer_settle_takings(store *db, GError **error);
void composer_settle_tick(app *app, int64_t now_ms); /* each second: the same for others that end */
/* Its attachments, into a file beside it: only when they have changed. */
bool composer_keep_attachments(struct draft *draft, const char *kept, GError **error);
/* Those kept beside another name get their place. */
bool composer_take_attachments(const char *from, const char *kept, GError **error);
void composer_forget_kept(const char *path);
/* Where an editor writes the text of the draft kept there; caller frees. */
char *composer_text_path(const char *kept);
char *composer_mail_path(const char *kept); /* the same with the header above it (edit-headers) */
/* A composer for a draft that is kept in that file already. Takes the draft. */
void view_composer_push_kept(app *app, struct draft *draft, const char *kept);
/* A composer that goes on with a draft of the Drafts folder: the old version goes to Trash once the new one is sent or saved. Takes the draft. */
void view_composer_push_replacing(app *app, struct draft *draft, int64_t placement_id);
/* The message a draft says it answers is asked for: where it is not that one any more, none is marked. */
void composer_check_reply(app *app, struct draft *draft);
/* Drafts that are kept and open in no other postern, by when they were written last; of char*: files, caller frees. */
GPtrArray *composer_kept_files(app *app);
/* What the settings say of the form of new messages. */
void composer_apply_settings(app *app, struct draft *draft);
const struct account *composer_account_here(app *app); /* of the folder at hand, else the first; NULL: told that there is none */
/* Drafts a crash left behind, each in a composer of its own after a question. Call once at start. */
void composer_recover(app *app);
/* The files of a draft that is thrown away go where undo finds them, NULL: they cannot; caller frees. */
char *composer_put_aside(const char *kept);
/* Its version in Drafts goes, and undo knows where it lies; 0, NULL: there is none. */
void composer_throw_version(app *app, int64_t placement, const char *aside, const char *subject);
/* A draft that is kept in a file goes on in a composer. */
void composer_reopen(app *app, const char *path);
/* Which version of the draft kept there is in Drafts (its Message-ID): remembered beside it. */
void composer_note_version(const char *kept, const char *message_id);
char *composer_noted_version(const char *kept);                                         /* NULL: none; caller frees */
const struct account *composer_account_named(app *app, const char *id /* NULL: any */); /* else the first; NULL: there is none */
/* Into the outbox; the status line counts down. at_utc: when the person wants it to go, 0: now. version: its placement in Drafts, which goes in the
 * same step; 0: none. */
bool composer_send(app *app, const struct account *account, struct draft *draft, int64_t at_utc, int64_t version, GError **error);
/* The same where no composer stands behind it: when the store is free. then: UI thread; not sent: error says why. Takes the draft and the data. */
typedef void composer_sent_then(app *app, void *data, const struct draft *draft, bool is_sent, const GError *error);
void composer_send_soon(app *app, const struct account *account, struct draft *draft, composer_sent_then *then, void *data,
                        GDestroyNotify data_free);
/* Two letters that are sent, and taken back, as one. Takes both. */
void composer_send_both_soon(app *app, const struct account *account, struct draft *draft, struct draft *companion /* NULL: none */,
                             composer_sent_then *then, void *data, GDestroyNotify data_free);
/* Built already, and signed or encrypted. */
struct composer_finished {
    GBytes *bytes;
    const char *sender;
    const char *const *recipients;
    bool is_sealed; /* it cannot be read back from its bytes: what was written is remembered while it can be taken back */
};
bool composer_send_finished(app *app, const struct account *account, struct draft *draft, const struct composer_finished *finished,
                            int64_t at_utc, int64_t version, GError **error);
/* The two halves of it. The first on any thread, with a store of its own; it returns the row, 0 with error. */
int64_t composer_submit(store *db, const char *account_id, const struct draft *draft, const struct composer_finished *finished, int delay_s,
                        int64_t at_utc, int64_t version, GError **error);
void composer_sent(app *app, struct draft *draft, int64_t outbox_id, int64_t at_utc, bool is_sealed);
void composer_redirected(app *app, int64_t outbox_id, const char *subject); /* of somebody else: counted down as well */
GBytes *composer_sealed_draft(int64_t outbox_id); /* what was signed or encrypted last, as it was written; NULL: another; caller frees */
void composer_forget_sent(int64_t outbox_id);     /* it is taken back */
/* About once a second: the seconds that are left, then that it is sent. */
void composer_count_down(app *app, int64_t now_ms);
/* The seconds of the last message run: who quits is asked (a second time not). */
bool composer_is_sending(void);
void composer_ask_quit(app *app);
/* Undo, where the last action was sending something that still waits, or throwing a draft away: back into a composer. False: it was something else. */
bool composer_take_back(app *app);
/* A message of the outbox that waits, back into a composer: a big one when the filing thread has read it. */
void composer_take_item(app *app, int64_t outbox_id);
