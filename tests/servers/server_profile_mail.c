/* SPDX-License-Identifier: MIT */
/* IMAP of a provider profile: what is done to the messages of the selected folder. The caller holds the lock. */
#include "tests/servers/server_profile_imap.h"
#include <string.h>

static bool is_uid(const struct profile_command *command)
{
    return g_str_has_prefix(command->name, "UID ");
}

static uint32_t set_number(const char *text, uint32_t highest)
{
    return *text == '*' ? highest : (uint32_t)g_ascii_strtoull(text, NULL, 10);
}

static bool is_in_set(const char *set, uint32_t number, uint32_t highest)
{
    g_auto(GStrv) parts = g_strsplit(set, ",", -1);
    for (char **part = parts; *part != NULL; part++) {
        const char *colon = strchr(*part, ':');
        uint32_t first = set_number(*part, highest), last = colon != NULL ? set_number(colon + 1, highest) : first;
        if (number >= MIN(first, last) && number <= MAX(first, last))
            return true;
    }
    return false;
}

/* The entries that the command's set means, with their sequence numbers (from 1) in the same order. */
static GPtrArray *chosen(const struct profile_session *self, const struct profile_command *command, const char *set, GArray *numbers)
{
    GPtrArray *entries = g_ptr_array_new();
    uint32_t count = self->known->len, highest = count > 0 ? g_array_index(self->known, uint32_t, count - 1) : 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t uid = g_array_index(self->known, uint32_t, i), sequence = i + 1;
        if (!(is_uid(command) ? is_in_set(set, uid, highest) : is_in_set(set, sequence, count)))
            continue;
        struct profile_entry *entry = profile_store_entry(self->folder, uid);
        if (entry == NULL)
            continue;
        g_ptr_array_add(entries, entry);
        if (numbers != NULL)
            g_array_append_val(numbers, sequence);
    }
    return entries;
}

/* --- FETCH --- */
struct fetching {
    struct profile_session *session;
    struct profile_entry *entry;
    const char *bytes;
    gsize size;
    GString *out;
    bool is_seen; /* BODY[] without PEEK */
};

static char *fault_for(const struct fetching *self, const char *key)
{
    g_autofree char *subject = profile_header(self->bytes, self->size, "Subject"),
                    *word = profile_get(self->session->server, "faults", "subject");
    if (word != NULL && (subject == NULL || strstr(subject, word) == NULL))
        return NULL; /* only messages with that word have it */
    return profile_get(self->session->server, "faults", key);
}

static void put_literal(struct fetching *self, const char *name, const void *bytes, size_t size)
{
    g_string_append_printf(self->out, "%s {%zu}\r\n", name, size);
    g_string_append_len(self->out, bytes, (gssize)size);
}

/* "BODY.PEEK[1.2]<0.100>" */
static void put_section(struct fetching *self, const char *item)
{
    const char *open = strchr(item, '['), *close = strrchr(item, ']');
    g_autofree char *section = g_strndup(open + 1, (gsize)(close - open - 1)), *name = NULL;
    g_autoptr(GByteArray) found = profile_section(self->bytes, self->size, section);
    gsize offset = 0, length = found != NULL ? found->len : 0;
    self->is_seen |= g_ascii_strncasecmp(item, "BODY[", 5) == 0;
    if (close[1] == '<') {
        char *end = NULL;
        offset = (gsize)g_ascii_strtoull(close + 2, &end, 10);
        gsize most = *end == '.' ? (gsize)g_ascii_strtoull(end + 1, NULL, 10) : G_MAXSIZE;
        offset = MIN(offset, length);
        length = MIN(most, length - offset);
        name = g_strdup_printf("BODY[%s]<%zu>", section, offset);
    } else {
        name = g_strdup_printf("BODY[%s]", section);
    }
    if (found == NULL)
        g_string_append_printf(self->out, "%s NIL", name);
    else
        put_literal(self, name, found->data + offset, length);
}

static void put_date(struct fetching *self)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(self->entry->message->date);
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    g_autofree char *rest = g_date_time_format(date, "%Y %H:%M:%S +0000");
    g_string_append_printf(self->out, "INTERNALDATE \"%02d-%s-%s\"", g_date_time_get_day_of_month(date),
                           months[g_date_time_get_month(date) - 1], rest);
}

