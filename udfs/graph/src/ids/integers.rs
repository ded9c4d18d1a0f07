//! Identifiers that are whole numbers, or are stored as such: dates, times, timestamps.
//!
//! All of them are read as 64-bit keys that sort as the values do. Where the keys lie close together a
//! bitmap says which occur, and a node's number is the count of those before it, without any hashing.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use algorithms::{Error as KernelError, Node, Run};
use arrow::array::{Array, ArrayRef, AsArray, Int64Array, make_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, UInt64Type};
use datafusion::common::hash_utils::RandomState;
use extension::{Error, Result};
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

/// Keys this far apart for each end of an edge are still close together: a bitmap of them takes fewer
/// bytes than the edges.
const SPREAD: u64 = 32;

/// Whether identifiers of a type are compacted as integers.
pub(crate) fn is_integer(data_type: &DataType) -> bool {
    physical(data_type).is_some()
}

/// The integers that values of a type are stored as.
fn physical(data_type: &DataType) -> Option<DataType> {
    use DataType as T;
    Some(match data_type {
        T::Int8 | T::Int16 | T::Int32 | T::Int64 => data_type.clone(),
        T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => data_type.clone(),
        T::Date32 | T::Time32(_) => T::Int32,
        T::Date64 | T::Time64(_) | T::Timestamp(..) | T::Duration(_) => T::Int64,
        _ => return None,
    })
}

/// The same values under a type that is stored likewise.
fn reinterpret(array: &dyn Array, data_type: DataType) -> Result<ArrayRef> {
    let data = array.to_data().into_builder().data_type(data_type);
    Ok(make_array(data.build()?))
}

/// A column of identifiers as keys.
#[derive(Debug, Clone)]
pub(crate) struct IntegerColumn(Int64Array);

impl IntegerColumn {
    /// The keys of identifiers.
    pub(crate) fn new(array: &ArrayRef) -> Result<Self> {
        let Some(stored) = physical(array.data_type()) else {
            let message = format!("{} is no integer", array.data_type());
            return Err(Error::internal(message));
        };
        let array = match *array.data_type() == stored {
            true => Arc::clone(array),
            false => reinterpret(array, stored)?,
        };
        Ok(Self(match array.data_type() {
            DataType::Int64 => array.as_primitive::<Int64Type>().clone(),
            DataType::UInt64 => {
                array.as_primitive::<UInt64Type>().unary(|value| (value ^ (1 << 63)) as i64)
            }
            _ => cast(&array, &DataType::Int64)?.as_primitive::<Int64Type>().clone(),
        }))
    }

    /// The keys; those of NULLs are arbitrary.
    pub(crate) fn keys(&self) -> &[i64] {
        self.0.values()
    }
}

/// Identifiers, in order.
#[derive(Debug)]
pub(crate) struct IntegerIds {
    data_type: DataType,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    /// All keys from the first one on.
    Dense { first: i64, count: usize },
    /// These keys.
    Sorted(Vec<i64>),
}

/// How keys become node numbers while a graph is built.
#[derive(Debug)]
pub(crate) enum Numbers {
    /// The number is the distance from the first key.
    Dense { first: i64 },
    /// The number is the count of the bits before the key's.
    Ranked { first: i64, words: Vec<u64>, ranks: Vec<Node> },
    /// The numbers in a table.
    Hashed(HashMap<i64, Node, RandomState>),
}

impl Numbers {
    /// The number of a key that was there when the numbers were given.
    #[inline]
    pub(crate) fn of(&self, key: i64) -> Node {
        match self {
            Self::Dense { first } => key.wrapping_sub(*first) as Node,
            Self::Ranked { first, words, ranks } => {
                let bit = key.wrapping_sub(*first) as u64;
                let word = (bit / 64) as usize;
                let below = words[word] & ((1 << (bit % 64)) - 1);
                ranks[word] + below.count_ones()
            }
            Self::Hashed(numbers) => numbers.get(&key).copied().unwrap_or_default(),
        }
    }
}

