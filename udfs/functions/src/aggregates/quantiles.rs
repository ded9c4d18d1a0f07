//! Functions of the order of the values.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Float64Array, IntervalMonthDayNanoArray, ListArray,
    UInt64Array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{SortOptions, cast, sort_to_indices, take};
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, Float64Type, Int64Type, IntervalMonthDayNano, IntervalUnit, TimeUnit,
};
use datafusion::common::ScalarValue;
use extension::{Error, Result};

use super::definition::{Aggregate, Engine};
use super::store::Groups;
use crate::manual::Manual;
use crate::scalar::Kind;

const VALUE_AND_FRACTION: &[&[Kind]] = &[&[Kind::Any, Kind::Double], &[Kind::Any, Kind::Vector]];

pub(super) const MEDIAN: Aggregate = Aggregate {
    names: &["median"],
    manual: Manual {
        usage: "median(x)",
        description: "The value in the middle, or half way between the two in the middle.",
        example: "SELECT median(x) FROM (VALUES (1), (2), (4), (8)) t(x)",
        result: "3.0",
    },
    takes: &[&[Kind::Any]],
    returns: |types| Ok(continuous_type(&types[0])),
    engine: Engine::Collected(1, |groups| quantiles(groups, &[Some(0.5)], false, true)),
};

pub(super) const QUANTILE_CONT: Aggregate = Aggregate {
    names: &["quantile_cont"],
    manual: Manual {
        usage: "quantile_cont(x, fraction)",
        description: "The value below which a fraction of the values lies, between two of them where need be; one for each fraction of a list. A negative fraction counts from the greatest.",
        example: "SELECT quantile_cont(x, [0.25, 0.5]) FROM (VALUES (1), (2), (3), (4)) t(x)",
        result: "[1.75, 2.5]",
    },
    takes: VALUE_AND_FRACTION,
    returns: |types| Ok(shaped(continuous_type(&types[0]), types)),
    engine: Engine::Collected(1, |groups| {
        let (fractions, list) = fractions(groups)?;
        quantiles(groups, &fractions, list, true)
    }),
};

pub(super) const QUANTILE_DISC: Aggregate = Aggregate {
    names: &["quantile_disc", "quantile", "approx_quantile", "reservoir_quantile"],
    manual: Manual {
        usage: "quantile_disc(x, fraction)",
        description: "The least of the values that have a fraction of all at or below them; one for each fraction of a list. A negative fraction counts from the greatest.",
        example: "SELECT quantile_disc(x, 0.5) FROM (VALUES ('a'), ('b'), ('c'), ('d')) t(x)",
        result: "b",
    },
    takes: VALUE_AND_FRACTION,
    returns: |types| Ok(shaped(types[0].clone(), types)),
    engine: Engine::Collected(1, |groups| {
        let (fractions, list) = fractions(groups)?;
        quantiles(groups, &fractions, list, false)
    }),
};

/// The type of what lies between two values.
fn continuous_type(value: &DataType) -> DataType {
    match value {
        DataType::Date32 | DataType::Date64 => DataType::Timestamp(TimeUnit::Microsecond, None),
        value if value.is_integer() => DataType::Float64,
        DataType::Null => DataType::Float64,
        value => value.clone(),
    }
}

fn shaped(value: DataType, types: &[DataType]) -> DataType {
    match types.get(1) {
        Some(DataType::List(_)) => DataType::new_list(value, true),
        _ => value,
    }
}

/// The fractions, and whether they are a list.
fn fractions(groups: &Groups) -> Result<(Vec<Option<f64>>, bool)> {
    let valid = |fraction: f64| match (-1.0..=1.0).contains(&fraction) {
        true => Ok(Some(fraction)),
        false => Err(Error::invalid_input(format!(
            "a quantile's fraction must be from -1 to 1, not {fraction}"
        ))),
    };
    match groups.constants.first() {
        Some(ScalarValue::Float64(Some(fraction))) => Ok((vec![valid(*fraction)?], false)),
        Some(ScalarValue::List(list)) if list.is_valid(0) => {
            let values = list.value(0);
            let values = values.as_primitive::<Float64Type>();
            let fractions = values.iter().map(|value| value.map_or(Ok(None), valid));
            Ok((fractions.collect::<Result<_>>()?, true))
        }
        Some(value) => Ok((vec![None], matches!(value, ScalarValue::List(_)))),
        None => Err(Error::internal("a quantile has a fraction")),
    }
}

