/* SPDX-License-Identifier: MIT */
/* What may stand in an account file. */
#include "config/account_rows_private.h"
#include <stddef.h>
#include <string.h>

static const struct account_choice incoming_protocols[] = {
    { "imap", ACCOUNT_PROTOCOL_IMAP }, { "pop3", ACCOUNT_PROTOCOL_POP3 }, { "maildir", ACCOUNT_PROTOCOL_MAILDIR }, { NULL, 0 }
};
static const struct account_choice outgoing_protocols[] = {
    { "smtp", ACCOUNT_PROTOCOL_SMTP }, { "sendmail", ACCOUNT_PROTOCOL_SENDMAIL }, { "maildir", ACCOUNT_PROTOCOL_MAILDIR }, { NULL, 0 }
};
const struct account_choice account_securities[] = {
    { "tls", ACCOUNT_SECURITY_TLS }, { "starttls", ACCOUNT_SECURITY_STARTTLS }, { "plain", ACCOUNT_SECURITY_PLAIN }, { NULL, 0 }
};
static const struct account_choice secrets[] = { { "keyring", ACCOUNT_SECRET_KEYRING },
                                                 { "file", ACCOUNT_SECRET_FILE },
                                                 { "prompt", ACCOUNT_SECRET_PROMPT },
                                                 { "clear-file", ACCOUNT_SECRET_CLEAR_FILE },
                                                 { NULL, 0 } };
static const struct account_choice saves[] = {
    { "auto", ACCOUNT_SAVE_SENT_AUTO }, { "yes", ACCOUNT_SAVE_SENT_YES }, { "no", ACCOUNT_SAVE_SENT_NO }, { NULL, 0 }
};
static const struct account_choice deletes[] = { { "never", ACCOUNT_DELETE_NEVER },
                                                 { "at-once", ACCOUNT_DELETE_AT_ONCE },
                                                 { "after-days", ACCOUNT_DELETE_AFTER_DAYS },
                                                 { "when-deleted", ACCOUNT_DELETE_WHEN_DELETED },
                                                 { NULL, 0 } };
static const struct account_choice seals[] = { { "openpgp", ACCOUNT_SEAL_OPENPGP }, { "smime", ACCOUNT_SEAL_SMIME }, { NULL, 0 } };
static const struct account_choice signs[] = { { "never", ACCOUNT_SIGN_NEVER }, { "always", ACCOUNT_SIGN_ALWAYS }, { NULL, 0 } };
static const struct account_choice encrypts[] = {
    { "never", ACCOUNT_ENCRYPT_NEVER }, { "when-possible", ACCOUNT_ENCRYPT_IF_POSSIBLE }, { "always", ACCOUNT_ENCRYPT_ALWAYS }, { NULL, 0 }
};
static const struct account_choice tls_versions[] = { { "1.2", ACCOUNT_TLS_1_2 }, { "1.3", ACCOUNT_TLS_1_3 }, { NULL, 0 } };
static const struct account_choice danes[] = {
    { "no", ACCOUNT_DANE_NO }, { "auto", ACCOUNT_DANE_AUTO }, { "require", ACCOUNT_DANE_REQUIRE }, { NULL, 0 }
};
#define IN(field)  offsetof(struct account, incoming.field)
#define OUT(field) offsetof(struct account, outgoing.field)
#define TOP(field) offsetof(struct account, field)
#define SERVER_ROWS(group, AT, protocols)                                                                                                  \
    { group, "protocol", KEY_CHOICE, AT(protocol), protocols }, { group, "host", KEY_HOST, AT(host), NULL },                               \
        { group, "port", KEY_PORT, AT(port), NULL }, { group, "security", KEY_CHOICE, AT(security), account_securities },                  \
        { group, "auth", KEY_TEXT, AT(auth), NULL }, { group, "user", KEY_TEXT, AT(user), NULL },                                          \
        { group, "password-command", KEY_SECRET_TEXT, AT(password_command), NULL }, { group, "secret", KEY_CHOICE, AT(secret), secrets },  \
        { group, "password", KEY_SECRET_TEXT, AT(password), NULL }, { group, "tls-ca-file", KEY_PATH, AT(tls_ca_file), NULL },             \
        { group, "tls-fingerprint", KEY_TEXT, AT(tls_fingerprint), NULL },                                                                 \
        { group, "tls-certificate", KEY_PATH, AT(tls_certificate), NULL }, { group, "tls-key", KEY_PATH, AT(tls_key), NULL },              \
        { group, "tls-min-version", KEY_CHOICE, AT(tls_least), tls_versions }, { group, "dane", KEY_CHOICE, AT(dane), danes },             \
        { group, "proxy", KEY_TEXT, AT(proxy), NULL }, { group, "tunnel-command", KEY_TEXT, AT(tunnel_command), NULL },                    \
                                                                                                                                           \
        { group, "allow-cleartext-password", KEY_BOOL, AT(allow_cleartext_password), NULL }, { group, "path", KEY_PATH, AT(path), NULL },  \
    {                                                                                                                                      \
        group, "command", KEY_TEXT, AT(command), NULL                                                                                      \
    }

