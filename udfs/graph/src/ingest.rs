//! Reading the edges: one task for each partition of the input, each into a buffer of its own.
//!
//! Identifiers that are integers are kept as the arrays that they come in, since their range decides how
//! they are compacted. All others are interned at once, and the batches dropped.

use std::sync::Arc;

use algorithms::{Edges, Error as KernelError, Node, Run};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{and, filter_record_batch, is_not_null};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::runtime::JoinSet;
use datafusion::common::stats::Precision;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use extension::{Error, Result};
use futures::StreamExt;
use rayon::prelude::*;

use crate::errors::Place;
use crate::ids::{ByteTable, Ids, IntegerColumn, Interner, display, integer_ids, is_integer};
use crate::resources::{Account, Figures};

/// What one task read.
#[derive(Debug)]
pub(crate) struct Part {
    ends: Ends,
    weights: Vec<Vec<f64>>,
    /// Bytes charged to the account.
    bytes: usize,
}

/// Identifiers in the order of the columns: of edges their source and target, of nodes one.
#[derive(Debug)]
enum Ends {
    Integers(Vec<Vec<IntegerColumn>>),
    Interned { interner: Box<Interner>, numbers: Vec<Vec<Vec<u32>>> },
}

/// What is read.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    /// The type of identifiers.
    pub(crate) id: DataType,
    /// How many of the first columns are identifiers.
    pub(crate) ids: usize,
    /// Whether a column of weights follows.
    pub(crate) weighted: bool,
}

impl Columns {
    /// The least memory that so many edges take while they are read and numbered.
    pub(crate) fn least_bytes(&self, edges: usize) -> usize {
        let per_id = if is_integer(&self.id) { 8 } else { 4 };
        let weights = if self.weighted { 16 } else { 0 };
        edges.saturating_mul(self.ids * (per_id + 4) + weights)
    }
}

/// How many edges an input has for certain, before any is read: rows whose ends are not NULL.
pub(crate) fn known_edges(input: &Arc<dyn ExecutionPlan>) -> Option<usize> {
    let context = StatisticsContext::new();
    let statistics = context.compute(input.as_ref(), &StatisticsArgs::new()).ok()?;
    let Precision::Exact(rows) = statistics.num_rows else { return None };
    let schema = input.schema();
    let mut edges = rows;
    for (field, column) in schema.fields().iter().zip(&statistics.column_statistics).take(2) {
        edges = match column.null_count {
            Precision::Exact(nulls) => edges.saturating_sub(nulls),
            _ if !field.is_nullable() => edges,
            _ => return None,
        };
    }
    Some(edges)
}

/// Reads all partitions of an input at once.
pub(crate) async fn read(
    input: &Arc<dyn ExecutionPlan>,
    columns: &Columns,
    context: &Arc<TaskContext>,
    account: &Arc<Account>,
    figures: &Figures,
) -> Result<Vec<Part>> {
    let mut tasks = JoinSet::new();
    for partition in 0..input.output_partitioning().partition_count() {
        let stream = input.execute(partition, Arc::clone(context))?;
        let (columns, account, figures) = (columns.clone(), Arc::clone(account), figures.clone());
        tasks.spawn(async move {
            let mut stream = stream;
            let mut part = Part::new(&columns)?;
            while let Some(batch) = stream.next().await {
                part.add(batch?, &columns, &account, &figures)?;
            }
            Ok::<_, Error>((partition, part))
        });
    }
    let mut parts = vec![];
    while let Some(part) = tasks.join_next().await {
        let part = part.map_err(|error| match error.is_panic() {
            true => Error::internal("reading the edges failed unexpectedly"),
            false => Error::cancelled("the query was cancelled"),
        })?;
        parts.push(part?);
    }
    // In the order of the partitions, so that the same input gives the same graph.
    parts.sort_by_key(|(partition, _)| *partition);
    Ok(parts.into_iter().map(|(_, part)| part).collect())
}

impl Part {
    fn new(columns: &Columns) -> Result<Self> {
        let ends = match is_integer(&columns.id) {
            true => Ends::Integers(vec![vec![]; columns.ids]),
            false => Ends::Interned {
                interner: Box::new(Interner::new(&columns.id)?),
                numbers: vec![vec![]; columns.ids],
            },
        };
        Ok(Self { ends, weights: vec![], bytes: 0 })
    }

