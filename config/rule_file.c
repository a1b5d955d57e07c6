/* SPDX-License-Identifier: MIT */
/* Rules in their file: read key by key, and changed without touching what a person wrote around them. */
#include "config/rule_file.h"
#include "config/ini.h"
#include "config/paths.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define NAME_MAX_BYTES 80

static void rule_text_free(gpointer data)
{
    struct rule_text *self = data;
    g_free(self->name);
    g_free(self->match);
    g_free(self->move);
    g_free(self->tag);
    g_free(self->account);
    g_free(self->folder);
    g_free(self->fault);
    g_free(self);
}

static char *file_of(const char *path)
{
    return path != NULL ? g_strdup(path) : paths_config_file("rules.conf");
}

/* A file that is not there yet is an empty one. */
static ini *open_file(const char *path, GError **error)
{
    g_autofree char *file = file_of(path);
    bool is_missing = false;
    GError *why = NULL;
    ini *self = ini_load(file, &is_missing, &why);
    if (self == NULL && is_missing) {
        g_clear_error(&why);
        self = ini_from_data(file, "", 0, &why);
    }
    if (why != NULL)
        g_propagate_error(error, why);
    return self;
}

/* --- reading --- */

static bool read_text(struct rule_text *rule, size_t offset, const char *value)
{
    char **field = (char **)(void *)((char *)rule + offset);
    *field = *value != '\0' ? g_strdup(value) : NULL;
    return true;
}

static bool word_is_yes(const char *value, bool *is_yes_out)
{
    static const char *const words[2][4] = { { "no", "false", "off", "0" }, { "yes", "true", "on", "1" } };
    for (int is_yes = 0; is_yes < 2; is_yes++) {
        for (size_t i = 0; i < 4; i++) {
            if (g_ascii_strcasecmp(value, words[is_yes][i]) == 0) {
                *is_yes_out = is_yes != 0;
                return true;
            }
        }
    }
    return false;
}

static bool read_yes(struct rule_text *rule, size_t offset, const char *value)
{
    return word_is_yes(value, (bool *)(void *)((char *)rule + offset));
}

static bool read_notify(struct rule_text *rule, size_t offset, const char *value)
{
    bool is_yes;
    (void)offset;
    if (!word_is_yes(value, &is_yes))
        return false;
    rule->notify = is_yes ? RULE_NOTIFY_YES : RULE_NOTIFY_NO;
    return true;
}

static const struct {
    const char *key;
    bool (*read)(struct rule_text *rule, size_t offset, const char *value);
    size_t offset;
} keys[] = {
    { "match", read_text, offsetof(struct rule_text, match) },   { "move", read_text, offsetof(struct rule_text, move) },
    { "tag", read_text, offsetof(struct rule_text, tag) },       { "account", read_text, offsetof(struct rule_text, account) },
    { "folder", read_text, offsetof(struct rule_text, folder) }, { "enabled", read_yes, offsetof(struct rule_text, is_on) },
    { "flag", read_yes, offsetof(struct rule_text, is_flag) },   { "read", read_yes, offsetof(struct rule_text, is_read) },
    { "stop", read_yes, offsetof(struct rule_text, is_stop) },   { "notify", read_notify, 0 },
};

/* Takes the first fault of a rule. */
static void fail(struct rule_text *rule, const ini *file, const char *key, const char *words)
{
    if (rule->fault == NULL)
        rule->fault = g_strdup_printf("%s:%u: %s", ini_path(file), ini_line(file, rule->name, key), words);
}

static void read_key(struct rule_text *rule, const ini *file, const char *key)
{
    g_autofree char *value = ini_get(file, rule->name, key);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strcmp(keys[i].key, key) != 0)
            continue;
        if (!keys[i].read(rule, keys[i].offset, value != NULL ? value : "")) {
            g_autofree char *words = g_strdup_printf(_("%s is yes or no, not “%s”."), key, value);
            fail(rule, file, key, words);
        }
        return;
    }
    g_autofree char *words =
        g_strdup_printf(_("A rule knows no “%s”; it knows match, folder, move, tag, flag, read, notify, account, stop, enabled."), key);
    fail(rule, file, key, words);
}

static struct rule_text *read_rule(const ini *file, const char *name)
{
    struct rule_text *rule = g_new0(struct rule_text, 1);
    rule->name = g_strdup(name);
    rule->is_on = true;
    rule->line = ini_line(file, name, NULL);
    g_auto(GStrv) all = ini_keys(file, name);
    for (char **key = all; *key != NULL; key++)
        read_key(rule, file, *key);
    if (rule->match == NULL)
        fail(rule, file, NULL, _("The rule has no match = QUERY."));
    if (rule->fault == NULL && rule->move == NULL && rule->tag == NULL && !rule->is_flag && !rule->is_read &&
        rule->notify == RULE_NOTIFY_USUAL && !rule->is_stop)
        fail(rule, file, NULL, _("The rule does nothing: it needs move, tag, flag, read, notify or stop."));
    return rule;
}

