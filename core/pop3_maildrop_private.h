/* SPDX-License-Identifier: MIT */
/* The messages of a maildrop by number, and what each is called for good. Kept between connections: a line that is cut again and again must not
 * begin with the same listing each time. */
#pragma once
#include "net/pop3_client.h"

enum pop3_way {
    POP3_BY_UIDL,
    POP3_BY_TOP,    /* no UIDL: a hash of the header, by TOP */
    POP3_BY_NOTHING /* neither: each message must be fetched to know it */
};

struct pop3_maildrop {
    uint32_t count;
    uint64_t bytes;
    uint32_t told;    /* 1 … told have been asked for */
    uint32_t listed;  /* the last number of a listing */
    GPtrArray *names; /* of char*, by number - 1: UIDL, or "top:" and a hash; NULL: none to be had */
    enum pop3_way way;
    bool is_verified; /* all was told on this connection: a number means what it says */
    unsigned learned; /* counts names learned, over all connections: is there progress? */
};
void pop3_maildrop_init(struct pop3_maildrop *drop);
void pop3_maildrop_clear(struct pop3_maildrop *drop);
void pop3_maildrop_forget(struct pop3_maildrop *drop); /* numbers turned out to mean something else */
/* The server deleted these (of uint32_t, ascending): on the next connection the others are numbered anew, in the same order. */
void pop3_maildrop_remove(struct pop3_maildrop *drop, const GArray *numbers);

/* STAT, then names, as far as they are not known from an earlier connection and proved right on this one. False: the connection is finished; what was
 * told until then is kept. */
bool pop3_maildrop_read(struct pop3_maildrop *drop, pop3_client *client, GError **error);
/* Unique among all of the maildrop; borrowed; NULL: none. After pop3_maildrop_read(). */
const char *pop3_maildrop_name(const struct pop3_maildrop *drop, uint32_t number);
/* Each is called by its place: such names may not be for good. */
bool pop3_maildrop_is_numbered(const struct pop3_maildrop *drop);
/* UIDL is worth nothing here: names from headers for all of it, if TOP works. */
bool pop3_maildrop_read_headers(struct pop3_maildrop *drop, pop3_client *client, GError **error);
/* For a message that had none: what it is called from now on, on this connection. */
void pop3_maildrop_set_name(struct pop3_maildrop *drop, uint32_t number, const char *name);
/* Asks the server whether these numbers (of uint32_t) still have their names; pipelined. *is_same_out false: forget the maildrop, begin anew. */
bool pop3_maildrop_verify(const struct pop3_maildrop *drop, pop3_client *client, const GArray *numbers, bool *is_same_out, GError **error);
/* Does this reply to "UIDL n" fit? */
bool pop3_maildrop_is_reply_right(const struct pop3_maildrop *drop, uint32_t number, const struct pop3_reply *reply);

/* What is the same in every copy a server gives of a message: its header, without what servers write into it as they go. Hexadecimal; caller frees. */
char *pop3_header_hash(const char *text, size_t length);
/* It names time and place: no two messages are likely to share it. */
bool pop3_header_is_telling(const char *header);
