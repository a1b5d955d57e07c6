/* SPDX-License-Identifier: MIT */
/* The memory of a maildrop: rows of pop3_mail. */
#include "core/pop3_mail.h"
#include "core/store_private.h"
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_CHARS 32u

void pop3_mail_free(struct pop3_mail *mail)
{
    if (mail == NULL)
        return;
    g_free(mail->uidl);
    g_free(mail->file);
    g_free(mail->identity);
    g_free(mail);
}

static struct pop3_mail *mail_from_row(sqlite3_stmt *row)
{
    struct pop3_mail *mail = g_new0(struct pop3_mail, 1);
    *mail = (struct pop3_mail){ .uidl = store_column_dup(row, 0),
                                .file = store_column_dup(row, 1),
                                .identity = store_column_dup(row, 2),
                                .arrived_utc = sqlite3_column_int64(row, 3),
                                .gone_utc = sqlite3_column_int64(row, 4),
                                .state = (enum pop3_mail_state)sqlite3_column_int(row, 5),
                                .is_in_trash = sqlite3_column_int(row, 6) != 0 };
    return mail;
}

GHashTable *pop3_mail_load(store *db, int64_t account_id, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GHashTable) all = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)pop3_mail_free);
    g_autoptr(sqlite3_stmt) row =
        store_select(db, error,
                     "SELECT uidl, file, header_hash, arrived_utc, gone_utc, state, file IS NOT NULL AND EXISTS (SELECT 1 FROM folders f"
                     " JOIN placements p ON p.folder_id = f.id AND p.file = m.file WHERE f.account_id = ?1 AND f.role = ?2)"
                     " FROM pop3_mail m WHERE account_id = ?1",
                     NUM(account_id), NUM(FOLDER_TRASH));
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure)) {
        struct pop3_mail *mail = mail_from_row(row);
        g_hash_table_replace(all, mail->uidl, mail);
    }
    if (failure == NULL)
        return g_steal_pointer(&all);
    g_propagate_error(error, failure);
    return NULL;
}

bool pop3_mail_put(store *db, int64_t account_id, const struct pop3_mail *mail, GError **error)
{
    return store_run(db, error,
                     "INSERT OR REPLACE INTO pop3_mail(account_id, uidl, file, header_hash, arrived_utc, gone_utc, state)"
                     " VALUES(?, ?, ?, ?, ?, ?, ?)",
                     NUM(account_id), TXT(mail->uidl), TXT(mail->file), TXT(mail->identity), NUM(mail->arrived_utc), NUM(mail->gone_utc),
                     NUM(mail->state));
}

bool pop3_mail_rename(store *db, int64_t account_id, const char *uidl, const char *new_uidl, GError **error)
{
    return store_run(db, error, "UPDATE OR REPLACE pop3_mail SET uidl = ?, gone_utc = 0 WHERE account_id = ? AND uidl = ?", TXT(new_uidl),
                     NUM(account_id), TXT(uidl));
}

bool pop3_mail_set_state(store *db, int64_t account_id, const char *uidl, enum pop3_mail_state state, GError **error)
{
    return store_run(db, error, "UPDATE pop3_mail SET state = ? WHERE account_id = ? AND uidl = ?", NUM(state), NUM(account_id), TXT(uidl));
}

bool pop3_mail_set_gone(store *db, int64_t account_id, const char *uidl, int64_t gone_utc, GError **error)
{
    return store_run(db, error, "UPDATE pop3_mail SET gone_utc = ? WHERE account_id = ? AND uidl = ?", NUM(gone_utc), NUM(account_id),
                     TXT(uidl));
}

bool pop3_mail_forget(store *db, int64_t account_id, int64_t gone_before_utc, GError **error)
{
    return store_run(db, error, "DELETE FROM pop3_mail WHERE account_id = ? AND gone_utc > 0 AND gone_utc < ?", NUM(account_id),
                     NUM(gone_before_utc));
}

