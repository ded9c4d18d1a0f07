//! Sums, products and means of other kinds.

use datafusion::arrow::datatypes::DataType;

use super::definition::{Aggregate, Engine};
use super::sums::Sums;
use crate::manual::Manual;
use crate::scalar::Kind;

fn add_each(to: &mut [f64], other: &[f64]) {
    for (number, other) in to.iter_mut().zip(other) {
        *number += other;
    }
}

pub(super) const COUNT_IF: Aggregate = Aggregate {
    names: &["count_if", "countif"],
    manual: Manual {
        usage: "count_if(condition)",
        description: "In how many rows the condition is true.",
        example: "SELECT count_if(x > 1) FROM (VALUES (1), (2), (3), (NULL)) t(x)",
        result: "2",
    },
    takes: &[&[Kind::Boolean]],
    returns: |_| Ok(DataType::Int64),
    engine: Engine::Sums(&Sums {
        width: 1,
        start: &[0.0],
        add: |sums, row| sums[0] += row[0],
        merge: add_each,
        finish: |sums| Some(sums[0]),
    }),
};

pub(super) const PRODUCT: Aggregate = Aggregate {
    names: &["product"],
    manual: Manual {
        usage: "product(x)",
        description: "The product of the values.",
        example: "SELECT product(x) FROM (VALUES (2), (3), (4)) t(x)",
        result: "24.0",
    },
    takes: &[&[Kind::Double]],
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Sums(&Sums {
        width: 2,
        start: &[0.0, 1.0],
        add: |sums, row| {
            sums[0] += 1.0;
            sums[1] *= row[0];
        },
        merge: |sums, other| {
            sums[0] += other[0];
            sums[1] *= other[1];
        },
        finish: |sums| (sums[0] > 0.0).then_some(sums[1]),
    }),
};

/// Adds so that what rounding loses is added later (Kahan and Neumaier): `[count, sum, lost]`.
fn add_exactly(sums: &mut [f64], value: f64) {
    let total = sums[1] + value;
    if total.is_finite() {
        sums[2] += match sums[1].abs() >= value.abs() {
            true => (sums[1] - total) + value,
            false => (value - total) + sums[1],
        };
    }
    sums[1] = total;
}

const EXACT: Sums = Sums {
    width: 3,
    start: &[0.0, 0.0, 0.0],
    add: |sums, row| {
        sums[0] += 1.0;
        add_exactly(sums, row[0]);
    },
    merge: |sums, other| {
        sums[0] += other[0];
        add_exactly(sums, other[1]);
        sums[2] += other[2];
    },
    finish: |sums| (sums[0] > 0.0).then_some(sums[1] + sums[2]),
};

pub(super) const FSUM: Aggregate = Aggregate {
    names: &["fsum", "sumkahan", "kahan_sum"],
    manual: Manual {
        usage: "fsum(x)",
        description: "The sum of numbers with decimals, with what rounding loses made good (Kahan and Neumaier).",
        example: "SELECT fsum(x) FROM (VALUES (1e100), (1.0), (-1e100)) t(x)",
        result: "1.0",
    },
    takes: &[&[Kind::Double]],
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Sums(&EXACT),
};

pub(super) const FAVG: Aggregate = Aggregate {
    names: &["favg"],
    manual: Manual {
        usage: "favg(x)",
        description: "The mean of numbers with decimals, with what rounding loses made good (Kahan and Neumaier).",
        example: "SELECT favg(x) FROM (VALUES (1e100), (3.0), (-1e100)) t(x)",
        result: "1.0",
    },
    takes: &[&[Kind::Double]],
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Sums(&Sums {
        finish: |sums| (sums[0] > 0.0).then(|| (sums[1] + sums[2]) / sums[0]),
        ..EXACT
    }),
};

pub(super) const GEOMETRIC_MEAN: Aggregate = Aggregate {
    names: &["geometric_mean", "geomean"],
    manual: Manual {
        usage: "geometric_mean(x)",
        description: "The geometric mean of the values: the n-th root of their product.",
        example: "SELECT round(geometric_mean(x), 6) FROM (VALUES (1), (10), (100)) t(x)",
        result: "10.0",
    },
    takes: &[&[Kind::Double]],
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Sums(&Sums {
        width: 2,
        start: &[0.0, 0.0],
        add: |sums, row| {
            sums[0] += 1.0;
            sums[1] += row[0].ln();
        },
        merge: add_each,
        finish: |sums| (sums[0] > 0.0).then(|| (sums[1] / sums[0]).exp()),
    }),
};

pub(super) const WEIGHTED_AVG: Aggregate = Aggregate {
    names: &["weighted_avg", "wavg"],
    manual: Manual {
        usage: "weighted_avg(x, weight)",
        description: "The mean of the values, each as often as its weight says.",
        example: "SELECT weighted_avg(x, w) FROM (VALUES (1, 1), (4, 2)) t(x, w)",
        result: "3.0",
    },
    takes: &[&[Kind::Double, Kind::Double]],
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Sums(&Sums {
        width: 2,
        start: &[0.0, 0.0],
        add: |sums, row| {
            sums[0] += row[0] * row[1];
            sums[1] += row[1];
        },
        merge: add_each,
        finish: |sums| (sums[1] != 0.0).then(|| sums[0] / sums[1]),
    }),
};
