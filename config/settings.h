/* SPDX-License-Identifier: MIT */
/* postern.conf as a typed struct, filled from the table in config/options.c. */
#pragma once
#include "config/error.h"
#include <stdbool.h>

struct settings {
    char *editor, *pager, *browser; /* NULL: environment, then a default; editor "builtin" */
    char *print_command;            /* gets the text on its standard input */
    char *theme;                    /* "default", "mono", or a file in themes/ */
    char *keys;                     /* preset name: "default" | "mutt" | "vim" | "alpine" */
    char *layout;                   /* "auto" | "one" | "two" | "three" */
    bool title;                     /* the terminal's window is named */
    bool hints;                     /* the last line says what keys do */
    char *slow_line;                /* "auto" | "yes" | "no" */
    char *hyperlinks;               /* "auto" | "yes" | "no" */
    char *bidi;                     /* "auto" | "program" | "terminal" */
    bool html_colors;
    char *pictures;           /* "auto" | "kitty" | "sixel" | "blocks" | "off" */
    char *pictures_from;      /* senders whose remote pictures may be fetched; NULL: none */
    char *date_format;        /* strftime for dates older than a year; NULL: locale */
    char *attribution;        /* "On %d, %n wrote:" */
    char *downloads;          /* where attachments are saved first; ~/ expanded */
    char *calendar;           /* an .ics file or a folder of them; NULL: none */
    char *calendar_save;      /* an .ics file or a folder, for accepted events; NULL: they are written nowhere */
    char *passphrase_command; /* opens the encrypted file of secrets; NULL: the person is asked */
    int undo_delay_s;         /* before a sent message leaves; 0..120, default 10 */
    int mark_read_delay_ms;   /* after opening; -1: never */
    int poll_interval_s;      /* other folders, default 120 */
    int cache_limit_mb;       /* bodies, default 1024 */
    int connect_timeout_s, tls_timeout_s, greeting_timeout_s, sign_in_timeout_s, io_timeout_s;
    char *dane_resolver; /* "address[:port]"; NULL: see account files' dane */
    int idle_renewal_s, keepalive_s, user_timeout_s;
    int send_answer_timeout_s; /* for a server that has the whole message */
    int send_give_up_days;
    bool threads; /* list shows conversations */
    bool mouse, bell, accessible;
    char *hook_new_mail, *hook_sent, *hook_send_failed, *hook_before_send, *hook_start, *hook_quit; /* command lines; NULL: none */
    int hook_timeout_s;
    char *notify_folders; /* names or patterns, ; between them; NULL: inboxes only */
    char *notify;         /* "off" | "terminal" | "desktop" | "both" */
    bool notify_focused;
    bool receipts; /* it is shown that somebody wants one */
    bool confirm_empty_subject, confirm_missing_attachment;
    char *checks_off; /* names of checks before sending that are not made; NULL: all are */
    bool format_flowed, markdown, edit_headers;
    char *charset;       /* of what is sent; NULL: UTF-8 */
    char *query_command; /* asks an address book, as mutt's query_command; NULL: none */
    char *picker;        /* chooses files to attach; NULL: $PICKER, then the one inside */
    int image_pixels;    /* the longer side of images that are made smaller */
    int merge_rate;      /* messages of a mail merge a minute */
    bool send_client_id; /* RFC 2971 ID */
};
/* The file's settings over the defaults; a missing file is no error. Errors name file, line and what is allowed; NULL then. */
struct settings *settings_load(GError **error);
/* The same, but what is right counts though something else is wrong: never NULL. *errors_out: of GError*, caller frees. */
struct settings *settings_load_most(GPtrArray **errors_out);
struct settings *settings_new_default(void);
void settings_free(struct settings *settings);
bool settings_set(struct settings *settings, const char *key, const char *value,
                  GError **error);                                      /* checks, and changes the struct; "": the default */
bool settings_save(const char *key, const char *value, GError **error); /* one key, comments kept, atomic */

bool settings_check(const char *key, const char *value, GError **error); /* settings_save without writing */
/* What a setting is now, as it would be written; NULL: unset. Caller frees. */
char *settings_value(const struct settings *settings, const char *key);

/* The table itself: for the man page, help, and `settings`. */
struct settings_option {
    const char *name, *type, *default_value, *allowed, *help;
};
const struct settings_option *settings_option_at(size_t index); /* NULL behind the last */
