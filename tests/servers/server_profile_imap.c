/* SPDX-License-Identifier: MIT */
/* IMAP of a provider profile: reading commands, signing in, folders, IDLE. */
#include "tests/servers/server_profile_imap.h"
#include <string.h>

enum { IDLE_LOOK_MS = 20, LITERAL_MAX = 64 << 20 };

/* --- reading commands --- */
static void argument_free(gpointer data)
{
    struct profile_argument *argument = data;
    g_string_free(argument->text, TRUE);
    g_free(argument);
}

static void command_free(struct profile_command *command)
{
    g_free(command->tag);
    g_free(command->name);
    g_ptr_array_unref(command->arguments);
    g_free(command);
}

const char *profile_argument(const struct profile_command *command, guint index)
{
    return index < command->arguments->len ? ((const struct profile_argument *)g_ptr_array_index(command->arguments, index))->text->str
                                           : "";
}

char *profile_arguments_from(const struct profile_command *command, guint index)
{
    GString *text = g_string_new(NULL);
    for (guint i = index; i < command->arguments->len; i++)
        g_string_append_printf(text, "%s%s", i > index ? " " : "", profile_argument(command, i));
    return g_string_free(text, FALSE);
}

static struct profile_argument *add_argument(struct profile_command *command, bool is_list)
{
    struct profile_argument *argument = g_new0(struct profile_argument, 1);
    *argument = (struct profile_argument){ .text = g_string_new(NULL), .is_list = is_list };
    g_ptr_array_add(command->arguments, argument);
    return argument;
}

static const char *take_quoted(GString *text, const char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        g_string_append_c(text, *at);
    }
    return *at == '"' ? at + 1 : at;
}

/* An atom ends at a space, but "BODY[HEADER.FIELDS (A B)]" and "(a (b))" hold together. */
static const char *take_word(GString *text, const char *at)
{
    int depth = 0;
    for (; *at != '\0' && (depth > 0 || *at != ' '); at++) {
        depth += (*at == '(' || *at == '[') - (*at == ')' || *at == ']');
        g_string_append_c(text, *at);
    }
    return at;
}

/* What a line says; false where it ends in the middle of a list (a literal comes). */
static void take_line(struct profile_command *command, const char *at)
{
    while (*at != '\0') {
        if (*at == ' ') {
            at++;
            continue;
        }
        struct profile_argument *argument = add_argument(command, *at == '(');
        at = *at == '"' ? take_quoted(argument->text, at) : take_word(argument->text, at);
    }
}

/* "{12}" or "{12+}" at the end of the line: taken off it. */
static bool literal_at_end(GString *text, size_t *size_out, bool *is_waiting_out)
{
    char *open = strrchr(text->str, '{');
    if (open == NULL || text->len == 0 || text->str[text->len - 1] != '}')
        return false;
    *is_waiting_out = strpbrk(open, "+-") == NULL;
    *size_out = (size_t)g_ascii_strtoull(open + 1, NULL, 10);
    g_string_truncate(text, (gsize)(open - text->str));
    return *size_out <= LITERAL_MAX;
}

/* Taken off the arguments, in capitals. */
static char *take_first(struct profile_command *command)
{
    char *word = g_ascii_strup(profile_argument(command, 0), -1);
    if (command->arguments->len > 0)
        g_ptr_array_remove_index(command->arguments, 0);
    return word;
}

static void name_command(struct profile_command *command)
{
    command->name = take_first(command);
    if (strcmp(command->name, "UID") != 0)
        return;
    g_autofree char *uid = command->name, *what = take_first(command);
    command->name = g_strconcat(uid, " ", what, NULL);
}

static bool read_literal(struct profile_line *line, struct profile_command *command, size_t size, bool is_waiting)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    if (is_waiting)
        profile_line_say(line, "+ Ready for additional command text.");
    if (!profile_line_flush(line) || !profile_line_read_bytes(line, size, bytes))
        return false;
    g_string_append_len(add_argument(command, false)->text, (const char *)bytes->data, (gssize)bytes->len);
    return true;
}

