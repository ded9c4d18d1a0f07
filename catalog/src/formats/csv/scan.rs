//! The rows of a CSV file, or of the records that start in a byte range of one.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{DataFusionError, Result};
use futures::{StreamExt, TryStreamExt, stream};

use super::CsvFile;
use super::boundaries::Boundaries;
use super::columns::{Cells, Converter, MISSING, Rejected, Span};
use super::locate::{self, Complained, Complaint};
use super::options::CsvOptions;
use super::scanner::{Flawed, Record, Sink, scan};
use crate::formats::bytes::{self, Pieces};
use crate::formats::{Batches, Compression, OpenRequest};

/// How many bytes after a guessed start must look like records.
const CHECKED: usize = 64 << 10;

/// Opens a file or a part of one.
pub(super) async fn open(
    request: OpenRequest,
    options: Arc<CsvOptions>,
    boundaries: Arc<Boundaries>,
) -> Result<Batches> {
    let file = request
        .scanned
        .description
        .details::<CsvFile>()
        .ok_or_else(|| extension::Error::internal("the CSV scan lost its description"))?;
    let mut reading = Reading::new(request, options, file, boundaries);
    reading.seek().await?;
    let batches = stream::try_unfold(reading, |mut reading| async move {
        match reading.next().await {
            Ok(batch) => Ok(batch.map(|batch| (batch, reading))),
            Err(Failure::Complaint(complained)) => {
                Err(locate::explain(complained, &reading.request, &reading.file, &reading.options)
                    .await)
            }
            Err(Failure::Other(error)) => Err(error),
        }
    });
    Ok(batches.boxed())
}

enum Failure {
    Complaint(Complained),
    Other(DataFusionError),
}

impl<E: Into<DataFusionError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

struct Reading {
    request: OpenRequest,
    options: Arc<CsvOptions>,
    file: Arc<CsvFile>,
    boundaries: Arc<Boundaries>,
    pieces: Pieces,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are done with.
    used: usize,
    /// The offset of the buffer's first byte in the decompressed file.
    base: u64,
    /// Records that start here or later belong to others.
    end: u64,
    /// Whether the last piece was read.
    drained: bool,
    finished: bool,
    rows: Rows,
    /// For each column wanted: its place among the stored ones, or `None` if the file lacks it.
    sources: Vec<Option<usize>>,
    /// Column of the request for each stored column.
    stored: Vec<usize>,
}

impl Reading {
    fn new(
        request: OpenRequest,
        options: Arc<CsvOptions>,
        file: Arc<CsvFile>,
        boundaries: Arc<Boundaries>,
    ) -> Self {
        let wanted: Vec<Option<usize>> =
            file.names.iter().map(|name| request.schema.index_of(name).ok()).collect();
        let stored: Vec<usize> = wanted.iter().flatten().copied().collect();
        let sources = (0..request.schema.fields().len())
            .map(|index| stored.iter().position(|stored| *stored == index))
            .collect();
        let rows = Rows {
            kept: wanted.iter().map(Option::is_some).collect(),
            // Columns after the last one wanted need no look.
            width: file.names.len(),
            null_padding: options.null_padding,
            ignore_errors: options.ignore_errors,
            ..Rows::default()
        };
        Self {
            end: u64::MAX,
            pieces: stream::empty().boxed(),
            buffer: vec![],
            used: 0,
            base: 0,
            drained: false,
            finished: false,
            rows,
            sources,
            stored,
            request,
            options,
            file,
            boundaries,
        }
    }

