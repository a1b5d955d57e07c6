/* SPDX-License-Identifier: MIT */
/* The app's own state, for app.c, app_first.c, app_loop.c, view.c, status.c and the mail panes. Other views use ui/app.h. */
#pragma once
#include "core/search_indexer.h"
#include "ui/app.h"
#include "ui/keymap.h"
#include "ui/layout.h"
#include "ui/pace.h"
#include "ui/status.h"

struct app {
    struct settings *settings;
    GPtrArray *accounts;
    store *store;
    engine *engine;
    event_queue *events;
    query *query, *loader, *files, *filing, *crypto, *pictures;
    search_indexer *indexer;
    unsigned filings; /* on their thread or waiting for it */
    int64_t cancelled_filing;
    keymap *keymap;
    status *status;
    struct unsubscribe *unsubscribe; /* ui/cmd_unsubscribe; NULL: not used yet */
    struct invitation_saves *saves;  /* ui/invitation_save; NULL: not used yet */
    GPtrArray *log;
    GPtrArray *complaints; /* of the start: broken files, unknown keys */

    view *panes[PANE_COUNT];
    enum pane focus;
    bool has_folders, is_frame_dirty;
    enum layout_kind layout_kind;
    int folders_columns, list_percent; /* 0: by themselves (ui/divider) */
    enum divider { DIVIDER_NONE, DIVIDER_FOLDERS, DIVIDER_LIST } dragged;
    bool has_focus_reports, is_unfocused; /* what the terminal says of its window */
    struct layout layout;
    GPtrArray *stack; /* of view*, full-screen views and overlays over the panes; the last one has the focus */

    struct key pending[KEYMAP_SEQUENCE_MAX];
    size_t pending_count;
    int count;              /* typed before a command: 5j; 0: none */
    bool is_count_within;   /* the count stands between the keys */
    bool is_sequence_shown; /* what may follow them stands in the last line */
    unsigned errors;        /* how often app_error was called */
    bool is_in_macro;
    struct pace pace;
    int64_t last_tick_ms, last_key_ms;
    struct hooks *hooks;
    bool is_quitting, is_started, has_arrivals;
    GArray *news; /* of int64_t: placements to be told of (ui/news); NULL: none yet */
    int64_t news_quiet_until_ms;
    int64_t desktop_job;   /* the query that tells the desktop; 0: none */
    uint32_t desktop_news; /* its notification, which the next takes the place of; 0: none yet */
    int exit_code;
    int64_t server_search;     /* under way or done on the servers (ui/search_server); 0: none */
    int64_t search_from;       /* the folder that is shown again when a search is left */
    int64_t search_mail;       /* and the message that had the cursor there */
    int64_t restore_placement; /* the cursor of the last session, until its folder is shown */
};

/* app.c */
void app_watch_folder(app *app); /* the engine keeps the folder on the screen fresh */
void app_load_style(app *app);   /* the theme of the settings */
void app_load_keys(app *app);
/* app_first.c */
void app_show_first(app *app, const struct app_options *options); /* and what was wrong with the files */
void app_save_place(app *app);                                    /* for the next time */
int64_t app_first_inbox(app *app);                                /* of the first account that has one; 0: none has */
/* view.c */
void app_layout(app *app);
void app_draw(app *app);
bool app_is_dirty(const app *app);
void app_focus(app *app, enum pane pane);
void app_touch_mail(app *app);
void app_event(app *app, const struct event *event); /* to every view */
void app_mouse(app *app, const struct key *key);
bool app_has_stack(const app *app);
/* app_loop.c */
void app_loop(app *app);
void app_key(app *app, const struct key *key);
