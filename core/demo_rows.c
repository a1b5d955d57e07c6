/* SPDX-License-Identifier: MIT */
/* Sixty messages that show what mail looks like: conversations, HTML, files, scripts of the world, an invitation, a mailing list, and some trouble. */
#include "core/demo_private.h"
#include "core/store_message.h"

/* A table of texts in many scripts, on which the formatter changes its mind. */
/* clang-format off */
#define ME   "demo@example.test"
#define ADA  "Ada Lovelace <ada@example.test>"
#define CHB  "Charles Babbage <charles@example.test>"
#define HOP  "Grace Hopper <grace@example.test>"
#define ALAN "Alan Turing <alan@example.test>"
#define KURT "Kurt Gödel <kurt@example.test>"
#define LIST "Terminal Friends <friends@lists.example.test>"
#define CI   "build@ci.example.test"
#define SEEN MESSAGE_SEEN
#define STAR MESSAGE_FLAGGED
#define DONE (MESSAGE_SEEN | MESSAGE_ANSWERED)
#define H    60
#define D    (24 * 60)

#define LIST_HEADERS                                                                                                                       \
    "List-Id: Friends of the terminal <friends.lists.example.test>\nList-Post: <mailto:friends@lists.example.test>\n"                      \
    "List-Unsubscribe: <mailto:friends-leave@lists.example.test>\n"

#define PDF                                                                                                                                \
    "JVBERi0xLjEKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZy9QYWdlcyAyIDAgUj4+ZW5kb2JqCjIgMCBvYmo8PC9UeXBlL1BhZ2VzL0tpZHNbMyAwIFJdL0NvdW50IDE+"         \
    "PmVuZG9\n"                                                                                                                            \
    "iagozIDAgb2JqPDwvVHlwZS9QYWdlL1BhcmVudCAyIDAgUi9NZWRpYUJveFswIDAgMjAwIDEwMF0+PmVuZG9iagp0cmFpbGVyPDwvUm9vdCAxIDAgUj4+Cg==\n"
#define PNG "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC\n"

