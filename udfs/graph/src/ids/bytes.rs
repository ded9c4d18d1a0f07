//! Identifiers that are texts, binary data or anything else that has an order.
//!
//! Texts and binary data are bytes as they are; other types are encoded in Arrow's row format, whose bytes
//! sort as the values do. Each partition interns its identifiers while it reads, so that batches are not
//! kept, and the partitions' tables are merged and sorted afterwards.

use std::sync::Arc;

use algorithms::{Error as KernelError, Node};
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryBuilder, BinaryViewBuilder, LargeBinaryBuilder,
    LargeStringBuilder, StringBuilder, StringViewBuilder,
};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use extension::{Error, Result};
use hashbrown::HashTable;
use rayon::prelude::*;

use super::integers::hash;

/// How values of a type become bytes and come back.
#[derive(Debug)]
struct Codec {
    data_type: DataType,
    /// For types that are not bytes by themselves.
    rows: Option<RowConverter>,
}

impl Codec {
    fn new(data_type: &DataType) -> Result<Self> {
        use DataType as T;
        let rows = match data_type {
            T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Binary | T::LargeBinary | T::BinaryView => {
                None
            }
            other => Some(RowConverter::new(vec![SortField::new(other.clone())])?),
        };
        Ok(Self { data_type: data_type.clone(), rows })
    }

    /// Hands the bytes of each value to `act`; values must not be NULL.
    fn each(&self, array: &ArrayRef, mut act: impl FnMut(usize, &[u8])) -> Result<()> {
        macro_rules! bytes {
            ($array:expr) => {{
                let array = $array;
                for row in 0..array.len() {
                    let value: &[u8] = array.value(row).as_ref();
                    act(row, value);
                }
            }};
        }
        match (&self.rows, array.data_type()) {
            (Some(converter), _) => {
                let rows = converter.convert_columns(std::slice::from_ref(array))?;
                rows.iter().enumerate().for_each(|(index, row)| act(index, row.as_ref()));
            }
            (None, DataType::Utf8) => bytes!(array.as_string::<i32>()),
            (None, DataType::LargeUtf8) => bytes!(array.as_string::<i64>()),
            (None, DataType::Utf8View) => bytes!(array.as_string_view()),
            (None, DataType::Binary) => bytes!(array.as_binary::<i32>()),
            (None, DataType::LargeBinary) => bytes!(array.as_binary::<i64>()),
            (None, DataType::BinaryView) => bytes!(array.as_binary_view()),
            (None, other) => return Err(Error::internal(format!("{other} has no bytes"))),
        }
        Ok(())
    }

    /// The values of bytes.
    fn decode<'b>(&self, values: impl Iterator<Item = Option<&'b [u8]>>) -> Result<ArrayRef> {
        macro_rules! texts {
            ($builder:expr) => {{
                let mut builder = $builder;
                for value in values {
                    let text = value.map(|value| std::str::from_utf8(value)).transpose();
                    builder.append_option(
                        text.map_err(|_| Error::internal("an identifier lost its encoding"))?,
                    );
                }
                Arc::new(builder.finish()) as ArrayRef
            }};
        }
        macro_rules! binary {
            ($builder:expr) => {{
                let mut builder = $builder;
                values.for_each(|value| builder.append_option(value));
                Arc::new(builder.finish()) as ArrayRef
            }};
        }
        Ok(match (&self.rows, &self.data_type) {
            (Some(converter), _) => {
                let parser = converter.parser();
                // The encoding of NULL, for nodes that are none.
                let null = arrow::array::new_null_array(&self.data_type, 1);
                let null = converter.convert_columns(&[null])?;
                let rows = values.map(|value| match value {
                    Some(value) => parser.parse(value),
                    None => null.row(0),
                });
                let mut columns = converter.convert_rows(rows)?;
                columns.pop().ok_or_else(|| Error::internal("a row without a column"))?
            }
            (None, DataType::Utf8) => texts!(StringBuilder::new()),
            (None, DataType::LargeUtf8) => texts!(LargeStringBuilder::new()),
            (None, DataType::Utf8View) => texts!(StringViewBuilder::new()),
            (None, DataType::Binary) => binary!(BinaryBuilder::new()),
            (None, DataType::LargeBinary) => binary!(LargeBinaryBuilder::new()),
            (None, DataType::BinaryView) => binary!(BinaryViewBuilder::new()),
            (None, other) => return Err(Error::internal(format!("{other} has no bytes"))),
        })
    }
}

/// Distinct byte strings in one buffer.
#[derive(Debug)]
struct Arena {
    data: Vec<u8>,
    ends: Vec<usize>,
}

impl Arena {
    fn new() -> Self {
        Self { data: vec![], ends: vec![] }
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, index: usize) -> &[u8] {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends[before],
            None => 0,
        };
        &self.data[start..self.ends[index]]
    }

    fn push(&mut self, value: &[u8]) {
        self.data.extend_from_slice(value);
        self.ends.push(self.data.len());
    }
}

/// Gives identifiers numbers as they come.
#[derive(Debug)]
pub(crate) struct Interner {
    codec: Codec,
    arena: Arena,
    table: HashTable<u32>,
}

impl Interner {
    pub(crate) fn new(data_type: &DataType) -> Result<Self> {
        Ok(Self { codec: Codec::new(data_type)?, arena: Arena::new(), table: HashTable::new() })
    }

