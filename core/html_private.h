/* SPDX-License-Identifier: MIT */
/* Between the files that turn HTML into lines: html.c walks, html_writer.c writes, html_slim.c leaves out what nobody reads, html_aside.c keeps words from the parser, html_fold.c elements, html_tree.c parses, html_css.c knows what is hidden, html_table.c aligns,
 * html_link.c judges links. */
#pragma once
#include "core/message_private.h"
#include <gumbo.h>

#define HTML_LINES_MAX 60000u

/* --- html_aside.c: what gumbo need not read letter by letter --- */
typedef struct html_aside html_aside;
html_aside *html_aside_new(const char *html, size_t length); /* for this source */
void html_aside_free(html_aside *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(html_aside, html_aside_free)
void html_aside_put(html_aside *self, GString *out, size_t begin,
                    bool is_markup); /* what `out` has from there on, if it is worth it: a mark instead */
char *html_aside_words(const html_aside *self, const char *at, bool *is_markup_out); /* of the mark at `at`; NULL: it is none */
bool html_aside_has_markup(const html_aside *self, const char *text);
const char *html_aside_back(html_aside *self, const char *text); /* without marks; borrowed until it is freed */

/* --- html_reference.c --- */
#define HTML_REFERENCE_BYTES 8
/* What "&…" at `at` stands for; how long it is; 0: only the parser knows. */
size_t html_reference_read(const char *at, const char *end, bool in_attribute, char utf8_out[HTML_REFERENCE_BYTES], size_t *size_out);

/* --- html_fold.c: markup that the parser need not see --- */
#define HTML_FOLD_DEPTH_MAX      16
#define HTML_FOLD_ATTRIBUTES_MAX 16
GumboTag html_fold_tag(const char *name, size_t length, bool *is_void_out); /* GUMBO_TAG_UNKNOWN: none that may be folded */
bool html_fold_can(const char *tag, size_t length);                         /* of such a tag as it stands there */
typedef struct html_fold html_fold;
html_fold *html_fold_new(void *(*allocate)(void *data, size_t size), void *data); /* its nodes live in that memory */
void html_fold_free(html_fold *self);
void html_fold_open(html_fold *self, html_aside *aside,
                    GumboNode *parent); /* markup among its children becomes nodes; they borrow from `aside` */

/* --- html_tree.c --- */
typedef struct html_tree html_tree;
/* NULL: too deep or too big for a tree. The tree's words are borrowed from `aside`. */
html_tree *html_tree_parse(const char *utf8, size_t length, html_aside *aside);
const GumboNode *html_tree_root(const html_tree *tree);
void html_tree_free(html_tree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(html_tree, html_tree_free)
/* What is left when tags, scripts and styles are left out, for input nobody should parse. Caller frees. */
char *html_strip(const char *html, size_t length);
const char *html_attribute(const GumboNode *node, const char *name); /* NULL: none */

/* --- html_slim.c --- */
struct html_attribute {
    const char *name, *value, *end; /* value: with its quotes; NULL: none */
    size_t name_length;
};
/* The next one behind `at`, as HTML5 cuts them (13.2.5.32 ff). False: the tag ends here, or is odd: *is_odd. */
bool html_attribute_read(const char *at, const char *end, struct html_attribute *found, bool *is_odd);
/* The same for a reader, with less to parse: words are put aside. Caller frees. */
GString *html_slim(const char *html, size_t length, html_aside *aside);
bool html_reads(const char *attribute, size_t length, bool has_sheets);

/* --- html_css.c: what style says that a view of text can follow --- */
enum html_look {
    LOOK_NO_DISPLAY = 1 << 0,
    LOOK_INVISIBLE = 1 << 1,
    LOOK_TRANSPARENT = 1 << 2,
    LOOK_NO_MAX_HEIGHT = 1 << 3,
    LOOK_NO_HEIGHT = 1 << 4,
    LOOK_NO_WIDTH = 1 << 5,
    LOOK_CLIPPED = 1 << 6,
    LOOK_TINY = 1 << 7, /* too small to be seen; what is inside may be larger again */
    LOOK_KEEPS_BLANKS = 1 << 8,
    LOOK_TIGHT_ABOVE = 1 << 9,
    LOOK_TIGHT_BELOW = 1 << 10,
    LOOK_RIGHT = 1 << 11,
    LOOK_RULED = 1 << 12, /* a line above, as Outlook has it above what is answered */
};
struct html_looks {
    unsigned set, clear;   /* of enum html_look; neither: nothing is said, what is around it counts */
    int color, background; /* 0xrrggbb + 1; 0: nothing is said */
};
typedef struct html_rules html_rules; /* of the style elements */
html_rules *html_rules_new(const GumboNode *root);
void html_rules_free(html_rules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(html_rules, html_rules_free)
struct html_looks html_looks_of(const html_rules *rules, const GumboNode *node);
bool html_is_hidden(struct html_looks looks);
bool html_declares(const char *at, const char *end); /* a declaration that says something here */

/* --- html_color.c --- */
bool html_color_read(const char *value, int *rgb_out); /* 0xrrggbb; false: none that can be seen */

/* --- html_writer.c: the line being written --- */
struct html_writer {
    struct text *text;
    const html_rules *rules;
    GString *line;
    GArray *spans; /* of struct text_span of this line */
    GArray *stack; /* of the walk: elements that are open */
    bool needs_space, needs_blank, has_content, has_blank_word;
    bool is_cell; /* of a table: all in one line, which is not put into the text */
    bool is_tiny;
    int quote, indent;
    int color, background;                                      /* as struct html_looks */
    guint row_began;                                            /* lines written when the table row that is open began */
    char *bullet;                                               /* before the next word of a list item */
    unsigned bold, italic, underline, code, heading, pre, keep; /* how many open elements say so */
    int link;                                                   /* open; -1 */
    bool has_picture;                                           /* in the open link */
    GString *label;                                             /* its text so far, over all its lines */
};
void html_writer_init(struct html_writer *self, struct text *text, const html_rules *rules);
void html_writer_renew(struct html_writer *self); /* as new */
void html_writer_clear(struct html_writer *self);
void html_end_line(struct html_writer *self);
void html_blank_line(struct html_writer *self);                                   /* if one is due */
void html_writer_put(struct html_writer *self, const char *bytes, size_t length); /* as they are, in the style that is open */
void html_writer_put_text(struct html_writer *self, const char *words);           /* blanks and padding as a browser has them */

/* --- html.c --- */
void html_walk(struct html_writer *self, const GumboNode *root);

/* --- html_table.c --- */
/* True: it was a table of data, now written in columns. False: it only arranges the page, so what is in it is text like any other. */
bool html_table_show(struct html_writer *self, const GumboNode *table);

/* --- html_link.c --- */
bool html_link_is_suspicious(const char *label, const char *url);
