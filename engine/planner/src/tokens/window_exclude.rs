//! `EXCLUDE NO OTHERS` in a window's frame is the default; the other exclusions are refused, since no
//! operator honours them.

use extension::{Error, Result};

use super::{Tokens, is_any, is_at};
use crate::script::position;

pub(super) fn rewrite(mut tokens: Tokens) -> Result<Tokens> {
    let mut index = 1;
    while index < tokens.len() {
        let in_frame = is_at(&tokens, index, "exclude")
            && is_any(&tokens, index - 1, &["row", "preceding", "following"]);
        if in_frame && is_at(&tokens, index + 1, "no") && is_at(&tokens, index + 2, "others") {
            tokens.drain(index..index + 3);
        } else if in_frame && is_any(&tokens, index + 1, &["current", "group", "ties"]) {
            return Err(Error::unsupported("EXCLUDE in the frame of a window is not supported")
                .at(position(tokens[index].span.start)));
        } else {
            index += 1;
        }
    }
    Ok(tokens)
}
