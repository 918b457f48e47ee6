//! What models talk of when they do not translate, in the languages we know: stems for [`Words::say`], as folded.
//!
//! A topic that an answer speaks of and its source does not is the model's own. A stem counts for the source as well, and so
//! do the further ones behind it: what people say there that a good translation renders with the topic ("打扰一下", "I am sorry
//! to bother you"). To add a language is to add its stems; too many for the source cost little.

use super::words::Words;

/// Something a model says of its own accord.
pub(super) struct Topic {
    /// In an answer.
    pub(super) said: &'static str,
    /// In a source, besides.
    pub(super) meant: &'static str,
    /// In the answer as well; empty if nothing else is needed.
    pub(super) with: &'static str,
    /// Where: in the middle people say so themselves.
    pub(super) place: Place,
}

/// Languages whose words are not in these lists: of their texts nobody can say what they touch.
pub(super) const UNLISTED: [&str; 8] = ["eu", "eo", "tl", "sw", "bn", "ta", "ur", "mk"];

/// What part of an answer a topic is looked for in.
pub(super) enum Place {
    Start,
    End,
    Anywhere,
}

impl Topic {
    /// Whether a folded source may be about it. Generous: then talk goes unnoticed, but no real message is rejected.
    pub(super) fn is_touched_by(&self, source: &Words) -> bool {
        source.say(self.said) || source.say(self.meant)
    }
}

pub(super) fn speaks_of_translation(text: &str) -> bool {
    Words::of(text).say(TRANSLATION.said)
}

pub(super) fn may_be_about_translation(source: &str) -> bool {
    TRANSLATION.is_touched_by(&Words::of(source))
}

pub(super) const TOPICS: [Topic; 9] =
    [TRANSLATION, ITSELF, APOLOGY, HELP, THANKS, REQUEST, HASTE, GREETING, FAREWELL];

/// Only words that mean nothing else: a Russian перевод is a bank transfer too, and a Vietnamese dịch vụ a service.
pub(super) const TRANSLATION: Topic = Topic {
    said: "translat|tradu|übersetz|uebersetz|vertal|przetłumacz|översätt|oversæt|oversett|käännös|käännök|překlad|preklad|fordítás|prijevod|μετάφρα|μεταφρά|tercüme|переклад|ترجم|תרגום|अनुवाद|翻译|翻譯|翻訳|번역|bản dịch",
    meant: "interpret|intérpret|interprèt|dolmetsch|tolk|tulk|tłumacz|kään|překl|přelož|fordít|prev|çevir|перев|прев|dịch",
    with: "",
    place: Place::Anywhere,
};

const ITSELF: Topic = Topic {
    said: " as an ai | an ai language| ai assistant| language model| translation engine| just an ai | modelo de lenguaje| modelo de linguagem| modèle de langage| sprachmodell| modello linguistico| modello di linguaggio| taalmodel| model językow| jazykový model| dil modeli| språkmodell| sprogmodel| kielimalli| языковая модель| мовна модель|語言模型|语言模型|言語モデル|언어 모델|نموذج لغو|भाषा मॉडल| tant qu ia | als ki | como una ia | como ia | como uma ia | in quanto ia | jako ai |作为ai|作为一个ai|作為ai|ai助手|人工智能助手|인공지능으로서|aiとして",
    meant: " ai | ia | ki | ии | modelo| modell| modèle| model|人工智能|ai|ذكاء|एआई|인공지능|언어|言語",
    with: "",
    place: Place::Anywhere,
};

