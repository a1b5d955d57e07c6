/* SPDX-License-Identifier: MIT */
/* Drafts on the disk: while they are written, after a crash, after they were thrown away. */
#include "ui/composer_draft.h"
#include "config/paths.h"
#include "core/compose_header.h"
#include "core/draft_version.h"
#include "core/outbox.h"
#include "core/outbox_taking.h"
#include "core/store_message.h"
#include "core/undo.h"
#include "ui/app_private.h"
#include "ui/filing.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define THROWN_KEPT_S   (30 * 86400)
#define SETTLE_EVERY_MS 10000

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

/* Anybody may make a directory of any name in a place of everybody's. */
static bool is_private(const char *directory)
{
    GStatBuf facts = { 0 };
    if (g_lstat(directory, &facts) != 0)
        return errno == ENOENT;
    return S_ISDIR(facts.st_mode) && facts.st_uid == getuid() && (facts.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

/* Where what is to be encrypted is kept: in memory, as far as the system has such a place. Each store has its own: what another one kept there is not ours
 * to offer, or to forget. */
static char *secret_directory(void)
{
    g_autofree char *kept = paths_data_file("composing"), *store = g_compute_checksum_for_string(G_CHECKSUM_SHA256, kept, -1);
    g_autofree char *name = g_strdup_printf("composing-%.16s", store), *own = g_strdup_printf("/dev/shm/postern-%u", (unsigned)getuid());
    if (g_getenv("XDG_RUNTIME_DIR") != NULL)
        return g_build_filename(g_get_user_runtime_dir(), "postern", name, NULL);
    return is_private(own) ? g_build_filename(own, name, NULL) : g_steal_pointer(&kept);
}

/* ACCOUNT.PROCESS.UNIQUE.eml: another postern's open composers are not offered as left over. */
static char *kept_path(const char *account_id, bool is_secret, GError **error)
{
    g_autofree char *directory = is_secret ? secret_directory() : paths_data_file("composing"), *unique = g_uuid_string_random();
    g_autofree char *name = g_strdup_printf("%s.%d.%s.eml", account_id, (int)getpid(), unique);
    return paths_make(directory, error) ? g_build_filename(directory, name, NULL) : NULL;
}

bool composer_name_kept(const struct draft *draft, char **path, GError **error)
{
    *path = kept_path(draft->account_id, draft->is_encrypted, error);
    return *path != NULL;
}

bool composer_keep(struct draft *draft, char **path, bool is_durable, GError **error)
{
    if (*path == NULL)
        *path = kept_path(draft->account_id, draft->is_encrypted, error);
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

char *composer_mail_path(const char *kept)
{
    return beside(kept, ".mail");
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

bool composer_take_attachments(const char *from, const char *kept, GError **error)
{
    g_autofree char *old = beside(from, ".parts"), *now = beside(kept, ".parts");
    if (g_rename(old, now) == 0)
        return true;
    int saved = errno;
    g_unlink(old);
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(saved), _("The draft cannot be kept in %s: %s"), now, g_strerror(saved));
    return false;
}

/* Without its .eml there is no draft: what says how far it is taken back goes behind it. */
static const char *const kept_suffixes[] = { ".txt", ".mail", ".parts", ".version", ".eml", ".taking" };

void composer_forget_kept(const char *path)
{
    for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(kept_suffixes); i++) {
        g_autofree char *each = beside(path, kept_suffixes[i]);
        g_unlink(each);
    }
}

void composer_note_version(const char *kept, const char *message_id)
{
    g_autofree char *path = beside(kept, ".version");
    g_file_set_contents(path, message_id, -1, NULL); /* without it there is a second draft, no loss */
}

char *composer_noted_version(const char *kept)
{
    g_autofree char *path = beside(kept, ".version");
    char *message_id = NULL;
    return g_file_get_contents(path, &message_id, NULL, NULL) ? message_id : NULL;
}

static bool move_kept(const char *from, const char *to)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kept_suffixes); i++) {
        g_autofree char *old = beside(from, kept_suffixes[i]), *now = beside(to, kept_suffixes[i]);
        if (g_rename(old, now) != 0 && errno != ENOENT)
            return false;
    }
    return true;
}

static char *thrown_directory(void)
{
    g_autofree char *directory = paths_data_file("composing");
    return g_build_filename(directory, "thrown", NULL);
}

