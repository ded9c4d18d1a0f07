//! `ALTER TABLE`.
//!
//! A table never changes its columns or rules: the statement makes another table of the rows and puts it
//! in the place of the first.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Field;
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::common::ResolvedTableReference;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, ColumnDef, Expr, ExprWithAlias, Ident,
    ObjectName, ObjectNamePart, RenameTableNameKind, Visit, VisitMut, Visitor, VisitorMut,
};
use extension::{Comments, Error, Result};

use super::create::{append_rows, field_of};
use super::query::memory;
use crate::memory::definition::{Column, TableDefinition, normalized};
use crate::memory::names;
use crate::memory::rules::physical_expr;
use crate::memory::table::{MemoryTable, cast, gone};
use crate::memory::task::{self, Task};
use crate::memory::write::table_of;

pub(super) async fn plan(alter: &AlterTable, state: &SessionState) -> Result<Option<LogicalPlan>> {
    let Some(found) = names::find(&alter.name, state).await? else {
        return match alter.if_exists {
            true => Ok(Some(LogicalPlanBuilder::empty(false).build()?)),
            false => Err(names::unknown(&alter.name, state)),
        };
    };
    let Some(table) = memory(&found.table) else { return Ok(None) };
    if alter.location.is_some() || alter.on_cluster.is_some() || alter.table_type.is_some() {
        return Err(Error::unsupported("this clause of ALTER TABLE is not supported"));
    }
    let mut altered = Altered {
        definition: table.definition().clone(),
        sources: (0..table.definition().columns.len()).map(Source::Kept).collect(),
        name: table.name().clone(),
    };
    for operation in &alter.operations {
        altered.apply(operation, state).await?;
    }
    // What is wrong with a rule is said before anything runs.
    MemoryTable::new(altered.name.clone(), altered.definition.clone(), state)?;
    let task = AlterTask { table: Arc::clone(&found.table), altered };
    Ok(Some(task::plan(task, LogicalPlanBuilder::empty(false).build()?)?))
}

/// The table as it will be.
#[derive(Debug)]
struct Altered {
    definition: TableDefinition,
    /// By position of the new column.
    sources: Vec<Source>,
    name: ResolvedTableReference,
}

/// Where the values of a column come from.
#[derive(Debug, Clone)]
enum Source {
    /// A column of the table as it was.
    Kept(usize),
    /// An expression over its columns.
    Made(Box<Expr>),
}

