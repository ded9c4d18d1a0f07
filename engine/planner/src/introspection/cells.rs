//! Values of a listing, and their columns.

use std::sync::Arc;

use datafusion::arrow::array::Int64Builder;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int32Array, Int64Array, ListBuilder, MapBuilder, StringArray,
    StringBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field};

/// The type of a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// A BIGINT.
    Number,
    /// An INTEGER.
    Small,
    Truth,
    Texts,
    Numbers,
    /// An empty map from text to text: nothing here has tags.
    Tags,
}

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    None,
    Text(String),
    Number(i64),
    Truth(bool),
    Texts(Vec<String>),
    Numbers(Vec<i64>),
}

impl Kind {
    pub(super) fn field(self, name: &str) -> Field {
        Field::new(name, self.data_type(), true)
    }

    fn data_type(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Number => DataType::Int64,
            Kind::Small => DataType::Int32,
            Kind::Truth => DataType::Boolean,
            Kind::Texts => DataType::new_list(DataType::Utf8, true),
            Kind::Numbers => DataType::new_list(DataType::Int64, true),
            Kind::Tags => {
                let key = Field::new("keys", DataType::Utf8, false);
                let value = Field::new("values", DataType::Utf8, true);
                let entries = DataType::Struct(vec![key, value].into());
                DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
            }
        }
    }
}

/// A column of the rows.
pub(super) fn column(kind: Kind, rows: &[Vec<Cell>], index: usize) -> ArrayRef {
    let cells = rows.iter().map(|row| row.get(index).unwrap_or(&Cell::None));
    let number = |cell: &Cell| match cell {
        Cell::Number(number) => Some(*number),
        _ => None,
    };
    match kind {
        Kind::Text => Arc::new(StringArray::from_iter(cells.map(|cell| match cell {
            Cell::Text(text) => Some(text.as_str()),
            _ => None,
        }))),
        Kind::Number => Arc::new(Int64Array::from_iter(cells.map(number))),
        Kind::Small => Arc::new(Int32Array::from_iter(
            cells.map(|cell| number(cell).and_then(|number| i32::try_from(number).ok())),
        )),
        Kind::Truth => Arc::new(BooleanArray::from_iter(cells.map(|cell| match cell {
            Cell::Truth(truth) => Some(*truth),
            _ => None,
        }))),
        Kind::Texts => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for cell in cells {
                match cell {
                    Cell::Texts(texts) => lists.append_value(texts.iter().map(Some)),
                    _ => lists.append_null(),
                }
            }
            Arc::new(lists.finish())
        }
        Kind::Numbers => {
            let mut lists = ListBuilder::new(Int64Builder::new());
            for cell in cells {
                match cell {
                    Cell::Numbers(numbers) => {
                        lists.append_value(numbers.iter().map(|number| Some(*number)));
                    }
                    _ => lists.append_null(),
                }
            }
            Arc::new(lists.finish())
        }
        Kind::Tags => {
            let mut maps = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
            for _ in cells {
                // Keys and values are as many as there are: none.
                let _ = maps.append(true);
            }
            Arc::new(maps.finish())
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_string())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Cell::Number(number)
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Cell::Number(number as i64)
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Self {
        Cell::Truth(truth)
    }
}

impl From<Vec<String>> for Cell {
    fn from(texts: Vec<String>) -> Self {
        Cell::Texts(texts)
    }
}

impl From<Vec<i64>> for Cell {
    fn from(numbers: Vec<i64>) -> Self {
        Cell::Numbers(numbers)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::None, Into::into)
    }
}