const APOLOGY: Topic = Topic {
    said: " sorry | apolog| disculp| lo siento| siento | sentimos | lament| perdón | perdona | desculp| sinto muito| sentimos muito| désolé| excus| regret| entschuld| leid |bedauer| dispiac| scus| spiacent| spijt| vervelend| przepr| przykro| undskyld| beklag| ked af | ledsen| ursäkt| förlåt| lei for | lei meg | omlouv| litujeme| lituji| ospravedl| pahoi| anteeks| извин| простите | прости | сожал| жаль | вибач| перепрош| прикро | üzgün| üzül| özür| kusura|آسف|عذرا|عذراً|معذرة|أعتذر|نعتذر|اعتذار|اعتذر|نأسف|يؤسف|माफ़|माफ|क्षमा|खेद|अफ़सोस|抱歉|对不起|對不起|不好意思|遗憾|遺憾|申し訳|すみません|すいません|ごめん|お詫び|죄송|미안|유감| xin lỗi| rất tiếc| maaf | scuze| îmi pare rău| ne pare rău| oprost| ispri| žao | sajnál| elnézés| bocsán|συγγν|λυπά|λυπού|συγνώ|סליח|מצטער|ขอโทษ|ขออภัย|เสียใจ|متاسف|متأسف|ببخش|پوزش|شرمنده| ho sent| sentímo| vabanda| kahju | atvaino| piedod| atsipraš| opravič",
    meant: " unfortunate| bother| trouble| excuse| pardon| leider | schade| verzeih| stör| desafortun| desgracia| infeliz| malheur| dommage| helaas | jammer| niestety | szkoda| desværre| dessverre| tyvärr| bohužel| bohužiaľ| škoda | valitett| ikävä| harmi| сожален| жаль| на жаль| шкода | maalesef | ne yazık|للأسف|दुर्भाग्य|可惜|残念|아쉽|안타깝|打扰|打擾|麻烦|麻煩|请问|請問|劳驾|恐れ入|お手数|恐縮|失礼|실례|번거|purtroppo | peccato | tristemente| sajnos | din păcate| nažalost |δυστυχ| tiếc | làm phiền| sayang",
    with: "",
    place: Place::Anywhere,
};

const HELP: Topic = Topic {
    said: " help| hulp| assist| ayud| ajud| aider | aide | aiderai| aiut| helf| hilf|weiterhelf| behilflich| pomoc | pomoci | pomocy | pomóc| pomog| pomáh| pomoż| hjælp| hjelp| hjälp| pomoh| pomůž| pomôž| pomáh| autta| avus| apua | помоч| помощ| помог| допомо| yardım|مساعد|أساعد|تساعد|मदद|सहायता|帮助|帮您|帮到|幫|协助|協助|手伝|お役に立|助け|도와|도움|giúp|hỗ trợ| bantu| membantu| ajut| pomoć| pomoz| segít|βοήθ|βοηθ|עזר|לעזור|ช่วยเหลือ|ให้ช่วย|ช่วยอะไร|ช่วยได้|کمک| aida| abi | palīdz| padė| pagalb",
    meant: "帮|助か|お願い|支援| support| soport| suport| assistên| asisten| unterstütz| destek| serv| nütz| nutz| nuts| útil| utile| useful| hand | mano | main | mão | hånd| dépann| steun|أفعله لك|فعله لك| for you | por usted| por ti | por você| para você| pour vous| pour toi| für sie | für dich| per lei| per te | voor u | voor je | for dig | for deg | for jer | for dere| för dig | för er| sizin için|आपके लिए|आपकी क्या|为您|為您|해 드|지원|ございま|لك شيء|поддерж| wsparci| für euch",
    with: "",
    place: Place::Anywhere,
};

/// "Thanks for contacting us". "Merci de me répondre" is "please", and お願いします is either.
const THANKS: Topic = Topic {
    said: " thank| gracias | agradec| obrigad| merci | dank| vielen dank| bedankt | hartelijk dank| grazie | ringrazi| dzięk| tack | tak | takk | mange tak| tusen takk| děkuj| ďakuj| kiitos | kiitäm| спасибо | благодар| дякую| дякуємо| teşekkür|شكر|धन्यवाद|शुक्रिया|感谢|感謝|谢谢|謝謝|多谢|ありがと|감사|고맙|cảm ơn| terima kasih| mulțum| hvala | köszön|ευχαριστ|תודה|ขอบคุณ|ممنون|سپاس|متشکر| tänan | täname | aitäh| paldies| ačiū| dėko| dėku| gràcies | grazas | хвала | hvala",
    meant: " please| bitte | por favor| s il vous| s il te| svp | per favore| per piacere| prego | cortesemente| alstu| alsje| graag | prosz| proszę | venligst| vennligst| vær så | var snäll| snälla | snälla| пожалуйста | прош| будь ласка| lütfen| rica |فضل|يرجى|أرجو|رجاء|لطفا|कृपया|请|請|麻烦|ください|下さい|お願い|頂|いただ|助か|주세요|바랍|부탁| vui lòng| xin | prosím| kérem| kérlek| ystävällis| olkaa hyvä| te rog| vă rog| molim|παρακαλ|בבקשה|กรุณา|โปรด| tolong| mohon| appreciat| apreci| cheers | ty | thx | grat|أقدر| quisiera",
    with: "",
    place: Place::Start,
};

