//! What there is to run: sqllogictest files, scripts, and the SQL blocks of pages.

use std::fs;
use std::path::{Path, PathBuf};

/// A piece of SQL and the line of its file at which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub line: usize,
    pub sql: String,
}

/// The files under `folder` with the extension, sorted; none if there is no such folder.
pub(crate) fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    if folder.is_dir() {
        collect(folder, extension, &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let failed = |error| format!("cannot list '{}': {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            collect(&path, extension, found)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    Ok(())
}

/// The blocks of a Markdown page fenced as `sql`, without those fenced as `sql no-run`.
///
/// A fence may be indented, as it is inside of lists, tabs and notes; its indentation is taken off.
pub(crate) fn sql_blocks(page: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<Fence> = None;
    for (index, line) in page.lines().enumerate() {
        let text = line.trim_start();
        let fence = text.len() - text.trim_start_matches('`').len();
        match &mut open {
            None if fence >= 3 => {
                open = Some(Fence {
                    ticks: fence,
                    indentation: line.len() - text.len(),
                    words: text[fence..].split_whitespace().map(str::to_string).collect(),
                    block: Block { line: index + 2, sql: String::new() },
                });
            }
            None => {}
            Some(inside) if fence >= inside.ticks && text[fence..].trim().is_empty() => {
                let Fence { words, block, .. } = open.take().expect("a fence is open");
                match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                    ["sql"] => blocks.push(block),
                    ["sql", "no-run"] => {}
                    ["sql", ref other @ ..] => {
                        return Err(format!(
                            "line {}: unknown words after sql: {}; only 'no-run' is known",
                            block.line - 1,
                            other.join(" ")
                        ));
                    }
                    _ => {}
                }
            }
            Some(inside) => {
                let indentation = inside.indentation.min(line.len() - text.len());
                inside.block.sql.push_str(&line[indentation..]);
                inside.block.sql.push('\n');
            }
        }
    }
    match open {
        Some(fence) => Err(format!("line {}: the block is not closed", fence.block.line - 1)),
        None => Ok(blocks),
    }
}

struct Fence {
    ticks: usize,
    indentation: usize,
    words: Vec<String>,
    block: Block,
}
