//! `FROM ['a.csv', 'b.csv']` is `FROM read_files(['a.csv', 'b.csv'])`.

use datafusion::sql::sqlparser::tokenizer::Token;
use extension::Result;

use super::{Tokens, after_group, is_any, is_at, sign, word};

pub(super) fn rewrite(tokens: Tokens) -> Result<Tokens> {
    let mut rewritten = Tokens::with_capacity(tokens.len());
    let mut index = 0;
    while index < tokens.len() {
        let after_from = index > 0
            && is_any(&tokens, index - 1, &["from", "join"])
            && !(index > 1 && is_at(&tokens, index - 2, "distinct"));
        let of_texts = matches!(
            tokens.get(index + 1).map(|token| &token.token),
            Some(Token::SingleQuotedString(_))
        );
        if after_from && of_texts && is_at(&tokens, index, "[") {
            let span = tokens[index].span;
            let end = after_group(&tokens, index);
            rewritten.push(word("read_files", span));
            rewritten.push(sign(Token::LParen, span));
            rewritten.extend_from_slice(&tokens[index..end]);
            rewritten.push(sign(Token::RParen, span));
            index = end;
        } else {
            rewritten.push(tokens[index].clone());
            index += 1;
        }
    }
    Ok(rewritten)
}
