//! An edge type as a table: the keys of its ends, its properties, and the internal ids of its ends.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use extension::{Error, Result};

use crate::chunk::schema_of;
use crate::info::{Adjacency, EdgeInfo, End, GraphInfo, Order, VertexInfo, id_field};
use crate::keys::{Keys, shown_as};
use crate::location::Location;
use crate::names::Names;
use crate::pieces::{partition, parts};
use crate::seek::{MOST_VERTICES, Seek, Vertices, equals};
use crate::source::{Scan, Stored, Wanted, Work, projected, pushdown};

/// The ends, with the names of the columns of their keys and of their internal ids.
const ENDS: [(End, &str, &str); 2] =
    [(End::Source, "src", "_src"), (End::Destination, "dst", "_dst")];

/// What a column is.
#[derive(Debug, Clone)]
enum EdgeColumn {
    Key(End),
    Id(End),
    Property(usize, FieldRef),
}

/// The table.
#[derive(Debug)]
pub(crate) struct EdgeTable {
    root: Location,
    info: Arc<EdgeInfo>,
    /// The one order that is read; the best for each query if there is none.
    order: Option<Order>,
    source: Option<Arc<VertexInfo>>,
    destination: Option<Arc<VertexInfo>>,
    schema: SchemaRef,
    columns: Vec<EdgeColumn>,
}

impl EdgeTable {
    pub(crate) fn new(
        root: Location,
        graph: &GraphInfo,
        info: Arc<EdgeInfo>,
        order: Option<Order>,
    ) -> Self {
        let vertex = |end| graph.vertex(info.vertex(end)).cloned();
        let (source, destination) = (vertex(End::Source), vertex(End::Destination));
        let mut names = Names::default();
        let mut columns = vec![];
        let mut fields: Vec<FieldRef> = vec![];
        for (end, key, _) in ENDS {
            let vertex = if end == End::Source { &source } else { &destination };
            if let Some(field) = vertex.as_ref().and_then(|vertex| vertex.key_field()) {
                fields.push(names.field(&shown_as(field, key)));
                columns.push(EdgeColumn::Key(end));
            }
        }
        for (index, group) in info.groups.iter().enumerate() {
            for field in &group.fields {
                fields.push(names.field(field));
                columns.push(EdgeColumn::Property(index, Arc::clone(field)));
            }
        }
        for (end, _, id) in ENDS {
            fields.push(names.field(&id_field(id)));
            columns.push(EdgeColumn::Id(end));
        }
        Self { root, info, order, source, destination, schema: schema_of(&fields), columns }
    }

    fn vertex(&self, end: End) -> Option<&Arc<VertexInfo>> {
        match end {
            End::Source => self.source.as_ref(),
            End::Destination => self.destination.as_ref(),
        }
    }

    /// The end and the values of a filter for which there are offsets.
    fn sought(&self, filter: &Expr) -> Option<(End, &str, bool, Vec<ScalarValue>)> {
        let (name, values) = equals(filter)?;
        if values.len() > MOST_VERTICES {
            return None;
        }
        let index = self.schema.index_of(name).ok()?;
        let (end, is_key) = match &self.columns[index] {
            EdgeColumn::Key(end) => (*end, true),
            EdgeColumn::Id(end) => (*end, false),
            EdgeColumn::Property(..) => return None,
        };
        let order = Order { sorted: true, by: end };
        if self.order.is_some_and(|only| only != order) || self.info.adjacency(order).is_none() {
            return None;
        }
        let field = self.schema.field(index);
        let values = values.into_iter().filter(|value| !value.is_null());
        let values: Option<Vec<_>> =
            values.map(|value| value.cast_to(field.data_type()).ok()).collect();
        Some((end, self.schema.field(index).name(), is_key, values?))
    }

    /// The search that the filters allow, if one does.
    fn seek(&self, filters: &[Expr], keys: &Loaders) -> Option<(Order, String, Vertices)> {
        let (end, name, is_key, values) = filters.iter().find_map(|filter| self.sought(filter))?;
        let vertices = match is_key {
            true => Vertices::Keys(Arc::clone(keys.of(end)?), values),
            false => {
                let ids = values.iter().filter_map(|value| match value {
                    // There are no vertices with negative ids.
                    ScalarValue::Int64(Some(id)) => u64::try_from(*id).ok(),
                    _ => None,
                });
                let mut ids: Vec<u64> = ids.collect();
                ids.sort_unstable();
                ids.dedup();
                Vertices::Ids(ids)
            }
        };
        Some((Order { sorted: true, by: end }, name.to_string(), vertices))
    }
}

