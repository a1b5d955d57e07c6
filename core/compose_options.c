/* SPDX-License-Identifier: MIT */
/* What a draft knows that is no field of mail: kept in a field of its own while it lies in Drafts, and gone from what is sent. */
#include "core/compose_private.h"
#include <stddef.h>
#include <string.h>

static const struct {
    const char *word;
    size_t offset;
} flags[] = {
    { "flowed", offsetof(struct draft, is_flowed) },
    { "markdown", offsetof(struct draft, is_markdown) },
    { "to-all", offsetof(struct draft, is_to_all) },
    { "hidden-copy", offsetof(struct draft, is_hidden_copy) },
    { "sign", offsetof(struct draft, is_signed) },
    { "encrypt", offsetof(struct draft, is_encrypted) },
    { "encrypt-if-possible", offsetof(struct draft, encrypts_if_possible) },
    { "smime", offsetof(struct draft, is_smime) },
};
static const struct {
    const char *prefix;
    size_t offset;
} texts[] = {
    { "charset=", offsetof(struct draft, charset) },
    { "addressed=", offsetof(struct draft, addressed) },
};

char *compose_options_text(const struct draft *self)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        if (*(const bool *)(const void *)((const char *)self + flags[i].offset))
            g_string_append_printf(line, "%s%s", line->len > 0 ? " " : "", flags[i].word);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *value = *(char *const *)(const void *)((const char *)self + texts[i].offset);
        g_autofree char *escaped = value != NULL ? g_uri_escape_string(value, "@<>\"", FALSE) : NULL;
        if (escaped != NULL)
            g_string_append_printf(line, "%s%s%s", line->len > 0 ? " " : "", texts[i].prefix, escaped);
    }
    return g_strdup(line->str);
}

static void read_word(struct draft *self, const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        if (strcmp(flags[i].word, word) == 0)
            *(bool *)(void *)((char *)self + flags[i].offset) = true;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        char *value = g_str_has_prefix(word, texts[i].prefix) ? g_uri_unescape_string(word + strlen(texts[i].prefix), NULL) : NULL;
        if (value != NULL && g_utf8_validate(value, -1, NULL))
            compose_set((char **)(void *)((char *)self + texts[i].offset), value);
        else
            g_free(value);
    }
}

void compose_read_options(struct draft *self, const message *original)
{
    const char *value = message_header(original, COMPOSE_OPTIONS_HEADER);
    g_auto(GStrv) words = g_strsplit(value != NULL ? value : "", " ", 20);
    self->is_signed = self->is_encrypted = self->encrypts_if_possible = self->is_smime = false; /* as it was left, whatever is usual */
    for (char **word = words; *word != NULL; word++)
        read_word(self, *word);
}