    /// The numbers of identifiers, which must not be NULL, in the order of their first appearance.
    pub(crate) fn intern(&mut self, array: &ArrayRef) -> Result<Vec<u32>> {
        let mut numbers = Vec::with_capacity(array.len());
        let (arena, table) = (&mut self.arena, &mut self.table);
        self.codec.each(array, |_, value| numbers.push(number(arena, table, value)))?;
        Ok(numbers)
    }

    /// How many bytes the table takes.
    pub(crate) fn bytes(&self) -> usize {
        self.arena.data.capacity() + self.arena.ends.capacity() * 8 + self.table.capacity() * 5
    }
}

fn number(arena: &mut Arena, table: &mut HashTable<u32>, value: &[u8]) -> u32 {
    let hashed = hash(value);
    if let Some(found) = table.find(hashed, |index| arena.get(*index as usize) == value) {
        return *found;
    }
    let index = arena.len() as u32;
    arena.push(value);
    table.insert_unique(hashed, index, |index| hash(arena.get(*index as usize)));
    index
}

/// Identifiers, in order.
#[derive(Debug)]
pub(crate) struct ByteTable {
    codec: Codec,
    arena: Arena,
}

impl ByteTable {
    /// The identifiers of all partitions, and for each partition the nodes of its numbers.
    pub(crate) fn merge(
        data_type: &DataType,
        interners: Vec<Interner>,
        grow: &dyn Fn(usize) -> Result<(), KernelError>,
    ) -> Result<(Self, Vec<Vec<Node>>), KernelError> {
        let bytes: usize = interners.iter().map(Interner::bytes).sum();
        grow(bytes * 2)?;
        let codec = Codec::new(data_type).map_err(internal)?;
        let mut parts = interners.into_iter();
        let mut all = match parts.next() {
            Some(first) => first,
            None => return Ok((Self { codec, arena: Arena::new() }, vec![])),
        };
        let mut numbers: Vec<Vec<u32>> = vec![(0..all.arena.len() as u32).collect()];
        for part in parts {
            let of_part = (0..part.arena.len())
                .map(|index| number(&mut all.arena, &mut all.table, part.arena.get(index)))
                .collect();
            numbers.push(of_part);
        }
        let count = all.arena.len();
        if count >= Node::MAX as usize {
            return Err(KernelError::TooManyNodes { nodes: count });
        }
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.par_sort_unstable_by(|a, b| {
            all.arena.get(*a as usize).cmp(all.arena.get(*b as usize))
        });
        let mut nodes = vec![0; count];
        let mut arena = Arena {
            data: Vec::with_capacity(all.arena.data.len()),
            ends: Vec::with_capacity(count),
        };
        for (node, number) in order.into_iter().enumerate() {
            nodes[number as usize] = node as Node;
            arena.push(all.arena.get(number as usize));
        }
        for part in &mut numbers {
            part.iter_mut().for_each(|number| *number = nodes[*number as usize]);
        }
        Ok((Self { codec, arena }, numbers))
    }

    pub(crate) fn len(&self) -> usize {
        self.arena.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.arena.data.len() + self.arena.ends.len() * 8
    }

    pub(crate) fn of(&self, nodes: impl Iterator<Item = Option<Node>>) -> Result<ArrayRef> {
        self.codec.decode(nodes.map(|node| node.map(|node| self.arena.get(node as usize))))
    }

    pub(crate) fn find(&self, ids: &ArrayRef) -> Result<Vec<Option<Node>>> {
        let mut found = vec![None; ids.len()];
        self.codec.each(ids, |row, value| {
            if ids.is_valid(row) {
                found[row] = self.search(value);
            }
        })?;
        Ok(found)
    }

    fn search(&self, value: &[u8]) -> Option<Node> {
        let (mut low, mut high) = (0, self.arena.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.arena.get(middle).cmp(value) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle as Node),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

fn internal(error: Error) -> KernelError {
    KernelError::InvalidAdjacency { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use arrow::array::{BooleanArray, Decimal128Array, StringArray, StringViewArray};

    use super::*;

    fn check(parts: Vec<ArrayRef>, expected: ArrayRef) {
        let data_type = expected.data_type().clone();
        let mut interners = vec![];
        let mut local = vec![];
        for part in &parts {
            let mut interner = Interner::new(&data_type).unwrap();
            local.push(interner.intern(part).unwrap());
            interners.push(interner);
        }
        let (table, nodes) = ByteTable::merge(&data_type, interners, &|_| Ok(())).unwrap();
        assert_eq!(&table.of((0..table.len()).map(|n| Some(n as Node))).unwrap(), &expected);
        for ((part, local), nodes) in parts.iter().zip(local).zip(nodes) {
            let found = table.find(part).unwrap();
            let given: Vec<_> = local.iter().map(|n| Some(nodes[*n as usize])).collect();
            assert_eq!(found, given);
        }
    }

    #[test]
    fn ids_are_numbered_in_order() {
        let texts = |values: &[&str]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
        check(
            vec![texts(&["b", "a", "b"]), texts(&["", "c", "a"]), texts(&[])],
            texts(&["", "a", "b", "c"]),
        );
        let views = |values: &[&str]| Arc::new(StringViewArray::from(values.to_vec())) as ArrayRef;
        check(vec![views(&["zoë", "ann"])], views(&["ann", "zoë"]));
        let truths = |values: &[bool]| Arc::new(BooleanArray::from(values.to_vec())) as ArrayRef;
        check(vec![truths(&[true]), truths(&[false, true])], truths(&[false, true]));
        let decimals =
            |values: &[i128]| Arc::new(Decimal128Array::from(values.to_vec())) as ArrayRef;
        check(vec![decimals(&[5, -7]), decimals(&[0])], decimals(&[-7, 0, 5]));
    }
}
