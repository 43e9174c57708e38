"""Sends MAILS mails from CONNECTIONS threads, each with one connection that is kept open, and prints the seconds.

usage: smtplib_client.py PORT MAILS CONNECTIONS
"""

import json
import pathlib
import smtplib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid

MAIL = json.loads(pathlib.Path(__file__).with_name("mail.json").read_text(encoding="utf-8"))


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"] = formataddr((MAIL["name"], MAIL["from"]))
    made["To"] = formataddr((MAIL["name"], MAIL["to"]))
    made["Subject"] = MAIL["subject"]
    made["Date"] = formatdate()
    made["Message-ID"] = make_msgid(domain="desk.example")
    made.set_content(MAIL["text"])
    made.add_alternative(MAIL["html"], subtype="html")
    return made


def send(port: int, mails: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for _ in range(mails):
            server.send_message(message())


def main() -> None:
    port, mails, connections = map(int, sys.argv[1:])
    started = time.monotonic()
    with ThreadPoolExecutor(connections) as threads:
        for sent in [threads.submit(send, port, mails // connections) for _ in range(connections)]:
            sent.result()
    print(time.monotonic() - started)


main()
