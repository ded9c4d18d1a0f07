//! What there is in a session, as tables: `duckdb_tables()`, `duckdb_columns()` and their kin.
//!
//! A [`Listing`] is one literal: its columns, and how its rows follow from a [`Snapshot`] of the session.
//! The catalogs of PostgreSQL and the information schema are views over these
//! ([`builtins`](crate::builtins)).

mod cells;
mod columns;
mod constraints;
mod databases;
mod session;
mod snapshot;
mod tables;
mod types;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use extension::{Arguments, Error, Result, ScanFunction, Signature};

use cells::{Cell, Kind, column};
pub(crate) use snapshot::{Relation, Snapshot};

use crate::SessionObjects;

/// The list.
const LISTINGS: &[&Listing] = &[
    &databases::DATABASES,
    &databases::SCHEMAS,
    &tables::TABLES,
    &tables::VIEWS,
    &tables::INDEXES,
    &columns::COLUMNS,
    &constraints::CONSTRAINTS,
    &types::TYPES,
    &session::SEQUENCES,
    &session::VARIABLES,
    &session::PREPARED_STATEMENTS,
    &session::MACROS,
    &session::DEPENDENCIES,
    &session::KEYWORDS,
];

/// The table functions.
pub(crate) fn functions(objects: &Arc<SessionObjects>) -> Vec<Arc<dyn ScanFunction>> {
    LISTINGS
        .iter()
        .map(|listing| {
            Arc::new(Function {
                listing,
                signature: Signature {
                    name: listing.name,
                    aliases: &[],
                    description: listing.description,
                    parameters: &[],
                    positional: 0,
                    example: listing.example,
                },
                objects: Arc::clone(objects),
            }) as Arc<dyn ScanFunction>
        })
        .collect()
}

/// One kind of thing that a session has.
struct Listing {
    name: &'static str,
    /// What a row is.
    description: &'static str,
    columns: &'static [(&'static str, Kind)],
    rows: fn(&Snapshot) -> Vec<Vec<Cell>>,
    example: &'static str,
}

impl Listing {
    fn schema(&self) -> SchemaRef {
        let fields = self.columns.iter().map(|(name, kind)| kind.field(name));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

#[derive(Clone)]
struct Function {
    listing: &'static Listing,
    signature: Signature,
    objects: Arc<SessionObjects>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.listing.name)
    }
}

#[async_trait]
impl ScanFunction for Function {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    async fn scan(
        &self,
        _arguments: &Arguments,
        _state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>> {
        Ok(Arc::new(self.clone()))
    }
}

/// The rows are those of the moment of the scan, so a view over the listing does not grow old.
#[async_trait]
impl TableProvider for Function {
    fn schema(&self) -> SchemaRef {
        self.listing.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let state = state
            .as_any()
            .downcast_ref::<SessionState>()
            .ok_or_else(|| Error::internal("the session has no catalogs"))?;
        let snapshot = Snapshot::take(state, Arc::clone(&self.objects)).await?;
        let rows = (self.listing.rows)(&snapshot);
        let columns = self.listing.columns.iter().enumerate();
        let columns = columns.map(|(index, (_, kind))| column(*kind, &rows, index));
        let schema = self.listing.schema();
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns.collect())?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![batch]], schema, projection.cloned())?)
    }
}
