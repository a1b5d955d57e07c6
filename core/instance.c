/* SPDX-License-Identifier: MIT */
/* The lock and the bell: flock() ends with its process, however that dies; a datagram socket beside it needs no answer. */
#include "core/instance.h"
#include "config/paths.h"
#include "core/store.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct instance {
    int lock_fd, bell_fd;
    char *bell_path;
};

static char *file_beside(const char *store_path, const char *name)
{
    if (store_path == NULL)
        return paths_data_file(name);
    g_autofree char *directory = g_path_get_dirname(store_path);
    return g_build_filename(directory, name, NULL);
}

/* False: the path is longer than a socket's name may be. */
static bool bell_address(const char *path, struct sockaddr_un *address_out)
{
    *address_out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    return g_strlcpy(address_out->sun_path, path, sizeof address_out->sun_path) < sizeof address_out->sun_path;
}

/* What an earlier holder left is removed: we have the lock, so nobody listens there. Without a bell the holder looks by itself now and then. */
static int bell_hang(const char *path)
{
    struct sockaddr_un address;
    if (!bell_address(path, &address))
        return -1;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    g_unlink(path);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 && chmod(path, 0600) == 0)
        return fd;
    close(fd);
    return -1;
}

instance *instance_hold(const char *store_path, GError **error)
{
    g_autofree char *path = file_beside(store_path, "lock"), *directory = g_path_get_dirname(path);
    if (!paths_make(directory, error))
        return NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int saved = errno;
    if (fd < 0) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_FULL, _("%s cannot be opened: %s."), path, g_strerror(saved));
        return NULL;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        saved = errno;
        close(fd);
        if (saved != EWOULDBLOCK)
            g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, _("%s cannot be locked: %s."), path, g_strerror(saved));
        return NULL;
    }
    instance *self = g_new0(instance, 1);
    self->lock_fd = fd;
    self->bell_path = file_beside(store_path, "bell");
    self->bell_fd = bell_hang(self->bell_path);
    return self;
}

bool instance_is_free(const char *store_path)
{
    g_autofree char *path = file_beside(store_path, "lock");
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    bool is_free = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (fd >= 0)
        close(fd); /* and with it the lock */
    return is_free;
}

void instance_free(instance *self)
{
    if (self == NULL)
        return;
    if (self->bell_fd >= 0) {
        g_unlink(self->bell_path); /* still ours: the lock is given back after it */
        close(self->bell_fd);
    }
    close(self->lock_fd);
    g_free(self->bell_path);
    g_free(self);
}

int instance_bell_fd(const instance *self)
{
    return self->bell_fd;
}

bool instance_take_bell(const instance *self)
{
    char bytes[16];
    bool is_rung = false;
    while (self->bell_fd >= 0 && recv(self->bell_fd, bytes, sizeof bytes, MSG_DONTWAIT) >= 0)
        is_rung = true;
    return is_rung;
}

bool instance_ring(const char *store_path)
{
    g_autofree char *path = file_beside(store_path, "bell");
    struct sockaddr_un address;
    int fd = bell_address(path, &address) ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    if (fd < 0)
        return false;
    bool is_heard = sendto(fd, "1", 1, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof address) == 1 ||
                    errno == EAGAIN; /* full: it has been rung already */
    close(fd);
    return is_heard;
}
