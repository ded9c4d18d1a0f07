//! The rows of one partition of a shared input, on their way to several readers.
//!
//! Whoever wants a batch that nobody has read asks the input for it and leaves it for the others, so
//! nothing is computed before it is wanted, no task of its own is needed, and readers cannot wait for each
//! other in a circle. A batch is held until the last reader has it; where memory has no room for what the
//! slower ones have before them, it goes to disk.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::DataFusionError;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::spill_file::SpillFile;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::SpillManager;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics};
use futures::StreamExt;
use futures::lock::Mutex as AsyncMutex;
use parking_lot::Mutex;

/// One partition.
pub(super) struct Queue {
    /// The input, or `None` when it has ended. Only who holds the lock asks it.
    input: AsyncMutex<Option<SendableRecordBatchStream>>,
    held: Mutex<Held>,
    manager: SpillManager,
}

/// What was read, and by whom.
struct Held {
    /// What the slowest reader has before it.
    items: VecDeque<Item>,
    /// How many items were dropped before the first of `items`.
    dropped: usize,
    /// How many items each reader has had; `None` for one that reads no more.
    positions: Vec<Option<usize>>,
    /// How many batches the input has given.
    batches: u64,
    end: Option<End>,
    reservation: MemoryReservation,
}

/// How the input ended.
#[derive(Clone)]
enum End {
    Whole,
    Failed(Arc<DataFusionError>),
}

#[derive(Clone)]
enum Item {
    Memory(RecordBatch),
    Disk(Arc<dyn SpillFile>),
}

impl Queue {
    pub(super) fn new(
        input: SendableRecordBatchStream,
        readers: usize,
        context: &TaskContext,
        metrics: &ExecutionPlanMetricsSet,
        partition: usize,
    ) -> Self {
        let consumer = MemoryConsumer::new("rows of a shared part of the plan");
        let reservation = consumer.with_can_spill(true).register(context.memory_pool());
        let spilled = SpillMetrics::new(metrics, partition);
        let manager = SpillManager::new(context.runtime_env(), spilled, input.schema());
        let held = Held {
            items: VecDeque::new(),
            dropped: 0,
            positions: vec![Some(0); readers],
            batches: 0,
            end: None,
            reservation,
        };
        Self { input: AsyncMutex::new(Some(input)), held: Mutex::new(held), manager }
    }

    /// Asks the input for one batch, unless somebody else did while this waited.
    async fn ask(&self) -> Result<()> {
        let known = self.held.lock().count();
        let mut input = self.input.lock().await;
        if self.held.lock().count() != known {
            return Ok(());
        }
        let Some(stream) = input.as_mut() else { return Ok(()) };
        let end = match stream.next().await {
            Some(Ok(batch)) => return self.held.lock().add(batch, &self.manager),
            Some(Err(error)) => End::Failed(Arc::new(error)),
            None => End::Whole,
        };
        *input = None;
        self.held.lock().end = Some(end);
        Ok(())
    }

    /// The batches, for one of the readers.
    pub(super) fn read(
        self: Arc<Self>,
        reader: usize,
    ) -> impl futures::Stream<Item = Result<RecordBatch>> + Send {
        let place = Reader { queue: self, reader, spilled: None };
        futures::stream::try_unfold(place, |mut place| async move {
            Ok(place.next().await?.map(|batch| (batch, place)))
        })
    }
}

impl Held {
    /// How much was read so far; it changes with each batch, and with the end.
    fn count(&self) -> (u64, bool) {
        (self.batches, self.end.is_some())
    }

    /// What a reader has next, if it was read already, and moves the reader on: both at once, since items
    /// behind it may become one in between.
    fn take(&mut self, reader: usize) -> Option<Result<Option<Item>>> {
        let next = self.next(reader);
        if let Some(Ok(Some(_))) = next {
            self.advance(reader, false);
        }
        next
    }

    fn next(&self, reader: usize) -> Option<Result<Option<Item>>> {
        let position = self.positions.get(reader).copied().flatten()?;
        match (self.items.get(position.saturating_sub(self.dropped)), &self.end) {
            (Some(item), _) => Some(Ok(Some(item.clone()))),
            (None, Some(End::Whole)) => Some(Ok(None)),
            (None, Some(End::Failed(error))) => {
                Some(Err(DataFusionError::Shared(Arc::clone(error))))
            }
            (None, None) => None,
        }
    }

