/* SPDX-License-Identifier: MIT */
/* Known mail services, from what they publish themselves. */
#include "config/providers.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define TLS      ACCOUNT_SECURITY_TLS
#define STARTTLS ACCOUNT_SECURITY_STARTTLS
#define PAIR(imap, smtp)                                                                                                                   \
    { imap, 993, TLS },                                                                                                                    \
    {                                                                                                                                      \
        smtp, 465, TLS                                                                                                                     \
    }
#define PAIR587(imap, smtp)                                                                                                                \
    { imap, 993, TLS },                                                                                                                    \
    {                                                                                                                                      \
        smtp, 587, STARTTLS                                                                                                                \
    }
static const char app_password[] = N_("This service wants an app password, made in its security settings, instead of your own password.");
static const char authorisation_code[] =
    N_("Switch IMAP on in the settings of the web mail first; the password is the authorisation code shown there.");
static const char switch_on[] = N_("IMAP must be switched on in the settings of the web mail first.");

static const struct provider providers[] = {
    { "Gmail", "gmail.com googlemail.com", PAIR("imap.gmail.com", "smtp.gmail.com"), "address", app_password, true },
    { "Outlook.com",
      "outlook.com hotmail.com live.com msn.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es outlook.de outlook.fr outlook.es "
      "outlook.it live.nl live.de live.fr live.co.uk",
      PAIR587("outlook.office365.com", "smtp-mail.outlook.com"), "address",
      N_("Microsoft wants its own sign-in page (OAuth), which comes in a later version; passwords are often refused."), true },
    { "Microsoft 365", "onmicrosoft.com", PAIR587("outlook.office365.com", "smtp.office365.com"), "address",
      N_("Microsoft wants its own sign-in page (OAuth), which comes in a later version; passwords are often refused."), true },
    { "Yahoo",
      "yahoo.com ymail.com rocketmail.com yahoo.co.uk yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.ca yahoo.com.br yahoo.co.in yahoo.in "
      "yahoo.com.au",
      PAIR("imap.mail.yahoo.com", "smtp.mail.yahoo.com"), "address", app_password, false },
    { "AOL", "aol.com aim.com verizon.net aol.de aol.co.uk", PAIR("imap.aol.com", "smtp.aol.com"), "address", app_password, false },
    { "iCloud", "icloud.com me.com mac.com", PAIR587("imap.mail.me.com", "smtp.mail.me.com"), "address", app_password, false },
    { "Fastmail", "fastmail.com fastmail.fm fastmail.net fastmail.org sent.com mailbolt.com 123mail.org",
      PAIR("imap.fastmail.com", "smtp.fastmail.com"), "address", app_password, false },
    { "GMX", "gmx.de gmx.net gmx.at gmx.ch", PAIR("imap.gmx.net", "mail.gmx.net"), "address", switch_on, false },
    { "GMX.com", "gmx.com gmx.us gmx.co.uk gmx.fr gmx.es", PAIR("imap.gmx.com", "mail.gmx.com"), "address", switch_on, false },
    { "mail.com", "mail.com email.com usa.com myself.com consultant.com post.com europe.com", PAIR("imap.mail.com", "smtp.mail.com"),
      "address", switch_on, false },
    { "WEB.DE", "web.de", PAIR587("imap.web.de", "smtp.web.de"), "address", switch_on, false },
    { "T-Online", "t-online.de magenta.de", PAIR("secureimap.t-online.de", "securesmtp.t-online.de"), "address",
      N_("The password is the one for e-mail programs, set in the customer centre."), false },
    { "freenet", "freenet.de", PAIR("mx.freenet.de", "mx.freenet.de"), "address", switch_on, false },
    { "1&1 / IONOS", "online.de onlinehome.de", PAIR("imap.ionos.de", "smtp.ionos.de"), "address", NULL, false },
    { "STRATO", "strato.de", PAIR("imap.strato.de", "smtp.strato.de"), "address", NULL, false },
    { "Posteo", "posteo.de posteo.net posteo.org posteo.eu posteo.at posteo.ch", PAIR("posteo.de", "posteo.de"), "address", NULL, false },
    { "mailbox.org", "mailbox.org", PAIR("imap.mailbox.org", "smtp.mailbox.org"), "address", NULL, false },
    { "mail.de", "mail.de", PAIR("imap.mail.de", "smtp.mail.de"), "address", NULL, false },
    { "Zoho", "zohomail.com zoho.com", PAIR("imap.zoho.com", "smtp.zoho.com"), "address", switch_on, false },
    { "Zoho (EU)", "zohomail.eu zoho.eu", PAIR("imap.zoho.eu", "smtp.zoho.eu"), "address", switch_on, false },
    { "Yandex", "yandex.ru yandex.com ya.ru yandex.by yandex.kz yandex.ua", PAIR("imap.yandex.com", "smtp.yandex.com"), "address",
      app_password, false },
    { "Mail.ru", "mail.ru inbox.ru list.ru bk.ru internet.ru", PAIR("imap.mail.ru", "smtp.mail.ru"), "address", app_password, false },
    { "Rambler", "rambler.ru lenta.ru autorambler.ru myrambler.ru ro.ru", PAIR("imap.rambler.ru", "smtp.rambler.ru"), "address", switch_on,
      false },
    { "QQ Mail", "qq.com foxmail.com vip.qq.com", PAIR("imap.qq.com", "smtp.qq.com"), "address", authorisation_code, false },
    { "163", "163.com", PAIR("imap.163.com", "smtp.163.com"), "address", authorisation_code, false },
    { "126", "126.com", PAIR("imap.126.com", "smtp.126.com"), "address", authorisation_code, false },
    { "yeah.net", "yeah.net", PAIR("imap.yeah.net", "smtp.yeah.net"), "address", authorisation_code, false },
    { "Sina", "sina.com", PAIR("imap.sina.com", "smtp.sina.com"), "address", authorisation_code, false },
    { "Naver", "naver.com", PAIR587("imap.naver.com", "smtp.naver.com"), "address", switch_on, false },
    { "Daum / Kakao", "daum.net hanmail.net", PAIR("imap.daum.net", "smtp.daum.net"), "address", app_password, false },
    { "Seznam", "seznam.cz email.cz post.cz spoluzaci.cz", PAIR("imap.seznam.cz", "smtp.seznam.cz"), "address", NULL, false },
    { "WP Poczta", "wp.pl", PAIR("imap.wp.pl", "smtp.wp.pl"), "address", switch_on, false },
    { "o2", "o2.pl tlen.pl go2.pl", PAIR("poczta.o2.pl", "poczta.o2.pl"), "address", switch_on, false },
    { "Onet", "onet.pl op.pl poczta.onet.pl onet.eu vp.pl", PAIR("imap.poczta.onet.pl", "smtp.poczta.onet.pl"), "address", switch_on,
      false },
    { "Interia", "interia.pl poczta.fm interia.eu", PAIR("poczta.interia.pl", "poczta.interia.pl"), "address", switch_on, false },
    { "Orange", "orange.fr wanadoo.fr", PAIR("imap.orange.fr", "smtp.orange.fr"), "address", NULL, false },
    { "Free", "free.fr", PAIR("imap.free.fr", "smtp.free.fr"), "local-part", NULL, false },
    { "La Poste", "laposte.net", PAIR("imap.laposte.net", "smtp.laposte.net"), "address", NULL, false },
    { "SFR", "sfr.fr neuf.fr cegetel.net club-internet.fr", PAIR("imap.sfr.fr", "smtp.sfr.fr"), "address", NULL, false },
    { "Libero", "libero.it inwind.it iol.it blu.it giallo.it", PAIR("imapmail.libero.it", "smtp.libero.it"), "address", app_password,
      false },
    { "Virgilio", "virgilio.it", PAIR("in.virgilio.it", "out.virgilio.it"), "address", NULL, false },
    { "Tiscali", "tiscali.it", PAIR("imap.tiscali.it", "smtp.tiscali.it"), "address", NULL, false },
    { "Aruba", "aruba.it", PAIR("imaps.aruba.it", "smtps.aruba.it"), "address", NULL, false },
    { "AT&T", "att.net sbcglobal.net bellsouth.net pacbell.net ameritech.net swbell.net", PAIR("imap.mail.att.net", "smtp.mail.att.net"),
      "address", N_("AT&T wants a secure mail key instead of your password."), false },
    { "BT", "btinternet.com", PAIR("mail.btinternet.com", "mail.btinternet.com"), "address", NULL, false },
    { "Virgin Media", "virginmedia.com ntlworld.com blueyonder.co.uk", PAIR("imap.virginmedia.com", "smtp.virginmedia.com"), "address",
      NULL, false },
    { "Bluewin", "bluewin.ch", PAIR("imaps.bluewin.ch", "smtpauths.bluewin.ch"), "address", NULL, false },
    { "Kolab Now", "kolabnow.com mykolab.com", PAIR("imap.kolabnow.com", "smtp.kolabnow.com"), "address", NULL, false },
    { "StartMail", "startmail.com", PAIR("imap.startmail.com", "smtp.startmail.com"), "address", app_password, false },
    { "UKR.NET", "ukr.net", PAIR("imap.ukr.net", "smtp.ukr.net"), "address", app_password, false },
    { "ABV", "abv.bg", PAIR("imap.abv.bg", "smtp.abv.bg"), "address", switch_on, false },
    { "Runbox", "runbox.com", PAIR("mail.runbox.com", "mail.runbox.com"), "address", NULL, false },
    { "Migadu", "migadu.com", PAIR("imap.migadu.com", "smtp.migadu.com"), "address", NULL, false },
    { "Gandi", "gandi.net", PAIR("mail.gandi.net", "mail.gandi.net"), "address", NULL, false },
    { "OVH", "ovh.net", PAIR("ssl0.ovh.net", "ssl0.ovh.net"), "address", NULL, false },
    { "Hostinger", "hostinger.com", PAIR("imap.hostinger.com", "smtp.hostinger.com"), "address", NULL, false },
    { "Mailfence", "mailfence.com", PAIR("imap.mailfence.com", "smtp.mailfence.com"), "local-part", NULL, false },
    { "Disroot", "disroot.org", PAIR("disroot.org", "disroot.org"), "address", NULL, false },
    { "Riseup", "riseup.net", PAIR("mail.riseup.net", "mail.riseup.net"), "local-part", NULL, false },
    { "Proton Mail",
      "proton.me protonmail.com pm.me protonmail.ch",
      { "127.0.0.1", 1143, STARTTLS },
      { "127.0.0.1", 1025, STARTTLS },
      "address",
      N_("Proton Mail needs its Bridge running on this computer; name and password are the ones the Bridge shows."),
      true },
};

/* Is word one of the blank-separated words of list, without regard to case? */
static bool has_word(const char *list, const char *word)
{
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    for (char **each = words; *each != NULL; each++) {
        if (g_ascii_strcasecmp(*each, word) == 0)
            return true;
    }
    return false;
}

const struct provider *provider_for_address(const char *address)
{
    const char *at = strrchr(address, '@');
    if (at == NULL)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(providers); i++) {
        if (has_word(providers[i].domains, at + 1))
            return &providers[i];
    }
    return NULL;
}

const struct provider *provider_at(size_t index)
{
    return index < G_N_ELEMENTS(providers) ? &providers[index] : NULL;
}
