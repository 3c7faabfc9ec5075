"""Each spelling of each kind of address that is not public, at once, by redirect and by a name: none is dialled."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from test_corpus_fetch import PAGE, refusal, resolving, serving

from corpus.documents.address import is_public
from corpus.documents.fetch import fetch
from corpus.settings import load_settings

PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1"),
    *("172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1"),
    *("198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "192.88.99.1", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "168.63.129.16"),
]
OWN_V6 = [
    *("::", "::1", "fe80::1", "febf::1", "fec0::1", "feff::1", "fc00::1", "fd12:3456::1", "ff02::1", "ff0e::1"),
    *("2001:db8::1", "3fff::1", "100::1", "64:ff9b:1::a00:1", "2001::1", "2001:10::1", "5f00::1", "4000::1"),
]
PUBLIC = ["8.8.8.8", "93.184.215.14"]


def spellings(address):
    """The address in IPv6, as tunnels and translators write it."""
    high, low = divmod(int(ipaddress.IPv4Address(address)), 1 << 16)
    return {
        "plain": address,
        "mapped": f"::ffff:{address}",
        "mapped in hex": f"::ffff:{high:x}:{low:x}",
        "NAT64": f"64:ff9b::{high:x}:{low:x}",
        "6to4": f"2002:{high:x}:{low:x}::1",
        "ISATAP": f"2606:4700::5efe:{address}",
        "ISATAP, global": f"2606:4700::200:5efe:{high:x}:{low:x}",
    }


def in_digits(address):
    """The address as the resolver of C reads it."""
    number, parts = int(ipaddress.IPv4Address(address)), list(map(int, address.split(".")))
    return [
        str(number),
        hex(number),
        f"0{number:o}",
        ".".join(f"0{part:o}" for part in parts),
        ".".join(map(hex, parts)),
        f"{parts[0]}.{number & 0xFFFFFF}",
        f"{parts[0]}.{parts[1]}.{number & 0xFFFF}",
    ]


def urls():
    for address in PRIVATE:
        for spelt in spellings(address).values():
            yield f"http://[{spelt}]/" if ":" in spelt else f"http://{spelt}/"
        yield from (f"http://{spelt}/" for spelt in in_digits(address))
        yield f"https://{address}:443/"
        yield f"http://{address}./"
    yield from (f"http://[{address}]/" for address in OWN_V6)
    # Other digits, and dots, that a host's name is normalised from.
    yield from (
        "http://①②⑦.⓪.⓪.①/",
        "http://127。0。0。1/",
        "http://127.0.0.1%2f@8.8.8.8/",
        "http://8.8.8.8@127.0.0.1/",
    )
    yield from ("http://localhost/", "http://LOCALHOST:80/", "http://localhost./", "http://ip6-localhost/")


@pytest.fixture
def dialled(monkeypatch):
    """The addresses that were dialled outside the test's own server; none is reached."""
    seen, real = [], socket.socket.connect

    def connect(self, address):
        if self.family == socket.AF_UNIX or (address[0] == "127.0.0.1" and address[1] in allowed):
            return real(self, address)
        seen.append(address)
        raise ConnectionRefusedError(111, "as the test says")

    allowed: set[int] = set()
    monkeypatch.setattr(socket.socket, "connect", connect)
    return seen, allowed


def test_no_spelling_of_an_address_that_is_not_public_is_dialled(tmp_path, dialled):
    settings, tried = load_settings(tmp_path), list(urls())
    assert len(tried) > 350
    for url in tried:
        assert refusal(url, settings), url
    assert dialled[0] == []


def test_nor_after_a_redirect(tmp_path, dialled, monkeypatch):
    with serving() as server:
        port = server.server_address[1]
        dialled[1].add(port)
        monkeypatch.setenv("ADVISOR_ALLOWED_HOSTS", f"127.0.0.1:{port}")
        settings = load_settings(tmp_path)
        for url in list(urls())[::3]:
            refusal(f"http://127.0.0.1:{port}/to?{url}", settings)
        assert fetch(f"http://127.0.0.1:{port}/page", settings).body == PAGE
    assert dialled[0] == []


@pytest.mark.parametrize("address", [*PRIVATE, *OWN_V6])
def test_nor_where_a_name_leads_there(tmp_path, dialled, monkeypatch, address):
    """As it is looked up, at once or the second time: what was checked is what is dialled."""
    spelt = list(spellings(address).values()) if "." in address else [address]
    for one in spelt:
        assert not is_public(one), one
    resolving(monkeypatch, [spelt[0]])
    refusal("http://careers.example/", load_settings(tmp_path))
    resolving(monkeypatch, ["8.8.8.8"], [spelt[0]])
    refusal("http://careers.example/", load_settings(tmp_path))
    assert {host for host, *_ in dialled[0]} <= {"8.8.8.8"}


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_one_is_public_however_it_is_spelt(address):
    for how, spelt in spellings(address).items():
        assert is_public(spelt), how
