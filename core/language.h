/* SPDX-License-Identifier: MIT */
/* The person's language: which locale and which translations this process speaks. Set once, before there are threads. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Reads LC_ALL, LC_*, LANG and LANGUAGE. A locale that this system has not generated costs its own rules for numbers and collation, never the
   translation: messages come from LANGUAGE then, over C.UTF-8. Translations are those beside the program (a build tree, a moved prefix), else the
   installed ones. Sets LANGUAGE in the environment where only so the wanted language is found. */
void language_open(void);

/* In tables: the two English forms of a counted text, for g_dngettext() at its use. */
#define NP_(one, many) one, many

/* g_date_time_format() in the person's language. Names of days and months, %p, %x, %X and %c are the translation's own where this system lacks the
   locale; "%H:%M" is on the clock that the locale has, of 12 or 24 hours. NULL as g_date_time_format(). Caller frees. */
char *language_date(GDateTime *when, const char *format);
/* The format of a day in another year: the locale's, or the translation's. Borrowed for ever. */
const char *language_day_format(void);
/* 48210 → "48 210", "48.210", "48,210". Caller frees. */
char *language_number(int64_t number);
/* 1.5 → "1,5". Caller frees. */
char *language_decimal(double number, int digits);
/* "187 bytes", "412 KB", "1,5 MB", "2,3 GB". Caller frees. */
char *language_size(uint64_t bytes);
/* What strcmp() orders as the language does, without regard to case first. Caller frees. */
char *language_sort_key(const char *text);
