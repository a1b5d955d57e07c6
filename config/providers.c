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
#define STARTTLS_PAIR(imap, smtp)                                                                                                          \
    { imap, 143, STARTTLS },                                                                                                               \
    {                                                                                                                                      \
        smtp, 587, STARTTLS                                                                                                                \
    }

static const char app_password[] = N_("This service wants an app password, made in its security settings, instead of your own password.");
static const char authorisation_code[] =
    N_("Switch IMAP on in the settings of the web mail first; the password is the authorisation code shown there.");
static const char switch_on[] = N_("IMAP must be switched on in the settings of the web mail first.");
static const char gmail[] = N_("Gmail wants an app password instead of your own: switch on 2-Step Verification, then make one at "
                               "myaccount.google.com/apppasswords.");
static const char yahoo[] =
    N_("Yahoo wants an app password instead of your own: on the web, Account Info, Security, \"Create app password\".");
static const char aol[] = N_("AOL wants an app password instead of your own: on the web, Account Info, Security, \"Create app password\".");
static const char icloud[] =
    N_("Apple wants an app-specific password instead of your own: make one at account.apple.com, Sign-In and Security.");
static const char fastmail[] =
    N_("Fastmail wants an app password instead of your own: Settings, Privacy & Security, \"Manage app passwords\".");
static const char microsoft[] =
    N_("Microsoft refuses passwords, and app passwords too: people sign in through its own web page only (OAuth). postern can do that, but "
       "this "
       "wizard cannot set it up yet: write the account file with [oauth] as postern.conf(5) says, then run \"postern sign-in\".");
static const char gmx[] =
    N_("Allow IMAP first: in the web mail, Settings, POP3 & IMAP. With two-factor sign-in, use an app password made there.");
static const char yandex[] = N_("Switch IMAP on in the settings of the web mail, then make an app password for mail at id.yandex.com.");
static const char mail_ru[] =
    N_("Mail.ru wants a password for external applications instead of your own: make one in the security settings.");
static const char comcast[] = N_("Allow it first: in the Xfinity web mail, Settings, Security, \"Third Party Access Security\".");

