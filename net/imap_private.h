/* SPDX-License-Identifier: MIT */
/* Between the files of the IMAP client: values → typed responses, names ↔ modified UTF-7. */
#pragma once
#include "net/imap_client.h"
#include "net/imap_syntax.h"
#include "net/imap_utf7.h"

/* --- imap_response.c: each false when the value is not what it should be; strings live in the syntax's arena --- */
bool imap_value_is_word(const struct imap_value *value, const char *word); /* an atom, without regard to case */
bool imap_value_get_number(const struct imap_value *value, uint64_t *number_out);
const char *imap_value_get_text(const struct imap_value *value);                       /* NULL for NIL and lists */
const struct imap_value *imap_value_item(const struct imap_value *list, size_t index); /* NIL where it was left out */
const char *imap_value_lower(imap_syntax *arena, const char *text);                    /* NULL for NULL */
bool imap_response_fetch(imap_syntax *arena, const struct imap_value *items, struct imap_fetch *fetch_out);
const char *imap_response_name(imap_syntax *arena, const char *wire); /* UTF-8; "INBOX" in any case as that */
bool imap_response_list(imap_syntax *arena, const struct imap_value *response, struct imap_list *list_out);
bool imap_response_status(imap_syntax *arena, const struct imap_value *response, struct imap_mailbox_status *status_out);
void imap_response_flags(imap_syntax *arena, const struct imap_value *list, struct imap_flags *flags_out);
/* The first personal one. */
bool imap_response_namespace(imap_syntax *arena, const struct imap_value *response, const char **prefix_out, char *delimiter_out);
/* "1:5,9" → ranges; bounded. */
const struct imap_range *imap_response_ranges(imap_syntax *arena, const char *text, size_t *count_out);
/* The text behind OK, NO, BAD, BYE, PREAUTH: "[CODE arguments] words". arguments_out: inside the brackets, behind the code. */
void imap_response_code(imap_syntax *arena, const char *text, struct imap_reply *reply_out, const char **arguments_out);

/* --- imap_body.c --- */
const struct imap_body *imap_body_read(imap_syntax *arena, const struct imap_value *value); /* NULL: there is none in it */
