/* SPDX-License-Identifier: MIT */
/* The checks before sending: a row is a check, its sentence and the way to switch it off. */
#include "core/compose_check.h"
#include "core/language.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define MANY_RECIPIENTS 20
#define MANY_ANSWERED   5                  /* of an answer to all */
#define LARGE_BYTES     (20 * 1024 * 1024) /* many servers refuse more */
#define STRANGERS_MAX   5                  /* named; more are a crowd */

/* --- the text --- */
/* Words (or their beginnings) that speak of an attachment, folded; where a script writes without spaces they are found anywhere. */
static const char *const attachment_words[] = {
    /* en */ "attach",
    "enclosed",
    "enclosing",
    /* de */ "anbei",
    "anhang",
    "anhäng",
    "anhaeng",
    "angehängt",
    "angehaengt",
    "beigefügt",
    "beigefuegt",
    "anlage ",
    "anlage.",
    "anlage:",
    "anlage,",
    "anlagen ",
    "anlagen:",
    "beiliegend",
    "beigelegt",
    "hänge dir",
    "hänge ihnen",
    "hänge die",
    "hänge das",
    "hänge den",
    "füge ich bei",
    /* fr */ "ci-joint",
    "cijoint",
    "pièce jointe",
    "pièces jointes",
    "piece jointe",
    "pieces jointes",
    "en pj",
    "pièce-jointe",
    "pièces-jointes",
    "je joins",
    "j’ai joint",
    "j'ai joint",
    "en annexe",
    "joins à ce",
    "joint à ce",
    /* es */ "adjunt",
    "adjúnt",
    "archivo adjunto",
    /* pt */ "anexo",
    "anexa",
    "anexei",
    "em anexo",
    "segue o arquivo",
    "anexad",
    "anexando",
    /* it */ "allegat",
    "allego",
    "in allegato",
    /* pl */ "załącz",
    "zalacz",
    "w załączniku",
    "dołącz",
    "dolacz",
    /* ru */ "прилага",
    "приложен",
    "прикреп",
    "вложени",
    "во вложении",
    "в приложении",
    "вкладываю",
    /* ja */ "添付",
    "同封",
    /* zh */ "附件",
    "附上",
    "附檔",
    "随信附",
    "添附",
    /* ar */ "مرفق",
    "أرفق",
    "ارفق",
    "المرفق",
    "طيه",
};

static bool begins_word(const char *text, const char *at)
{
    if (at == text)
        return true;
    gunichar before = g_utf8_get_char(g_utf8_prev_char(at)), first = g_utf8_get_char(at);
    return !g_unichar_isalnum(before) || first >= 0x600; /* Arabic articles grow on; East Asian words have no gaps */
}

/* Of the table's words, once for all lines of a text: there may be thousands. Caller frees. */
static char **folded_words(void)
{
    char **words = g_new0(char *, G_N_ELEMENTS(attachment_words) + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(attachment_words); i++)
        words[i] = g_utf8_casefold(attachment_words[i], -1);
    return words;
}

static bool has_attachment_word(const char *line, char *const *words)
{
    g_autofree char *letters = g_utf8_casefold(line, -1),
                    *folded = g_strconcat(letters, " ", NULL); /* the end of a line ends a word, too */
    for (; *words != NULL; words++)
        for (const char *at = strstr(folded, *words); at != NULL; at = strstr(g_utf8_next_char(at), *words))
            if (begins_word(folded, at))
                return true;
    return false;
}

/* The lines the person wrote: not what is quoted, nor what is forwarded, nor the signature. Caller frees. */
static char **own_lines(const struct draft *self)
{
    g_autofree char *valid = g_utf8_make_valid(self->body != NULL ? self->body : "", -1);
    g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
    g_autoptr(GStrvBuilder) own = g_strv_builder_new();
    bool is_forward = (self->reply_flag & MESSAGE_FORWARDED) != 0;
    for (char **line = lines; *line != NULL; line++) {
        if (strcmp(*line, "-- ") == 0 || (is_forward && strcmp(*line, _("---------- Forwarded message ----------")) == 0))
            break;
        if (**line != '>')
            g_strv_builder_add(own, *line);
    }
    return g_strv_builder_end(own);
}

static bool is_attribution(const char *line)
{
    return g_str_has_suffix(line, ":") || g_str_has_suffix(line, "\xef\xbc\x9a"); /* the second one is Chinese */
}

/* --- the checks: NULL, or the sentence --- */
static char *no_subject(const struct draft *self, const struct compose_world *world)
{
    g_autofree char *subject = g_strstrip(g_strdup(self->subject));
    (void)world;
    return *subject == '\0' ? g_strdup(_("The message has no subject.")) : NULL;
}

