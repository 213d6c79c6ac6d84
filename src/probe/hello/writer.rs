//! Bytes with lengths in front.

/// Appends `body` behind its length in two bytes.
pub(super) fn u16_vector(out: &mut Vec<u8>, body: &[u8]) {
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
    out.extend(length.to_be_bytes());
    out.extend(&body[..usize::from(length)]);
}

/// Appends `body` behind its length in one byte.
pub(super) fn u8_vector(out: &mut Vec<u8>, body: &[u8]) {
    let length = u8::try_from(body.len()).unwrap_or(u8::MAX);
    out.push(length);
    out.extend(&body[..usize::from(length)]);
}

/// A vector of two-byte numbers behind its length in two bytes.
pub(super) fn u16_list(numbers: &[u16]) -> Vec<u8> {
    let body: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
    let mut out = Vec::with_capacity(body.len() + 2);
    u16_vector(&mut out, &body);
    out
}
