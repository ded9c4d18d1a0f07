//! The rows a table shows: the first and the last ones, while those between are only counted.

use std::collections::VecDeque;

use engine::arrow::record_batch::RecordBatch;

/// Keeps what is shown of a result of any length.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// The most rows that are shown; 0 for all.
    limit: usize,
    head: Vec<RecordBatch>,
    head_rows: usize,
    tail: VecDeque<RecordBatch>,
    tail_rows: usize,
    total: usize,
}

impl Collected {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Counts the rows and keeps those that may be shown.
    pub(super) fn push(&mut self, batch: &RecordBatch) {
        let rows = batch.num_rows();
        self.total += rows;
        let wanted = match self.limit {
            0 => rows,
            limit => rows.min(limit - self.head_rows),
        };
        if wanted > 0 {
            self.head.push(batch.slice(0, wanted));
            self.head_rows += wanted;
        }
        if wanted < rows {
            self.tail.push_back(batch.slice(wanted, rows - wanted));
            self.tail_rows += rows - wanted;
            // Batches go as soon as those behind them hold enough rows.
            while let Some(front) = self.tail.front() {
                if self.tail_rows - front.num_rows() < self.limit {
                    break;
                }
                self.tail_rows -= front.num_rows();
                self.tail.pop_front();
            }
        }
    }

    /// How many rows there were.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// The first and the last rows; no last ones if all rows are among the first.
    pub(super) fn ends(&self) -> (Vec<RecordBatch>, Vec<RecordBatch>) {
        if self.limit == 0 || self.total <= self.limit {
            return (self.head.clone(), vec![]);
        }
        let mut wanted = self.limit.div_ceil(2);
        let mut head = vec![];
        for batch in &self.head {
            let rows = wanted.min(batch.num_rows());
            head.push(batch.slice(0, rows));
            wanted -= rows;
        }
        let mut wanted = self.limit / 2;
        let mut tail = vec![];
        for batch in self.head.iter().chain(&self.tail).rev() {
            let rows = wanted.min(batch.num_rows());
            tail.push(batch.slice(batch.num_rows() - rows, rows));
            wanted -= rows;
        }
        tail.reverse();
        (head, tail)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use engine::arrow::array::{ArrayRef, AsArray, Int64Array};
    use engine::arrow::datatypes::Int64Type;
    use engine::arrow::record_batch::RecordBatch;

    use super::Collected;

    fn numbers(batches: &[RecordBatch]) -> Vec<i64> {
        let values =
            |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().values().to_vec();
        batches.iter().flat_map(values).collect()
    }

    #[test]
    fn the_ends_are_the_same_however_rows_arrive() {
        for size in [1, 2, 3, 7, 100] {
            let mut collected = Collected::new(5);
            let all: Vec<i64> = (0..100).collect();
            for chunk in all.chunks(size) {
                let column: ArrayRef = Arc::new(Int64Array::from(chunk.to_vec()));
                collected.push(&RecordBatch::try_from_iter([("n", column)]).unwrap());
            }
            let (head, tail) = collected.ends();
            assert_eq!(collected.total(), 100);
            assert_eq!(numbers(&head), [0, 1, 2]);
            assert_eq!(numbers(&tail), [98, 99]);
        }
    }

    #[test]
    fn a_short_result_is_all_head() {
        let mut collected = Collected::new(5);
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5]));
        collected.push(&RecordBatch::try_from_iter([("n", column)]).unwrap());
        let (head, tail) = collected.ends();
        assert_eq!(numbers(&head), [1, 2, 3, 4, 5]);
        assert!(tail.is_empty());
    }
}
