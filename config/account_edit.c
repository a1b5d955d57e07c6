/* SPDX-License-Identifier: MIT */
/* The options of an account's file one by one, for somebody who changes them on the screen. */
#include "config/account_edit.h"
#include "config/account_rows_private.h"
#include <glib/gi18n-lib.h>
#include <string.h>

/* The first that fits counts; NULL fits all. */
static const struct {
    const char *group, *key, *help;
} helps[] = {
    { "account", "name", N_("shown in the folder list") },
    { "account", "from", N_("your name and address: Alice Example <alice@example.test>") },
    { "account", "aliases", N_("more addresses of yours, ; between them") },
    { "account", "signature-file", N_("file with the lines below your messages") },
    { "crypto", "protocol", N_("signed and encrypted mail: openpgp or smime") },
    { "crypto", "sign", N_("new messages are signed: never or always; s in the composer changes it") },
    { "crypto", "encrypt", N_("new messages are encrypted: never, when-possible (there is a trusted key for everybody), or always") },
    { "crypto", "pgp-key", N_("fingerprint of the OpenPGP key to sign with; default: found by the address") },
    { "crypto", "smime-key", N_("fingerprint of the certificate to sign with; default: found by the address") },
    { "crypto", "autocrypt", N_("your OpenPGP key goes along in every message, and keys that come so are kept and used (Autocrypt)") },
    { NULL, "protocol", N_("how mail is had: imap, pop3 or maildir; how it is sent: smtp, sendmail or maildir") },
    { NULL, "host", N_("name of the server") },
    { NULL, "port", N_("default: the usual one of the protocol and its security") },
    { NULL, "security", N_("tls: encrypted from the first byte; starttls: after a greeting; plain: not at all") },
    { NULL, "auth", N_("how to sign in; auto takes the best that the server offers") },
    { NULL, "user", N_("the name to sign in with; for sending the default is that of incoming") },
    { NULL, "password-command", N_("program whose first line of output is the password") },
    { NULL, "secret", N_("where the password is kept: keyring, file, or prompt (asked each time)") },
    { NULL, "password", N_("the password itself; the file must be readable by you alone") },
    { NULL, "tls-ca-file", N_("certificates to be trusted besides those of the system") },
    { NULL, "tls-fingerprint", N_("the certificate that is expected, as sha256:AB:CD:…") },
    { NULL, "tls-certificate", N_("a certificate of your own to be shown to the server") },
    { NULL, "tls-key", N_("the key of that certificate") },
    { NULL, "tls-min-version", N_("the oldest TLS that is allowed") },
    { NULL, "dane", N_("certificates from DNS (RFC 7672): no, auto, require") },
    { NULL, "proxy", N_("socks5://HOST:PORT or http://HOST:PORT on the way to the server") },
    { NULL, "tunnel-command", N_("program that is the connection, as ssh") },
    { "incoming", "idle-folders", N_("IMAP: how many more folders are watched for news over connections of their own (0 to 8)") },
    { "incoming", "authserv-id", N_("the name under which your mail server writes what it found out about senders") },
    { NULL, "allow-cleartext-password", N_("a password may go over an unencrypted connection") },
    { NULL, "path", N_("directory of the mail") },
    { NULL, "command", N_("program that takes messages") },
    { "pop3", "delete-from-server", N_("when mail that is safely here is deleted on the server") },
    { "pop3", "days", N_("for after-days: how many") },
    { "pop3", "max-size", N_("of larger messages (2M) only the head is fetched; 0: no limit") },
    { "sync", "bodies", N_("what is kept here: headers, text or everything") },
    { "sync", "since", N_("only mail since this date, or of the last days (90d)") },
    { "sync", "max-size", N_("bodies above this size (5M) are fetched when they are opened") },
    { "sync", "newest", N_("at most so many of the newest messages") },
    { "outgoing", "save-sent", N_("whether a copy goes to Sent: auto knows the providers that do it themselves") },
    { "oauth", "provider", N_("google, microsoft, yahoo, aol, fastmail: who signs you in") },
    { "oauth", "client-id", N_("what the provider calls this program") },
    { "oauth", "client-secret", N_("given by the provider together with the client-id") },
    { NULL, "authorization-url", N_("for a provider of your own: where a browser signs in") },
    { NULL, "token-url", N_("for a provider of your own: where tokens are had") },
    { NULL, "device-url", N_("for a provider of your own: where codes for other devices are had") },
    { NULL, "scope", N_("for a provider of your own: what the program may do") },
    { NULL, "redirect-url", N_("for a provider of your own: where the browser comes back to") },
    { "folders", NULL, N_("name of the folder; default: what the server says") },
};

static const char *help_for(const struct key_row *row)
{
    for (size_t i = 0; i < G_N_ELEMENTS(helps); i++) {
        bool is_group = helps[i].group == NULL || strcmp(helps[i].group, row->group) == 0;
        if (is_group && (helps[i].key == NULL || strcmp(helps[i].key, row->key) == 0))
            return _(helps[i].help);
    }
    return "";
}

static char *choice_words(const struct key_row *row)
{
    GString *words = g_string_new(row->type == KEY_BOOL ? "true false" : NULL);
    for (const struct account_choice *each = row->choices; row->type == KEY_CHOICE && each != NULL && each->word != NULL; each++)
        g_string_append_printf(words, "%s%s", words->len > 0 ? " " : "", each->word);
    return g_string_free(words, words->len == 0);
}

bool account_option_at(size_t index, struct account_option *option_out)
{
    if (index >= account_row_count)
        return false;
    const struct key_row *row = &account_rows[index];
    bool is_secret = strcmp(row->key, "password") == 0 || strcmp(row->key, "client-secret") == 0;
    *option_out = (struct account_option){ row->group, row->key, help_for(row), choice_words(row), is_secret };
    return true;
}

void account_option_clear(struct account_option *option)
{
    g_clear_pointer(&option->choices, g_free);
}

char *account_option_value(const char *path, const char *group, const char *key)
{
    g_autoptr(ini) file = ini_load(path, NULL, NULL);
    return file != NULL ? ini_get(file, group, key) : NULL;
}

/* The file with the change in it, which is right as a whole; NULL: it would not be. */
static ini *changed(const char *path, const char *group, const char *key, const char *value, GError **error)
{
    g_autoptr(ini) file = ini_load(path, NULL, error);
    if (file == NULL || !ini_set(file, group, key, *value != '\0' ? value : NULL, error))
        return NULL;
    g_autoptr(account) read = account_from_ini(file, error);
    return read != NULL ? g_steal_pointer(&file) : NULL;
}

bool account_option_check(const char *path, const char *group, const char *key, const char *value, GError **error)
{
    g_autoptr(ini) file = changed(path, group, key, value, error);
    return file != NULL;
}

bool account_option_set(const char *path, const char *group, const char *key, const char *value, GError **error)
{
    g_autoptr(ini) file = changed(path, group, key, value, error);
    return file != NULL && ini_save(file, 0600, error);
}
