//! Colours for SQL while it is typed.

use crate::keywords::is_keyword;
use crate::lexer::{Kind, Open, tokens};
use crate::terminal::Palette;

/// The line with colours. `open` is what earlier lines left open.
pub(super) fn highlight(line: &str, open: &Open, palette: &Palette) -> String {
    let (tokens, _) = tokens(line, open.clone());
    let mut out = String::with_capacity(line.len() * 2);
    for token in tokens {
        let text = &line[token.range];
        let style = match token.kind {
            Kind::Word if is_keyword(text) => palette.keyword,
            Kind::Text => palette.text,
            Kind::Number => palette.number,
            Kind::Comment => palette.comment,
            _ => {
                out.push_str(text);
                continue;
            }
        };
        out.push_str(&style.paint(text).to_string());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::highlight;
    use crate::lexer::Open;
    use crate::terminal::Palette;

    #[test]
    fn colours_change_nothing_but_colours() {
        let palette = Palette::new(true);
        let coloured = highlight("select 'a b' from t -- x", &Open::Nothing, &palette);
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        plain.push_str(rest);
        assert_eq!(plain, "select 'a b' from t -- x");
        assert_ne!(plain, coloured);
        assert_eq!(highlight("select 1", &Open::Nothing, &Palette::default()), "select 1");
    }
}
