/* SPDX-License-Identifier: MIT */
/* Other people's servers (server_jail.h) as sites of the matrix. */
#pragma once
#include "tests/servers/server_jail.h"
#include "tests/servers/server_site.h"

typedef struct site_jail site_jail;
/* script: of tests/servers/jail/. doors: the ports that it has, as offsets of struct jail_ports' members, ended by -1. refused: as in struct site. NULL with the reason when
 * it does not start: the test says skipped, never passed. */
site_jail *site_jail_start(const char *script, const char *column, const int *doors, unsigned refused, char **why_not_out);
site_jail *site_jail_start_with(const char *script, const char *column, const int *doors, const struct jail_options *options,
                                char **why_not_out);
void site_jail_free(site_jail *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(site_jail, site_jail_free)
const struct site *site_jail_site(const site_jail *self);
#define SITE_JAIL_DOOR(name) ((int)offsetof(struct jail_ports, name))
