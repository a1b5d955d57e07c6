/* SPDX-License-Identifier: MIT */
/* A thread that writes the rows of one backfill while its connection goes on reading: one batch is under way at a time. */
#pragma once
#include "core/store_bulk.h"

typedef struct bulk_writer bulk_writer;
/* The thread, with a store connection of its own, starts with the first batch. */
bulk_writer *bulk_writer_new(const char *store_path);
void bulk_writer_free(bulk_writer *self); /* waits for the batch under way */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bulk_writer, bulk_writer_free)
/* The rows and all they point to are the writer's until bulk_writer_wait. None may be under way. */
void bulk_writer_put(bulk_writer *self, int64_t folder_id, struct bulk_row *rows, size_t count);
/* What store_bulk_put said of the batch; true at once when none was given. */
bool bulk_writer_wait(bulk_writer *self, size_t *left_out, GError **error);