static void log_command(struct profile_line *line, const struct profile_command *command)
{
    g_autofree char *text = strcmp(command->name, "LOGIN") == 0 || strcmp(command->name, "APPEND") == 0
                                ? g_strdup(profile_argument(command, 0))
                                : profile_arguments_from(command, 0);
    g_autofree char *whole =
        g_strdup_printf("%s %s", command->name, strcmp(command->name, "AUTHENTICATE") == 0 ? profile_argument(command, 0) : text);
    profile_line_log(line, whole);
}

static struct profile_command *read_command(struct profile_line *line)
{
    struct profile_command *command = g_new0(struct profile_command, 1);
    g_autoptr(GString) text = g_string_new(NULL);
    command->arguments = g_ptr_array_new_with_free_func(argument_free);
    bool is_more = true, is_waiting = false;
    size_t size = 0, whole = 0;
    while (is_more && profile_line_read(line, text)) {
        is_more = literal_at_end(text, &size, &is_waiting);
        take_line(command, text->str);
        whole += text->len;
        if (is_more && !read_literal(line, command, size, is_waiting))
            break;
    }
    if (is_more || command->arguments->len < 2) {
        command_free(command);
        return NULL;
    }
    command->tag = g_strdup(profile_argument(command, 0));
    g_ptr_array_remove_index(command->arguments, 0);
    name_command(command);
    log_command(line, command);
    int longest = profile_get_number(line->server, "limits", "imap-line", 1 << 20);
    if (whole > (size_t)longest) {
        g_free(command->name);
        command->name = g_strdup("TOO LONG");
    }
    return command;
}

/* --- answers --- */
void profile_session_ok(struct profile_session *self, const struct profile_command *command, const char *code)
{
    g_autofree char *words = profile_get(self->server, "imap", "completed");
    const char *name = g_str_has_prefix(command->name, "UID ") ? command->name + 4 : command->name;
    g_auto(GStrv) around = g_strsplit(words != NULL ? words : "* completed.", "*", 2);
    profile_line_say(self->line, "%s OK %s%s%s%s", command->tag, code, around[0], around[1] != NULL ? name : "",
                     around[1] != NULL ? around[1] : "");
}

static void say_no(struct profile_session *self, const struct profile_command *command, const char *words)
{
    profile_line_say(self->line, "%s %s", command->tag, words);
}

static const char *capability_key(const struct profile_session *self)
{
    return self->is_in ? "capability-in" : self->line->is_secure ? "capability" : "capability-plain";
}

/* Before TLS: no way to sign in where that is not taken in the clear. */
static char *clear_capabilities(const struct profile_session *self, char *words /* taken */)
{
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    GString *told = g_string_new(NULL);
    for (char **word = list; *word != NULL; word++) {
        if (self->line->cell->is_clear_open || !g_str_has_prefix(*word, "AUTH="))
            g_string_append_printf(told, "%s%s", told->len > 0 ? " " : "", *word);
    }
    g_free(words);
    if (self->line->cell->has_starttls)
        g_string_append(told, " STARTTLS");
    if (!self->line->cell->is_clear_open)
        g_string_append(told, " LOGINDISABLED");
    return g_string_free(told, FALSE);
}

static char *capabilities(struct profile_session *self)
{
    char *words = profile_get(self->server, "imap", capability_key(self));
    if (words != NULL || self->is_in)
        return words != NULL ? words : g_strdup("IMAP4rev1");
    words = profile_get(self->server, "imap", "capability");
    return self->line->is_secure || words == NULL ? words : clear_capabilities(self, words);
}

static void run_capability(struct profile_session *self, const struct profile_command *command)
{
    g_autofree char *words = capabilities(self), *done = profile_get(self->server, "imap", "capability-completed");
    profile_line_say(self->line, "* CAPABILITY %s", words);
    if (done != NULL)
        profile_line_say(self->line, "%s OK %s", command->tag, done);
    else
        profile_session_ok(self, command, "");
}

static void run_noop(struct profile_session *self, const struct profile_command *command)
{
    profile_session_ok(self, command, "");
}