const struct demo_row demo_rows[] = {
    /* --- a conversation with a file --- */
    { "Inbox", 3 * H, 0, ADA, NULL, "Notes on the analytical engine", "engine-1@demo", NULL, DEMO_RAW, NULL,
      "Content-Type: multipart/mixed; boundary=engine\n\n--engine\nContent-Type: text/plain; charset=utf-8\n\nDear friend,\n\n"
      "the engine might compose elaborate and scientific pieces of music of any\ndegree of complexity or extent. See "
      "https://en.wikipedia.org/wiki/Note_G\nfor the one everybody speaks of.\n\nI attach the drawing, so that you can tell me what you "
      "think.\n\n"
      "Ada\n\n-- \nAda Lovelace\nCountess, programmer\n--engine\nContent-Type: application/pdf; name=engine.pdf\n"
      "Content-Disposition: attachment; filename=engine.pdf\nContent-Transfer-Encoding: base64\n\n" PDF "--engine--\n" },
    { "Inbox", 2 * H + 20, 0, CHB, ADA ", " ME, "Re: Notes on the analytical engine", "engine-2@demo", "engine-1@demo", DEMO_TEXT, NULL,
      "Ada Lovelace wrote:\n> the engine might compose elaborate and scientific pieces of music of any\n> degree of complexity or "
      "extent.\n\n"
      "It might, if Parliament would pay for the second thousand cogs.\n\nCharles\n" },
    { "Inbox", 1 * H + 10, 0, ADA, CHB ", " ME, "Re: Notes on the analytical engine", "engine-3@demo", "engine-2@demo", DEMO_TEXT, NULL,
      "Charles Babbage wrote:\n> Ada Lovelace wrote:\n>> the engine might compose elaborate and scientific pieces of music\n>\n"
      "> It might, if Parliament would pay for the second thousand cogs.\n\nThen we must show them a number they want to see.\n\nAda\n" },
    { "Inbox", 41, STAR, CHB, ADA ", " ME, "Re: Notes on the analytical engine", "engine-4@demo", "engine-3@demo", DEMO_TEXT, NULL,
      "The number of Bernoulli, then. Thursday at four, bring tea.\n\nC.\n" },
    /* --- an invitation --- */
    { "Inbox", 5 * H, 0, HOP, NULL, "Invitation: compiler meeting, Thursday 14:00", "meeting-1@demo", NULL, DEMO_RAW, NULL,
      "Content-Type: multipart/alternative; boundary=cal\n\n--cal\nContent-Type: text/plain; charset=utf-8\n\nCompiler meeting, Thursday "
      "14:00 to 15:00, "
      "room 7.\nPlease answer.\n--cal\nContent-Type: text/calendar; method=REQUEST; "
      "charset=utf-8\n\nBEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\n"
      "BEGIN:VEVENT\nUID:meeting-1@demo\nSUMMARY:Compiler meeting\nDTSTART:20300110T140000Z\nDTEND:20300110T150000Z\nLOCATION:Room 7\n"
      "ORGANIZER:mailto:grace@example.test\nATTENDEE:mailto:" ME "\nEND:VEVENT\nEND:VCALENDAR\n--cal--\n" },
    { "Inbox", 4 * H, STAR, HOP, NULL, "Re: Invitation: compiler meeting — moved to room 9", "meeting-2@demo", "meeting-1@demo", DEMO_TEXT,
      NULL, "There was a moth in room 7. I taped it into the log book.\n\nRoom 9, same time.\n\nGrace\n" },
    /* --- a long thread --- */
    { "Inbox", 2 * D, SEEN, ALAN, NULL, "Does it halt?", "halt-1@demo", NULL, DEMO_TEXT, NULL,
      "I have written a program and would like to know whether it ever stops.\nCould you have a look?\n\nAlan\n" },
    { "Inbox", 2 * D - 2 * H, SEEN, KURT, ALAN ", " ME, "Re: Does it halt?", "halt-2@demo", "halt-1@demo", DEMO_TEXT, NULL,
      "Alan Turing wrote:\n> I have written a program and would like to know whether it ever stops.\n\nI could tell you, but you could not "
      "prove that I am "
      "right.\n\nK.\n" },
    { "Inbox", 2 * D - 3 * H, SEEN, HOP, ALAN ", " ME, "Re: Does it halt?", "halt-3@demo", "halt-1@demo", DEMO_TEXT, NULL,
      "It did when I pulled the plug.\n" },
    { "Inbox", 2 * D - 4 * H, SEEN, ALAN, HOP ", " ME, "Re: Does it halt?", "halt-4@demo", "halt-3@demo", DEMO_TEXT, NULL,
      "Grace Hopper wrote:\n> It did when I pulled the plug.\n\nThat is cheating.\n" },
    { "Inbox", 30 * H, 0, KURT, ALAN ", " ME, "Re: Does it halt?", "halt-5@demo", "halt-4@demo", DEMO_TEXT, NULL,
      "It is *inconsistent*, which is worse.\n\nK.\n" },
    /* --- HTML --- */
    { "Inbox", 7 * H, 0, "The Daily Terminal <news@daily.example.test>", NULL, "This week: tabs, spaces, and peace at last", NULL, NULL,
      DEMO_HTML, NULL,
      "<html><body><h1>The Daily Terminal</h1><p>Good morning. Here is what happened in <b>80 columns</b>.</p><h2>Tabs and spaces</h2>"
      "<p>Both sides have signed. <a href=\"https://daily.example.test/peace\">Read the treaty</a>.</p><ul><li>Tabs stay at the "
      "beginning</li>"
      "<li>Spaces stay everywhere else</li><li>Nobody speaks of <i>alignment</i></li></ul><table><tr><th>Editor</th><th>Votes</th></tr>"
      "<tr><td>ed</td><td>42</td></tr><tr><td>vi</td><td>41</td></tr><tr><td>emacs</td><td>41</td></tr></table>"
      "<blockquote>It is the standard editor.</blockquote><img src=\"https://daily.example.test/pixel.gif\" alt=\"A picture of a "
      "terminal\" width=\"1\">"
      "<p style=\"color:#888\">You get this because you asked for it. <a "
      "href=\"https://daily.example.test/leave\">Leave</a></p></body></html>\n" },
    { "Inbox", 26 * H, SEEN, "Museum of Computing <tickets@museum.example.test>", NULL, "Your reservation for Saturday", NULL, NULL,
      DEMO_BOTH, NULL,
      "Thank you for your reservation.\n\nTwo adults, Saturday 10:30, entrance at the back.\nCode: 0x2F3A\n\nSee you soon!\n" },
    { "Inbox", 3 * D, SEEN, "Railway <no-reply@rail.example.test>", NULL, "Ticket 4711: London – Cambridge", NULL, NULL, DEMO_RAW, NULL,
      "Content-Type: multipart/mixed; boundary=t\n\n--t\nContent-Type: text/html; charset=utf-8\n\n<p>Your ticket is attached. "
      "<b>Platform 9</b> at 08:14.</p>\n--t\nContent-Type: application/pdf; name=\"ticket.pdf\"\nContent-Disposition: attachment; "
      "filename=\"ticket.pdf\"\n"
      "Content-Transfer-Encoding: base64\n\n" PDF
      "--t\nContent-Type: image/png; name=\"qr.png\"\nContent-Disposition: attachment; filename=\"qr.png\"\n"
      "Content-Transfer-Encoding: base64\n\n" PNG "--t--\n" },
    { "Inbox", 9 * H, 0, "Your Bank <security@bank-example-login.test>", NULL, "Urgent: confirm your account", NULL, NULL, DEMO_HTML, NULL,
      "<p>Dear customer,</p><p>please sign in at <a href=\"http://203.0.113.7/steal\">https://bank.example.test</a> at once, or your "
      "account is closed.</p>"
      "<p>This sample shows how a link is marked whose text names another place than it leads to.</p>\n" },
    /* --- the world's scripts --- */
    { "Inbox", 11 * H, 0, "田中 花子 <hanako@example.test>", NULL, "会議の議事録", NULL, NULL, DEMO_TEXT, NULL,
      "お疲れ様です。\n\n昨日の会議の議事録をお送りします。\n・端末の幅について\n・全角文字の表示\n・次回は木曜日の十四時です\n\nよろしくお"
      "願いいたします。\n田中\n" },
    { "Inbox", 12 * H, SEEN, "李小龙 <li@example.test>", NULL, "回复:关于终端的字体", NULL, NULL, DEMO_TEXT, NULL,
      "你好!\n\n等宽字体很重要,汉字应当占两格。\n\n谢谢。\n" },
    { "Inbox", 13 * H, SEEN, "김철수 <kim@example.test>", NULL, "안녕하세요, 새 소식입니다", NULL, NULL, DEMO_TEXT, NULL,
      "안녕하세요.\n\n새 버전이 나왔습니다. 확인해 주세요.\n\n감사합니다.\n" },
    { "Inbox", 14 * H, SEEN, "ليلى <layla@example.test>", NULL, "مرحبا من القاهرة", NULL, NULL, DEMO_TEXT, NULL,
      "السلام عليكم،\n\nهذه رسالة تُكتب من اليمين إلى اليسار، وفيها رقم 42 وكلمة terminal.\n\nمع التحية\n" },
    { "Inbox", 15 * H, SEEN, "דוד <david@example.test>", NULL, "שלום, שאלה קצרה", NULL, NULL, DEMO_TEXT, NULL,
      "שלום,\n\nהאם הפגישה ב-14:00 עדיין מתקיימת?\n\nתודה\n" },
    { "Inbox", 16 * H, SEEN, "Łukasz Żółć <lukasz@example.test>", NULL, "Faktura 11/2026 – zażółć gęślą jaźń", NULL, NULL, DEMO_TEXT, NULL,
      "Dzień dobry,\n\nw załączeniu faktura. Proszę o potwierdzenie.\n\nPozdrawiam\nŁukasz\n" },
    { "Inbox", 17 * H, SEEN, "Ελένη <eleni@example.test>", NULL, "Καλημέρα από την Αθήνα", NULL, NULL, DEMO_TEXT, NULL,
      "Γεια σου,\n\nόλα καλά εδώ. Τα λέμε αύριο.\n" },
    { "Inbox", 18 * H, SEEN, "Ольга <olga@example.test>", NULL, "Привет из библиотеки", NULL, NULL, DEMO_TEXT, NULL,
      "Здравствуйте!\n\nКнига «Как приручить терминал» ждёт вас на полке.\n\nОльга\n" },
    { "Inbox", 19 * H, SEEN, "สมชาย <somchai@example.test>", NULL, "สวัสดีจากกรุงเทพฯ", NULL, NULL, DEMO_TEXT, NULL,
      "สวัสดีครับ\n\nพบกันวันพฤหัสบดี\n" },
    { "Inbox", 6 * H, 0, "Emoji Fan 🎉 <emoji@example.test>", NULL, "👩‍💻 works in the terminal too 🚀🇪🇺👍🏽", NULL, NULL,
      DEMO_TEXT, NULL,
      "Family: 👨‍👩‍👧‍👦, flag: 🏳️‍🌈, thumbs: 👍🏿, keycap: 1️⃣\n\nIf the columns beside this mail are straight, all is "
      "well. "
      "🙂\n" },
    { "Inbox", 20 * H, SEEN, "Zalgo <zalgo@example.test>", NULL, "C͜o̸m̴b̶i̷n̸i̵n̴g̷ marks stay in their cells", NULL, NULL, DEMO_TEXT, NULL,
      "e\xcc\x81 is é, and a\xcc\x8a is å, each one cell wide.\n" },
    /* --- odd but real --- */
    { "Inbox", 22 * H, SEEN, "Old Server <root@old.example.test>", NULL, "Latin-1, as in 1994", NULL, NULL, DEMO_RAW, NULL,
      "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe aus M=FCnchen, 20=B0C, =BD "
      "Liter.\n" },
    { "Inbox", 23 * H, SEEN, "Nobody <nobody@example.test>", NULL, "", NULL, NULL, DEMO_TEXT, NULL,
      "This message has no subject. It happens.\n" },
    { "Inbox", 25 * H, SEEN, "Verbose <verbose@example.test>", NULL,
      "A subject that goes on and on, well beyond the width of every column that anybody has ever given to subjects, just to see that it "
      "ends in dots",
      NULL, NULL, DEMO_FLOWED, NULL,
      "This text is flowed: it was broken into lines by the sender's program, \nbut your reader puts it together again and breaks it where "
      "your \nwindow ends. "
      "Make the window wider and see.\n\n> A quoted paragraph flows too, and \n> keeps its mark.\n" },
    { "Inbox", 27 * H, SEEN, "Mailer-Daemon <mailer-daemon@example.test>", NULL, "Undelivered mail returned to sender", NULL, NULL,
      DEMO_RAW, NULL,
      "Content-Type: multipart/report; report-type=delivery-status; boundary=dsn\n\n--dsn\nContent-Type: text/plain; charset=utf-8\n\n"
      "Your message could not be delivered to <nobody@nowhere.example.test>:\n550 5.1.1 no such user\n--dsn\nContent-Type: "
      "message/delivery-status\n\n"
      "Reporting-MTA: dns; mail.example.test\n\nFinal-Recipient: rfc822; nobody@nowhere.example.test\nAction: failed\nStatus: "
      "5.1.1\n--dsn--\n" },
    { "Inbox", 28 * H, SEEN, "Charles Darwin <darwin@example.test>", NULL, "Fwd: finches", NULL, NULL, DEMO_RAW, NULL,
      "Content-Type: multipart/mixed; boundary=fwd\n\n--fwd\nContent-Type: text/plain; charset=utf-8\n\nThis came this morning. Look at "
      "the beaks.\n--fwd\n"
      "Content-Type: message/rfc822\n\nFrom: John Gould <gould@example.test>\nTo: darwin@example.test\nSubject: finches\n"
      "Date: Wed, 04 Jan 1837 10:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nThirteen kinds, not "
      "three.\n--fwd--\n" },
    { "Inbox", 4 * D, SEEN | STAR, "Margaret Hamilton <margaret@example.test>", NULL, "1202 alarm", NULL, NULL, DEMO_BOTH, NULL,
      "It is only an overflow: low-priority work was shed and the landing went on.\n\nMake your mail client do the same.\n" },
    { "Inbox", 5 * D, DONE, "Dennis Ritchie <dmr@example.test>", NULL, "A small language", "c-1@demo", NULL, DEMO_TEXT, NULL,
      "    main()\n    {\n            printf(\"hello, world\\n\");\n    }\n\nCould you try it on your machine?\n\ndmr\n" },
    { "Inbox", 6 * D, SEEN, "Barbara Liskov <barbara@example.test>", NULL, "What can stand in for what", NULL, NULL, DEMO_TEXT, NULL,
      "If it looks like a mailbox and answers like a mailbox, it must also keep\nthe promises of a mailbox.\n\nB.\n" },
    { "Inbox", 8 * D, SEEN, "Edsger Dijkstra <ewd@example.test>", NULL, "EWD 1318", NULL, NULL, DEMO_TEXT, NULL,
      "Simplicity is prerequisite for reliability.\n" },
    { "Inbox", 33 * D, SEEN, "Hedy Lamarr <hedy@example.test>", NULL, "Frequency hopping", NULL, NULL, DEMO_TEXT, NULL,
      "Any girl can look glamorous. This is better.\n" },
    { "Inbox", 400 * D, SEEN, "Vint Cerf <vint@example.test>", NULL, "Happy new protocol", NULL, NULL, DEMO_TEXT, NULL,
      "IP on everything.\n" },
    /* --- a machine that writes a lot --- */
    { "Inbox", 30, 0, CI, NULL, "[main] pipeline failed: 2 tests", NULL, NULL, DEMO_TEXT, "X-Build: 1042\n",
      "FAILED tests/peer/test_imap.c: greeting_in_pieces\nFAILED tests/tui/test_resize.c: down_to_60_by_15\n\n412 passed, 2 failed, 0 "
      "skipped in 31 s\n" },
    { "Inbox", 10 * H, SEEN, CI, NULL, "[main] pipeline passed", NULL, NULL, DEMO_TEXT, "X-Build: 1041\n",
      "414 passed, 0 failed, 0 skipped in 30 s\n" },
    { "Inbox", 21 * H, SEEN, CI, NULL, "[fix/idle] pipeline passed", NULL, NULL, DEMO_TEXT, "X-Build: 1040\n",
      "414 passed, 0 failed, 0 skipped in 29 s\n" },
    { "Inbox", 34 * H, SEEN, CI, NULL, "[fix/idle] pipeline failed: 1 test", NULL, NULL, DEMO_TEXT, "X-Build: 1039\n",
      "413 passed, 1 failed in 33 s\n" },
    /* --- a mailing list --- */
    { "Inbox", 35 * H, 0, "Linus <linus@example.test>", LIST, "[friends] What is your prompt?", "list-1@demo", NULL, DEMO_TEXT,
      LIST_HEADERS, "Mine is a dollar sign. Show me yours.\n\n_______________________________________________\nfriends mailing list\n" },
    { "Inbox", 34 * H, 0, "Radia <radia@example.test>", LIST, "Re: [friends] What is your prompt?", "list-2@demo", "list-1@demo", DEMO_TEXT,
      LIST_HEADERS, "> Mine is a dollar sign. Show me yours.\n\nA tree, spanning the screen.\n" },
    { "Inbox", 33 * H, SEEN, "Ken <ken@example.test>", LIST, "Re: [friends] What is your prompt?", "list-3@demo", "list-1@demo", DEMO_TEXT,
      LIST_HEADERS, "> Mine is a dollar sign. Show me yours.\n\n?\n" },
    { "Inbox", 32 * H, SEEN, "Frances <frances@example.test>", LIST, "Re: [friends] What is your prompt?", "list-4@demo", "list-3@demo",
      DEMO_TEXT, LIST_HEADERS, ">> Mine is a dollar sign. Show me yours.\n>\n> ?\n\nOptimised away.\n" },
    { "Inbox", 7 * D, SEEN, "Bjarne <bjarne@example.test>", LIST, "[friends] Patch: one more colour", "list-5@demo", NULL, DEMO_RAW,
      LIST_HEADERS,
      "Content-Type: multipart/mixed; boundary=p\n\n--p\nContent-Type: text/plain; charset=utf-8\n\nPatch attached.\n--p\nContent-Type: "
      "text/x-patch; "
      "charset=utf-8; name=colour.patch\nContent-Disposition: attachment; filename=colour.patch\n\n--- a/theme\n+++ b/theme\n@@ -1 +1 "
      "@@\n-unread = bold\n"
      "+unread = bold cyan\n--p--\n" },
    { "Inbox", 7 * D - 5 * H, SEEN, "Radia <radia@example.test>", LIST, "Re: [friends] Patch: one more colour", "list-6@demo",
      "list-5@demo", DEMO_TEXT, LIST_HEADERS, "Never the only carrier of meaning, please: some of us see three colours fewer.\n" },
    /* --- other folders --- */
    { "Sent", 5 * D - 3 * H, SEEN, "Demo <" ME ">", "Dennis Ritchie <dmr@example.test>", "Re: A small language", "c-2@demo", "c-1@demo",
      DEMO_TEXT, NULL, "> Could you try it on your machine?\n\nIt said hello.\n" },
    { "Sent", 2 * D - 1 * H, SEEN, "Demo <" ME ">", ALAN, "Re: Does it halt?", "halt-6@demo", "halt-1@demo", DEMO_TEXT, NULL,
      "> Could you have a look?\n\nI am still looking.\n" },
    { "Sent", 10 * D, SEEN, "Demo <" ME ">", HOP, "Holiday", NULL, NULL, DEMO_TEXT, NULL, "I am away until Monday.\n" },
    { "Drafts", 50, SEEN | MESSAGE_DRAFT, "Demo <" ME ">", ADA, "Re: Notes on the analytical engine", "draft-1@demo", "engine-1@demo",
      DEMO_TEXT, NULL, "Dear Ada,\n\nI have looked at the drawing and\n" },
    { "Archive", 40 * D, SEEN, "Tim <tim@example.test>", NULL, "Vague but exciting", NULL, NULL, DEMO_TEXT, NULL,
      "May I have a week for a small information system?\n" },
    { "Archive", 41 * D, SEEN, "Donald Knuth <don@example.test>", NULL, "I have no e-mail", NULL, NULL, DEMO_TEXT, NULL,
      "Email is a wonderful thing for people whose role in life is to be on top of things.\n" },
    { "Archive", 60 * D, SEEN, "Katherine Johnson <katherine@example.test>", NULL, "Go, no-go", NULL, NULL, DEMO_TEXT, NULL,
      "I checked the numbers. They are good. Go.\n" },
    { "Archive", 90 * D, SEEN, "Niklaus Wirth <nw@example.test>", NULL, "A plea for lean software", NULL, NULL, DEMO_TEXT, NULL,
      "Software is getting slower more rapidly than hardware becomes faster.\n" },
    { "Archive", 120 * D, SEEN, "Joan Clarke <joan@example.test>", NULL, "Hut 8", NULL, NULL, DEMO_TEXT, NULL,
      "Banburismus tonight. Bring pencils.\n" },
    { "Junk", 8 * H, 0, "Lucky Winner <win@spam.example.test>", NULL, "YOU HAVE WON 1 000 000", NULL, NULL, DEMO_HTML, NULL,
      "<h1>CONGRATULATIONS!!!</h1><p>Send us your <b>bank data</b>.</p>\n" },
    { "Junk", 36 * H, 0, "Prince <prince@spam.example.test>", NULL, "Confidential business proposal", NULL, NULL, DEMO_TEXT, NULL,
      "Dear friend, I am a prince.\n" },
    { "Trash", 3 * D, SEEN, CI, NULL, "[main] pipeline passed", NULL, NULL, DEMO_TEXT, NULL, "413 passed, 0 failed in 29 s\n" },
    /* --- the first to be read --- */
    { "Inbox", 5, 0, "postern <hello@postern.invalid>", NULL, "Welcome: press Enter to read this", "welcome@demo", NULL, DEMO_TEXT, NULL,
      "This is the demo account. Nothing here leaves your computer: what you send\ncomes back to your own inbox.\n\nTry this:\n\n"
      "  j k      up and down            r  answer\n  Enter    open                   c  write\n  e        archive                d  "
      "delete\n"
      "  u        take it back           /  search\n  ?        all keys               q  back, and out\n\n"
      "When you have seen enough, `postern setup` adds your own account.\n" },
};
const size_t demo_row_count = sizeof demo_rows / sizeof *demo_rows;
