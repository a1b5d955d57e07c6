/* SPDX-License-Identifier: MIT */
/* Who is let in, and with which words the others are sent away: PLAIN, LOGIN, XOAUTH2, OAUTHBEARER and NTLMv2 from the server's side. */
#include "tests/servers/server_profile_private.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <string.h>

/* --- passwords and tokens --- */
static bool is_one_of(const char *list, const char *word)
{
    g_auto(GStrv) words = g_strsplit(list != NULL ? list : "", " ", -1);
    for (char **one = words; *one != NULL; one++) {
        if (g_ascii_strcasecmp(*one, word) == 0)
            return true;
    }
    return false;
}

/* "users-smtp" where sending wants another name than reading. */
static bool is_user(const struct profile_line *line, const char *user)
{
    g_autofree char *users = line->cell->protocol == 's' ? profile_get(line->server, "sign-in", "users-smtp") : NULL;
    if (users == NULL)
        users = profile_get(line->server, "sign-in", "users");
    return is_one_of(users, user);
}

/* Google shows app passwords in groups of four; with the spaces or without, both are taken. */
static char *without_spaces(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", -1);
    return g_strjoinv("", parts);
}

enum profile_verdict profile_check_password(const struct profile_line *line, const char *user, const char *password)
{
    profile_server *self = line->server;
    g_autofree char *good = profile_get(self, "sign-in", "password"), *normal = profile_get(self, "sign-in", "normal-password");
    g_autofree char *closed = profile_get(self, "sign-in", "passwords-off");
    if (!is_user(line, user))
        return PROFILE_WRONG;
    if (closed != NULL || g_strcmp0(password, normal) == 0)
        return PROFILE_NORMAL;
    if (good == NULL)
        return PROFILE_WRONG;
    g_autofree char *bare = without_spaces(good), *given = without_spaces(password);
    bool is_spaced = profile_get_flag(self, "sign-in", "password-spaces-ignored");
    return strcmp(password, good) == 0 || (is_spaced && strcmp(given, bare) == 0) ? PROFILE_GOOD : PROFILE_WRONG;
}

static enum profile_verdict check_token(const struct profile_line *line, const char *user, const char *token)
{
    g_autofree char *good = profile_get(line->server, "sign-in", "token");
    return is_user(line, user) && g_strcmp0(token, good) == 0 ? PROFILE_GOOD : PROFILE_BAD_TOKEN;
}

char *profile_refusal(profile_server *self, enum profile_verdict verdict, const char *protocol)
{
    static const char *const words[] = { [PROFILE_WRONG] = "wrong", [PROFILE_NORMAL] = "normal", [PROFILE_BAD_TOKEN] = "bad-token" };
    g_autofree char *key = g_strdup_printf("%s-%s", words[verdict], protocol), *otherwise = g_strdup_printf("wrong-%s", protocol);
    char *text = profile_get(self, "sign-in", key);
    return text != NULL ? text : profile_get(self, "sign-in", otherwise);
}

bool profile_enter(struct profile_line *line)
{
    profile_server *self = line->server;
    g_autofree char *key = g_strdup_printf("%s-connections", line->cell->protocol == 'i'   ? "imap"
                                                             : line->cell->protocol == 'p' ? "pop3"
                                                                                           : "smtp");
    int most = profile_get_number(self, "limits", key, 1000), now = 0;
    pthread_mutex_lock(&self->mutex);
    for (guint i = 0; i < self->lines->len; i++) {
        const struct profile_line *other = g_ptr_array_index(self->lines, i);
        now += other->is_counted && other->cell->protocol == line->cell->protocol;
    }
    line->is_counted = now < most;
    self->open_most = MAX(self->open_most, now + line->is_counted);
    pthread_mutex_unlock(&self->mutex);
    return line->is_counted;
}

/* --- mechanisms --- */
static char *decode(const char *base64, gsize *size_out)
{
    gsize size = 0;
    g_autofree guchar *bytes = g_base64_decode(strcmp(base64, "=") == 0 ? "" : base64, &size);
    *size_out = size;
    char *text = g_malloc0(size + 2);
    if (size > 0)
        memcpy(text, bytes, size);
    return text;
}

static enum profile_verdict plain(struct profile_asker *asker, const char *initial)
{
    g_autoptr(GString) answer = g_string_new(initial);
    gsize size = 0;
    if (initial == NULL && !asker->ask(asker->line, "", answer))
        return PROFILE_WRONG;
    g_autofree char *text = decode(answer->str, &size);
    size_t identity = strlen(text);
    const char *user = identity < size ? text + identity + 1 : "";
    const char *password = identity + 1 + strlen(user) < size ? user + strlen(user) + 1 : "";
    return profile_check_password(asker->line, user, password);
}

