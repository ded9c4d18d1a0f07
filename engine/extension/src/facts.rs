//! What SQL says of a table beyond the types of its columns: defaults, rules and comments.
//!
//! DataFusion's tables tell their columns and keys. A part whose tables know more brings a
//! [`DescribeTable`], and DESCRIBE, `duckdb_columns()` and the catalogs of PostgreSQL ask it. Comments
//! belong to the table object itself ([`Comments`]), so they end with it.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Weak};

use datafusion::catalog::TableProvider;
use datafusion::common::Constraint;
use datafusion::prelude::SessionConfig;
use parking_lot::RwLock;

/// What is known of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnFacts {
    /// The default as SQL text.
    pub default: Option<String>,
    /// What its values are made of, as SQL text.
    pub generated: Option<String>,
}

/// What a rule demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintKind {
    /// The columns tell every row from any other.
    PrimaryKey,
    /// Values of the columns together occur once.
    Unique,
    /// A condition holds.
    Check,
    /// The column has a value.
    NotNull,
    /// The values of the columns stand in another table.
    ForeignKey,
}

impl ConstraintKind {
    /// The words for it in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::PrimaryKey => "PRIMARY KEY",
            Self::Unique => "UNIQUE",
            Self::Check => "CHECK",
            Self::NotNull => "NOT NULL",
            Self::ForeignKey => "FOREIGN KEY",
        }
    }
}

/// A rule of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstraintFacts {
    /// What it demands.
    pub kind: ConstraintKind,
    /// Its name, if it was given one.
    pub name: Option<String>,
    /// The columns it is about, by position.
    pub columns: Vec<usize>,
    /// The condition of a CHECK, as SQL text.
    pub expression: Option<String>,
    /// The table and the columns that a FOREIGN KEY refers to.
    pub references: Option<(String, Vec<String>)>,
}

/// What is known of a table.
#[derive(Debug, Clone, Default)]
pub struct TableFacts {
    /// By position of the column.
    pub columns: Vec<ColumnFacts>,
    /// The rules, in the order in which they were written.
    pub constraints: Vec<ConstraintFacts>,
    /// How many rows there are, if that is known without a look at them.
    pub rows: Option<u64>,
}

impl TableFacts {
    /// Whether a column is in the primary key.
    pub fn is_primary(&self, column: usize) -> bool {
        self.is_in(ConstraintKind::PrimaryKey, column)
    }

    /// Whether a column is in a UNIQUE rule.
    pub fn is_unique(&self, column: usize) -> bool {
        self.is_in(ConstraintKind::Unique, column)
    }

    fn is_in(&self, kind: ConstraintKind, column: usize) -> bool {
        self.constraints.iter().any(|rule| rule.kind == kind && rule.columns.contains(&column))
    }
}

/// Tells what a part knows of its tables.
pub trait DescribeTable: Debug + Send + Sync {
    /// What is known of `table`, or `None` if it is another part's.
    fn facts(&self, table: &dyn TableProvider) -> Option<TableFacts>;
}

/// The service by which statements ask the parts about a table.
#[derive(Debug, Clone, Default)]
pub struct TableDescribers(Vec<Arc<dyn DescribeTable>>);

impl TableDescribers {
    /// The service over what the parts brought.
    pub fn new(describers: Vec<Arc<dyn DescribeTable>>) -> Self {
        Self(describers)
    }

    /// The service of the session behind `config`.
    pub fn of(config: &SessionConfig) -> Self {
        config.get_extension::<Self>().map(|service| service.as_ref().clone()).unwrap_or_default()
    }

    /// What is known of a table: at least its keys and what may not be NULL.
    pub fn facts(&self, table: &dyn TableProvider) -> TableFacts {
        let known = self.0.iter().find_map(|describer| describer.facts(table));
        known.unwrap_or_else(|| general(table))
    }
}

/// What every table tells.
fn general(table: &dyn TableProvider) -> TableFacts {
    let schema = table.schema();
    let rule = |kind, columns: Vec<usize>| ConstraintFacts {
        kind,
        name: None,
        columns,
        expression: None,
        references: None,
    };
    let keys = table.constraints().into_iter().flat_map(|constraints| constraints.iter());
    let keys = keys.map(|constraint| match constraint {
        Constraint::PrimaryKey(columns) => rule(ConstraintKind::PrimaryKey, columns.clone()),
        Constraint::Unique(columns) => rule(ConstraintKind::Unique, columns.clone()),
    });
    let filled = schema.fields().iter().enumerate().filter(|(_, field)| !field.is_nullable());
    let filled = filled.map(|(index, _)| rule(ConstraintKind::NotNull, vec![index]));
    TableFacts {
        columns: schema.fields().iter().map(|_| ColumnFacts::default()).collect(),
        constraints: keys.chain(filled).collect(),
        rows: None,
    }
}

/// The service that keeps what `COMMENT ON` says of tables, views and their columns.
#[derive(Debug, Default)]
pub struct Comments {
    entries: RwLock<Vec<Entry>>,
}

/// The comments of one table.
#[derive(Debug)]
struct Entry {
    /// The table keeps its place in memory as long as this points there, so another is never taken
    /// for it.
    table: Weak<dyn TableProvider>,
    comment: Option<String>,
    columns: BTreeMap<String, String>,
}

impl Entry {
    fn is_of(&self, table: &Arc<dyn TableProvider>) -> bool {
        std::ptr::addr_eq(self.table.as_ptr(), Arc::as_ptr(table))
    }
}

impl Comments {
    /// The comments of the session behind `config`, if it keeps any.
    pub fn of(config: &SessionConfig) -> Option<Arc<Self>> {
        config.get_extension::<Self>()
    }

    /// Sets or takes away the comment of a table, or of one of its columns.
    pub fn set(&self, table: &Arc<dyn TableProvider>, column: Option<&str>, text: Option<&str>) {
        let mut entries = self.entries.write();
        entries.retain(|entry| entry.table.strong_count() > 0);
        let known = entries.iter().position(|entry| entry.is_of(table));
        let index = known.unwrap_or_else(|| {
            let table = Arc::downgrade(table);
            entries.push(Entry { table, comment: None, columns: BTreeMap::new() });
            entries.len() - 1
        });
        let entry = &mut entries[index];
        match (column, text) {
            (None, text) => entry.comment = text.map(ToString::to_string),
            (Some(column), Some(text)) => {
                entry.columns.insert(column.to_string(), text.to_string());
            }
            (Some(column), None) => {
                entry.columns.remove(column);
            }
        }
    }

    /// The comment of a table, or of one of its columns.
    pub fn get(&self, table: &Arc<dyn TableProvider>, column: Option<&str>) -> Option<String> {
        let entries = self.entries.read();
        let entry = entries.iter().find(|entry| entry.is_of(table))?;
        match column {
            None => entry.comment.clone(),
            Some(column) => entry.columns.get(column).cloned(),
        }
    }

    /// Gives a table that takes the place of another the comments of that one. `renamed` tells the new
    /// name of a column, or that it is gone.
    pub fn carry_over(
        &self,
        old: &Arc<dyn TableProvider>,
        new: &Arc<dyn TableProvider>,
        renamed: impl Fn(&str) -> Option<String>,
    ) {
        let mut entries = self.entries.write();
        let Some(entry) = entries.iter_mut().find(|entry| entry.is_of(old)) else { return };
        entry.table = Arc::downgrade(new);
        let columns = std::mem::take(&mut entry.columns);
        entry.columns = columns
            .into_iter()
            .filter_map(|(name, comment)| Some((renamed(&name)?, comment)))
            .collect();
    }
}
