/* SPDX-License-Identifier: MIT */
/* Numbers and names of a maildrop: UIDL, or a hash of the header where there is no UIDL. */
#include "core/pop3_maildrop_private.h"
#include "net/limits.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define HEADER_BYTES_MAX (256u * 1024u)
#define FEW              64u /* so many names are asked for one by one; more are a listing */

void pop3_maildrop_init(struct pop3_maildrop *drop)
{
    *drop = (struct pop3_maildrop){ .names = g_ptr_array_new_with_free_func(g_free) };
}

void pop3_maildrop_clear(struct pop3_maildrop *drop)
{
    g_clear_pointer(&drop->names, g_ptr_array_unref);
}

void pop3_maildrop_forget(struct pop3_maildrop *drop)
{
    g_ptr_array_set_size(drop->names, 0);
    drop->told = drop->count = 0;
    drop->way = POP3_BY_UIDL;
}

void pop3_maildrop_remove(struct pop3_maildrop *drop, const GArray *numbers)
{
    GPtrArray *left = g_ptr_array_new_with_free_func(g_free);
    guint at = 0;
    if (drop->way == POP3_BY_NOTHING || drop->told < drop->count) {
        g_ptr_array_unref(left);
        pop3_maildrop_forget(drop);
        return;
    }
    for (guint i = 0; i < drop->names->len; i++) {
        if (at < numbers->len && g_array_index(numbers, uint32_t, at) == i + 1)
            at++;
        else
            g_ptr_array_add(left, g_steal_pointer(&g_ptr_array_index(drop->names, i)));
    }
    g_ptr_array_unref(drop->names);
    drop->names = left;
    drop->told = drop->count = left->len;
}

/* --- names --- */
/* RFC 1939: 1 to 70 characters from 0x21 to 0x7E. What is not is made so: any difference is a difference. */
static char *name_of_uidl(const char *uidl)
{
    size_t length = strcspn(uidl, " \t");
    bool is_plain = length <= net_limits.pop3_uidl_bytes;
    for (size_t i = 0; i < length; i++)
        is_plain = is_plain && uidl[i] > 0x20 && uidl[i] < 0x7f;
    if (length == 0)
        return NULL;
    if (is_plain)
        return g_strndup(uidl, length);
    g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)uidl, length);
    return g_strconcat("odd:", digest, NULL);
}

/* Servers and other programs keep their marks in these: they change while the message stays the same. */
static bool is_changing(const char *line)
{
    static const char *const names[] = { "Status:",
                                         "X-Status:",
                                         "X-UID:",
                                         "X-UIDL:",
                                         "X-Keywords:",
                                         "X-Mozilla-Status",
                                         "X-Evolution-Source:",
                                         "Lines:",
                                         "Content-Length:",
                                         "X-IMAPbase:",
                                         "X-Postern-Head-Only:" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strncasecmp(line, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
}

char *pop3_header_hash(const char *text, size_t length)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *header = g_strndup(text, MIN(length, HEADER_BYTES_MAX));
    const char *at = header;
    bool is_skipped = false;
    while (*at != '\0' && *at != '\n') {
        const char *end = strchrnul(at, '\n');
        bool is_continued = *at == ' ' || *at == '\t';
        is_skipped = is_continued ? is_skipped : is_changing(at);
        if (!is_skipped) {
            g_checksum_update(sum, (const guchar *)at, end - at);
            g_checksum_update(sum, (const guchar *)"\n", 1);
        }
        at = *end == '\n' ? end + 1 : end;
    }
    return g_strdup(g_checksum_get_string(sum));
}

bool pop3_header_is_telling(const char *header)
{
    static const char *const fields[] = { "Message-ID:", "Received:" };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const char *found = strcasestr(header, fields[i]);
        if (found != NULL && (found == header || found[-1] == '\n'))
            return true;
    }
    return false;
}

static char *raw_name(const struct pop3_maildrop *drop, uint32_t number)
{
    return number > 0 && number <= drop->names->len ? g_ptr_array_index(drop->names, number - 1) : NULL;
}

