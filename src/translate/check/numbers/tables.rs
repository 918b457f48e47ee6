//! Words that are numbers: spelled ones, months, the second half of the day, thousands. As folded by [`super::super::words`].

use std::collections::BTreeSet;

use super::super::words::Words;
use crate::vocabulary::Language;

/// Numbers that a word of the text may stand for; of every language if it is not known which one it is.
pub(super) fn spelled(text: &Words, language: Option<Language>) -> BTreeSet<u64> {
    let is_meant = |code: &str| language.is_none_or(|language| language.code() == code);
    let mut values = BTreeSet::new();
    for (_, numbers) in NUMBERS.iter().filter(|(code, _)| is_meant(code)) {
        let said = (1..).zip(numbers.split('/')).filter(|(_, list)| text.say(list));
        values.extend(said.map(|(value, _)| value));
    }
    for (_, months) in MONTHS.iter().filter(|(code, _)| is_meant(code)) {
        let said = (1..).zip(months.split('/')).filter(|(_, list)| text.say(list));
        values.extend(said.map(|(value, _)| value));
    }
    values.extend(OTHERS.iter().filter(|(list, _)| text.say(list)).flat_map(|(_, values)| *values));
    // Twenty-five.
    let tens: Vec<u64> = values.iter().copied().filter(|value| *value >= 20 && value % 10 == 0).collect();
    let sums: Vec<u64> = tens.iter().flat_map(|ten| values.range(1..10).map(move |one| ten + one)).collect();
    values.extend(sums);
    values
}

