/* SPDX-License-Identifier: MIT */
/* Context + keys → command. Later rows win: they take their keys away from older ones, also where one is the beginning of the other. */
#include "ui/keymap.h"
#include <glib/gi18n-lib.h>
#include <string.h>

enum { MACRO_STEPS_MAX = 200 };

struct keymap {
    GArray *bindings;  /* of struct binding */
    GPtrArray *macros; /* of struct macro* */
};
/* A command that stands in no table: found by its keys alone. */
struct macro {
    struct command command; /* run is NULL; name and help are the words of keys.conf */
    char *words;
    GArray *steps;
};

static const struct {
    const char *word;
    unsigned contexts;
} context_words[] = {
    { "folders", CONTEXT_FOLDERS },   { "list", CONTEXT_LIST },         { "reader", CONTEXT_READER },
    { "composer", CONTEXT_COMPOSER }, { "activity", CONTEXT_ACTIVITY }, { "help", CONTEXT_HELP },
    { "palette", CONTEXT_PALETTE },   { "prompt", CONTEXT_PROMPT },     { "question", CONTEXT_QUESTION },
    { "wizard", CONTEXT_WIZARD },     { "mail", CONTEXT_MAIL },         { "any", CONTEXT_ANY },
    { "fields", CONTEXT_FIELDS },     { "text", CONTEXT_TEXT },         { "outbox", CONTEXT_OUTBOX },
    { "settings", CONTEXT_SETTINGS }, { "rules", CONTEXT_RULES },       { "messages", CONTEXT_LIST | CONTEXT_READER },
};

unsigned keymap_context(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(context_words); i++) {
        if (strcmp(context_words[i].word, word) == 0)
            return context_words[i].contexts;
    }
    return 0;
}

bool keymap_parse_sequence(const char *words, struct key *keys, size_t *count_out)
{
    g_auto(GStrv) parts = g_strsplit(words, " ", -1);
    size_t count = 0;
    for (char **part = parts; *part != NULL; part++) {
        if (**part == '\0')
            continue;
        if (count == KEYMAP_SEQUENCE_MAX || !key_parse(*part, &keys[count++]))
            return false;
    }
    *count_out = count;
    return count > 0;
}

static bool is_prefix(const struct key *keys, size_t count, const struct binding *binding)
{
    if (count > binding->count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!key_equal(&keys[i], &binding->keys[i]))
            return false;
    }
    return true;
}

static bool collide(const struct binding *a, const struct binding *b)
{
    return a->count <= b->count ? is_prefix(a->keys, a->count, b) : is_prefix(b->keys, b->count, a);
}

/* Where a person types, only what is no text can be a command. */
static bool is_text_key(const struct key *key)
{
    bool is_typed = key->kind == KEY_KIND_CHARACTER || (key->kind == KEY_KIND_NAMED && key->name == KEY_NAME_SPACE);
    return is_typed && !(key->mods & (KEY_MOD_CTRL | KEY_MOD_ALT));
}

/* Its contexts without those where its first key is text. */
static unsigned possible_contexts(const struct binding *binding)
{
    return is_text_key(&binding->keys[0]) ? binding->contexts & ~(unsigned)(CONTEXT_FIELDS | CONTEXT_TEXT) : binding->contexts;
}

static bool is_same_sequence(const struct binding *a, const struct binding *b)
{
    return a->count == b->count && is_prefix(a->keys, a->count, b);
}

/* A row that takes a key from a row of the same file is a mistake, unless it only says for one screen what the other says for several. */
static void tell_conflict(const struct binding *old, const struct binding *winner, GPtrArray *complaints)
{
    bool is_exception = is_same_sequence(old, winner) && (winner->contexts & ~old->contexts) == 0 && winner->contexts != old->contexts;
    char one[64] = "", two[64] = "";
    if (winner->source == NULL || old->source != winner->source || is_exception)
        return;
    keymap_format(winner, one, sizeof one);
    keymap_format(old, two, sizeof two);
    g_ptr_array_add(complaints, g_strdup_printf(_("%s, line %u: %s stands in the way of %s in line %u, which does nothing now"),
                                                winner->source, winner->line, one, two, old->line));
}

static void take_keys(GArray *bindings, const struct binding *winner, GPtrArray *complaints)
{
    for (guint i = bindings->len; i > 0; i--) {
        struct binding *old = &g_array_index(bindings, struct binding, i - 1);
        if ((old->contexts & winner->contexts) == 0 || !collide(old, winner))
            continue;
        tell_conflict(old, winner, complaints);
        old->contexts &= ~winner->contexts;
        if (old->contexts == 0)
            g_array_remove_index(bindings, i - 1);
    }
}

