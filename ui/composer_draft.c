/* SPDX-License-Identifier: MIT */
/* Drafts on the disk, in Drafts, in the outbox. */
#include "ui/composer_draft.h"
#include "config/paths.h"
#include "core/blob.h"
#include "core/intent.h"
#include "core/outbox.h"
#include "core/store_contact.h"
#include "core/store_message.h"
#include "core/store_role.h"
#include "ui/app_private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* --- while it is written --- */
static bool write_whole(int fd, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t one = write(fd, data + done, size - done);
        if (one < 0 && errno != EINTR)
            return false;
        done += one > 0 ? (size_t)one : 0;
    }
    return true;
}

/* The old version stays until the new one is whole. */
static bool write_kept(const char *path, GBytes *bytes, bool is_durable, GError **error)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_autofree char *temporary = g_strconcat(path, ".tmp", NULL);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool is_ok = fd >= 0 && write_whole(fd, data, size) && (!is_durable || fdatasync(fd) == 0);
    int saved = errno;
    if (fd >= 0 && close(fd) != 0 && is_ok) {
        saved = errno;
        is_ok = false;
    }
    if (is_ok && rename(temporary, path) == 0)
        return true;
    saved = is_ok ? errno : saved;
    g_unlink(temporary);
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(saved), _("The draft cannot be kept in %s: %s"), path,
                g_strerror(saved));
    return false;
}

/* ACCOUNT.PROCESS.UNIQUE.eml: another postern's open composers are not offered as left over. */
static char *kept_path(const char *account_id, GError **error)
{
    g_autofree char *directory = paths_data_file("composing"), *unique = g_uuid_string_random();
    g_autofree char *name = g_strdup_printf("%s.%d.%s.eml", account_id, (int)getpid(), unique);
    return paths_make(directory, error) ? g_build_filename(directory, name, NULL) : NULL;
}

bool composer_keep(struct draft *draft, char **path, bool is_durable, GError **error)
{
    if (*path == NULL)
        *path = kept_path(draft->account_id, error);
    g_autoptr(GBytes) bytes = *path != NULL ? compose_build_draft(draft, false) : NULL;
    return bytes != NULL && write_kept(*path, bytes, is_durable, error);
}

/* Another file of the same draft: ".txt" while an editor is open, ".parts" with the attachments. */
static char *beside(const char *kept, const char *suffix)
{
    size_t length = strlen(kept), own = strlen(".eml");
    g_autofree char *stem = g_strndup(kept, length > own ? length - own : length);
    return g_strconcat(stem, suffix, NULL);
}

char *composer_text_path(const char *kept)
{
    return beside(kept, ".txt");
}

bool composer_keep_attachments(struct draft *draft, const char *kept, GError **error)
{
    g_autofree char *path = beside(kept, ".parts");
    if (draft->attachments->len == 0) {
        g_unlink(path);
        return true;
    }
    g_autoptr(GBytes) bytes = compose_build_draft(draft, true);
    return write_kept(path, bytes, true, error);
}

static const char *const kept_suffixes[] = { ".txt", ".parts", ".eml" };

void composer_forget_kept(const char *path)
{
    for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(kept_suffixes); i++) {
        g_autofree char *each = beside(path, kept_suffixes[i]);
        g_unlink(each);
    }
}

/* --- after a crash --- */
static const struct account *account_named(app *ui, const char *id)
{
    GPtrArray *accounts = app_accounts(ui);
    for (guint i = 0; i < accounts->len; i++) {
        const struct account *each = g_ptr_array_index(accounts, i);
        if (id == NULL || strcmp(each->id, id) == 0)
            return each;
    }
    return accounts->len > 0 ? g_ptr_array_index(accounts, 0) : NULL;
}

/* The name's fields, from its end: an account's id may have dots. */
static char *kept_account(const char *path, int *process_out)
{
    g_autofree char *name = g_path_get_basename(path);
    char *dots[3] = { NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(dots) && (dots[i] = strrchr(name, '.')) != NULL; i++)
        *dots[i] = '\0';
    *process_out = dots[2] != NULL ? (int)g_ascii_strtoll(dots[2] + 1, NULL, 10) : 0;
    return g_steal_pointer(&name);
}

/* A postern that still runs has this message on its own screen. */
static bool is_open_elsewhere(const char *path)
{
    int process = 0;
    g_free(kept_account(path, &process));
    g_autofree char *link = g_strdup_printf("/proc/%d/exe", process);
    g_autofree char *theirs = process > 0 && process != (int)getpid() ? g_file_read_link(link, NULL) : NULL;
    g_autofree char *ours = g_file_read_link("/proc/self/exe", NULL);
    return theirs != NULL && g_strcmp0(theirs, ours) == 0;
}

