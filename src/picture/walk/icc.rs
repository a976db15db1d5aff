//! Whether bytes are an ICC profile (ICC.1:2022 §7.2) and nothing else. One is kept as it is: it is what the colours mean.

/// By its first bytes, which say how long it is, and by the signature that each has.
pub(super) fn is_profile(header: &[u8], length: usize) -> bool {
    let says = header.first_chunk().map(|size| u32::from_be_bytes(*size) as usize);
    says == Some(length) && header.get(36..40) == Some(b"acsp")
}