const struct key_row account_rows[] = {
    { "account", "name", KEY_TEXT, TOP(name), NULL },
    { "account", "from", KEY_LATER, 0, NULL }, /* read by read_from() */
    { "account", "aliases", KEY_LIST, TOP(aliases), NULL },
    { "account", "signature-file", KEY_PATH, TOP(signature_file), NULL },
    SERVER_ROWS("incoming", IN, incoming_protocols),
    { "incoming", "authserv-id", KEY_TEXT, TOP(checker), NULL },
    { "incoming", "idle-folders", KEY_WATCHES, TOP(idle_folders), NULL },
    SERVER_ROWS("outgoing", OUT, outgoing_protocols),
    { "pop3", "delete-from-server", KEY_CHOICE, TOP(pop3_delete), deletes },
    { "pop3", "days", KEY_DAYS, TOP(pop3_days), NULL },
    { "pop3", "max-size", KEY_SIZE, TOP(pop3_max_size), NULL },
    { "sync", "bodies", KEY_LATER, 0, NULL }, /* read by account_sync_read(), as [sync FOLDER] */
    { "sync", "since", KEY_LATER, 0, NULL },
    { "sync", "max-size", KEY_LATER, 0, NULL },
    { "sync", "newest", KEY_LATER, 0, NULL },
    { "identity", "signature-file", KEY_LATER, 0, NULL }, /* read by account_identity_read(), as [identity ADDRESS] */
    { "identity", "reply-to", KEY_LATER, 0, NULL },
    { "outgoing", "save-sent", KEY_CHOICE, TOP(save_sent), saves },
    { "crypto", "protocol", KEY_CHOICE, TOP(seal), seals },
    { "crypto", "sign", KEY_CHOICE, TOP(sign), signs },
    { "crypto", "encrypt", KEY_CHOICE, TOP(encrypt), encrypts },
    { "crypto", "pgp-key", KEY_TEXT, TOP(pgp_key), NULL },
    { "crypto", "smime-key", KEY_TEXT, TOP(smime_key), NULL },
    { "crypto", "autocrypt", KEY_BOOL, TOP(autocrypt), NULL },
    { "oauth", "provider", KEY_TEXT, TOP(oauth.provider), NULL },
    { "oauth", "client-id", KEY_TEXT, TOP(oauth.client_id), NULL },
    { "oauth", "client-secret", KEY_TEXT, TOP(oauth.client_secret), NULL },
    { "oauth", "authorization-url", KEY_TEXT, TOP(oauth.authorization_url), NULL },
    { "oauth", "token-url", KEY_TEXT, TOP(oauth.token_url), NULL },
    { "oauth", "device-url", KEY_TEXT, TOP(oauth.device_url), NULL },
    { "oauth", "scope", KEY_TEXT, TOP(oauth.scope), NULL },
    { "oauth", "redirect-url", KEY_TEXT, TOP(oauth.redirect_url), NULL },
    { "folders", "sent", KEY_TEXT, TOP(folders[ACCOUNT_FOLDER_SENT]), NULL },
    { "folders", "drafts", KEY_TEXT, TOP(folders[ACCOUNT_FOLDER_DRAFTS]), NULL },
    { "folders", "trash", KEY_TEXT, TOP(folders[ACCOUNT_FOLDER_TRASH]), NULL },
    { "folders", "junk", KEY_TEXT, TOP(folders[ACCOUNT_FOLDER_JUNK]), NULL },
    { "folders", "archive", KEY_TEXT, TOP(folders[ACCOUNT_FOLDER_ARCHIVE]), NULL },
};
const size_t account_row_count = G_N_ELEMENTS(account_rows);

const struct key_row *account_row_named(const char *group, const char *key)
{
    for (size_t i = 0; i < account_row_count; i++) {
        if (strcmp(account_rows[i].group, group) == 0 && strcmp(account_rows[i].key, key) == 0)
            return &account_rows[i];
    }
    return NULL;
}
