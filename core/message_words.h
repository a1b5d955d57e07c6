/* SPDX-License-Identifier: MIT */
/* The parts of a message's text one by one, for core/message_text and core/message_alternative. All on the message's thread; objects are borrowed from it. */
#pragma once
#include "core/message_private.h"

#define MESSAGE_TEXT_BYTES_MAX ((size_t)2 * 1024 * 1024) /* of one part: more is cut, with a note */

/* NULL: a part of a message within. */
const struct message_part *message_part_of(const message *self, GMimeObject *object);
char *message_part_type(const message *self, GMimeObject *object); /* lower case; caller frees */
bool message_part_is_here(const message *self, GMimeObject *object);
const char *message_object_parameter(GMimeObject *object, const char *name); /* of its Content-Type; borrowed; NULL: it has none */
bool message_part_is_in_text(const message *self, GMimeObject *object, const char *type);
bool message_part_is_shown_as(const message *self, GMimeObject *object, const char *wanted_type);
char *message_html_charset(const char *bytes, size_t size); /* as a <meta> near the beginning says; caller frees; NULL: none does */
bool message_words_begin_as_html(const char *utf8);
/* In UTF-8, at most so many bytes of it; caller frees. */
char *message_part_utf8(const message *self, GMimeObject *object, bool is_html, size_t bytes_max, bool *is_cut_out);
struct text *message_part_text(const message *self, GMimeObject *object, const char *type, size_t plain_bytes_max); /* caller frees */
/* The one of the parts that is shown, as the view says; NULL: none can be. */
GMimeObject *message_alternative_choose(const message *self, enum message_view view, GMimeMultipart *multipart);
