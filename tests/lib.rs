//! The tests of the whole engine: `slt` runs SQL files, `e2e` runs what needs code.
//!
//! Cargo wants a library or a binary in every package; the tests stand beside this file.
