//! What the operator decides about fetching: limits, and the networks that are allowed although they are not public.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use crate::address::{canonical, is_public};

/// Limits of one fetch and of all fetches together.
#[derive(Clone, Debug)]
pub struct FetchPolicy {
    /// Time for one fetch in all: waiting for a slot, name resolution, redirects and body. Default 15 s (the contract's).
    pub timeout: Duration,
    /// Most bytes of a body. Default 5 MiB = 5 × 1024² (the contract's).
    pub max_bytes: usize,
    /// Most redirects that are followed. Default 5.
    pub max_redirects: usize,
    /// Networks that are allowed although they are not public. Default none.
    pub allow: Vec<IpNet>,
    /// Most fetches at once, and most name resolutions at once; at least 1. Default 64: more would only fill memory with
    /// bodies (64 × 5 MiB) and the runtime's blocking threads with slow name servers.
    pub max_concurrent: usize,
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15),
            max_bytes: 5 * 1024 * 1024,
            max_redirects: 5,
            allow: Vec::new(),
            max_concurrent: 64,
        }
    }
}

impl FetchPolicy {
    /// Whether a connection to the address may be opened: it is public, or the operator allows its network.
    ///
    /// An IPv4-mapped address is judged as the IPv4 address it stands for, since that is where the connection goes.
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = canonical(address);
        is_public(address) || self.allow.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowing(networks: &[&str]) -> FetchPolicy {
        FetchPolicy { allow: networks.iter().map(|text| text.parse().unwrap()).collect(), ..FetchPolicy::default() }
    }

    #[test]
    fn an_allowed_network_opens_itself_and_nothing_else() {
        let policy = allowing(&["10.1.0.0/16", "fd12::/16"]);
        for (text, permitted) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("fd12::1", true),
            ("8.8.8.8", true),
            ("10.2.0.1", false),
            ("::ffff:10.2.0.1", false),
            // Through NAT64 or 6to4 it is not the operator's network any more.
            ("64:ff9b::a01:203", false),
            ("2002:a01:203::1", false),
            ("::10.1.2.3", false),
            ("fd13::1", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(policy.permits(text.parse().unwrap()), permitted, "{text}");
        }
    }
}
