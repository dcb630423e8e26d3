//! TLS with the machine's own certificate store.
//!
//! rustls with ring: it needs a C compiler and nothing else to build. The store is read directly, not through a
//! platform verifier, which on some systems asks the network about a certificate by itself, past the address check.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::FetchError;

/// A TLS configuration that trusts what the machine trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` override where that is).
///
/// Without any certificate it still works, and every https fetch fails: plain http must not depend on the store.
pub(crate) fn client_config() -> Result<ClientConfig, FetchError> {
    let mut roots = RootCertStore::empty();
    let (added, ignored) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        tracing::warn!(ignored, "the system has no CA certificates: images cannot be fetched over https");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| FetchError::Setup(format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
