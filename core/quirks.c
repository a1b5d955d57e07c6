/* SPDX-License-Identifier: MIT */
/* The names are data: a new one is a word in a row. */
#include "core/quirks.h"
#include <glib.h>
#include <string.h>

/* Exchange and Outlook name folders in the language of their first sign-in; Gmail under [Gmail] and Yahoo under / as well; Thunderbird, Apple Mail and
 * web mailers have made the others. Case folded. */
static const struct {
    enum folder_role role;
    const char *names;
} role_names[] = {
    { FOLDER_SENT,
      "sent|sent items|sent messages|sent mail|sent-mail|sentmail|sent objects|gesendet|gesendete objekte|gesendete elemente|"
      "gesendete nachrichten|gesendete e-mails|envoyés|éléments envoyés|messages envoyés|objets envoyés|courrier envoyé|enviados|enviado|"
      "elementos enviados|mensajes enviados|correo enviado|itens enviados|mensagens enviadas|e-mails enviados|itens enviadas|inviata|"
      "posta inviata|inviati|elementi inviati|messaggi inviati|wysłane|elementy wysłane|wiadomości wysłane|wysłana poczta|отправленные|"
      "отправленное|отправленные письма|надіслані|надіслані елементи|送信済み|送信済みアイテム|送信済みメール|送信済みトレイ|"
      "已发送|已发送邮件|已发送消息|寄件備份|寄件备份|已傳送郵件|보낸 편지함|보낸편지함|보낸 메일함|verzonden|verzonden "
      "items|"
      "verzonden berichten|verzonden objecten|skickat|skickade|skickade objekt|sendt|sendte elementer|sendt post|sendte|lähetetyt|"
      "lähetetyt viestit|odeslané|odeslaná pošta|odoslané|odoslaná pošta|elküldött|elküldött elemek|elküldött üzenetek|trimise|"
      "elemente trimise|mesaje trimise|изпратени|изпратени елементи|απεσταλμένα|gönderilmiş öğeler|gönderilmiş|gönderilenler|"
      "gönderilmiş postalar|poslano|poslani predmeti|poslana pošta|poslane stavke|poslata pošta|послато|enviats|elements enviats|"
      "saadetud|nosūtītie|nosūtītie vienumi|išsiųsta|išsiųsti elementai|đã gửi|mục đã gửi|terkirim|item terkirim|ส่งแล้ว|ข้อความที่ส่งแล้ว|"
      "פריטים שנשלחו|דואר שנשלח|العناصر المرسلة|البريد المرسل|المرسلة|بريد مُرسل" },
    { FOLDER_DRAFTS,
      "drafts|draft|entwürfe|entwurf|brouillons|brouillon|borradores|borrador|rascunhos|rascunho|bozze|bozza|kopie robocze|wersje robocze|"
      "robocze|szkice|черновики|черновик|чернетки|下書き|草稿|草稿箱|草稿匣|임시 보관함|임시보관함|concepten|concept|utkast|kladder|kladde|"
      "luonnokset|koncepty|rozepsané|rozpísané|piszkozatok|ciorne|schițe|чернови|πρόχειρα|taslaklar|osnutki|skice|nacrti|нацрти|esborranys|"
      "mustandid|melnraksti|juodraščiai|thư nháp|bản nháp|nháp|draf|ฉบับร่าง|จดหมายร่าง|טיוטות|المسودات|مسودات" },
    { FOLDER_TRASH,
      "trash|bin|deleted items|deleted messages|deleted|deleted objects|trash can|papierkorb|gelöscht|gelöschte elemente|gelöschte objekte|"
      "gelöschte nachrichten|corbeille|éléments supprimés|messages supprimés|objets supprimés|papelera|papelera de reciclaje|"
      "elementos eliminados|mensajes eliminados|lixeira|lixo|itens excluídos|itens eliminados|itens apagados|mensagens excluídas|cestino|"
      "posta eliminata|elementi eliminati|eliminati|kosz|elementy usunięte|usunięte|корзина|удаленные|удалённые|удаленные "
      "элементы|видалені|"
      "видалені елементи|кошик|ゴミ箱|ごみ箱|削除済みアイテム|削除済み|已删除|已删除邮件|已删除消息|废件箱|垃圾桶|回收站|刪除的郵件|"
      "휴지통|지운 편지함|지운편지함|prullenbak|verwijderde items|verwijderd|papperskorgen|papperskorg|borttaget|borttagna objekt|"
      "slettet post|slettede elementer|slettet|papirkurv|papirkurven|søppel|roskakori|poistetut|poistetut viestit|koš|odstraněná pošta|"
      "odstranená pošta|kôš|kuka|lomtár|törölt elemek|coș de gunoi|elemente șterse|изтрити|изтрити елементи|кошче|διαγραμμένα|"
      "κάδος απορριμμάτων|çöp kutusu|silinmiş öğeler|silinmiş|izbrisano|izbrisani predmeti|smeće|izbrisane stavke|отпад|paperera|"
      "elements suprimits|prügikast|kustutatud|miskaste|izdzēstie vienumi|šiukšlinė|ištrinti elementai|thùng rác|mục đã xóa|tong sampah|"
      "sampah|item terhapus|ถังขยะ|รายการที่ถูกลบ|פריטים שנמחקו|אשפה|العناصر المحذوفة|سلة المهملات|المهملات" },
    { FOLDER_JUNK,
      "junk|junk e-mail|junk email|junk-e-mail|junk mail|spam|spam mail|bulk mail|bulk|unerwünscht|unerwünschte e-mails|spamverdacht|"
      "spam-verdacht|courrier indésirable|indésirables|pourriel|pourriels|correo no deseado|correo basura|no deseado|lixo "
      "eletrônico|"
      "lixo eletrónico|correio eletrónico de lixo|e-mail de lixo|posta indesiderata|indesiderata|wiadomości-śmieci|wiadomości śmieci|"
      "niechciane|спам|нежелательная почта|небажана пошта|迷惑メール|迷惑メールフォルダー|垃圾邮件|垃圾箱|垃圾郵件|스팸|스팸 "
      "메일함|스팸메일함|"
      "정크 메일|정크 전자 메일|ongewenste e-mail|ongewenste reclame|ongewenst|skräppost|søppelpost|uønsket e-post|uønsket mail|uønsket "
      "e-mail|"
      "roskaposti|nevyžádaná pošta|nevyžiadaná pošta|levélszemét|e-mail nedorit|mesaje nedorite|нежелана поща|ανεπιθύμητη αλληλογραφία|"
      "ανεπιθύμητα|önemsiz e-posta|önemsiz posta|gereksiz|istenmeyen|neželena pošta|neželjena pošta|нежељена пошта|correu brossa|rämpspost|"
      "mēstules|nepageidaujami laiškai|šlamštas|thư rác|email sampah|อีเมลขยะ|דואר זבל|البريد الإلكتروني غير الهام|البريد غير الهام" },
    { FOLDER_ARCHIVE,
      "archive|archives|archived|archiv|archivo|archivar|archivados|arquivo|arquivar|arquivados|archivio|archiwum|архив|архів|"
      "アーカイブ|归档|存档|封存|보관|보관함|archief|arkiv|arkisto|archív|archivum|archívum|arhiva|arhivă|αρχείο|arşiv|arhiv|"
      "архива|arxiu|arhiiv|arhīvs|archyvas|lưu trữ|arsip|เก็บถาวร|ארכיון|أرشيف|الأرشيف" },
};

static bool is_one_of(const char *names, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = names; length > 0 && at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, name, length) == 0 && (at[length] == '|' || at[length] == '\0'))
            return true;
    }
    return false;
}

enum folder_role quirks_role_of_name(const char *name)
{
    g_autofree char *composed = g_utf8_normalize(name, -1, G_NORMALIZE_NFC); /* Apple decomposes: "u" and two dots */
    g_autofree char *low = g_utf8_strdown(composed != NULL ? composed : name, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(role_names); i++) {
        if (is_one_of(role_names[i].names, g_strstrip(low)))
            return role_names[i].role;
    }
    return FOLDER_NONE;
}
