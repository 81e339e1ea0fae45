"""Functions of networks."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

from s3kms.sources.code.hcl.functions.interface import Function, Kind, numbers
from s3kms.sources.code.hcl.values import Invalid, Value

Network = IPv4Network | IPv6Network
ZEROS = re.compile(r"(?<![\d.])0+(?=\d+\.)|(?<=\.)0+(?=\d)", re.ASCII)
WORDS = 32
"""Bits by which one call can go further."""


def _network(text: str) -> Network:
    if not re.fullmatch(r"[0-9a-fA-F:.]+/\d{1,3}", text, re.ASCII):
        raise Invalid("the text is no network with a prefix length")
    try:
        return ip_network(ZEROS.sub("", text), strict=False)
    except ValueError as error:
        raise Invalid("the text is no network with a prefix length") from error


def _cidrhost(prefix: str, host: int) -> Value:
    network = _network(prefix)
    size = network.num_addresses
    if not -size <= host < size:
        raise Invalid("the network has no such host")
    return str(network[host])


def _cidrnetmask(prefix: str) -> Value:
    network = _network(prefix)
    if isinstance(network, IPv6Network):
        raise Invalid("a network of IPv6 has no netmask")
    return str(network.netmask)


def _within(network: Network, bits: int, number: int) -> str:
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen:
        raise Invalid("the network has no room for so many bits")
    if not 0 <= number < 2**bits:
        raise Invalid("the network has no such subnet")
    start = int(network.network_address) + number * 2 ** (network.max_prefixlen - length)
    return str(type(network)((start, length)))


def _cidrsubnet(prefix: str, bits: int, number: int) -> Value:
    return _within(_network(prefix), bits, number)


def _cidrsubnets(prefix: str, *bits: Value) -> Value:
    network = _network(prefix)
    found: list[Value] = []
    at = int(network.network_address)
    end = at + network.num_addresses
    for more in numbers(bits):
        length = network.prefixlen + int(more)
        if not 1 <= more <= WORDS or length > network.max_prefixlen:
            raise Invalid("the network has no room for so many bits")
        size: int = 2 ** (network.max_prefixlen - length)
        at = -(-at // size) * size
        if at + size > end:
            raise Invalid("the network has no room for so many subnets")
        found.append(str(type(network)((at, length))))
        at += size
    return found


TABLE = {
    "cidrhost": Function(_cidrhost, (Kind.TEXT, Kind.INTEGER)),
    "cidrnetmask": Function(_cidrnetmask, (Kind.TEXT,)),
    "cidrsubnet": Function(_cidrsubnet, (Kind.TEXT, Kind.INTEGER, Kind.INTEGER)),
    "cidrsubnets": Function(_cidrsubnets, (Kind.TEXT,), rest=Kind.INTEGER),
}