    fn add(
        &mut self,
        batch: RecordBatch,
        columns: &Columns,
        account: &Account,
        figures: &Figures,
    ) -> Result<()> {
        let batch = without_nulls(batch, columns.ids, figures)?;
        let rows = batch.num_rows();
        if rows == 0 {
            return Ok(());
        }
        let per_id = match &self.ends {
            Ends::Integers(_) => 8,
            Ends::Interned { .. } => 4,
        };
        let bytes = rows * (columns.ids * per_id + if columns.weighted { 8 } else { 0 });
        self.claim(bytes, account, figures)?;
        match &mut self.ends {
            Ends::Integers(of_columns) => {
                for (of_column, array) in of_columns.iter_mut().zip(batch.columns()) {
                    of_column.push(IntegerColumn::new(array)?);
                }
            }
            Ends::Interned { interner, numbers } => {
                let before = interner.bytes();
                for (of_column, array) in numbers.iter_mut().zip(batch.columns()) {
                    of_column.push(interner.intern(array)?);
                }
                let grown = interner.bytes().saturating_sub(before);
                self.claim(grown, account, figures)?;
            }
        }
        if columns.weighted {
            self.weights.push(weights(&batch, columns.ids)?);
        }
        figures.edges.add(if columns.ids == 2 { rows } else { 0 });
        Ok(())
    }

    fn claim(&mut self, bytes: usize, account: &Account, figures: &Figures) -> Result<()> {
        account.grow(bytes).map_err(|_| {
            let edges = figures.edges.value();
            Place { edges, accounts: &[account], ..Place::default() }
                .too_large("what follows", bytes)
        })?;
        self.bytes += bytes;
        Ok(())
    }

    /// How many rows were read.
    fn rows(&self) -> usize {
        let count = |lengths: &mut dyn Iterator<Item = usize>| lengths.sum();
        match &self.ends {
            Ends::Integers(of_columns) => of_columns
                .first()
                .map_or(0, |c| count(&mut c.iter().map(|chunk| chunk.keys().len()))),
            Ends::Interned { numbers, .. } => {
                numbers.first().map_or(0, |c| count(&mut c.iter().map(Vec::len)))
            }
        }
    }
}

/// The rows whose identifiers are not NULL; an edge without an end joins nothing.
fn without_nulls(batch: RecordBatch, ids: usize, figures: &Figures) -> Result<RecordBatch> {
    if batch.columns().iter().take(ids).all(|column| column.null_count() == 0) {
        return Ok(batch);
    }
    let mut valid: Option<BooleanArray> = None;
    for column in batch.columns().iter().take(ids) {
        let here = is_not_null(column)?;
        valid = Some(match valid {
            Some(before) => and(&before, &here)?,
            None => here,
        });
    }
    let Some(valid) = valid else { return Ok(batch) };
    let kept = filter_record_batch(&batch, &valid)?;
    figures.skipped.add(batch.num_rows() - kept.num_rows());
    Ok(kept)
}

/// The weights of a batch, which follow the identifiers.
fn weights(batch: &RecordBatch, ids: usize) -> Result<Vec<f64>> {
    let array = batch
        .columns()
        .get(ids)
        .and_then(|column| column.as_primitive_opt::<Float64Type>())
        .ok_or_else(|| Error::internal("the weights are missing"))?;
    let invalid = array.iter().position(|weight| weight.is_none_or(f64::is_nan));
    if let Some(row) = invalid {
        let edge: Vec<String> =
            batch.columns().iter().take(ids).map(|column| display(column, row)).collect();
        let weight = if array.is_null(row) { "NULL" } else { "NaN" };
        return Err(Error::invalid_data(format!(
            "the edge from {} has the weight {weight}",
            edge.join(" to ")
        ))
        .with_hint("leave such edges out, as in (SELECT … WHERE weight IS NOT NULL)"));
    }
    Ok(array.values().to_vec())
}

