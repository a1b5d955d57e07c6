/* SPDX-License-Identifier: MIT */
/* Rows of one table, written many a statement: beginning one costs more than a row. */
#pragma once
#include "core/store.h"
#include <sqlite3.h>

enum { STORE_ROWS_STRIDES = 4 }; /* how many sizes of statements there are */
#define STORE_ROWS_4(rows) rows "," rows "," rows "," rows
#define STORE_ROWS_16(row) STORE_ROWS_4(STORE_ROWS_4(row))
#define STORE_ROWS_64(row) STORE_ROWS_4(STORE_ROWS_16(row))
/* "INSERT … VALUES", "(?,?)" → statements of 64, 16, 4 rows and one. */
#define STORE_ROWS_SQL(head, row)                                                                                                          \
    {                                                                                                                                      \
        head STORE_ROWS_64(row), head STORE_ROWS_16(row), head STORE_ROWS_4(row), head row                                                 \
    }

struct store_rows {
    const char *sql[STORE_ROWS_STRIDES];
    int columns;
    /* The item's values behind the at-th parameter. What is bound is borrowed until the statement is used again. */
    void (*bind)(sqlite3_stmt *row, int at, const void *whole, const void *item);
};

bool store_rows_write(store *db, const struct store_rows *table, const void *whole, const GPtrArray *items, GError **error);
