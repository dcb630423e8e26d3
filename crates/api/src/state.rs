//! What every handler shares.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use facegate_service::Facegate;
use ipnet::{IpNet, Ipv4Net};

use crate::admission::{Admission, Largest, TIMES};
use crate::peer::Peers;
use crate::rate::RateLimit;

/// What the operator chooses about the HTTP surface.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// Most bytes of one decoded photo.
    pub max_image_bytes: usize,
    /// A request's body must have arrived within this time.
    pub body_timeout: Duration,
    /// Most requests that are worked on at once, and as many again whose photo comes by URL.
    pub max_in_flight: usize,
    /// Most bytes of request bodies held at once, as many again of downloads, and as many again of photos in answers.
    pub max_body_memory: usize,
    /// Origins that browsers may call from; `*` is any. Empty: none.
    pub cors_origins: Vec<String>,
    /// Origins that may show the capture page in a frame and that it may lead back to.
    pub capture_origins: Vec<String>,
    /// Requests per second and app; `None` is unlimited.
    pub requests_per_second: Option<NonZeroU32>,
    /// Networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            max_image_bytes: 5 * 1024 * 1024,
            body_timeout: Duration::from_secs(30),
            max_in_flight: 256,
            max_body_memory: 40 * 1024 * 1024,
            cors_origins: vec!["*".to_owned()],
            capture_origins: Vec::new(),
            requests_per_second: None,
            trusted_proxies: loopback(),
        }
    }
}

impl ApiOptions {
    /// Most bytes of a request's body: base64 (4/3), escapes and line breaks, and the other fields beside it. 8 MiB
    /// for photos of 5 MiB.
    pub(crate) fn max_body_bytes(&self) -> usize {
        self.max_image_bytes.saturating_mul(8) / 5
    }

    /// Of each kind, the most that a request holds: two photos are compared, one photo's size of photos is answered with.
    fn largest(&self) -> Largest {
        let Self { max_image_bytes: image, .. } = self;
        let (body, downloads) = (self.max_body_bytes().saturating_mul(2), image.saturating_mul(2));
        Largest { body, downloads, answer: image.saturating_mul(TIMES) }
    }
}

/// This machine: a proxy on it is the operator's.
fn loopback() -> Vec<IpNet> {
    let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
    vec![v4.into(), IpAddr::from(Ipv6Addr::LOCALHOST).into()]
}

/// The state of the router; cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) facegate: Arc<Facegate>,
    pub(crate) options: Arc<ApiOptions>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) rate: Option<Arc<RateLimit>>,
    pub(crate) peers: Arc<Peers>,
}

impl Api {
    /// The use cases.
    pub fn facegate(&self) -> &Arc<Facegate> {
        &self.facegate
    }

    /// Puts the state together.
    pub fn new(facegate: Arc<Facegate>, options: ApiOptions) -> Self {
        Self {
            facegate,
            admission: Arc::new(Admission::new(options.max_in_flight, options.max_body_memory, options.largest())),
            peers: Arc::new(Peers::new(&options.trusted_proxies)),
            rate: options.requests_per_second.map(RateLimit::new).map(Arc::new),
            options: Arc::new(options),
        }
    }
}
