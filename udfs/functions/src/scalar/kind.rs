//! What may stand at the place of an argument, and the conversion that makes it fit.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit, TimeUnit};

/// What an argument may be. Kernels see the one type that the kind converts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text of any encoding.
    Text,
    /// A whole number, as BIGINT.
    Integer,
    /// A number, as DOUBLE.
    Double,
    /// True or false.
    Boolean,
    /// A number of any type, as it is.
    Number,
    /// A DATE.
    Date,
    /// A TIME of microseconds.
    Time,
    /// A TIMESTAMP of microseconds; dates and texts convert to it.
    Timestamp,
    /// A TIMESTAMP of any unit, as it is; dates convert.
    AnyTimestamp,
    /// An INTERVAL of months, days and nanoseconds.
    Interval,
    /// Bytes.
    Blob,
    /// A list, as List.
    List,
    /// A list of numbers, as a list of DOUBLE.
    Vector,
    /// A list of texts.
    Texts,
    /// A list of BIGINT.
    Integers,
    /// A list of BOOLEAN.
    Booleans,
    /// A map.
    Map,
    /// A struct.
    Struct,
    /// Anything, as it is.
    Any,
    /// As many of the kind before as are given, none included.
    More,
}

impl Kind {
    /// How the manual calls it.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Kind::Text => "VARCHAR",
            Kind::Integer => "BIGINT",
            Kind::Double => "DOUBLE",
            Kind::Boolean => "BOOLEAN",
            Kind::Number => "a number",
            Kind::Date => "DATE",
            Kind::Time => "TIME",
            Kind::Timestamp | Kind::AnyTimestamp => "TIMESTAMP or DATE",
            Kind::Interval => "INTERVAL",
            Kind::Blob => "BLOB",
            Kind::List => "a list",
            Kind::Vector => "DOUBLE[]",
            Kind::Texts => "VARCHAR[]",
            Kind::Integers => "BIGINT[]",
            Kind::Booleans => "BOOLEAN[]",
            Kind::Map => "a map",
            Kind::Struct => "a struct",
            Kind::Any => "a value of any type",
            Kind::More => "more of the same",
        }
    }

    /// The type that a value of `given` is converted to, and what that costs; `None` if it does not fit.
    fn accept(self, given: &DataType) -> Option<(DataType, u32)> {
        use DataType as T;
        const EXACT: u32 = 0;
        const WIDER: u32 = 1;
        const PARSED: u32 = 8;
        if let T::Dictionary(_, values) = given
            && self != Kind::Any
        {
            return self.accept(values).map(|(fit, cost)| (fit, cost + WIDER));
        }
        let timestamp = || T::Timestamp(TimeUnit::Microsecond, None);
        let interval = || T::Interval(IntervalUnit::MonthDayNano);
        let whole = |cost| if given.is_integer() { EXACT } else { cost };
        let fit = match (self, given) {
            (Kind::Any | Kind::More, _) => (given.clone(), 2),
            (Kind::Text, T::Utf8 | T::LargeUtf8 | T::Utf8View) => (given.clone(), EXACT),
            (Kind::Integer, T::Int64) => (T::Int64, EXACT),
            (Kind::Integer, _) if given.is_integer() => (T::Int64, WIDER),
            (Kind::Double, T::Float64) => (T::Float64, EXACT),
            (Kind::Double, _) if given.is_numeric() => (T::Float64, whole(WIDER).max(WIDER) + 1),
            (Kind::Number, _) if given.is_numeric() => (given.clone(), EXACT),
            (Kind::Boolean, T::Boolean) => (T::Boolean, EXACT),
            (Kind::Date, T::Date32) => (T::Date32, EXACT),
            (Kind::Time, T::Time64(TimeUnit::Microsecond)) => (given.clone(), EXACT),
            (Kind::Time, T::Time32(_) | T::Time64(_)) => (T::Time64(TimeUnit::Microsecond), WIDER),
            (Kind::Timestamp, T::Timestamp(TimeUnit::Microsecond, None)) => (timestamp(), EXACT),
            (Kind::Timestamp, T::Timestamp(_, None)) => (timestamp(), WIDER),
            (Kind::Timestamp, T::Date32 | T::Date64) => (timestamp(), WIDER + 1),
            // The time on a clock elsewhere is another; only UTC's is what is stored.
            (Kind::Timestamp, T::Timestamp(_, Some(zone)))
                if matches!(zone.as_ref(), "UTC" | "Z" | "+00" | "+00:00") =>
            {
                (timestamp(), WIDER + 1)
            }
            (Kind::Timestamp, T::Utf8 | T::LargeUtf8 | T::Utf8View) => (timestamp(), PARSED),
            (Kind::AnyTimestamp, T::Timestamp(_, _)) => (given.clone(), EXACT),
            (Kind::AnyTimestamp, T::Date32 | T::Date64) => (timestamp(), WIDER + 1),
            (Kind::AnyTimestamp, T::Utf8 | T::LargeUtf8 | T::Utf8View) => (timestamp(), PARSED),
            (Kind::Interval, T::Interval(_) | T::Duration(_)) => (interval(), EXACT),
            (Kind::Interval, T::Utf8 | T::LargeUtf8 | T::Utf8View) => (interval(), PARSED),
            (Kind::Blob, T::Binary | T::LargeBinary | T::BinaryView) => (given.clone(), EXACT),
            (Kind::Blob, T::FixedSizeBinary(_)) => (T::Binary, WIDER),
            (Kind::Map, T::Map(_, _)) | (Kind::Struct, T::Struct(_)) => (given.clone(), EXACT),
            (Kind::List | Kind::Vector | Kind::Texts | Kind::Integers | Kind::Booleans, _) => {
                let element = element(given)?;
                match self {
                    Kind::List => (T::List(Arc::clone(element)), EXACT),
                    Kind::Vector => list_of(Kind::Double, element)?,
                    Kind::Integers => list_of(Kind::Integer, element)?,
                    Kind::Booleans => list_of(Kind::Boolean, element)?,
                    _ => match element.data_type() {
                        T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Null => {
                            (T::new_list(T::Utf8, true), EXACT)
                        }
                        _ => return None,
                    },
                }
            }
            (_, T::Null) => {
                // NULL fits everywhere, a little worse than what is typed.
                let fit = match self {
                    Kind::Text => T::Utf8,
                    Kind::Integer | Kind::Number => T::Int64,
                    Kind::Double => T::Float64,
                    Kind::Boolean => T::Boolean,
                    Kind::Date => T::Date32,
                    Kind::Time => T::Time64(TimeUnit::Microsecond),
                    Kind::Timestamp | Kind::AnyTimestamp => timestamp(),
                    Kind::Interval => interval(),
                    Kind::Blob => T::Binary,
                    _ => T::Null,
                };
                (fit, 3)
            }
            _ => return None,
        };
        Some(fit)
    }
}