static void run_logout(struct profile_session *self, const struct profile_command *command)
{
    g_autofree char *words = profile_get(self->server, "imap", "bye");
    profile_line_say(self->line, "* BYE %s", words != NULL ? words : "LOGOUT Requested");
    profile_session_ok(self, command, "");
    self->is_over = true;
}

static void run_starttls(struct profile_session *self, const struct profile_command *command)
{
    if (self->line->is_secure || !self->line->cell->has_starttls) {
        say_no(self, command, "BAD Command received in Invalid state.");
        return;
    }
    profile_line_say(self->line, "%s OK Begin TLS negotiation now.", command->tag);
    self->is_over = !profile_line_secure(self->line);
}

static void run_id(struct profile_session *self, const struct profile_command *command)
{
    g_autofree char *words = profile_get(self->server, "imap", "id");
    profile_line_say(self->line, "* ID %s", words != NULL ? words : "NIL");
    profile_session_ok(self, command, "");
}

/* --- signing in --- */
static void finish_sign_in(struct profile_session *self, const struct profile_command *command, enum profile_verdict verdict)
{
    if (verdict != PROFILE_GOOD) {
        g_autofree char *words = profile_refusal(self->server, verdict, "imap");
        say_no(self, command, words != NULL ? words : "NO LOGIN failed.");
        return;
    }
    if (!profile_enter(self->line)) {
        g_autofree char *words = profile_get(self->server, "limits", "imap-connections-words");
        bool is_bye = words != NULL && g_str_has_prefix(words, "* BYE");
        profile_line_say(self->line, "%s%s%s", is_bye ? "" : command->tag, is_bye ? "" : " ",
                         words != NULL ? words : "NO Too many connections");
        self->is_over = is_bye;
        return;
    }
    self->is_in = true;
    g_autofree char *untold = profile_get(self->server, "imap", "capability-told"), *words = capabilities(self);
    g_autofree char *done = profile_get(self->server, "imap", "signed-in");
    if (g_strcmp0(untold, "true") == 0)
        profile_line_say(self->line, "* CAPABILITY %s", words);
    if (done != NULL)
        profile_line_say(self->line, "%s OK %s", command->tag, done);
    else
        profile_session_ok(self, command, "");
}

static bool may_sign_in(struct profile_session *self, const struct profile_command *command)
{
    if (self->line->is_secure || self->line->cell->is_clear_open)
        return true;
    say_no(self, command, "NO Command received in Invalid state."); /* TLS first */
    return false;
}

static void run_login(struct profile_session *self, const struct profile_command *command)
{
    g_autofree char *words = capabilities(self);
    if (!may_sign_in(self, command))
        return;
    if (strstr(words, "LOGINDISABLED") != NULL) {
        finish_sign_in(self, command, PROFILE_NORMAL);
        return;
    }
    finish_sign_in(self, command, profile_check_password(self->line, profile_argument(command, 0), profile_argument(command, 1)));
}

static bool ask(struct profile_line *line, const char *challenge, GString *answer)
{
    profile_line_say(line, "+ %s", challenge);
    return profile_line_flush(line) && profile_line_read(line, answer) && strcmp(answer->str, "*") != 0;
}

static void run_authenticate(struct profile_session *self, const struct profile_command *command)
{
    struct profile_asker asker = { ask, self->line };
    g_autofree char *words = capabilities(self), *mechanism = g_strconcat("AUTH=", profile_argument(command, 0), NULL);
    g_auto(GStrv) offered = g_strsplit(words, " ", -1);
    if (!may_sign_in(self, command))
        return;
    bool is_offered = false;
    for (char **word = offered; *word != NULL; word++)
        is_offered |= g_ascii_strcasecmp(*word, mechanism) == 0;
    if (!is_offered) {
        say_no(self, command, "NO Unsupported authentication mechanism.");
        return;
    }
    const char *initial = command->arguments->len > 1 ? profile_argument(command, 1) : NULL;
    finish_sign_in(self, command, profile_sasl(&asker, profile_argument(command, 0), initial));
}

