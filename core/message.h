/* SPDX-License-Identifier: MIT */
/* A message file as parts and text, by GMime, with limits (depth, count, size) that degrade with a note and never fail. Any thread; no store. */
#pragma once
#include "core/store_message.h"
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#define MESSAGE_ERROR (message_error_quark())
GQuark message_error_quark(void);
enum message_error { MESSAGE_ERROR_READ, MESSAGE_ERROR_PART };

typedef struct message message;
/* From a file or bytes. Only unreadable files fail: garbage is a message whose text is shown as it is. */
message *message_load(const char *path, GError **error);
message *message_parse(const void *bytes, size_t size);
void message_free(message *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(message, message_free)

/* For the store; strings borrowed from the message. */
void message_info(const message *message, struct message_info *info_out);
const char *message_header(const message *message, const char *name); /* first, decoded UTF-8; NULL: none; borrowed */
/* A raw value (of ENVELOPE, of a header) as people read it: folds and encoded words resolved, also the broken forms that are common. Caller frees. */
char *message_header_text(const char *raw);
/* All headers in order, "Name: decoded value"; caller frees with g_strfreev. */
char **message_headers(const message *message);

struct message_address {
    char *name, *address;
};
void message_address_free(struct message_address *address);
/* Of struct message_address*, groups flattened; header "From", "To", "Cc", … */
GPtrArray *message_addresses(const message *message, const char *header);
/* The same from what stands behind the colon of a field, as it came. */
GPtrArray *message_value_addresses(const char *value);
/* Parses "Ada <a@x>, b@y" as a person types it; errors say where. */
GPtrArray *message_parse_addresses(const char *text, GError **error);

struct message_part {
    char *type;         /* "text/html", lower case */
    char *filename;     /* decoded, no path separators or control characters, not hidden; NULL */
    char *name;         /* the same, but may begin with a dot: for those who only want to know; NULL */
    char *charset;      /* as it says, lower case; NULL: nothing */
    char *section;      /* IMAP section "1.2" */
    int64_t size;       /* decoded; for a part not here: as the server said */
    bool is_here;       /* false: on the server only (skeleton): core/engine fetches it */
    bool is_attachment; /* shown in the attachment list, not in the text */
    bool is_damaged;    /* not all of it came as it was sent */
    bool is_packed;     /* inside another part (winmail.dat, a file written into the text), so no leaf; they stand behind all leaves */
    int depth;
    GBytes *held; /* its bytes, where they lie in no file: of a message that was opened (core/crypto); NULL */
};
/* The leaves in depth-first order (message/… is one leaf, and so is a multipart in which no part is found), then what is packed into them; owned by the message; of struct message_part*. */
const GPtrArray *message_parts(const message *message);
/* The part that "cid:…" names; -1: none. */
int message_part_by_cid(const message *message, const char *cid);
/* Decoded bytes of part index (decoded from its transfer encoding, not its charset); caller frees. */
bool message_part_bytes(const message *message, size_t index, char **bytes_out, size_t *size_out, GError **error);
char *message_part_sha256(const message *message, size_t index, size_t *size_out); /* of those bytes; NULL: not here; caller frees */
/* A part fetched alone (core/locate: still in its transfer encoding) takes the place of the hole: is_here becomes true. */
bool message_fill_part(message *message, const char *section, const char *path, GError **error);
/* A Maildir file that begins so has only the head of a message; the number is the size of all of it. */
#define MESSAGE_HEAD_HEADER "X-Postern-Head-Only"
int64_t message_head_of(const char *bytes,
                        size_t size);          /* of how large a message these first bytes of a file are the head; 0: it is no such file */
bool message_is_whole(const message *message); /* false: made of what was fetched; its raw form is another (MESSAGE_SECTION_RAW) */
/* In place of a section: the whole message as the server has it, byte for byte, fetched and kept beside its parts. */
#define MESSAGE_SECTION_RAW "RAW"
GBytes *message_raw(const message *message);                   /* the file as it is; caller unrefs */
GBytes *message_raw_begin(const message *message, size_t max); /* its first bytes; caller unrefs */
int message_file(const message *message); /* the open file with those bytes, its offset anywhere; borrowed; -1: they lie in no file */
bool message_is_decrypted(const message *message); /* by core/crypto: it is never written to a disk as it is */
/* How it came signed or encrypted, also where it was opened meanwhile; of the outermost layer. */
enum message_crypto { MESSAGE_CRYPTO_NONE, MESSAGE_CRYPTO_OPENPGP, MESSAGE_CRYPTO_SMIME };
enum message_crypto message_crypto(const message *message);
char *message_source(const message *message); /* raw bytes as UTF-8-safe text, for the source view; caller frees */

/* What it invites to, or the calendar that came with it; NULL: nothing. Caller frees (core/calendar.h). *missing_out: the section of a part that may be
 * one and is on the server only; borrowed; NULL. */
struct calendar;
struct calendar *message_calendar(const message *message, const char **missing_out);

/* --- as the reader shows it --- */
enum message_view { MESSAGE_VIEW_BEST /* plain if there, else HTML */, MESSAGE_VIEW_PLAIN, MESSAGE_VIEW_HTML, MESSAGE_VIEW_SOURCE };
enum span_style {
    SPAN_NORMAL,
    SPAN_QUOTE1,
    SPAN_QUOTE2,
    SPAN_QUOTE3,
    SPAN_SIGNATURE,
    SPAN_LINK,
    SPAN_HEADING,
    SPAN_BOLD,
    SPAN_ITALIC,
    SPAN_UNDERLINE,
    SPAN_CODE,
    SPAN_DIM,
    SPAN_WARNING,
    SPAN_ADDED, /* by a patch */
    SPAN_REMOVED
};
/* Lines are paragraphs: the reader wraps them (unless is_preformatted). Text is clean UTF-8 with controls still in: ui/canvas shows those as symbols. */
struct text_span {
    size_t start, length;
    enum span_style style;
    int link;              /* index into links, -1 */
    bool is_number;        /* " [1]" behind a link, put there by us */
    int color, background; /* as the sender wishes: 0xrrggbb + 1; 0: nothing */
};
struct text_line {
    char *text;
    GArray *spans; /* of struct text_span, sorted, not overlapping */
    int quote_level;
    int indent;
    bool is_preformatted, is_signature;
    bool is_note; /* ours, not the sender's: never quoted */
    bool is_ours; /* postern's own words */
    int seal; /* it is signed, and the signature is good: ui/ draws a bar in the margin, where no mail can write; 0: no; else which, from 1 */
};
struct text_link {
    char *url;
    char *label;
    bool is_suspicious; /* text names another host than the target */
    bool is_secret;     /* of a part that was encrypted among others: never quoted */
};
/* A picture of the text: stands below that line. */
struct text_image {
    char *source; /* "cid:…", "https://…" */
    guint line;
};
struct text {
    GPtrArray *lines; /* of struct text_line* */
    GArray *images;   /* of struct text_image, in order */
    GPtrArray *links; /* of struct text_link* */
    bool is_cut;
    bool has_html, has_plain;
};
void text_free(struct text *text);
typedef struct text text;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(text, text_free)
struct text *message_text(const message *message, enum message_view view);
/* Its text parts are read so, whatever they say; NULL: as they say. False: there is no such charset. */
bool message_set_charset(message *message, const char *charset);
const char *message_charset(const message *message); /* as it was set; else what its first text says; NULL: nothing; borrowed */
char *text_shown(const struct text *text);           /* as the reader shows it, for `show`; caller frees */
/* The text exactly as it was written, lines parted by LF; NULL: it is not one plain text (HTML, flowed, several parts). Caller frees. */
char *message_plain(const message *message);
char *text_plain(const struct text *text);                /* for quoting: addresses that stand in the text have no numbers; caller frees */
bool text_link_is_footnote(const struct text_link *link); /* its address is not in the text itself: it is listed below */
char *message_preview(const message *message, size_t max_chars); /* first words of the text, one line; caller frees; "" if none */

/* A part's charset and transfer decoding for a text part fetched alone, and quotes/flowed/links found in plain text. */
struct text *text_from_plain(const char *utf8, bool is_flowed, bool is_delsp);
struct text *text_from_html(const char *utf8, size_t length);
