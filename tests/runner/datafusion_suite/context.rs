//! A session of ours with the names and settings that DataFusion's files assume.

use std::collections::BTreeMap;
use std::path::Path;

use datafusion::execution::{FunctionRegistry, SessionStateBuilder};
use datafusion::prelude::SessionContext;
use engine::{Config, Session, SqlSemantics};

/// A session with the catalogs, functions and options of `theirs`, the context that DataFusion's own
/// runner makes for the file. Statements, functions and rules of ours stay in place: they are what
/// is tested.
pub(crate) fn session(theirs: &SessionContext, file: &Path) -> Result<Session, String> {
    let config = Config {
        threads: 4,
        default_catalog: "datafusion".to_string(),
        default_schema: "public".to_string(),
        // What a statement means is theirs too; what it is planned and run with is ours.
        sql_semantics: SqlSemantics::DataFusion,
        default_null_order: "nulls_max".to_string(),
        ..Config::default()
    };
    let session =
        Session::builder().with_config(config).build().map_err(|error| error.to_string())?;
    let ours = session.context();
    let their_state = theirs.state();
    ours.register_catalog_list(their_state.catalog_list().clone());

    let state = ours.state_ref();
    let mut state = state.write();
    let their_options = their_state.config().options();
    let options = state.config_mut().options_mut();
    options.catalog = their_options.catalog.clone();
    options.execution = their_options.execution.clone();
    options.optimizer = their_options.optimizer.clone();
    options.sql_parser = their_options.sql_parser.clone();
    options.explain = their_options.explain.clone();
    options.format = their_options.format.clone();

    // The files for Spark's functions replace DataFusion's of the same names; the others only add
    // what the runner registers for a single file.
    let spark = file.starts_with("spark");
    let failed = |error: datafusion::common::DataFusionError| error.to_string();
    // A function comes with its aliases, so that the order says which of two keeps a name.
    let theirs: BTreeMap<_, _> = their_state.scalar_functions().iter().collect();
    for (name, function) in theirs {
        if spark || state.udf(name).is_err() {
            state.register_udf(function.clone()).map_err(failed)?;
        }
    }
    for (name, function) in their_state.aggregate_functions() {
        if spark || state.udaf(name).is_err() {
            state.register_udaf(function.clone()).map_err(failed)?;
        }
    }
    for (name, function) in their_state.window_functions() {
        if spark || state.udwf(name).is_err() {
            state.register_udwf(function.clone()).map_err(failed)?;
        }
    }
    // Functions that the grammar spells in its own way, such as `substring`, are planned by planners,
    // and one file brings names of types.
    let mut theirs = SessionStateBuilder::new_from_existing(their_state);
    let mut builder = SessionStateBuilder::new_from_existing(state.clone());
    if let Some(types) = theirs.type_planner().take() {
        builder = builder.with_type_planner(types);
    }
    if let Some(planners) = theirs.expr_planners().take().filter(|_| spark) {
        builder = builder.with_expr_planners(planners);
    }
    *state = builder.build();
    drop(state);
    Ok(session)
}