static enum profile_verdict login(struct profile_asker *asker, const char *initial)
{
    g_autoptr(GString) user = g_string_new(initial), password = g_string_new(NULL);
    gsize size = 0;
    if ((initial == NULL && !asker->ask(asker->line, "VXNlcm5hbWU6", user)) || !asker->ask(asker->line, "UGFzc3dvcmQ6", password))
        return PROFILE_WRONG;
    g_autofree char *name = decode(user->str, &size), *secret = decode(password->str, &size);
    return profile_check_password(asker->line, name, secret);
}

/* Both forms hold "auth=Bearer TOKEN" between ^A; the user is in "user=" or in the GS2 header "a=". */
static enum profile_verdict bearer(struct profile_asker *asker, const char *initial)
{
    g_autoptr(GString) answer = g_string_new(initial);
    gsize size = 0;
    if (initial == NULL && !asker->ask(asker->line, "", answer))
        return PROFILE_WRONG;
    g_autofree char *text = decode(answer->str, &size), *user = NULL, *token = NULL;
    g_auto(GStrv) parts = g_strsplit_set(text, "\001,", -1);
    for (char **part = parts; *part != NULL; part++) {
        if (g_str_has_prefix(*part, "user="))
            user = g_strdup(*part + 5);
        else if (g_str_has_prefix(*part, "a=") && user == NULL)
            user = g_strdup(*part + 2);
        else if (g_str_has_prefix(*part, "auth=Bearer "))
            token = g_strdup(*part + 12);
    }
    enum profile_verdict verdict = check_token(asker->line, user != NULL ? user : "", token);
    if (verdict == PROFILE_GOOD || profile_get_flag(asker->line->server, "sign-in", "bad-token-at-once"))
        return verdict;
    static const char why[] = "{\"status\":\"400\",\"schemes\":\"Bearer\",\"scope\":\"https://mail.google.com/\"}";
    g_autofree char *challenge = g_base64_encode((const guchar *)why, sizeof why - 1);
    asker->ask(asker->line, challenge, answer); /* an empty line or ^A: what it says changes nothing */
    return verdict;
}

/* --- NTLM ([MS-NLMP]) --- */
static void put_number(GByteArray *out, guint64 value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        guint8 byte = (guint8)(value >> (8 * i));
        g_byte_array_append(out, &byte, 1);
    }
}