    /// Goes to the first record.
    async fn seek(&mut self) -> Result<()> {
        let meta = &self.request.file.object_meta;
        let (store, location) = (&self.request.store, &meta.location);
        let data_start = self.file.data_start;
        if self.file.compression != Compression::None {
            self.pieces = bytes::content(store, location, meta.size, self.file.compression).await?;
            self.base = data_start;
            let mut rest = usize::try_from(data_start).unwrap_or(usize::MAX);
            while rest > 0 {
                let Some(piece) = self.pieces.try_next().await? else { break };
                let skipped = rest.min(piece.len());
                rest -= skipped;
                self.buffer.extend_from_slice(&piece[skipped..]);
            }
            return Ok(());
        }
        let (start, end) = match &self.request.file.range {
            Some(range) => (
                u64::try_from(range.start).unwrap_or(0),
                u64::try_from(range.end).unwrap_or(meta.size),
            ),
            None => (0, meta.size),
        };
        self.end = if end >= meta.size { u64::MAX } else { end };
        if start <= data_start {
            self.base = data_start;
            self.pieces =
                bytes::stored(store, location, data_start.min(meta.size)..meta.size).await?;
            return self.note_start(start, data_start);
        }
        let first = match self.guess(start).await? {
            Some(first) => first,
            None => search(&self.request, &self.file, start).await?,
        };
        self.base = first;
        self.note_start(start, first)?;
        // A guess leaves its bytes in the buffer.
        if self.buffer.is_empty() {
            let meta = &self.request.file.object_meta;
            self.pieces =
                bytes::stored(&self.request.store, &meta.location, first.min(meta.size)..meta.size)
                    .await?;
        }
        Ok(())
    }

    /// The first record after `start`, if what follows the next line break looks like records.
    async fn guess(&mut self, start: u64) -> Result<Option<u64>> {
        let meta = &self.request.file.object_meta;
        let from = start - 1;
        self.pieces = bytes::stored(&self.request.store, &meta.location, from..meta.size).await?;
        let mut buffer = vec![];
        let mut whole = false;
        let line_end = self.file.dialect.line_end;
        let mut first = None;
        while !whole {
            match self.pieces.try_next().await? {
                Some(piece) => buffer.extend_from_slice(&piece),
                None => whole = true,
            }
            if first.is_none() {
                first =
                    buffer.iter().position(|byte| *byte == line_end).map(|position| position + 1);
            }
            if first.is_some_and(|first| buffer.len() >= first + CHECKED)
                || buffer.len() > self.options.max_line_size
            {
                break;
            }
        }
        self.drained = whole;
        let first = match first {
            Some(first) => first,
            None if whole => buffer.len(),
            None => 0,
        };
        let likely = first > 0 && {
            let mut shape = Shape { width: self.file.names.len(), records: 0, odd: false };
            let checked = &buffer[first..];
            let clean = self.file.dialect.quote.is_none()
                || scan(&self.file.dialect, checked, whole, &mut shape).is_ok();
            clean && !shape.odd && (shape.records > 0 || whole || self.file.dialect.quote.is_none())
        };
        if !likely {
            self.pieces = stream::empty().boxed();
            self.drained = false;
            return Ok(None);
        }
        buffer.drain(..first);
        self.buffer = buffer;
        Ok(Some(from + first as u64))
    }

    fn note_start(&self, start: u64, first: u64) -> Result<()> {
        match &self.request.file.range {
            Some(range) if range.start > 0 => self
                .boundaries
                .started(&self.request.scanned.name, start, first)
                .map_err(Into::into),
            _ => Ok(()),
        }
    }

