/* SPDX-License-Identifier: MIT */
/* Activity: connections, work under way (to be cancelled), what waits to be done or sent, and what was said. */
#include "core/intent.h"
#include "core/outbox_words.h"
#include "ui/app_private.h"
#include "ui/filing.h"
#include "ui/pager.h"
#include <glib/gi18n-lib.h>

struct view_activity {
    pager pager;
    bool is_stale;
};

static struct view_activity *cast(view *self)
{
    return (struct view_activity *)(void *)self;
}

static void add_title(pager *self, const char *words)
{
    if (self->lines->len > 0)
        pager_add(self, THEME_NORMAL, NULL, g_strdup(""));
    pager_add(self, THEME_TITLE, NULL, g_strdup(words));
}

static void add_connections(pager *self)
{
    static const char *const words[] = { N_("offline"),  N_("connecting"), N_("online"), N_("slow"), N_("waits before it tries again"),
                                         N_("needs you") };
    g_autoptr(GPtrArray) states = engine_states(app_engine(self->base.app));
    add_title(self, _("Connections"));
    for (guint i = 0; states != NULL && i < states->len; i++) {
        const struct engine_account_state *state = g_ptr_array_index(states, i);
        bool is_bad = state->state >= CONNECTION_SLOW;
        const char *word = state->state >= 0 && state->state < (int)G_N_ELEMENTS(words) ? _(words[state->state]) : "";
        bool has_words = state->words != NULL && *state->words != '\0';
        pager_add(self, is_bad ? THEME_WARNING : THEME_NORMAL, NULL,
                  g_strdup_printf("  %-20s %s%s%s", state->name, word, has_words ? ": " : "", has_words ? state->words : ""));
    }
}

static void add_jobs(pager *self)
{
    g_autoptr(GPtrArray) jobs = status_jobs(self->base.app->status);
    add_title(self, _("Work under way"));
    if (jobs->len == 0)
        pager_add(self, THEME_DIM, NULL, g_strdup(_("  none")));
    for (guint i = 0; i < jobs->len; i++) {
        const struct status_job *job = g_ptr_array_index(jobs, i);
        char key[8] = "";
        g_snprintf(key, sizeof key, i < 9 ? "%u" : " ", i + 1);
        char *words = job->total > 0 ? g_strdup_printf("%s   %" G_GINT64_FORMAT " / %" G_GINT64_FORMAT " (%d%%)", job->title, job->done,
                                                       job->total, (int)CLAMP(job->done * 100 / job->total, 0, 100))
                                     : g_strdup(job->title);
        pager_add(self, THEME_PROGRESS, key, words);
    }
    if (jobs->len > 0)
        pager_add(self, THEME_DIM, NULL, g_strdup(_("  The number of a line cancels it.")));
}

static const char *outbox_words(const struct outbox_item *item)
{
    bool has_some = item->accepted != NULL && item->accepted[0] != NULL;
    switch (item->state) {
    case OUTBOX_QUEUED:
        return has_some ? _("some have it; waits for the others") : _("waits");
    case OUTBOX_SENDING:
    case OUTBOX_DATA_BEGUN:
        return _("is being sent");
    case OUTBOX_FAILED:
        if (!item->has_draft)
            return has_some ? _("some did not get it") : _("was refused");
        return has_some ? _("some did not get it; a draft for those is in Drafts") : _("was refused; it is in Drafts");
    case OUTBOX_IN_DOUBT:
        return _("may have arrived; you are asked");
    case OUTBOX_HELD:
        return _("held back");
    default:
        return _("sent");
    }
}

static void add_outgoing(pager *self, const struct outbox_item *item)
{
    enum theme_style style = item->state == OUTBOX_FAILED || item->state == OUTBOX_IN_DOUBT ? THEME_WARNING : THEME_NORMAL;
    g_autofree char *when = outbox_next_try(item);
    g_autofree char *next = when != NULL ? g_strdup_printf(_("; next try at %s"), when) : g_strdup("");
    g_autoptr(GPtrArray) lines = outbox_lines(item);
    pager_add(self, style, NULL,
              g_strdup_printf("  %s: %s%s", item->subject != NULL ? item->subject : _("(no subject)"), outbox_words(item), next));
    for (guint i = 0; item->state != OUTBOX_SENDING && i < lines->len; i++)
        pager_add(self, style, NULL, g_strdup_printf("      %s", (const char *)g_ptr_array_index(lines, i)));
}

static void add_outbox(pager *self)
{
    g_autoptr(GPtrArray) items = outbox_items(app_store(self->base.app), NULL);
    if (items == NULL || items->len == 0)
        return;
    add_title(self, _("Outgoing mail"));
    for (guint i = 0; i < items->len; i++)
        add_outgoing(self, g_ptr_array_index(items, i));
}

static void add_waiting(pager *self)
{
    int64_t count = intent_count(app_store(self->base.app), 0);
    if (count == 0)
        return;
    add_title(self, _("To be done on the servers"));
    pager_add(self, THEME_NORMAL, NULL,
              g_strdup_printf(g_dngettext(GETTEXT_PACKAGE, "  %lld action waits for its server", "  %lld actions wait for their servers",
                                          (gulong)count),
                              (long long)count));
}

static void add_log(pager *self)
{
    const GPtrArray *said = app_log(self->base.app);
    add_title(self, _("What was said"));
    for (guint i = said->len; i > 0; i--)
        pager_add(self, THEME_DIM, NULL, g_strdup_printf("  %s", (const char *)g_ptr_array_index(said, i - 1)));
}

static void reload(struct view_activity *self)
{
    pager_empty(&self->pager);
    self->is_stale = false;
    add_connections(&self->pager);
    add_jobs(&self->pager);
    add_outbox(&self->pager);
    add_waiting(&self->pager);
    add_log(&self->pager);
}

static void draw(view *base)
{
    if (cast(base)->is_stale)
        reload(cast(base));
    pager_draw(base);
    base->is_dirty = false;
}

static bool press(view *base, const struct key *key)
{
    g_autoptr(GPtrArray) jobs = status_jobs(base->app->status);
    if (key->kind == KEY_KIND_CHARACTER && key->mods == 0 && key->character >= '1' && key->character < '1' + jobs->len &&
        key->character <= '9') {
        const struct status_job *job = g_ptr_array_index(jobs, key->character - '1');
        app_say(base->app, _("Cancelled: %s"), job->title);
        if (!filing_cancel(base->app, job->id))
            engine_cancel_job(app_engine(base->app), job->id);
        cast(base)->is_stale = true;
        view_touch(base);
        return true;
    }
    return pager_key(base, key);
}

static void event(view *base, const struct event *news)
{
    (void)news;
    cast(base)->is_stale = true;
    view_touch(base);
}

static void release(view *base)
{
    pager_clear(&cast(base)->pager);
    g_free(cast(base));
}

static const struct view_ops ops = { .name = "activity",
                                     .context = CONTEXT_ACTIVITY,
                                     .layout = pager_layout,
                                     .draw = draw,
                                     .key = press,
                                     .mouse = pager_mouse,
                                     .event = event,
                                     .free = release };

void view_activity_push(app *ui)
{
    struct view_activity *self = g_new0(struct view_activity, 1);
    pager_init(&self->pager, &ops, ui);
    self->is_stale = true;
    view_push(ui, &self->pager.base);
}
