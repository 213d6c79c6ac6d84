//! What an `http_sd` of Prometheus answers, fetched.

use zeroize::Zeroizing;

use super::found::brief;
use super::web::{Fetched, Request};

/// Fetches a list.
pub(super) fn fetch(request: Request<'_>) -> Result<Zeroizing<Vec<u8>>, String> {
    let Fetched { bytes, media } = request.fetch().map_err(|error| error.to_string())?;
    // As Prometheus itself has it: a page that says "sign in" is no list.
    if media != "application/json" {
        return Err(format!("it answers with '{}', and not with application/json", brief(&media)));
    }
    Ok(bytes)
}