/* --- folders --- */
static bool matches(const char *pattern, const char *name)
{
    if (*pattern == '\0')
        return *name == '\0';
    if (*pattern == '*' || *pattern == '%') {
        for (const char *at = name;; at++) {
            if (matches(pattern + 1, at))
                return true;
            if (*at == '\0' || (*pattern == '%' && *at == '/'))
                return false;
        }
    }
    return g_ascii_tolower(*pattern) == g_ascii_tolower(*name) && matches(pattern + 1, name + 1);
}

static bool has_children(const struct profile_store *store, const struct profile_folder *folder)
{
    g_autofree char *prefix = g_strconcat(folder->wire, "/", NULL);
    for (guint i = 0; i < store->folders->len; i++) {
        if (g_str_has_prefix(((const struct profile_folder *)g_ptr_array_index(store->folders, i))->wire, prefix))
            return true;
    }
    return false;
}

static char *list_name(const struct profile_session *self, const struct profile_folder *folder)
{
    bool is_bare = profile_get_flag(self->server, "imap", "inbox-unquoted");
    if (strchr(folder->wire, '\\') != NULL) /* Exchange sends such names as literals [MS-STANXIMAP] */
        return g_strdup_printf("{%zu}\r\n%s", strlen(folder->wire), folder->wire);
    if (is_bare && strpbrk(folder->wire, " ()&") == NULL)
        return g_strdup(folder->wire);
    return g_strdup_printf("\"%s\"", folder->wire);
}

static void list_folder(struct profile_session *self, const char *word, const struct profile_folder *folder, bool is_subscribed_told)
{
    g_autofree char *name = list_name(self, folder);
    const char *children = has_children(self->server->store, folder) ? "\\HasChildren" : "\\HasNoChildren";
    bool tells_children = !profile_get_flag(self->server, "imap", "no-children");
    profile_line_say(self->line, "* %s (%s%s%s%s) \"/\" %s", word, tells_children ? children : "",
                     tells_children && *folder->attributes != '\0' ? " " : "", folder->attributes,
                     is_subscribed_told && folder->is_subscribed ? " \\Subscribed" : "", name);
}

static void run_list(struct profile_session *self, const struct profile_command *command)
{
    const struct profile_store *store = self->server->store;
    guint at = g_str_has_prefix(profile_argument(command, 0), "(") ? 1 : 0; /* selection options */
    g_autofree char *pattern = g_strconcat(profile_argument(command, at), profile_argument(command, at + 1), NULL),
                    *options = profile_arguments_from(command, at + 2);
    const char *word = strcmp(command->name, "LSUB") == 0 ? "LSUB" : strcmp(command->name, "XLIST") == 0 ? "XLIST" : "LIST";
    if (*profile_argument(command, at + 1) == '\0')
        profile_line_say(self->line, "* %s (\\Noselect) \"/\" \"\"", word);
    for (guint i = 0; i < store->folders->len; i++) {
        const struct profile_folder *folder = g_ptr_array_index(store->folders, i);
        if (matches(pattern, folder->wire) && (*word != 'L' || word[1] != 'S' || folder->is_subscribed))
            list_folder(self, word, folder, strstr(options, "SUBSCRIBED") != NULL);
    }
    profile_session_ok(self, command, "");
}

static struct profile_folder *folder_or_no(struct profile_session *self, const struct profile_command *command, const char *wire)
{
    struct profile_folder *folder = profile_store_by_wire(self->server->store, wire);
    g_autofree char *words = profile_get(self->server, "imap", "unknown-folder");
    if (folder != NULL && strstr(folder->attributes, "\\Noselect") == NULL)
        return folder;
    say_no(self, command, words != NULL ? words : "NO [NONEXISTENT] Unknown Mailbox (Failure)");
    return NULL;
}

static int unseen_in(const struct profile_folder *folder)
{
    int unseen = 0;
    for (guint i = 0; i < folder->entries->len; i++)
        unseen += !(((const struct profile_entry *)g_ptr_array_index(folder->entries, i))->flags & PROFILE_SEEN);
    return unseen;
}

