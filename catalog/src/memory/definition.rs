//! What a table is made of: columns, their defaults and generation, keys and checks.

use arrow::datatypes::{FieldRef, Fields, Schema, SchemaRef};
use datafusion::common::{Constraint, Constraints};
use datafusion::sql::sqlparser::ast::{
    self, ColumnDef, ColumnOption, CreateTable, GeneratedAs, Ident, IndexColumn, TableConstraint,
};
use extension::{Error, Result, closest, sql_field_type_name};
use std::fmt::Write;
use std::sync::Arc;

/// A table as its statement defines it.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableDefinition {
    pub(crate) columns: Vec<Column>,
    pub(crate) keys: Vec<Key>,
    pub(crate) checks: Vec<Check>,
}

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Its name and type, and whether it may be NULL.
    pub(crate) field: FieldRef,
    pub(crate) default: Option<ast::Expr>,
    /// What its values are made of; nothing may be written to it then.
    pub(crate) generated: Option<ast::Expr>,
}

/// Columns whose values together occur once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) primary: bool,
    pub(crate) columns: Vec<usize>,
}

/// A condition that no row may make false.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) name: Option<Ident>,
    pub(crate) expr: ast::Expr,
}

impl Column {
    /// A column without rules.
    pub(crate) fn new(field: FieldRef) -> Self {
        Self { field, default: None, generated: None }
    }

    pub(crate) fn set_nullable(&mut self, nullable: bool) {
        self.field = Arc::new(self.field.as_ref().clone().with_nullable(nullable));
    }
}

impl TableDefinition {
    /// A table of columns that may be NULL, whatever the query that made them says.
    pub(crate) fn of_fields(fields: &Fields) -> Result<Self> {
        let nullable = |field: &FieldRef| Arc::new(field.as_ref().clone().with_nullable(true));
        let definition = Self {
            columns: fields.iter().map(|field| Column::new(nullable(field))).collect(),
            ..Self::default()
        };
        definition.check_names()?;
        Ok(definition)
    }

    /// The definition that a statement gives to columns of the types in `fields`.
    pub(crate) fn of_statement(create: &CreateTable, fields: &Fields) -> Result<Self> {
        let mut definition = Self::of_fields(fields)?;
        for (index, column) in create.columns.iter().enumerate() {
            definition.add_options(index, column)?;
        }
        for constraint in &create.constraints {
            definition.add_constraint(constraint)?;
        }
        Ok(definition)
    }

    fn check_names(&self) -> Result<()> {
        for (index, column) in self.columns.iter().enumerate() {
            let name = column.field.name();
            if self.columns[..index].iter().any(|other| other.field.name() == name) {
                return Err(Error::already_exists(format!("column \"{name}\" is there twice")));
            }
        }
        Ok(())
    }

    /// Adds the rules that a column was written with.
    pub(crate) fn add_options(&mut self, index: usize, column: &ColumnDef) -> Result<()> {
        for option in &column.options {
            match &option.option {
                ColumnOption::Null => {}
                ColumnOption::NotNull => self.columns[index].set_nullable(false),
                ColumnOption::Default(expr) => self.columns[index].default = Some(expr.clone()),
                ColumnOption::PrimaryKey(_) => self.add_key(true, vec![index])?,
                ColumnOption::Unique(_) => self.add_key(false, vec![index])?,
                ColumnOption::Check(check) => self
                    .checks
                    .push(Check { name: option.name.clone(), expr: check.expr.as_ref().clone() }),
                ColumnOption::Generated {
                    generated_as: GeneratedAs::Always | GeneratedAs::ExpStored,
                    sequence_options: None,
                    generation_expr: Some(expr),
                    ..
                } => self.columns[index].generated = Some(expr.clone()),
                ColumnOption::ForeignKey(_) => return Err(foreign_keys()),
                other => {
                    return Err(Error::unsupported(format!(
                        "'{other}' on column {} is not supported",
                        column.name
                    )));
                }
            }
        }
        let column = &self.columns[index];
        match column.generated.is_some() && column.default.is_some() {
            true => Err(Error::invalid_input(format!(
                "column \"{}\" is generated, so it has no DEFAULT",
                column.field.name()
            ))),
            false => Ok(()),
        }
    }

    pub(crate) fn add_constraint(&mut self, constraint: &TableConstraint) -> Result<()> {
        match constraint {
            TableConstraint::PrimaryKey(key) => {
                let columns = self.key_columns(&key.columns)?;
                self.add_key(true, columns)
            }
            TableConstraint::Unique(key) => {
                if key.nulls_distinct == ast::NullsDistinctOption::NotDistinct {
                    return Err(Error::unsupported("UNIQUE NULLS NOT DISTINCT is not supported"));
                }
                let columns = self.key_columns(&key.columns)?;
                self.add_key(false, columns)
            }
            TableConstraint::Check(check) => {
                let expr = check.expr.as_ref().clone();
                self.checks.push(Check { name: check.name.clone(), expr });
                Ok(())
            }
            TableConstraint::ForeignKey(_) => Err(foreign_keys()),
            other => Err(Error::unsupported(format!("'{other}' is not supported"))),
        }
    }

