//! A vertex type as a table: its properties, its labels, and `_id`, the internal id.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Constraint, Constraints};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::chunk::schema_of;
use crate::info::{FileType, VertexInfo, id_field};
use crate::location::Location;
use crate::names::Names;
use crate::pieces::{Piece, partition, vertex_pieces};
use crate::seek::equals;
use crate::source::{Scan, Stored, Wanted, Work, label_field, projected, pushdown};

/// The column of the internal ids.
pub(crate) const ID: &str = "_id";

/// The table.
#[derive(Debug)]
pub(crate) struct VertexTable {
    root: Location,
    info: Arc<VertexInfo>,
    schema: SchemaRef,
    columns: Vec<Wanted>,
    stored: Vec<Stored>,
    constraints: Constraints,
}

impl VertexTable {
    pub(crate) fn new(root: Location, info: Arc<VertexInfo>) -> Self {
        let folder = root.join(&info.prefix);
        let mut names = Names::default();
        let mut columns = vec![];
        let mut fields: Vec<FieldRef> = vec![];
        let mut stored = vec![];
        let mut key = None;
        for (index, group) in info.groups.iter().enumerate() {
            for (property, field) in group.fields.iter().enumerate() {
                if info.key == Some((index, property)) {
                    key = Some(fields.len());
                }
                fields.push(names.field(field));
                columns.push(Wanted::Stored(index, Arc::clone(field)));
            }
            let folder = folder.join(&group.prefix);
            stored.push(Stored { folder, file_type: group.file_type });
        }
        if !info.labels.is_empty() {
            let list = Field::new("_labels", DataType::List(label_field()), false);
            fields.push(names.field(&Arc::new(list)));
            columns.push(Wanted::Labels(stored.len(), info.labels.clone()));
            let folder = folder.join("labels");
            stored.push(Stored { folder, file_type: FileType::Parquet });
        }
        fields.push(names.field(&id_field(ID)));
        columns.push(Wanted::Id);
        let keys = key.map(|key| Constraint::PrimaryKey(vec![key]));
        let constraints = Constraints::new_unverified(keys.into_iter().collect());
        Self { root, info, schema: schema_of(&fields), columns, stored, constraints }
    }

    /// The chunks that can hold one of the ids that the filters ask for.
    fn prune(&self, mut pieces: Vec<Piece>, filters: &[Expr]) -> Vec<Piece> {
        let id = self.schema.fields().last().map(|field| field.name().as_str());
        for filter in filters {
            let Some((column, values)) = equals(filter) else { continue };
            if Some(column) != id {
                continue;
            }
            let ids: Vec<i64> = values
                .iter()
                .filter_map(|value| match value {
                    datafusion::common::ScalarValue::Int64(number) => *number,
                    _ => None,
                })
                .collect();
            if ids.len() == values.len() {
                let size = self.info.chunk_size as i64;
                pieces
                    .retain(|piece| ids.iter().any(|id| id.div_euclid(size) == piece.chunk as i64));
            }
        }
        pieces
    }
}

#[async_trait]
impl TableProvider for VertexTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn constraints(&self) -> Option<&Constraints> {
        Some(&self.constraints)
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        let id = self.schema.fields().last().map(|field| field.name().as_str());
        Ok(pushdown(filters, |filter| equals(filter).is_some_and(|(column, _)| Some(column) == id)))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let pieces = vertex_pieces(&self.root, &self.info).await?;
        let pieces = self.prune(pieces, filters);
        let (projection, schema) = projected(&self.schema, projection)?;
        let wanted: Vec<Wanted> =
            projection.iter().map(|index| self.columns[*index].clone()).collect();
        let id = projection.iter().position(|index| *index + 1 == self.columns.len());
        let work = Work::Known(Arc::new(partition(pieces, state.config().target_partitions())));
        let scan = Scan::new(self.info.name.clone(), &self.stored, wanted, schema, work);
        let mut scan = scan.sorted_by(id).limited(limit);
        if let (Some(stored), Some(Wanted::Stored(_, field))) =
            (self.stored.first(), self.columns.first())
        {
            scan = scan.counted_by(stored, field);
        }
        Ok(DataSourceExec::from_data_source(scan))
    }
}
