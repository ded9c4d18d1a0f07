//! Functions that ask about the session: its variables, and where names without a schema belong.

mod current;
mod variable;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

use crate::SessionObjects;

/// The list.
pub(crate) fn all(objects: &Arc<SessionObjects>) -> Vec<ScalarUDF> {
    vec![
        ScalarUDF::from(variable::GetVariable::new(Arc::clone(objects))),
        ScalarUDF::from(current::CurrentName::schema()),
        ScalarUDF::from(current::CurrentName::database()),
    ]
}