GPtrArray *rule_file_load(const char *path, GError **error)
{
    g_autoptr(ini) file = open_file(path, error);
    if (file == NULL)
        return NULL;
    GPtrArray *rules = g_ptr_array_new_with_free_func(rule_text_free);
    g_auto(GStrv) names = ini_groups(file);
    for (char **name = names; *name != NULL; name++)
        g_ptr_array_add(rules, read_rule(file, *name));
    return rules;
}

/* --- changing --- */

bool rule_file_name_is_good(const char *name, GError **error)
{
    size_t length = strlen(name);
    bool is_good = length > 0 && length <= NAME_MAX_BYTES && g_utf8_validate(name, -1, NULL) && strpbrk(name, "[]\n\r\t\\") == NULL &&
                   name[0] != ' ' && name[length - 1] != ' ';
    if (!is_good)
        g_set_error_literal(error, CONFIG_ERROR, CONFIG_ERROR_VALUE, _("The name of a rule is short and has none of [ ] \\ in it."));
    return is_good;
}

static bool make_directory(const char *file, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(file);
    return paths_make(directory, error);
}

bool rule_file_set(const char *path, const char *name, const char *key, const char *value, GError **error)
{
    if (!rule_file_name_is_good(name, error))
        return false;
    g_autoptr(ini) file = open_file(path, error);
    return file != NULL && ini_set(file, name, key, value, error) && make_directory(ini_path(file), error) && ini_save(file, 0600, error);
}

/* The file as blocks, each a group with the comments that stand right above it; what is above the first is a block without a name. */
struct block {
    char *name;
    GString *text;
};

static void block_free(gpointer data)
{
    struct block *self = data;
    g_free(self->name);
    g_string_free(self->text, TRUE);
    g_free(self);
}

static struct block *block_add(GPtrArray *blocks, const char *name, gssize length)
{
    struct block *made = g_new0(struct block, 1);
    made->name = name != NULL ? g_strndup(name, (gsize)length) : NULL;
    made->text = g_string_new(NULL);
    g_ptr_array_add(blocks, made);
    return made;
}

/* The comments at the end of a block, which belong to the group that follows. */
static size_t tail_begin(const GString *text)
{
    size_t begin = text->len;
    while (begin > 0) {
        size_t line = begin - 1;
        while (line > 0 && text->str[line - 1] != '\n')
            line--;
        if (text->str[line] != '#')
            break;
        begin = line;
    }
    return begin;
}

static GPtrArray *blocks_of(const char *text)
{
    GPtrArray *blocks = g_ptr_array_new_with_free_func(block_free);
    struct block *now = block_add(blocks, NULL, 0);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n") + (strchr(text, '\n') != NULL);
        const char *begin = text + strspn(text, " \t"), *end = memchr(text, ']', length);
        if (*begin == '[' && end != NULL) {
            size_t tail = tail_begin(now->text);
            g_autofree char *comments = g_strdup(now->text->str + tail);
            g_string_truncate(now->text, tail);
            now = block_add(blocks, begin + 1, end - begin - 1);
            g_string_append(now->text, comments);
        }
        g_string_append_len(now->text, text, (gssize)length);
        if (text[length - 1] != '\n')
            g_string_append_c(now->text, '\n');
        text += length;
    }
    return blocks;
}

static bool blocks_write(const char *file, GPtrArray *blocks, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < blocks->len; i++)
        g_string_append(text, ((const struct block *)g_ptr_array_index(blocks, i))->text->str);
    return ini_write_file(file, text->str, text->len, 0600, error);
}

/* Reads the blocks and finds one of them; false with the reason. */
static bool blocks_find(const char *file, const char *name, GPtrArray **blocks_out, guint *at_out, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(file, &text, NULL, error))
        return false;
    g_autoptr(GPtrArray) blocks = blocks_of(text);
    for (guint i = 1; i < blocks->len; i++) {
        if (strcmp(((const struct block *)g_ptr_array_index(blocks, i))->name, name) == 0) {
            *at_out = i;
            *blocks_out = g_steal_pointer(&blocks);
            return true;
        }
    }
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_MISSING, _("There is no rule “%s” in %s."), name, file);
    return false;
}

bool rule_file_remove(const char *path, const char *name, GError **error)
{
    g_autofree char *file = file_of(path);
    g_autoptr(GPtrArray) blocks = NULL;
    guint at;
    if (!blocks_find(file, name, &blocks, &at, error))
        return false;
    g_ptr_array_remove_index(blocks, at);
    return blocks_write(file, blocks, error);
}

bool rule_file_move(const char *path, const char *name, int by, GError **error)
{
    g_autofree char *file = file_of(path);
    g_autoptr(GPtrArray) blocks = NULL;
    guint at;
    if (!blocks_find(file, name, &blocks, &at, error))
        return false;
    int to = (int)at + by;
    if (to < 1 || to >= (int)blocks->len)
        return true;
    gpointer block = g_ptr_array_steal_index(blocks, at);
    g_ptr_array_insert(blocks, to, block);
    return blocks_write(file, blocks, error);
}
