//! The memory of arrays, each buffer counted once however many arrays share it.

use arrow::array::{Array, ArrayData, RecordBatch};
use datafusion::common::HashSet;

/// Buffers that were counted.
#[derive(Debug, Default)]
pub(crate) struct Buffers(HashSet<usize>);

impl Buffers {
    /// Bytes of the batch's buffers that were not counted before.
    pub(crate) fn add(&mut self, rows: &RecordBatch) -> usize {
        rows.columns().iter().map(|column| self.add_data(&column.to_data())).sum()
    }

    fn add_data(&mut self, data: &ArrayData) -> usize {
        let nulls = data.nulls().map(|nulls| nulls.buffer());
        let own: usize = data
            .buffers()
            .iter()
            .chain(nulls)
            // A slice is known by the allocation that it keeps alive.
            .filter(|buffer| self.0.insert(buffer.data_ptr().as_ptr() as usize))
            .map(|buffer| buffer.capacity())
            .sum();
        own + data.child_data().iter().map(|child| self.add_data(child)).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};

    use super::Buffers;

    #[test]
    fn slices_of_an_array_are_counted_once() {
        let array: ArrayRef = Arc::new(Int64Array::from_iter_values(0..1000));
        let rows = RecordBatch::try_from_iter([("a", array)]).unwrap();
        let mut buffers = Buffers::default();
        assert!(buffers.add(&rows.slice(0, 10)) >= 8000);
        assert_eq!(buffers.add(&rows.slice(500, 10)), 0);
    }
}