/// One to twelve, `/` between them.
const NUMBERS: [(&str, &str); 29] = [
    (
        "en",
        " one | once | first | a / two | twice | second | couple | both | pair / three | third | thrice / four/ five | fifth / six/ seven/ eight/ nine | ninth / ten | tenth / eleven/ twelve | twelfth | dozen ",
    ),
    (
        "es",
        " un | una | uno | primer/ dos | segund/ tres | tercer/ cuatro| cuart/ cinco| quint/ seis | sext/ siete | séptim/ ocho | octav/ nueve | noven/ diez | décim/ once | undécim/ doce",
    ),
    (
        "pt",
        " um | uma | primeir/ dois | duas | segund/ três | terceir/ quatro | quart/ cinco | quint/ seis | sext/ sete | sétim/ oito | oitav/ nove | non/ dez | décim/ onze / doze | dúzia",
    ),
    (
        "fr",
        " un | une | premi/ deux/ trois/ quatre | quatri/ cinq/ six/ sept | septi/ huit/ neuf | neuvi/ dix | dixi/ onz/ douz",
    ),
    (
        "de",
        " ein| erst/ zwei| zwo | doppelt| beide/ drei| dritt/ vier/ fünf/ sechs/ sieb/ acht/ neun/ zehn/ elf/ zwölf| dutzend",
    ),
    (
        "it",
        " un | una | uno | prim/ due | second| doppi/ tre | terz/ quattro | quart/ cinque | quint/ sei | sest/ sette | settim/ otto | ottav/ nove | non/ dieci | decim/ undici | undices/ dodici | dozzin",
    ),
    (
        "nl",
        " een | één | eerst/ twee| tweed| beide/ drie| derd/ vier/ vijf/ zes/ zeven/ acht/ negen/ tien/ elf/ twaalf| dozijn",
    ),
    (
        "pl",
        " jed| raz | pierw/ dwa| dwie| dwó| dwo| drug| oba | obie / trzy| trzec| trzej | troje/ czter| czwart/ pię| piąt/ sześ| szóst/ siedem | siedm| siódm/ osiem | ośmi| ósm/ dziewię| dziewiąt/ dziesię| dziesiąt/ jedena/ dwuna| tuzin",
    ),
    (
        "sv",
        " en | ett | först/ två | andra | dubbel| båda/ tre | tredje/ fyra | fjärde/ fem| femte/ sex | sjätte/ sju | sjunde/ åtta| åttonde/ nio | nionde/ tio | tionde/ elva | elfte/ tolv| tolfte| dussin",
    ),
    (
        "da",
        " en | et | først/ to | anden| andet | dobbel| begge/ tre | tredje/ fire | fjerde/ fem| femte/ seks | sjette/ syv | syvende/ otte| ottende/ ni | niende/ ti | tiende/ elleve| ellevte/ tolv| tolvte| dusin",
    ),
    (
        "nb",
        " en | et | ett | først/ to | andre | dobbel| begge/ tre | tredje/ fire | fjerde/ fem| femte/ seks | sjette/ sju | syv | sjuende/ åtte| åttende/ ni | niende/ ti | tiende/ elleve| ellevte/ tolv| tolvte| dusin",
    ),
    (
        "fi",
        " yksi| yhde| yhte| ensimm| kerran/ kaksi| kahde| kahte| toinen| molem/ kolm/ neljä/ viisi| viide| viite| viides/ kuusi | kuude| kuute/ seitsemä/ kahdeksa/ yhdeksä/ kymmene/ yksitoista| yhdentoista/ kaksitoista| kahdentoista| tusina",
    ),
    (
        "cs",
        " jed| první/ dva | dvě | dvou| druh| oba | obě / tři | tří | třet/ čtyř| čtvrt/ pět| pát/ šest/ sedm/ osm/ devět| devít| devát/ deset| desít| desát/ jedenáct/ dvanáct| tucet",
    ),
    (
        "sk",
        " jed| prv/ dva| dve | dvoch | druh| oba | obe / tri | troch | tret/ štyr| štvr/ päť| piat/ šesť| šiest/ sedem| siedm/ osem| ôsm/ deväť| deviat/ desať| desiat/ jedenás/ dvanás| tucet",
    ),
    (
        "hu",
        " egy | egyik | első| egyszer/ kettő| két| másod/ három| harma/ négy| negyed/ öt/ hat | hatod| hato/ hét | hete| heted/ nyolc/ kilenc/ tíz/ tizenegy/ tizenk| tucat",
    ),
    (
        "ro",
        " un | una | unu | prim| o / doi | două | doua | ambele/ trei | treia/ patru/ cinci/ șase/ șapte/ opt/ nou/ zec/ unsprezece/ doisprezece | douăsprezece| duzin",
    ),
    (
        "hr",
        " jed| prv/ dva | dvije | dvi| drug| oba | obje / tri | treć/ četir| četvr/ pet | pet/ šest/ sedam | sedm/ osam | osm/ devet/ deset/ jedanaest/ dvanaest| tucet",
    ),
    (
        "ca",
        " un | una | primer/ dos | dues | segon/ tres | tercer/ quatr| quart/ cinc | cinqu/ sis | sisè/ set | setè/ vuit| vuitè/ nou | novè/ deu | desè/ onz/ dotz",
    ),
    (
        "tr",
        " bir| ilk / iki| ikinci| çift| her ikisi/ üç/ dört| dörd/ beş/ altı/ yedi/ sekiz/ dokuz/ on | onuncu| onda | ondan / on bir| on biri/ on iki| düzine",
    ),
    (
        "vi",
        " một | nhất / hai | đôi / ba / bốn | tư / năm / sáu / bảy / tám / chín / mười / mười một / mười hai | tá ",
    ),
    (
        "id",
        " satu | se| pertama / dua | kedua| sepasang / tiga | ketiga/ empat | keempat/ lima | kelima/ enam | keenam/ tujuh | ketujuh/ delapan/ sembilan/ sepuluh/ sebelas/ dua belas| selusin",
    ),
    (
        "ru",
        " од| перв/ дв| втор| пар| оба | обе / тр/ четыр| четвёр| четвер/ пят/ шест/ сем| седьм/ восем| восьм/ девя/ десят/ одиннадц/ двенадц| дюжин",
    ),
    (
        "uk",
        " од| перш/ дв| друг| пар| оби/ тр/ чотир| четвер/ п ят| п ять| пʼят/ шіст| шести | шост/ сім | сьом| семи / вісім| восьм/ дев ят| девʼят/ десят/ одинадц/ дванадц| дюжин",
    ),
    (
        "bg",
        " ед| първ/ дв| втор/ тр/ четир| четвърт/ пет| пета | пети / шест/ седем| седм/ осем| осм/ девет/ десет/ единайс| единадес/ дванайс| дванадес| дузин",
    ),
    (
        "el",
        " ένα | μία | μια | πρώτ| πρωτ/ δύο | δυο | δεύτερ/ τρεις | τρία | τρίτ/ τέσσερ| τέταρτ/ πέντε | πέμπτ/ έξι | έκτ/ επτά | εφτά | έβδομ/ οκτώ | οχτώ | όγδο/ εννέα | εννιά | ένατ/ δέκα | δέκατ/ ένδεκα | έντεκα / δώδεκα | ντουζίνα",
    ),
    (
        "ar",
        "واحد|أول|مرة/اثن|إثن|مرتين|ثاني|ين | كلا/ثلاث|ثالث/أربع|رابع/خمس|خامس/ست|سادس/سبع|سابع/ثمان|ثامن/تسع|تاسع/عشر|عاشر/أحد عشر|إحدى عشر/اثن|إثن|دزينة",
    ),
    (
        "fa",
        " یک | اول/ دو | دوم | هر دو / سه | سوم / چهار/ پنج/ شش/ هفت/ هشت/ نه | نهم / ده | دهم / یازده/ دوازده| دوجین",
    ),
    (
        "he",
        "אחד|אחת|ראשו/שני|שתי|שתיים|פעמיים|יומיים/שלוש/ארבע|רביעי/חמש|חמיש/שש|שישי/שבע|שביעי/שמונ|שמיני/תשע|תשיעי/עשר|עשיר/אחד עשר|אחת עשרה/שנים עשר|שתים עשרה|תריסר",
    ),
    (
        "hi",
        " एक | पहल/ दो | दूसर| दोनों / तीन| तीसर/ चार | चौथ/ पाँच| पांच/ छह | छः | छठ/ सात| आठ/ आठ/ नौ | नौव/ दस | दसव/ ग्यारह/ बारह| दर्जन",
    ),
];

