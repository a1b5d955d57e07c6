/* SPDX-License-Identifier: MIT */
/* A small POP3 server in the test's own process, for what a script cannot say: messages come and go, names change, the line breaks. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct peer_maildrop peer_maildrop;

/* How it behaves; may be changed between connections. Zero: as a good server does. */
struct peer_maildrop_faults {
    bool has_no_capa, has_no_uidl, has_no_top, has_no_pipelining;
    bool refuses_quit; /* -ERR, and nothing is deleted */
    bool is_locked;    /* -ERR [IN-USE] at PASS */
    bool has_no_list;
    bool loses_what_is_ahead; /* says PIPELINING, and forgets what was sent before it answered */
    bool has_wrong_count;     /* STAT says what is in told_count */
    unsigned told_count;
    bool has_numbers_for_names;     /* UIDL says the place */
    size_t told_size;               /* by LIST, of each message; 0: the truth */
    unsigned refused_retr;          /* this number is not handed out */
    unsigned portion;               /* so many are shown on a connection, and never again; 0: all */
    size_t cut_after;               /* bytes sent on a connection before it hangs up; 0: never */
    size_t silent_after;            /* the same, but it says nothing more and stays */
    void (*after_dele)(void *data); /* on its own thread, when DELE was read and not yet answered */
    void *data;
};

/* Listens on 127.0.0.1; serves one connection after the other on a thread of its own. User and password may be anything. */
peer_maildrop *peer_maildrop_new(uint16_t *port_out);
void peer_maildrop_free(peer_maildrop *self);
void peer_maildrop_set(peer_maildrop *self, const struct peer_maildrop_faults *faults);
/* text with LF line ends. */
void peer_maildrop_add(peer_maildrop *self, const char *uidl, const char *text);
void peer_maildrop_rename(peer_maildrop *self, size_t index, const char *uidl);
void peer_maildrop_take(peer_maildrop *self, size_t index); /* another program deleted it */
/* What is there: UIDLs with blanks between; caller frees with g_free. */
char *peer_maildrop_list(peer_maildrop *self);
unsigned peer_maildrop_retrieved(peer_maildrop *self);   /* RETRs answered to the end, so far */
unsigned peer_maildrop_connections(peer_maildrop *self); /* so far */
