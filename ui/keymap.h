/* SPDX-License-Identifier: MIT */
/* Context + keys → command or macro: the table's defaults, a preset and keys.conf laid over each other; sequences of up to four keys. */
#pragma once
#include "config/keys.h"
#include "ui/command.h"
#include "ui/input.h"
#include <glib.h>

enum { KEYMAP_SEQUENCE_MAX = 4 };
struct binding {
    unsigned contexts;
    struct key keys[KEYMAP_SEQUENCE_MAX];
    size_t count;
    const struct command *command; /* NULL: these keys do nothing */
    const char *source;            /* NULL: the default table; else an interned name */
    unsigned line;
};
/* One step of a macro. */
struct macro_step {
    const struct command *command; /* NULL: a key, as if it was pressed */
    struct key key;
};
typedef struct keymap keymap;
keymap *keymap_new(void); /* the table's defaults */
/* The table, a preset and keys.conf. Complaints (of char*) are appended. */
keymap *keymap_read(const char *preset, GPtrArray *complaints);
void keymap_free(keymap *keymap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(keymap, keymap_free)
/* Rows of a preset or keys.conf over what is there: their keys are taken away from older bindings. Complaints (of char*) are appended. */
void keymap_add(keymap *keymap, const GPtrArray *bindings, const char *source, GPtrArray *complaints);

enum keymap_result { KEYMAP_NONE, KEYMAP_MORE, KEYMAP_FOUND };
enum keymap_result keymap_find(const keymap *keymap, enum context context, const struct key *keys, size_t count,
                               const struct command **command_out);
/* The steps of what keymap_find found, of struct macro_step, when it is a macro of keys.conf; NULL: a command of the table. Borrowed. */
const GArray *keymap_macro(const keymap *keymap, const struct command *command);
/* Words of keys.conf as steps: names of commands, <KEY>s, "texts", with blanks or ; between them. NULL: bad_out (caller frees) is none of these. */
GArray *keymap_parse_macro(const char *words, char **bad_out);
/* All that is bound, of const struct binding, in the order in which they count; borrowed until the next keymap_add. */
const GArray *keymap_bindings(const keymap *keymap);
void keymap_format(const struct binding *binding, char *text, size_t size);
/* What may follow after keys: of const struct binding*, borrowed elements; caller frees the array. */
GPtrArray *keymap_continuations(const keymap *keymap, enum context context, const struct key *keys, size_t count);
/* The first sequence of a command in a context; false: none. */
bool keymap_key(const keymap *keymap, const struct command *command, enum context context, char *text, size_t size);
/* All of them, ", " between; "" if none; caller frees. */
char *keymap_keys(const keymap *keymap, const struct command *command, enum context context);
/* "list", "reader", …, "mail", "messages", "any"; 0: unknown. */
unsigned keymap_context(const char *word);
bool keymap_parse_sequence(const char *words, struct key *keys, size_t *count_out);
/* Sequences of the default table that cannot both work, of char*: for the test. */
GPtrArray *keymap_conflicts(void);
