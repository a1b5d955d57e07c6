/* SPDX-License-Identifier: MIT */
/* In which form a message goes: Markdown, flowed, its charset, fields of one's own; texts from templates. */
#include "core/compose_header.h"
#include "core/template.h"
#include "ui/cmd_compose.h"
#include "ui/composer_draft.h"
#include "ui/composer_private.h"
#include "ui/composer_seal.h"
#include "ui/picker.h"
#include <glib/gi18n-lib.h>
#include <string.h>

void composer_apply_settings(app *ui, struct draft *draft)
{
    const struct settings *settings = app_settings(ui);
    draft->is_flowed = settings->format_flowed;
    draft->is_markdown = settings->markdown;
    g_free(draft->charset);
    draft->charset = settings->charset != NULL && compose_charset_is_known(settings->charset) ? g_strdup(settings->charset) : NULL;
}

char *composer_form_words(const struct draft *draft)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autofree char *seal = composer_seal_words(draft);
    if (seal != NULL)
        g_ptr_array_add(words, seal);
    if (draft->is_markdown)
        g_ptr_array_add(words, (char *)_("Markdown"));
    if (draft->is_flowed)
        g_ptr_array_add(words, (char *)_("flowed"));
    if (draft->charset != NULL)
        g_ptr_array_add(words, draft->charset);
    g_autofree char *reply_to =
        draft->reply_to != NULL && *draft->reply_to != '\0' ? g_strconcat("Reply-To: ", draft->reply_to, NULL) : NULL;
    if (reply_to != NULL)
        g_ptr_array_add(words, reply_to);
    g_auto(GStrv) own = g_strsplit(draft->extra_headers != NULL ? draft->extra_headers : "", "\n", -1);
    for (char **line = own; *line != NULL; line++)
        if (**line != '\0')
            g_ptr_array_add(words, *line);
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" · ", (char **)words->pdata);
}

void cmd_composer_markdown(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    composer_take_fields(self);
    self->draft->is_markdown = !self->draft->is_markdown;
    app_say(ui, "%s",
            self->draft->is_markdown ? _("The text is Markdown: it goes as it is, and as HTML.") : _("It goes as plain text only."));
    composer_show_draft(self);
}

void cmd_composer_flowed(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    composer_take_fields(self);
    self->draft->is_flowed = !self->draft->is_flowed;
    app_say(ui, "%s",
            self->draft->is_flowed ? _("The text goes in paragraphs, wrapped anew where it is read.") : _("Lines go as they are written."));
    composer_show_draft(self);
}

static void answer_charset(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    if (text == NULL)
        return;
    g_autofree char *charset = g_strstrip(g_ascii_strdown(text, -1));
    bool is_usual = *charset == '\0' || g_strcmp0(charset, "utf-8") == 0 || g_strcmp0(charset, "utf8") == 0;
    if (!is_usual && !compose_charset_is_known(charset)) {
        app_error(ui,
                  _("%s is no character set for mail. Known are utf-8, iso-8859-1, iso-8859-15, koi8-r, iso-2022-jp, gb18030 and others."),
                  charset);
        return;
    }
    composer_take_fields(self);
    g_free(self->draft->charset);
    self->draft->charset = is_usual ? NULL : g_steal_pointer(&charset);
    composer_show_draft(self);
}

void cmd_composer_charset(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    const char *now = self->draft->charset != NULL ? self->draft->charset : "utf-8";
    view_prompt_push(ui, _("Character set: "), now, false, NULL, answer_charset, self, NULL);
}

/* They stand nowhere else on the screen. */
static void tell_header(app *ui, const struct draft *draft)
{
    g_auto(GStrv) lines = g_strsplit(draft->extra_headers != NULL ? draft->extra_headers : "", "\n", -1);
    g_autofree char *joined = g_strjoinv(" · ", lines);
    if (g_str_has_suffix(joined, " · "))
        joined[strlen(joined) - strlen(" · ")] = '\0';
    if (*joined != '\0')
        app_say(ui, _("Fields of your own in the header: %s"), joined);
    else
        app_say(ui, _("There is no field of your own in the header."));
}

static void answer_header(app *ui, void *data, const char *text)
{
    struct composer *self = data;
    g_autoptr(GError) why = NULL;
    if (text == NULL || *text == '\0')
        return;
    composer_take_fields(self);
    if (!compose_header_set(self->draft, text, &why)) {
        app_error(ui, "%s", why->message);
        return;
    }
    composer_show_draft(self);
    tell_header(ui, self->draft);
}

void cmd_composer_header(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self == NULL)
        return;
    view_prompt_push(ui, _("Header field: "), "", false, NULL, answer_header, self, NULL);
    view_prompt_explain(ui, _("Name: value, for example Organization: Example; without a value it is taken away."));
}

/* --- templates --- */
static void no_templates(app *ui)
{
    app_brief(ui, _("There is no template yet: put texts into the folder templates beside postern.conf."));
}

static bool lay_in(app *ui, struct draft *draft, const char *name)
{
    g_autoptr(GError) why = NULL;
    if (template_apply(draft, name, &why))
        return true;
    app_error(ui, "%s", why->message);
    return false;
}

static void answer_template(app *ui, void *data, const struct picker_row *row)
{
    struct composer *self = data;
    if (row == NULL)
        return;
    composer_take_fields(self);
    if (lay_in(ui, self->draft, row->text))
        composer_show_draft(self);
}

static void answer_new(app *ui, void *data, const struct picker_row *row)
{
    const struct account *from = composer_account_here(ui);
    g_autoptr(draft) draft = row != NULL && from != NULL ? compose_start(COMPOSE_NEW, from, NULL, NULL, NULL) : NULL;
    (void)data;
    if (draft == NULL || !lay_in(ui, draft, row->text))
        return;
    composer_apply_settings(ui, draft);
    view_composer_push(ui, g_steal_pointer(&draft));
}

static void choose_template(app *ui, picker_answer *answer, void *data)
{
    g_autoptr(GPtrArray) names = template_names();
    GPtrArray *rows = g_ptr_array_new();
    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(rows, picker_row_new(names->pdata[i], NULL, i));
    if (names->len > 0) {
        picker_push(ui, _("Template"), rows, answer, data, NULL);
        return;
    }
    g_ptr_array_unref(rows);
    no_templates(ui);
}

void cmd_composer_template(app *ui, view *base)
{
    struct composer *self = composer_of(base);
    if (self != NULL)
        choose_template(ui, answer_template, self);
}

void cmd_template(app *ui, view *base)
{
    (void)base;
    choose_template(ui, answer_new, NULL);
}