/* An exact domain counts before one with a star, which stands for anything: hotmail.* is hotmail.co.uk too. */
static const struct provider providers[] = {
    { "Gmail", "gmail.com googlemail.com", PAIR("imap.gmail.com", "smtp.gmail.com"), "address", gmail, true },
    { "Outlook.com",
      "outlook.com hotmail.com live.com msn.com windowslive.com passport.com outlook.* hotmail.* live.at live.be live.ca live.cl live.cn "
      "live.de "
      "live.dk live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl live.no live.ru live.se live.co.jp live.co.kr live.co.uk "
      "live.co.za live.com.ar live.com.au live.com.mx live.com.my live.com.ph live.com.pt live.com.sg livemail.tw",
      PAIR587("outlook.office365.com", "smtp-mail.outlook.com"), "address", microsoft, true },
    { "Microsoft 365", "*.onmicrosoft.com", PAIR587("outlook.office365.com", "smtp.office365.com"), "address", microsoft, true },
    { "Yahoo Japan", "yahoo.co.jp ybb.ne.jp", PAIR("imap.mail.yahoo.co.jp", "smtp.mail.yahoo.co.jp"), "local-part", switch_on, false },
    { "Yahoo", "yahoo.com ymail.com myyahoo.com rocketmail.com cox.net yahoo.*", PAIR("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
      "address", yahoo, false },
    { "AOL", "aol.com aim.com verizon.net netscape.net netscape.com compuserve.com cs.com wmconnect.com aol.*",
      PAIR("imap.aol.com", "smtp.aol.com"), "address", aol, false },
    { "iCloud", "icloud.com me.com mac.com", PAIR587("imap.mail.me.com", "smtp.mail.me.com"), "either", icloud, false },
    { "Fastmail", "fastmail.com fastmail.fm fastmail.net fastmail.org sent.com mailbolt.com 123mail.org",
      PAIR("imap.fastmail.com", "smtp.fastmail.com"), "address", fastmail, false },
    { "GMX", "gmx.de gmx.net gmx.at gmx.ch gmx.eu gmx.biz gmx.org gmx.info mein.gmx mail.gmx email.gmx",
      PAIR("imap.gmx.net", "mail.gmx.net"), "address", gmx, false },
    { "GMX.com", "gmx.com gmx.us gmx.co.uk gmx.fr gmx.es gmx.it", PAIR("imap.gmx.com", "mail.gmx.com"), "address", gmx, false },
    { "mail.com",
      "mail.com mail.org email.com usa.com myself.com consultant.com post.com europe.com accountant.com dr.com engineer.com cheerful.com "
      "techie.com "
      "linuxmail.org london.com iname.com writeme.com",
      PAIR("imap.mail.com", "smtp.mail.com"), "address", switch_on, false },
    { "WEB.DE", "web.de", PAIR("imap.web.de", "smtp.web.de"), "either", gmx, false },
    { "T-Online", "t-online.de magenta.de", PAIR("secureimap.t-online.de", "securesmtp.t-online.de"), "address",
      N_("Telekom wants its password for e-mail programs, made in the customer centre: the one of the web mail does not work."), false },
    { "freenet", "freenet.de", PAIR("mx.freenet.de", "mx.freenet.de"), "address", switch_on, false },
    { "1&1", "online.de onlinehome.de sofortstart.de sofort-start.de sofortsurf.de sofort-surf.de go4more.de",
      PAIR("imap.1und1.de", "smtp.1und1.de"), "address", NULL, false },
    { "Vodafone", "vodafonemail.de vodafone.de arcor.de kabelmail.de", PAIR("imap.vodafonemail.de", "smtp.vodafonemail.de"), "address",
      NULL, false },
    { "STRATO", "strato.de", PAIR("imap.strato.de", "smtp.strato.de"), "address", NULL, false },
    { "Posteo", "posteo.de posteo.net posteo.org posteo.eu posteo.at posteo.ch", PAIR("posteo.de", "posteo.de"), "address", NULL, false },
    { "mailbox.org", "mailbox.org", PAIR("imap.mailbox.org", "smtp.mailbox.org"), "address", NULL, false },
    { "mail.de", "mail.de", PAIR("imap.mail.de", "smtp.mail.de"), "address", NULL, false },
    { "Zoho", "zohomail.com zoho.com", PAIR("imap.zoho.com", "smtp.zoho.com"), "address", switch_on, false },
    { "Zoho (EU)", "zohomail.eu zoho.eu", PAIR("imap.zoho.eu", "smtp.zoho.eu"), "address", switch_on, false },
    { "Yandex", "yandex.ru yandex.com ya.ru yandex.by yandex.kz yandex.ua yandex.net narod.ru", PAIR("imap.yandex.com", "smtp.yandex.com"),
      "address", yandex, false },
    { "Mail.ru", "mail.ru inbox.ru list.ru bk.ru internet.ru", PAIR("imap.mail.ru", "smtp.mail.ru"), "address", mail_ru, false },
    { "Rambler", "rambler.ru lenta.ru autorambler.ru myrambler.ru ro.ru", PAIR("imap.rambler.ru", "smtp.rambler.ru"), "address", switch_on,
      false },
    { "QQ Mail", "qq.com foxmail.com vip.qq.com", PAIR("imap.qq.com", "smtp.qq.com"), "address", authorisation_code, false },
    { "163", "163.com", PAIR("imap.163.com", "smtp.163.com"), "address", authorisation_code, false },
    { "126", "126.com", PAIR("imap.126.com", "smtp.126.com"), "address", authorisation_code, false },
    { "yeah.net", "yeah.net", PAIR("imap.yeah.net", "smtp.yeah.net"), "address", authorisation_code, false },
    { "Sina", "sina.com", PAIR("imap.sina.com", "smtp.sina.com"), "address", authorisation_code, false },
    { "Naver", "naver.com", PAIR("imap.naver.com", "smtp.naver.com"), "address", switch_on, false },
    { "Daum / Kakao", "daum.net hanmail.net", PAIR("imap.daum.net", "smtp.daum.net"), "address", app_password, false },
    { "Seznam", "seznam.cz email.cz post.cz spoluzaci.cz", PAIR("imap.seznam.cz", "smtp.seznam.cz"), "address", NULL, false },
    { "WP Poczta", "wp.pl", PAIR("imap.wp.pl", "smtp.wp.pl"), "address", switch_on, false },
    { "o2", "o2.pl tlen.pl go2.pl prokonto.pl", PAIR("poczta.o2.pl", "poczta.o2.pl"), "either", switch_on, false },
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
    { "TIM", "tim.it alice.it tin.it", STARTTLS_PAIR("imap.tim.it", "smtp.tim.it"), "address", NULL, false },
    { "Aruba", "aruba.it", PAIR("imaps.aruba.it", "smtps.aruba.it"), "address", NULL, false },
    { "AT&T",
      "att.net sbcglobal.net bellsouth.net pacbell.net ameritech.net swbell.net currently.com flash.net nvbell.net prodigy.net snet.net "
      "wans.net",
      PAIR("imap.mail.att.net", "smtp.mail.att.net"), "address", N_("AT&T wants a secure mail key instead of your password."), false },
    { "Comcast", "comcast.net", PAIR("imap.comcast.net", "smtp.comcast.net"), "address", comcast, false },
    /* TLS from the first byte on 587: against the rules, and what they do. */
    { "Spectrum",
      "charter.net spectrum.net bresnan.net",
      { "mobile.charter.net", 993, TLS },
      { "mobile.charter.net", 587, TLS },
      "address",
      NULL,
      false },
    { "EarthLink", "earthlink.net mindspring.com ix.netcom.com peoplepc.com", PAIR587("imap.earthlink.net", "smtpauth.earthlink.net"),
      "address", NULL, false },
    { "BT", "btinternet.com", PAIR("mail.btinternet.com", "mail.btinternet.com"), "address", NULL, false },
    { "Virgin Media", "virginmedia.com blueyonder.co.uk", PAIR("imap.virginmedia.com", "smtp.virginmedia.com"), "address", NULL, false },
    { "NTL World", "ntlworld.com", PAIR("imap.ntlworld.com", "smtp.ntlworld.com"), "address", NULL, false },
    { "Bluewin", "bluewin.ch bluemail.ch", PAIR("imaps.bluewin.ch", "smtpauths.bluewin.ch"), "address", NULL, false },
    { "Kolab Now", "kolabnow.com mykolab.com", PAIR("imap.kolabnow.com", "smtp.kolabnow.com"), "address", NULL, false },
    { "StartMail", "startmail.com", PAIR("imap.startmail.com", "smtp.startmail.com"), "address", app_password, false },
    { "UKR.NET", "ukr.net", PAIR("imap.ukr.net", "smtp.ukr.net"), "address", app_password, false },
    { "ABV", "abv.bg", PAIR("imap.abv.bg", "smtp.abv.bg"), "address", switch_on, false },
    { "Runbox", "runbox.com", PAIR("mail.runbox.com", "mail.runbox.com"), "address", NULL, false },
    { "Purelymail", "purelymail.com", PAIR("imap.purelymail.com", "smtp.purelymail.com"), "address", NULL, false },
    { "Vivaldi", "vivaldi.net", PAIR("imap.vivaldi.net", "smtp.vivaldi.net"), "address", NULL, false },
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

/* "hotmail.*" is any ending, "*.onmicrosoft.com" any beginning. */
static bool has_star(const char *word)
{
    return strchr(word, '*') != NULL;
}

static bool is_domain(const char *word, const char *domain)
{
    size_t length = strlen(word), whole = strlen(domain);
    if (g_str_has_suffix(word, ".*"))
        return g_ascii_strncasecmp(domain, word, length - 1) == 0;
    if (g_str_has_prefix(word, "*."))
        return whole >= length && g_ascii_strcasecmp(domain + whole - (length - 1), word + 1) == 0;
    return g_ascii_strcasecmp(word, domain) == 0;
}

/* Is domain one of the blank-separated words of list, without regard to case? Only those with a star count, or only those without. */
static bool has_domain(const char *list, const char *domain, bool is_starred)
{
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    for (char **each = words; *each != NULL; each++) {
        if (has_star(*each) == is_starred && is_domain(*each, domain))
            return true;
    }
    return false;
}

const struct provider *provider_for_address(const char *address)
{
    const char *at = strrchr(address, '@');
    for (int is_starred = 0; at != NULL && is_starred < 2; is_starred++) {
        for (size_t i = 0; i < G_N_ELEMENTS(providers); i++) {
            if (has_domain(providers[i].domains, at + 1, is_starred != 0))
                return &providers[i];
        }
    }
    return NULL;
}

/* Mail exchangers by the end of their names, and a domain of the service. */
static const struct {
    const char *ending, *domain;
} exchangers[] = {
    { "google.com", "gmail.com" },
    { "googlemail.com", "gmail.com" },
    { "mail.protection.outlook.com", "x.onmicrosoft.com" },
    { "olc.protection.outlook.com", "outlook.com" },
    { "messagingengine.com", "fastmail.com" },
    { "am0.yahoodns.net", "yahoo.com" },
    { "gm0.yahoodns.net", "aol.com" },
    { "mail.icloud.com", "icloud.com" },
    { "zoho.com", "zoho.com" },
    { "zoho.eu", "zoho.eu" },
    { "protonmail.ch", "proton.me" },
    { "mx.yandex.net", "yandex.com" },
    { "emx.mail.ru", "mail.ru" },
    { "mailbox.org", "mailbox.org" },
    { "posteo.de", "posteo.de" },
    { "migadu.com", "migadu.com" },
    { "runbox.com", "runbox.com" },
    { "purelymail.com", "purelymail.com" },
    { "kundenserver.de", "online.de" },
    { "rzone.de", "strato.de" },
    { "gandi.net", "gandi.net" },
    { "hostinger.com", "hostinger.com" },
};

const struct provider *provider_for_exchanger(const char *host)
{
    for (size_t i = 0; i < G_N_ELEMENTS(exchangers); i++) {
        g_autofree char *pattern = g_strconcat("*.", exchangers[i].ending, NULL), *address = NULL;
        if (!is_domain(pattern, host) && g_ascii_strcasecmp(exchangers[i].ending, host) != 0)
            continue;
        address = g_strconcat("x@", exchangers[i].domain, NULL);
        return provider_for_address(address);
    }
    return NULL;
}

const struct provider *provider_at(size_t index)
{
    return index < G_N_ELEMENTS(providers) ? &providers[index] : NULL;
}
