//! How counters and gauges change over time.
//!
//! A counter only grows, and begins at zero again when its process does. So where it falls, the whole
//! new value has been added, as in PromQL. Unlike there, nothing is extrapolated beyond the first and
//! the last sample.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array};
use datafusion::arrow::compute::sort_to_indices;
use datafusion::arrow::datatypes::{DataType, Float64Type, TimestampMicrosecondType};
use extension::Result;

use super::definition::{Aggregate, Engine};
use super::store::Groups;
use crate::manual::Manual;
use crate::scalar::Kind;

const VALUE_AND_TIME: &[&[Kind]] = &[&[Kind::Double, Kind::Timestamp]];

/// A number for the samples of each group, in the order of time: values and seconds.
fn over_time(groups: &Groups, of: fn(&[(f64, f64)]) -> Option<f64>) -> Result<ArrayRef> {
    let values = groups.columns[0].as_primitive::<Float64Type>();
    let times = groups.columns[1].as_primitive::<TimestampMicrosecondType>();
    let mut samples: Vec<(f64, f64)> = vec![];
    let results = groups.ranges().map(|range| {
        let order = sort_to_indices(&times.slice(range.start, range.len()), None, None)?;
        samples.clear();
        samples.extend(order.values().iter().map(|row| {
            let row = range.start + *row as usize;
            (values.value(row), times.value(row) as f64 / 1e6)
        }));
        Ok(of(&samples))
    });
    Ok(Arc::new(results.collect::<Result<Float64Array>>()?))
}

fn increase(samples: &[(f64, f64)]) -> Option<f64> {
    let grown = |pair: &[(f64, f64)]| match pair[1].0 < pair[0].0 {
        true => pair[1].0,
        false => pair[1].0 - pair[0].0,
    };
    (samples.len() > 1).then(|| samples.windows(2).map(grown).sum())
}

fn seconds(samples: &[(f64, f64)]) -> Option<f64> {
    let seconds = samples.last()?.1 - samples.first()?.1;
    (seconds > 0.0).then_some(seconds)
}

pub(super) const INCREASE: Aggregate = Aggregate {
    names: &["increase"],
    manual: Manual {
        usage: "increase(counter, time)",
        description: "By how much a counter grew from its first sample to its last, resets to zero allowed for; NULL for fewer than two samples.",
        example: "SELECT increase(n, t) FROM (VALUES (10, TIMESTAMP '2024-01-01 00:00:00'), (30, TIMESTAMP '2024-01-01 00:00:10'), (5, TIMESTAMP '2024-01-01 00:00:20')) s(n, t)",
        result: "25.0",
    },
    takes: VALUE_AND_TIME,
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Collected(2, |groups| over_time(groups, increase)),
};

pub(super) const RATE: Aggregate = Aggregate {
    names: &["rate"],
    manual: Manual {
        usage: "rate(counter, time)",
        description: "By how much a counter grew per second from its first sample to its last, resets to zero allowed for.",
        example: "SELECT rate(n, t) FROM (VALUES (10, TIMESTAMP '2024-01-01 00:00:00'), (30, TIMESTAMP '2024-01-01 00:00:10'), (5, TIMESTAMP '2024-01-01 00:00:20')) s(n, t)",
        result: "1.25",
    },
    takes: VALUE_AND_TIME,
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Collected(2, |groups| {
        over_time(groups, |samples| Some(increase(samples)? / seconds(samples)?))
    }),
};

pub(super) const DELTA: Aggregate = Aggregate {
    names: &["delta"],
    manual: Manual {
        usage: "delta(gauge, time)",
        description: "The last sample of a gauge less its first; NULL for fewer than two samples.",
        example: "SELECT delta(n, t) FROM (VALUES (5, TIMESTAMP '2024-01-01 00:00:20'), (10, TIMESTAMP '2024-01-01 00:00:00'), (30, TIMESTAMP '2024-01-01 00:00:10')) s(n, t)",
        result: "-5.0",
    },
    takes: VALUE_AND_TIME,
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Collected(2, |groups| {
        over_time(groups, |samples| match samples {
            [first, .., last] => Some(last.0 - first.0),
            _ => None,
        })
    }),
};
