/* SPDX-License-Identifier: MIT */
/* A GnuPG home of a test's own, with keys made by gpg itself; its agent ends with it. */
#pragma once
#include "core/crypto.h"
#include "tests/remove_tree.h"
#include <glib/gstdio.h>
#include <string.h>

static char *crypto_home;

/* Runs a program to its end; what it wrote; NULL: it failed. words: NULL-terminated. */
static inline char *crypto_run(const char *input, const char *const *words, gsize *size_out)
{
    g_autofree char *in = input != NULL ? g_build_filename(crypto_home, "in", NULL) : g_strdup("/dev/null");
    g_autofree char *out = g_build_filename(crypto_home, "out", NULL);
    g_autoptr(GString) line = g_string_new("exec");
    for (; *words != NULL; words++) {
        g_autofree char *quoted = g_shell_quote(*words);
        g_string_append_printf(line, " %s", quoted);
    }
    g_string_append_printf(line, " < %s > %s 2>>%s/log", in, out, crypto_home);
    const char *shell[] = { "/bin/sh", "-c", line->str, NULL };
    int status = -1;
    char *bytes = NULL;
    if (input != NULL && !g_file_set_contents(in, input, -1, NULL))
        return NULL;
    bool is_done = g_spawn_sync(NULL, (char **)(gpointer)shell, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL) &&
                   g_spawn_check_wait_status(status, NULL) && g_file_get_contents(out, &bytes, size_out, NULL);
    return is_done ? bytes : NULL;
}

#define GPG "gpg", "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", crypto_passphrase
static const char *crypto_passphrase = "";

static inline bool crypto_make_key(const char *owner, const char *expire)
{
    g_autofree char *out = crypto_run(NULL, (const char *[]){ GPG, "--quick-generate-key", owner, "ed25519", "sign", expire, NULL }, NULL);
    g_autofree char *list =
        out != NULL ? crypto_run(NULL, (const char *[]){ "gpg", "--batch", "--with-colons", "--list-keys", owner, NULL }, NULL) : NULL;
    const char *line = list != NULL ? strstr(list, "\nfpr:::::::::") : NULL;
    g_autofree char *fingerprint = line != NULL ? g_strndup(line + 13, strcspn(line + 13, ":")) : NULL;
    if (fingerprint == NULL)
        return false;
    g_autofree char *second =
        crypto_run(NULL, (const char *[]){ GPG, "--quick-add-key", fingerprint, "cv25519", "encr", expire, NULL }, NULL);
    return second != NULL;
}

static inline void crypto_home_open(void)
{
    crypto_home = g_dir_make_tmp("gpg-XXXXXX", NULL);
    g_setenv("GNUPGHOME", crypto_home, TRUE);
    g_setenv("LC_ALL", "C.UTF-8", TRUE);
}

/* What the programs complained of. */
static inline void crypto_print_log(void)
{
    g_autofree char *path = g_build_filename(crypto_home, "log", NULL), *log = NULL;
    if (g_file_get_contents(path, &log, NULL, NULL))
        g_printerr("%s\n", log);
}

static inline void crypto_home_close(void)
{
    g_free(crypto_run(NULL, (const char *[]){ "gpgconf", "--kill", "all", NULL }, NULL));
    remove_tree(crypto_home);
    g_clear_pointer(&crypto_home, g_free);
}

/* "…" in armor. Caller frees. */
static inline char *crypto_sign(const char *text, const char *who, const char *how)
{
    return crypto_run(text, (const char *[]){ GPG, "--armor", "--local-user", who, how, NULL }, NULL);
}

static inline char *crypto_encrypt(const char *text, const char *to)
{
    return crypto_run(text, (const char *[]){ GPG, "--armor", "--trust-model", "always", "--recipient", to, "--encrypt", NULL }, NULL);
}

/* A part with CRLF, as it was signed. */
static inline char *crypto_signed_message(const char *head, const char *entity, const char *signature)
{
    return g_strdup_printf("%sMIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=\"b1\"; micalg=pgp-sha512; "
                           "protocol=\"application/pgp-signature\"\r\n\r\nbefore\r\n--b1\r\n%s\r\n--b1\r\nContent-Type: "
                           "application/pgp-signature\r\n\r\n%s\r\n--b1--\r\nbehind\r\n",
                           head, entity, signature);
}

static inline char *crypto_encrypted_message(const char *head, const char *sealed)
{
    return g_strdup_printf("%sMIME-Version: 1.0\nContent-Type: multipart/encrypted; boundary=\"b2\"; "
                           "protocol=\"application/pgp-encrypted\"\n\n--b2\nContent-Type: application/pgp-encrypted\n\nVersion: "
                           "1\n\n--b2\nContent-Type: application/octet-stream\n\n%s\n--b2--\n",
                           head, sealed);
}

static inline crypto_reading *crypto_read_bytes(const char *raw, const char *passphrase)
{
    g_autoptr(crypto) visit = crypto_new();
    crypto_set_passphrase(visit, passphrase);
    return crypto_read(visit, message_parse(raw, strlen(raw)), true);
}

static inline char *crypto_text(const crypto_reading *reading)
{
    g_autoptr(text) body = message_text(reading->letter, MESSAGE_VIEW_BEST);
    return text_shown(body);
}
