//! `GRAPH_TABLE (g MATCH … COLUMNS (…))` is `GRAPH_TABLE('g MATCH … COLUMNS (…)')`: what stands between the
//! parentheses is in a language of its own, which the part that knows it reads from its text.

use datafusion::sql::sqlparser::tokenizer::Token;
use extension::Result;

use super::{Tokens, after_group, is_at, sign};

pub(super) fn rewrite(tokens: Tokens) -> Result<Tokens> {
    let mut rewritten = Tokens::with_capacity(tokens.len());
    let mut index = 0;
    while index < tokens.len() {
        rewritten.push(tokens[index].clone());
        index += 1;
        let starts = is_at(&tokens, index - 1, "graph_table") && is_at(&tokens, index, "(");
        let is_text = matches!(
            tokens.get(index + 1).map(|token| &token.token),
            Some(Token::SingleQuotedString(_))
        );
        if !starts || is_text {
            continue;
        }
        let end = after_group(&tokens, index);
        let closed = end > index + 1 && is_at(&tokens, end - 1, ")");
        if !closed {
            continue;
        }
        let inner = &tokens[index + 1..end - 1];
        let text: Vec<String> = inner.iter().map(|token| token.token.to_string()).collect();
        rewritten.push(tokens[index].clone());
        rewritten.push(sign(Token::SingleQuotedString(text.join(" ")), tokens[index].span));
        rewritten.push(tokens[end - 1].clone());
        index = end;
    }
    Ok(rewritten)
}