/* What an editor wrote before postern ended is newer than what was kept. */
static bool take_editor_text(struct draft *draft, char *path, GError **error)
{
    g_autofree char *text_path = composer_text_path(path), *text = NULL;
    if (!g_file_get_contents(text_path, &text, NULL, NULL))
        return true;
    g_free(draft->body);
    draft->body = g_utf8_make_valid(text, -1);
    if (!composer_keep(draft, &path, true, error))
        return false;
    g_unlink(text_path);
    return true;
}

/* Attachments are kept in a file of their own, that need not be written with every letter. */
static void take_kept_attachments(struct draft *draft, const struct account *from, const char *kept)
{
    g_autofree char *path = beside(kept, ".parts");
    g_autoptr(message) parts = message_load(path, NULL);
    g_autoptr(draft) whole = parts != NULL ? compose_start(COMPOSE_RESUME, from, parts, NULL, NULL) : NULL;
    if (whole == NULL)
        return;
    GPtrArray *empty = draft->attachments;
    draft->attachments = whole->attachments;
    whole->attachments = empty;
}

/* All files of a draft that another postern left, under a name of ours. NULL: they stay where they are. */
static char *adopt(const char *path, const struct account *from)
{
    g_autofree char *ours = kept_path(from->id, NULL);
    for (size_t i = 0; ours != NULL && i < G_N_ELEMENTS(kept_suffixes); i++) {
        g_autofree char *theirs = beside(path, kept_suffixes[i]), *here = beside(ours, kept_suffixes[i]);
        if (g_rename(theirs, here) != 0 && errno != ENOENT)
            return NULL;
    }
    return g_steal_pointer(&ours);
}

static void reopen(app *ui, const char *path)
{
    int process = 0;
    g_autoptr(GError) why = NULL;
    g_autofree char *name = kept_account(path, &process);
    const struct account *from = account_named(ui, name);
    g_autoptr(message) kept = message_load(path, &why);
    g_autoptr(draft) draft = kept != NULL && from != NULL ? compose_start(COMPOSE_RESUME, from, kept, NULL, &why) : NULL;
    if (draft == NULL) {
        app_error(ui, _("The kept draft %s cannot be opened: %s"), path, why != NULL ? why->message : _("there is no account"));
        return;
    }
    g_autofree char *ours = adopt(path, from);
    char *here = ours != NULL ? ours : (char *)path;
    take_kept_attachments(draft, from, here);
    if (!take_editor_text(draft, here, &why))
        app_error(ui, "%s", why->message);
    composer_check_reply(ui, draft);
    view_composer_push_kept(ui, g_steal_pointer(&draft), here);
}

void composer_check_reply(app *ui, struct draft *draft)
{
    g_autoptr(placement) about = draft->reply_to_placement != 0 ? store_placement(app_store(ui), draft->reply_to_placement, NULL) : NULL;
    bool is_same = about != NULL && draft->reply_to_id != NULL && g_strcmp0(about->message_id_header, draft->reply_to_id) == 0;
    if (!is_same) /* moved, gone, or a draft of another computer: nothing else may be marked in its place */
        draft->reply_to_placement = 0;
}

static void answer_recover(app *ui, void *data, const char *answer)
{
    const GPtrArray *paths = data;
    for (guint i = 0; answer != NULL && i < paths->len; i++) {
        if (*answer == '0')
            reopen(ui, g_ptr_array_index(paths, i));
        else if (*answer == '1')
            composer_forget_kept(g_ptr_array_index(paths, i));
    }
}

void composer_recover(app *ui)
{
    g_autofree char *directory = paths_data_file("composing");
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        if (g_str_has_suffix(name, ".eml") && !is_open_elsewhere(path))
            g_ptr_array_add(paths, g_steal_pointer(&path));
    }
    if (paths->len == 0) {
        g_ptr_array_unref(paths);
        return;
    }
    g_autofree char *text = g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%u unsent message was kept when postern ended. Go on writing it?",
                                                        "%u unsent messages were kept when postern ended. Go on writing them?", paths->len),
                                            paths->len);
    const char *const choices[] = { _("&Go on writing"), _("&Throw away"), _("&Later"), NULL };
    view_choice_push(ui, _("Unsent messages"), text, choices, answer_recover, paths, (GDestroyNotify)g_ptr_array_unref);
}

/* --- Drafts --- */
bool composer_save_draft(app *ui, const struct account *from, struct draft *draft, GError **error)
{
    int64_t account_id = store_account_id(app_store(ui), from->id, error);
    int64_t drafts = account_id != 0 ? store_role_folder(app_store(ui), account_id, FOLDER_DRAFTS, error) : 0;
    g_autoptr(GBytes) bytes = compose_build_draft(draft, true);
    g_autofree char *maildir = paths_mail_directory(from->id, ".unfiled"), *file = NULL;
    gsize size = 0;
    if (drafts == 0)
        return false;
    const void *data = g_bytes_get_data(bytes, &size);
    if (!blob_maildir_deliver(maildir, data, size, MESSAGE_SEEN | MESSAGE_DRAFT, &file, error))
        return false;
    g_autofree char *path = blob_maildir_find(maildir, file);
    if (intent_append(app_store(ui), drafts, path, MESSAGE_SEEN | MESSAGE_DRAFT, error) == 0)
        return false;
    app_after_change(ui);
    return true;
}

