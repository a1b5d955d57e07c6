/* SPDX-License-Identifier: MIT */
/* vCards, tables for a merge, edited headers and another address book's answers: files of strangers.
 * LIBRARY: postern_core */
#include "core/address_answer.h"
#include "core/compose_header.h"
#include "core/contact_card.h"
#include "core/merge.h"
#include "core/template.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GPtrArray) cards = contact_cards_read((const char *)data, size, NULL);
    g_autoptr(GPtrArray) people = address_answer_read(text, strlen(text), "a");
    g_autoptr(merge) table = merge_new((const char *)data, size, NULL);
    struct account nobody = { 0 };
    g_autoptr(draft) draft = draft_new(&nobody);
    g_autoptr(GPtrArray) refused = compose_header_take(draft, text);
    g_autofree char *again = compose_header_text(draft);
    template_fill_draft(draft);
    for (guint i = 0; table != NULL && i < MIN(merge_count(table), 5u); i++) {
        struct draft *one = merge_draft(table, i, draft);
        draft_free(one);
    }
    return 0;
}
