//! `sum(x) FILTER (x > 1)`: the WHERE in the parentheses may be left out.

use extension::Result;

use super::{Tokens, is_at, word};

pub(super) fn rewrite(mut tokens: Tokens) -> Result<Tokens> {
    let mut index = 0;
    while index < tokens.len() {
        let is_clause = is_at(&tokens, index, ")")
            && is_at(&tokens, index + 1, "filter")
            && is_at(&tokens, index + 2, "(");
        if is_clause && !is_at(&tokens, index + 3, "where") {
            let span = tokens[index + 2].span;
            tokens.insert(index + 3, word("WHERE", span));
        }
        index += 1;
    }
    Ok(tokens)
}
