"""Addresses of the net, as far as it is counted what comes from them (LINK-18, RET-03)."""

import ipaddress


def network_of(source: str) -> str:
    """Return what counts as one address: of IPv6 the /64, for whoever has one has them all.

    An IPv4 address inside IPv6 counts as itself; what is no address stays as it is.
    """
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if address.version == 4:
        return source
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