/* The default keys of a row: alternatives separated by ", ". */
static void add_defaults(GArray *bindings, const struct command *command)
{
    g_auto(GStrv) sequences = g_strsplit(command->keys, ", ", -1);
    for (char **sequence = sequences; *sequence != NULL; sequence++) {
        struct binding binding = { .contexts = command->contexts, .command = command };
        if (!keymap_parse_sequence(*sequence, binding.keys, &binding.count))
            continue;
        binding.contexts = possible_contexts(&binding);
        if (binding.contexts != 0)
            g_array_append_val(bindings, binding);
    }
}

static void macro_free(gpointer data)
{
    struct macro *macro = data;
    g_array_unref(macro->steps);
    g_free(macro->words);
    g_free(macro);
}

keymap *keymap_new(void)
{
    keymap *self = g_new0(keymap, 1);
    self->bindings = g_array_new(FALSE, TRUE, sizeof(struct binding));
    self->macros = g_ptr_array_new_with_free_func(macro_free);
    for (size_t i = 0; i < command_count; i++)
        add_defaults(self->bindings, &commands[i]);
    return self;
}

void keymap_free(keymap *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->bindings);
    g_ptr_array_unref(self->macros);
    g_free(self);
}

/* --- macros --- */

static void add_key(GArray *steps, const struct key *key)
{
    struct macro_step step = { .key = *key };
    g_array_append_val(steps, step);
}

/* A text is what its letters are when they are typed. The end of it, or NULL. */
static const char *read_text(const char *at, GArray *steps)
{
    for (at++; *at != '"' && *at != '\0'; at = g_utf8_next_char(at)) {
        struct key key = { .kind = KEY_KIND_CHARACTER, .character = g_utf8_get_char(at) };
        key.name = key.character == ' ' ? KEY_NAME_SPACE : KEY_NAME_NONE;
        add_key(steps, &key);
    }
    return *at == '"' ? at + 1 : NULL;
}

static const char *read_word(const char *at, GArray *steps)
{
    size_t length = strcspn(at, " \t;");
    g_autofree char *word = g_strndup(at, length);
    struct macro_step step = { .command = command_find(word) };
    bool is_key = step.command == NULL && length > 2 && word[0] == '<' && word[length - 1] == '>';
    g_autofree char *name = is_key ? g_strndup(word + 1, length - 2) : NULL;
    if (step.command == NULL && !(is_key && key_parse(name, &step.key)))
        return NULL;
    g_array_append_val(steps, step);
    return at + length;
}

GArray *keymap_parse_macro(const char *words, char **bad_out)
{
    g_autoptr(GArray) steps = g_array_new(FALSE, TRUE, sizeof(struct macro_step));
    for (const char *at = words; *at != '\0';) {
        if (strchr(" \t;", *at) != NULL) {
            at++;
            continue;
        }
        const char *end = *at == '"' ? read_text(at, steps) : read_word(at, steps);
        if (end == NULL || steps->len > MACRO_STEPS_MAX) {
            *bad_out = g_strndup(at, strcspn(at, " \t;"));
            return NULL;
        }
        at = end;
    }
    return g_steal_pointer(&steps);
}

const GArray *keymap_macro(const keymap *self, const struct command *command)
{
    for (guint i = 0; command != NULL && i < self->macros->len; i++) {
        const struct macro *macro = g_ptr_array_index(self->macros, i);
        if (&macro->command == command)
            return macro->steps;
    }
    return NULL;
}

/* One word is a command; several, keys or texts are a macro. */
static const struct command *find_or_make(keymap *self, const char *words, unsigned contexts, char **bad_out)
{
    const struct command *known = command_find(words);
    g_autoptr(GArray) steps = known == NULL ? keymap_parse_macro(words, bad_out) : NULL;
    if (steps == NULL)
        return known;
    if (steps->len == 0) {
        *bad_out = g_strdup(words);
        return NULL;
    }
    struct macro *macro = g_new0(struct macro, 1);
    macro->words = g_strdup(words);
    macro->steps = g_steal_pointer(&steps);
    macro->command = (struct command){ .name = macro->words, .contexts = contexts, .keys = "", .help = macro->words };
    g_ptr_array_add(self->macros, macro);
    return &macro->command;
}

/* --- rows --- */

static void add_row(keymap *self, const struct key_binding *row, const char *source, GPtrArray *complaints)
{
    struct binding binding = { .contexts = keymap_context(row->context), .source = g_intern_string(source), .line = row->line };
    bool is_off = strcmp(row->command, "none") == 0;
    g_autofree char *bad = NULL;
    if (binding.contexts == 0) {
        g_ptr_array_add(complaints, g_strdup_printf(_("%s, line %u: there is no screen named \"%s\" (list, reader, folders, mail, any, …)"),
                                                    source, row->line, row->context));
        return;
    }
    binding.command = is_off ? NULL : find_or_make(self, row->command, binding.contexts, &bad);
    if (binding.command == NULL && !is_off) {
        g_ptr_array_add(complaints,
                        g_strdup_printf(_("%s, line %u: there is no command \"%s\"; press : to see all"), source, row->line, bad));
        return;
    }
    if (!keymap_parse_sequence(row->keys, binding.keys, &binding.count)) {
        g_ptr_array_add(complaints,
                        g_strdup_printf(_("%s, line %u: \"%s\" is no key; allowed are characters, ctrl-x, alt-x, F1, up, enter, …"), source,
                                        row->line, row->keys));
        return;
    }
    binding.contexts = possible_contexts(&binding);
    take_keys(self->bindings, &binding, complaints);
    g_array_append_val(self->bindings, binding);
}