static size_t get_number(const guint8 *bytes, int count)
{
    size_t value = 0;
    for (int i = count; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

void profile_ntlm_challenge(guint8 *challenge, GByteArray *out, const char *domain)
{
    enum { UNICODE_TARGET_NTLM_INFO = 0x1 | 0x4 | 0x200 | 0x10000 | 0x800000 | 0x80000 | 0x20000000, HEAD = 56 };
    glong length = 0;
    g_autofree gunichar2 *name = g_utf8_to_utf16(domain, -1, NULL, &length, NULL);
    size_t bytes = (size_t)length * 2, info = 4 + bytes + 4 + 8 + 4;
    RAND_bytes(challenge, 8);
    g_byte_array_append(out, (const guint8 *)"NTLMSSP", 8);
    put_number(out, 2, 4);
    put_number(out, bytes, 2), put_number(out, bytes, 2), put_number(out, HEAD, 4);
    put_number(out, UNICODE_TARGET_NTLM_INFO, 4);
    g_byte_array_append(out, challenge, 8);
    put_number(out, 0, 8);
    put_number(out, info, 2), put_number(out, info, 2), put_number(out, HEAD + bytes, 4);
    put_number(out, 0x0f00000000000106u, 8); /* version */
    g_byte_array_append(out, (const guint8 *)name, (guint)bytes);
    put_number(out, 2, 2), put_number(out, bytes, 2);
    g_byte_array_append(out, (const guint8 *)name, (guint)bytes);
    put_number(out, 7, 2), put_number(out, 8, 2); /* time */
    put_number(out, (guint64)g_get_real_time() * 10 + G_GUINT64_CONSTANT(116444736000000000), 8);
    put_number(out, 0, 4);
}

static bool md4(const void *bytes, size_t size, guint8 hash[16])
{
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *legacy = context != NULL ? OSSL_PROVIDER_load(context, "legacy") : NULL;
    EVP_MD *digest = legacy != NULL ? EVP_MD_fetch(context, "MD4", NULL) : NULL;
    bool is_made = digest != NULL && EVP_Digest(bytes, size, hash, NULL, digest, NULL) == 1;
    EVP_MD_free(digest);
    if (legacy != NULL)
        OSSL_PROVIDER_unload(legacy);
    OSSL_LIB_CTX_free(context);
    return is_made;
}

/* A field of the message: length, room, offset. */
static bool ntlm_field(const guint8 *message, size_t size, size_t at, const guint8 **bytes_out, size_t *length_out)
{
    *length_out = get_number(message + at, 2);
    size_t offset = get_number(message + at + 4, 4);
    *bytes_out = message + offset;
    return offset <= size && *length_out <= size - offset;
}

static char *utf8_of(const guint8 *bytes, size_t length)
{
    g_autofree gunichar2 *units = g_new0(gunichar2, length / 2 + 1);
    memcpy(units, bytes, length / 2 * 2);
    return g_utf16_to_utf8(units, (glong)(length / 2), NULL, NULL, NULL);
}

bool profile_ntlm_is_good(const guint8 *answer, size_t size, const guint8 *challenge, const char *user, const char *password)
{
    const guint8 *response, *domain, *name;
    size_t response_size, domain_size, name_size;
    if (size < 64 || memcmp(answer, "NTLMSSP", 8) != 0 || !ntlm_field(answer, size, 20, &response, &response_size) ||
        !ntlm_field(answer, size, 28, &domain, &domain_size) || !ntlm_field(answer, size, 36, &name, &name_size) || response_size < 32)
        return false;
    g_autofree char *given = utf8_of(name, name_size), *upper = given != NULL ? g_utf8_strup(given, -1) : NULL;
    if (upper == NULL || g_ascii_strcasecmp(given, user) != 0)
        return false;
    glong password_length = 0, upper_length = 0;
    g_autofree gunichar2 *wide = g_utf8_to_utf16(password, -1, NULL, &password_length, NULL),
                         *wide_upper = g_utf8_to_utf16(upper, -1, NULL, &upper_length, NULL);
    guint8 hash[16], key[16], proof[16];
    unsigned length = 0;
    if (!md4(wide, (size_t)password_length * 2, hash))
        return false;
    g_autoptr(GByteArray) who = g_byte_array_new(), what = g_byte_array_new();
    g_byte_array_append(who, (const guint8 *)wide_upper, (guint)upper_length * 2);
    g_byte_array_append(who, domain, (guint)domain_size);
    HMAC(EVP_md5(), hash, 16, who->data, who->len, key, &length);
    g_byte_array_append(what, challenge, 8);
    g_byte_array_append(what, response + 16, (guint)response_size - 16);
    HMAC(EVP_md5(), key, 16, what->data, what->len, proof, &length);
    return memcmp(proof, response, 16) == 0;
}

static enum profile_verdict ntlm(struct profile_asker *asker, const char *initial)
{
    profile_server *self = asker->line->server;
    g_autoptr(GString) answer = g_string_new(initial);
    g_autoptr(GByteArray) message = g_byte_array_new();
    g_autofree char *domain = profile_get(self, "sign-in", "domain"), *user = profile_get(self, "sign-in", "domain-user"),
                    *password = profile_get(self, "sign-in", "password");
    guint8 challenge[8];
    gsize size = 0;
    if ((initial == NULL || *initial == '\0') && !asker->ask(asker->line, "", answer))
        return PROFILE_WRONG;
    profile_ntlm_challenge(challenge, message, domain != NULL ? domain : "CORP");
    g_autofree char *text = g_base64_encode(message->data, message->len);
    if (!asker->ask(asker->line, text, answer))
        return PROFILE_WRONG;
    g_autofree guchar *bytes = g_base64_decode(answer->str, &size);
    return password != NULL && profile_ntlm_is_good(bytes, size, challenge, user != NULL ? user : "", password) ? PROFILE_GOOD
                                                                                                                : PROFILE_WRONG;
}

enum profile_verdict profile_sasl(struct profile_asker *asker, const char *mechanism, const char *initial)
{
    static const struct {
        const char *name;
        enum profile_verdict (*run)(struct profile_asker *asker, const char *initial);
    } mechanisms[] = { { "PLAIN", plain }, { "LOGIN", login }, { "XOAUTH2", bearer }, { "OAUTHBEARER", bearer }, { "NTLM", ntlm } };
    for (size_t i = 0; i < G_N_ELEMENTS(mechanisms); i++) {
        if (g_ascii_strcasecmp(mechanism, mechanisms[i].name) == 0)
            return mechanisms[i].run(asker, initial);
    }
    return PROFILE_WRONG; /* GSSAPI without a ticket */
}