static void set_name(struct pop3_maildrop *drop, uint32_t number, char *name /* taken */)
{
    char **slot = (char **)&g_ptr_array_index(drop->names, number - 1);
    g_free(*slot);
    *slot = name;
    drop->learned++;
}

static char *without_place(const char *name)
{
    return g_strndup(name, strcspn(name, "\t"));
}

/* A name twice makes both worthless until something else is added to them: their place among equals. */
static void make_unique(struct pop3_maildrop *drop)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < drop->names->len; i++) {
        char **slot = (char **)&g_ptr_array_index(drop->names, i);
        for (unsigned place = 2; *slot != NULL && g_hash_table_contains(seen, *slot); place++) {
            g_autofree char *taken = *slot, *bare = without_place(taken);
            *slot = g_strdup_printf("%s\t%u", bare, place);
        }
        if (*slot != NULL)
            g_hash_table_add(seen, *slot);
    }
}

const char *pop3_maildrop_name(const struct pop3_maildrop *drop, uint32_t number)
{
    return raw_name(drop, number);
}

void pop3_maildrop_set_name(struct pop3_maildrop *drop, uint32_t number, const char *name)
{
    set_name(drop, number, g_strdup(name));
}

/* --- one by one --- */
static bool take_header(void *data, const char *bytes, size_t length, GError **error)
{
    GString *text = data;
    (void)error;
    g_string_append_len(text, bytes, (gssize)MIN(length, HEADER_BYTES_MAX - MIN(text->len, HEADER_BYTES_MAX)));
    return true;
}

/* NULL where the header is one that others may have as well: such a message must be seen whole each time. */
static bool read_top_name(pop3_client *client, char **name_out, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (!pop3_client_read_text(client, take_header, text, error))
        return false;
    g_autofree char *hash = pop3_header_hash(text->str, text->len);
    *name_out = pop3_header_is_telling(text->str) ? g_strconcat("top:", hash, NULL) : NULL;
    return true;
}

static char *name_of_reply(const struct pop3_reply *reply, uint32_t number)
{
    uint32_t said = 0;
    const char *rest = reply->status == POP3_OK ? pop3_number_parse(reply->text, &said) : NULL;
    return rest != NULL && said == number ? name_of_uidl(rest) : NULL;
}

static bool ask_name(const struct pop3_maildrop *drop, pop3_client *client, uint32_t number, GError **error)
{
    return pop3_client_send(client, error, drop->way == POP3_BY_TOP ? "TOP %u 0" : "UIDL %u", number);
}

/* *name_out NULL: the server has none to tell. */
static bool read_name(const struct pop3_maildrop *drop, pop3_client *client, uint32_t number, char **name_out, bool *is_answered_out,
                      GError **error)
{
    struct pop3_reply reply = { 0 };
    *name_out = NULL;
    bool is_read = pop3_client_read_reply(client, &reply, error);
    if (is_answered_out != NULL)
        *is_answered_out = is_read && reply.status == POP3_OK;
    if (is_read && drop->way == POP3_BY_UIDL)
        *name_out = name_of_reply(&reply, number);
    else if (is_read && reply.status == POP3_OK)
        is_read = read_top_name(client, name_out, error);
    pop3_reply_clear(&reply);
    return is_read;
}

bool pop3_maildrop_is_reply_right(const struct pop3_maildrop *drop, uint32_t number, const struct pop3_reply *reply)
{
    const char *known = raw_name(drop, number);
    g_autofree char *name = name_of_reply(reply, number), *wanted = known != NULL ? without_place(known) : NULL;
    return g_strcmp0(name, wanted) == 0;
}

bool pop3_maildrop_verify(const struct pop3_maildrop *drop, pop3_client *client, const GArray *numbers, bool *is_same_out, GError **error)
{
    guint sent = 0;
    *is_same_out = true;
    for (guint i = 0; i < numbers->len; i++) {
        for (; sent < numbers->len && sent < i + pop3_client_window(client); sent++) {
            if (!ask_name(drop, client, g_array_index(numbers, uint32_t, sent), error))
                return false;
        }
        uint32_t number = g_array_index(numbers, uint32_t, i);
        const char *known = raw_name(drop, number);
        g_autofree char *name = NULL, *wanted = known != NULL ? without_place(known) : NULL;
        if (!read_name(drop, client, number, &name, NULL, error))
            return false;
        *is_same_out = *is_same_out && g_strcmp0(name, wanted) == 0;
    }
    return true;
}

