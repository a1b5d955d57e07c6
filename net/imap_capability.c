/* SPDX-License-Identifier: MIT */
/* What a server says it can, as a table. */
#include "net/imap_client_private.h"
#include <string.h>

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
}

void imap_capability_note(imap_client *self, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    imap_capability_forget(self);
    self->capabilities = g_strstrip(g_strdup(text));
    for (char **word = words; *word != NULL; word++) {
        for (size_t i = 0; i < IMAP_CAPABILITY_COUNT; i++) {
            if (g_ascii_strcasecmp(*word, capability_table[i].wire) == 0)
                self->can[i] = true;
        }
    }
}

bool imap_client_can(const imap_client *self, enum imap_capability capability)
{
    return self->can[capability];
}

const char *imap_client_capabilities(const imap_client *self)
{
    return self->capabilities != NULL ? self->capabilities : "";
}
