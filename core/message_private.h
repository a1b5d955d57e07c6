/* SPDX-License-Identifier: MIT */
/* Between core/message.c, which has the parts, core/message_text.c, which shows them, and core/structure.c, which makes skeletons. */
#pragma once
#include "core/message.h"
#include <gmime/gmime.h>

/* A skeleton begins with the first; a part of it that is only on the server has the second with its encoded size. */
#define MESSAGE_SKELETON_HEADER "X-Postern-Skeleton"
#define MESSAGE_MISSING_HEADER  "X-Postern-Missing"
#define MESSAGE_DEPTH_MAX       300
#define MESSAGE_PARTS_MAX       10000

struct message {
    GMimeMessage *mime; /* never NULL */
    GMimeStream *stream;
    int64_t size;
    bool is_skeleton;
    int64_t head_of;        /* only the head is here, of so many bytes; 0: no */
    bool is_cut;            /* more parts, or deeper, than we look at */
    GPtrArray *parts;       /* of struct message_part* */
    GPtrArray *objects;     /* GMimeObject* of each part that is not packed, borrowed from mime */
    GPtrArray *packed;      /* of struct packed_file*: of the parts behind them */
    GHashTable *indexes;    /* GMimeObject* → index of its part + 1 */
    GMimeStream *parsed;    /* what GMime read; not always the whole of stream */
    GHashTable *boundaries; /* message parts → the boundary that ends them, borrowed; NULL: the end of the file does */
    GHashTable *filled;     /* message parts that were fetched alone → GBytes of the file */
    GHashTable *headers;    /* decoded values that were asked for */
    struct message_info info;
    GPtrArray *strings; /* that info borrows */
    char *charset;      /* its texts are read so; NULL: as they say */
    GPtrArray *seals;   /* of struct message_seal*; NULL: none */
    bool is_decrypted;
    enum message_crypto came_by; /* of a message that was opened: as it came */
    GMimeStream *outer;          /* of a message that was opened: as it came; NULL */
};

/* A signed part as core/crypto_read found it. What is shown is read from the very bytes that were checked. */
struct message_seal {
    GMimeObject *object;  /* borrowed */
    message *inside;      /* what is signed; NULL: the part stays as it is, with the words below it */
    char *before, *after; /* of a text that is signed in part; NULL */
    char *words;          /* "Signed by …" */
    bool is_good;
    bool is_encrypted; /* it was, or is still: what came out of it is never quoted, nor fetched for */
};
void message_take_seal(message *self, struct message_seal *seal /* taken */);
/* The attachments of what was inside of an encrypted part, behind all others: in memory only. core/message_pack.c */
void message_take_parts(message *self, const message *inside);

GMimeStream *message_guard_stream(GMimeStream *stream /* taken */); /* core/message_guard.c: harmless to GMime; caller unrefs */
/* core/message_limit.c: no more of it than can be read in a moment; *is_cut becomes true if that is not all. Caller unrefs. */
GMimeStream *message_limit_stream(GMimeStream *stream /* taken */, bool *is_cut);
/* core/message_seam.c: with an empty line where the body begins, if the sender forgot it. */
GMimeStream *message_seam_stream(GMimeStream *stream /* taken */);
/* core/message_filename.c: as the sender wrote it, decoded, not yet harmless; caller frees; NULL: none. */
char *message_object_filename(GMimeObject *object);
/* Of a raw field "type; name=value; …", in whatever form it is written, decoded; caller frees; NULL: it is not there. */
char *message_parameter(const char *raw, const char *name);
char *message_object_charset(GMimeObject *object); /* as it says, lower case; caller frees; NULL: nothing */
bool message_has_headers(GMimeMessage *mime);
void message_start(void); /* GMime; before anything is parsed */
/* One rule for lists, readers and structures. A part can be both in the text and in the list (a named patch), or in neither (a signature). */
bool message_part_is_shown(const char *type, const char *disposition);
bool message_type_is_text(const char *type); /* text/plain, text/html, text/x-patch, …: not what only programs read */
bool message_part_is_attachment(const char *type, const char *disposition, const char *filename);
/* In whatever charset it came; NUL and broken bytes replaced; caller frees. Never NULL. */
char *message_utf8(const char *bytes, size_t size, const char *charset, size_t *length_out);

bool message_charset_is_known(const char *charset);
bool message_charset_keeps_ascii(const char *label);      /* each letter of ASCII is itself in it */
char *message_charset_meant(const char *label);           /* as every browser takes it; caller frees; "": it says nothing */
bool message_charset_hides_in_ascii(const char *charset); /* its texts look like ASCII, or have NULs between the letters */

/* --- core/message_script.c: of bytes that are not UTF-8 --- */
const char *message_charset_guess(const char *bytes, size_t size);                          /* never NULL */
const char *message_charset_of_cyrillic(const char *bytes, size_t size, size_t *score_out); /* NULL: it is none */
size_t message_russian_score(const char *bytes, size_t size, const char *charset);          /* of 100 */
bool message_has_words_above_ascii(const char *bytes, size_t size);
bool message_reads_as_japanese(const char *bytes, size_t size, const char *charset);

