//! Dates and intervals added by name.

use datafusion::arrow::compute::{cast, kernels::numeric};
use datafusion::arrow::datatypes::{DataType, TimeUnit};

use crate::manual::Manual;
use crate::scalar::{Kind, Scalar};

pub(super) const DATE_ADD: Scalar = Scalar {
    names: &["date_add"],
    manual: Manual {
        usage: "date_add(date, interval)",
        description: "The date or timestamp that is an interval later, as a timestamp.",
        example: "SELECT date_add(DATE '1992-09-15', INTERVAL '2 months')",
        result: "1992-11-15T00:00:00",
    },
    takes: &[&[Kind::AnyTimestamp, Kind::Interval]],
    returns: |given| {
        Ok(match &given[0] {
            DataType::Timestamp(unit, zone) => DataType::Timestamp(*unit, zone.clone()),
            _ => DataType::Timestamp(TimeUnit::Microsecond, None),
        })
    },
    evaluate: |call| {
        let sum = numeric::add(&call.array(0)?, &call.array(1)?)?;
        Ok(cast(&sum, &call.returns)?)
    },
};