bool compose_is_empty(const struct draft *self)
{
    g_auto(GStrv) lines = own_lines(self);
    bool is_answer = (self->reply_flag & MESSAGE_ANSWERED) != 0;
    if (self->attachments->len > 0 || (self->reply_flag & MESSAGE_FORWARDED))
        return false; /* which may well be all there is to say */
    for (char **line = lines; *line != NULL; line++)
        if (*g_strstrip(*line) != '\0' && !(is_answer && is_attribution(*line)))
            return false;
    return true;
}

static char *empty_text(const struct draft *self, const struct compose_world *world)
{
    bool is_answer = (self->reply_flag & MESSAGE_ANSWERED) != 0;
    (void)world;
    if (!compose_is_empty(self))
        return NULL;
    return g_strdup(is_answer ? _("Nothing was written: the text is only what was quoted.") : _("The message has no text."));
}

static char *forgotten_attachment(const struct draft *self, const struct compose_world *world)
{
    g_auto(GStrv) lines = own_lines(self);
    (void)world;
    if (self->attachments->len > 0)
        return NULL;
    g_auto(GStrv) words = folded_words();
    bool is_new = (self->reply_flag & MESSAGE_ANSWERED) == 0; /* the subject of an answer is somebody else's */
    bool speaks = is_new && has_attachment_word(self->subject, words);
    for (char **line = lines; *line != NULL && !speaks; line++)
        speaks = has_attachment_word(*line, words);
    return speaks ? g_strdup(_("The text speaks of an attachment, but nothing is attached.")) : NULL;
}

static char *changed_attachment(const struct draft *self, const struct compose_world *world)
{
    (void)world;
    for (guint i = 0; i < self->attachments->len; i++) {
        const struct compose_attachment *each = self->attachments->pdata[i];
        if (compose_attachment_has_changed(each))
            return g_strdup_printf(_("%s was changed after it was attached; it goes as it was then."), each->name);
    }
    return NULL;
}

static char *large(const struct draft *self, const struct compose_world *world)
{
    gsize size = 0;
    (void)world;
    for (guint i = 0; i < self->attachments->len; i++)
        size += g_bytes_get_size(((const struct compose_attachment *)self->attachments->pdata[i])->bytes);
    g_autofree char *words = language_size(size);
    return size > LARGE_BYTES ? g_strdup_printf(_("The attachments have %s; many servers refuse so much."), words) : NULL;
}

/* {{name}} of a template that nobody has filled in. */
static char *unfilled_template(const struct draft *self, const struct compose_world *world)
{
    const char *const texts[] = { self->subject, self->body };
    (void)world;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *open = texts[i] != NULL ? strstr(texts[i], "{{") : NULL, *close = open != NULL ? strstr(open, "}}") : NULL;
        size_t length = close != NULL ? (size_t)(close + 2 - open) : 0;
        if (length == 0 || length > 80 || memchr(open, '\n', length) != NULL)
            continue;
        g_autofree char *place = g_strndup(open, length);
        return g_strdup_printf(_("%s of the template was not filled in."), place);
    }
    return NULL;
}

static char *other_charset(const struct draft *self, const struct compose_world *world)
{
    (void)world;
    if (compose_charset_fits(self->body != NULL ? self->body : "", self->charset))
        return NULL;
    return g_strdup_printf(_("The text has characters that %s does not have; it goes in UTF-8."), self->charset);
}

/* --- people --- */
typedef void with_person(const char *address, void *data);

static guint each_person(const struct draft *self, with_person *visit, void *data)
{
    const char *const fields[] = { self->to, self->cc, self->bcc };
    guint count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autoptr(GPtrArray) parsed = message_parse_addresses(fields[i] != NULL ? fields[i] : "", NULL);
        for (guint k = 0; parsed != NULL && k < parsed->len; k++, count++)
            if (visit != NULL)
                visit(((const struct message_address *)parsed->pdata[k])->address, data);
    }
    return count;
}

static char *many_people(const struct draft *self, const struct compose_world *world)
{
    guint count = each_person(self, NULL, NULL);
    (void)world;
    if (count > MANY_RECIPIENTS)
        return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "It goes to %u person.", "It goes to %u people.", count), count);
    return NULL;
}

static char *answer_to_all(const struct draft *self, const struct compose_world *world)
{
    guint count = each_person(self, NULL, NULL);
    (void)world;
    if (!self->is_to_all || count <= MANY_ANSWERED || count > MANY_RECIPIENTS) /* beyond that the other check speaks */
        return NULL;
    return g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "The answer goes to all: %u person.", "The answer goes to all: %u people.", count),
                           count);
}

static char *hidden_copy(const struct draft *self, const struct compose_world *world)
{
    (void)world;
    if (!self->is_to_all || !self->is_hidden_copy || each_person(self, NULL, NULL) < 2)
        return NULL;
    return g_strdup(_("You got a hidden copy (Bcc) of what you answer: an answer to all shows the others that you have it."));
}

