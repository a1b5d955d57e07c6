/* SPDX-License-Identifier: MIT */
/* A bad line between a client and a real server: forwards bytes on 127.0.0.1 and, by a plan made from a seed, cuts, resets, stalls, trickles, delays or refuses. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct fault_proxy fault_proxy;

enum fault {
    FAULT_NONE,    /* forwards faithfully */
    FAULT_CUT,     /* both sides see the end after so many bytes */
    FAULT_RESET,   /* the same with RST: what the client had in flight is lost too */
    FAULT_DEAF,    /* the server gets so many bytes of the client and no more, but the client's connection stays open: a stall */
    FAULT_MUTE,    /* the same towards the client */
    FAULT_TRICKLE, /* one byte at a time from there on */
    FAULT_DELAY,   /* each portion comes a little later */
    FAULT_REFUSE,  /* closed as soon as it was accepted */
    FAULT_COUNT
};

/* Faults come as the seed wants, to percent of the connections. NULL: no port could be had. */
fault_proxy *fault_proxy_start(int target_port, guint32 seed, int percent);
void fault_proxy_free(fault_proxy *proxy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(fault_proxy, fault_proxy_free)
int fault_proxy_port(const fault_proxy *proxy);
/* From the next connection on; 0 also ends the connections that have a fault, so that everything calms down. */
void fault_proxy_set_percent(fault_proxy *proxy, int percent);
/* The next connections have exactly this fault, in the direction of the client's bytes or the server's, after so many bytes. */
void fault_proxy_set_plan(fault_proxy *proxy, enum fault fault, bool is_towards_server, guint64 after_bytes);
/* Cuts a connection right behind this text when the client sends it, once. NULL: no more. */
void fault_proxy_cut_behind(fault_proxy *proxy, const char *text);
/* The line is down: connections are cut and new ones refused, until it is up again. */
void fault_proxy_set_down(fault_proxy *proxy, bool is_down);
/* The server seems to be an old one: what it says in these words (NULL-terminated, borrowed) reaches the client with another first letter. */
void fault_proxy_hide(fault_proxy *proxy, const char *const *words);
guint fault_proxy_faults(fault_proxy *proxy);      /* how many connections had one so far */
guint fault_proxy_connections(fault_proxy *proxy); /* all so far */