/* From told on. */
static bool ask_rest(struct pop3_maildrop *drop, pop3_client *client, GError **error)
{
    uint32_t sent = drop->told;
    while (drop->told < drop->count) {
        char *name = NULL;
        for (; sent < drop->count && sent < drop->told + pop3_client_window(client); sent++) {
            if (!ask_name(drop, client, sent + 1, error))
                return false;
        }
        if (!read_name(drop, client, drop->told + 1, &name, NULL, error))
            return false;
        set_name(drop, drop->told + 1, name);
        drop->told++;
    }
    return true;
}

/* --- the listing --- */
/* False: a number that is none of this maildrop's. STAT may have said less than there is: each next one is one more. */
static bool note_listed(struct pop3_maildrop *drop, uint32_t number)
{
    if (number == drop->names->len + 1 && number <= net_limits.pop3_messages) {
        g_ptr_array_add(drop->names, NULL);
        drop->count = number;
    }
    if (number > drop->names->len)
        return false;
    drop->listed = MAX(drop->listed, number);
    return true;
}

static void take_uidl_line(void *data, const char *line)
{
    struct pop3_maildrop *drop = data;
    uint32_t number = 0;
    const char *rest = pop3_number_parse(line, &number);
    if (rest == NULL || !note_listed(drop, number))
        return;
    char *name = name_of_uidl(rest);
    if (name != NULL)
        set_name(drop, number, name);
}

static void take_list_line(void *data, const char *line)
{
    uint32_t number = 0;
    if (pop3_number_parse(line, &number) != NULL)
        note_listed(data, number);
}

/* True: all of it was read. *is_known_out: the server knows this command. */
static bool read_listing(struct pop3_maildrop *drop, pop3_client *client, const char *command, pop3_take_line *take, bool *is_known_out,
                         GError **error)
{
    struct pop3_reply reply = { 0 };
    bool is_read = pop3_client_ask(client, &reply, error, "%s", command);
    *is_known_out = is_read && reply.status == POP3_OK;
    pop3_reply_clear(&reply);
    drop->listed = 0;
    if (!*is_known_out)
        return is_read;
    if (!pop3_client_read_lines(client, take, drop, error))
        return false;
    drop->count = drop->listed; /* what STAT said beyond it is not there */
    g_ptr_array_set_size(drop->names, (gint)drop->count);
    return true;
}

static void count_told(struct pop3_maildrop *drop)
{
    while (drop->told < drop->count && raw_name(drop, drop->told + 1) != NULL)
        drop->told++;
}

/* No UIDL: by the header, if TOP works. */
static bool find_other_way(struct pop3_maildrop *drop, pop3_client *client, GError **error)
{
    char *name = NULL;
    bool is_answered = false;
    drop->way = POP3_BY_TOP;
    if (drop->count == 0)
        return true;
    if (!ask_name(drop, client, 1, error) || !read_name(drop, client, 1, &name, &is_answered, error))
        return false;
    if (!is_answered)
        drop->way = POP3_BY_NOTHING;
    g_free(name);
    return true;
}

static bool list_names(struct pop3_maildrop *drop, pop3_client *client, GError **error)
{
    bool has_uidl = false, has_list = false;
    bool is_read = read_listing(drop, client, "UIDL", take_uidl_line, &has_uidl, error);
    if (!is_read || has_uidl) {
        count_told(drop); /* of a listing that was cut, what came counts */
        return is_read;
    }
    return read_listing(drop, client, "LIST", take_list_line, &has_list, error) && find_other_way(drop, client, error);
}

