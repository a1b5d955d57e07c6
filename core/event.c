/* SPDX-License-Identifier: MIT */
/* The merging queue between workers and the screen. */
#include "core/event.h"
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A screen that is away (an editor runs in the terminal) must not cost memory without end. Beyond this, arrivals and
 * notices push out the oldest of their kind: the folder's own change event remains. */
#define WAITING_LIMIT 4096

struct event_queue {
    pthread_mutex_t lock;
    GQueue waiting;       /* of struct event* */
    GHashTable *by_event; /* an event → its link in waiting */
    int fd;
};

void event_free(struct event *event)
{
    if (event == NULL)
        return;
    g_free(event->text);
    g_free(event);
}

/* Where the text says which thing it is about, and not how that thing is now. */
static bool event_text_is_identity(const struct event *event)
{
    return event->type == EVENT_BODY_AVAILABLE || event->type == EVENT_NOTICE;
}

static guint event_hash(gconstpointer data)
{
    const struct event *event = data;
    guint64 mixed = (guint64)event->type;
    mixed = mixed * 0x9e3779b97f4a7c15U + (guint64)event->account;
    mixed = mixed * 0x9e3779b97f4a7c15U + (guint64)event->folder;
    mixed = mixed * 0x9e3779b97f4a7c15U + (guint64)event->item;
    return (guint)(mixed ^ (mixed >> 32));
}

static gboolean event_equal(gconstpointer left, gconstpointer right)
{
    const struct event *a = left, *b = right;
    return a->type == b->type && a->account == b->account && a->folder == b->folder && a->item == b->item &&
           (!event_text_is_identity(a) || g_strcmp0(a->text, b->text) == 0);
}

event_queue *event_queue_new(void)
{
    event_queue *queue = g_new0(event_queue, 1);
    pthread_mutex_init(&queue->lock, NULL);
    g_queue_init(&queue->waiting);
    queue->by_event = g_hash_table_new(event_hash, event_equal);
    queue->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue->fd < 0)
        g_error("eventfd: %s", g_strerror(errno)); /* at start, out of file descriptors: there is no screen without it */
    return queue;
}

static void event_destroy(gpointer data)
{
    event_free(data);
}

void event_queue_free(event_queue *queue)
{
    if (queue == NULL)
        return;
    g_hash_table_destroy(queue->by_event);
    g_queue_clear_full(&queue->waiting, event_destroy);
    close(queue->fd);
    pthread_mutex_destroy(&queue->lock);
    g_free(queue);
}

int event_queue_fd(const event_queue *queue)
{
    return queue->fd;
}

static bool event_may_be_dropped(const struct event *event)
{
    return event->type == EVENT_MESSAGE_ARRIVED || event->type == EVENT_NEWS || event->type == EVENT_NOTICE;
}

/* Called with the lock held. Whatever is dropped is the oldest of those that may be. */
static void queue_make_room(event_queue *queue)
{
    for (GList *link = queue->waiting.head; link != NULL; link = link->next) {
        if (!event_may_be_dropped(link->data))
            continue;
        g_hash_table_remove(queue->by_event, link->data);
        event_free(link->data);
        g_queue_delete_link(&queue->waiting, link);
        return;
    }
}

/* Called with the lock held. The newer facts take the older one's place in the row, so a busy folder cannot push itself back for ever. */
static void queue_put(event_queue *queue, struct event *event)
{
    GList *link = g_hash_table_lookup(queue->by_event, event);
    if (link != NULL) {
        g_hash_table_remove(queue->by_event, link->data);
        event_free(link->data);
        link->data = event;
    } else {
        if (queue->waiting.length >= WAITING_LIMIT && event_may_be_dropped(event))
            queue_make_room(queue);
        g_queue_push_tail(&queue->waiting, event);
        link = queue->waiting.tail;
    }
    g_hash_table_insert(queue->by_event, event, link);
}

void event_post(event_queue *queue, const struct event *event)
{
    struct event *copy = g_memdup2(event, sizeof *event);
    copy->text = g_strdup(event->text);
    pthread_mutex_lock(&queue->lock);
    bool was_empty = queue->waiting.length == 0;
    queue_put(queue, copy);
    if (was_empty)
        eventfd_write(queue->fd, 1); /* cannot fail: the counter is 0 when the queue is empty */
    pthread_mutex_unlock(&queue->lock);
}

struct event *event_take(event_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    struct event *event = g_queue_pop_head(&queue->waiting);
    if (event != NULL)
        g_hash_table_remove(queue->by_event, event);
    eventfd_t count;
    if (event != NULL && queue->waiting.length == 0)
        eventfd_read(queue->fd, &count);
    pthread_mutex_unlock(&queue->lock);
    return event;
}
