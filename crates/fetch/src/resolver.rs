//! Name resolution with the address check inside it.
//!
//! The HTTP client connects to exactly the addresses that this resolver returns, so no DNS answer can change between
//! the check and the use.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use crate::{FetchError, FetchPolicy};

/// Where the addresses of a host name come from.
#[async_trait]
pub trait Lookup: Send + Sync + 'static {
    /// Every address of the host, in order of preference. An error or an empty list: the name does not resolve.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver: hosts file, DNS, and whatever else the machine is set up for.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// A [`Lookup`] that returns permitted addresses only.
#[derive(Clone)]
pub(crate) struct GuardedResolver {
    lookup: Arc<dyn Lookup>,
    policy: Arc<FetchPolicy>,
    // Not the fetches' semaphore: a fetch that timed out leaves, its lookup holds a blocking thread until the system gives up.
    slots: Arc<Semaphore>,
}

impl GuardedResolver {
    pub(crate) fn new(lookup: Arc<dyn Lookup>, policy: Arc<FetchPolicy>) -> Self {
        let slots = Arc::new(Semaphore::new(policy.max_concurrent));
        Self { lookup, policy, slots }
    }

    async fn addresses(self, host: String) -> Result<Vec<IpAddr>, FetchError> {
        if is_localhost(&host) {
            return self.permitted_loopback();
        }
        let unresolved = FetchError::Unreachable("the host name does not resolve");
        let Ok(slot) = self.slots.clone().acquire_owned().await else { return Err(unresolved) };
        let lookup = self.lookup.clone();
        // A task of its own, so that the slot is held as long as the lookup really runs, even when the caller has gone.
        let task = tokio::spawn(async move {
            let found = lookup.lookup(&host).await;
            drop(slot);
            found
        });
        let found = task.await.ok().and_then(Result::ok).unwrap_or_default();
        if found.is_empty() {
            return Err(unresolved);
        }
        // One inside address spoils the answer: no honest name has public and inside addresses at once, but a name made
        // to steer a client inwards does (DNS rebinding), and such a host is not worth asking at its public address.
        if !found.iter().all(|address| self.policy.permits(*address)) {
            return Err(FetchError::Forbidden);
        }
        Ok(found)
    }

    /// `localhost` is this machine, whatever a name server says (RFC 6761 section 6.3).
    fn permitted_loopback(&self) -> Result<Vec<IpAddr>, FetchError> {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        let permitted: Vec<_> = loopback.into_iter().filter(|address| self.policy.permits(*address)).collect();
        if permitted.is_empty() { Err(FetchError::Forbidden) } else { Ok(permitted) }
    }
}

/// `localhost`, `a.localhost`, each also with a dot at the end.
fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.rsplit('.').next().is_some_and(|label| label.eq_ignore_ascii_case("localhost"))
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str().to_owned()).await?;
            // Port 0: the client puts the URL's in.
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_localhost_is_known() {
        for host in ["localhost", "localhost.", "LOCALHOST", "a.localhost", "a.b.localhost."] {
            assert!(is_localhost(host), "{host}");
        }
        for host in ["localhost.example", "mylocalhost", "localhost-a", "example.org"] {
            assert!(!is_localhost(host), "{host}");
        }
    }
}
