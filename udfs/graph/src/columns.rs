//! Which columns of a table are the ends of edges, and of which type the identifiers are.

use arrow::datatypes::{DataType, Field};
use datafusion::common::Column;
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::{Expr, LogicalPlan, cast};
use extension::{Error, Result, TableArgument, closest, sql_type_name};

/// Names by which a column of sources is known.
const SOURCES: [&str; 3] = ["src", "source", "from"];
/// Names by which a column of targets is known.
const TARGETS: [&str; 3] = ["dst", "target", "to"];

/// A column of an input.
#[derive(Debug, Clone)]
pub(crate) struct InputColumn {
    pub(crate) expr: Expr,
    pub(crate) field: Field,
}

impl InputColumn {
    /// The column as another type, under a name of our own.
    pub(crate) fn as_type(&self, data_type: &DataType, name: &str) -> Expr {
        match self.field.data_type() == data_type {
            true => self.expr.clone().alias(name),
            false => cast(self.expr.clone(), data_type.clone()).alias(name),
        }
    }
}

/// The column at `index`.
fn at(plan: &LogicalPlan, index: usize) -> InputColumn {
    let (qualifier, field) = plan.schema().qualified_field(index);
    let column = Column::new(qualifier.cloned(), field.name());
    InputColumn { expr: Expr::Column(column), field: field.as_ref().clone() }
}

/// All columns of a table.
pub(crate) fn all(table: &TableArgument) -> Vec<InputColumn> {
    (0..table.plan.schema().fields().len()).map(|index| at(&table.plan, index)).collect()
}

/// The column that a parameter names, in any case.
pub(crate) fn named(table: &TableArgument, parameter: &str, name: &str) -> Result<InputColumn> {
    let columns = all(table);
    let exact = columns.iter().find(|column| column.field.name() == name);
    let found = exact.or_else(|| {
        let mut alike = columns.iter().filter(|c| c.field.name().eq_ignore_ascii_case(name));
        alike.next().filter(|_| alike.next().is_none())
    });
    if let Some(found) = found {
        return Ok(found.clone());
    }
    let names: Vec<&str> = columns.iter().map(|column| column.field.name().as_str()).collect();
    let error =
        Error::not_found(format!("{parameter}: column '{name}' does not exist in {}", table.text));
    Err(match closest(name, names.iter().copied()) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None => error.with_hint(format!("columns: {}", names.join(", "))),
    })
}

/// The ends of the edges of a table: the columns that were named, else those with a known name, else the
/// first two.
pub(crate) fn ends(
    table: &TableArgument,
    source: Option<&str>,
    target: Option<&str>,
) -> Result<(InputColumn, InputColumn)> {
    let columns = all(table);
    if columns.len() < 2 {
        return Err(Error::invalid_input(format!(
            "edges need two columns, and {} has {}",
            table.text,
            columns.len()
        ))
        .with_hint("the first two columns, or those named src and dst, are the ends of an edge"));
    }
    let known = |names: &[&str]| {
        let mut found = columns.iter().filter(|column| {
            names.iter().any(|name| column.field.name().eq_ignore_ascii_case(name))
        });
        found.next().filter(|_| found.next().is_none()).cloned()
    };
    let (by_source, by_target) = match (known(&SOURCES), known(&TARGETS)) {
        (Some(source), Some(target)) => (source, target),
        _ => (columns[0].clone(), columns[1].clone()),
    };
    let source = source.map_or(Ok(by_source), |name| named(table, "source_column", name))?;
    let target = target.map_or(Ok(by_target), |name| named(table, "target_column", name))?;
    Ok((source, target))
}

/// What identifiers are, as far as comparing them goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Number,
    Text,
    Bytes,
    Moment,
    Other,
}

fn kind(data_type: &DataType) -> Kind {
    match data_type {
        DataType::Null => Kind::Nothing,
        DataType::Dictionary(_, values) => kind(values),
        text if text.is_string() => Kind::Text,
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => Kind::Bytes,
        number if number.is_integer() || number.is_decimal() => Kind::Number,
        moment if moment.is_temporal() => Kind::Moment,
        _ => Kind::Other,
    }
}

/// The type without its encoding.
fn plain(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain(values),
        other => other,
    }
}

/// The one type of identifiers in several columns.
pub(crate) fn common_type(columns: &[(&str, &Field)]) -> Result<DataType> {
    let mut common: Option<(&str, DataType)> = None;
    for (name, field) in columns {
        let data_type = plain(field.data_type());
        if data_type.is_floating() {
            return Err(Error::invalid_input(format!(
                "column '{}' ({}) cannot identify nodes, since its values may be rounded",
                field.name(),
                sql_type_name(data_type)
            ))
            .with_hint(format!("write CAST({} AS BIGINT)", field.name())));
        }
        common = Some(match common {
            None => (name, data_type.clone()),
            Some((first, known)) => {
                let both = match (kind(&known), kind(data_type)) {
                    _ if known == *data_type => Some(known.clone()),
                    (Kind::Nothing, _) => Some(data_type.clone()),
                    (_, Kind::Nothing) => Some(known.clone()),
                    (a, b) if a == b => comparison_coercion(&known, data_type),
                    _ => None,
                };
                match both {
                    Some(both) => (first, both),
                    None => {
                        return Err(Error::invalid_input(format!(
                            "the identifiers of nodes are of different types: {first} is {}, and {name} is {}",
                            sql_type_name(&known),
                            sql_type_name(data_type)
                        ))
                        .with_hint("CAST one of them in a query: (SELECT CAST(… AS …), … FROM …)"));
                    }
                }
            }
        });
    }
    Ok(match common {
        Some((_, DataType::Null)) | None => DataType::Int64,
        Some((_, found)) => found,
    })
}

/// Whether values of a type can be looked up among identifiers of another; a text may spell anything.
pub(crate) fn comparable(value: &DataType, id: &DataType, is_literal: bool) -> bool {
    let (value, id) = (kind(value), kind(id));
    value == id || value == Kind::Nothing || is_literal && value == Kind::Text
}
