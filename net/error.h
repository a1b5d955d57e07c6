/* SPDX-License-Identifier: MIT */
/* The ways a network operation can fail, as kinds a caller decides by. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define NET_ERROR (net_error_quark())
GQuark net_error_quark(void);

/* The code says what the caller does next; the message is a whole sentence for a person: what, with whom, why.
 * A server's NO, BAD, 4xx, 5xx to a command is data in a reply struct, not one of these. */
enum net_error {
    NET_ERROR_RESOLVE,     /* the name has no address: retry later, or the name is wrong */
    NET_ERROR_CONNECT,     /* no address answered: retry later */
    NET_ERROR_TIMEOUT,     /* a deadline passed: retry later */
    NET_ERROR_CLOSED,      /* the other side hung up: retry later */
    NET_ERROR_IO,          /* errno text in the message: retry later */
    NET_ERROR_TLS,         /* handshake or record failure: OpenSSL's whole queue in the message */
    NET_ERROR_CERTIFICATE, /* not trusted: ask the person, see struct net_trust_verdict */
    NET_ERROR_NO_STARTTLS, /* STARTTLS was asked for and not offered, refused or tampered with: never go on */
    NET_ERROR_PROTOCOL,    /* the peer does not speak the protocol: escaped excerpt in the message */
    NET_ERROR_AUTH,        /* sign-in refused, the server's own words in the message: ask for another password */
    NET_ERROR_INSECURE,    /* a password would go over cleartext and nobody allowed it */
    NET_ERROR_REFUSED,     /* the server does not want us (BYE, 421, 554 as greeting): back off */
    NET_ERROR_LIMIT,       /* larger than a limit of ours */
    NET_ERROR_CANCELLED,   /* cancel_fd became readable */
    NET_ERROR_CONFIG,      /* an option cannot be used (CA file unreadable, malformed pin, ...) */
};

/* False with errno's text: "<what> <host>: <strerror>". First statement of the callee copies errno. */
gboolean net_fail_errno(GError **error, enum net_error code, const char *what, const char *host);

G_END_DECLS