/// The identifiers and the edges between their numbers. The buffers of `edges` and `nodes` are given back.
pub(crate) fn compact(
    id: &DataType,
    edges: Vec<Part>,
    nodes: Vec<Part>,
    run: &Run,
    account: &Account,
) -> Result<(Ids, Edges), KernelError> {
    let grow = |bytes: usize| {
        account.grow(bytes).map_err(|error| KernelError::Memory {
            what: "the node identifiers",
            bytes,
            reason: error.strip_backtrace(),
        })
    };
    let rows: usize = edges.iter().map(Part::rows).sum();
    let weighted = edges.iter().any(|part| !part.weights.is_empty());
    let buffers: usize = edges.iter().chain(&nodes).map(|part| part.bytes).sum();
    grow(rows * 8)?;
    let mut source = vec![0; rows];
    let mut target = vec![0; rows];
    let count = edges.len();
    let mut weight = Vec::new();
    if weighted {
        grow(rows * 8)?;
        weight.reserve_exact(rows);
    }
    let before = account.size();
    let mut all = edges;
    all.extend(nodes);
    for part in &mut all {
        part.weights.drain(..).for_each(|chunk| weight.extend(chunk));
    }
    let ids = match is_integer(id) {
        true => {
            let mut columns = [vec![], vec![]];
            let mut of_nodes = vec![];
            for (index, part) in all.into_iter().enumerate() {
                let Ends::Integers(of_part) = part.ends else { continue };
                for (column, chunks) in of_part.into_iter().enumerate() {
                    match index < count {
                        true => columns[column].extend(chunks),
                        false => of_nodes.extend(chunks),
                    }
                }
            }
            let chunks = columns[0].len();
            let [sources, targets] = columns;
            let mut keys = sources;
            keys.extend(targets);
            keys.extend(of_nodes);
            let (ids, numbers) = integer_ids(id.clone(), &keys, run, &grow)?;
            let fill = |columns: &[IntegerColumn], nodes: &mut [Node]| {
                jobs(columns.iter().map(IntegerColumn::keys), nodes).into_par_iter().try_for_each(
                    |(keys, nodes)| {
                        run.check()?;
                        keys.iter().zip(nodes).for_each(|(key, node)| *node = numbers.of(*key));
                        Ok::<(), KernelError>(())
                    },
                )
            };
            fill(&keys[..chunks], &mut source)?;
            fill(&keys[chunks..2 * chunks], &mut target)?;
            Ids::Integers(ids)
        }
        false => {
            let mut interners = vec![];
            let mut chunks = vec![];
            for part in all {
                let Ends::Interned { interner, numbers } = part.ends else { continue };
                interners.push(*interner);
                chunks.push(numbers);
            }
            let (table, nodes) = ByteTable::merge(id, interners, &grow)?;
            for (column, ends) in [(0, &mut source), (1, &mut target)] {
                let mut rest = ends.as_mut_slice();
                for (chunks, nodes) in chunks.iter().zip(&nodes).take(count) {
                    let length = chunks[column].iter().map(Vec::len).sum();
                    let (own, others) = rest.split_at_mut(length);
                    rest = others;
                    jobs(chunks[column].iter().map(Vec::as_slice), own)
                        .into_par_iter()
                        .try_for_each(|(numbers, ends)| {
                            run.check()?;
                            let pairs = numbers.iter().zip(ends);
                            pairs.for_each(|(number, end)| *end = nodes[*number as usize]);
                            Ok::<(), KernelError>(())
                        })?;
                }
            }
            Ids::Bytes(table)
        }
    };
    // What is left are the identifiers; all that led to them is gone.
    account.release(account.size().saturating_sub(before));
    account.release(buffers);
    grow(ids.bytes())?;
    Ok((ids, Edges { source, target, weight: weighted.then_some(weight) }))
}

/// Chunks of values beside the parts of `out` that they fill.
fn jobs<'a, T>(
    chunks: impl Iterator<Item = &'a [T]>,
    out: &'a mut [Node],
) -> Vec<(&'a [T], &'a mut [Node])> {
    let mut jobs = vec![];
    let mut rest = out;
    for chunk in chunks {
        let (own, others) = rest.split_at_mut(chunk.len());
        rest = others;
        jobs.push((chunk, own));
    }
    jobs
}

/// The identifiers of a list of nodes, and the numbers beside them, from all partitions of an input.
pub(crate) async fn read_list(
    input: &Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    account: &Account,
) -> Result<Vec<RecordBatch>> {
    let mut batches = vec![];
    for partition in 0..input.output_partitioning().partition_count() {
        let mut stream = input.execute(partition, Arc::clone(context))?;
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            account.grow(batch.get_array_memory_size())?;
            batches.push(batch);
        }
    }
    Ok(batches)
}

/// The column at `index` of all batches.
pub(crate) fn column(batches: &[RecordBatch], index: usize) -> Result<Option<ArrayRef>> {
    let arrays: Vec<&dyn Array> =
        batches.iter().filter_map(|batch| batch.columns().get(index)).map(AsRef::as_ref).collect();
    match arrays.is_empty() {
        true => Ok(None),
        false => Ok(Some(arrow::compute::concat(&arrays)?)),
    }
}

impl Part {
    /// The identifiers of batches that are kept for their other columns.
    pub(crate) fn of_batches(batches: &[RecordBatch], columns: &Columns) -> Result<Option<Self>> {
        let Some(ids) = column(batches, 0)? else { return Ok(None) };
        let ids = arrow::compute::filter(&ids, &is_not_null(&ids)?)?;
        let mut part = Self::new(columns)?;
        match &mut part.ends {
            Ends::Integers(of_columns) => of_columns[0].push(IntegerColumn::new(&ids)?),
            Ends::Interned { interner, numbers } => numbers[0].push(interner.intern(&ids)?),
        }
        Ok(Some(part))
    }
}
