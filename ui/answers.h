/* SPDX-License-Identifier: MIT */
/* The answers to a question, each with the letter that gives it: in the person's language, and in English besides. */
#pragma once
#include <glib.h>

typedef struct answers answers;

/* '&' before the letter; N_() is enough, they are translated here. A translation without a letter of its own, or with one that an earlier answer
   has, gets another one. What stands for a "%s" in an answer comes behind it: N_("&Write to %s") ANSWER_ABOUT "ada@example.org". */
#define ANSWER_ABOUT "\x1f"
answers *answers_new(const char *const *choices);
void answers_free(answers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(answers, answers_free)

guint answers_count(const answers *self);
const char *answers_text(const answers *self, guint index);
/* As it is shown: one lower-case letter, in UTF-8. */
const char *answers_letter(const answers *self, guint index);
/* Which one a key gives; -1: none. */
int answers_find(const answers *self, gunichar pressed);
