//! `WITH RECURSIVE t(…) USING KEY (…)` is refused: no operator keeps one row a key between the rounds.

use extension::{Error, Result};

use super::{Tokens, is_at};
use crate::script::position;

pub(super) fn rewrite(tokens: Tokens) -> Result<Tokens> {
    let recursive = tokens.iter().any(|token| super::is(token, "recursive"));
    let found = (0..tokens.len()).find(|index| {
        is_at(&tokens, *index, "using")
            && is_at(&tokens, index + 1, "key")
            && is_at(&tokens, index + 2, "(")
    });
    match found {
        Some(index) if recursive => Err(Error::unsupported(
            "USING KEY in a recursive common table expression is not supported",
        )
        .with_hint("UNION keeps each row once; the newest row of a key can be chosen afterwards")
        .at(position(tokens[index].span.start))),
        _ => Ok(tokens),
    }
}
