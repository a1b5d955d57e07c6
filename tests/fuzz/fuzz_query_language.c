/* SPDX-License-Identifier: MIT */
/* Whatever is typed: no crash, a spot inside the text, and what was read is written so that it is read as the same. LIBRARY: postern_core */
#include "core/query_language.h"
#include "core/search_fold.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GString) folded = g_string_new(NULL);
    struct query_spot spot = { 0 };
    g_autoptr(query_node) root = query_language_parse(text, 1763726400, &spot, NULL);
    g_autoptr(query_node) typed = query_language_parse_typed(text, 1763726400, NULL, NULL);
    if (root == NULL && (spot.start > spot.end || spot.end > strlen(text)))
        abort();
    if (root != NULL) {
        g_autofree char *written = query_language_write(root);
        g_autoptr(query_node) again = query_language_parse(written, 1763726400, NULL, NULL);
        if (strlen(written) < 4096 && (again == NULL || !query_node_equal(root, again)))
            abort();
    }
    search_fold((const char *)data, size, folded);
    search_fold_thin(folded, 16);
    return 0;
}