/* Who is in Bcc and in To too is not hidden: one of both is a mistake. */
static char *shown_and_hidden(const struct draft *self, const struct compose_world *world)
{
    g_autoptr(GPtrArray) hidden = message_parse_addresses(self->bcc != NULL ? self->bcc : "", NULL);
    const char *const fields[] = { self->to, self->cc };
    (void)world;
    for (size_t i = 0; hidden != NULL && hidden->len > 0 && i < G_N_ELEMENTS(fields); i++) {
        g_autoptr(GPtrArray) shown = message_parse_addresses(fields[i] != NULL ? fields[i] : "", NULL);
        for (guint k = 0; shown != NULL && k < shown->len; k++)
            for (guint h = 0; h < hidden->len; h++) {
                const char *address = ((const struct message_address *)hidden->pdata[h])->address;
                if (g_ascii_strcasecmp(((const struct message_address *)shown->pdata[k])->address, address) == 0)
                    return g_strdup_printf(_("%s is in Bcc, but everybody sees the address in To or Cc."), address);
            }
    }
    return NULL;
}

struct strangers {
    const struct compose_world *world;
    GString *names;
    guint count, friends;
};

static void note_stranger(const char *address, void *data)
{
    struct strangers *self = data;
    if (strchr(address, '@') == NULL || self->count >= STRANGERS_MAX)
        return;
    if (self->world->owns(self->world->data, address) || self->world->has_met(self->world->data, address))
        return;
    g_string_append_printf(self->names, "%s%s", self->names->len > 0 ? ", " : "", address);
    self->count++;
}

static char *new_address(const struct draft *self, const struct compose_world *world)
{
    if (world == NULL || world->has_met == NULL || world->owns == NULL)
        return NULL;
    g_autoptr(GString) names = g_string_new(NULL);
    struct strangers strangers = { .world = world, .names = names };
    each_person(self, note_stranger, &strangers);
    return names->len > 0 ? g_strdup_printf(_("No mail went to or came from here before: %s"), names->str) : NULL;
}

/* --- the sender --- */
static char *bare(const char *field)
{
    g_autoptr(GPtrArray) parsed = message_parse_addresses(field != NULL ? field : "", NULL);
    return parsed != NULL && parsed->len == 1 ? g_strdup(((const struct message_address *)parsed->pdata[0])->address) : NULL;
}

static char *foreign_sender(const struct draft *self, const struct compose_world *world)
{
    g_autofree char *address = bare(self->from);
    if (world == NULL || world->owns == NULL || address == NULL || world->owns(world->data, address))
        return NULL;
    return g_strdup_printf(_("%s is none of your addresses; the server may refuse it."), address);
}

static char *other_identity(const struct draft *self, const struct compose_world *world)
{
    g_autofree char *now = bare(self->from), *then = bare(self->addressed);
    (void)world;
    if (now == NULL || then == NULL || g_ascii_strcasecmp(now, then) == 0)
        return NULL;
    return g_strdup_printf(_("It was written to %s, and you answer as %s."), then, now);
}

static const struct check_row {
    const char *name;
    size_t setting; /* a bool in struct settings that must be true; SIZE_MAX: checks-off alone says */
    char *(*find)(const struct draft *draft, const struct compose_world *world);
} check_rows[] = {
    { "subject", offsetof(struct settings, confirm_empty_subject), no_subject },
    { "text", SIZE_MAX, empty_text },
    { "attachment", offsetof(struct settings, confirm_missing_attachment), forgotten_attachment },
    { "changed-attachment", SIZE_MAX, changed_attachment },
    { "large", SIZE_MAX, large },
    { "template", SIZE_MAX, unfilled_template },
    { "many", SIZE_MAX, many_people },
    { "reply-all", SIZE_MAX, answer_to_all },
    { "hidden-copy", SIZE_MAX, hidden_copy },
    { "shown-and-hidden", SIZE_MAX, shown_and_hidden },
    { "sender", SIZE_MAX, foreign_sender },
    { "identity", SIZE_MAX, other_identity },
    { "new-address", SIZE_MAX, new_address },
    { "charset", SIZE_MAX, other_charset },
};

const char *compose_check_name(size_t index)
{
    return index < G_N_ELEMENTS(check_rows) ? check_rows[index].name : NULL;
}

static bool is_on(const struct check_row *row, const struct settings *settings)
{
    if (settings == NULL)
        return true;
    if (row->setting != SIZE_MAX && !*(const bool *)(const void *)((const char *)settings + row->setting))
        return false;
    g_auto(GStrv) off = g_strsplit_set(settings->checks_off != NULL ? settings->checks_off : "", " ,;", -1);
    return !g_strv_contains((const char *const *)off, row->name);
}

GPtrArray *compose_warnings(const struct draft *self, const struct compose_world *world)
{
    GPtrArray *warnings = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(check_rows); i++) {
        char *words = is_on(&check_rows[i], world != NULL ? world->settings : NULL) ? check_rows[i].find(self, world) : NULL;
        if (words != NULL)
            g_ptr_array_add(warnings, words);
    }
    return warnings;
}