void keymap_add(keymap *self, const GPtrArray *bindings, const char *source, GPtrArray *complaints)
{
    for (guint i = 0; i < bindings->len; i++)
        add_row(self, g_ptr_array_index(bindings, i), source, complaints);
}

keymap *keymap_read(const char *preset, GPtrArray *complaints)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GPtrArray) rows = keys_preset(preset != NULL ? preset : "default"), own = keys_load(NULL, &why);
    keymap *self = keymap_new();
    if (rows != NULL)
        keymap_add(self, rows, preset != NULL ? preset : "default", complaints);
    if (own != NULL)
        keymap_add(self, own, "keys.conf", complaints);
    else
        g_ptr_array_add(complaints, g_strdup(why->message));
    return self;
}

enum keymap_result keymap_find(const keymap *self, enum context context, const struct key *keys, size_t count,
                               const struct command **command_out)
{
    enum keymap_result result = KEYMAP_NONE;
    for (guint i = 0; i < self->bindings->len; i++) {
        const struct binding *binding = &g_array_index(self->bindings, struct binding, i);
        if (!(binding->contexts & context) || !is_prefix(keys, count, binding))
            continue;
        if (binding->count == count) {
            *command_out = binding->command;
            return binding->command != NULL ? KEYMAP_FOUND : KEYMAP_NONE;
        }
        result = KEYMAP_MORE;
    }
    return result;
}

const GArray *keymap_bindings(const keymap *self)
{
    return self->bindings;
}

GPtrArray *keymap_continuations(const keymap *self, enum context context, const struct key *keys, size_t count)
{
    GPtrArray *found = g_ptr_array_new();
    for (guint i = 0; i < self->bindings->len; i++) {
        struct binding *binding = &g_array_index(self->bindings, struct binding, i);
        if ((binding->contexts & context) && binding->count > count && is_prefix(keys, count, binding))
            g_ptr_array_add(found, binding);
    }
    return found;
}

void keymap_format(const struct binding *binding, char *text, size_t size)
{
    for (size_t k = 0; k < binding->count; k++) {
        char key[32];
        key_format(&binding->keys[k], key, sizeof key);
        bool is_joined = k > 0 && (strlen(key) > 1 || binding->keys[k - 1].kind != KEY_KIND_CHARACTER);
        g_strlcat(text, is_joined ? " " : "", size);
        g_strlcat(text, key, size);
    }
}

bool keymap_key(const keymap *self, const struct command *command, enum context context, char *text, size_t size)
{
    const struct binding *best = NULL;
    text[0] = '\0';
    for (guint i = 0; i < self->bindings->len; i++) {
        const struct binding *binding = &g_array_index(self->bindings, struct binding, i);
        if (binding->command != command || !(binding->contexts & context))
            continue;
        bool is_delete = best != NULL && best->keys[0].kind == KEY_KIND_NAMED && best->keys[0].name == KEY_NAME_DELETE;
        if (best == NULL || is_delete) /* hands stay on the letters, and a small keyboard has no Delete */
            best = binding;
    }
    if (best != NULL)
        keymap_format(best, text, size);
    return best != NULL;
}

char *keymap_keys(const keymap *self, const struct command *command, enum context context)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < self->bindings->len; i++) {
        const struct binding *binding = &g_array_index(self->bindings, struct binding, i);
        char text[64] = "";
        if (binding->command != command || !(binding->contexts & context))
            continue;
        keymap_format(binding, text, sizeof text);
        g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "", text);
    }
    return g_strdup(all->str);
}

GPtrArray *keymap_conflicts(void)
{
    GPtrArray *conflicts = g_ptr_array_new_with_free_func(g_free);
    keymap *self = keymap_new();
    for (guint i = 0; i < self->bindings->len; i++) {
        const struct binding *a = &g_array_index(self->bindings, struct binding, i);
        for (guint j = i + 1; j < self->bindings->len; j++) {
            const struct binding *b = &g_array_index(self->bindings, struct binding, j);
            if ((a->contexts & b->contexts) && collide(a, b))
                g_ptr_array_add(conflicts, g_strdup_printf("%s (%s) and %s (%s)", a->command->name, a->command->keys, b->command->name,
                                                           b->command->keys));
        }
    }
    keymap_free(self);
    return conflicts;
}