/// January to December, `/` between them. East Asia writes them with digits.
const MONTHS: [(&str, &str); 29] = [
    ("en", " jan/ feb/ mar/ apr/ may / jun/ jul/ aug/ sep/ oct/ nov/ dec"),
    ("es", " ene/ feb/ mar/ abr/ may/ jun/ jul/ ago/ sep/ oct/ nov/ dic"),
    ("pt", " jan/ fev/ mar/ abr/ mai/ jun/ jul/ ago/ set/ out/ nov/ dez"),
    ("fr", " janv/ févr/ mars / avr/ mai / juin / juil/ août / sept/ oct/ nov/ déc"),
    ("de", " jan| jän/ feb/ mär/ apr/ mai / jun/ jul/ aug/ sep/ okt/ nov/ dez"),
    ("it", " gen/ feb/ mar/ apr/ mag/ giu/ lug/ ago/ set/ ott/ nov/ dic"),
    ("nl", " jan/ feb/ maart | mrt / apr/ mei / jun/ jul/ aug/ sep/ okt/ nov/ dec"),
    ("pl", " sty/ lut/ mar/ kwie/ maj/ czerw/ lip/ sierp/ wrze/ paźdz/ listop/ grud"),
    ("sv", " jan/ feb/ mars / apr/ maj / jun/ jul/ aug/ sep/ okt/ nov/ dec"),
    ("da", " jan/ feb/ marts / apr/ maj / jun/ jul/ aug/ sep/ okt/ nov/ dec"),
    ("nb", " jan/ feb/ mars / apr/ mai / jun/ jul/ aug/ sep/ okt/ nov/ des"),
    ("fi", " tammik/ helmik/ maalisk/ huhtik/ toukok/ kesäk/ heinäk/ elok/ syysk/ lokak/ marrask/ jouluk"),
    ("cs", " led/ únor/ břez/ dub/ květ/ červ/ červen/ srp/ září/ říj/ listop/ prosin"),
    ("sk", " jan/ feb/ mar/ apr/ máj/ jún/ júl/ aug/ sep/ okt/ nov/ dec"),
    ("hu", " jan/ feb/ már/ ápr/ máj/ jún/ júl/ aug/ szept/ okt/ nov/ dec"),
    ("ro", " ian/ feb/ mar/ apr/ mai / iun/ iul/ aug/ sep/ oct/ no/ dec"),
    ("hr", " siječ/ velja/ ožuj/ trav/ svib/ lip/ srp/ kolov/ ruj/ listop/ studen/ prosin"),
    ("ca", " gen/ feb/ març/ abr/ maig/ juny/ jul/ ag/ set/ oct/ nov/ des"),
    ("tr", " oca/ şub/ mar/ nis/ may/ haz/ tem/ ağu/ eyl/ eki/ kas/ ara"),
    (
        "vi",
        "tháng một|tháng giêng/tháng hai/tháng ba/tháng tư/tháng năm/tháng sáu/tháng bảy/tháng tám/tháng chín/tháng mười/tháng mười một/tháng mười hai",
    ),
    ("id", " jan/ feb/ mar/ apr/ mei / jun/ jul/ agu/ sep/ okt/ nov/ des"),
    ("ru", " янв/ февр/ март/ апр/ мая | май/ июн/ июл/ авг/ сент/ окт/ нояб/ дек"),
    ("uk", " січ/ лют/ берез/ квіт/ трав/ черв/ лип/ серп/ верес/ жовт/ листоп/ груд"),
    ("bg", " януар/ февр/ март/ апр/ май / юни / юли / авг/ септ/ окт/ ноем/ дек"),
    ("el", " ιαν/ φεβρ/ μαρτ| μάρτ/ απρ/ μαΐ| μάι/ ιουν| ιούν/ ιουλ| ιούλ/ αυγ| αύγ/ σεπτ/ οκτ/ νοε/ δεκ"),
    (
        "ar",
        "يناير|كانون الثاني/فبراير|شباط/مارس|آذار/أبريل|إبريل|نيسان/مايو|أيار/يونيو|حزيران/يوليو|تموز/أغسطس|آب/سبتمبر|أيلول/أكتوبر|تشرين الأول/نوفمبر|تشرين الثاني/ديسمبر|كانون الأول",
    ),
    ("fa", "ژانویه/فوریه/مارس/آوریل/ مه /ژوئن/ژوئیه|جولای/اوت|آگوست/سپتامبر/اکتبر/نوامبر/دسامبر"),
    ("he", "ינואר/פברואר/מרץ|מרס/אפריל/מאי/יוני/יולי/אוגוסט/ספטמבר/אוקטובר/נובמבר/דצמבר"),
    ("hi", "जनवरी/फ़रवरी|फरवरी/मार्च/अप्रैल/ मई / जून/जुलाई/अगस्त/सितंबर|सितम्बर/अक्टूबर|अक्तूबर/नवंबर|नवम्बर/दिसंबर|दिसम्बर"),
];

