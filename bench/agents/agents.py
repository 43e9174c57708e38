"""Agents at work on a running desk, each in a browser of their own, and how long each request took.

usage: agents.py ORIGIN AGENTS THINK SECONDS [COMMAND ...]

Each agent logs in and goes on as the manual says: opens the queue, takes the next call (次の電話へ), reads the case, records that the
right person agreed, opens the revocation, types the end of the serial number, revokes. Between two requests they think for
THINK seconds on average. First for SECONDS seconds alone; then, when there is a COMMAND, for as long as it runs.

Prints a line of JSON for each phase and kind (read, write): requests, p50 and p99 in ms, and what was refused.
"""

import asyncio
import json
import random
import re
import statistics
import sys
import time
import urllib.parse

PASSWORD = "demo-desk-2026"
CHECKS = [("identity_checks", "name_and_company"), ("identity_checks", "reception_number_or_common_name")]


class Trouble(Exception):
    """An answer that is not what the agent waits for."""


class Browser:
    """HTTP/1.1 on one connection that is kept, with cookies."""

    def __init__(self, origin: str, desk: "Desk"):
        self.origin, self.desk, self.cookies = origin, desk, {}
        self.host, self.port = urllib.parse.urlsplit(origin).hostname, urllib.parse.urlsplit(origin).port
        self.reader = self.writer = None

    async def get(self, path: str) -> tuple[int, str, str]:
        return await self.ask("GET", path, "", "read")

    async def post(self, path: str, fields: list[tuple[str, str]]) -> tuple[int, str, str]:
        return await self.ask("POST", path, urllib.parse.urlencode(fields), "write")

    async def ask(self, method: str, path: str, body: str, kind: str) -> tuple[int, str, str]:
        """Status, Location and page."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", f"Origin: {self.origin}"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if body:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        started = time.monotonic()
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        status, location, page = await self.answer()
        self.desk.took(kind, time.monotonic() - started)
        return status, location, page

    async def answer(self) -> tuple[int, str, str]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        location, length, chunked = "", 0, False
        for line in head[1:]:
            name, _, value = line.partition(": ")
            match name.lower():
                case "location":
                    location = value
                case "content-length":
                    length = int(value)
                case "transfer-encoding":
                    chunked = True
                case "set-cookie":
                    cookie, _, content = value.split(";")[0].partition("=")
                    self.cookies[cookie] = content
        page = await self.chunks() if chunked else await self.reader.readexactly(length)
        return int(head[0].split()[1]), location, page.decode()

    async def chunks(self) -> bytes:
        page = b""
        while size := int(await self.reader.readline(), 16):
            page += await self.reader.readexactly(size)
            await self.reader.readline()
        await self.reader.readline()
        return page


class Desk:
    """What the agents share: the measurements of the present phase."""

    def __init__(self, origin: str, think: float):
        self.origin, self.think, self.over = origin, think, False
        self.begin()

    def begin(self) -> None:
        self.seconds = {"read": [], "write": []}
        self.refused, self.revoked, self.began = {}, 0, time.monotonic()

    def took(self, kind: str, seconds: float) -> None:
        self.seconds[kind].append(seconds)

    def tell(self, phase: str) -> None:
        lasted = time.monotonic() - self.began
        for kind, seconds in self.seconds.items():
            if len(seconds) < 2:
                continue
            parts = statistics.quantiles(seconds, n=100, method="inclusive")
            print(json.dumps({
                "phase": phase, "kind": kind, "requests": len(seconds), "per second": round(len(seconds) / lasted, 1),
                "p50 ms": round(parts[49] * 1000, 2), "p99 ms": round(parts[98] * 1000, 2), "max ms": round(max(seconds) * 1000, 1),
                "revoked": self.revoked, "refused": self.refused,
            }, ensure_ascii=False), flush=True)


def hidden(page: str, action: str) -> list[tuple[str, str]]:
    form = page.partition(f'action="{action}"')[2].partition("</form>")[0]
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    if not fields:
        raise Trouble("no form " + re.sub(r"RQ-[0-9-]+", "…", action))
    return fields


def expect(wanted: int, answer: tuple[int, str, str], step: str) -> tuple[str, str]:
    status, location, page = answer
    if status != wanted:
        raise Trouble(f"{step}: {status}")
    return location, page


async def log_in(browser: Browser, number: int) -> None:
    _, page = expect(200, await browser.get("/login"), "login page")
    fields = [*hidden(page, "/login"), ("email", f"agent{number}@desk.example"), ("password", PASSWORD)]
    expect(303, await browser.post("/login", fields), "login")


async def work_case(browser: Browser, pause) -> None:
    """One case from the queue to its revocation."""
    _, queue = expect(200, await browser.get("/desk/today"), "queue")
    await pause()
    case, _ = expect(303, await browser.post("/desk/next", hidden(queue, "/desk/next")), "next")
    if not case.startswith("/desk/cases/"):
        raise Trouble("nothing left to call")
    _, page = expect(200, await browser.get(case), "case")
    await pause()
    contact = re.search(r'<option value="(\d+)">[^<]*（手続き担当者）', page)
    fields = [*hidden(page, f"{case}/calls"), ("outcome", "confirmed"), *CHECKS, ("spoke_with", contact[1]), ("then", "revoke")]
    fields += [(name, "") for name in ["note", "call_back_on", "call_back_time", "requested_on"]]
    form, _ = expect(303, await browser.post(f"{case}/calls", fields), "call")
    _, page = expect(200, await browser.get(form), "revocation")
    await pause()
    serial = re.search(r"(?:[0-9a-f]{2}:){7,}[0-9a-f]{2}", re.sub(r"<[^>]*>", "", page))
    fields = [*hidden(page, f"{case}/revocation"), ("serial_suffix", serial[0].replace(":", "")[-4:])]
    expect(303, await browser.post(f"{case}/revocation", fields), "revoke")
    _, page = expect(200, await browser.get(case), "case")
    browser.desk.revoked += 1
    await pause()


async def agent(browser: Browser, desk: Desk) -> None:
    async def pause() -> None:
        if desk.think:
            await asyncio.sleep(random.uniform(0.5, 1.5) * desk.think)

    await asyncio.sleep(random.uniform(0, 4 * desk.think))
    while not desk.over:
        try:
            await work_case(browser, pause)
        except Trouble as trouble:
            desk.refused[str(trouble)] = desk.refused.get(str(trouble), 0) + 1
            await pause()


async def main() -> None:
    origin, agents, think, seconds, *command = sys.argv[1:]
    desk = Desk(origin, float(think))
    browsers = [Browser(origin, desk) for _ in range(int(agents))]
    for number, browser in enumerate(browsers, start=1):
        await log_in(browser, number)
    working = [asyncio.create_task(agent(browser, desk)) for browser in browsers]
    await asyncio.sleep(5 + 4 * desk.think)
    desk.begin()
    await asyncio.sleep(float(seconds))
    desk.tell("agents alone")
    if command:
        desk.begin()
        batch = await asyncio.create_subprocess_exec(*command, stdout=sys.stderr)
        status = await batch.wait()
        lasted = time.monotonic() - desk.began
        desk.tell("with the batch")
        print(json.dumps({"phase": "batch", "seconds": round(lasted, 1), "status": status}), flush=True)
    desk.over = True
    await asyncio.gather(*working)


asyncio.run(main())