/// The keys of both ends; read once where both are of one type.
struct Loaders {
    source: Option<Arc<Keys>>,
    destination: Option<Arc<Keys>>,
}

impl Loaders {
    fn new(table: &EdgeTable) -> Self {
        let keys = |end| {
            let vertex = table.vertex(end).filter(|vertex| vertex.key.is_some())?;
            Some(Arc::new(Keys::new(table.root.clone(), Arc::clone(vertex))))
        };
        let source: Option<Arc<Keys>> = keys(End::Source);
        let same = table.info.source == table.info.destination;
        let destination = if same { source.clone() } else { keys(End::Destination) };
        Self { source, destination }
    }

    fn of(&self, end: End) -> Option<&Arc<Keys>> {
        match end {
            End::Source => self.source.as_ref(),
            End::Destination => self.destination.as_ref(),
        }
    }
}

impl EdgeTable {
    /// The folders of files: the ends first, then those of the properties.
    fn stored(&self, adjacency: &Adjacency) -> Vec<Stored> {
        let folder = self.folder(adjacency);
        let ends = Stored { folder: folder.join("adj_list"), file_type: adjacency.file_type };
        let groups = self
            .info
            .groups
            .iter()
            .map(|group| Stored { folder: folder.join(&group.prefix), file_type: group.file_type });
        std::iter::once(ends).chain(groups).collect()
    }

    fn folder(&self, adjacency: &Adjacency) -> Location {
        self.root.join(&self.info.prefix).join(&adjacency.prefix)
    }

    fn wanted(&self, column: &EdgeColumn, keys: &Loaders) -> Result<Wanted> {
        let ids = |end: End| id_field(end.stored_column());
        Ok(match column {
            EdgeColumn::Key(end) => match keys.of(*end) {
                Some(keys) => Wanted::Key(0, ids(*end), Arc::clone(keys)),
                None => return Err(Error::internal("an end has no keys")),
            },
            EdgeColumn::Id(end) => Wanted::Stored(0, ids(*end)),
            EdgeColumn::Property(group, field) => Wanted::Stored(group + 1, Arc::clone(field)),
        })
    }
}

#[async_trait]
impl TableProvider for EdgeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        Ok(pushdown(filters, |filter| self.sought(filter).is_some()))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let (projection, schema) = projected(&self.schema, projection)?;
        let keys = Loaders::new(self);
        let wanted = projection
            .iter()
            .map(|index| self.wanted(&self.columns[*index], &keys))
            .collect::<Result<Vec<_>>>()?;
        let seek = self.seek(filters, &keys);
        let order = seek.as_ref().map(|(order, _, _)| *order).or(self.order);
        let order = order.or_else(|| self.info.orders().next());
        let adjacency = order.and_then(|order| self.info.adjacency(order));
        let adjacency = adjacency.ok_or_else(|| {
            Error::internal(format!("{} is stored in no order", self.info.name()))
        })?;
        let parts = parts(&self.root, &self.info, adjacency).await?;
        let stored = self.stored(adjacency);
        let work = match seek {
            Some((_, column, vertices)) => Work::Sought(Arc::new(Seek {
                column,
                vertices,
                edge: Arc::clone(&self.info),
                adjacency: adjacency.clone(),
                folder: self.folder(adjacency),
                parts,
            })),
            None => {
                let pieces = parts.iter().flat_map(|part| part.pieces(self.info.chunk_size));
                let pieces = pieces.collect();
                Work::Known(Arc::new(partition(pieces, state.config().target_partitions())))
            }
        };
        // Only the end that the edges are sorted by ascends; nothing is said of the other.
        let sorted = adjacency.order.sorted.then_some(adjacency.order.by);
        let sorted = projection.iter().position(
            |index| matches!(&self.columns[*index], EdgeColumn::Id(end) if Some(*end) == sorted),
        );
        let title = format!("{}/{}", self.info.name(), adjacency.order);
        let ids = id_field(End::Source.stored_column());
        let scan = Scan::new(title, &stored, wanted, schema, work)
            .sorted_by(sorted)
            .counted_by(&stored[0], &ids)
            .limited(limit);
        Ok(DataSourceExec::from_data_source(scan))
    }
}
