/* SPDX-License-Identifier: MIT */
/* What --json prints: objects of one line each, as doc/json describes them. On standard output what was asked for, on standard error what else is said. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

void cli_json_print(json_t *object /* taken */);
/* A text of any origin: null for NULL, and U+FFFD for what is no UTF-8. */
json_t *cli_json_text(const char *text);
/* The texts of a list that ends in NULL. */
json_t *cli_json_texts(const char *const *texts);
/* {"name", "addr"}; "" for what there is not. */
json_t *cli_json_person(const char *name, const char *address);
/* The people of a decoded header field, "Name <addr>, …"; NULL: nobody. */
json_t *cli_json_people(const char *field);
/* From here on cli_fail() speaks JSON. */
void cli_json_set_errors(void);
bool cli_json_has_errors(void);
/* {"message", "code"} on standard error. spot: the two ends, in characters, of the piece that is meant; NULL: none. */
void cli_json_complain(int code, const char *words, const size_t *spot);
/* Bytes from the beginning of text as characters. */
size_t cli_json_characters(const char *text, size_t bytes);
