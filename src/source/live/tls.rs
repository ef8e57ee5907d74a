//! Certificates in files to whom a TLS connection trusts and how it proves who is asking.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::error::{Error, ErrorKind, Result};

/// The files that a user names.
#[derive(Debug, Clone, Default)]
pub struct TlsFiles {
    /// Certificates of authorities to trust besides the platform's, PEM.
    pub ca: Option<PathBuf>,
    /// The client's certificate with those between it and its authority, PEM.
    pub cert: Option<PathBuf>,
    /// The key of the client's certificate, PEM; without it, the key is in the file of the certificate.
    pub key: Option<PathBuf>,
}

/// What connections need that are encrypted.
pub(super) struct Tls {
    provider: Arc<CryptoProvider>,
    authorities: Vec<Certificate<'static>>,
    client: Option<ClientCert>,
    /// Those of the platform with `authorities`, read when first needed.
    roots: OnceLock<RootCerts>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("has_client", &self.client.is_some()).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// When one cannot be read, holds nothing of its kind, or the key is not that of the certificate.
    pub(super) fn read(files: &TlsFiles) -> Result<Self> {
        let provider = Arc::new(ring::default_provider());
        let authorities = match &files.ca {
            Some(path) => certificates(path)?.iter().map(certificate).collect(),
            None => Vec::new(),
        };
        let client = match (&files.cert, &files.key) {
            (Some(cert), key) => Some(client(cert, key.as_deref().unwrap_or(cert), &provider)?),
            (None, Some(_)) => {
                return Err(Error::new(ErrorKind::Usage, "is given without --cert").at("--key"));
            }
            (None, None) => None,
        };
        Ok(Self { provider, authorities, client, roots: OnceLock::new() })
    }

    /// What a connection is to use: to the server that was named if `is_trusted`, or else without the certificate of
    /// the client; checking the server's certificate if `is_verified`.
    pub(super) fn config(&self, is_verified: bool, is_trusted: bool) -> TlsConfig {
        let roots = if is_verified { self.roots().clone() } else { RootCerts::new_with_certs(&[]) };
        TlsConfig::builder()
            .unversioned_rustls_crypto_provider(self.provider.clone())
            .root_certs(roots)
            .client_cert(self.client.clone().filter(|_| is_trusted))
            .disable_verification(!is_verified)
            .build()
    }

    fn roots(&self) -> &RootCerts {
        self.roots.get_or_init(|| {
            // Where the platform's cannot be read, connections fail and say that the certificate is not trusted.
            let platform = rustls_native_certs::load_native_certs().certs;
            let all: Vec<_> =
                platform.iter().map(certificate).chain(self.authorities.iter().cloned()).collect();
            RootCerts::new_with_certs(&all)
        })
    }
}

fn certificate(der: &CertificateDer<'_>) -> Certificate<'static> {
    Certificate::from_der(der.as_ref()).to_owned()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Error::new(ErrorKind::Unreadable, format!("cannot be read ({error})")).at(path.display().to_string())
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let wrong = || {
        Error::new(ErrorKind::Usage, "holds no certificate in PEM").at(path.display().to_string()).help(
            "give a file with `-----BEGIN CERTIFICATE-----`; \
             `openssl x509 -inform der -in FILE` converts DER",
        )
    };
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&read(path)?).collect::<Result<_, _>>().map_err(|_| wrong())?;
    if found.is_empty() { Err(wrong()) } else { Ok(found) }
}

fn client(cert: &Path, key: &Path, provider: &CryptoProvider) -> Result<ClientCert> {
    let chain = certificates(cert)?;
    let wrong = |problem: &str| {
        Error::new(ErrorKind::Usage, problem)
            .at(key.display().to_string())
            .help("give an unencrypted key in PEM that belongs to the certificate of --cert")
    };
    let pem = read(key)?;
    let no_key = || wrong("holds no private key in PEM");
    let der = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| no_key())?;
    // ureq takes for granted that the two belong together.
    CertifiedKey::from_der(chain.clone(), der, provider).map_err(|_| {
        wrong("the key does not belong to the certificate, or is of no kind that is supported")
    })?;
    let chain: Vec<_> = chain.iter().map(certificate).collect();
    Ok(ClientCert::new_with_certs(&chain, PrivateKey::from_pem(&pem).map_err(|_| no_key())?))
}
