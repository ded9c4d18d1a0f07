//! `a POSITIONAL JOIN b` pairs rows by their place. The grammar reads it under `CROSS APPLY`, which is
//! refused in its own meaning: `LATERAL` says that.

use extension::{Error, Result};

use super::{Tokens, is_any, is_at, word};
use crate::script::position;

pub(super) fn rewrite(mut tokens: Tokens) -> Result<Tokens> {
    for index in 0..tokens.len() {
        if is_any(&tokens, index, &["cross", "outer"]) && is_at(&tokens, index + 1, "apply") {
            return Err(Error::unsupported("APPLY is not supported")
                .with_hint("JOIN LATERAL (…) ON true does the same")
                .at(position(tokens[index].span.start)));
        }
    }
    for index in 0..tokens.len() {
        if is_at(&tokens, index, "positional") && is_at(&tokens, index + 1, "join") {
            tokens[index] = word("CROSS", tokens[index].span);
            tokens[index + 1] = word("APPLY", tokens[index + 1].span);
        }
    }
    Ok(tokens)
}
