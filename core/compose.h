/* SPDX-License-Identifier: MIT */
/* A message being written: reply, reply-all, forward, new; built by GMime. No store, no screen. */
#pragma once
#include "config/account_file.h"
#include "core/message.h"

enum compose_kind {
    COMPOSE_NEW,
    COMPOSE_REPLY,
    COMPOSE_REPLY_ALL,
    COMPOSE_REPLY_LIST,
    COMPOSE_FORWARD,
    COMPOSE_FORWARD_ATTACHED,
    COMPOSE_EDIT,   /* a new message like this one */
    COMPOSE_RESUME, /* the same message: what was built here is gone on with, also its sender */
    COMPOSE_DRAFT   /* the same: it lies in Drafts, whichever program wrote it there */
};
#define COMPOSE_ERROR (compose_error_quark())
GQuark compose_error_quark(void);
/* The code says which field is wrong. */
enum compose_error { COMPOSE_ERROR_FROM, COMPOSE_ERROR_TO, COMPOSE_ERROR_CC, COMPOSE_ERROR_BCC, COMPOSE_ERROR_REPLY_TO };

#define COMPOSE_ATTACHMENT_BYTES_MAX (100 * 1024 * 1024)
struct compose_attachment {
    char *path; /* the file it was, NULL: none */
    char *name;
    char *type;
    GBytes *bytes; /* as they were when it was attached; never NULL */
    int64_t modified_us;
    struct compose_attachment *larger; /* what it was made of (core/image); NULL: nothing else */
};
void compose_attachment_free(void *attachment);
/* Shares its bytes; without what it was made of. Caller frees. */
struct compose_attachment *compose_attachment_copy(const struct compose_attachment *attachment);
/* A file's bytes are taken now: a wrong name is told now, and what becomes of the file later does not matter. May be long; caller frees. */
struct compose_attachment *compose_attachment_read(const char *path, GError **error);
/* The file is another one now (not: gone). */
bool compose_attachment_has_changed(const struct compose_attachment *attachment);
struct draft {
    char *account_id;
    char *from, *to, *cc, *bcc, *reply_to, *subject; /* as the fields show them, UTF-8 */
    char *body;                                      /* plain text */
    char *in_reply_to, *references;                  /* without <> , ' ' separated */
    GPtrArray *attachments;                          /* of struct compose_attachment* */
    int64_t reply_to_placement;                      /* the message that is answered or forwarded; 0: none */
    char *reply_to_id; /* its Message-ID without <>, to be sure that the placement is still it; NULL: not known */
    unsigned reply_flag;
    char **not_sent;  /* why it came back: "bob@example.test: 550 5.1.1 no such user", one for each recipient; NULL: it did not */
    bool asks_report; /* the servers on the way are to tell whether it arrived (RFC 3461) */
    char *message_id; /* fixed when first built: the same message keeps it over saves and retries */
    char *addressed;  /* an answer: from which of one's addresses it was begun, as From shows it; NULL: no answer */
    bool is_to_all;
    bool is_hidden_copy;                                          /* what is answered came as Bcc: nobody else knows */
    bool is_flowed;                                               /* text in paragraphs (RFC 3676) */
    bool is_markdown;                                             /* text, and the same as HTML */
    char *charset;                                                /* NULL: UTF-8 */
    bool is_signed, is_encrypted, is_smime, encrypts_if_possible; /* core/crypto_seal, on sending */
    char *calendar;                                               /* an answer to an invitation (core/calendar_reply); NULL: none */
    char *disposition;   /* that something was read, as core/receipt puts it; NULL: it is no such letter */
    char *extra_headers; /* "Name: value" lines the person wrote; NULL: none */
};
void draft_free(struct draft *draft);
struct draft *draft_copy(const struct draft *draft); /* for another thread: shares only the attachments' bytes; caller frees */
typedef struct draft draft;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(draft, draft_free)
/* "Name <addr>" as a field shows it, quoted where a comma or the like demands it; caller frees. */
char *compose_mailbox(const char *name, const char *address);
struct draft *draft_new(const struct account *account);
/* original NULL only for COMPOSE_NEW. attribution: strftime + %n name, %a address; NULL: default. Signature appended. */
struct draft *compose_start(enum compose_kind kind, const struct account *account, message *original, const char *attribution,
                            GError **error);
/* From becomes the one of the account's addresses that original was written to (or by); unchanged where it names none. */
void compose_choose_identity(struct draft *self, const struct account *from, const message *original);
/* mailto: (RFC 6068); attach and other unsafe fields ignored. */
struct draft *compose_from_mailto(const struct account *account, const char *url, GError **error);
bool draft_attach(struct draft *draft, const char *path, GError **error);
/* The finished message (CRLF not needed: LF). Bcc is not in it. sender and recipients: the envelope, IDN in A-label form; caller frees. Errors say which field and why. */
bool compose_build(struct draft *draft, GBytes **bytes_out, char **sender_out, char ***recipients_out, GError **error);
/* The message itself, sent on as it came, with Resent- fields before it; outputs as of compose_build(). */
bool compose_redirect(const struct account *from, message *original, const char *to, GBytes **bytes_out, char **sender_out,
                      char ***recipients_out, GError **error);
/* Whether the text can be sent in it; NULL: UTF-8. */
bool compose_charset_fits(const char *text, const char *charset);
bool compose_charset_is_known(const char *charset);
/* What another program saved, as text: UTF-8 with line feeds, whatever it was, and all of it; caller frees. */
char *compose_text_read(const char *bytes, size_t size);
/* Whether the fields are what compose_build() wants; the error says which is not. */
bool compose_check(const struct draft *draft, GError **error);
/* Somebody else writes: with their signature where the other stands untouched. before NULL: gone. */
void draft_change_sender(struct draft *draft, const struct account *before, const struct account *after, const char *sender);
/* With Bcc and X-Postern-… fields, to be continued later. Without attachments it is small enough to be written while a person types. */
GBytes *compose_build_draft(struct draft *draft, bool with_attachments);
