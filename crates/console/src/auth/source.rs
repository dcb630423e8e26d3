//! Where a request comes from, for counting failures.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use facegate_gallery::AttemptSource;
use http::HeaderMap;
use http::request::Parts;

/// The address that a request comes from, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self(connected.map(|ip| behind_proxy(ip, &parts.headers))))
    }
}

/// A proxy on this machine or in its network tells whom it serves; the last address is the one that it wrote itself. Anybody
/// else is believed nothing.
fn behind_proxy(connected: IpAddr, headers: &HeaderMap) -> IpAddr {
    let connected = connected.to_canonical();
    let near = match connected {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    let told = headers.get_all("x-forwarded-for").into_iter().next_back().and_then(|value| value.to_str().ok());
    let told = told.and_then(|value| value.rsplit(',').next()).and_then(|ip| ip.trim().parse::<IpAddr>().ok());
    if near { told.map_or(connected, |ip| ip.to_canonical()) } else { connected }
}

/// What attempts from there are counted for. An IPv6 network counts as one: who has one address of it has all.
pub(crate) fn sources(peer: &Peer) -> Vec<AttemptSource> {
    let address = peer.0.map(|ip| match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).to_string(),
    });
    // The account first: the stores lock in this order.
    [AttemptSource::Account].into_iter().chain(address.map(AttemptSource::Address)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(connected: &str, told: &str) -> String {
        let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-forwarded-for"), told.parse().unwrap())]);
        behind_proxy(connected.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_proxy_nearby_is_believed_and_only_its_own_word() {
        assert_eq!(seen("127.0.0.1", "192.0.2.7"), "192.0.2.7");
        assert_eq!(seen("::ffff:10.0.0.1", "203.0.113.9, 192.0.2.7"), "192.0.2.7");
        assert_eq!(seen("198.51.100.1", "192.0.2.7"), "198.51.100.1");
        assert_eq!(seen("127.0.0.1", "rubbish"), "127.0.0.1");
        let network = |ip: &str| sources(&Peer(Some(ip.parse().unwrap())));
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
    }
}
