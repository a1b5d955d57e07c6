/* SPDX-License-Identifier: MIT */
/* The answers to a question, each with the letter that gives it. */
#include "ui/answers.h"
#include <glib/gi18n-lib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct answer {
    char *text;
    gunichar letter, english; /* lower case; english 0: it is another answer's letter */
    char shown[7];
};

struct answers {
    struct answer *all;
    guint count;
};

/* What has no mark is no text of ours: a value, a name. */
static char *translated(const char *choice)
{
    const char *about = strstr(choice, ANSWER_ABOUT);
    g_autofree char *text = about != NULL ? g_strndup(choice, (gsize)(about - choice)) : g_strdup(choice);
    const char *words = strchr(text, '&') != NULL ? _(text) : text;
    const char *place = about != NULL ? strstr(words, "%s") : NULL;
    if (place == NULL)
        return g_strdup(words);
    return g_strdup_printf("%.*s%s%s", (int)(place - words), words, about + strlen(ANSWER_ABOUT), place + 2);
}

/* The letter after '&'; 0: none. */
static gunichar marked_letter(const char *choice)
{
    const char *mark = strchr(choice, '&');
    gunichar letter = mark != NULL ? g_utf8_get_char(mark + 1) : 0;
    return g_unichar_isalnum(letter) ? g_unichar_tolower(letter) : 0;
}

static char *without_mark(const char *choice)
{
    const char *mark = strchr(choice, '&');
    return mark != NULL ? g_strdup_printf("%.*s%s", (int)(mark - choice), choice, mark + 1) : g_strdup(choice);
}

static bool is_taken(const answers *self, gunichar letter)
{
    for (guint i = 0; i < self->count; i++) {
        if (self->all[i].letter == letter)
            return true;
    }
    return false;
}

/* The first of these that nothing has: its own, the English one, any of its words, a digit. */
static gunichar free_letter(const answers *self, const struct answer *answer, gunichar own)
{
    if (own != 0 && !is_taken(self, own))
        return own;
    if (answer->english != 0 && !is_taken(self, answer->english))
        return answer->english;
    for (const char *at = answer->text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar letter = g_unichar_tolower(g_utf8_get_char(at));
        if (g_unichar_isalpha(letter) && letter < 0x2E80 && !is_taken(self, letter)) /* not those that need an input method */
            return letter;
    }
    gunichar digit = '1';
    while (digit < '9' && is_taken(self, digit))
        digit++;
    return digit;
}

/* Own letters first, so that an answer that has none does not take one. */
static void take_letters(answers *self, const char *const *choices)
{
    for (int is_rest = 0; is_rest < 2; is_rest++) {
        for (guint i = 0; i < self->count; i++) {
            struct answer *answer = &self->all[i];
            g_autofree char *text = translated(choices[i]);
            gunichar own = marked_letter(text);
            bool is_own = own != 0 && !is_taken(self, own);
            if (answer->letter == 0 && (is_own || is_rest == 1))
                answer->letter = free_letter(self, answer, own);
        }
    }
}

answers *answers_new(const char *const *choices)
{
    answers *self = g_new0(answers, 1);
    self->count = g_strv_length((char **)(uintptr_t)choices);
    self->all = g_new0(struct answer, self->count);
    for (guint i = 0; i < self->count; i++) {
        self->all[i].english = marked_letter(choices[i]);
        g_autofree char *text = translated(choices[i]);
        self->all[i].text = without_mark(text);
    }
    take_letters(self, choices);
    for (guint i = 0; i < self->count; i++) {
        self->all[i].shown[g_unichar_to_utf8(self->all[i].letter, self->all[i].shown)] = '\0';
        if (is_taken(self, self->all[i].english))
            self->all[i].english = 0;
    }
    return self;
}

void answers_free(answers *self)
{
    if (self == NULL)
        return;
    for (guint i = 0; i < self->count; i++)
        g_free(self->all[i].text);
    g_free(self->all);
    g_free(self);
}

guint answers_count(const answers *self)
{
    return self->count;
}

const char *answers_text(const answers *self, guint index)
{
    return self->all[index].text;
}

const char *answers_letter(const answers *self, guint index)
{
    return self->all[index].shown;
}

int answers_find(const answers *self, gunichar pressed)
{
    gunichar letter = g_unichar_tolower(pressed);
    for (guint i = 0; i < self->count; i++) {
        if (self->all[i].letter == letter || (self->all[i].english != 0 && self->all[i].english == letter))
            return (int)i;
    }
    return -1;
}
