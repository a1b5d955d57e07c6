/* SPDX-License-Identifier: MIT */
/* A command: name, help, keys, where it works, what it does. The table is ui/commands.c: adding a row is the whole job. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct app app;
typedef struct view view;

/* Contexts: which view has the focus. */
enum context {
    CONTEXT_FOLDERS = 1 << 0,
    CONTEXT_LIST = 1 << 1,
    CONTEXT_READER = 1 << 2,
    CONTEXT_COMPOSER = 1 << 3,
    CONTEXT_ACTIVITY = 1 << 4,
    CONTEXT_HELP = 1 << 5,
    CONTEXT_PALETTE = 1 << 6,
    CONTEXT_PROMPT = 1 << 7,
    CONTEXT_QUESTION = 1 << 8,
    CONTEXT_WIZARD = 1 << 9,
    CONTEXT_FIELDS = 1 << 10, /* of the composer: letters are text, only Ctrl-, function and a few named keys are commands */
    CONTEXT_TEXT = 1 << 11,   /* the built-in editor: the same */
    CONTEXT_OUTBOX = 1 << 12,
    CONTEXT_SETTINGS = 1 << 13,
    CONTEXT_RULES = 1 << 14,
    CONTEXT_MAIL = CONTEXT_FOLDERS | CONTEXT_LIST | CONTEXT_READER,
    CONTEXT_ANY = (1 << 15) - 1,
};
struct command {
    const char *name; /* "archive" */
    unsigned contexts;
    const char *keys;      /* default keys, ' ' separated: "e", "g i", "ctrl-p", "left", "" */
    const char *help;      /* N_(): short, for hints and the palette */
    const char *long_help; /* N_(): a sentence or two; may be NULL */
    void (*run)(app *app, view *view /* focused */);
    bool is_hint; /* shown in the hint bar */
};
extern const struct command commands[];
extern const size_t command_count;
const struct command *command_find(const char *name); /* NULL: none */
/* It is there on many screens, not for this one's sake. */
bool command_is_general(const struct command *self, enum context context);
/* Those of a context, its own before the general ones, as they are listed for a person; of const struct command*, caller frees the array. */
GPtrArray *command_list(enum context context);