    /// A reader has its item, or wants no more: what nobody needs is dropped.
    fn advance(&mut self, reader: usize, stops: bool) {
        if let Some(position) = self.positions.get_mut(reader) {
            *position = position.filter(|_| !stops).map(|position| position + 1);
        }
        let end = self.dropped + self.items.len();
        let least = self.positions.iter().flatten().min().copied().unwrap_or(end);
        while self.dropped < least
            && let Some(item) = self.items.pop_front()
        {
            self.dropped += 1;
            if let Item::Memory(batch) = item {
                self.reservation.shrink(size(&batch));
            }
        }
    }

    fn add(&mut self, batch: RecordBatch, manager: &SpillManager) -> Result<()> {
        let size = size(&batch);
        self.batches += 1;
        if self.reservation.try_grow(size).is_err() {
            self.spill(manager)?;
            if self.reservation.try_grow(size).is_err() {
                let file = write(manager, std::iter::once(&batch))?;
                self.items.extend(file.map(Item::Disk));
                return Ok(());
            }
        }
        self.items.push_back(Item::Memory(batch));
        Ok(())
    }

    /// Moves the items that no slow reader has begun to disk, as one item.
    fn spill(&mut self, manager: &SpillManager) -> Result<()> {
        let end = self.dropped + self.items.len();
        let slow = self.positions.iter().flatten().filter(|position| **position < end).max();
        let Some(begun) = slow.map(|position| position - self.dropped) else { return Ok(()) };
        let on_disk = self.items.iter().rposition(|item| matches!(item, Item::Disk(_)));
        let kept = begun.max(on_disk.map_or(0, |last| last + 1));
        let batches: Vec<&RecordBatch> = self
            .items
            .range(kept..)
            .filter_map(|item| match item {
                Item::Memory(batch) => Some(batch),
                Item::Disk(_) => None,
            })
            .collect();
        let freed = batches.iter().map(|batch| size(batch)).sum();
        let Some(file) = write(manager, batches.into_iter())? else { return Ok(()) };
        self.items.truncate(kept);
        self.items.push_back(Item::Disk(file));
        self.reservation.shrink(freed);
        // The other readers have had all of it.
        for position in self.positions.iter_mut().flatten().filter(|position| **position == end) {
            *position = self.dropped + self.items.len();
        }
        Ok(())
    }
}

/// Bytes of the rows of a batch. Aggregates hand on slices of one large batch, each of which would count
/// all of it.
fn size(batch: &RecordBatch) -> usize {
    let of = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8View => {
            let texts = column.as_string_view();
            texts.len() * size_of::<u128>() + texts.total_buffer_bytes_used()
        }
        DataType::BinaryView => {
            let values = column.as_binary_view();
            values.len() * size_of::<u128>() + values.total_buffer_bytes_used()
        }
        _ => {
            let sliced = column.to_data().get_slice_memory_size();
            sliced.unwrap_or_else(|_| column.get_array_memory_size())
        }
    };
    batch.columns().iter().map(of).sum()
}

fn write<'a>(
    manager: &SpillManager,
    batches: impl Iterator<Item = &'a RecordBatch>,
) -> Result<Option<Arc<dyn SpillFile>>> {
    let mut file = manager.create_in_progress_file("rows of a shared part of the plan")?;
    for batch in batches {
        file.append_batch(batch)?;
    }
    file.finish()
}

/// The place of a reader. Dropping it lets go of what it has not read.
struct Reader {
    queue: Arc<Queue>,
    reader: usize,
    /// What is left of an item on disk.
    spilled: Option<SendableRecordBatchStream>,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(spilled) = &mut self.spilled {
                match spilled.next().await {
                    Some(batch) => return batch.map(Some),
                    None => self.spilled = None,
                }
            }
            let next = self.queue.held.lock().take(self.reader);
            let item = match next {
                Some(item) => item?,
                None => {
                    self.queue.ask().await?;
                    continue;
                }
            };
            let Some(item) = item else { return Ok(None) };
            match item {
                Item::Memory(batch) => return Ok(Some(batch)),
                Item::Disk(file) => {
                    self.spilled = Some(self.queue.manager.read_spill_as_stream(file, None)?);
                }
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.queue.held.lock().advance(self.reader, true);
    }
}
