//! Names of columns: a property may be called as another column is.

use std::sync::Arc;

use arrow::datatypes::FieldRef;

/// The names that a table has so far.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<String>);

impl Names {
    /// The field, with a number behind its name if the name is taken.
    pub(crate) fn field(&mut self, field: &FieldRef) -> FieldRef {
        let taken = |name: &str, names: &[String]| {
            names.iter().any(|known| known.eq_ignore_ascii_case(name))
        };
        let mut name = field.name().clone();
        let mut number = 0;
        while taken(&name, &self.0) {
            number += 1;
            name = format!("{}_{number}", field.name());
        }
        self.0.push(name.clone());
        match name == *field.name() {
            true => Arc::clone(field),
            false => Arc::new(field.as_ref().clone().with_name(name)),
        }
    }
}