static bool has_condstore(const struct profile_session *self)
{
    g_autofree char *words = profile_get(self->server, "imap", "capability-in");
    return words != NULL && strstr(words, "CONDSTORE") != NULL;
}

static void run_status(struct profile_session *self, const struct profile_command *command)
{
    struct profile_folder *folder = folder_or_no(self, command, profile_argument(command, 0));
    if (folder == NULL)
        return;
    g_autofree char *name = list_name(self, folder);
    g_autofree char *modseq = strstr(profile_argument(command, 1), "HIGHESTMODSEQ") != NULL
                                  ? g_strdup_printf(" HIGHESTMODSEQ %" G_GUINT64_FORMAT, self->server->store->modseq)
                                  : g_strdup("");
    profile_line_say(self->line, "* STATUS %s (MESSAGES %u RECENT 0 UIDNEXT %u UIDVALIDITY %u UNSEEN %d%s)", name, folder->entries->len,
                     folder->uidnext, folder->uidvalidity, unseen_in(folder), modseq);
    profile_session_ok(self, command, "");
}

static void forget_folder(struct profile_session *self)
{
    self->folder = NULL;
    g_array_set_size(self->known, 0);
}

static void run_select(struct profile_session *self, const struct profile_command *command)
{
    forget_folder(self);
    struct profile_folder *folder = folder_or_no(self, command, profile_argument(command, 0));
    if (folder == NULL)
        return;
    self->folder = folder;
    self->is_read_only = strcmp(command->name, "EXAMINE") == 0;
    self->known_modseq = self->server->store->modseq;
    for (guint i = 0; i < folder->entries->len; i++)
        g_array_append_val(self->known, ((const struct profile_entry *)g_ptr_array_index(folder->entries, i))->uid);
    g_autofree char *flags = profile_get(self->server, "imap", "flags");
    const char *words = flags != NULL ? flags : "\\Seen \\Answered \\Flagged \\Deleted \\Draft";
    bool has_more = profile_get_flag(self->server, "imap", "keywords");
    profile_line_say(self->line, "* %u EXISTS\r\n* 0 RECENT\r\n* FLAGS (%s)", folder->entries->len, words);
    profile_line_say(self->line, "* OK [PERMANENTFLAGS (%s%s)] Permanent flags", words, has_more ? " \\*" : "");
    profile_line_say(self->line, "* OK [UIDVALIDITY %u] UIDVALIDITY value\r\n* OK [UIDNEXT %u] The next unique identifier value",
                     folder->uidvalidity, folder->uidnext);
    if (has_condstore(self) || profile_get_flag(self->server, "faults", "highestmodseq-without-condstore"))
        profile_line_say(self->line, "* OK [HIGHESTMODSEQ %" G_GUINT64_FORMAT "]", self->server->store->modseq);
    profile_session_ok(self, command, self->is_read_only ? "[READ-ONLY] " : "[READ-WRITE] ");
}

static void run_too_long(struct profile_session *self, const struct profile_command *command)
{
    say_no(self, command, "BAD Command Error. 10");
}

static void run_close(struct profile_session *self, const struct profile_command *command)
{
    forget_folder(self);
    profile_session_ok(self, command, "");
}

static void run_create(struct profile_session *self, const struct profile_command *command)
{
    if (profile_store_by_wire(self->server->store, profile_argument(command, 0)) != NULL) {
        say_no(self, command, "NO [ALREADYEXISTS] Duplicate folder name (Failure)");
        return;
    }
    profile_store_add_folder(self->server->store, profile_argument(command, 0), "", "");
    profile_session_ok(self, command, "");
}

static void run_delete(struct profile_session *self, const struct profile_command *command)
{
    struct profile_folder *folder = folder_or_no(self, command, profile_argument(command, 0));
    if (folder == NULL)
        return;
    if (*folder->role != '\0') {
        say_no(self, command, "NO [CANNOT] This folder cannot be deleted (Failure)");
        return;
    }
    g_ptr_array_remove(self->server->store->folders, folder); /* the tests have it selected nowhere */
    profile_session_ok(self, command, "");
}

