//! What people write to support, in many languages: each line of a row is a good translation of every other.

/// Codes and phrases; `|` between phrases.
pub(super) const PHRASES: &[(&str, &str)] = &[
    (
        "en",
        "Hello, I was charged twice for order 4471.|I would like to cancel my subscription.|Where is my package? It should have arrived on 12 May.|Thank you very much for your help!|I forgot my password and cannot log in.|The delivery costs 15 euros and takes 3 days.|ok|Could you send me the invoice again, please?",
    ),
    (
        "es",
        "Hola, me han cobrado dos veces el pedido 4471.|Me gustaría cancelar mi suscripción.|¿Dónde está mi paquete? Debería haber llegado el 12 de mayo.|¡Muchas gracias por su ayuda!|He olvidado mi contraseña y no puedo iniciar sesión.|El envío cuesta 15 euros y tarda 3 días.|vale|¿Podría enviarme la factura otra vez, por favor?",
    ),
    (
        "pt",
        "Olá, fui cobrado duas vezes pelo pedido 4471.|Gostaria de cancelar a minha assinatura.|Onde está o meu pacote? Deveria ter chegado em 12 de maio.|Muito obrigado pela sua ajuda!|Esqueci a minha senha e não consigo entrar.|A entrega custa 15 euros e demora 3 dias.|ok|Poderia enviar-me a fatura outra vez, por favor?",
    ),
    (
        "fr",
        "Bonjour, j'ai été débité deux fois pour la commande 4471.|Je voudrais annuler mon abonnement.|Où est mon colis ? Il aurait dû arriver le 12 mai.|Merci beaucoup pour votre aide !|J'ai oublié mon mot de passe et je ne peux pas me connecter.|La livraison coûte 15 euros et prend 3 jours.|d'accord|Pourriez-vous me renvoyer la facture, s'il vous plaît ?",
    ),
    (
        "de",
        "Hallo, mir wurde die Bestellung 4471 zweimal berechnet.|Ich möchte mein Abonnement kündigen.|Wo ist mein Paket? Es hätte am 12. Mai ankommen sollen.|Vielen Dank für Ihre Hilfe!|Ich habe mein Passwort vergessen und kann mich nicht anmelden.|Die Lieferung kostet 15 Euro und dauert 3 Tage.|ok|Könnten Sie mir die Rechnung bitte noch einmal schicken?",
    ),
    (
        "it",
        "Salve, mi è stato addebitato due volte l'ordine 4471.|Vorrei annullare il mio abbonamento.|Dov'è il mio pacco? Sarebbe dovuto arrivare il 12 maggio.|Grazie mille per il suo aiuto!|Ho dimenticato la password e non riesco ad accedere.|La consegna costa 15 euro e richiede 3 giorni.|va bene|Potrebbe inviarmi di nuovo la fattura, per favore?",
    ),
    (
        "nl",
        "Hallo, bestelling 4471 is twee keer in rekening gebracht.|Ik wil graag mijn abonnement opzeggen.|Waar is mijn pakket? Het had op 12 mei moeten aankomen.|Hartelijk dank voor uw hulp!|Ik ben mijn wachtwoord vergeten en kan niet inloggen.|De bezorging kost 15 euro en duurt 3 dagen.|oké|Kunt u mij de factuur nog een keer sturen, alstublieft?",
    ),
    (
        "pl",
        "Dzień dobry, zamówienie 4471 zostało naliczone dwa razy.|Chciałbym anulować moją subskrypcję.|Gdzie jest moja paczka? Powinna była dotrzeć 12 maja.|Dziękuję bardzo za pomoc!|Zapomniałem hasła i nie mogę się zalogować.|Dostawa kosztuje 15 euro i trwa 3 dni.|dobrze|Czy mógłby mi Pan jeszcze raz wysłać fakturę?",
    ),
    (
        "sv",
        "Hej, jag har debiterats två gånger för beställning 4471.|Jag skulle vilja säga upp min prenumeration.|Var är mitt paket? Det borde ha kommit den 12 maj.|Tack så mycket för hjälpen!|Jag har glömt mitt lösenord och kan inte logga in.|Leveransen kostar 15 euro och tar 3 dagar.|okej|Kan ni skicka fakturan igen, tack?",
    ),
    (
        "da",
        "Hej, jeg er blevet opkrævet to gange for ordre 4471.|Jeg vil gerne opsige mit abonnement.|Hvor er min pakke? Den skulle være kommet den 12. maj.|Mange tak for hjælpen!|Jeg har glemt min adgangskode og kan ikke logge ind.|Leveringen koster 15 euro og tager 3 dage.|okay|Kan I sende mig fakturaen igen, tak?",
    ),
    (
        "nb",
        "Hei, jeg har blitt belastet to ganger for bestilling 4471.|Jeg vil gjerne si opp abonnementet mitt.|Hvor er pakken min? Den skulle ha kommet 12. mai.|Tusen takk for hjelpen!|Jeg har glemt passordet mitt og får ikke logget inn.|Leveringen koster 15 euro og tar 3 dager.|greit|Kan dere sende meg fakturaen igjen?",
    ),
    (
        "fi",
        "Hei, minulta on veloitettu kaksi kertaa tilauksesta 4471.|Haluaisin peruuttaa tilaukseni.|Missä pakettini on? Sen olisi pitänyt saapua 12. toukokuuta.|Kiitos paljon avustanne!|Olen unohtanut salasanani enkä pääse kirjautumaan sisään.|Toimitus maksaa 15 euroa ja kestää 3 päivää.|selvä|Voisitteko lähettää laskun uudelleen?",
    ),
    (
        "cs",
        "Dobrý den, objednávka 4471 mi byla naúčtována dvakrát.|Chtěl bych zrušit své předplatné.|Kde je můj balík? Měl dorazit 12. května.|Děkuji moc za pomoc!|Zapomněl jsem heslo a nemohu se přihlásit.|Doručení stojí 15 eur a trvá 3 dny.|dobře|Mohli byste mi prosím poslat fakturu znovu?",
    ),
    (
        "sk",
        "Dobrý deň, objednávka 4471 mi bola účtovaná dvakrát.|Chcel by som zrušiť svoje predplatné.|Kde je môj balík? Mal prísť 12. mája.|Ďakujem veľmi pekne za pomoc!|Zabudol som heslo a neviem sa prihlásiť.|Doručenie stojí 15 eur a trvá 3 dni.|dobre|Mohli by ste mi prosím poslať faktúru znova?",
    ),
    (
        "ro",
        "Bună ziua, am fost taxat de două ori pentru comanda 4471.|Aș dori să îmi anulez abonamentul.|Unde este pachetul meu? Trebuia să ajungă pe 12 mai.|Vă mulțumesc mult pentru ajutor!|Mi-am uitat parola și nu mă pot autentifica.|Livrarea costă 15 euro și durează 3 zile.|bine|Ați putea să îmi trimiteți din nou factura, vă rog?",
    ),
    (
        "hr",
        "Dobar dan, dvaput mi je naplaćena narudžba 4471.|Želio bih otkazati svoju pretplatu.|Gdje je moj paket? Trebao je stići 12. svibnja.|Puno hvala na pomoći!|Zaboravio sam lozinku i ne mogu se prijaviti.|Dostava košta 15 eura i traje 3 dana.|u redu|Možete li mi ponovno poslati račun, molim?",
    ),
    (
        "ca",
        "Hola, m'han cobrat dues vegades la comanda 4471.|Voldria cancel·lar la meva subscripció.|On és el meu paquet? Hauria d'haver arribat el 12 de maig.|Moltes gràcies per la seva ajuda!|He oblidat la contrasenya i no puc iniciar la sessió.|L'enviament costa 15 euros i triga 3 dies.|d'acord|Em podria tornar a enviar la factura, si us plau?",
    ),
    (
        "hu",
        "Jó napot, kétszer terhelték meg a 4471 számú rendelést.|Szeretném lemondani az előfizetésemet.|Hol van a csomagom? Május 12-én kellett volna megérkeznie.|Nagyon köszönöm a segítséget!|Elfelejtettem a jelszavamat, és nem tudok bejelentkezni.|A szállítás 15 euróba kerül és 3 napig tart.|rendben|El tudná küldeni még egyszer a számlát?",
    ),
    (
        "tr",
        "Merhaba, 4471 numaralı sipariş için iki kez ücret alındı.|Aboneliğimi iptal etmek istiyorum.|Paketim nerede? 12 Mayıs'ta gelmiş olmalıydı.|Yardımınız için çok teşekkür ederim!|Şifremi unuttum ve giriş yapamıyorum.|Teslimat 15 avro tutuyor ve 3 gün sürüyor.|tamam|Faturayı bana tekrar gönderebilir misiniz?",
    ),
    (
        "vi",
        "Xin chào, tôi bị tính tiền hai lần cho đơn hàng 4471.|Tôi muốn hủy đăng ký của mình.|Gói hàng của tôi ở đâu? Lẽ ra nó phải đến vào ngày 12 tháng 5.|Cảm ơn rất nhiều vì sự giúp đỡ!|Tôi quên mật khẩu và không thể đăng nhập.|Phí giao hàng là 15 euro và mất 3 ngày.|được|Bạn có thể gửi lại hóa đơn cho tôi không?",
    ),
    (
        "id",
        "Halo, saya ditagih dua kali untuk pesanan 4471.|Saya ingin membatalkan langganan saya.|Di mana paket saya? Seharusnya sudah tiba pada 12 Mei.|Terima kasih banyak atas bantuannya!|Saya lupa kata sandi dan tidak bisa masuk.|Pengirimannya 15 euro dan memakan waktu 3 hari.|baik|Bisakah Anda mengirim fakturnya lagi?",
    ),
    (
        "ru",
        "Здравствуйте, с меня дважды сняли деньги за заказ 4471.|Я хочу отменить подписку.|Где моя посылка? Она должна была прийти 12 мая.|Большое спасибо за помощь!|Я забыл пароль и не могу войти.|Доставка стоит 15 евро и занимает 3 дня.|ладно|Не могли бы вы прислать мне счёт ещё раз?",
    ),
    (
        "uk",
        "Вітаю, з мене двічі зняли гроші за замовлення 4471.|Я хочу скасувати підписку.|Де моя посилка? Вона мала прийти 12 травня.|Дуже дякую за допомогу!|Я забув пароль і не можу увійти.|Доставка коштує 15 євро і триває 3 дні.|добре|Чи могли б ви надіслати мені рахунок ще раз?",
    ),
    (
        "bg",
        "Здравейте, таксуваха ме два пъти за поръчка 4471.|Искам да прекратя абонамента си.|Къде е пратката ми? Трябваше да пристигне на 12 май.|Много благодаря за помощта!|Забравих паролата си и не мога да вляза.|Доставката струва 15 евро и отнема 3 дни.|добре|Бихте ли ми изпратили фактурата отново?",
    ),
    (
        "el",
        "Γεια σας, χρεώθηκα δύο φορές για την παραγγελία 4471.|Θα ήθελα να ακυρώσω τη συνδρομή μου.|Πού είναι το δέμα μου; Έπρεπε να έχει φτάσει στις 12 Μαΐου.|Ευχαριστώ πολύ για τη βοήθεια!|Ξέχασα τον κωδικό μου και δεν μπορώ να συνδεθώ.|Η παράδοση κοστίζει 15 ευρώ και διαρκεί 3 ημέρες.|εντάξει|Θα μπορούσατε να μου στείλετε ξανά το τιμολόγιο;",
    ),
    (
        "ar",
        "مرحبا، تم خصم المبلغ مرتين للطلب 4471.|أود إلغاء اشتراكي.|أين طردي؟ كان يجب أن يصل في 12 مايو.|شكرا جزيلا على مساعدتكم!|نسيت كلمة المرور ولا أستطيع تسجيل الدخول.|يكلف التوصيل ١٥ يورو ويستغرق ٣ أيام.|حسنا|هل يمكنكم إرسال الفاتورة مرة أخرى؟",
    ),
    (
        "fa",
        "سلام، بابت سفارش ۴۴۷۱ دو بار از من پول کسر شده است.|می‌خواهم اشتراکم را لغو کنم.|بسته من کجاست؟ باید ۱۲ مه می‌رسید.|از کمک شما بسیار سپاسگزارم!|رمز عبورم را فراموش کرده‌ام و نمی‌توانم وارد شوم.|هزینه ارسال ۱۵ یورو است و ۳ روز طول می‌کشد.|باشه|می‌توانید فاکتور را دوباره برایم بفرستید؟",
    ),
    (
        "he",
        "שלום, חויבתי פעמיים על הזמנה 4471.|אני רוצה לבטל את המינוי שלי.|איפה החבילה שלי? היא הייתה אמורה להגיע ב-12 במאי.|תודה רבה על העזרה!|שכחתי את הסיסמה ואני לא מצליח להתחבר.|המשלוח עולה 15 אירו ולוקח 3 ימים.|בסדר|אפשר לשלוח לי את החשבונית שוב בבקשה?",
    ),
    (
        "hi",
        "नमस्ते, ऑर्डर 4471 के लिए मुझसे दो बार पैसे लिए गए।|मैं अपनी सदस्यता रद्द करना चाहता हूँ।|मेरा पैकेज कहाँ है? उसे 12 मई को आना था।|आपकी मदद के लिए बहुत धन्यवाद!|मैं अपना पासवर्ड भूल गया और लॉग इन नहीं कर पा रहा हूँ।|डिलीवरी का खर्च 15 यूरो है और 3 दिन लगते हैं।|ठीक है|क्या आप मुझे बिल फिर से भेज सकते हैं?",
    ),
    (
        "th",
        "สวัสดีค่ะ ฉันถูกเรียกเก็บเงินสองครั้งสำหรับคำสั่งซื้อ 4471|ฉันต้องการยกเลิกการสมัครสมาชิก|พัสดุของฉันอยู่ที่ไหน ควรจะมาถึงวันที่ 12 พฤษภาคม|ขอบคุณมากสำหรับความช่วยเหลือ|ฉันลืมรหัสผ่านและเข้าสู่ระบบไม่ได้|ค่าจัดส่ง 15 ยูโร ใช้เวลา 3 วัน|ตกลง|ช่วยส่งใบแจ้งหนี้ให้อีกครั้งได้ไหมคะ",
    ),
    (
        "zh",
        "您好，订单4471被扣了两次款。|我想取消我的订阅。|我的包裹在哪里？本应在5月12日到达。|非常感谢您的帮助！|我忘记了密码，无法登录。|运费15欧元，需要3天。|好的|您能再发一次发票给我吗？",
    ),
    (
        "zh-Hant",
        "您好，訂單4471被扣了兩次款。|我想取消我的訂閱。|我的包裹在哪裡？本應在5月12日到達。|非常感謝您的幫助！|我忘記了密碼，無法登入。|運費15歐元，需要3天。|好的|您能再寄一次發票給我嗎？",
    ),
    (
        "ja",
        "こんにちは、注文4471の料金が二重に請求されています。|定期購入を解約したいのですが。|私の荷物はどこにありますか。5月12日に届くはずでした。|ご対応いただき誠にありがとうございます！|パスワードを忘れてログインできません。|送料は15ユーロで、3日かかります。|わかりました|請求書をもう一度送っていただけますか？",
    ),
    (
        "ko",
        "안녕하세요, 주문 4471이 두 번 결제되었습니다.|구독을 취소하고 싶습니다.|제 택배가 어디에 있나요? 5월 12일에 도착했어야 합니다.|도와주셔서 정말 감사합니다!|비밀번호를 잊어버려서 로그인할 수 없습니다.|배송비는 15유로이고 3일 걸립니다.|네|청구서를 다시 보내 주시겠어요?",
    ),
];
