//! `resample`: a series of samples at equal steps, with the gaps filled.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, Float64Builder, ListArray, StructArray, TimestampMicrosecondBuilder,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::sort_to_indices;
use datafusion::arrow::datatypes::{
    DataType, Field, Fields, Float64Type, TimeUnit, TimestampMicrosecondType,
};
use datafusion::common::ScalarValue;
use extension::{Error, Result};

use super::definition::{Aggregate, Engine};
use super::store::Groups;
use crate::dates::Width;
use crate::manual::Manual;
use crate::scalar::Kind;

/// How a step without samples gets its value.
#[derive(Clone, Copy)]
enum Fill {
    Null,
    /// That of the last step with samples.
    Last,
    /// On the line between its neighbours.
    Line,
    Zero,
}

/// More steps than this are a mistake in the width.
const MOST_STEPS: usize = 10_000_000;

fn fields() -> Fields {
    let time = DataType::Timestamp(TimeUnit::Microsecond, None);
    vec![Field::new("time", time, true), Field::new("value", DataType::Float64, true)].into()
}

pub(super) const RESAMPLE: Aggregate = Aggregate {
    names: &["resample"],
    manual: Manual {
        usage: "resample(time, value, width [, fill])",
        description: "The samples of a group at equal steps, as a list of structs of time and value for unnest: the mean of each step of the constant width, from the first sample to the last. Steps without samples are filled: 'null', 'locf' with the last value, 'interpolate' on the line between their neighbours, or 'zero'.",
        example: "SELECT to_json(resample(t, v, INTERVAL '1 hour', 'interpolate')) FROM (VALUES (TIMESTAMP '2024-01-01 00:10:00', 1), (TIMESTAMP '2024-01-01 02:20:00', 3)) x(t, v)",
        result: "[{\"time\":\"2024-01-01 00:00:00\",\"value\":1.0},{\"time\":\"2024-01-01 01:00:00\",\"value\":2.0},{\"time\":\"2024-01-01 02:00:00\",\"value\":3.0}]",
    },
    takes: &[
        &[Kind::Timestamp, Kind::Double, Kind::Interval],
        &[Kind::Timestamp, Kind::Double, Kind::Interval, Kind::Text],
    ],
    returns: |_| Ok(DataType::new_list(DataType::Struct(fields()), true)),
    engine: Engine::Collected(2, resample),
};

fn resample(groups: &Groups) -> Result<ArrayRef> {
    let width = match groups.constants.first() {
        Some(ScalarValue::IntervalMonthDayNano(Some(width))) => Width::new(*width)?,
        _ => return Err(Error::invalid_input("resample: the width must be a constant interval")),
    };
    let fill = match groups.constants.get(1).map(|fill| fill.try_as_str().flatten()) {
        None | Some(Some("null")) => Fill::Null,
        Some(Some("locf")) => Fill::Last,
        Some(Some("interpolate")) => Fill::Line,
        Some(Some("zero")) => Fill::Zero,
        Some(other) => {
            return Err(Error::invalid_input(format!(
                "resample fills with 'null', 'locf', 'interpolate' or 'zero', not '{}'",
                other.unwrap_or("NULL")
            )));
        }
    };
    let times = groups.columns[0].as_primitive::<TimestampMicrosecondType>();
    let values = groups.columns[1].as_primitive::<Float64Type>();
    let mut all_times = TimestampMicrosecondBuilder::new();
    let mut all_values = Float64Builder::new();
    let (mut lengths, mut valid) = (vec![], vec![]);
    for range in groups.ranges() {
        valid.push(!range.is_empty());
        let order = sort_to_indices(&times.slice(range.start, range.len()), None, None)?;
        // The steps with samples: their begin, sum and count.
        let mut steps: Vec<(i64, f64, u32)> = vec![];
        for row in order.values() {
            let row = range.start + *row as usize;
            let begin = width.bucket(times.value(row), width.origin())?;
            match steps.last_mut() {
                Some((last, sum, count)) if *last == begin => {
                    *sum += values.value(row);
                    *count += 1;
                }
                _ => steps.push((begin, values.value(row), 1)),
            }
        }
        let before = all_times.values_slice().len();
        for (index, (begin, sum, count)) in steps.iter().enumerate() {
            let mean = sum / f64::from(*count);
            all_times.append_value(*begin);
            all_values.append_value(mean);
            let Some((end, next_sum, next_count)) = steps.get(index + 1) else { break };
            let next_mean = next_sum / f64::from(*next_count);
            let mut at = width.next(*begin)?;
            while at < *end {
                if all_times.values_slice().len() - before >= MOST_STEPS {
                    return Err(Error::resources_exhausted(format!(
                        "resample: more than {MOST_STEPS} steps"
                    ))
                    .with_hint("take a greater width"));
                }
                all_times.append_value(at);
                match fill {
                    Fill::Null => all_values.append_null(),
                    Fill::Last => all_values.append_value(mean),
                    Fill::Zero => all_values.append_value(0.0),
                    Fill::Line => {
                        let share = (at - begin) as f64 / (end - begin) as f64;
                        all_values.append_value(mean + (next_mean - mean) * share);
                    }
                }
                at = width.next(at)?;
            }
        }
        lengths.push(all_times.values_slice().len() - before);
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(all_times.finish()), Arc::new(all_values.finish())];
    let DataType::List(element) = groups.returns else {
        return Err(Error::internal("the result is a list"));
    };
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        OffsetBuffer::from_lengths(lengths),
        Arc::new(StructArray::try_new(fields(), columns, None)?),
        Some(NullBuffer::from(valid)),
    )?))
}
