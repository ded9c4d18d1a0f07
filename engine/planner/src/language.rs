//! The planner's own part: the functions, operators, types and rules that it adds to a session.

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;
use extension::{Extension, Registry, Result};

use crate::SessionObjects;
use crate::databases;
use crate::functions;
use crate::introspection;
use crate::operators::OperatorPlanner;
use crate::types::{Casts, Division, ExactLiterals, Moments, SqlTypes};

/// The part, over what its session keeps.
#[derive(Debug, Default)]
pub struct Language {
    objects: Arc<SessionObjects>,
}

impl Language {
    /// What the session keeps.
    pub fn objects(&self) -> Arc<SessionObjects> {
        Arc::clone(&self.objects)
    }
}

impl Extension for Language {
    fn name(&self) -> &'static str {
        "language"
    }

    fn register(&self, registry: &mut Registry) -> Result<()> {
        let objects = || Arc::clone(&self.objects);
        registry.add_service(objects());
        registry.type_planner = Some(Arc::new(SqlTypes { objects: objects() }));
        // Before DataFusion's own, which would take every division.
        registry.expr_planners.insert(0, Arc::new(Division { objects: objects() }));
        registry.expr_planners.insert(0, Arc::new(Moments { objects: objects() }));
        registry.expr_planners.insert(1, Arc::new(ExactLiterals { objects: objects() }));
        registry.scan_functions.extend(introspection::functions(&self.objects));
        registry.extension_planners.push(Arc::new(OperatorPlanner));
        registry.analyzer_rules.push(Arc::new(Casts { objects: objects() }));
        registry.system_tables.push(databases::table());
        registry.scalar_functions.extend(
            functions::all(&self.objects).into_iter().map(|function: ScalarUDF| Arc::new(function)),
        );
        Ok(())
    }
}