static void put_labels(struct fetching *self)
{
    const struct profile_store *store = self->session->server->store;
    GString *labels = g_string_new(NULL);
    for (guint i = 0; i < store->folders->len; i++) {
        const struct profile_folder *folder = g_ptr_array_index(store->folders, i);
        bool has = false;
        for (guint k = 0; k < folder->entries->len; k++)
            has |= ((const struct profile_entry *)g_ptr_array_index(folder->entries, k))->message == self->entry->message;
        if (!has || folder == self->session->folder || strcmp(folder->role, "all") == 0)
            continue;
        g_string_append_printf(labels, "%s\"%s%s\"", labels->len > 0 ? " " : "", *folder->role != '\0' ? "\\\\" : "",
                               *folder->role != '\0' ? folder->role : folder->wire);
    }
    g_string_append_printf(self->out, "X-GM-LABELS (%s)", labels->str);
    g_string_free(labels, TRUE);
}

static void put_structure(struct fetching *self)
{
    g_autofree char *fault = fault_for(self, "bodystructure"), *text = profile_bodystructure(self->bytes, self->size, fault);
    g_string_append_printf(self->out, "BODYSTRUCTURE %s", text);
}

static void put_whole(struct fetching *self, const char *name)
{
    bool is_empty = profile_get_flag(self->session->server, "faults", "rfc822-empty");
    if (is_empty)
        g_string_append_printf(self->out, "%s NIL", name);
    else
        put_literal(self, name, self->bytes, self->size);
}

static void put_size(struct fetching *self)
{
    g_autofree char *more = fault_for(self, "size-plus");
    g_string_append_printf(self->out, "RFC822.SIZE %" G_GINT64_FORMAT,
                           (gint64)self->size + (more != NULL ? g_ascii_strtoll(more, NULL, 10) : 0));
}

static void put_item(struct fetching *self, const char *item)
{
    const struct profile_entry *entry = self->entry;
    if (self->out->str[self->out->len - 1] != '(')
        g_string_append_c(self->out, ' ');
    if (g_ascii_strncasecmp(item, "BODY[", 5) == 0 || g_ascii_strncasecmp(item, "BODY.PEEK[", 10) == 0) {
        put_section(self, item);
    } else if (g_ascii_strcasecmp(item, "UID") == 0) {
        g_string_append_printf(self->out, "UID %u", entry->uid);
    } else if (g_ascii_strcasecmp(item, "FLAGS") == 0) {
        g_autofree char *flags = profile_flags_text(entry->flags);
        g_string_append_printf(self->out, "FLAGS (%s)", flags);
    } else if (g_ascii_strcasecmp(item, "INTERNALDATE") == 0) {
        put_date(self);
    } else if (g_ascii_strcasecmp(item, "RFC822.SIZE") == 0) {
        put_size(self);
    } else if (g_ascii_strcasecmp(item, "ENVELOPE") == 0) {
        g_autofree char *envelope = profile_envelope(self->bytes, self->size);
        g_string_append_printf(self->out, "ENVELOPE %s", envelope);
    } else if (g_ascii_strcasecmp(item, "BODYSTRUCTURE") == 0) {
        put_structure(self);
    } else if (g_ascii_strcasecmp(item, "RFC822") == 0) {
        put_whole(self, "RFC822");
    } else if (g_ascii_strcasecmp(item, "MODSEQ") == 0) {
        g_string_append_printf(self->out, "MODSEQ (%" G_GUINT64_FORMAT ")", entry->modseq);
    } else if (g_ascii_strcasecmp(item, "X-GM-MSGID") == 0 || g_ascii_strcasecmp(item, "X-GM-THRID") == 0) {
        g_string_append_printf(self->out, "%s %" G_GUINT64_FORMAT, item, entry->message->id);
    } else if (g_ascii_strcasecmp(item, "X-GM-LABELS") == 0) {
        put_labels(self);
    }
}

/* The items of "(A B[C (D)]<0.5> E)" or of one alone. */
static GPtrArray *items_of(const char *list)
{
    GPtrArray *items = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *inside = *list == '(' ? g_strndup(list + 1, strlen(list) - 2) : g_strdup(list);
    for (const char *at = inside; *at != '\0';) {
        int depth = 0;
        const char *start = at;
        for (; *at != '\0' && (depth > 0 || *at != ' '); at++)
            depth += (*at == '[' || *at == '(') - (*at == ']' || *at == ')');
        if (at > start)
            g_ptr_array_add(items, g_strndup(start, (gsize)(at - start)));
        at += *at == ' ';
    }
    return items;
}