/* --- reading --- */
static bool read_stat(struct pop3_maildrop *drop, pop3_client *client, GError **error)
{
    struct pop3_reply reply = { 0 };
    uint32_t count = 0;
    uint64_t bytes = 0;
    /* Two in one piece, where each answer says whose it is: a server that says PIPELINING and loses the second falls silent here, and not later, where
     * it would give one message for another. */
    bool is_ahead = pop3_client_window(client) > 1;
    if (is_ahead && (!pop3_client_send(client, error, "NOOP") || !pop3_client_send(client, error, "STAT") ||
                     !pop3_client_read_reply(client, &reply, error) || !pop3_client_read_reply(client, &reply, error)))
        return false;
    if (!is_ahead && !pop3_client_ask(client, &reply, error, "STAT"))
        return false;
    bool is_good = reply.status == POP3_OK;
    if (is_good && !pop3_size_parse(reply.text, &count, &bytes))
        count = 0; /* none, or nonsense: the listing will tell */
    if (!is_good) {
        g_autofree char *words = pop3_reply_words(&reply);
        g_set_error(error, NET_ERROR, NET_ERROR_REFUSED, _("%s does not say how many messages there are. It says: %s"),
                    net_stream_host(pop3_client_stream(client)), words);
    }
    drop->count = (uint32_t)MIN(count, net_limits.pop3_messages);
    drop->bytes = bytes;
    pop3_reply_clear(&reply);
    return is_good;
}

/* New mail is appended, and numbers move when something was taken away: if the first, the middle and the last name known are where they were,
 * all are. */
static bool is_as_before(struct pop3_maildrop *drop, pop3_client *client, bool *is_same_out, GError **error)
{
    const uint32_t probes[] = { 1, drop->told / 2 + 1, drop->told };
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    *is_same_out = false;
    if (drop->told == 0 || drop->told > drop->count || drop->way == POP3_BY_NOTHING)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(probes); i++) {
        if (probes[i] <= drop->told)
            g_array_append_val(numbers, probes[i]);
    }
    return pop3_maildrop_verify(drop, client, numbers, is_same_out, error);
}

/* What is not known yet: a listing, or one by one where that is less. */
static bool read_names(struct pop3_maildrop *drop, pop3_client *client, GError **error)
{
    bool is_cheap = drop->told > 0 && (pop3_client_window(client) > 1 || drop->count - drop->told <= FEW);
    if (drop->way == POP3_BY_UIDL && !is_cheap) {
        drop->told = 0;
        if (!list_names(drop, client, error))
            return false;
    }
    return drop->way == POP3_BY_NOTHING || ask_rest(drop, client, error);
}

bool pop3_maildrop_is_numbered(const struct pop3_maildrop *drop)
{
    bool is_numbered = drop->way == POP3_BY_UIDL && drop->count > 0;
    for (uint32_t number = 1; is_numbered && number <= drop->count; number++) {
        const char *name = raw_name(drop, number);
        is_numbered = name != NULL && g_ascii_isdigit(*name) && strspn(name, "0123456789") == strlen(name) &&
                      g_ascii_strtoull(name, NULL, 10) == number;
    }
    return is_numbered;
}

bool pop3_maildrop_read_headers(struct pop3_maildrop *drop, pop3_client *client, GError **error)
{
    uint32_t count = drop->count;
    pop3_maildrop_forget(drop);
    drop->count = count;
    g_ptr_array_set_size(drop->names, (gint)count);
    if (!find_other_way(drop, client, error) || (drop->way == POP3_BY_TOP && !ask_rest(drop, client, error)))
        return false;
    make_unique(drop);
    drop->is_verified = true;
    return true;
}

bool pop3_maildrop_read(struct pop3_maildrop *drop, pop3_client *client, GError **error)
{
    bool is_same = false;
    drop->is_verified = false;
    if (!read_stat(drop, client, error) || !is_as_before(drop, client, &is_same, error))
        return false;
    if (!is_same) {
        uint32_t count = drop->count;
        pop3_maildrop_forget(drop);
        drop->count = count;
    }
    g_ptr_array_set_size(drop->names, (gint)drop->count);
    if ((drop->told < drop->count || drop->told == 0) && !read_names(drop, client, error))
        return false;
    make_unique(drop);
    drop->is_verified = !is_same;
    return true;
}