/// Of any language: higher numbers, noon and midnight, halves, Korean ones, quarters of an hour.
const OTHERS: [(&str, &[u64]); 16] = [
    (
        " noon | midday | mittag| zwölf uhr| midi | mediodía | meio dia | mezzogiorno | middag| południ| poledn| полдень| полдня | полудня | полудень| öğle|ظهر|दोपहर|正午|中午|정오|trưa",
        &[12],
    ),
    (
        " midnight | mitternacht| minuit | medianoche | meia noite | mezzanotte | middernacht| północ| půlnoc| midnatt| midnat| полночь| полночи | опівніч| gece yarısı|منتصف الليل|आधी रात|午夜|深夜|자정|nửa đêm",
        &[0, 12, 24],
    ),
    (
        " half | halv| halb| halfv| demi| media | medio | meia | meio | mezz| pół| půl| fél | jumăt| pola | пол| пів| buçuk| yarım|نصف|आध|साढ़े|半|반 |rưỡi",
        &[5, 30, 50],
    ),
    (" anderthalb| eineinhalb| półtor| полтор| півтор| डेढ़|डेढ़", &[1, 5]),
    (
        " quarter| viertel| kwart| kvart| cuarto | quart| четверт| чверт| çeyrek|ربع|चौथाई|刻",
        &[15, 45, 4, 25],
    ),
    (
        " fifteen | quince | quinze | fünfzehn| quindic| vijftien| piętna| femton | femten | пятнадц| п ятнадц| on beş|خمسة عشر|पंद्रह",
        &[15],
    ),
    (
        " twenty | veint| vint| vingt| zwanzig| venti | twintig| dwadz| dvac| tjugo | tyve | tjue | kaksikymment| húsz| husz| douăzeci| двадц| yirmi|عشرون|عشرين|बीस|hai mươi| dua puluh",
        &[20],
    ),
    (
        " thirty | treint| trint| trent| dreißig| dertig| trzydzie| třic| trettio | tredive | tretti | тридц| otuz|ثلاثون|ثلاثين|तीस|ba mươi| tiga puluh",
        &[30],
    ),
    (
        " fifty | cincuent| cinquent| cinquant| fünfzig| vijftig| pięćdzie| femtio | halvtreds| femti | пятьдесят| elli |خمسون|خمسين|पचास",
        &[50],
    ),
    (
        " hundred| cien| cent | cem | cento | hundert| honderd| sto | hundra| hundre| hundred| sata | száz| сто | сот| yüz|مائة|مئة|सौ|백",
        &[100],
    ),
    ("하나| 한|첫| 일", &[1]),
    (" 두| 둘| 이틀", &[2]),
    (" 세| 셋| 사흘| 네| 넷| 나흘", &[3, 4]),
    (" 다섯| 닷새| 여섯| 일곱", &[5, 6, 7]),
    (" 여덟| 아홉| 열| 열흘", &[8, 9, 10]),
    (" 열한| 열두", &[11, 12]),
];

