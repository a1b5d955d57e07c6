/* SPDX-License-Identifier: MIT */
/* For the end of a test: a directory and all that was made below it. */
#pragma once
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

static inline int remove_tree_entry(const char *path, const struct stat *stat, int flag, struct FTW *place)
{
    (void)stat, (void)flag, (void)place;
    (void)remove(path); /* what could not be removed is told by tests/leaves_nothing */
    return 0;           /* and the rest goes all the same */
}

static inline void remove_tree(const char *path)
{
    nftw(path, remove_tree_entry, 16, FTW_DEPTH | FTW_PHYS);
}
