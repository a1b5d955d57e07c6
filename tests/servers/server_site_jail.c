/* SPDX-License-Identifier: MIT */
/* Delivers to other people's servers as another client does, and looks into the directories that they deliver to; see server_site_jail.h. */
#include "tests/servers/server_site_jail.h"
#include "tests/servers/server.h"
#include "tests/servers/server_private.h"
#include <stddef.h>
#include <string.h>

struct site_jail {
    jail *jail;
    struct site site;
    unsigned processes; /* before anybody came */
};

/* GNU mailutils writes an mbox anew when a session ends, from what it knew when it began: what came meanwhile is lost. */
static void wait_for_sessions(const site_jail *self)
{
    for (int i = 0; i < 60 && jail_processes(self->jail) > self->processes; i++)
        g_usleep(50 * 1000);
}

static bool deliver(const struct site *site, const char *message)
{
    wait_for_sessions(site->server);
    return server_append(site->ports.imap, site->user, site->password, message);
}

static bool has_arrived(const struct site *site, const char *text)
{
    const site_jail *self = site->server;
    g_autofree char *folder = g_build_filename(jail_delivered(self->jail), SERVER_OTHER, "new", NULL);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL), *found = NULL;
        if (g_file_get_contents(path, &found, NULL, NULL) && strstr(found, text) != NULL && strstr(found, "\n.\nBehind a dot.") != NULL)
            return true;
    }
    return false;
}

static char *log_of(const struct site *site)
{
    return jail_log(((const site_jail *)site->server)->jail);
}

static const struct {
    size_t theirs, ours;
} ports[] = {
    { offsetof(struct jail_ports, imap), offsetof(struct site_ports, imap) },
    { offsetof(struct jail_ports, imaps), offsetof(struct site_ports, imaps) },
    { offsetof(struct jail_ports, pop3), offsetof(struct site_ports, pop3) },
    { offsetof(struct jail_ports, pop3s), offsetof(struct site_ports, pop3s) },
    { offsetof(struct jail_ports, smtp), offsetof(struct site_ports, smtp) },
    { offsetof(struct jail_ports, submission), offsetof(struct site_ports, submission) },
    { offsetof(struct jail_ports, submissions), offsetof(struct site_ports, submissions) },
    { offsetof(struct jail_ports, submission_wrapped), offsetof(struct site_ports, submission_wrapped) },
};

static void copy_port(site_jail *self, size_t door)
{
    const char *theirs = (const char *)jail_ports(self->jail);
    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++)
        if (ports[i].theirs == door)
            memcpy((char *)&self->site.ports + ports[i].ours, theirs + door, sizeof(int));
}

site_jail *site_jail_start(const char *script, const char *column, const int *doors, unsigned refused, char **why_not_out)
{
    site_jail *self = site_jail_start_with(script, column, doors, &(struct jail_options){ 0 }, why_not_out);
    if (self != NULL)
        self->site.refused = refused;
    return self;
}

site_jail *site_jail_start_with(const char *script, const char *column, const int *doors, const struct jail_options *options,
                                char **why_not_out)
{
    jail *started = jail_start_with(script, doors, options, why_not_out);
    if (started == NULL)
        return NULL;
    site_jail *self = g_new0(site_jail, 1);
    self->jail = started;
    self->site = (struct site){ .column = column,
                                .state = MATRIX_VERIFIED,
                                .host = "localhost",
                                .ca_file = jail_ca_file(started),
                                .user = SERVER_USER,
                                .password = options->password != NULL ? options->password : SERVER_PASSWORD,
                                .address = SERVER_ADDRESS,
                                .other = SERVER_OTHER "@example.test",
                                .server = self,
                                .deliver = deliver,
                                .has_arrived = has_arrived,
                                .log = log_of };
    self->processes = strcmp(script, "mailutils") == 0 ? jail_processes(started) : G_MAXUINT; /* others keep theirs for the next session */
    for (; *doors >= 0; doors++)
        copy_port(self, (size_t)*doors);
    return self;
}

void site_jail_free(site_jail *self)
{
    if (self == NULL)
        return;
    jail_free(self->jail);
    g_free(self);
}

const struct site *site_jail_site(const site_jail *self)
{
    return &self->site;
}
