/* SPDX-License-Identifier: MIT */
/* Context + keys → command. Later rows win: they take their keys away from older ones, also where one is the beginning of the other. */
#include "ui/keymap.h"
#include <glib/gi18n-lib.h>
#include <string.h>

struct keymap {
    GArray *bindings; /* of struct binding */
};

static const struct {
    const char *word;
    unsigned contexts;
} context_words[] = {
    { "folders", CONTEXT_FOLDERS },   { "list", CONTEXT_LIST },     { "reader", CONTEXT_READER },   { "composer", CONTEXT_COMPOSER },
    { "activity", CONTEXT_ACTIVITY }, { "help", CONTEXT_HELP },     { "palette", CONTEXT_PALETTE }, { "prompt", CONTEXT_PROMPT },
    { "question", CONTEXT_QUESTION }, { "wizard", CONTEXT_WIZARD }, { "mail", CONTEXT_MAIL },       { "any", CONTEXT_ANY },
    { "fields", CONTEXT_FIELDS },     { "text", CONTEXT_TEXT },     { "outbox", CONTEXT_OUTBOX },
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

static void take_keys(GArray *bindings, const struct binding *winner)
{
    for (guint i = bindings->len; i > 0; i--) {
        struct binding *old = &g_array_index(bindings, struct binding, i - 1);
        if ((old->contexts & winner->contexts) == 0 || !collide(old, winner))
            continue;
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

keymap *keymap_new(void)
{
    keymap *self = g_new0(keymap, 1);
    self->bindings = g_array_new(FALSE, TRUE, sizeof(struct binding));
    for (size_t i = 0; i < command_count; i++)
        add_defaults(self->bindings, &commands[i]);
    return self;
}

void keymap_free(keymap *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->bindings);
    g_free(self);
}

static void add_row(keymap *self, const struct key_binding *row, const char *source, GPtrArray *complaints)
{
    struct binding binding = { .contexts = keymap_context(row->context) };
    bool is_off = strcmp(row->command, "none") == 0;
    binding.command = is_off ? NULL : command_find(row->command);
    if (binding.contexts == 0) {
        g_ptr_array_add(complaints, g_strdup_printf(_("%s, line %u: there is no screen named \"%s\" (list, reader, folders, mail, any, …)"),
                                                    source, row->line, row->context));
        return;
    }
    if (binding.command == NULL && !is_off) {
        g_ptr_array_add(complaints,
                        g_strdup_printf(_("%s, line %u: there is no command \"%s\"; press : to see all"), source, row->line, row->command));
        return;
    }
    if (!keymap_parse_sequence(row->keys, binding.keys, &binding.count)) {
        g_ptr_array_add(complaints,
                        g_strdup_printf(_("%s, line %u: \"%s\" is no key; allowed are characters, ctrl-x, alt-x, F1, up, enter, …"), source,
                                        row->line, row->keys));
        return;
    }
    binding.contexts = possible_contexts(&binding);
    take_keys(self->bindings, &binding);
    g_array_append_val(self->bindings, binding);
}

void keymap_add(keymap *self, const GPtrArray *bindings, const char *source, GPtrArray *complaints)
{
    for (guint i = 0; i < bindings->len; i++)
        add_row(self, g_ptr_array_index(bindings, i), source, complaints);
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

static void format_binding(const struct binding *binding, char *text, size_t size)
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
    text[0] = '\0';
    for (guint i = 0; i < self->bindings->len; i++) {
        const struct binding *binding = &g_array_index(self->bindings, struct binding, i);
        if (binding->command != command || !(binding->contexts & context))
            continue;
        format_binding(binding, text, size);
        return true;
    }
    return false;
}

char *keymap_keys(const keymap *self, const struct command *command, enum context context)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < self->bindings->len; i++) {
        const struct binding *binding = &g_array_index(self->bindings, struct binding, i);
        char text[64] = "";
        if (binding->command != command || !(binding->contexts & context))
            continue;
        format_binding(binding, text, sizeof text);
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
