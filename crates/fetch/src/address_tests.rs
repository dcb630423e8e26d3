//! The address table row by row, at the edges of each network, and as properties.

use proptest::prelude::*;

use super::*;

fn public(text: &str) -> bool {
    is_public(text.parse().unwrap_or_else(|_| panic!("{text} is no address")))
}

#[test]
fn addresses_inside_are_not_public() {
    for text in [
        "0.0.0.0",
        "0.1.2.3",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.1.2.3",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.192",
        "192.0.0.255",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b::168.63.129.16",
        "64:ff9b:1::1",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",
        "2001:0:7f00:1::",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "3fff::1",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "feff::1",
        "ff02::1",
        "ff0e::1",
        "1fff:ffff::1",
    ] {
        assert!(!public(text), "{text}");
    }
}

#[test]
fn neighbours_of_the_refused_networks_are_public() {
    for text in [
        "1.0.0.0",
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::1",
        "2001:db7:ffff::1",
        "2001:db9::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700::1",
        "2a00:1450:4001::1",
        "3ffe:ffff::1",
        "3fff:1000::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ] {
        assert!(public(text), "{text}");
    }
}

/// Any address of one of the networks.
fn within_v4() -> impl Strategy<Value = Ipv4Addr> {
    (prop::sample::select(REFUSED_V4.to_vec()), any::<u32>())
        .prop_map(|(network, bits)| Ipv4Addr::from(u32::from(network.network()) | bits & u32::from(network.hostmask())))
}

fn within_v6() -> impl Strategy<Value = Ipv6Addr> {
    (prop::sample::select(REFUSED_V6.to_vec()), any::<u128>()).prop_map(|(network, bits)| {
        Ipv6Addr::from(u128::from(network.network()) | bits & u128::from(network.hostmask()))
    })
}

proptest! {
    #[test]
    fn no_refused_ipv4_address_is_public_in_any_form(address in within_v4()) {
        let bits = u128::from(u32::from(address));
        prop_assert!(!is_public(address.into()));
        prop_assert!(!is_public(address.to_ipv6_mapped().into()));
        prop_assert!(!is_public(address.to_ipv6_compatible().into()));
        prop_assert!(!is_public(Ipv6Addr::from(u128::from(NAT64.network()) | bits).into()));
        // 6to4 has the address in bytes 2 to 5, Teredo inverted in the last four.
        prop_assert!(!is_public(Ipv6Addr::from(0x2002_u128 << 112 | bits << 80 | 1).into()));
        prop_assert!(!is_public(Ipv6Addr::from(0x2001_0000_u128 << 96 | (!bits & 0xffff_ffff)).into()));
    }

    #[test]
    fn no_refused_ipv6_address_is_public(address in within_v6()) {
        prop_assert!(!is_public(address.into()));
    }

    #[test]
    fn only_global_unicast_and_embedded_ipv4_are_public_in_ipv6(bits in any::<u128>()) {
        let address = Ipv6Addr::from(bits);
        let embedded = NAT64.contains(&address) || address.to_ipv4_mapped().is_some();
        prop_assert!(embedded || GLOBAL_V6.contains(&address) || !is_public(address.into()));
    }

    /// The standard library's own predicates, written by others, agree.
    #[test]
    fn what_the_standard_library_calls_special_is_not_public(bits in any::<u32>()) {
        let address = Ipv4Addr::from(bits);
        let special = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_broadcast()
            || address.is_multicast() || address.is_documentation() || address.is_unspecified();
        prop_assert!(!(special && is_public(address.into())));
    }
}