static void fetch_one(struct profile_session *self, const struct profile_command *command, struct profile_entry *entry, uint32_t number,
                      const GPtrArray *items)
{
    struct fetching fetching = { .session = self, .entry = entry, .out = g_string_new(NULL) };
    fetching.bytes = g_bytes_get_data(entry->message->bytes, &fetching.size);
    g_string_printf(fetching.out, "* %u FETCH (", number);
    bool has_uid = false;
    for (guint i = 0; i < items->len; i++) {
        has_uid |= g_ascii_strcasecmp(g_ptr_array_index(items, i), "UID") == 0;
        put_item(&fetching, g_ptr_array_index(items, i));
    }
    if (is_uid(command) && !has_uid)
        put_item(&fetching, "UID");
    g_string_append(fetching.out, ")\r\n");
    profile_line_say_bytes(self->line, fetching.out->str, fetching.out->len);
    g_string_free(fetching.out, TRUE);
    if (fetching.is_seen && !self->is_read_only)
        profile_store_set_flags(self->server->store, self->folder, entry, entry->flags | PROFILE_SEEN);
}

/* A message that the service cannot turn into MIME: [faults] unconvertible = a word of its subject. */
static bool is_unconvertible(const struct profile_session *self, const struct profile_entry *entry, const char *items)
{
    g_autofree char *word = profile_get(self->server, "faults", "unconvertible");
    gsize size = 0;
    const char *bytes = g_bytes_get_data(entry->message->bytes, &size);
    g_autofree char *subject = profile_header(bytes, size, "Subject");
    return word != NULL && subject != NULL && strstr(subject, word) != NULL && strstr(items, "BODY") != NULL &&
           strstr(items, "HEADER") == NULL;
}

void profile_mail_fetch(struct profile_session *self, const struct profile_command *command)
{
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GPtrArray) entries = chosen(self, command, profile_argument(command, 0), numbers),
                         items = items_of(profile_argument(command, 1));
    g_autofree char *modifiers = profile_arguments_from(command, 2);
    const char *since = strstr(modifiers, "CHANGEDSINCE ");
    uint64_t modseq = since != NULL ? g_ascii_strtoull(since + 13, NULL, 10) : 0;
    bool is_broken = false;
    if (since != NULL)
        g_ptr_array_add(items, g_strdup("MODSEQ"));
    for (guint i = 0; i < entries->len; i++) {
        struct profile_entry *entry = g_ptr_array_index(entries, i);
        if (is_unconvertible(self, entry, profile_argument(command, 1)))
            is_broken = true;
        else if (since == NULL || entry->modseq > modseq)
            fetch_one(self, command, entry, g_array_index(numbers, uint32_t, i), items);
    }
    if (is_broken)
        profile_line_say(self->line, "%s NO The requested message could not be converted to an RFC-822 compatible format.", command->tag);
    else
        profile_session_ok(self, command, "");
}

/* --- STORE --- */
void profile_mail_store(struct profile_session *self, const struct profile_command *command)
{
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GPtrArray) entries = chosen(self, command, profile_argument(command, 0), numbers);
    g_autofree char *list = profile_arguments_from(command, 2);
    const char *how = profile_argument(command, 1);
    unsigned flags = profile_flags_of(list);
    for (guint i = 0; i < entries->len && !self->is_read_only; i++) {
        struct profile_entry *entry = g_ptr_array_index(entries, i);
        unsigned now = *how == '+' ? entry->flags | flags : *how == '-' ? entry->flags & ~flags : flags;
        profile_store_set_flags(self->server->store, self->folder, entry, now);
        g_autofree char *text = profile_flags_text(now);
        if (strstr(how, "SILENT") == NULL)
            profile_line_say(self->line, "* %u FETCH (UID %u FLAGS (%s))", g_array_index(numbers, uint32_t, i), entry->uid, text);
    }
    self->known_modseq = self->server->store->modseq;
    profile_session_ok(self, command, "");
}

/* --- COPY, MOVE, EXPUNGE --- */
static void tell_gone(struct profile_session *self, uint32_t uid)
{
    for (guint i = 0; i < self->known->len; i++) {
        if (g_array_index(self->known, uint32_t, i) != uid)
            continue;
        profile_line_say(self->line, "* %u EXPUNGE", i + 1);
        g_array_remove_index(self->known, i);
        return;
    }
}

static void append_number(GString *list, uint32_t number)
{
    g_string_append_printf(list, "%s%u", list->len > 0 ? "," : "", number);
}