fn quantiles(
    groups: &Groups,
    fractions: &[Option<f64>],
    list: bool,
    continuous: bool,
) -> Result<ArrayRef> {
    let element = match groups.returns {
        DataType::List(element) if list => element.data_type().clone(),
        other => other.clone(),
    };
    let (mut lower, mut upper, mut weights) = (vec![], vec![], vec![]);
    let mut valid = vec![];
    for range in groups.ranges() {
        valid.push(!range.is_empty());
        if range.is_empty() && list {
            continue;
        }
        let values = groups.columns[0].slice(range.start, range.len());
        let options = SortOptions { descending: false, nulls_first: false };
        let sorted = sort_to_indices(&values, Some(options), None)?;
        let at = |place: usize| range.start as u64 + u64::from(sorted.value(place));
        for fraction in fractions {
            let Some(fraction) = fraction.filter(|_| !range.is_empty()) else {
                lower.push(None);
                upper.push(None);
                weights.push(0.0);
                continue;
            };
            let count = range.len();
            if continuous {
                // What is counted from the greatest lies between its neighbours from there on.
                // 3 times 0.3 is 0.9, and not what binary fractions make of it.
                let place = ((count - 1) as f64 * fraction.abs() * 1e12).round() / 1e12;
                let (near, far) = (place.floor() as usize, place.ceil() as usize);
                let counted = |place: usize| match fraction.is_sign_negative() {
                    true => at(count - 1 - place),
                    false => at(place),
                };
                lower.push(Some(counted(near)));
                upper.push(Some(counted(far)));
                weights.push(place - place.floor());
            } else {
                let place = match fraction < 0.0 || fraction.is_sign_negative() {
                    false => ((count as f64 * fraction).ceil() as usize).max(1) - 1,
                    true => count - ((count as f64 * -fraction).ceil() as usize).max(1),
                };
                lower.push(Some(at(place)));
                upper.push(Some(at(place)));
                weights.push(0.0);
            }
        }
    }
    let lower = take(&groups.columns[0], &UInt64Array::from(lower), None)?;
    let values = match continuous {
        false => lower,
        true => {
            let upper = take(&groups.columns[0], &UInt64Array::from(upper), None)?;
            between(&lower, &upper, &weights, &element)?
        }
    };
    if !list {
        return Ok(values);
    }
    let DataType::List(field) = groups.returns else {
        return Err(Error::internal("the result is a list"));
    };
    let lengths = valid.iter().map(|valid| if *valid { fractions.len() } else { 0 });
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(field),
        OffsetBuffer::from_lengths(lengths),
        values,
        Some(NullBuffer::from(valid.clone())),
    )?))
}

/// What lies between two values; the lower one where there is no such thing.
fn between(
    lower: &ArrayRef,
    upper: &ArrayRef,
    weights: &[f64],
    returns: &DataType,
) -> Result<ArrayRef> {
    match returns {
        DataType::Timestamp(_, _)
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Duration(_) => {
            let whole = |array: &ArrayRef| cast(&cast(array, returns)?, &DataType::Int64);
            let (lower, upper) = (whole(lower)?, whole(upper)?);
            let (lower, upper) =
                (lower.as_primitive::<Int64Type>(), upper.as_primitive::<Int64Type>());
            let values =
                lower.iter().zip(upper.iter()).zip(weights).map(|((low, high), weight)| {
                    let (low, high) = (low?, high?);
                    Some(low + ((high - low) as f64 * weight).round() as i64)
                });
            let values: datafusion::arrow::array::Int64Array = values.collect();
            Ok(cast(&values, returns)?)
        }
        DataType::Decimal128(_, _) => {
            let (low, high) =
                (lower.as_primitive::<Decimal128Type>(), upper.as_primitive::<Decimal128Type>());
            let values = low.iter().zip(high.iter()).zip(weights).map(|((low, high), weight)| {
                let (low, high) = (low?, high?);
                let delta = (high - low) as f64 * weight;
                let whole = low + delta as i128;
                // What lies beyond the scale is cut off, towards zero.
                Some(match (whole.signum(), delta.fract()) {
                    (-1, fraction) if fraction > 0.0 => whole + 1,
                    (1, fraction) if fraction < 0.0 => whole - 1,
                    _ => whole,
                })
            });
            let values: Decimal128Array = values.collect();
            Ok(Arc::new(values.with_data_type(returns.clone())))
        }
        returns if returns.is_numeric() => {
            let decimals = |array: &ArrayRef| cast(array, &DataType::Float64);
            let (low, high) = (decimals(lower)?, decimals(upper)?);
            let (low, high) =
                (low.as_primitive::<Float64Type>(), high.as_primitive::<Float64Type>());
            let values = low.iter().zip(high.iter()).zip(weights).map(|((low, high), weight)| {
                let (low, high) = (low?, high?);
                Some(if low == high { low } else { low + (high - low) * weight })
            });
            let values: Float64Array = values.collect();
            Ok(cast(&values, returns)?)
        }
        _ => Ok(Arc::clone(lower)),
    }
}

pub(super) const MAD: Aggregate = Aggregate {
    names: &["mad"],
    manual: Manual {
        usage: "mad(x)",
        description: "The median of the distances of the values from their median: a robust measure of spread.",
        example: "SELECT mad(x) FROM (VALUES (1), (2), (4), (100)) t(x)",
        result: "1.5",
    },
    takes: &[&[Kind::Double], &[Kind::Timestamp]],
    returns: |types| {
        Ok(match &types[0] {
            DataType::Timestamp(_, _) => DataType::Interval(IntervalUnit::MonthDayNano),
            _ => DataType::Float64,
        })
    },
    engine: Engine::Collected(1, |groups| {
        let times = matches!(groups.returns, DataType::Interval(_));
        let numbers = match times {
            true => cast(&cast(&groups.columns[0], &DataType::Int64)?, &DataType::Float64)?,
            false => Arc::clone(&groups.columns[0]),
        };
        let numbers = numbers.as_primitive::<Float64Type>().values();
        let mad = groups.ranges().map(|range| {
            let mut values = numbers[range].to_vec();
            let center = median(&mut values)?;
            values.iter_mut().for_each(|value| *value = (*value - center).abs());
            median(&mut values)
        });
        if !times {
            return Ok(Arc::new(mad.collect::<Float64Array>()));
        }
        let intervals = mad.map(|micros| {
            let micros = micros? as i64;
            let day = crate::dates::DAY;
            Some(IntervalMonthDayNano::new(0, (micros / day) as i32, micros % day * 1000))
        });
        Ok(Arc::new(intervals.collect::<IntervalMonthDayNanoArray>()))
    }),
};

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some(values[middle - 1] + (values[middle] - values[middle - 1]) / 2.0),
    }
}
