/* SPDX-License-Identifier: MIT */
/* Tricks of a message that a person would not see, as a table. */
#include "core/message_private.h"
#include "core/message_warning_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define WARNINGS_MAX    12
#define ATTACHMENTS_MAX 200

struct look {
    const message *message;
    const struct message_trust *trust;
    GPtrArray *from, *reply_to; /* of struct message_address* */
    GPtrArray *found;
};

static void tell(struct look *self, char *words /* taken */)
{
    if (words != NULL && *words != '\0' && self->found->len < WARNINGS_MAX)
        g_ptr_array_add(self->found, words);
    else
        g_free(words);
}

static bool is_turning(gunichar c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool has_turns(const char *utf8)
{
    for (const char *at = utf8; at != NULL && *at != '\0'; at = g_utf8_next_char(at))
        if (is_turning(g_utf8_get_char(at)))
            return true;
    return false;
}

/* --- who it comes from --- */

/* The first address within a name; caller frees; NULL: none. */
static char *address_within(const char *name)
{
    static const char stops[] = " \t<>()[]\"',;:";
    const char *at = strchr(name, '@'), *begin = at;
    if (at == NULL)
        return NULL;
    while (begin > name && strchr(stops, begin[-1]) == NULL)
        begin--;
    g_autofree char *word = g_strndup(begin, strcspn(begin, stops));
    const char *dot = strrchr(word, '.');
    return begin < at && dot != NULL && dot > word + (at - begin) + 1 && dot[1] != '\0' ? g_steal_pointer(&word) : NULL;
}

static void name_look(struct look *self)
{
    for (guint i = 0; i < self->from->len; i++) {
        const struct message_address *sender = g_ptr_array_index(self->from, i);
        g_autofree char *shown = sender->name != NULL ? address_within(sender->name) : NULL;
        if (shown != NULL && g_ascii_strcasecmp(shown, sender->address) != 0)
            tell(self, g_strdup_printf(_("The name says %s, but the address is %s."), shown, sender->address));
    }
}

static bool is_own(const struct look *self, const char *address)
{
    for (size_t i = 0; self->trust->own_addresses != NULL && self->trust->own_addresses[i] != NULL; i++)
        if (g_ascii_strcasecmp(self->trust->own_addresses[i], address) == 0)
            return true;
    return false;
}

/* Another domain that is taken for one's own at a glance. */
static void own_domain_look(struct look *self, const char *domain)
{
    for (size_t i = 0; self->trust->own_addresses != NULL && self->trust->own_addresses[i] != NULL; i++) {
        g_autofree char *own = domain_of(self->trust->own_addresses[i]);
        if (own == NULL || !domain_looks_like(domain, own))
            continue;
        tell(self, g_strdup_printf(_("%s looks like your own domain %s, but is another."), domain, own));
        return;
    }
}

static void domain_look(struct look *self)
{
    GPtrArray *const fields[] = { self->from, self->reply_to };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        for (guint k = 0; k < fields[i]->len && k < 5; k++) {
            g_autofree char *domain = domain_of(((const struct message_address *)g_ptr_array_index(fields[i], k))->address);
            g_autofree char *readable = domain != NULL ? domain_readable(domain) : NULL;
            if (domain != NULL && domain_is_lookalike(domain))
                tell(self, g_strdup_printf(_("The domain “%s” is written with letters that look like others; it is really %s."), readable,
                                           domain));
            else if (domain != NULL)
                own_domain_look(self, domain);
        }
}

static void second_sender_look(struct look *self)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(GMIME_OBJECT(self->message->mime));
    int count = 0;
    for (int i = 0; i < g_mime_header_list_get_count(list); i++)
        count += g_ascii_strcasecmp(g_mime_header_get_name(g_mime_header_list_get_header_at(list, i)), "From") == 0;
    if (count > 1)
        tell(self, g_strdup(_("The message names its sender more than once; the first is shown.")));
}