/// "I cannot fulfil this request", "I cannot provide this".
const REQUEST: Topic = Topic {
    said: " fulfil| comply | i can t do that| unable to| not able to| cannot respond| can t respond| decline this| provide that| provide instructions| provide this| this request| cumplir con| esta solicitud| esa solicitud| esta petición| proporcionar| atender a es| essa solicitação| fornecer| cette demande| cette requête| fournir| anfrage | erfüllen| bereitstellen| soddisf| richiesta | fornire| verzoek | spełni| prośb| żądani| tenhle požadavek| požadavek| vyhovět| выполнить | запрос | просьб| предостав| запит | надати | isteğ| isteği| yerine get| talebi|الطلب |تلبية|अनुरोध|प्रदान|请求|請求|要求|リクエスト|要望|お応え|요청|제공해| yêu cầu| permintaan| cererea | zahtjev| kérés|αίτημα|בקשה|คำขอ|درخواست",
    meant: " request| requir| must | need| muss | müss| erforder| verlang| exig| requi| wymag| vyžad| треб| вимаг| gerek|يتطلب|必要|필요|要求| order| demand| ask| wish| want| bestell| auftrag| bitte| pedid| pedido | encargo| solicit| petici| demand| command| requête| réclam| ordin| richie| bestel| verzoek| vraag| zamów| prosi| wniosk| żąda| objedn| žád| pros| prosb| tilau| pyyn| заказ| зака| прос| заявк| замов| прох| запит| sipariş| istek| isti| talep| istiyor|طلب|ऑर्डर|अर्ज|निवेदन|订单|訂單|申请|需要|要|注文|請求|依頼|希望|申し|주문|신청|원합|đơn| đặt | pesan| ordre| bestill| beställ|comand| narudž| megrend|παραγγελ|הזמנ|สั่ง|سفارش| able | unable| fähig| peux| can t| posso| puedo | kann | kan | могу | mogę | mohu| voi | edemi|أستطيع|सकत|无法|不能|ません|수 없",
    with: " can t | cannot | unable| not able| decline| no puedo| no podemos| não posso| não consigo| não podemos| ne peux| ne pouvons| ne suis pas| kann | können | non posso| non possiamo| kan | nie mogę| nie możemy| nemohu| nemôžem| не могу | не можем| не можу | en voi | emme voi | edemem| edemiyor| getirem|أستطيع|يمكنني|يمكننا|नहीं|无法|不能|無法|できません|かねます|お応え|없습니다|không thể| tidak | nu pot | ne mogu| nem tud|δεν μπορ|לא יכול|לא ניתן|ไม่สามารถ|نمی‌توان|نمی توان",
    place: Place::Anywhere,
};

/// "I will look into it right away."
const HASTE: Topic = Topic {
    said: " right away| immediately | enseguida | en seguida| inmediat| imediat| immédiat| tout de suite| sofort| umgehend| kümmere| subito | immediat| meteen | direct | onmiddellijk| natychmiast| zaraz | straks | med det samme| omgående | omgående| straks| genast| omedelbart| okamžit| ihned | heti | välittömäst| немедленно| сейчас же | негайно| hemen | derhal|فورا|حالا|तुरंत|马上|立即|立刻|馬上|すぐに|直ちに|즉시|ngay lập tức| segera",
    meant: " now | soon| short| quick| fast| at once| asap | urgent| immediat| inmediat| imediat| sofort| schnell| dringend| gleich| eilig| ya | ahora| rápid| urge| pronto| já | agora| logo | vite| tout| maintenant| rapid| subito| presto| ora | adesso| nu | snel| spoed| szybko| teraz| pilne| już | hurtig| nå | fort | raskt| snabb| genast| rychl| hned| teď | nopea| pian | heti| nyt | срочно| быстр| сейчас| скор| сразу| терміново| швидк| зараз| одразу| hızlı| acil| şimdi| hemen|سريع|عاجل|الآن|जल्दी|अभी|फ़ौरन|快|急|现在|現在|马上|就|早く|至急|今|すぐ|빨리|급|지금|바로| ngay| nhanh| gấp",
    with: "",
    place: Place::Anywhere,
};

/// "Hello! How can I help you today?"
const GREETING: Topic = Topic {
    said: " hello how| hi how| hello thank| hola en qué| hola cómo puedo| olá como posso| olá em que| bonjour comment puis| hallo wie kann| guten tag wie kann| salve come posso| ciao come posso| здравствуйте чем |您好 请问|你好 请问|무엇을 도와",
    meant: " hi | hello | hey | dear | hola | buen| olá | oi | bonjour| salut | hallo | guten | moin | salve | ciao | hoi | goede| cześć | dzień | hej | hei | god | dobrý | ahoj | terve| merhaba | selam | здрав| привет| добр| привіт| вітаю|مرحبا|السلام|नमस्ते|你好|您好|请问|こんにち|안녕| xin chào| halo |สวัสดี|سلام|שלום| γεια| jó | dobar | bună | tere | labas | sveik",
    with: "",
    place: Place::Start,
};

