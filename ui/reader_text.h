/* SPDX-License-Identifier: MIT */
/* A message as lines of a certain width: fields, wrapped text with folded quotes, attachments, links. Pure; no terminal. */
#pragma once
#include "config/theme.h"
#include "core/message.h"

struct reader_span {
    size_t start, length;
    enum theme_style style;
    int link;              /* its number in the text, from 1; 0: none */
    int color, background; /* as its sender wishes: 0xrrggbb + 1; 0: none */
};
struct picture;
struct reader_picture {
    struct picture *drawn; /* NULL: not yet, or not at all */
    char *words;           /* why not; NULL */
};
struct reader_line {
    char *text;
    enum theme_style style; /* where no span says more */
    GArray *spans;          /* of struct reader_span, in order; NULL: none */
    char *right;            /* at the right edge, dim; NULL */
    int indent;
    size_t prefix;                 /* of its bytes: marks of a quotation, in front of text that is aligned to the right; a field's name */
    int shift;                     /* cells between them and the text */
    bool is_rtl;                   /* a row of a paragraph that runs from right to left */
    const struct picture *picture; /* a row of it; borrowed; NULL */
    int picture_row;
    bool is_ours; /* a bar stands at the left edge, where no mail can write */
    bool answers; /* a click on it answers the invitation */
};
struct reader_wishes {
    int columns;
    int64_t now_utc;
    bool has_all_headers, is_source;
    bool has_colors;                     /* those of its sender */
    int quotes;                          /* levels of quoted text that are unfolded */
    bool is_part;                        /* of a conversation: its subject stands above */
    GHashTable *pictures;                /* of struct reader_picture* by source; NULL: none are drawn */
    const struct crypto_reading *crypto; /* what is known of signatures and encryption; NULL */
    const char *crypto_notice;           /* what is being done about them; NULL */
    const GPtrArray *invitation;         /* of struct invitation_row*; NULL: it invites to nothing */
    const char *const *own_addresses;    /* shown as "me"; NULL-terminated; may be NULL */
    const char *checker;                 /* as struct message_trust; NULL */
    char receipt_key[32];                /* tells its sender that it was read; "": that this is asked for is not shown */
    bool is_receipt_refused;             /* it was told, but no server took it */
    char leaving_key[32];                /* leaves the mailing list of the message; "": it is not told */
    bool is_checker_sure;
};
void reader_line_free(struct reader_line *line);
/* Of struct reader_line*, freed with the array. text may be NULL (not here yet): notice stands in its place. */
GPtrArray *reader_lines(const struct placement *row, const message *letter, const struct text *text, const char *notice,
                        const struct reader_wishes *wishes);
/* How many levels are unfolded when so many were and one more is wanted; 0: all were, so none is. */
int reader_quotes_next(const struct text *text, int quotes);
/* From so many quoted lines on one row stands for them: "▸ 14 quoted lines". Caller frees. */
#define READER_FOLD_FROM_LINES 4
char *reader_folded_words(guint count);