/* A list may have its own address there, and so may oneself. */
static void reply_look(struct look *self)
{
    const struct message_address *sender = self->from->len > 0 ? g_ptr_array_index(self->from, 0) : NULL;
    g_autofree char *from = sender != NULL ? domain_of(sender->address) : NULL;
    bool is_list = message_header(self->message, "List-Id") != NULL || message_header(self->message, "List-Post") != NULL;
    for (guint i = 0; i < self->reply_to->len && i < 5 && from != NULL && !is_list; i++) {
        const char *address = ((const struct message_address *)g_ptr_array_index(self->reply_to, i))->address;
        g_autofree char *domain = domain_of(address);
        if (domain == NULL || domain_is_same_house(domain, from) || is_own(self, address))
            continue;
        tell(self, g_strdup_printf(_("Answers go to %s, not to the sender."), address));
        return;
    }
}

static void checks_look(struct look *self)
{
    tell(self, checks_failed(self->message, self->trust));
}

/* --- what it shows --- */

static void turns_look(struct look *self)
{
    const char *subject = message_header(self->message, "Subject"), *from = message_header(self->message, "From");
    if (has_turns(subject) || has_turns(from))
        tell(self, g_strdup(_("The head of this message has hidden characters that turn the direction of writing.")));
}

static bool is_program(const char *ending)
{
    static const char *const programs[] = { "exe", "scr", "com", "pif", "bat", "cmd", "js",  "jse",     "vbs", "vbe", "wsf", "wsh", "hta",
                                            "lnk", "jar", "msi", "ps1", "reg", "cpl", "app", "desktop", "apk", "dll", "iso", "img" };
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++)
        if (g_ascii_strcasecmp(ending, programs[i]) == 0)
            return true;
    return false;
}

static bool is_document(const char *ending, size_t length)
{
    static const char *const documents[] = { "pdf", "doc",  "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "txt", "rtf",  "csv",
                                             "jpg", "jpeg", "png",  "gif", "bmp",  "mp3", "mp4",  "avi", "zip", "htm", "html", "eml" };
    for (size_t i = 0; i < G_N_ELEMENTS(documents); i++)
        if (strlen(documents[i]) == length && g_ascii_strncasecmp(ending, documents[i], length) == 0)
            return true;
    return false;
}

/* "invoice.pdf   .exe": what it seems to be stands before the last dot. */
static bool is_disguised(const char *name)
{
    const char *last = strrchr(name, '.');
    if (last == NULL || last == name || !is_program(last + 1))
        return false;
    const char *end = last;
    while (end > name && (end[-1] == ' ' || end[-1] == '_' || end[-1] == '.'))
        end--;
    const char *dot = end;
    while (dot > name && dot[-1] != '.')
        dot--;
    return dot > name && is_document(dot, (size_t)(end - dot));
}

static void attachments_look(struct look *self)
{
    const GPtrArray *parts = message_parts(self->message);
    for (guint i = 0; i < parts->len && i < ATTACHMENTS_MAX; i++) {
        const struct message_part *part = g_ptr_array_index(parts, i);
        g_autofree char *raw =
            part->is_attachment && !part->is_packed ? message_object_filename(g_ptr_array_index(self->message->objects, i)) : NULL;
        const char *name = part->filename != NULL ? part->filename : "";
        const char *ending = strrchr(name, '.');
        if (raw != NULL && g_utf8_validate(raw, -1, NULL) && has_turns(raw))
            tell(self, g_strdup_printf(_("The name of an attachment is written backwards to deceive; it is really %s."), name));
        else if (part->is_damaged)
            tell(self, g_strdup_printf(_("The file “%s” is damaged: not all of it came as it was sent."), name));
        else if (is_disguised(name))
            tell(self, g_strdup_printf(_("The attachment %s only looks like a document: it is a program (%s)."), name, ending));
    }
}

static void (*const looks[])(struct look *self) = { checks_look,      name_look,  domain_look, second_sender_look,
                                                    attachments_look, reply_look, turns_look };

GPtrArray *message_warnings(const message *self, const struct message_trust *trust)
{
    static const struct message_trust none = { 0 };
    struct look look = { .message = self,
                         .trust = trust != NULL ? trust : &none,
                         .from = message_addresses(self, "From"),
                         .reply_to = message_addresses(self, "Reply-To"),
                         .found = g_ptr_array_new_with_free_func(g_free) };
    for (size_t i = 0; i < G_N_ELEMENTS(looks); i++)
        looks[i](&look);
    g_ptr_array_unref(look.from);
    g_ptr_array_unref(look.reply_to);
    return look.found;
}
