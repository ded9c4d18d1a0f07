//! Text to ENUM: one of the type's values.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Field;
use extension::Result;

use super::{CastRule, is_text, sql_type, texts};

#[derive(Debug)]
pub(super) struct TextToEnum;

impl CastRule for TextToEnum {
    fn claims(&self, from: &Field, to: &Field) -> bool {
        sql_type(to).is_some_and(|name| name.starts_with("ENUM("))
            && sql_type(from) != sql_type(to)
            && (is_text(from.data_type()) || from.data_type().is_null())
    }

    fn cast(&self, values: &ArrayRef, _from: &Field, to: &Field, safe: bool) -> Result<ArrayRef> {
        let members = members(sql_type(to).unwrap_or_default());
        texts(values, to, safe, |text| {
            Ok(members.iter().any(|member| member == text).then(|| text.to_string()))
        })
    }
}

/// The values in the name of an ENUM: `ENUM('a', 'it''s')`.
pub(crate) fn members(name: &str) -> Vec<String> {
    let mut members = vec![];
    let mut rest = name;
    while let Some((_, opened)) = rest.split_once('\'') {
        let mut member = String::new();
        let mut characters = opened.char_indices().peekable();
        let mut end = opened.len();
        while let Some((index, character)) = characters.next() {
            if character != '\'' {
                member.push(character);
            } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
                member.push('\'');
            } else {
                end = index + 1;
                break;
            }
        }
        members.push(member);
        rest = &opened[end..];
    }
    members
}

#[cfg(test)]
mod tests {
    use super::members;

    #[test]
    fn members_are_unquoted() {
        assert_eq!(members("ENUM('sad', 'it''s', '', 'a,b')"), ["sad", "it's", "", "a,b"]);
    }
}
