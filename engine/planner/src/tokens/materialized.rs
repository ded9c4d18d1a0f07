//! `WITH x AS [NOT] MATERIALIZED (…)`: a hint about how to run, which changes no rows.

use extension::Result;

use super::{Tokens, is_at};

pub(super) fn rewrite(mut tokens: Tokens) -> Result<Tokens> {
    let mut index = 0;
    while index < tokens.len() {
        let negated = usize::from(is_at(&tokens, index + 1, "not"));
        let hint = index + 1 + negated;
        if is_at(&tokens, index, "as")
            && is_at(&tokens, hint, "materialized")
            && is_at(&tokens, hint + 1, "(")
        {
            tokens.drain(index + 1..=hint);
        }
        index += 1;
    }
    Ok(tokens)
}
