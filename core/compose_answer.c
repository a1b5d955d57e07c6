/* SPDX-License-Identifier: MIT */
/* To whom an answer goes, from which of one's addresses, under which subject, in which conversation. */
#include "config/identity.h"
#include "core/compose_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define REFERENCES_MAX 30 /* ids kept: the first and the latest (RFC 5322 3.6.4 lets us cut) */

/* --- addresses --- */
/* The identity of ours that this address is, as it is to be shown; NULL: somebody else. Caller frees. */
static char *identity_of(const struct account *from, const char *address)
{
    g_autofree char *name = account_own_name(from, address);
    if (name == NULL)
        return NULL;
    bool is_main = from->from_address != NULL && g_ascii_strcasecmp(from->from_address, address) == 0;
    return compose_mailbox(name, is_main ? from->from_address : address); /* as it is written in the settings, not as somebody typed it */
}

/* Adds header's addresses to field, each once, leaving out those in except (may be NULL) and our own. */
static void add_addresses(const struct account *from, const message *original, const char *header, GString *field, GHashTable *seen,
                          bool with_own)
{
    g_autoptr(GPtrArray) addresses = message_addresses(original, header);
    for (guint i = 0; addresses != NULL && i < addresses->len; i++) {
        const struct message_address *one = addresses->pdata[i];
        if (one->address == NULL || *one->address == '\0' || (!with_own && account_owns(from, one->address)))
            continue;
        if (!g_hash_table_add(seen, g_ascii_strdown(one->address, -1)))
            continue;
        g_autofree char *mailbox = compose_mailbox(one->name, one->address);
        g_string_append_printf(field, "%s%s", field->len > 0 ? ", " : "", mailbox);
    }
}

static bool is_from_us(const struct account *from, const message *original)
{
    g_autoptr(GPtrArray) addresses = message_addresses(original, "From");
    return addresses != NULL && addresses->len > 0 && account_owns(from, ((struct message_address *)addresses->pdata[0])->address);
}

/* Whoever the message was written to answers: the alias that was addressed, not always the main address. One's own mail is gone on with by who wrote it. */
void compose_choose_identity(struct draft *self, const struct account *from, const message *original)
{
    static const char *const headers[] = { "From", "To", "Cc", "Delivered-To", "X-Original-To" };
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autoptr(GPtrArray) addresses = message_addresses(original, headers[i]);
        for (guint k = 0; addresses != NULL && k < addresses->len; k++) {
            char *identity = identity_of(from, ((struct message_address *)addresses->pdata[k])->address);
            if (identity == NULL)
                continue;
            compose_set(&self->from, identity);
            return;
        }
    }
}

static bool names_us(const struct account *from, const message *original, const char *header)
{
    g_autoptr(GPtrArray) addresses = message_addresses(original, header);
    for (guint i = 0; addresses != NULL && i < addresses->len; i++)
        if (account_owns(from, ((const struct message_address *)addresses->pdata[i])->address))
            return true;
    return false;
}

/* Nobody but the writer knows that we have it. What a list sent names the list instead of us, which is no secret. */
static bool is_hidden_copy(const struct account *from, const message *original)
{
    return !is_from_us(from, original) && !names_us(from, original, "To") && !names_us(from, original, "Cc") &&
           message_header(original, "List-Id") == NULL && message_header(original, "List-Post") == NULL &&
           (message_header(original, "To") != NULL || message_header(original, "Cc") != NULL);
}

/* Where the writer wishes a discussion to go on (a custom of mailing lists); false: no such wish. */
static bool address_followup(struct draft *self, const struct account *from, const message *original)
{
    g_autoptr(GString) to = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    add_addresses(from, original, "Mail-Followup-To", to, seen, false);
    if (to->len > 0)
        compose_set(&self->to, g_strdup(to->str));
    return to->len > 0;
}

static void address_reply(struct draft *self, const struct account *from, const message *original, bool is_to_all)
{
    g_autoptr(GString) to = g_string_new(NULL), cc = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (is_from_us(from, original)) /* an answer to one's own mail goes to whom that went */
        add_addresses(from, original, "To", to, seen, false);
    else
        add_addresses(from, original, message_header(original, "Reply-To") != NULL ? "Reply-To" : "From", to, seen, true);
    if (to->len == 0)
        add_addresses(from, original, "From", to, seen, true);
    if (is_to_all) {
        add_addresses(from, original, "To", cc, seen, false);
        add_addresses(from, original, "Cc", cc, seen, false);
    }
    compose_set(&self->to, g_strdup(to->str));
    compose_set(&self->cc, g_strdup(cc->str));
}

/* List-Post: <mailto:list@example.test> (RFC 2369); "NO" means that nobody may write to it. Caller frees; NULL: none. */
static char *list_address(const message *original)
{
    const char *post = message_header(original, "List-Post");
    g_auto(GStrv) wishes = g_strsplit(post != NULL ? post : "", "<", -1);
    for (char **wish = wishes; *wish != NULL; wish++) {
        if (g_ascii_strncasecmp(*wish, "mailto:", strlen("mailto:")) != 0)
            continue;
        const char *begin = *wish + strlen("mailto:");
        g_autofree char *address = g_strndup(begin, strcspn(begin, ">?"));
        char *plain = g_uri_unescape_string(address, NULL);
        if (plain != NULL)
            return plain;
    }
    return NULL;
}

static bool address_list(struct draft *self, const struct account *from, const message *original, GError **error)
{
    char *list = list_address(original);
    if (list != NULL) {
        compose_set(&self->to, list);
        return true;
    }
    if (address_followup(self, from, original))
        return true;
    g_set_error(error, MESSAGE_ERROR, MESSAGE_ERROR_PART, _("This message did not come from a mailing list one can write to."));
    return false;
}

