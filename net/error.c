/* SPDX-License-Identifier: MIT */
/* The error domain of the network layer. */
#include "net/error.h"
#include <errno.h>
#include <glib/gi18n-lib.h>

/* Not G_DEFINE_QUARK: two threads may meet their first error at once, and its variable is no atomic. */
GQuark net_error_quark(void)
{
    return g_quark_from_static_string("net-error-quark");
}

gboolean net_fail_errno(GError **error, enum net_error code, const char *what, const char *host)
{
    int saved = errno; /* first: the calls below may change it */
    g_set_error(error, NET_ERROR, (gint)code, _("%s %s: %s"), what, host, g_strerror(saved));
    return FALSE;
}
