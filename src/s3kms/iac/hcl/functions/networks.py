"""Functions of networks."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

from s3kms.iac.hcl.functions.interface import Function, ParameterKind, numbers
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected

Network = IPv4Network | IPv6Network
ZEROS = re.compile(r"(?<![\d.])0+(?=\d+\.)|(?<=\.)0+(?=\d)", re.ASCII)
IPV6_BITS = 32
"""Bits by which one call can go further."""


def _network(text: str) -> Network:
    if not re.fullmatch(r"[0-9a-fA-F:.]+/\d{1,3}", text, re.ASCII):
        raise Rejected("the string is not a network with a prefix length")
    try:
        return ip_network(ZEROS.sub("", text), strict=False)
    except ValueError as error:
        raise Rejected("the string is not a network with a prefix length") from error


def _cidrhost(prefix: str, host: int) -> Value:
    network = _network(prefix)
    size = network.num_addresses
    if not -size <= host < size:
        raise Rejected("the network has no such host")
    return str(network[host])


def _cidrnetmask(prefix: str) -> Value:
    network = _network(prefix)
    if isinstance(network, IPv6Network):
        raise Rejected("an IPv6 network has no netmask")
    return str(network.netmask)


def _within(network: Network, bits: int, number: int) -> str:
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen:
        raise Rejected("the network has no room for so many bits")
    if not 0 <= number < 2**bits:
        raise Rejected("the network has no such subnet")
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
        if not 1 <= more <= IPV6_BITS or length > network.max_prefixlen:
            raise Rejected("the network has no room for so many bits")
        size: int = 2 ** (network.max_prefixlen - length)
        at = -(-at // size) * size
        if at + size > end:
            raise Rejected("the network has no room for so many subnets")
        found.append(str(type(network)((at, length))))
        at += size
    return found


TABLE = {
    "cidrhost": Function(_cidrhost, (ParameterKind.TEXT, ParameterKind.INTEGER)),
    "cidrnetmask": Function(_cidrnetmask, (ParameterKind.TEXT,)),
    "cidrsubnet": Function(_cidrsubnet, (ParameterKind.TEXT, ParameterKind.INTEGER, ParameterKind.INTEGER)),
    "cidrsubnets": Function(_cidrsubnets, (ParameterKind.TEXT,), rest=ParameterKind.INTEGER),
}
