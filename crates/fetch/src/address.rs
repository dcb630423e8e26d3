//! Which addresses are public: globally routable unicast, and nothing that leads back inside by another form.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(first: u16, second: u16, third: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0), prefix)
}

/// IPv4 networks that are not public: the IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast (RFC 5771),
/// and one address of a cloud.
pub(crate) const REFUSED_V4: [Ipv4Net; 16] = [
    v4(0, 0, 0, 0, 8),        // this network, RFC 791; on many systems 0.0.0.0 is the machine itself
    v4(10, 0, 0, 0, 8),       // private, RFC 1918
    v4(100, 64, 0, 0, 10),    // carrier-grade NAT, RFC 6598; holds Alibaba's metadata address 100.100.100.200
    v4(127, 0, 0, 0, 8),      // loopback, RFC 1122
    v4(168, 63, 129, 16, 32), // Azure's wire server: public space, yet inside every Azure machine's network
    v4(169, 254, 0, 0, 16),   // link-local, RFC 3927; holds the metadata address of most clouds
    v4(172, 16, 0, 0, 12),    // private, RFC 1918
    v4(192, 0, 0, 0, 24),     // IETF protocol assignments, RFC 6890; holds Oracle's metadata address 192.0.0.192
    v4(192, 0, 2, 0, 24),     // documentation, RFC 5737
    v4(192, 88, 99, 0, 24),   // 6to4 relay anycast, RFC 7526
    v4(192, 168, 0, 0, 16),   // private, RFC 1918
    v4(198, 18, 0, 0, 15),    // benchmarking, RFC 2544
    v4(198, 51, 100, 0, 24),  // documentation, RFC 5737
    v4(203, 0, 113, 0, 24),   // documentation, RFC 5737
    v4(224, 0, 0, 0, 4),      // multicast, RFC 5771
    v4(240, 0, 0, 0, 4),      // reserved, RFC 1112, with broadcast 255.255.255.255
];

/// The only IPv6 space that IANA gives out as global unicast (RFC 4291). Everything outside is not public: loopback,
/// IPv4-compatible, unique local, link-local, site-local, multicast, discard, local-use NAT64, segment routing.
pub(crate) const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// Networks inside [`GLOBAL_V6`] that are not public: the IANA IPv6 Special-Purpose Address Registry.
pub(crate) const REFUSED_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 0, 23),     // IETF protocol assignments, RFC 2928: Teredo, ORCHID, benchmarking
    v6(0x2001, 0xdb8, 0, 32), // documentation, RFC 3849
    v6(0x2002, 0, 0, 16),     // 6to4, RFC 3056: carries any IPv4 address, and is deprecated
    v6(0x3fff, 0, 0, 20),     // documentation, RFC 9637
];

/// The well-known NAT64 prefix (RFC 6052): the last four bytes are the IPv4 address that the packet goes to.
pub(crate) const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);

/// The IPv4 address that an IPv4-mapped address stands for; every other address unchanged.
pub(crate) fn canonical(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// Whether the address is globally routable unicast, and no cloud's metadata address.
///
/// IPv4-mapped and NAT64 addresses are judged by the IPv4 address inside: on a network with IPv6 only, NAT64 is how an
/// ordinary web server is reached.
pub fn is_public(address: IpAddr) -> bool {
    match canonical(address) {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) if NAT64.contains(&address) => {
            let [.., a, b, c, d] = address.octets();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !REFUSED_V6.iter().any(|network| network.contains(&address))
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !REFUSED_V4.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
