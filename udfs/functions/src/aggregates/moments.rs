//! The shape of a distribution, from its central moments.
//!
//! They are kept as `[count, mean, m2, m3, m4]` and merged by the formulas of Chan and Pébay, which
//! lose no digits where sums of powers would.

use datafusion::arrow::datatypes::DataType;

use super::definition::{Aggregate, Engine};
use super::sums::Sums;
use crate::manual::Manual;
use crate::scalar::Kind;

fn merge(to: &mut [f64], other: &[f64]) {
    let ([n1, mean1, m2a, m3a, m4a], [n2, mean2, m2b, m3b, m4b]) = (to, other) else { return };
    if *n2 == 0.0 {
        return;
    }
    let n = *n1 + n2;
    let (delta, a, b) = (mean2 - *mean1, *n1, *n2);
    let share = delta / n;
    let m4 = *m4a
        + m4b
        + delta * share.powi(3) * a * b * (a * a - a * b + b * b)
        + 6.0 * share * share * (a * a * m2b + b * b * *m2a)
        + 4.0 * share * (a * m3b - b * *m3a);
    let m3 =
        *m3a + m3b + delta * share * share * a * b * (a - b) + 3.0 * share * (a * m2b - b * *m2a);
    *m2a += m2b + delta * share * a * b;
    *mean1 += share * b;
    (*n1, *m3a, *m4a) = (n, m3, m4);
}

const MOMENTS: Sums = Sums {
    width: 5,
    start: &[0.0; 5],
    add: |sums, row| merge(sums, &[1.0, row[0], 0.0, 0.0, 0.0]),
    merge,
    finish: |_| None,
};

/// The kurtosis of the values beyond that of a normal distribution.
fn excess(sums: &[f64]) -> Option<f64> {
    (sums[0] > 1.0 && sums[2] > 0.0).then(|| sums[0] * sums[4] / (sums[2] * sums[2]) - 3.0)
}

pub(super) const SKEWNESS: Aggregate = Aggregate {
    names: &["skewness"],
    manual: Manual {
        usage: "skewness(x)",
        description: "The skewness of the distribution of which the values are a sample; NULL for fewer than three or where all are the same.",
        example: "SELECT round(skewness(x), 4) FROM (VALUES (1), (2), (2), (10), (5)) t(x)",
        result: "1.4616",
    },
    takes: &[&[Kind::Double]],
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Sums(&Sums {
        finish: |sums| {
            let (n, m2, m3) = (sums[0], sums[2], sums[3]);
            (n > 2.0 && m2 > 0.0)
                .then(|| (n * (n - 1.0)).sqrt() / (n - 2.0) * (m3 / n) / (m2 / n).powf(1.5))
        },
        ..MOMENTS
    }),
};

pub(super) const KURTOSIS: Aggregate = Aggregate {
    names: &["kurtosis"],
    manual: Manual {
        usage: "kurtosis(x)",
        description: "The excess kurtosis of the distribution of which the values are a sample; NULL for fewer than four or where all are the same.",
        example: "SELECT round(kurtosis(x), 4) FROM (VALUES (1), (2), (2), (10), (5)) t(x)",
        result: "1.6708",
    },
    takes: &[&[Kind::Double]],
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Sums(&Sums {
        finish: |sums| {
            let n = sums[0];
            let excess = excess(sums).filter(|_| n > 3.0)?;
            Some((n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * excess + 6.0))
        },
        ..MOMENTS
    }),
};

pub(super) const KURTOSIS_POP: Aggregate = Aggregate {
    names: &["kurtosis_pop"],
    manual: Manual {
        usage: "kurtosis_pop(x)",
        description: "The excess kurtosis of the values themselves, without correction for a sample.",
        example: "SELECT round(kurtosis_pop(x), 4) FROM (VALUES (1), (2), (2), (10), (5)) t(x)",
        result: "-0.5823",
    },
    takes: &[&[Kind::Double]],
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Sums(&Sums { finish: excess, ..MOMENTS }),
};

pub(super) const SEM: Aggregate = Aggregate {
    names: &["sem"],
    manual: Manual {
        usage: "sem(x)",
        description: "The standard error of the mean.",
        example: "SELECT round(sem(x), 4) FROM (VALUES (1), (2), (4)) t(x)",
        result: "0.7201",
    },
    takes: &[&[Kind::Double]],
    returns: |_| Ok(DataType::Float64),
    engine: Engine::Sums(&Sums {
        finish: |sums| (sums[0] > 0.0).then(|| (sums[2] / sums[0] / sums[0]).sqrt()),
        ..MOMENTS
    }),
};
