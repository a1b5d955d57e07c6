/* SPDX-License-Identifier: MIT */
/* Texts a person keeps for later: files in $XDG_CONFIG_HOME/postern/templates, with places like {{to.name}} in them. */
#pragma once
#include "core/compose.h"

/* The value of a place, caller frees; NULL: not known, it stays as it is. */
typedef char *template_value(const char *name, void *data);
char *template_fill(const char *text, template_value *value, void *data);
/* The same in a field of addresses: what stands there for a name stays one name, whatever signs it has. */
char *template_fill_people(const char *text, template_value *value, void *data);
/* Names of the places in a text, each once, in order; caller frees. */
GPtrArray *template_places(const char *text);
/* The files, sorted; of char*, caller frees. */
GPtrArray *template_names(void);
/* Fields that are empty are taken from its header, its text goes above what stands there. Places of the message are filled in: to.name, to.first,
 * to.address, from.name, from.address, subject, date. */
bool template_apply(struct draft *draft, const char *name, GError **error);
bool template_apply_file(struct draft *draft, const char *path, GError **error); /* the same from any file */
/* The same places, once more: in a draft whose people are known by now. */
void template_fill_draft(struct draft *draft);