    fn note_end(&self, next: u64) -> Result<()> {
        match self.end {
            u64::MAX => Ok(()),
            end => self.boundaries.ended(&self.request.scanned.name, end, next).map_err(Into::into),
        }
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, Failure> {
        let dialect = self.file.dialect;
        while !self.finished && self.rows.count() < self.request.batch_size {
            self.rows.base = self.used;
            self.rows.most = self.request.batch_size;
            self.rows.end =
                usize::try_from(self.end.saturating_sub(self.base)).unwrap_or(usize::MAX);
            if self.used >= self.rows.end {
                self.note_end(self.base + self.used as u64)?;
                self.finished = true;
                break;
            }
            let scanned = scan(&dialect, &self.buffer[self.used..], self.drained, &mut self.rows);
            match scanned {
                Ok(used) => self.used += used,
                Err(flawed) => {
                    let record = self.used + flawed.record;
                    return Err(self.complain(record, Complaint::Quotes(flawed.flaw)));
                }
            }
            // A record that is cut off at the end of the buffer is scanned again with its rest.
            self.rows.drop_last();
            if let Some((record, found)) = self.rows.odd.take() {
                let expected = self.rows.width;
                return Err(self.complain(record, Complaint::Width { expected, found }));
            }
            if self.used >= self.rows.end {
                self.note_end(self.base + self.used as u64)?;
                self.finished = true;
            } else if self.rows.count() < self.request.batch_size {
                if self.drained {
                    self.note_end(self.base + self.used as u64)?;
                    self.finished = true;
                } else {
                    self.fill().await?;
                }
            }
        }
        match self.rows.count() {
            0 => Ok(None),
            _ => self.flush().map(Some),
        }
    }

    /// Reads the next piece.
    async fn fill(&mut self) -> Result<(), Failure> {
        if self.buffer.len() - self.used > self.options.max_line_size {
            return Err(self.complain(self.used, Complaint::TooLong));
        }
        // Nothing refers to what is done with when no rows are waiting.
        if self.rows.count() == 0 {
            self.forget();
        }
        match self.pieces.try_next().await? {
            Some(piece) if self.buffer.is_empty() => self.buffer = Vec::from(piece),
            Some(piece) => self.buffer.extend_from_slice(&piece),
            None => self.drained = true,
        }
        if self.buffer.len() >= MISSING as usize {
            return Err(self.complain(self.used, Complaint::TooLong));
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.buffer.drain(..self.used);
        self.base += self.used as u64;
        self.used = 0;
    }

    fn complain(&self, record: usize, complaint: Complaint) -> Failure {
        Failure::Complaint(Complained { offset: self.base + record as u64, complaint })
    }

    /// The rows that are waiting, as a batch.
    fn flush(&mut self) -> Result<RecordBatch, Failure> {
        let schema = Arc::clone(&self.request.schema);
        let count = self.rows.count();
        let converter = Converter { dialect: self.file.dialect, options: &self.options };
        let mut rejected = self.options.ignore_errors.then(Rejected::default);
        let mut stored: Vec<ArrayRef> = Vec::with_capacity(self.stored.len());
        for (column, wanted) in self.stored.iter().enumerate() {
            let cells = Cells {
                buffer: &self.buffer,
                spans: &self.rows.spans,
                width: self.stored.len(),
                column,
            };
            let data_type = schema.field(*wanted).data_type();
            match converter.column(cells, data_type, &mut rejected) {
                Ok(array) => stored.push(array),
                Err(row) => return Err(self.bad_value(row.0, column, data_type)),
            }
        }
        let columns = self
            .sources
            .iter()
            .zip(schema.fields())
            .map(|(source, field)| match source {
                Some(index) => Arc::clone(&stored[*index]),
                None => new_null_array(field.data_type(), count),
            })
            .collect();
        let mut batch = with_rows(schema, columns, count)?;
        if let Some(rejected) = rejected.filter(|rejected| !rejected.rows.is_empty()) {
            let mut keep = vec![true; count];
            rejected.rows.iter().for_each(|row| keep[*row] = false);
            batch = filter_record_batch(&batch, &BooleanArray::from(keep))?;
        }
        self.rows.spans.clear();
        self.rows.starts.clear();
        // Moving the rest to the front costs little when it is small beside what was used.
        if self.used * 2 > self.buffer.len() {
            self.forget();
        }
        Ok(batch)
    }

    fn bad_value(&self, row: usize, column: usize, data_type: &DataType) -> Failure {
        let (start, end) = self.rows.spans[row * self.stored.len() + column];
        let raw = &self.buffer[start as usize..end as usize];
        let converter = Converter { dialect: self.file.dialect, options: &self.options };
        let mut scratch = vec![];
        let text = converter.text(raw, true, &mut scratch).unwrap_or(raw).to_vec();
        let column = self.request.schema.field(self.stored[column]).name().clone();
        let complaint = Complaint::Value { column, data_type: data_type.clone(), text };
        self.complain(self.rows.starts[row] as usize, complaint)
    }
}

/// The first record at or after `start`, found by reading all records before it.
async fn search(request: &OpenRequest, file: &CsvFile, start: u64) -> Result<u64> {
    let meta = &request.file.object_meta;
    let mut offset = file.data_start;
    let mut pieces = bytes::stored(&request.store, &meta.location, offset..meta.size).await?;
    let mut buffer = vec![];
    let mut whole = false;
    loop {
        match pieces.try_next().await? {
            Some(piece) => buffer.extend_from_slice(&piece),
            None => whole = true,
        }
        let mut finding = Finding { base: offset, start };
        // A flawed record ends where its line ends, as in the scan that will complain about it.
        let used = scan(&file.dialect, &buffer, whole, &mut finding).unwrap_or(buffer.len());
        buffer.drain(..used);
        offset += used as u64;
        if whole || offset >= start {
            return Ok(offset);
        }
    }
}

fn with_rows(schema: SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}

/// The rows that wait to become a batch.
#[derive(Default)]
struct Rows {
    /// For each column of the file, whether it is wanted.
    kept: Vec<bool>,
    /// How many fields a record must have.
    width: usize,
    null_padding: bool,
    ignore_errors: bool,
    /// The wanted fields, row by row.
    spans: Vec<Span>,
    /// Where each row starts in the buffer.
    starts: Vec<u32>,
    /// What the scanner's positions count from.
    base: usize,
    /// Rows per batch.
    most: usize,
    /// Records that start here or later belong to others.
    end: usize,
    /// The record whose width is wrong, and its width.
    odd: Option<(usize, usize)>,
}

impl Rows {
    fn count(&self) -> usize {
        self.starts.len()
    }

    /// How many fields are kept of a row.
    fn stride(&self) -> usize {
        self.kept.iter().filter(|kept| **kept).count()
    }

    fn drop_last(&mut self) {
        self.spans.truncate(self.count() * self.stride());
    }
}

impl Sink for Rows {
    #[inline]
    fn field(&mut self, index: usize, start: usize, end: usize) {
        if self.kept.get(index) == Some(&true) {
            // The buffer is never larger than what fits.
            self.spans.push(((self.base + start) as u32, (self.base + end) as u32));
        }
    }

    #[inline]
    fn record(&mut self, record: Record) -> ControlFlow<()> {
        let fields = record.fields;
        let last = self.base + record.next >= self.end;
        let mut taken = true;
        if fields != self.width {
            // An empty line is no record, unless a record is one field.
            if record.is_empty() {
                taken = false;
            } else if fields < self.width && self.null_padding {
                let stride = self.stride();
                self.spans.resize((self.count() + 1) * stride, (MISSING, MISSING));
            } else if self.ignore_errors {
                taken = false;
            } else {
                self.odd = Some((self.base + record.start, fields));
                return ControlFlow::Break(());
            }
        }
        match taken {
            true => self.starts.push((self.base + record.start) as u32),
            false => self.drop_last(),
        }
        match last || self.starts.len() >= self.most {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn flawed(&mut self, _flawed: Flawed) -> ControlFlow<()> {
        match self.ignore_errors {
            true => {
                self.drop_last();
                ControlFlow::Continue(())
            }
            false => ControlFlow::Break(()),
        }
    }
}

/// Whether records have the right width.
struct Shape {
    width: usize,
    records: usize,
    odd: bool,
}

impl Sink for Shape {
    fn field(&mut self, _index: usize, _start: usize, _end: usize) {}

    fn record(&mut self, record: Record) -> ControlFlow<()> {
        self.records += 1;
        self.odd |= record.fields != self.width && !record.is_empty();
        match self.odd {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn flawed(&mut self, _flawed: Flawed) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

/// Stops at the first record that starts at or after an offset.
struct Finding {
    base: u64,
    start: u64,
}

impl Sink for Finding {
    fn field(&mut self, _index: usize, _start: usize, _end: usize) {}

    fn record(&mut self, record: Record) -> ControlFlow<()> {
        match self.base + record.next as u64 >= self.start {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn flawed(&mut self, _flawed: Flawed) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
