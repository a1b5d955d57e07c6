/* SPDX-License-Identifier: MIT */
/* See cli_json.h. JSON leaves DEL and the second set of control characters as they are; a terminal does not. */
#include "ui/cli_json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a control character JSON need not escape is at `at`; 0: none. */
static size_t control_length(const unsigned char *at)
{
    if (*at == 0x7f)
        return 1;
    return at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0 ? 2 : 0;
}

/* They can only stand within strings, where \u may take their place. */
void cli_json_print(const json_t *object)
{
    char *line = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    const unsigned char *begin = (const unsigned char *)(line != NULL ? line : "{}"), *at = begin;
    while (*at != '\0') {
        size_t length = control_length(at);
        if (length > 0) {
            fwrite(begin, 1, (size_t)(at - begin), stdout);
            printf("\\u%04x", at[length - 1]);
            begin = at + length;
        }
        at += length > 0 ? length : 1;
    }
    fwrite(begin, 1, (size_t)(at - begin), stdout);
    putchar('\n');
    free(line);
}
