/* SPDX-License-Identifier: MIT */
/* Files a person or another program wrote: no crash, an error for every refusal, and a change that can be read again. LIBRARY: postern_config */
#include "config/from.h"
#include "config/ini.h"
#include "config/keys.h"
#include "config/parse_private.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A refusal has words, without control characters; a success has no error. */
static void judge(bool is_ok, GError *error)
{
    if (is_ok != (error == NULL))
        abort();
    for (const char *p = error != NULL ? error->message : ""; *p != '\0'; p++) {
        if (g_ascii_iscntrl(*p))
            abort();
    }
    g_clear_error(&error);
}

static void read_all(const char *text, size_t size)
{
    GError *errors[4] = { NULL };
    struct theme theme;
    g_autoptr(account) account = account_file_from_data("/nowhere/fuzz.conf", text, size, &errors[0]);
    struct settings *settings = settings_from_data("fuzz.conf", text, size, &errors[1]);
    GPtrArray *keys = keys_from_data("fuzz.conf", text, size, &errors[2]);
    bool is_theme = theme_from_data("fuzz.conf", text, size, &theme, &errors[3]);
    judge(account != NULL, errors[0]);
    judge(settings != NULL, errors[1]);
    judge(keys != NULL, errors[2]);
    judge(is_theme, errors[3]);
    settings_free(settings);
    if (keys != NULL)
        g_ptr_array_unref(keys);
}

/* The first key of the file gets the file's own first bytes as its value. */
static void change(const char *text, size_t size)
{
    g_autoptr(ini) file = ini_from_data("fuzz.conf", text, size, NULL);
    g_auto(GStrv) groups = file != NULL ? ini_groups(file) : NULL;
    if (file == NULL || groups[0] == NULL)
        return;
    g_auto(GStrv) keys = ini_keys(file, groups[0]);
    g_autofree char *value = g_strndup(text, MIN(size, 60));
    if (!g_utf8_validate(value, -1, NULL) || keys[0] == NULL)
        return;
    GError *error = NULL;
    if (ini_line(file, groups[0], keys[0]) == 0 || !ini_set(file, groups[0], keys[0], value, &error))
        abort();
    g_autofree char *again = ini_get(file, groups[0], keys[0]);
    if (g_strcmp0(again, value) != 0 || !ini_set(file, groups[0], keys[0], NULL, &error))
        abort();
}

static void read_address(const char *text, size_t size)
{
    g_autofree char *copy = g_strndup(text, size), *name = NULL, *address = NULL, *name2 = NULL, *address2 = NULL;
    if (!from_parse(copy, &name, &address))
        return;
    g_autofree char *written = from_format(name, address);
    if (!from_parse(written, &name2, &address2) || strcmp(address, address2) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_malloc(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    read_all(text, size);
    change(text, size);
    read_address(text, size);
    return 0;
}
