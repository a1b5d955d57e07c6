/* SPDX-License-Identifier: MIT */
/* Makes the demo account's Maildirs and its file. */
#include "core/demo.h"
#include "config/paths.h"
#include "core/blob.h"
#include "core/demo_private.h"
#include "core/message_private.h"
#include <glib/gi18n-lib.h>
#include <gmime/gmime.h>
#include <string.h>

#define DEMO_ID      "demo"
#define DEMO_ADDRESS "demo@example.test"

static const char *const folders[] = { "Inbox", "Drafts", "Sent", "Archive", "Junk", "Trash" };

/* "Kurt Gödel <kurt@…>, …" with its names encoded. Caller frees. */
static char *address_header(const char *text)
{
    InternetAddressList *list = internet_address_list_parse(NULL, text);
    char *header = list != NULL ? internet_address_list_to_string(list, NULL, TRUE) : g_strdup(text);
    if (list != NULL)
        g_object_unref(list);
    return header;
}

static void append_html(GString *out, const char *plain)
{
    g_autofree char *escaped = g_markup_escape_text(plain, -1);
    g_auto(GStrv) paragraphs = g_strsplit(g_strchomp(escaped), "\n\n", -1);
    for (char **paragraph = paragraphs; *paragraph != NULL; paragraph++)
        g_string_append_printf(out, "<p>%s</p>\n", *paragraph);
}

static void append_both(GString *out, const char *plain)
{
    g_string_append_printf(
        out,
        "Content-Type: multipart/alternative; boundary=alt\n\n--alt\nContent-Type: text/plain; charset=utf-8\n\n%s--alt\n"
        "Content-Type: text/html; charset=utf-8\n\n",
        plain);
    append_html(out, plain);
    g_string_append(out, "--alt--\n");
}

static void append_content(GString *out, const struct demo_row *row)
{
    switch (row->form) {
    case DEMO_TEXT:
        g_string_append_printf(out, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n%s", row->body);
        return;
    case DEMO_FLOWED:
        g_string_append_printf(out, "Content-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: 8bit\n\n%s",
                               row->body);
        return;
    case DEMO_HTML:
        g_string_append_printf(out, "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n%s", row->body);
        return;
    case DEMO_BOTH:
        append_both(out, row->body);
        return;
    case DEMO_RAW:
        g_string_append(out, row->body);
        return;
    }
}

static GString *message_text_of(const struct demo_row *row, size_t number, GDateTime *now)
{
    g_autoptr(GDateTime) then = g_date_time_add_minutes(now, -row->minutes_ago);
    g_autofree char *date = g_mime_utils_header_format_date(then), *from = address_header(row->from);
    g_autofree char *to = address_header(row->to != NULL ? row->to : "Demo <" DEMO_ADDRESS ">");
    g_autofree char *subject = g_mime_utils_header_encode_text(NULL, row->subject, "utf-8");
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "From: %s\nTo: %s\nDate: %s\n", from, to, date);
    if (*row->subject != '\0')
        g_string_append_printf(out, "Subject: %s\n", subject);
    if (row->id != NULL)
        g_string_append_printf(out, "Message-ID: <%s.example.test>\n", row->id);
    else
        g_string_append_printf(out, "Message-ID: <sample-%zu@demo.example.test>\n", number);
    if (row->reply_to_id != NULL)
        g_string_append_printf(out, "In-Reply-To: <%s.example.test>\nReferences: <%s.example.test>\n", row->reply_to_id, row->reply_to_id);
    g_string_append_printf(out, "MIME-Version: 1.0\n%s", row->headers != NULL ? row->headers : "");
    append_content(out, row);
    return out;
}

static bool deliver(const struct demo_row *row, size_t number, GDateTime *now, GError **error)
{
    g_autoptr(GString) text = message_text_of(row, number, now);
    g_autofree char *maildir = paths_mail_directory(DEMO_ID, row->folder), *file = NULL;
    return blob_maildir_deliver(maildir, text->str, text->len, row->flags, &file, error);
}

static bool make_folders(GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *maildir = paths_mail_directory(DEMO_ID, folders[i]);
        if (!blob_maildir_make(maildir, error))
            return false;
    }
    return true;
}

/* Messages are made only once: who comes back finds the demo as it was left. */
static bool fill_folders(GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    for (size_t i = 0; i < demo_row_count; i++) {
        if (!deliver(&demo_rows[i], i, now, error))
            return false;
    }
    return true;
}

static void set_server(struct account_server *server, const char *folder)
{
    server->protocol = ACCOUNT_PROTOCOL_MAILDIR;
    g_free(server->path);
    server->path = paths_mail_directory(DEMO_ID, folder);
}

static struct account *demo_account(void)
{
    struct account *self = account_new(DEMO_ID);
    self->name = g_strdup(_("Demo"));
    self->from_name = g_strdup("Demo");
    self->from_address = g_strdup(DEMO_ADDRESS);
    set_server(&self->incoming, NULL);
    set_server(&self->outgoing, "Inbox"); /* what is sent comes back */
    static const struct {
        enum account_folder_role role;
        const char *name;
    } roles[] = { { ACCOUNT_FOLDER_SENT, "Sent" },
                  { ACCOUNT_FOLDER_DRAFTS, "Drafts" },
                  { ACCOUNT_FOLDER_TRASH, "Trash" },
                  { ACCOUNT_FOLDER_JUNK, "Junk" },
                  { ACCOUNT_FOLDER_ARCHIVE, "Archive" } };
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        self->folders[roles[i].role] = g_strdup(roles[i].name);
    return self;
}

bool demo_create(struct account **account_out, GError **error)
{
    g_autofree char *inbox = paths_mail_directory(DEMO_ID, "Inbox"), *done = g_build_filename(inbox, "cur", NULL);
    bool is_there = g_file_test(done, G_FILE_TEST_IS_DIR);
    message_start();
    if (!make_folders(error) || (!is_there && !fill_folders(error)))
        return false;
    g_autoptr(account) self = demo_account();
    if (!account_file_save(self, error))
        return false;
    *account_out = g_steal_pointer(&self);
    return true;
}
