//! The reference of steps, made from the lists.

use std::fmt::Write;

use crate::check::CHECKS;
use crate::reader::COMMON;
use crate::steps::STEP_TYPES;

/// The reference as Markdown: keys of every step, checks, and each type with its keys and an example.
pub fn manual() -> String {
    let mut out = String::from("## Keys of every step\n\n| key | meaning |\n| --- | --- |\n");
    for (name, description) in COMMON {
        let _ = writeln!(out, "| `{name}` | {} |", cell(description));
    }
    out.push_str("\n## Checks\n\n| check | takes | holds if |\n| --- | --- | --- |\n");
    for (name, takes, holds) in CHECKS {
        let _ = writeln!(out, "| `{name}` | {} | {} |", cell(takes), cell(holds));
    }
    out.push_str("\n## Types\n");
    for step_type in STEP_TYPES {
        let _ = write!(out, "\n### `{}`\n\n{}\n", step_type.name, step_type.description);
        let aliases: Vec<String> =
            step_type.aliases.iter().map(|(alias, _)| format!("`{alias}`")).collect();
        if !aliases.is_empty() {
            let _ = write!(out, "\nAlso spelled {}.\n", aliases.join(", "));
        }
        if !step_type.keys.is_empty() {
            out.push_str("\n| key | value | meaning |\n| --- | --- | --- |\n");
        }
        for key in step_type.keys {
            let names: Vec<String> = std::iter::once(&key.name)
                .chain(key.aliases)
                .map(|name| format!("`{name}`"))
                .collect();
            let needed = if key.required { " (needed)" } else { "" };
            let effect = match key.without_effect {
                Some(why) => format!(" It has no effect: {why}."),
                None => String::new(),
            };
            let _ = writeln!(
                out,
                "| {}{needed} | {} | {}{effect} |",
                names.join(", "),
                key.shape.describe(),
                cell(key.description)
            );
        }
        let _ = write!(out, "\n```yaml\n{}```\n", step_type.example);
    }
    out
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// `UPDATE=1` writes the page anew.
    #[test]
    fn the_page_is_that_of_the_lists() {
        let page =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/src/workflows/steps.md");
        let (begin, end) = ("<!-- begin steps -->\n", "<!-- end steps -->");
        let text = std::fs::read_to_string(&page).unwrap();
        let (before, rest) = text.split_once(begin).unwrap();
        let (shown, after) = rest.split_once(end).unwrap();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&page, format!("{before}{begin}\n{}\n{end}{after}", super::manual()))
                .unwrap();
            return;
        }
        assert!(
            shown.trim() == super::manual().trim(),
            "UPDATE=1 makes docs/src/workflows/steps.md anew"
        );
    }
}
