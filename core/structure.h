/* SPDX-License-Identifier: MIT */
/* A message's MIME tree as text in the store (messages.structure) and as a skeleton file: what is here, what must be fetched. No net types.
 *
 * Text form: nested "(type/subtype section size encoding charset disposition filename …)" with percent-escaped words; written by sync_imap from
 * BODYSTRUCTURE through the builder below. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct structure structure;
struct structure_node {
    char *type;                                                      /* "multipart/mixed", "text/plain" */
    char *section;                                                   /* "1.2"; "" cannot be fetched alone */
    char *charset, *encoding, *disposition, *filename, *format, *id; /* NULL where unknown */
    int64_t size;                                                    /* encoded octets */
    GPtrArray *children;                                             /* of struct structure_node*; NULL: leaf */
};
struct structure_node *structure_node_new(const char *type, const char *section);
void structure_node_free(struct structure_node *node);
char *structure_write(const struct structure_node *root); /* caller frees */
void structure_append(GString *text, const struct structure_node *root);
struct structure_node *structure_read(const char *text); /* NULL: malformed or too deep */
/* The names of all its parts, with blanks between them, for searching; structure as it is stored, may be NULL. NULL: it cannot be read. Caller frees. */
char *structure_filenames(const char *structure);
/* The sections a reader needs first: what is shown as text or in words (both plain and HTML of an alternative only if plain is missing or may be a stub), each with its size. Of struct structure_node* borrowed. */
GPtrArray *structure_text_parts(struct structure_node *root);
/* False: there is a multipart of nothing, so the server has not understood its own message (Exchange, Gmail): what is in it must be read from the whole. */
bool structure_is_believable(const struct structure_node *root);
/* Encoded octets of the part with this section; 0: not there. root may be NULL. */
int64_t structure_size_of(const struct structure_node *root, const char *section);
/* The part with this section is one piece in base64: a server may send it without (RFC 3516). root may be NULL. */
bool structure_is_base64(const struct structure_node *root, const char *section);
int structure_attachment_count(const struct structure_node *root);
unsigned structure_part_flags(const struct structure_node *root); /* enum message_part_flag */
/* Both at once, added to what is there. */
void structure_facts(const struct structure_node *root, int *attachments, unsigned *flags);
/* A complete RFC 5322 message made of the fetched header and the fetched encoded bodies; parts that are not here are marked so that
 * message_parts() says is_here = false. bodies: section → GBytes. Header fields of ours inside foreign headers are dropped first. */
GBytes *structure_skeleton(const struct structure_node *root, const char *header, size_t header_size, GHashTable *bodies);
