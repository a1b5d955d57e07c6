/* SPDX-License-Identifier: MIT */
/* Typed IMAP responses → what the store keeps: decoded headers, the MIME tree. */
#pragma once
#include "core/imap_session_private.h"

/* Everything copied, into *pool, which is made and made anew where that is needed; caller frees both. */
struct fetched *fetched_from(const struct imap_fetch *fetch, text_pool **pool);
void fetched_free(struct fetched *fetched);
/* BODYSTRUCTURE in the store's text form; caller frees. */
char *sync_structure_text(const struct imap_body *body);
/* The role of a folder by SPECIAL-USE, else by its name in the common languages. */
enum folder_role sync_role_of(const struct imap_list *list);
