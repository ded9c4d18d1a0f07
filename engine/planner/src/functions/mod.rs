//! Functions that ask about the session: its variables, settings and sequences, and where names without
//! a schema belong.

mod current;
mod enums;
mod random;
mod sequence;
mod setting;
mod variable;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

use crate::SessionObjects;

pub(crate) use random::Generator;

/// The list.
pub(crate) fn all(objects: &Arc<SessionObjects>) -> Vec<ScalarUDF> {
    let mut functions = vec![
        ScalarUDF::from(variable::GetVariable::new(Arc::clone(objects))),
        ScalarUDF::from(current::CurrentName::schema()),
        ScalarUDF::from(current::CurrentName::database()),
        ScalarUDF::from(sequence::SequenceValue::next(Arc::clone(objects))),
        ScalarUDF::from(sequence::SequenceValue::current(Arc::clone(objects))),
        ScalarUDF::from(random::Random::new(Arc::clone(objects))),
        ScalarUDF::from(random::SetSeed::new(Arc::clone(objects))),
        ScalarUDF::from(setting::CurrentSetting::new(Arc::clone(objects))),
    ];
    functions.extend(enums::all().into_iter().map(ScalarUDF::from));
    functions
}