bool pop3_mail_unwanted(store *db, int64_t account_id, const char *file, GError **error)
{
    return store_run(db, error, "UPDATE pop3_mail SET state = ? WHERE account_id = ? AND file = ? AND state <> ?", NUM(POP3_MAIL_UNWANTED),
                     NUM(account_id), TXT(file), NUM(POP3_MAIL_DELETED));
}

/* --- heads --- */
bool pop3_mail_want(store *db, int64_t account_id, const char *file, bool *is_head_out, GError **error)
{
    int64_t count = 0;
    bool is_asked = store_number(db, &count, error, "SELECT COUNT(*) FROM pop3_mail WHERE account_id = ? AND file = ? AND state IN (?, ?)",
                                 NUM(account_id), TXT(file), NUM(POP3_MAIL_HEAD), NUM(POP3_MAIL_WANTED));
    *is_head_out = is_asked && count > 0;
    return is_asked && (count == 0 || store_run(db, error, "UPDATE pop3_mail SET state = ? WHERE account_id = ? AND file = ? AND state = ?",
                                                NUM(POP3_MAIL_WANTED), NUM(account_id), TXT(file), NUM(POP3_MAIL_HEAD)));
}

int64_t pop3_mail_placement(store *db, int64_t account_id, const char *file)
{
    int64_t id = 0;
    bool is_found = store_number(db, &id, NULL,
                                 "SELECT p.id FROM folders f JOIN placements p ON p.folder_id = f.id AND p.file = ? WHERE f.account_id = ?",
                                 TXT(file), NUM(account_id));
    return is_found ? id : 0;
}

bool pop3_mail_complete(store *db, int64_t account_id, const char *uidl, int64_t message_id, const struct message_info *info,
                        GError **error)
{
    return store_run(db, error, "UPDATE messages SET size_bytes = ?, preview = ?, part_flags = ?, attachment_count = ? WHERE id = ?",
                     NUM(info->size_bytes), TXT(info->preview), NUM(info->part_flags), NUM(info->attachment_count), NUM(message_id)) &&
           pop3_mail_set_state(db, account_id, uidl, POP3_MAIL_HERE, error);
}

/* --- file names --- */
char *pop3_mail_token(const char *uidl)
{
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, uidl, -1);
    return g_strndup(digest, TOKEN_CHARS);
}

/* "1700000000.M012345P99Q7U<32 hexadecimal digits>.postern": unique as Maildir names must be, and it says which message it is. */
char *pop3_mail_file_name(const char *uidl)
{
    static atomic_uint counter;
    gint64 now = g_get_real_time();
    g_autofree char *token = pop3_mail_token(uidl);
    return g_strdup_printf("%" G_GINT64_FORMAT ".M%06dP%dQ%uU%s.postern", now / G_USEC_PER_SEC, (int)(now % G_USEC_PER_SEC), (int)getpid(),
                           atomic_fetch_add(&counter, 1), token);
}

char *pop3_mail_token_of_file(const char *file)
{
    const char *mark = strchr(file, 'U');
    if (mark == NULL || strspn(mark + 1, "0123456789abcdef") != TOKEN_CHARS || !g_str_has_prefix(mark + 1 + TOKEN_CHARS, ".postern"))
        return NULL;
    return g_strndup(mark + 1, TOKEN_CHARS);
}

GHashTable *pop3_mail_tokens(store *db, int64_t account_id, GError **error)
{
    GError *failure = NULL;
    g_autoptr(GHashTable) tokens = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(sqlite3_stmt) row = store_select(
        db, error,
        "SELECT p.file FROM folders f JOIN placements p ON p.folder_id = f.id AND p.file GLOB '*U*.postern' WHERE f.account_id = ?",
        NUM(account_id));
    if (row == NULL)
        return NULL;
    while (store_step(db, row, &failure)) {
        g_autofree char *file = store_column_dup(row, 0);
        char *token = pop3_mail_token_of_file(file);
        if (token != NULL)
            g_hash_table_replace(tokens, token, g_steal_pointer(&file));
    }
    if (failure == NULL)
        return g_steal_pointer(&tokens);
    g_propagate_error(error, failure);
    return NULL;
}