/// A list whose elements are converted to the kind.
fn list_of(kind: Kind, element: &FieldRef) -> Option<(DataType, u32)> {
    let (fit, cost) = kind.accept(element.data_type())?;
    Some((DataType::new_list(fit, true), cost))
}

/// The element of a list type.
fn element(given: &DataType) -> Option<&FieldRef> {
    match given {
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => Some(element),
        DataType::Null => {
            static UNKNOWN: std::sync::LazyLock<FieldRef> =
                std::sync::LazyLock::new(|| Arc::new(Field::new_list_field(DataType::Null, true)));
            Some(&UNKNOWN)
        }
        _ => None,
    }
}

/// The types that the cheapest fitting overload converts the arguments to.
pub(crate) fn resolve(takes: &[&[Kind]], given: &[DataType]) -> Option<Vec<DataType>> {
    let fit = |kinds: &&[Kind]| {
        let mut kinds = kinds.to_vec();
        if kinds.last() == Some(&Kind::More) {
            kinds.pop();
            let more = kinds.last().copied()?;
            while kinds.len() < given.len() {
                kinds.push(more);
            }
        }
        if kinds.len() != given.len() {
            return None;
        }
        let mut total = 0;
        let mut types = Vec::with_capacity(given.len());
        for (kind, given) in kinds.iter().zip(given) {
            let (fit, cost) = kind.accept(given)?;
            total += cost;
            types.push(fit);
        }
        Some((total, types))
    };
    takes.iter().filter_map(fit).min_by_key(|(cost, _)| *cost).map(|(_, types)| types)
}