/* --- sending --- */
static struct {
    int64_t outbox_id; /* the last one, until it is sent; 0: none */
    int64_t until_ms;
    char *account_id, *subject;
    char *said;       /* what the status line said first */
    bool is_last_act; /* postern ends once it is sent */
    bool is_redirect; /* somebody else's message: nothing to go on writing */
} last_sent;          /* of the one person at this screen */

static void note_recipients(app *ui, const struct draft *draft)
{
    const char *const fields[] = { draft->to, draft->cc, draft->bcc };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autoptr(GPtrArray) people = fields[i] != NULL ? message_parse_addresses(fields[i], NULL) : NULL;
        for (guint k = 0; people != NULL && k < people->len; k++) {
            const struct message_address *person = g_ptr_array_index(people, k);
            store_contact_note(app_store(ui), person->name, person->address, true, g_get_real_time() / G_USEC_PER_SEC, NULL);
        }
    }
}

static char *countdown(app *ui, int seconds)
{
    const char *key = keymap_key_for(ui, command_find("undo"), CONTEXT_LIST);
    return g_strdup_printf(_("Sending in %d s · %s takes it back"), seconds, *key != '\0' ? key : ":undo");
}

/* From now on its seconds are counted. */
static void track(app *ui, int64_t outbox_id, const char *account_id, const char *subject, bool is_redirect)
{
    int delay_s = app_settings(ui)->undo_delay_s;
    last_sent.outbox_id = outbox_id;
    last_sent.until_ms = app_now_ms() + delay_s * 1000;
    last_sent.is_redirect = is_redirect;
    last_sent.is_last_act = false;
    g_free(last_sent.account_id);
    last_sent.account_id = g_strdup(account_id);
    g_free(last_sent.subject);
    last_sent.subject = g_strdup(subject);
    g_free(last_sent.said);
    last_sent.said = delay_s > 0 ? countdown(ui, delay_s) : g_strdup(_("Sending …"));
    app_after_change(ui);
    app_say(ui, "%s", last_sent.said);
}

bool composer_send(app *ui, const struct account *from, struct draft *draft, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    int delay_s = app_settings(ui)->undo_delay_s;
    gsize size = 0;
    if (!compose_build(draft, &bytes, &sender, &recipients, error))
        return false;
    const void *data = g_bytes_get_data(bytes, &size);
    const struct outbox_letter letter = { .account_key = from->id,
                                          .bytes = data,
                                          .size = size,
                                          .sender = sender,
                                          .recipients = (const char *const *)recipients,
                                          .delay_s = delay_s,
                                          .reply_to_placement = draft->reply_to_placement,
                                          .reply_flag = draft->reply_flag,
                                          .notice = { .notify = draft->asks_report ? "success,failure,delay" : NULL } };
    int64_t id = outbox_submit_letter(app_store(ui), &letter, error);
    if (id == 0)
        return false;
    note_recipients(ui, draft);
    track(ui, id, from->id, draft->subject, false);
    return true;
}

bool composer_redirect(app *ui, const struct account *from, message *original, const char *to, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *sender = NULL;
    g_auto(GStrv) recipients = NULL;
    gsize size = 0;
    if (!compose_redirect(from, original, to, &bytes, &sender, &recipients, error))
        return false;
    const void *data = g_bytes_get_data(bytes, &size);
    const char *subject = message_header(original, "Subject");
    int64_t id = outbox_submit(app_store(ui), from->id, data, size, sender, (const char *const *)recipients, app_settings(ui)->undo_delay_s,
                               0, 0, error);
    if (id == 0)
        return false;
    track(ui, id, from->id, subject != NULL ? subject : "", true);
    return true;
}

/* Nothing else was said since: the line is still ours. */
static bool has_last_word(app *ui)
{
    const GPtrArray *log = app_log(ui);
    const char *last = log->len > 0 ? g_ptr_array_index(log, log->len - 1) : "";
    return last_sent.said != NULL && g_str_has_suffix(last, last_sent.said);
}

