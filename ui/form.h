/* SPDX-License-Identifier: MIT */
/* A few lines to fill in: texts, secrets, choices. Knows no view; who owns it gives it keys and a canvas. */
#pragma once
#include "ui/canvas.h"
#include "ui/input.h"
#include <glib.h>

typedef struct form form;
form *form_new(void);
void form_free(form *self); /* wipes what was typed */
/* Each returns the field's index. label is translated already; both are copied. */
int form_add_text(form *self, const char *label, const char *initial);
int form_add_secret(form *self, const char *label);
int form_add_choice(form *self, const char *label, const char *const *choices, int chosen);

const char *form_text(const form *self, int field); /* borrowed until the next key */
void form_set_text(form *self, int field, const char *text);
int form_chosen(const form *self, int field);
void form_show(form *self, int field, bool is_shown); /* a field that does not matter now is not drawn and not visited */
int form_focus(const form *self);
void form_set_focus(form *self, int field);

enum form_answer {
    FORM_UNUSED,
    FORM_USED,
    FORM_TOO_LONG /* nothing of what was pasted was taken */,
    FORM_CHANGED /* a choice or text is another now */,
    FORM_DONE /* Enter on the last field */
};
enum form_answer form_press(form *self, const struct key *key);
int form_rows(const form *self);
bool form_is_at_choice(const form *self); /* the focused field is one */
/* From row on, at most rows of them: the focused field is always among them, and the cursor rests in it. */
void form_draw(form *self, canvas *canvas, int row, int rows);
