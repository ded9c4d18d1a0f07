//! `time_bucket_gapfill`, `locf` and `interpolate`: the manuals of forms that the planner rewrites. A call
//! that is left after that stands where it means nothing.

use datafusion::arrow::array::ArrayRef;
use extension::{Error, Result};

use crate::manual::Manual;
use crate::scalar::{Call, Kind, Scalar};

fn misplaced(_call: &Call) -> Result<ArrayRef> {
    Err(Error::invalid_input(
        "time_bucket_gapfill, locf and interpolate belong in a query that has time_bucket_gapfill in GROUP BY",
    ))
}

pub(super) const TIME_BUCKET_GAPFILL: Scalar = Scalar {
    names: &["time_bucket_gapfill"],
    manual: Manual {
        usage: "time_bucket_gapfill(width, time [, start [, finish]])",
        description: "As time_bucket, in GROUP BY: buckets without rows are there too, with NULL for aggregates, from the start to before the finish. Those are taken from what WHERE says of the time where they are not given, and else are the first and the last bucket of each group.",
        example: "SELECT string_agg(coalesce(n, 0)::VARCHAR, ' ' ORDER BY h) FROM (SELECT time_bucket_gapfill(INTERVAL '1 hour', t) AS h, count(*) AS n FROM (VALUES (TIMESTAMP '2024-01-01 00:10:00'), (TIMESTAMP '2024-01-01 02:20:00')) x(t) GROUP BY h) g",
        result: "1 0 1",
    },
    takes: &[
        &[Kind::Interval, Kind::AnyTimestamp],
        &[Kind::Interval, Kind::AnyTimestamp, Kind::AnyTimestamp],
        &[Kind::Interval, Kind::AnyTimestamp, Kind::AnyTimestamp, Kind::AnyTimestamp],
    ],
    returns: |given| Ok(given[1].clone()),
    evaluate: misplaced,
};

pub(super) const LOCF: Scalar = Scalar {
    names: &["locf"],
    manual: Manual {
        usage: "locf(aggregate [, prev [, treat_null_as_missing]])",
        description: "In a query with time_bucket_gapfill: the aggregate, and in an empty bucket that of the last bucket before it that is not empty. prev is the value before the first one; with treat_null_as_missing buckets where it is NULL count as empty.",
        example: "SELECT string_agg(v::VARCHAR, ' ' ORDER BY h) FROM (SELECT time_bucket_gapfill(INTERVAL '1 hour', t) AS h, locf(sum(i)) AS v FROM (VALUES (TIMESTAMP '2024-01-01 00:10:00', 5), (TIMESTAMP '2024-01-01 02:20:00', 7)) x(t, i) GROUP BY h) g",
        result: "5 5 7",
    },
    takes: &[&[Kind::Any], &[Kind::Any, Kind::Any], &[Kind::Any, Kind::Any, Kind::Boolean]],
    returns: |given| Ok(given[0].clone()),
    evaluate: misplaced,
};

pub(super) const INTERPOLATE: Scalar = Scalar {
    names: &["interpolate"],
    manual: Manual {
        usage: "interpolate(aggregate)",
        description: "In a query with time_bucket_gapfill: the aggregate as DOUBLE, and in an empty bucket the point on the line between those of the buckets around it.",
        example: "SELECT string_agg(v::VARCHAR, ' ' ORDER BY h) FROM (SELECT time_bucket_gapfill(INTERVAL '1 hour', t) AS h, interpolate(sum(i)) AS v FROM (VALUES (TIMESTAMP '2024-01-01 00:10:00', 5), (TIMESTAMP '2024-01-01 02:20:00', 7)) x(t, i) GROUP BY h) g",
        result: "5.0 6.0 7.0",
    },
    takes: &[&[Kind::Any]],
    returns: |given| Ok(given[0].clone()),
    evaluate: misplaced,
};
