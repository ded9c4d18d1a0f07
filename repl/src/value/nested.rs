//! Lists, structs and maps, which every notation writes alike but for its punctuation.

use std::ops::Range;

use engine::arrow::array::{Array, ArrayRef, AsArray};
use engine::arrow::datatypes::DataType;

/// What a notation puts around and between the parts of nested values.
pub(crate) trait Notation {
    /// Between elements, fields and entries.
    const SEPARATOR: &str;
    /// Before the first entry of a map.
    const MAP: &str;
    /// Between key and value of a map.
    const KEY: &str;

    /// Appends the name of a struct's field, and what stands between it and the value.
    fn name(out: &mut String, name: &str);

    /// Appends the key of a map.
    fn key(out: &mut String, array: &dyn Array, row: usize) {
        Self::value(out, array, row);
    }

    /// Appends a value inside a nested one, or NULL.
    fn value(out: &mut String, array: &dyn Array, row: usize);
}

/// Appends a list, struct or map; false for a value of any other type, which is left to the caller.
pub(crate) fn write_nested<N: Notation>(out: &mut String, array: &dyn Array, row: usize) -> bool {
    match array.data_type() {
        DataType::Struct(_) => {
            let structure = array.as_struct();
            let names = structure.column_names();
            separated::<N>(out, "{", "}", 0..names.len(), |out, index| {
                N::name(out, names[index]);
                N::value(out, structure.column(index).as_ref(), row);
            });
        }
        DataType::Map(_, _) => {
            let map = array.as_map();
            separated::<N>(out, N::MAP, "}", offsets(map.value_offsets(), row), |out, entry| {
                N::key(out, map.keys().as_ref(), entry);
                out.push_str(N::KEY);
                N::value(out, map.values().as_ref(), entry);
            });
        }
        _ => {
            let Some((values, range)) = elements(array, row) else { return false };
            separated::<N>(out, "[", "]", range, |out, element| {
                N::value(out, values.as_ref(), element);
            });
        }
    }
    true
}

fn separated<N: Notation>(
    out: &mut String,
    open: &str,
    close: &str,
    parts: Range<usize>,
    write: impl Fn(&mut String, usize),
) {
    out.push_str(open);
    for part in parts.clone() {
        if part > parts.start {
            out.push_str(N::SEPARATOR);
        }
        write(out, part);
    }
    out.push_str(close);
}

/// The elements of a list of any kind.
fn elements(array: &dyn Array, row: usize) -> Option<(&ArrayRef, Range<usize>)> {
    fn view<O: TryInto<usize>, S: TryInto<usize>>(offset: O, size: S) -> Range<usize> {
        let start = offset.try_into().unwrap_or_default();
        start..start + size.try_into().unwrap_or_default()
    }
    Some(match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            (list.values(), offsets(list.value_offsets(), row))
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            (list.values(), offsets(list.value_offsets(), row))
        }
        DataType::FixedSizeList(_, _) => {
            let list = array.as_fixed_size_list();
            (list.values(), view(list.value_offset(row), list.value_length()))
        }
        DataType::ListView(_) => {
            let list = array.as_list_view::<i32>();
            (list.values(), view(list.value_offsets()[row], list.value_sizes()[row]))
        }
        DataType::LargeListView(_) => {
            let list = array.as_list_view::<i64>();
            (list.values(), view(list.value_offsets()[row], list.value_sizes()[row]))
        }
        _ => return None,
    })
}

/// The range of a row in the child of a list or map.
fn offsets<O: Copy + TryInto<usize>>(offsets: &[O], row: usize) -> Range<usize> {
    let at = |index: usize| offsets[index].try_into().unwrap_or_default();
    at(row)..at(row + 1)
}