impl Altered {
    async fn apply(&mut self, operation: &AlterTableOperation, state: &SessionState) -> Result<()> {
        match operation {
            AlterTableOperation::AddColumn {
                if_not_exists, column_def, column_position, ..
            } => {
                if column_position.is_some() {
                    return Err(Error::unsupported(
                        "a new column stands last, without FIRST or AFTER",
                    ));
                }
                self.add(column_def, *if_not_exists, state).await
            }
            AlterTableOperation::DropColumn { column_names, if_exists, .. } => {
                column_names.iter().try_for_each(|name| match self.definition.index(name) {
                    Ok(index) => self.drop(index),
                    Err(_) if *if_exists => Ok(()),
                    Err(error) => Err(error),
                })
            }
            AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
                self.rename(old_column_name, new_column_name)
            }
            AlterTableOperation::RenameTable { table_name } => {
                let (RenameTableNameKind::To(name) | RenameTableNameKind::As(name)) = table_name;
                self.name.table = bare(name)?.into();
                Ok(())
            }
            AlterTableOperation::AlterColumn { column_name, op } => {
                let index = self.definition.index(column_name)?;
                self.alter(index, op, state).await
            }
            AlterTableOperation::AddConstraint { constraint, not_valid: false } => {
                self.definition.add_constraint(constraint)
            }
            AlterTableOperation::DropConstraint { if_exists, name, .. } => {
                let before = self.definition.checks.len();
                self.definition.checks.retain(|check| {
                    check.name.as_ref().is_none_or(|other| normalized(other) != normalized(name))
                });
                match before == self.definition.checks.len() && !if_exists {
                    true => Err(Error::not_found(format!("constraint '{name}' does not exist"))),
                    false => Ok(()),
                }
            }
            other => Err(Error::unsupported(format!("ALTER TABLE … {other} is not supported"))),
        }
    }

    async fn add(
        &mut self,
        column: &ColumnDef,
        if_not_exists: bool,
        state: &SessionState,
    ) -> Result<()> {
        let name = normalized(&column.name);
        if self.definition.columns.iter().any(|other| *other.field.name() == name) {
            return match if_not_exists {
                true => Ok(()),
                false => Err(exists(&name)),
            };
        }
        let field = field_of(column, state).await?;
        let index = self.definition.columns.len();
        self.definition.columns.push(Column::new(field));
        self.definition.add_options(index, column)?;
        let default = super::query::default_of(index, &self.definition);
        self.sources.push(Source::Made(Box::new(default)));
        Ok(())
    }

    fn drop(&mut self, index: usize) -> Result<()> {
        let name = self.definition.columns[index].field.name().clone();
        let refused = |what: &str| {
            Err(Error::invalid_input(format!(
                "cannot drop column \"{name}\" because {what} depends on it"
            )))
        };
        if let Some(key) = self.definition.keys.iter().find(|key| key.columns.contains(&index)) {
            return refused(match key.primary {
                true => "a PRIMARY KEY constraint",
                false => "a UNIQUE constraint",
            });
        }
        if self.definition.checks.iter().any(|check| refers(&check.expr, &name)) {
            return refused("a CHECK constraint");
        }
        let generated =
            self.definition.columns.iter().filter_map(|column| column.generated.as_ref());
        if generated.into_iter().any(|expr| refers(expr, &name)) {
            return refused("a generated column");
        }
        if self.definition.columns.len() == 1 {
            return Err(Error::invalid_input("cannot drop the only column of a table")
                .with_hint("DROP TABLE drops the table"));
        }
        self.definition.columns.remove(index);
        self.sources.remove(index);
        for column in self.definition.keys.iter_mut().flat_map(|key| &mut key.columns) {
            *column -= usize::from(*column > index);
        }
        Ok(())
    }

    fn rename(&mut self, old: &Ident, new: &Ident) -> Result<()> {
        let index = self.definition.index(old)?;
        let (old, new) = (normalized(old), normalized(new));
        if old != new && self.definition.columns.iter().any(|other| *other.field.name() == new) {
            return Err(exists(&new));
        }
        let column = &mut self.definition.columns[index];
        column.field = Arc::new(column.field.as_ref().clone().with_name(&new));
        let mut rename = Rename { old: &old, new: &new };
        for column in &mut self.definition.columns {
            if let Some(expr) = &mut column.generated {
                let _ = VisitMut::visit(expr, &mut rename);
            }
        }
        for check in &mut self.definition.checks {
            let _ = VisitMut::visit(&mut check.expr, &mut rename);
        }
        Ok(())
    }

    async fn alter(
        &mut self,
        index: usize,
        operation: &AlterColumnOperation,
        state: &SessionState,
    ) -> Result<()> {
        let primary =
            self.definition.keys.iter().any(|key| key.primary && key.columns.contains(&index));
        let column = &mut self.definition.columns[index];
        let name = column.field.name().clone();
        match operation {
            AlterColumnOperation::SetNotNull => column.set_nullable(false),
            AlterColumnOperation::DropNotNull if primary => {
                return Err(Error::invalid_input(format!(
                    "column \"{name}\" is part of the primary key, so it is never NULL"
                )));
            }
            AlterColumnOperation::DropNotNull => column.set_nullable(true),
            AlterColumnOperation::SetDefault { .. } if column.generated.is_some() => {
                return Err(Error::invalid_input(format!("column \"{name}\" is generated")));
            }
            AlterColumnOperation::SetDefault { value } => column.default = Some(value.clone()),
            AlterColumnOperation::DropDefault => column.default = None,
            AlterColumnOperation::SetDataType { data_type, using, .. } => {
                let plain = ColumnDef {
                    name: Ident::with_quote('"', &name),
                    data_type: data_type.clone(),
                    options: vec![],
                };
                let nullable = column.field.is_nullable();
                column.field = Arc::new(
                    field_of(&plain, state).await?.as_ref().clone().with_nullable(nullable),
                );
                if let Some(using) = using {
                    self.sources[index] = Source::Made(Box::new(using.clone()));
                }
            }
            AlterColumnOperation::AddGenerated { .. } => {
                return Err(Error::unsupported("ADD GENERATED is not supported"));
            }
        }
        Ok(())
    }
}

fn exists(name: &str) -> Error {
    Error::already_exists(format!("column with name \"{name}\" already exists"))
}

/// The new name of a table, which stays in its schema.
fn bare(name: &ObjectName) -> Result<String> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(ident)] => Ok(normalized(ident)),
        _ => {
            Err(Error::unsupported("a table is renamed within its schema, to a name without dots"))
        }
    }
}

