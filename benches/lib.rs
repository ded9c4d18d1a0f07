//! Measurements: criterion benches in `micro`, the comparison with other engines in `compare`.
//!
//! Cargo wants a library or a binary in every package; the benches stand beside this file.
