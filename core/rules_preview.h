/* SPDX-License-Identifier: MIT */
/* What rules would do to mail that is here, without doing it. Reads texts from the disk: not for the UI thread. */
#pragma once
#include "core/rules.h"

struct rules_preview_row {
    int64_t placement_id, date_utc;
    char *account, *folder, *from, *subject, *message_id;
    /* One for each rule: whether it alone matches, also one that is switched off. QUERY_UNKNOWN: the text is not here. */
    enum query_answer *answers;
    GArray *hits; /* of guint: the rules that would act, with all that are switched on */
};
/* The newest messages of the inboxes, and where is_everywhere of all folders, newest first; of struct rules_preview_row*, freed with the array. */
GPtrArray *rules_preview(const rules *self, store *db, int limit, bool is_everywhere, GError **error);
/* What a rule does, in words: "move to Lists, tag dev, stop". Caller frees. */
char *rule_words(const struct rule_text *text);
