/* SPDX-License-Identifier: MIT */
/* Between the files of the composer. */
#pragma once
#include "core/compose.h"
#include <gmime/gmime.h>

/* In drafts: which message is answered (placement, flag, Message-ID), so that it is marked when the draft is sent another day. */
#define COMPOSE_REPORT_HEADER "X-Postern-Report"
#define COMPOSE_REPLY_HEADER  "X-Postern-Reply"
/* In drafts: a field that is no list of addresses yet, as it was typed: X-Postern-Unfinished-To. */
#define COMPOSE_UNFINISHED_PREFIX "X-Postern-Unfinished-"
#define COMPOSE_DRAFT_HEADER      "X-Postern-Draft"
/* In drafts: how it is to be built and whom it answers (compose_options.c); fields of the person's own that are none elsewhere, each as
 * "Name: value". */
#define COMPOSE_OPTIONS_HEADER "X-Postern-Options"
#define COMPOSE_EXTRA_HEADER   "X-Postern-Extra"

/* compose.c */
char *compose_own_address(const struct account *from); /* caller frees */
void compose_set(char **field, char *value /* taken */);

/* compose_answer.c */
bool compose_address_answer(struct draft *self, enum compose_kind kind, const struct account *from, const message *original,
                            GError **error);
void compose_name_forward(struct draft *self, const message *original);

/* compose_quote.c */
/* That of the sender the field names (an [identity] may have its own), with the mark before it; caller frees; "" if none. */
char *compose_signature(const struct account *from, const char *sender);
/* The sender is chosen before. */
void compose_quote_reply(struct draft *self, const struct account *from, const message *original, const char *attribution);
void compose_quote_forward(struct draft *self, const struct account *from, const message *original);
void compose_set_reply_to(struct draft *self, const struct account *from); /* what the sender's [identity] says */

/* compose_text.c */
enum compose_text_use { COMPOSE_TEXT_SENT, COMPOSE_TEXT_DRAFT, COMPOSE_TEXT_KEPT /* on this computer only, without attachments */ };
GMimeObject *compose_text_new(const struct draft *self, enum compose_text_use use); /* caller unrefs */

/* compose_header.c: the fields of the person's own, one after another. */
typedef void compose_with_field(const char *name, const char *value, void *data);
void compose_add_extra(const struct draft *self, compose_with_field *add, void *data);
bool compose_header_is_taken(const char *name);  /* it has its own place in a draft, or is nobody's to write */
bool compose_header_is_people(const char *name); /* its value is a list of addresses */

/* compose_foreign.c: fields, receipts, seals and format=flowed of whatever program wrote it. After the sender is known. */
bool compose_foreign_is_book(const char *name); /* some program keeps its own books in it */
void compose_take_foreign(struct draft *self, const message *original);

/* compose_options.c */
void compose_read_options(struct draft *self, const message *original);
/* What stands in a draft only, as the value of COMPOSE_OPTIONS_HEADER; caller frees; "": nothing is special. */
char *compose_options_text(const struct draft *self);

/* compose_attach.c */
/* A MIME type by name, then by content; caller frees. */
char *compose_guess_type(const char *name, const void *bytes, size_t size);
bool compose_take_attachments(struct draft *self, const message *original, GError **error);
void compose_attach_original(struct draft *self, message *original);
GMimeObject *compose_attachment_part(const struct compose_attachment *attachment); /* caller unrefs */

/* compose_build.c */
void compose_read_reply_mark(struct draft *self, const char *value /* may be NULL */);
/* ';' becomes ',' and the number of addresses is checked: nobody who was written down is left out silently. Of struct message_address*; NULL with the
 * reason. Empty: none. */
GPtrArray *compose_parse_field(const char *text, GError **error);
/* A list of people as a header's value and as an envelope; caller frees both. */
bool compose_recipients(const char *text, char **header_out, char ***recipients_out, GError **error);
char *compose_sender_domain(const char *from, const char *sender /* NULL: as in from */); /* for ids; caller frees */
