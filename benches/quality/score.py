#!/usr/bin/env python3
"""How good the translations are: chrF of what `dragoman translate` makes of texts that people have translated.

    benches/quality/score.py es-en en-es                   both sets, the engines that the environment names
    benches/quality/score.py es-en --engine apertium --set shop --show 30

Needs the release binary (or --binary), pip and npm. sacrebleu and polib come from PyPI into a virtual environment of its
own. Settings of the server are taken from the environment, but for LANGUAGES, which names every language asked for.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path

import place

place.with_packages("score", ["sacrebleu==2.5.1", "polib==1.2.0"])

import sacrebleu  # noqa: E402  (it is there only now)

import sets  # noqa: E402

SETS = {"shop": sets.shop, "declaration": sets.declaration}
# Pairs of Apertium go over the last two.
OFFERED = "en,es,pt,fr,de,it,nl,pl,sv,da,nb,fi,cs,ro,el,tr,ru,uk,ar,he,hi,ja,ko,zh,ca,eo"
DIRECTIONS = ["es-en", "en-es", "pt-en", "en-pt", "fr-en", "en-fr", "it-en", "en-it"]


def main():
    options = read_options()
    print(f"{'set':<12}{'pair':<7}{'texts':>5}{'chrF':>7}{'floor':>7}{'rough':>7}{'none':>6}{'p50 ms':>8}{'p95 ms':>8}"
          "  rejected")
    for name in options.set:
        for direction in options.directions:
            source, _, target = direction.partition("-")
            pairs = SETS[name](options.folder, source, target)
            if not pairs:
                print(f"{name:<12}{direction:<7}{0:>5}  no texts of both languages")
                continue
            lines = translate(options, source, target, [source for source, _ in pairs])
            report(name, direction, pairs, lines)
            for (text, wanted), line in list(zip(pairs, lines))[: options.show]:
                print(f"\n  {text}\n    = {line['text']}  [{line['engine'] or line['rejected']}]\n    ~ {wanted}")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directions", nargs="*", default=DIRECTIONS, help="as es-en; Apertium's best known by default")
    parser.add_argument("--engine", help="this one alone, whatever ENGINE says")
    parser.add_argument("--set", action="append", choices=SETS, help="shop, declaration; both by default")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N texts of each, to be read")
    parser.add_argument("--binary", type=Path, default=place.BINARY)
    options = parser.parse_args()
    options.set = options.set or list(SETS)
    options.folder = place.FOLDER
    return options


def translate(options, source, target, texts):
    """One answer of the server for each text, which is one line."""
    command = [options.binary, "translate", "--from", source, "--to", target]
    command += ["--engine", options.engine] if options.engine else []
    environment = {"LANGUAGES": OFFERED, "LOG": "error", **os.environ}
    ended = subprocess.run(command, input="\n".join(texts) + "\n", env=environment, text=True, stdout=subprocess.PIPE)
    if ended.returncode:
        sys.exit(f"dragoman translate ended with {ended.returncode}" + (": no engine is there" * (ended.returncode == 1)))
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(lines) == len(texts), f"{len(texts)} lines in, {len(lines)} out"
    return lines


def report(name, direction, pairs, lines):
    wanted = [[target for _, target in pairs]]
    score = sacrebleu.corpus_chrf([line["text"] for line in lines], wanted).score
    floor = sacrebleu.corpus_chrf([source for source, _ in pairs], wanted).score
    rough = sum(line["rough"] for line in lines)
    rejected = Counter(line["rejected"] for line in lines if line["rejected"])
    untranslated = sum(not line["engine"] and not line["rejected"] for line in lines)
    times = sorted(line["ms"] for line in lines)
    late = times[min(len(times) - 1, len(times) * 95 // 100)]
    said = ", ".join(f"{check} {count}" for check, count in rejected.most_common())
    print(f"{name:<12}{direction:<7}{len(lines):>5}{score:>7.1f}{floor:>7.1f}{rough:>7}{untranslated:>6}"
          f"{statistics.median(times):>8.0f}{late:>8}  {sum(rejected.values())}" + (f": {said}" if said else ""), flush=True)


if __name__ == "__main__":
    main()
