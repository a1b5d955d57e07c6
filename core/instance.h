/* SPDX-License-Identifier: MIT */
/* Only one postern at a time talks to the servers for a store: who holds the lock does, all others write their wishes down and ring its bell. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct instance instance;
/* store_path NULL: the default one. Never waits. NULL without error: another process has it. */
instance *instance_hold(const char *store_path, GError **error);
bool instance_is_free(const char *store_path); /* nobody holds it at this moment */
void instance_free(instance *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(instance, instance_free)
int instance_bell_fd(const instance *self);    /* readable: another process wrote something down; -1: no bell could be hung up */
bool instance_take_bell(const instance *self); /* was it rung since the last time? */
/* Tells the holder to look. False: there is none, or it has no bell. */
bool instance_ring(const char *store_path);