/* --- core/message_latin.c --- */
/* Of Central Europe, Turkey or the Baltic, where its words leave no doubt; NULL: they do. */
const char *message_charset_of_latin(const char *bytes, size_t size);

/* --- core/message_doubt.c --- */
/* What it is in, where that is certain and the label says otherwise. NULL: the label may be true. */
const char *message_charset_doubt(const char *bytes, size_t size, const char *label);
/* UTF-8 that was taken for Latin and made UTF-8 of again: as it was; caller frees. NULL: it is not that. */
char *message_utf8_undouble(const char *utf8);

/* --- core/message_convert.c: callers free; with a NUL behind it --- */
/* What is wrong becomes U+FFFD, what is cut off at the end is left out. NULL: no such charset; or too much is wrong, and nobody said it must be believed. */
char *message_convert_most(const char *bytes, size_t size, const char *charset, bool is_believed, size_t *length_out);
bool message_is_hz(const char *bytes, size_t size); /* nobody said so, and it can be nothing else */
/* ISO-2022-JP with the circled digits, half-width kana and so on that Windows puts into it. */
char *message_convert_jis(const char *bytes, size_t size, size_t *length_out);
char *message_convert_hz(const char *bytes, size_t size, size_t *length_out); /* RFC 1843, which iconv does not know */

/* Decoded from its transfer encoding, with a NUL behind it; caller frees. */
char *message_object_bytes(GMimeObject *object, size_t *size_out);
char *message_text_bytes(GMimeObject *object,
                         size_t *size_out); /* the same for what is shown as text: what is not encoded as it says is taken as it is */
void message_content_write(GMimeObject *object, GMimeStream *out);
char *message_object_type(GMimeObject *object); /* "text/plain"; caller frees */
char *message_filename_clean(const char *name); /* harmless as a file's; caller frees; NULL: nothing is left */

/* --- core/message_report.c, core/message_card.c: what programs write, in words; false: it is nothing they know --- */
void message_note(struct text *text, const char *words, enum span_style style); /* a line of ours */
bool message_show_report(struct text *text, const char *type, const char *body);
struct calendar;
void message_show_card(struct text *text, const struct calendar *calendar);
bool message_object_is_calendar(const char *type, const char *filename);
struct calendar *message_object_calendar(GMimeObject *object); /* NULL: no event is in it */

/* As message_text(), but no more of each plain part, and no more lines. */
struct text *message_text_limited(const message *self, enum message_view view, size_t plain_bytes_max, guint lines_max);
size_t text_count_letters(const struct text *text);
bool text_is_excuse(const char *plain);

/* --- core/message_inner.c --- */
/* An attached message byte for byte, with a NUL behind it; caller frees; NULL: where it begins is not known. */
char *message_inner_bytes(const message *self, GMimeObject *object, size_t *size_out);
/* The same for a part of a multipart, with its own header fields, up to the boundary. */
char *message_entity_bytes(const message *self, GMimeObject *object, const char *boundary, size_t *size_out);

/* --- core/message_date.c --- */
int64_t message_date(const char *raw); /* seconds since 1970 in UTC; 0: nobody can read it */

/* --- core/message_pack.c --- */
void message_unpack(message *self); /* adds the parts that are packed into others */

/* --- core/message_header.c --- */
#define MESSAGE_VALUE_BYTES_MAX ((size_t)256 * 1024)                   /* of one field: addressees by the thousand fit */
const char *message_object_raw(GMimeObject *object, const char *name); /* as it stands there; NULL: none; borrowed */
char *message_object_header(GMimeObject *object, const char *name);    /* decoded, one line; caller frees; NULL: none */
/* One line of UTF-8; caller frees. object: whose header it is; NULL: of none. is_plain: words decoded; else written anew in the one form that
 * GMime's parser of addresses always understands. */
char *message_value_mend(const char *raw, GMimeObject *object, bool is_plain);

/* --- core/message_address.c --- */
GPtrArray *message_object_addresses(GMimeObject *object, const char *name);       /* of struct message_address* */
InternetAddressList *message_address_list(GMimeObject *object, const char *name); /* caller unrefs; NULL: none */

/* --- core/text.c --- */
struct text *text_new(void);
struct text_line *text_add_line(struct text *text, const char *utf8, size_t length);
void text_add_span(struct text_line *line, size_t start, size_t length, enum span_style style, int link);
void text_add_number(struct text_line *line, GString *words, int link); /* " [1]" at the end of the words, with its span */
int text_add_link(struct text *text, const char *url, const char *label, bool is_suspicious); /* -1: too many */
void text_add_image(struct text *text, const char *source);                                   /* below the line that is written next */
void text_append(struct text *text, struct text *other /* taken */);
void text_mark_diffs(struct text *text); /* core/text_diff.c */