static void run_rename(struct profile_session *self, const struct profile_command *command)
{
    struct profile_folder *folder = folder_or_no(self, command, profile_argument(command, 0));
    if (folder == NULL)
        return;
    g_free(folder->wire);
    g_free(folder->name);
    folder->wire = g_strdup(profile_argument(command, 1));
    folder->name = profile_from_wire(folder->wire);
    profile_session_ok(self, command, "");
}

static void run_subscribe(struct profile_session *self, const struct profile_command *command)
{
    struct profile_folder *folder = folder_or_no(self, command, profile_argument(command, 0));
    if (folder == NULL)
        return;
    folder->is_subscribed = strcmp(command->name, "SUBSCRIBE") == 0;
    profile_session_ok(self, command, "");
}

static void run_namespace(struct profile_session *self, const struct profile_command *command)
{
    profile_line_say(self->line, "* NAMESPACE ((\"\" \"/\")) NIL NIL");
    profile_session_ok(self, command, "");
}

static void run_enable(struct profile_session *self, const struct profile_command *command)
{
    g_autofree char *words = profile_arguments_from(command, 0);
    profile_line_say(self->line, "* ENABLED %s", words);
    profile_session_ok(self, command, "");
}

static void run_append(struct profile_session *self, const struct profile_command *command)
{
    struct profile_folder *folder = profile_store_by_wire(self->server->store, profile_argument(command, 0));
    g_autofree char *unknown = profile_get(self->server, "imap", "unknown-target");
    guint last = command->arguments->len - 1;
    const struct profile_argument *message = g_ptr_array_index(command->arguments, last);
    guint64 most = (guint64)profile_get_number(self->server, "limits", "append-size", 0);
    if (folder == NULL) {
        say_no(self, command, unknown != NULL ? unknown : "NO [TRYCREATE] Folder does not exist (Failure)");
        return;
    }
    if (most > 0 && message->text->len > most) {
        say_no(self, command, "NO [TOOBIG] Message too large. (Failure)");
        return;
    }
    unsigned flags = command->arguments->len > 2 ? profile_flags_of(profile_argument(command, 1)) : 0;
    struct profile_entry *entry = profile_store_append(self->server->store, folder, message->text->str, message->text->len, flags,
                                                       g_get_real_time() / G_USEC_PER_SEC);
    bool is_told = !profile_get_flag(self->server, "faults", "no-appenduid");
    g_autofree char *code = is_told ? g_strdup_printf("[APPENDUID %u %u] ", folder->uidvalidity, entry->uid) : g_strdup("");
    profile_session_ok(self, command, code);
}

/* --- news --- */
static void tell_expunged(struct profile_session *self)
{
    for (guint i = self->known->len; i-- > 0;) {
        if (profile_store_entry(self->folder, g_array_index(self->known, uint32_t, i)) != NULL)
            continue;
        profile_line_say(self->line, "* %u EXPUNGE", i + 1);
        g_array_remove_index(self->known, i);
    }
}

void profile_session_tell(struct profile_session *self)
{
    if (self->folder == NULL)
        return;
    tell_expunged(self);
    uint32_t last = self->known->len > 0 ? g_array_index(self->known, uint32_t, self->known->len - 1) : 0;
    guint before = self->known->len;
    for (guint i = 0; i < self->folder->entries->len; i++) {
        const struct profile_entry *entry = g_ptr_array_index(self->folder->entries, i);
        if (entry->uid > last)
            g_array_append_val(self->known, entry->uid);
        else if (entry->modseq > self->known_modseq) {
            g_autofree char *flags = profile_flags_text(entry->flags);
            profile_line_say(self->line, "* %u FETCH (UID %u FLAGS (%s))", i + 1, entry->uid, flags);
        }
    }
    if (self->known->len > before)
        profile_line_say(self->line, "* %u EXISTS", self->known->len);
    self->known_modseq = self->server->store->modseq;
}

