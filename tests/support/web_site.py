"""A site that answers over TLS on this machine, page by page as a test says, and writes down what it was asked."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from tests.support.authority import Identity, authority, leaf, server_context

Header = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Page:
    body: str = ""
    status: str = "200 OK"
    headers: tuple[Header, ...] = (("Content-Type", "text/html; charset=utf-8"),)


NOT_FOUND = Page(status="404 Not Found")


@dataclass
class Site:
    """`https://127.0.0.1:port` is the acquirer; the same server as `https://localhost:port` is somebody else."""

    pages: dict[str, Page | Callable[[Asked], Page]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def home(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def elsewhere(self) -> str:
        return f"https://localhost:{self.port}"

    def paths(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.asked if each.path != "/favicon.ico"]

    async def until(self, path: str) -> Asked:
        """The last request of that path, once there is one."""
        async with asyncio.timeout(20):
            while not any(each.path == path for each in self.asked):
                self.came.clear()
                await self.came.wait()
        return next(each for each in reversed(self.asked) if each.path == path)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.split("\r\n")
            method, target, _ = first.split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        except (OSError, asyncio.IncompleteReadError):
            writer.close()
            return
        asked = Asked(method, target.partition("?")[0], headers, body.decode("latin-1"))
        self.asked.append(asked)
        self.came.set()
        found = self.pages.get(asked.path, NOT_FOUND)
        page = found(asked) if callable(found) else found
        data = page.body.encode()
        told = "".join(f"{name}: {value}\r\n" for name, value in page.headers)
        end = f"Connection: close\r\nContent-Length: {len(data)}\r\n\r\n"
        writer.write(f"HTTP/1.1 {page.status}\r\n{told}{end}".encode() + data)
        with suppress(OSError):
            await writer.drain()
        writer.close()


@asynccontextmanager
async def site(folder: Path, root: Identity, names: tuple[str, ...] = ()) -> AsyncIterator[Site]:
    made = Site()
    context = server_context(folder, leaf("site", root, server=True, names=names), None)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def throwaway(name: str = "Throwaway root") -> Identity:
    return authority(name)


def trusting(root: Identity) -> Callable[[str, Sequence[bytes]], bool]:
    """As the bootstrap trusts a simulator: by its chain, its name and its dates."""

    def trusts(host: str, chain: Sequence[bytes]) -> bool:
        first, *others = [x509.load_der_x509_certificate(each) for each in chain]
        name: x509.DNSName | x509.IPAddress
        try:
            name = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        try:
            PolicyBuilder().store(Store([root.certificate])).build_server_verifier(name).verify(first, others)
        except VerificationError:
            return False
        return True

    return trusts
