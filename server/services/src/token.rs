//! Secrets that open one thing to whoever has the link. Only their hash is stored.
use crate::{Error, Result};
use aws_lc_rs::digest::{SHA256, digest};
use base64ct::{Base64UrlUnpadded, Encoding};

/// A new token of 256 random bits, as text that fits into an address.
pub fn new() -> Result<String> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| Error::Internal(anyhow::anyhow!("no random numbers")))?;
    Ok(Base64UrlUnpadded::encode_string(&bytes))
}

/// Its SHA-256.
pub fn hash(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}
