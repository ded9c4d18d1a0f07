//! Writing files: COPY, the writers of the formats, and the commit that makes files appear together.

mod commit;
mod copy;
mod encoders;
mod formats;
mod options;
mod partition;
mod settings;
mod staged;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use extension::Registry;

/// Adds the statement, the formats and the rule that makes every write atomic.
pub(crate) fn register(registry: &mut Registry) {
    registry.statements.push(Arc::new(copy::CopyParser));
    registry.file_formats.extend(formats::factories());
    registry.physical_optimizer_rules.push(Arc::new(commit::CommitRule));
}
