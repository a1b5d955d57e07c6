/* SPDX-License-Identifier: MIT */
/* What a server says it can, as a table. */
#include "net/imap_client_private.h"
#include <string.h>

#define SHOWN_MAX 8192u

static const struct {
    const char *wire;
} capability_table[] = {
#define X(name, wire, rfc) { wire },
    IMAP_CAPABILITIES(X)
#undef X
};

void imap_capability_forget(imap_client *self)
{
    g_clear_pointer(&self->capabilities, g_free);
    memset(self->can, 0, sizeof self->can);
    self->append_limit = -1;
}

/* Our own questions: they travel with whatever is asked next, and nobody waits for their answers. */
static void ask_by_the_way(imap_client *self, const char *words)
{
    struct imap_request_state *request = imap_request_new(self, IMAP_REQUEST_OTHER);
    request->is_unasked = true;
    imap_request_add(request, g_strdup_printf("%s %s\r\n", request->tag, words));
    imap_client_queue(self, request);
}

static void ask_namespace(imap_client *self)
{
    if (!self->is_signed_in || self->is_namespace_asked || !self->can[IMAP_CAPABILITY_NAMESPACE])
        return;
    self->is_namespace_asked = true;
    ask_by_the_way(self, "NAMESPACE");
}

/* RFC 9051 appendix E: a server of revision 2 alone need not list what that revision holds already. */
static void add_implied(imap_client *self)
{
    static const enum imap_capability implied[] = {
        IMAP_CAPABILITY_SASL_IR,       IMAP_CAPABILITY_LITERAL_MINUS, IMAP_CAPABILITY_IDLE,        IMAP_CAPABILITY_MOVE,
        IMAP_CAPABILITY_UIDPLUS,       IMAP_CAPABILITY_ENABLE,        IMAP_CAPABILITY_NAMESPACE,   IMAP_CAPABILITY_SPECIAL_USE,
        IMAP_CAPABILITY_LIST_EXTENDED, IMAP_CAPABILITY_LIST_STATUS,   IMAP_CAPABILITY_ESEARCH,     IMAP_CAPABILITY_UNSELECT,
        IMAP_CAPABILITY_CHILDREN,      IMAP_CAPABILITY_SEARCHRES,     IMAP_CAPABILITY_STATUS_SIZE, IMAP_CAPABILITY_BINARY,
    };
    for (size_t i = 0; imap_client_is_rev2(self) && i < G_N_ELEMENTS(implied); i++)
        self->can[implied[i]] = true;
}

#define APPEND_LIMIT "APPENDLIMIT="

static void note_append_limit(imap_client *self, const char *word, size_t length)
{
    size_t name = strlen(APPEND_LIMIT);
    if (length <= name || g_ascii_strncasecmp(word, APPEND_LIMIT, name) != 0 || !g_ascii_isdigit(word[name]))
        return;
    self->append_limit = (int64_t)MIN(g_ascii_strtoull(word + name, NULL, 10), (guint64)G_MAXINT64);
}

/* A list may be as long as a line: it is not copied word by word, and only its beginning is kept to be shown. */
void imap_capability_note(imap_client *self, const char *text)
{
    imap_capability_forget(self);
    text += strspn(text, " ");
    size_t shown = strlen(text);
    if (shown > SHOWN_MAX)
        for (shown = SHOWN_MAX; shown > 0 && text[shown] != ' ';)
            shown--;
    self->capabilities = g_strchomp(g_strndup(text, shown));
    for (const char *word = text; *word != '\0'; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        for (size_t i = 0; i < IMAP_CAPABILITY_COUNT; i++) {
            const char *wire = capability_table[i].wire;
            self->can[i] |= strlen(wire) == length && g_ascii_strncasecmp(word, wire, length) == 0;
        }
        note_append_limit(self, word, length);
        word += length;
    }
    add_implied(self);
    self->can[IMAP_CAPABILITY_UTF8_ACCEPT] |= self->can[IMAP_CAPABILITY_UTF8_ONLY]; /* enabled by the same word */
    imap_syntax_set_utf8_names(self->syntax, imap_client_is_utf8(self));
    self->can[IMAP_CAPABILITY_IDLE] &= !self->is_idle_useless;
    ask_namespace(self);
}

void imap_capability_signed_in(imap_client *self, bool has_news)
{
    if (has_news)
        ask_namespace(self);
    else
        ask_by_the_way(self, "CAPABILITY");
}

bool imap_client_is_rev2(const imap_client *self)
{
    return self->can[IMAP_CAPABILITY_IMAP4REV2] && !self->can[IMAP_CAPABILITY_IMAP4REV1];
}

void imap_capability_note_enabled(imap_client *self, const char *word)
{
    for (size_t i = 0; i < IMAP_CAPABILITY_COUNT; i++)
        self->has_enabled[i] |= g_ascii_strcasecmp(word, capability_table[i].wire) == 0;
    imap_syntax_set_utf8_names(self->syntax, imap_client_is_utf8(self));
}

bool imap_client_has_enabled(const imap_client *self, enum imap_capability capability)
{
    return self->has_enabled[capability];
}

bool imap_client_is_utf8(const imap_client *self)
{
    return imap_client_is_rev2(self) || imap_client_has_enabled(self, IMAP_CAPABILITY_UTF8_ACCEPT);
}

bool imap_client_can(const imap_client *self, enum imap_capability capability)
{
    return self->can[capability];
}

int64_t imap_client_append_limit(const imap_client *self)
{
    return self->append_limit;
}

const char *imap_client_capabilities(const imap_client *self)
{
    return self->capabilities != NULL ? self->capabilities : "";
}
