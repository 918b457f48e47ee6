"""A stand-in for websocat that needs nothing but Python: python3 websocat.py "ws://localhost:8080/ws?…"

Sends each line that is typed as a text, prints each text that comes, and goes when either side ends it. It masks with
zeros and checks nothing: it is for trying things out.
"""

import socket
import sys
import threading
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A

url = urlsplit(sys.argv[1])
line = socket.create_connection((url.hostname, url.port or 80))
line.sendall(
    f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
)
arrives = line.makefile("rb")


def send(kind, data):
    size = len(data).to_bytes(1, "big") if len(data) < 126 else b"\x7e" + len(data).to_bytes(2, "big")
    line.sendall(bytes([kind, size[0] | 0x80]) + size[1:] + bytes(4) + data)


def write():
    for text in sys.stdin:
        send(TEXT, text.rstrip("\n").encode())
    send(CLOSE, b"\x03\xe8")


status, size = arrives.readline().decode().strip(), 0
while (field := arrives.readline().decode().strip()) != "":
    if field.lower().startswith("content-length:"):
        size = int(field.split(":")[1])
if " 101 " not in status:
    sys.exit(f"{status}\n{arrives.read(size).decode()}")
threading.Thread(target=write, daemon=True).start()
while len(start := arrives.read(2)) == 2:
    size = start[1] if start[1] < 126 else int.from_bytes(arrives.read(2 if start[1] == 126 else 8), "big")
    data = arrives.read(size)
    if start[0] == TEXT:
        print(data.decode(), flush=True)
    elif start[0] == PING:
        send(PONG, data)
    elif start[0] == CLOSE:
        sys.exit(data[2:].decode() or 0)