/// Words that make thousands and more of a figure.
pub(super) const SCALES: &str = " thousand| million| billion| mil | miles | millón| millon| milhão| milhões| mille | milliard| tausend| mio | mrd | mila | milion| duizend| miljoen| tys| mln | tusen| tusind| miljon| tuhat| tuhan| tisíc| ezer | mii | tisuć| hiljad| χιλιάδ| χίλι| тыс| тис| млн | миллион| мільйон| хиляд| милион| bin | milyon|ألف|آلاف|مليون|هزار|میلیون|हज़ार|हजार|लाख|करोड़|मिलियन| lakh| crore| nghìn | ngàn | triệu | ribu | juta | rb |אלף|אלפים|מיליון|พัน|หมื่น|แสน|ล้าน| k | hundred| cien| cent | cento | hundert| honderd| hundra| hundre| сто | yüz|مائة|مئة|सौ";

/// Words for the second half of a day, without which 6 is not 18.
pub(super) const LATE: &str = " pm | p m |1pm |2pm |3pm |4pm |5pm |6pm |7pm |8pm |9pm |0pm | afternoon| evening| night| tonight| tarde | noche| noite| soir| après midi | abend| nachmittag| nacht | nachts | sera | stasera | pomeriggio | notte | avond| middag| wieczor| wieczór| popołudni| w nocy | eftermiddag| aften| kväll| natt| ettermiddag| kveld| odpoledn| popoludn| večer| délután| este | estig | ilta| illa| seara | sear| după amiaz| popodne | navečer | vespre | tarda | akşam| öğleden sonra| gece | вечер| дня | ночи | вечора | ночі | следобед| απόγευμα | βράδυ |مساء|ظهر|ليل|عصر|شب |ערב|צהריים|शाम|रात|दोपहर|下午|晚|午後|夜|夕方|傍晚|오후|저녁|밤| chiều| tối| sore| malam| petang|บ่าย|เย็น|ค่ำ|ทุ่ม";

/// Words with which "seven" is half past six.
pub(super) const HALF_HOURS: &str = " halb | halv | half | pół do | wpół do | půl | fél | пол| пів на";
