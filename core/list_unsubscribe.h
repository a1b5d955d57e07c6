/* SPDX-License-Identifier: MIT */
/* How to leave a mailing list, as its messages say themselves: List-Unsubscribe (RFC 2369) and the one-click form (RFC 8058). Nothing is asked of
 * anybody before list_unsubscribe_post(). */
#pragma once
#include "config/account_file.h"
#include "core/message.h"

struct list_unsubscribe {
    char *one_click; /* https: may be POSTed to, as the sender says; NULL: no */
    char *mailto;    /* the whole URL; NULL: none */
    char *page;      /* http or https, for a browser; NULL: none */
    char *host;      /* of one_click, else of page, in letters a person can compare (an A-label where it is not ASCII); NULL: neither */
};
typedef struct list_unsubscribe list_unsubscribe;
/* False: the message says nothing that can be used. Control characters, blanks and anything beside these three schemes are no URL here. */
bool list_unsubscribe_read(const message *message, struct list_unsubscribe *out);
void list_unsubscribe_clear(struct list_unsubscribe *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(list_unsubscribe, list_unsubscribe_clear)
/* The one request of RFC 8058: no cookie, no redirect, through the account's proxy. Blocks up to 20 s: not for the UI thread. False: the sentence says
 * what the host answered. */
bool list_unsubscribe_post(const char *one_click, const struct account *account, int cancel_fd, GError **error);
