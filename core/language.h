/* SPDX-License-Identifier: MIT */
/* The person's language: which locale and which translations this process speaks. Set once, before there are threads. */
#pragma once

/* Reads LC_ALL, LC_*, LANG and LANGUAGE. A locale that this system has not generated costs its own rules for numbers and collation, never the
   translation: messages come from LANGUAGE then, over C.UTF-8. Translations are those beside the program (a build tree, a moved prefix), else the
   installed ones. Sets LANGUAGE in the environment where only so the wanted language is found. */
void language_open(void);
