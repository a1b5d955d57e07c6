/* SPDX-License-Identifier: MIT */
/* What a draft knows that is no field of mail: kept in a field of its own while it lies in Drafts, and gone from what is sent. */
#include "core/compose_private.h"
#include "core/header_fields.h"
#include <gmime/gmime.h>
#include <stddef.h>
#include <string.h>

#define EXTRA_BYTES_MAX (64u * 1024u)

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

static void read_extra(struct draft *self, const message *original)
{
    g_autoptr(GBytes) raw = message_raw(original);
    gsize size = 0;
    const char *bytes = g_bytes_get_data(raw, &size), *rest = NULL;
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(GArray) fields = header_fields_split(bytes != NULL ? bytes : "", size, &rest);
    for (guint i = 0; i < fields->len && lines->len < EXTRA_BYTES_MAX; i++) {
        const struct header_field *field = &g_array_index(fields, struct header_field, i);
        g_autofree char *value = header_field_is(field, COMPOSE_EXTRA_HEADER) ? header_field_value(field) : NULL;
        g_autofree char *decoded = value != NULL ? g_mime_utils_header_decode_text(NULL, value) : NULL;
        if (decoded != NULL)
            g_string_append_printf(lines, "%s\n", g_strstrip(decoded));
    }
    compose_set(&self->extra_headers, lines->len > 0 ? g_utf8_make_valid(lines->str, -1) : NULL);
}

void compose_read_options(struct draft *self, const message *original)
{
    const char *value = message_header(original, COMPOSE_OPTIONS_HEADER);
    g_auto(GStrv) words = g_strsplit(value != NULL ? value : "", " ", 20);
    self->is_signed = self->is_encrypted = self->encrypts_if_possible = self->is_smime = false; /* as it was left, whatever is usual */
    for (char **word = words; *word != NULL; word++)
        read_word(self, *word);
    read_extra(self, original);
}
