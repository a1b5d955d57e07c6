/* SPDX-License-Identifier: MIT */
/* The order of each list: remembered, and built in the background when a folder is sorted so for the first time. */
#pragma once
#include "core/store_order.h"
#include "ui/app.h"

typedef struct list_order list_order;
list_order *list_order_new(app *app);
void list_order_free(list_order *self);

/* What a list is shown in now: as remembered, or, while that is being built, by date. */
struct window_order list_order_for(list_order *self, int64_t view_id, const int64_t *folders, size_t count);
/* From now on. False: it is being built; list_order_event tells when it is there. */
bool list_order_set(list_order *self, int64_t view_id, const int64_t *folders, size_t count, const struct window_order *order);
bool list_order_event(list_order *self, const struct event *event); /* true: an order is ready, or cannot be made */
/* "sender, A to Z". */
const char *list_order_words(const struct window_order *order);
const char *list_order_reverse_words(const struct window_order *order); /* what turning it round would give */
