//! Names that the token rewrites give to what the grammar cannot say. They stand where a function or a
//! table stands, and the rewrites of the syntax tree resolve all of them before DataFusion plans.

use datafusion::sql::sqlparser::ast::ObjectName;

/// Markers are quoted names with white space in them, so that no user means one by accident.
pub(crate) const QUOTE: char = '"';

/// `*COLUMNS(…)`: its columns become the arguments of the call around it.
pub(crate) const UNPACKED_COLUMNS: &str = "unpacked columns";
/// `LIMIT n%`.
pub(crate) const LIMIT_PERCENT: &str = "limit percent";
/// `LIMIT (SELECT …)`.
pub(crate) const LIMIT_ROWS: &str = "limit rows";
/// `USING SAMPLE`, as the condition of a `PREWHERE`.
pub(crate) const USING_SAMPLE: &str = "using sample";
/// The pivot statement, as a table function of sub-queries.
pub(crate) const PIVOT: &str = "pivot statement";
/// The unpivot statement, as a table function of sub-queries.
pub(crate) const UNPIVOT: &str = "unpivot statement";
/// Further columns of the standard's PIVOT, as one of its aggregates.
pub(crate) const PIVOT_FOR: &str = "pivot for";
/// GROUP BY of the standard's PIVOT, as one of its aggregates.
pub(crate) const PIVOT_GROUP: &str = "pivot group by";

/// Whether a name is this marker. Not all places of the grammar keep the quotes, and white space tells
/// enough.
pub(crate) fn is(name: &ObjectName, marker: &str) -> bool {
    match name.0.as_slice() {
        [part] => part.as_ident().is_some_and(|ident| ident.value == marker),
        _ => false,
    }
}
