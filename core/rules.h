/* SPDX-License-Identifier: MIT */
/* Filing rules: rules.conf with its queries read, and what they would do with a message. Each looks at the message as it came; of several that move it the
 * first decides; `stop` ends the row. A rule with a fault does nothing and stands in nobody's way. */
#pragma once
#include "config/rule_file.h"
#include "core/query_match.h"
#include "core/store_folder.h"
#include "core/store_message.h"

struct rule {
    const struct rule_text *text;
    struct query_node *query; /* NULL: fault */
    char *keywords;           /* of text->tag, for intent_keywords; NULL: none */
    char *fault;              /* in words; NULL: none */
    bool has_spot;            /* of the fault in the query */
    struct query_spot spot;
};
typedef struct rules rules;
/* db: folders and accounts that are named are looked for, those that are missing are a fault; NULL: they are not. NULL with error: no file that can be read. */
rules *rules_load(store *db, const char *path /* NULL: rules.conf */, GError **error);
void rules_free(rules *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rules, rules_free)
guint rules_count(const rules *self);
const struct rule *rules_at(const rules *self, guint index);
bool rule_is_used(const struct rule *rule); /* switched on, and without a fault */
/* The folder of an account that a person means: its whole name ('/' for any delimiter), the end of it, or what it is for. 0: none. */
int64_t rules_folder(store *db, int64_t account_id, const char *name);
/* The same; archive, junk, trash, sent and drafts are made where there are none. Inside a transaction. */
int64_t rules_folder_made(store *db, int64_t account_id, const char *name);

/* Which folders the rules ask for besides the inboxes is written down, so that what arrives there waits for them, too (core/rules_watch.c). Does nothing as
 * long as neither the file nor the folders changed. */
bool rules_watch(store *db, GError **error);
/* The same before mail is written down, so that the first message that comes after the file was changed waits for its rule already: no more than a look at
 * the file where it is as seen (in the beginning: zeroed). */
struct rules_seen {
    int64_t size, changed_ns;
    bool is_known;
};
bool rules_watch_before(store *db, struct rules_seen *seen, GError **error);
/* Whether a rule looks at what arrives in a folder. */
bool rule_is_for_folder(const struct rule *rule, const struct folder *box);

/* What the rules say to one message. */
struct rules_verdict {
    GArray *hits;    /* of guint: the rules that matched, in order */
    bool is_waiting; /* the text has to be here first: nothing else is decided then */
};
void rules_verdict_clear(struct rules_verdict *verdict);
typedef struct rules_verdict rules_verdict;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(rules_verdict, rules_verdict_clear)
/* RULES_MAY_WAIT: else what is not known of its text is taken for not there. RULES_ANYWHERE: wherever the message is, it is taken for one in an inbox; else
 * rules that name no folder look at inboxes only. Reads the text from the disk where a rule asks for it. */
enum { RULES_MAY_WAIT = 1 << 0, RULES_ANYWHERE = 1 << 1 };
void rules_judge(const rules *self, store *db, const struct placement *place, unsigned how, struct rules_verdict *out);
/* Each rule alone, whether it is switched on or not; answers: one for each. For the preview. */
void rules_try_all(const rules *self, store *db, const struct placement *place, enum query_answer *answers);
