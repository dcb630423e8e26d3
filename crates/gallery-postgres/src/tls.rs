//! TLS to the database, with certificates that are always checked.

use std::sync::Arc;

use facegate_gallery::StoreError;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::DatabaseUrl;

/// Trusts the authorities of the URL's file, or without one those of the machine.
pub(crate) fn connector(url: &DatabaseUrl) -> Result<MakeRustlsConnect, StoreError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = url.authorities() {
        let shown = path.display();
        let unusable =
            |_| StoreError::Unavailable(format!("sslrootcert: {shown} holds no certificate that can be read"));
        let certificates: Vec<_> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(unusable)?;
        let (added, _) = roots.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(StoreError::Unavailable(format!("sslrootcert: {shown} holds no certificate")));
        }
    } else if url.uses_tls() {
        // Without any, connections without TLS still work.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Unavailable(format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
