//! Addresses of live profiles to the bytes that their servers send.

mod answer;
mod client;
mod credentials;
mod failure;
mod kubectl;
mod parca;
mod proxy;
mod pyroscope;
mod tls;
mod transport;
mod when;

pub use answer::{Answer, first_line};
pub use client::{Client, ClientOptions};
pub use credentials::Credentials;
pub use kubectl::KubectlProxy;
pub use proxy::ProxyRules;
pub use tls::TlsFiles;