static void run_idle(struct profile_session *self, const struct profile_command *command)
{
    g_autoptr(GString) text = g_string_new(NULL);
    gint64 begun = g_get_monotonic_time() / 1000;
    profile_line_say(self->line, "+ idling");
    while (profile_line_flush(self->line) && !profile_line_wait(self->line, IDLE_LOOK_MS)) {
        int longest = profile_get_number(self->server, "faults", "idle-dropped-after-ms", 0);
        if (self->line->is_dead)
            return;
        if (longest > 0 && g_get_monotonic_time() / 1000 - begun > longest) {
            g_autofree char *words = profile_get(self->server, "faults", "idle-dropped-words");
            if (words != NULL)
                profile_line_say(self->line, "%s", words);
            self->is_over = true;
            return;
        }
        pthread_mutex_lock(&self->server->mutex);
        profile_session_tell(self);
        pthread_mutex_unlock(&self->server->mutex);
    }
    if (!profile_line_read(self->line, text))
        return;
    profile_session_ok(self, command, "");
}

/* --- the table --- */
enum where { ANYWHERE, BEFORE, SIGNED_IN, SELECTED };
static const struct {
    const char *name;
    enum where where;
    bool is_locked; /* works on the store */
    void (*run)(struct profile_session *self, const struct profile_command *command);
} commands[] = {
    { "CAPABILITY", ANYWHERE, false, run_capability },
    { "NOOP", ANYWHERE, false, run_noop },
    { "TOO LONG", ANYWHERE, false, run_too_long },
    { "LOGOUT", ANYWHERE, false, run_logout },
    { "ID", ANYWHERE, false, run_id },
    { "STARTTLS", BEFORE, false, run_starttls },
    { "LOGIN", BEFORE, false, run_login },
    { "AUTHENTICATE", BEFORE, false, run_authenticate },
    { "NAMESPACE", SIGNED_IN, false, run_namespace },
    { "ENABLE", SIGNED_IN, false, run_enable },
    { "LIST", SIGNED_IN, true, run_list },
    { "LSUB", SIGNED_IN, true, run_list },
    { "XLIST", SIGNED_IN, true, run_list },
    { "STATUS", SIGNED_IN, true, run_status },
    { "SELECT", SIGNED_IN, true, run_select },
    { "EXAMINE", SIGNED_IN, true, run_select },
    { "CREATE", SIGNED_IN, true, run_create },
    { "DELETE", SIGNED_IN, true, run_delete },
    { "RENAME", SIGNED_IN, true, run_rename },
    { "SUBSCRIBE", SIGNED_IN, true, run_subscribe },
    { "UNSUBSCRIBE", SIGNED_IN, true, run_subscribe },
    { "APPEND", SIGNED_IN, true, run_append },
    { "IDLE", SIGNED_IN, false, run_idle },
    { "CHECK", SELECTED, false, run_noop },
    { "CLOSE", SELECTED, true, run_close },
    { "UNSELECT", SELECTED, true, run_close },
    { "FETCH", SELECTED, true, profile_mail_fetch },
    { "UID FETCH", SELECTED, true, profile_mail_fetch },
    { "STORE", SELECTED, true, profile_mail_store },
    { "UID STORE", SELECTED, true, profile_mail_store },
    { "COPY", SELECTED, true, profile_mail_copy },
    { "UID COPY", SELECTED, true, profile_mail_copy },
    { "UID MOVE", SELECTED, true, profile_mail_copy },
    { "SEARCH", SELECTED, true, profile_mail_search },
    { "UID SEARCH", SELECTED, true, profile_mail_search },
    { "EXPUNGE", SELECTED, true, profile_mail_expunge },
    { "UID EXPUNGE", SELECTED, true, profile_mail_expunge },
};

static bool is_in_place(const struct profile_session *self, enum where where)
{
    switch (where) {
    case ANYWHERE:
        return true;
    case BEFORE:
        return !self->is_in;
    case SIGNED_IN:
        return self->is_in;
    case SELECTED:
        return self->folder != NULL;
    }
    return false;
}