static void tell_outcome(app *ui)
{
    g_autoptr(GError) why = NULL;
    struct outbox_item *item = outbox_item(app_store(ui), last_sent.outbox_id, &why);
    bool is_gone = item == NULL && (why == NULL || g_error_matches(why, STORE_ERROR, STORE_ERROR_MISSING));
    bool is_sent = is_gone || (item != NULL && (item->state == OUTBOX_ACCEPTED || item->state == OUTBOX_FILED));
    bool is_waiting =
        item == NULL ? !is_gone : item->state == OUTBOX_QUEUED || item->state == OUTBOX_SENDING || item->state == OUTBOX_DATA_BEGUN;
    outbox_item_free(item);
    if (is_sent && has_last_word(ui))
        app_say(ui, *last_sent.subject != '\0' ? _("Sent: %s") : _("Sent."), last_sent.subject);
    if (is_sent && last_sent.is_last_act)
        app_quit(ui);
    if (!is_waiting) /* what went wrong is told by the engine, with the server's words */
        last_sent.outbox_id = 0;
}

bool composer_is_sending(void)
{
    return last_sent.outbox_id != 0 && app_now_ms() < last_sent.until_ms && !last_sent.is_last_act;
}

static void answer_quit(app *ui, void *data, const char *answer)
{
    (void)data;
    if (answer == NULL || *answer == '2')
        return;
    last_sent.is_last_act = *answer == '0' && last_sent.outbox_id != 0;
    if (last_sent.is_last_act)
        app_say(ui, _("postern ends when the message is sent."));
    else
        app_quit(ui);
}

void composer_ask_quit(app *ui)
{
    const char *const choices[] = { _("Quit when it is &sent"), _("Quit &now: it is sent at the next start"), _("&Go on"), NULL };
    view_choice_push(ui, _("Quit"), _("The last message is not sent yet."), choices, answer_quit, NULL, NULL);
}

void composer_count_down(app *ui, int64_t now_ms)
{
    if (last_sent.outbox_id == 0)
        return;
    int64_t left_ms = last_sent.until_ms - now_ms;
    if (left_ms <= 0) {
        tell_outcome(ui);
        return;
    }
    g_autofree char *line = countdown(ui, (int)((left_ms + 999) / 1000));
    if (has_last_word(ui))
        status_say(ui->status, line, false); /* one line of the log is enough */
}

static bool is_in_field(const char *field, const char *address)
{
    g_autoptr(GPtrArray) people = message_parse_addresses(field, NULL);
    for (guint i = 0; people != NULL && i < people->len; i++)
        if (g_ascii_strcasecmp(((const struct message_address *)people->pdata[i])->address, address) == 0)
            return true;
    return false;
}

/* Bcc is not in the message's bytes: who is in the envelope and in no field was there. */
static void restore_bcc(struct draft *draft, char **recipients)
{
    g_autoptr(GPtrArray) hidden = g_ptr_array_new();
    for (char **each = recipients; each != NULL && *each != NULL; each++)
        if (!is_in_field(draft->to, *each) && !is_in_field(draft->cc, *each))
            g_ptr_array_add(hidden, *each);
    if (hidden->len == 0)
        return;
    g_ptr_array_add(hidden, NULL);
    g_free(draft->bcc);
    draft->bcc = g_strjoinv(", ", (char **)hidden->pdata);
}

/* What the message itself does not tell is in its row. */
static struct draft *draft_of_item(app *ui, const struct outbox_item *item, const void *bytes, size_t size, GError **error)
{
    const struct account *from = account_named(ui, last_sent.account_id);
    g_autoptr(message) parsed = message_parse(bytes, size);
    struct draft *draft = from != NULL ? compose_start(COMPOSE_RESUME, from, parsed, NULL, error) : NULL;
    if (draft == NULL)
        return NULL;
    restore_bcc(draft, item->recipients);
    draft->reply_to_placement = item->reply_to_placement;
    draft->reply_flag = item->reply_flag;
    draft->asks_report = item->notify != NULL;
    g_autoptr(placement) about = item->reply_to_placement != 0 ? store_placement(app_store(ui), item->reply_to_placement, NULL) : NULL;
    draft->reply_to_id = about != NULL ? g_strdup(about->message_id_header) : NULL;
    return draft;
}

bool composer_take_back(app *ui)
{
    g_autofree char *bytes = NULL;
    g_autoptr(GError) why = NULL;
    size_t size = 0;
    int64_t id = last_sent.outbox_id;
    if (id == 0 || app_now_ms() >= last_sent.until_ms)
        return false;
    last_sent.outbox_id = 0;
    struct outbox_item *item = outbox_item(app_store(ui), id, &why);
    struct draft *draft =
        item != NULL && outbox_take_back(app_store(ui), id, &bytes, &size, &why) ? draft_of_item(ui, item, bytes, size, &why) : NULL;
    outbox_item_free(item);
    if (draft == NULL) {
        app_error(ui, "%s", why != NULL ? why->message : _("The account is not there any more."));
        return true;
    }
    view_composer_push_back(ui, draft);
    app_say(ui, _("Taken back. It was not sent."));
    return true;
}
