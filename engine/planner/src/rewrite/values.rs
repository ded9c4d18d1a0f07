//! `VALUES ('1'::JSON), ('2')`: where one row of a list says that a column is JSON, a UUID or another type that
//! Arrow keeps as text or bytes, the others are cast to it. DataFusion wants all rows to say the same.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as DataFusionStatement;
use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, Ident, ObjectName, SetExpr, Value, ValueWithSpan, VisitorMut,
};

use crate::walk::walk;

/// Casts the plain values of such columns.
pub(super) fn rewrite(statement: &mut DataFusionStatement) {
    let _ = walk(statement, &mut Lists);
}

struct Lists;

impl VisitorMut for Lists {
    type Break = ();

    fn pre_visit_query(
        &mut self,
        query: &mut datafusion::sql::sqlparser::ast::Query,
    ) -> ControlFlow<()> {
        let SetExpr::Values(values) = query.body.as_mut() else { return ControlFlow::Continue(()) };
        let width = values.rows.first().map_or(0, |row| row.content.len());
        for column in 0..width {
            let cells = || values.rows.iter().filter_map(|row| row.content.get(column));
            let Some(wanted) = cells().find_map(own_type) else { continue };
            if cells().all(|cell| own_type(cell).is_some()) {
                continue;
            }
            for row in &mut values.rows {
                let Some(cell) = row.content.get_mut(column) else { continue };
                if own_type(cell).is_some() {
                    continue;
                }
                let expr = Box::new(std::mem::replace(cell, null()));
                *cell = Expr::Cast {
                    kind: CastKind::DoubleColon,
                    expr,
                    data_type: wanted.clone(),
                    array: false,
                    format: None,
                };
            }
        }
        ControlFlow::Continue(())
    }
}

fn null() -> Expr {
    Expr::Value(ValueWithSpan::from(Value::Null))
}

/// The type of a value that says so itself, if it is one that Arrow does not have.
fn own_type(expr: &Expr) -> Option<DataType> {
    match expr {
        Expr::Cast { data_type, .. } if is_own(data_type) => Some(data_type.clone()),
        Expr::Nested(inner) => own_type(inner),
        Expr::Function(call) => {
            let name = call.name.to_string().to_lowercase();
            let makes_json = ["to_json", "json", "json_object", "json_array", "json_merge_patch"];
            makes_json
                .contains(&name.as_str())
                .then(|| DataType::Custom(ObjectName::from(vec![Ident::new("json")]), vec![]))
        }
        _ => None,
    }
}

fn is_own(data_type: &DataType) -> bool {
    match data_type {
        DataType::JSON | DataType::JSONB | DataType::Uuid | DataType::Enum(..) => true,
        DataType::Custom(name, _) => {
            let name = name.to_string().to_lowercase();
            !matches!(name.as_str(), "hugeint" | "uhugeint" | "int128" | "uint128")
        }
        DataType::Bit(_) | DataType::BitVarying(_) => true,
        _ => false,
    }
}