void profile_mail_copy(struct profile_session *self, const struct profile_command *command)
{
    struct profile_folder *target = profile_store_by_wire(self->server->store, profile_argument(command, 1));
    g_autofree char *unknown = profile_get(self->server, "imap", "unknown-target");
    bool is_move = strstr(command->name, "MOVE") != NULL, has_uids = !profile_get_flag(self->server, "faults", "no-copyuid");
    if (target == NULL) {
        profile_line_say(self->line, "%s %s", command->tag,
                         unknown != NULL ? unknown : "NO [TRYCREATE] No folder with that name (Failure)");
        return;
    }
    g_autoptr(GPtrArray) entries = chosen(self, command, profile_argument(command, 0), NULL);
    g_autoptr(GArray) gone = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GString) from = g_string_new(NULL), to = g_string_new(NULL);
    for (guint i = 0; i < entries->len; i++) {
        struct profile_entry *entry = g_ptr_array_index(entries, i);
        uint32_t uid = entry->uid;
        append_number(from, uid);
        append_number(to, profile_store_copy(self->server->store, self->folder, entry, target, is_move)->uid);
        if (profile_store_entry(self->folder, uid) == NULL)
            g_array_append_val(gone, uid);
    }
    g_autofree char *code =
        has_uids && from->len > 0 ? g_strdup_printf("[COPYUID %u %s %s] ", target->uidvalidity, from->str, to->str) : g_strdup("");
    if (is_move && *code != '\0')
        profile_line_say(self->line, "* OK %s", code);
    for (guint i = 0; i < gone->len; i++)
        tell_gone(self, g_array_index(gone, uint32_t, i));
    profile_session_ok(self, command, is_move ? "" : code);
}

void profile_mail_expunge(struct profile_session *self, const struct profile_command *command)
{
    uint32_t highest = self->known->len > 0 ? g_array_index(self->known, uint32_t, self->known->len - 1) : 0;
    for (guint i = self->folder->entries->len; i-- > 0;) {
        struct profile_entry *entry = g_ptr_array_index(self->folder->entries, i);
        uint32_t uid = entry->uid;
        if (!(entry->flags & PROFILE_DELETED) || (is_uid(command) && !is_in_set(profile_argument(command, 0), uid, highest)))
            continue;
        profile_store_expunge(self->server->store, self->folder, entry);
        if (profile_store_entry(self->folder, uid) == NULL)
            tell_gone(self, uid);
    }
    profile_session_ok(self, command, "");
}

/* --- SEARCH: what mail programs ask for when they look for one message, or for all --- */
static bool is_found(const struct profile_session *self, const struct profile_command *command, const struct profile_entry *entry, guint at)
{
    gsize size = 0;
    const char *bytes = g_bytes_get_data(entry->message->bytes, &size);
    uint32_t highest = self->known->len > 0 ? g_array_index(self->known, uint32_t, self->known->len - 1) : 0;
    for (; at < command->arguments->len; at++) {
        const char *key = profile_argument(command, at);
        bool is_good = true;
        if (g_ascii_strcasecmp(key, "DELETED") == 0)
            is_good = (entry->flags & PROFILE_DELETED) != 0;
        else if (g_ascii_strcasecmp(key, "UNSEEN") == 0)
            is_good = !(entry->flags & PROFILE_SEEN);
        else if (g_ascii_strcasecmp(key, "UID") == 0)
            is_good = is_in_set(profile_argument(command, ++at), entry->uid, highest);
        else if (g_ascii_strcasecmp(key, "HEADER") == 0) {
            g_autofree char *value = profile_header(bytes, size, profile_argument(command, at + 1));
            g_autofree char *low = g_ascii_strdown(value != NULL ? value : "", -1),
                            *wanted = g_ascii_strdown(profile_argument(command, at + 2), -1);
            is_good = value != NULL && strstr(low, wanted) != NULL;
            at += 2;
        }
        if (!is_good)
            return false;
    }
    return true;
}

void profile_mail_search(struct profile_session *self, const struct profile_command *command)
{
    bool is_extended = strcmp(profile_argument(command, 0), "RETURN") == 0;
    g_autoptr(GString) numbers = g_string_new(NULL);
    for (guint i = 0; i < self->known->len; i++) {
        uint32_t uid = g_array_index(self->known, uint32_t, i);
        const struct profile_entry *entry = profile_store_entry(self->folder, uid);
        if (entry == NULL || !is_found(self, command, entry, is_extended ? 2 : 0))
            continue;
        g_string_append_printf(numbers, "%s%u", numbers->len > 0 ? (is_extended ? "," : " ") : "", is_uid(command) ? uid : i + 1);
    }
    if (is_extended && numbers->len > 0)
        profile_line_say(self->line, "* ESEARCH (TAG \"%s\")%s ALL %s", command->tag, is_uid(command) ? " UID" : "", numbers->str);
    else if (is_extended)
        profile_line_say(self->line, "* ESEARCH (TAG \"%s\")%s", command->tag, is_uid(command) ? " UID" : "");
    else
        profile_line_say(self->line, "* SEARCH%s%s", numbers->len > 0 ? " " : "", numbers->str);
    profile_session_ok(self, command, "");
}
