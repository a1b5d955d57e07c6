/* SPDX-License-Identifier: MIT */
/* Addresses that anybody on the internet may have (RFC 6890 has the others). */
#include "net/public_address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static bool is_public4(uint32_t address)
{
    static const struct {
        uint32_t network;
        int bits;
    } others[] = {
        { 0x00000000, 8 },  { 0x0a000000, 8 },  { 0x64400000, 10 }, { 0x7f000000, 8 },  { 0xa9fe0000, 16 },
        { 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 }, { 0xc0a80000, 16 }, { 0xc6120000, 15 },
        { 0xc6336400, 24 }, { 0xcb007100, 24 }, { 0xe0000000, 4 },  { 0xf0000000, 4 },
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if ((address ^ others[i].network) >> (32 - others[i].bits) == 0)
            return false;
    return true;
}

static uint32_t four_bytes(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Only what is given out to the public (2000::/3); where another address is inside, that counts. */
static bool is_public6(const uint8_t *bytes)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }, translated[12] = { 0, 0x64, 0xff, 0x9b };
    if (memcmp(bytes, mapped, sizeof mapped) == 0 || memcmp(bytes, translated, sizeof translated) == 0)
        return is_public4(four_bytes(bytes + 12));
    if (bytes[0] == 0x20 && bytes[1] == 0x02)
        return is_public4(four_bytes(bytes + 2));
    bool is_documentation = four_bytes(bytes) == 0x20010db8;
    return (bytes[0] & 0xe0) == 0x20 && !is_documentation;
}

bool net_address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_public4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    return address->sa_family == AF_INET6 && is_public6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
}