impl IntegerIds {
    pub(crate) fn len(&self) -> usize {
        match &self.keys {
            Keys::Dense { count, .. } => *count,
            Keys::Sorted(keys) => keys.len(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match &self.keys {
            Keys::Dense { .. } => 0,
            Keys::Sorted(keys) => keys.len() * 8,
        }
    }

    pub(crate) fn of(&self, nodes: impl Iterator<Item = Option<Node>>) -> Result<ArrayRef> {
        let key = |node: Node| match &self.keys {
            Keys::Dense { first, .. } => first.wrapping_add(i64::from(node)),
            Keys::Sorted(keys) => keys[node as usize],
        };
        let keys: Int64Array = nodes.map(|node| node.map(key)).collect();
        let Some(stored) = physical(&self.data_type) else {
            return Err(Error::internal(format!("{} is no integer", self.data_type)));
        };
        let array: ArrayRef = match stored {
            DataType::Int64 => Arc::new(keys),
            DataType::UInt64 => {
                Arc::new(keys.unary::<_, UInt64Type>(|key| (key as u64) ^ (1 << 63)))
            }
            _ => cast(&keys, &stored)?,
        };
        match array.data_type() == &self.data_type {
            true => Ok(array),
            false => reinterpret(&array, self.data_type.clone()),
        }
    }

    pub(crate) fn find(&self, ids: &ArrayRef) -> Result<Vec<Option<Node>>> {
        let column = IntegerColumn::new(ids)?;
        let find = |key: i64| match &self.keys {
            Keys::Dense { first, count } => {
                let distance = i128::from(key) - i128::from(*first);
                usize::try_from(distance).ok().filter(|at| at < count).map(|at| at as Node)
            }
            Keys::Sorted(keys) => keys.binary_search(&key).ok().map(|at| at as Node),
        };
        let keys = column.keys().iter().enumerate();
        Ok(keys.map(|(row, key)| if ids.is_valid(row) { find(*key) } else { None }).collect())
    }
}

/// The distinct keys of `columns`, and the numbers that they get. `grow` is told of memory before it is
/// taken.
pub(crate) fn compact(
    data_type: DataType,
    columns: &[IntegerColumn],
    run: &Run,
    grow: &dyn Fn(usize) -> Result<(), KernelError>,
) -> Result<(IntegerIds, Numbers), KernelError> {
    let count: usize = columns.iter().map(|column| column.keys().len()).sum();
    let bounds = columns
        .par_iter()
        .filter_map(|column| {
            let keys = column.keys();
            let first = *keys.first()?;
            Some(
                keys.iter()
                    .fold((first, first), |(least, most), key| (least.min(*key), most.max(*key))),
            )
        })
        .reduce_with(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let Some((first, last)) = bounds else {
        let ids = IntegerIds { data_type, keys: Keys::Sorted(vec![]) };
        return Ok((ids, Numbers::Dense { first: 0 }));
    };
    run.check()?;
    let span = last.wrapping_sub(first) as u64;
    let close = span / SPREAD <= count as u64 + 1024;
    let (keys, numbers) = match close {
        true => ranked(first, span, columns, run, grow)?,
        false => hashed(columns, run, grow)?,
    };
    Ok((IntegerIds { data_type, keys }, numbers))
}

/// Numbers by a bitmap of the keys.
fn ranked(
    first: i64,
    span: u64,
    columns: &[IntegerColumn],
    run: &Run,
    grow: &dyn Fn(usize) -> Result<(), KernelError>,
) -> Result<(Keys, Numbers), KernelError> {
    let words = (span / 64) as usize + 1;
    grow(words * 12)?;
    let bitmap: Vec<AtomicU64> = (0..words).map(|_| AtomicU64::new(0)).collect();
    columns.par_iter().try_for_each(|column| {
        run.check()?;
        for key in column.keys() {
            let bit = key.wrapping_sub(first) as u64;
            let (word, mask) = (&bitmap[(bit / 64) as usize], 1 << (bit % 64));
            // Most keys were seen before, and reading is cheaper than writing.
            if word.load(Ordering::Relaxed) & mask == 0 {
                word.fetch_or(mask, Ordering::Relaxed);
            }
        }
        Ok::<(), KernelError>(())
    })?;
    let words: Vec<u64> = bitmap.into_iter().map(AtomicU64::into_inner).collect();
    let mut ranks = Vec::with_capacity(words.len());
    let mut nodes = 0_u64;
    for word in &words {
        ranks.push(nodes as Node);
        nodes += u64::from(word.count_ones());
    }
    if nodes == span + 1 {
        let keys = Keys::Dense { first, count: nodes as usize };
        return Ok((keys, Numbers::Dense { first }));
    }
    too_many(nodes as usize)?;
    grow(nodes as usize * 8)?;
    let mut keys = Vec::with_capacity(nodes as usize);
    for (index, word) in words.iter().enumerate() {
        let mut left = *word;
        while left != 0 {
            let bit = index as u64 * 64 + u64::from(left.trailing_zeros());
            keys.push(first.wrapping_add(bit as i64));
            left &= left - 1;
        }
    }
    Ok((Keys::Sorted(keys), Numbers::Ranked { first, words, ranks }))
}

/// Numbers by a hash table, for keys far apart.
fn hashed(
    columns: &[IntegerColumn],
    run: &Run,
    grow: &dyn Fn(usize) -> Result<(), KernelError>,
) -> Result<(Keys, Numbers), KernelError> {
    let hasher = RandomState::default();
    let distinct = columns
        .par_iter()
        .try_fold(
            || HashSet::with_hasher(hasher.clone()),
            |mut seen: HashSet<i64, RandomState>, column| {
                run.check()?;
                seen.extend(column.keys());
                Ok::<_, KernelError>(seen)
            },
        )
        .try_reduce(
            || HashSet::with_hasher(hasher.clone()),
            |mut a, mut b| {
                if a.len() < b.len() {
                    std::mem::swap(&mut a, &mut b);
                }
                a.extend(b);
                Ok(a)
            },
        )?;
    too_many(distinct.len())?;
    grow(distinct.len() * (8 + 2 * 17))?;
    let mut keys: Vec<i64> = distinct.into_iter().collect();
    keys.par_sort_unstable();
    let mut numbers = HashMap::with_capacity_and_hasher(keys.len(), hasher);
    numbers.extend(keys.iter().copied().zip(0..));
    Ok((Keys::Sorted(keys), Numbers::Hashed(numbers)))
}

fn too_many(nodes: usize) -> Result<(), KernelError> {
    match nodes >= Node::MAX as usize {
        true => Err(KernelError::TooManyNodes { nodes }),
        false => Ok(()),
    }
}

/// A hasher of the kind that is used here, for others.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    RandomState::default().hash_one(bytes)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, Int64Array, UInt64Array};

    use super::*;

    fn check(ids: ArrayRef, expected: ArrayRef) {
        let columns = [IntegerColumn::new(&ids).unwrap()];
        let run = Run::default();
        let data_type = ids.data_type().clone();
        let (known, numbers) = compact(data_type, &columns, &run, &|_| Ok(())).unwrap();
        assert_eq!(&known.of((0..known.len()).map(|n| Some(n as Node))).unwrap(), &expected);
        let found = known.find(&ids).unwrap();
        for (key, found) in columns[0].keys().iter().zip(found) {
            assert_eq!(Some(numbers.of(*key)), found);
        }
    }

    #[test]
    fn ids_are_numbered_in_order() {
        check(
            Arc::new(Int64Array::from(vec![7, 5, 6, 7])),
            Arc::new(Int64Array::from(vec![5, 6, 7])),
        );
        check(
            Arc::new(Int64Array::from(vec![900, -3, 0, 900])),
            Arc::new(Int64Array::from(vec![-3, 0, 900])),
        );
        check(
            Arc::new(Int64Array::from(vec![i64::MAX, i64::MIN, 0])),
            Arc::new(Int64Array::from(vec![i64::MIN, 0, i64::MAX])),
        );
        check(
            Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1 << 63])),
            Arc::new(UInt64Array::from(vec![0, 1 << 63, u64::MAX])),
        );
        check(
            Arc::new(Date32Array::from(vec![20_000, -1, 3])),
            Arc::new(Date32Array::from(vec![-1, 3, 20_000])),
        );
    }
}
