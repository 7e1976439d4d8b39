"""Address words: what is taken, what is refused, and that a port can be bound again at once."""

from __future__ import annotations

import socket

import pytest

from simulator import addresses
from simulator.addresses import Address, AddressError


@pytest.mark.parametrize(
    ("word", "address", "shown"),
    [
        ("127.0.0.1:3240", Address("127.0.0.1", 3240), "127.0.0.1:3240"),
        ("localhost:0", Address("127.0.0.1", 0), "127.0.0.1:0"),
        ("[::1]:80", Address("::1", 80), "[::1]:80"),
    ],
)
def test_taken(word: str, address: Address, shown: str) -> None:
    assert addresses.parse(word) == address
    assert str(address) == shown


@pytest.mark.parametrize(
    "word", ["", "3240", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", ":80", "127.0.0.1:²"]
)
def test_unreadable(word: str) -> None:
    with pytest.raises(AddressError, match="give HOST:PORT"):
        addresses.parse(word)


@pytest.mark.parametrize("word", ["0.0.0.0:80", "192.0.2.1:80", "[::]:80", "printer.example:80"])
def test_only_loopback(word: str) -> None:
    with pytest.raises(AddressError, match="loopback only"):
        addresses.parse(word)


def test_a_port_is_free_again_while_its_old_connections_linger() -> None:
    with addresses.bind(Address("127.0.0.1", 0)) as first:
        address = addresses.address_of(first)
        client = socket.create_connection((address.host, address.port))
        served, _ = first.accept()
        served.close()  # the side that closes first is the one that lingers
        client.close()
    with addresses.bind(address) as again:
        assert addresses.address_of(again) == address
        with pytest.raises(OSError, match="in use"):
            addresses.bind(address)