/// Whether an expression names a column.
fn refers(expr: &Expr, name: &str) -> bool {
    struct Find<'a>(&'a str);
    impl Visitor for Find<'_> {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            let found = match expr {
                Expr::Identifier(ident) => normalized(ident) == self.0,
                Expr::CompoundIdentifier(parts) => {
                    parts.iter().any(|part| normalized(part) == self.0)
                }
                _ => false,
            };
            if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    Visit::visit(expr, &mut Find(name)).is_break()
}

struct Rename<'a> {
    old: &'a str,
    new: &'a str,
}

impl VisitorMut for Rename<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let ident = match expr {
            Expr::Identifier(ident) => Some(ident),
            Expr::CompoundIdentifier(parts) => parts.last_mut(),
            _ => None,
        };
        if let Some(ident) = ident.filter(|ident| normalized(ident) == self.old) {
            *ident = match datafusion::common::utils::quote_identifier(self.new) == self.new {
                true => Ident::new(self.new),
                false => Ident::with_quote('"', self.new),
            };
        }
        ControlFlow::Continue(())
    }
}

/// Makes the other table.
#[derive(Debug)]
struct AlterTask {
    table: Arc<dyn TableProvider>,
    altered: Altered,
}

impl AlterTask {
    /// What a column is called in the new table, if it is still there.
    fn renamed(&self, old: &MemoryTable, column: &str) -> Option<String> {
        let columns = &old.definition().columns;
        let index = columns.iter().position(|known| known.field.name() == column)?;
        let kept = |source: &Source| matches!(source, Source::Kept(kept) if *kept == index);
        let position = self.altered.sources.iter().position(kept)?;
        Some(self.altered.definition.columns[position].field.name().clone())
    }

    /// The rows in the columns of the new table that are written.
    fn rows(&self, old: &MemoryTable, state: &SessionState) -> Result<Vec<RecordBatch>> {
        let written = self.altered.definition.written();
        let mut sources = vec![];
        for position in &written {
            let field: &Field = &self.altered.definition.columns[*position].field;
            let made = match &self.altered.sources[*position] {
                Source::Kept(index) => {
                    let name = old.definition().columns[*index].field.name();
                    Expr::Identifier(Ident::with_quote('"', name))
                }
                Source::Made(expr) => expr.as_ref().clone(),
            };
            let made = ExprWithAlias { expr: made, alias: None };
            let made = state.create_logical_expr_from_sql_expr(made, old.df_schema())?;
            sources.push(physical_expr(state, cast(made, field), old.df_schema())?);
        }
        let fields: arrow::datatypes::Fields = written
            .iter()
            .map(|position| {
                let field = &self.altered.definition.columns[*position].field;
                Arc::new(field.as_ref().clone().with_nullable(true))
            })
            .collect();
        let schema = Arc::new(arrow::datatypes::Schema::new(fields));
        old.contents()
            .chunks()
            .iter()
            .map(|chunk| {
                let rows = &chunk.rows;
                let columns: Vec<ArrayRef> = sources
                    .iter()
                    .map(|source| Ok(source.evaluate(rows)?.into_array(rows.num_rows())?))
                    .collect::<Result<_>>()?;
                Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
            })
            .collect()
    }
}

#[async_trait]
impl Task for AlterTask {
    fn describe(&self) -> String {
        format!("AlterTable: {}", self.altered.name.table)
    }

    async fn run(&self, _rows: Vec<RecordBatch>, state: &SessionState) -> Result<()> {
        let old = table_of(&self.table)?;
        let _lock = old.write_lock().await;
        if !old.is_current(state).await {
            return Err(gone(&old.name().table));
        }
        let new =
            MemoryTable::new(self.altered.name.clone(), self.altered.definition.clone(), state)?;
        append_rows(&new, &self.rows(old, state)?, state)?;
        let schema = names::schema(&self.altered.name, state)?;
        let renamed = old.name().table != self.altered.name.table;
        if renamed && schema.table_exist(&self.altered.name.table) {
            return Err(Error::already_exists(format!(
                "table with name \"{}\" already exists",
                self.altered.name.table
            )));
        }
        schema.deregister_table(&old.name().table)?;
        let new: Arc<dyn TableProvider> = Arc::new(new);
        if let Some(comments) = Comments::of(state.config()) {
            comments.carry_over(&self.table, &new, |column| self.renamed(old, column));
        }
        schema.register_table(self.altered.name.table.to_string(), new)?;
        Ok(())
    }
}