/* One off a number of the profile; what it was before. */
static int count_down(struct profile_session *self, const char *key)
{
    pthread_mutex_lock(&self->server->mutex);
    int left = profile_get_number(self->server, "limits", key, 0);
    g_autofree char *now = g_strdup_printf("%d", left - 1);
    if (left > 0)
        profile_set(self->server, "limits", key, now);
    pthread_mutex_unlock(&self->server->mutex);
    return left;
}

/* [limits] throttled = how many commands are only answered with throttle-imap, throttled-after = how many are answered before; throttle-imap-bye:
 * said after each. */
static bool is_throttled(struct profile_session *self, const struct profile_command *command)
{
    if (!self->is_in || strcmp(command->name, "LOGOUT") == 0 || count_down(self, "throttled-after") > 0 ||
        count_down(self, "throttled") <= 0)
        return false;
    g_autofree char *words = profile_get(self->server, "limits", "throttle-imap"),
                    *bye = profile_get(self->server, "limits", "throttle-imap-bye");
    say_no(self, command, words != NULL ? words : "NO [LIMIT] Too much");
    if (bye != NULL)
        profile_line_say(self->line, "* BYE %s", bye);
    self->is_over = bye != NULL;
    return true;
}

/* [refused] "uid move = BAD Command Error. 12": commands this service does not have, in its own words. */
static bool is_refused(struct profile_session *self, const struct profile_command *command)
{
    g_autofree char *key = g_ascii_strdown(command->name, -1), *words = NULL;
    g_strdelimit(key, " ", '-');
    words = profile_get(self->server, "refused", key);
    if (words != NULL)
        say_no(self, command, words);
    return words != NULL;
}

static void run_command(struct profile_session *self, const struct profile_command *command)
{
    g_autofree char *unknown = profile_get(self->server, "imap", "unknown-command");
    if (is_throttled(self, command) || is_refused(self, command))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(commands[i].name, command->name) != 0)
            continue;
        if (!is_in_place(self, commands[i].where)) {
            say_no(self, command, "BAD Command received in Invalid state.");
            return;
        }
        if (commands[i].is_locked)
            pthread_mutex_lock(&self->server->mutex);
        bool may_tell = commands[i].where == ANYWHERE || g_str_has_prefix(command->name, "UID ");
        if (commands[i].is_locked && may_tell && strstr(command->name, "MOVE") == NULL && strstr(command->name, "EXPUNGE") == NULL)
            profile_session_tell(self);
        commands[i].run(self, command);
        if (commands[i].is_locked)
            pthread_mutex_unlock(&self->server->mutex);
        return;
    }
    say_no(self, command, unknown != NULL ? unknown : "BAD Unknown command");
}

static void tell_before_noop(struct profile_session *self, const struct profile_command *command)
{
    if (strcmp(command->name, "NOOP") != 0 && strcmp(command->name, "CHECK") != 0)
        return;
    pthread_mutex_lock(&self->server->mutex);
    profile_session_tell(self);
    pthread_mutex_unlock(&self->server->mutex);
}

/* What the greeting says of capabilities belongs to the port. */
static void greet(struct profile_session *self)
{
    g_autofree char *greeting = profile_get(self->server, "imap", "greeting"), *words = capabilities(self);
    const char *list = greeting != NULL ? strstr(greeting, "[CAPABILITY ") : NULL, *end = list != NULL ? strchr(list, ']') : NULL;
    if (end != NULL)
        profile_line_say(self->line, "* OK [CAPABILITY %s%s", words, end);
    else
        profile_line_say(self->line, "%s", greeting != NULL ? greeting : "* OK ready");
}

void profile_imap(struct profile_line *line)
{
    struct profile_session self = { .line = line, .server = line->server, .known = g_array_new(FALSE, FALSE, sizeof(uint32_t)) };
    greet(&self);
    while (!self.is_over && profile_line_flush(line)) {
        struct profile_command *command = read_command(line);
        if (command == NULL)
            break;
        tell_before_noop(&self, command);
        run_command(&self, command);
        command_free(command);
    }
    g_array_unref(self.known);
}