/* --- subject and threading --- */
/* What programs of many languages put before a subject. An answer drops only what says "answer": "Re: Fwd: …" tells what happened. */
static const char *const reply_words[] = { "re",  "aw",    "sv",  "antw", "odp",  "vs",   "res",  "ynt",     "r",       "rif", "ref",
                                           "réf", "ré",    "bls", "atb",  "vá",   "hal",  "svar", "antwort", "odpověď", "απ",  "رد",
                                           "отв", "ответ", "на",  "回复", "答复", "回覆", "返信", "답장",    NULL };
static const char *const forward_words[] = { "fwd",    "fw",          "wg",     "tr",   "rv",   "enc",  "i",    "vl",   "vb", "pd",
                                             "doorst", "إعادة توجيه", "пересл", "转发", "轉寄", "转寄", "転送", "전달", NULL };

/* Whatever their case, in any script; NULL: these are others. */
static const char *behind_letters(const char *text, const char *word)
{
    for (; *word != '\0'; word = g_utf8_next_char(word), text = g_utf8_next_char(text))
        if (*text == '\0' || g_unichar_tolower(g_utf8_get_char(text)) != g_unichar_tolower(g_utf8_get_char(word)))
            return NULL;
    return text;
}

/* Also those that the French put before a colon. */
static const char *behind_blanks(const char *text)
{
    while (*text == ' ' || g_str_has_prefix(text, "\xc2\xa0") || g_str_has_prefix(text, "\xe2\x80\xaf"))
        text = g_utf8_next_char(text);
    return text;
}

/* The subject behind "Re:", "RE[2]:", "AW (3) :", "回复："; NULL: it does not begin so. */
static const char *behind_word(const char *subject, const char *word)
{
    static const char wide_colon[] = "\xef\xbc\x9a";
    const char *at = behind_letters(subject, word);
    if (at == NULL)
        return NULL;
    at += *at == '.';
    at = behind_blanks(at);
    if (*at == '^') /* "Re^2:" */
        at += 1 + strspn(at + 1, "0123456789");
    if (*at == '[' || *at == '(') { /* how many times it went to and fro */
        at += 1 + strspn(at + 1, "0123456789");
        if (*at != ']' && *at != ')')
            return NULL;
        at = behind_blanks(at + 1);
    }
    if (g_str_has_prefix(at, wide_colon))
        return at + strlen(wide_colon);
    return *at == ':' ? at + 1 : NULL;
}

static const char *without_words(const char *subject, const char *const *words)
{
    for (const char *const *word = words; *word != NULL;) {
        subject = behind_blanks(subject);
        const char *behind = behind_word(subject, *word);
        subject = behind != NULL ? behind : subject;
        word = behind != NULL ? words : word + 1;
    }
    return subject;
}

static void set_subject(struct draft *self, const message *original, const char *prefix, const char *const *words)
{
    const char *subject = message_header(original, "Subject");
    const char *plain = without_words(subject != NULL ? subject : "", words);
    size_t tag = *plain == '[' ? strcspn(plain, "]") : 0; /* "[list] Re: …": a list put its name before an answer */
    g_autofree char *name = tag > 0 && plain[tag] == ']' ? g_strndup(plain, tag + 1) : g_strdup("");
    const char *behind = plain + strlen(name), *rest = without_words(behind, words);
    bool is_same = *name == '\0' || rest == behind_blanks(behind);
    compose_set(&self->subject, is_same ? g_strconcat(prefix, plain, NULL) : g_strconcat(prefix, name, " ", rest, NULL));
}

static char *references_cut(const char *references, const char *message_id)
{
    g_autofree char *whole = g_strconcat(references != NULL ? references : "", " ", message_id, NULL);
    g_auto(GStrv) ids = g_strsplit(g_strstrip(whole), " ", -1);
    guint count = g_strv_length(ids);
    g_autoptr(GString) kept = g_string_new(NULL);
    for (guint i = 0; i < count; i++) {
        bool is_kept = *ids[i] != '\0' && (i == 0 || count - i < REFERENCES_MAX);
        if (is_kept)
            g_string_append_printf(kept, "%s%s", kept->len > 0 ? " " : "", ids[i]);
    }
    return g_strdup(kept->str);
}

static void set_thread(struct draft *self, const message *original)
{
    struct message_info info = { 0 };
    message_info(original, &info);
    if (info.message_id == NULL || *info.message_id == '\0')
        return;
    compose_set(&self->in_reply_to, g_strdup(info.message_id));
    const char *before = info.references != NULL && *info.references != '\0' ? info.references : info.in_reply_to;
    compose_set(&self->references, references_cut(before, info.message_id));
}

/* --- both --- */
bool compose_address_answer(struct draft *self, enum compose_kind kind, const struct account *from, const message *original, GError **error)
{
    compose_set(&self->addressed, g_strdup(self->from));
    self->is_to_all = kind == COMPOSE_REPLY_ALL;
    self->is_hidden_copy = is_hidden_copy(from, original);
    set_subject(self, original, "Re: ", reply_words);
    set_thread(self, original);
    if (kind == COMPOSE_REPLY_LIST)
        return address_list(self, from, original, error);
    if (kind != COMPOSE_REPLY_ALL || !address_followup(self, from, original))
        address_reply(self, from, original, kind == COMPOSE_REPLY_ALL);
    return true;
}

void compose_name_forward(struct draft *self, const message *original)
{
    set_subject(self, original, "Fwd: ", forward_words);
}