    fn key_columns(&self, columns: &[IndexColumn]) -> Result<Vec<usize>> {
        columns
            .iter()
            .map(|column| match &column.column.expr {
                ast::Expr::Identifier(name) => self.index(name),
                other => Err(Error::unsupported(format!("a key on '{other}' is not supported"))),
            })
            .collect()
    }

    fn add_key(&mut self, primary: bool, columns: Vec<usize>) -> Result<()> {
        if primary && self.keys.iter().any(|key| key.primary) {
            return Err(Error::invalid_input("a table has one primary key"));
        }
        if primary {
            columns.iter().for_each(|column| self.columns[*column].set_nullable(false));
        }
        let key = Key { primary, columns };
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
        Ok(())
    }

    /// The position of a column.
    pub(crate) fn index(&self, name: &Ident) -> Result<usize> {
        let wanted = normalized(name);
        self.columns.iter().position(|column| *column.field.name() == wanted).ok_or_else(|| {
            let names = self.columns.iter().map(|column| column.field.name().as_str());
            let error = Error::not_found(format!("column '{wanted}' does not exist"));
            let error = match name.span.start.line {
                0 => error,
                line => error.at(extension::Position { line, column: name.span.start.column }),
            };
            match closest(&wanted, names.clone()) {
                Some(near) => error.with_hint(format!("did you mean '{near}'?")),
                None => error
                    .with_hint(format!("columns here: {}", names.collect::<Vec<_>>().join(", "))),
            }
        })
    }

    /// The columns that statements write, by position.
    pub(crate) fn written(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|index| self.columns[*index].generated.is_none()).collect()
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        let fields: Fields = self.columns.iter().map(|column| Arc::clone(&column.field)).collect();
        Arc::new(Schema::new(fields))
    }

    /// The keys as DataFusion's optimizer uses them: it takes a key for what determines a row, which one
    /// is not whose columns may be NULL in many rows.
    pub(crate) fn constraints(&self) -> Constraints {
        let constraint = |key: &Key| match key.primary {
            true => Constraint::PrimaryKey(key.columns.clone()),
            false => Constraint::Unique(key.columns.clone()),
        };
        let is_filled = |index: &usize| {
            self.columns.get(*index).is_some_and(|column| !column.field.is_nullable())
        };
        let keys = self.keys.iter().filter(|key| key.primary || key.columns.iter().all(is_filled));
        Constraints::new_unverified(keys.map(constraint).collect())
    }

    /// The statement that makes such a table under a name.
    pub(crate) fn to_sql(&self, name: &str) -> String {
        let mut parts: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let key = |primary: bool| {
                    self.keys.iter().any(|key| key.primary == primary && key.columns == [index])
                };
                let mut text = format!(
                    "{} {}",
                    quoted(column.field.name()),
                    sql_field_type_name(&column.field)
                );
                if let Some(expr) = &column.generated {
                    let _ = write!(text, " GENERATED ALWAYS AS ({expr})");
                }
                if let Some(expr) = &column.default {
                    let _ = write!(text, " DEFAULT {expr}");
                }
                if key(true) {
                    text.push_str(" PRIMARY KEY");
                } else if !column.field.is_nullable()
                    && !self.keys.iter().any(|key| key.primary && key.columns.contains(&index))
                {
                    text.push_str(" NOT NULL");
                }
                if key(false) {
                    text.push_str(" UNIQUE");
                }
                text
            })
            .collect();
        for key in self.keys.iter().filter(|key| key.columns.len() != 1) {
            let kind = if key.primary { "PRIMARY KEY" } else { "UNIQUE" };
            parts.push(format!("{kind} ({})", self.names(&key.columns)));
        }
        for check in &self.checks {
            let name =
                check.name.as_ref().map_or(String::new(), |name| format!("CONSTRAINT {name} "));
            parts.push(format!("{name}CHECK ({})", check.expr));
        }
        format!("CREATE TABLE {name} ({})", parts.join(", "))
    }

    fn names(&self, columns: &[usize]) -> String {
        let names: Vec<String> =
            columns.iter().map(|column| quoted(self.columns[*column].field.name())).collect();
        names.join(", ")
    }
}

fn foreign_keys() -> Error {
    Error::unsupported("FOREIGN KEY is not supported")
        .with_hint("leave REFERENCES out; nothing would check it")
}

/// The name that an identifier stands for: unquoted ones are in lower case.
pub(crate) fn normalized(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_lowercase(),
    }
}

/// The name as SQL needs it.
pub(crate) fn quoted(name: &str) -> String {
    datafusion::common::utils::quote_identifier(name).into_owned()
}
