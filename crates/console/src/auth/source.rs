//! What attempts at the password are counted for.

use std::net::IpAddr;

use facegate_gallery::AttemptSource;

/// Of a request from this network.
pub(crate) fn sources(from: Option<IpAddr>) -> Vec<AttemptSource> {
    let address = from.map(|network| AttemptSource::Address(network.to_string()));
    // The account first: the stores lock in this order.
    [AttemptSource::Account].into_iter().chain(address).collect()
}
