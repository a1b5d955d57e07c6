/* SPDX-License-Identifier: MIT */
/* The inside of a stream, shared by stream.c and stream_connect.c. */
#pragma once
#include "net/buffer.h"
#include "net/log.h"
#include "net/stream.h"
#include "net/stream_filter.h"
#include "net/stream_pulse.h"
#include "net/wait.h"

struct net_stream {
    struct net_endpoint endpoint; /* strings owned */
    char *ascii_host;             /* NULL: host is none */
    struct net_context context;
    struct net_wait wait;
    struct stream_pulse pulse;
    stream_filter *top;
    stream_filter *tls;               /* inside the stack; NULL before the upgrade */
    struct net_trust_verdict verdict; /* filled once TLS is on */
    char *peer_address;
    bool is_loopback;
    struct net_buffer in;  /* read while we were writing */
    struct net_buffer out; /* queued */
    GError *failure;       /* the stream is finished: every later call says the same */
    bool is_answer_due;    /* something was written since the last wait for an answer */
    unsigned gathering_us; /* see net_stream_set_gathering */
    unsigned round_trips;
    int patience;        /* times io_timeout_ms */
    int silence_ms;      /* 0: as long as that; else no longer than this */
    const char *awaited; /* who is, when it is not the server: the proxy. Borrowed */
    struct net_log_flow sent, received;
    uint64_t mail_bytes; /* written, not yet noted in the log */
    bool has_begun_tls;
    int64_t part_deadline_ms, stage_deadline_ms; /* 0: none; the earlier one is wait.deadline_ms */
    bool has_heard;                              /* something was received, ever */
    bool has_met_web;                            /* what came first was a web server's answer */
    bool has_own_log;                            /* the reader logs what it reads */
};

struct net_wait stream_wait_of(const struct net_context *context);
/* The stream is finished from now on. Always false. */
bool stream_fail(net_stream *stream, GError *failure /* taken */, GError **error);
/* Says again why. Always false. */
bool stream_fail_again(const net_stream *stream, GError **error);
/* What a filter came to: io is END or FAILED. Always false. */
bool stream_fail_io(net_stream *stream, enum net_io io, GError *failure /* taken, NULL unless io is FAILED */, GError **error);
/* One sleep until the socket has one of events. False: the stream is finished. */
bool stream_wait(net_stream *stream, short events, GError **error);
short stream_events(enum net_io io);