char *composer_put_aside(const char *kept)
{
    g_autofree char *directory = thrown_directory(), *name = g_path_get_basename(kept), *path = g_build_filename(directory, name, NULL);
    return paths_make(directory, NULL) && move_kept(kept, path) ? g_steal_pointer(&path) : NULL;
}

/* Nobody wanted them back in a month. */
static void forget_thrown(void)
{
    g_autofree char *directory = thrown_directory();
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        GStatBuf status;
        if (g_stat(path, &status) == 0 && status.st_mtime < g_get_real_time() / G_USEC_PER_SEC - THROWN_KEPT_S)
            g_unlink(path);
    }
}

/* --- while it is taken back --- */
bool composer_note_taking(const char *kept, int64_t outbox_id, bool is_whole, GError **error)
{
    g_autofree char *path = beside(kept, ".taking");
    g_autofree char *note = g_strdup_printf("%s %" G_GINT64_FORMAT "\n", is_whole ? "whole" : "part", outbox_id);
    return g_file_set_contents_full(path, note, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

void composer_taking_done(const char *kept)
{
    g_autofree char *path = beside(kept, ".taking");
    g_unlink(path);
}

/* --- after a crash --- */
const struct account *composer_account_named(app *ui, const char *id)
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
    g_autofree char *text_path = composer_text_path(path), *mail_path = composer_mail_path(path), *bytes = NULL;
    gsize size = 0;
    if (g_file_get_contents(mail_path, &bytes, &size, NULL)) {
        g_autofree char *mail = compose_text_read(bytes, size);
        g_autoptr(GPtrArray) refused = compose_header_take(draft, mail);
    } else if (g_file_get_contents(text_path, &bytes, &size, NULL)) {
        g_free(draft->body);
        draft->body = compose_text_read(bytes, size);
    } else {
        return true;
    }
    if (!composer_keep(draft, &path, true, error))
        return false;
    g_unlink(text_path);
    g_unlink(mail_path);
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
    g_autofree char *secret = secret_directory();
    g_autofree char *ours = kept_path(from->id, g_str_has_prefix(path, secret), NULL);
    return ours != NULL && move_kept(path, ours) ? g_steal_pointer(&ours) : NULL;
}

void composer_reopen(app *ui, const char *path)
{
    int process = 0;
    g_autoptr(GError) why = NULL;
    g_autofree char *name = kept_account(path, &process);
    const struct account *from = composer_account_named(ui, name);
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

/* Undo brings it back. */
static void throw_away(app *ui, const char *path)
{
    int process = 0;
    g_autoptr(message) kept = message_load(path, NULL);
    g_autofree char *account = kept_account(path, &process), *version = composer_noted_version(path), *aside = composer_put_aside(path);
    int64_t placement = version != NULL ? draft_version_find(app_store(ui), account, version) : 0;
    const char *subject = kept != NULL ? message_header(kept, "Subject") : NULL;
    composer_throw_version(ui, placement, aside, subject);
}

static void answer_recover(app *ui, void *data, const char *answer)
{
    const GPtrArray *paths = data;
    for (guint i = 0; answer != NULL && i < paths->len; i++) {
        if (*answer == '0')
            composer_reopen(ui, g_ptr_array_index(paths, i));
        else if (*answer == '1')
            throw_away(ui, g_ptr_array_index(paths, i));
    }
}

static bool is_in_outbox(store *db, int64_t id)
{
    struct outbox_item *item = outbox_item(db, id, NULL);
    outbox_item_free(item);
    return item != NULL;
}

/* All of it is kept: the row goes, if it did not yet. Else the row counts. */
static bool settle_taking(store *db, const char *path, GError **error)
{
    g_autofree char *note = NULL, *stem = g_strndup(path, strlen(path) - strlen(".taking")), *kept = g_strconcat(stem, ".eml", NULL);
    bool is_whole = g_file_get_contents(path, &note, NULL, NULL) && g_str_has_prefix(note, "whole ");
    int64_t id = is_whole ? g_ascii_strtoll(note + strlen("whole "), NULL, 10) : 0;
    if (!is_whole)
        composer_forget_kept(kept);
    else if (!is_in_outbox(db, id) || outbox_take_back(db, id, NULL, NULL, error))
        g_unlink(path);
    return error == NULL || *error == NULL;
}

static bool settle_directory(store *db, const char *directory, GError **error)
{
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    bool is_done = true;
    while (is_done && entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        if (g_str_has_suffix(name, ".taking") && !is_open_elsewhere(path))
            is_done = settle_taking(db, path, error);
    }
    return is_done;
}

bool composer_settle_takings(store *db, GError **error)
{
    g_autofree char *directory = paths_data_file("composing"), *secret = secret_directory();
    /* Asked first: who is dead now does not hold a note back below. One that dies in between would leave its note, and its row would be a second draft. */
    g_autoptr(GArray) ids = outbox_deserted(db, error);
    bool is_done = ids != NULL && settle_directory(db, directory, error) && settle_directory(db, secret, error);
    for (guint i = 0; is_done && i < ids->len; i++) {
        int64_t id = g_array_index(ids, int64_t, i);
        is_done = !is_in_outbox(db, id) || outbox_hold(db, id, error); /* nothing of it is kept: back to Drafts */
    }
    return is_done;
}

/* It was sent a moment before postern ended: nothing to go on with. */
static bool was_sent(app *ui, const char *path)
{
    g_autoptr(message) kept = message_load(path, NULL);
    struct message_info info = { 0 };
    if (kept == NULL)
        return false;
    message_info(kept, &info);
    return info.message_id != NULL && outbox_knows(app_store(ui), info.message_id);
}

static int by_time(gconstpointer left, gconstpointer right)
{
    GStatBuf one = { 0 }, other = { 0 };
    g_stat(*(char *const *)left, &one);
    g_stat(*(char *const *)right, &other);
    return one.st_mtime < other.st_mtime ? -1 : one.st_mtime > other.st_mtime;
}

static void kept_find(app *ui, const char *directory, GPtrArray *paths)
{
    g_autoptr(GDir) entries = g_dir_open(directory, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        if (!g_str_has_suffix(name, ".eml") || is_open_elsewhere(path))
            continue;
        if (was_sent(ui, path))
            composer_forget_kept(path);
        else
            g_ptr_array_add(paths, g_steal_pointer(&path));
    }
}

GPtrArray *composer_kept_files(app *ui)
{
    g_autofree char *directory = paths_data_file("composing"), *secret = secret_directory();
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    kept_find(ui, directory, paths);
    if (strcmp(secret, directory) != 0)
        kept_find(ui, secret, paths);
    g_ptr_array_sort(paths, by_time);
    return paths;
}

static void offer_kept(app *ui)
{
    GPtrArray *paths = composer_kept_files(ui);
    forget_thrown();
    if (paths->len == 0) {
        g_ptr_array_unref(paths);
        return;
    }
    g_autofree char *text = g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "%u unsent message was kept when postern ended. Go on writing it?",
                                                        "%u unsent messages were kept when postern ended. Go on writing them?", paths->len),
                                            paths->len);
    const char *const choices[] = { N_("&Go on writing"), N_("&Throw away"), N_("&Later"), NULL };
    view_choice_push(ui, _("Unsent messages"), text, choices, answer_recover, paths, (GDestroyNotify)g_ptr_array_unref);
}

static bool apply_takings(store *db, void *data, GError **error)
{
    (void)data;
    return composer_settle_takings(db, error);
}

static void takings_settled(app *ui, void *data, bool is_done, const GError *error)
{
    (void)data;
    if (!is_done && error != NULL)
        app_error(ui, "%s", error->message);
    engine_wake(app_engine(ui));
    offer_kept(ui);
}

/* A postern that ended badly may still be ending when the next one starts, or be another one beside us. */
static void look_again(app *ui, void *data, bool is_done, const GError *error)
{
    (void)data;
    (void)error;
    if (is_done)
        app_after_change(ui);
}

void composer_settle_tick(app *ui, int64_t now_ms)
{
    static int64_t next_ms; /* of the one screen */
    if (now_ms < next_ms)
        return;
    next_ms = now_ms + SETTLE_EVERY_MS;
    g_autoptr(GArray) ids = outbox_deserted(app_store(ui), NULL);
    const struct filing filing = { apply_takings, look_again, NULL, NULL, 0, true };
    if (ids != NULL && ids->len > 0)
        filing_start(ui, &filing);
}

void composer_recover(app *ui)
{
    const struct filing filing = { apply_takings, takings_settled, NULL, NULL, 0, true };
    filing_start(ui, &filing);
}