/// "Let me know if you need anything else!"
const FAREWELL: Topic = Topic {
    said: " let me know| feel free| hope this| hope that helps| anything else| don t hesitate| do not hesitate| further questions| avísame| avíseme| no dud| algo más| espero que esto| me avise| não hesite| algo mais| mais alguma coisa| espero ter| n hésite| faites moi savoir| autre chose| sag bescheid| sagen sie bescheid| lass es mich wissen| lassen sie es mich wissen| lassen sie mich wissen| zögern sie nicht| noch etwas brauch| weitere fragen| fammi sapere| fatemi sapere| mi faccia sapere| non esit| qualcos altro| laat het me weten| laat het mij weten| aarzel niet| daj znać| proszę dać znać| w razie pytań| sig til hvis| giv mig besked| si ifra| gi meg beskjed| hör av dig| låt mig veta| kerro jos| dejte mi vědět| dej vědět| neváhejte| дайте знать| дай знать| обращайтесь| звертайтеся| дайте знати| haber ver| çekinmeyin| başka bir şey|لا تتردد|أخبرني إذا|أخبرنا إذا| बताइएगा|बेझिझक|请告诉我|随时告诉我|其他帮助|請告訴我|お知らせください|お気軽に|언제든지|말씀해 주세요|cho tôi biết nếu| jangan ragu",
    meant: " tell| say| inform| else| know| hope| question| dec| dig| dí| avis| otr| algo| más | espero| diz| diga| outr| mais| dit| dire| autre| savoir| espère| sag| wissen| melde| bescheid| sonst| noch| ander| hoff| dica| dic| sapere| altr| spero| zeg| wete| laat| nog| hoop| powie| znać| inn| jeszcze| coś| sig | sige| besked| annet| andet| mer | mere| mye | si | beskjed| säg| annat| veta| kerro| muuta| řek| další| vědět| jin| скаж| сообщ| знать| ещё | еще | друг| надеюсь| повідом| скажіть| знати| ще | інш| söyle| haber| bildir| başka|أخبر|قل |آخر|شيء|बता|और |告诉|告訴|说|什么|別|其他|还|教え|知らせ|他|ほか|알려|말씀|더 |다른|cho tôi| biết| kabar| beri| lain",
    with: "",
    place: Place::End,
};

/// Who or what a model reports of: "The message says:", "Der Kunde schreibt:".
pub(super) const REPORT: Topic = Topic {
    said: " message| customer| client| user| sender| writer| text | sentence| phrase| this means| it says| mensaj| cliente| usuari| texto | frase | significa| mensag| utilisat| expédit| texte | signifie| nachricht| kund| nutzer| absender| satz | bedeutet| das heißt| messagg| utente | testo | bericht| klant| gebruik| betekent| tekst| zin luidt| wiadomo| klient| użytkown| oznacza| zdanie| besked| kund| bruger| bruker| melding| afsend| betyder| betyr| meddeland| använd| viest| asiak| käyttäj| lause | tarkoit| zpráv| zákazn| uživat| znamená| správ| сообщен| клиент| пользоват| текст | означает| повідомлен| користув| означає| mesaj| müşteri| kullanıcı| anlamı| metin|رسال|عميل|مستخدم|نص |يعني|संदेश|ग्राहक|उपयोगकर्ता|मतलब|消息|信息|客户|客戶|顾客|顧客|用户|用戶|文本|意思是|メッセージ|お客|ユーザー|文章|意味|메시지|고객|사용자|문장|뜻| tin nhắn| khách hàng| người dùng| nghĩa là| pesan | pelanggan| pengguna| artinya| uzenet| üzenet| ügyfél| felhasz| jelent| poruk| kupac| korisni| znači| utilizat| înseamn|μήνυμ|πελάτ|χρήστ|σημαίν|הודע|לקוח|משתמש|ข้อความ|ลูกค้า|ผู้ใช้|پیام|مشتری|کاربر",
    meant: " mail| sms | error| fehler| meldung| szöveg| nota | note | hinweis| aviso | letter| brief | brev | carta | lettre | письм| лист | mektup|خطاب|पत्र|信|短信|通知|手紙|편지|문자|表示| mensaje| buyer",
    with: "",
    place: Place::Start,
};
