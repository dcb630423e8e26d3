//! Where a request comes from, for counting failures.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::ConnectInfo;
use http::HeaderMap;
use http::request::Parts;
use ipnet::IpNet;

/// The header in which proxies tell whom they serve, each adding an address at the end.
const FORWARDED: &str = "x-forwarded-for";

/// Knows which peers are proxies of the operator's own.
pub(crate) struct Peers {
    trusted: Vec<IpNet>,
    told: AtomicBool,
}

impl Peers {
    /// Proxies in these networks are believed; nobody else is.
    pub fn new(trusted: &[IpNet]) -> Self {
        Self { trusted: trusted.to_vec(), told: AtomicBool::new(false) }
    }

    /// The network that a request comes from, as far as it is known.
    pub fn of(&self, parts: &Parts) -> Option<IpAddr> {
        let ConnectInfo(connected) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(network(self.client(connected.ip().to_canonical(), &parts.headers)))
    }

    /// The last address that was not written by somebody untrusted: each proxy vouches for the one before it.
    ///
    /// An element that is no address ends the walk, and only there: what stands to the right of it was written later, by proxies
    /// that are trusted, and is believed whatever a client put before it. The client is then the last address that could be
    /// read: counting for the proxy that wrote something else is right, since nobody but it could write there.
    fn client(&self, connected: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = connected;
        if !headers.contains_key(FORWARDED) {
            return client;
        }
        if !self.trusts(client) {
            self.warn(client);
            return client;
        }
        // Bytes: one that is no text must not hide the elements beside it.
        let values = headers.get_all(FORWARDED).into_iter().rev();
        for told in values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b',')) {
            let told = std::str::from_utf8(told).ok().and_then(|told| told.trim().parse::<IpAddr>().ok());
            let Some(told) = told else { break };
            client = told.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// Once: a proxy that is not trusted makes one client of all, and anybody can send the header.
    fn warn(&self, peer: IpAddr) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                %peer,
                "X-Forwarded-For of a peer that is not among rate_limit.trusted_proxies is not believed: if that is your proxy, \
                 failures of all its clients are counted together"
            );
        }
    }
}

/// What counts as one client: an IPv6 network of 64 bits does, since who has one address of it has all.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn seen(connected: &str, told: &[&str]) -> String {
        seen_of_bytes(connected, &told.iter().map(|value| value.as_bytes()).collect::<Vec<_>>())
    }

    fn seen_of_bytes(connected: &str, told: &[&[u8]]) -> String {
        let peers = Peers::new(&["127.0.0.0/8".parse().unwrap(), "10.1.0.0/16".parse().unwrap()]);
        let mut request = http::Request::builder();
        for value in told {
            request = request.header(FORWARDED, HeaderValue::from_bytes(value).unwrap());
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::new(connected.parse().unwrap(), 1)));
        peers.of(&parts).unwrap().to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_its_own_word() {
        assert_eq!(seen("127.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(seen("::ffff:127.0.0.1", &["203.0.113.9, 192.0.2.7"]), "192.0.2.7");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9", "192.0.2.7"]), "192.0.2.7");
        // A private network is no proxy by itself.
        assert_eq!(seen("10.2.0.1", &["192.0.2.7"]), "10.2.0.1");
        assert_eq!(seen("198.51.100.1", &["192.0.2.7"]), "198.51.100.1");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["rubbish"]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["192.0.2.7, rubbish"]), "127.0.0.1");
    }

    #[test]
    fn bytes_that_are_no_text_hide_nobody() {
        for rubbish in [&b"\xff"[..], b"\xc3\xa9", b"203.0.113.9\xe9", b"\xff, 203.0.113.9, \xff"] {
            let told = [rubbish, b", 192.0.2.7"].concat();
            assert_eq!(seen_of_bytes("127.0.0.1", &[&told]), "192.0.2.7", "{rubbish:?}");
            assert_eq!(seen_of_bytes("127.0.0.1", &[rubbish, b"192.0.2.7"]), "192.0.2.7", "{rubbish:?}");
            // Where the proxy itself writes so, nobody before it is believed.
            let told = [b"192.0.2.7, ", rubbish].concat();
            assert_eq!(seen_of_bytes("127.0.0.1", &[&told]), "127.0.0.1", "{rubbish:?}");
        }
        assert_eq!(seen_of_bytes("127.0.0.1", &[b"192.0.2.7, \xff, 10.1.2.3"]), "10.1.2.3");
    }

    #[test]
    fn a_chain_of_trusted_proxies_is_followed() {
        assert_eq!(seen("127.0.0.1", &["203.0.113.9, 192.0.2.7, 10.1.2.3"]), "192.0.2.7");
        assert_eq!(seen("127.0.0.1", &["rubbish, 10.1.2.3"]), "10.1.2.3");
        assert_eq!(seen("127.0.0.1", &["10.1.2.4, 10.1.2.3"]), "10.1.2.4");
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        assert_eq!(seen("2001:db8::1", &[]), seen("2001:db8::ffff", &[]));
        assert_ne!(seen("2001:db8::1", &[]), seen("2001:db8:0:1::1", &[]));
    }
}
