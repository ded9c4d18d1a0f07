//! The value that goes with the least or greatest other value.
//!
//! `arg_max(x, y)` is DataFusion's `first_value(x ORDER BY y DESC)` over the rows in which neither is
//! NULL, whose accumulators keep one row a group.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, UInt64Array};
use datafusion::arrow::compute::{self, SortOptions, sort_to_indices, take};
use datafusion::arrow::datatypes::FieldRef;
use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalSortExpr;
use extension::Result;

use super::definition::{Aggregate, Engine};
use super::store::{Finish, Groups};
use crate::manual::Manual;
use crate::scalar::Kind;

/// Which row is taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Best {
    /// That of the greatest value, not the least.
    greatest: bool,
    /// Rows count in which the first argument is NULL.
    pub(super) keeps_nulls: bool,
}

const VALUE_AND_ORDER: &[&[Kind]] = &[&[Kind::Any, Kind::Any]];

macro_rules! best {
    ($constant:ident, $names:expr, $usage:literal, $description:literal, $example:literal, $result:literal, $best:expr) => {
        pub(super) const $constant: Aggregate = Aggregate {
            names: $names,
            manual: Manual {
                usage: $usage,
                description: $description,
                example: $example,
                result: $result,
            },
            takes: VALUE_AND_ORDER,
            returns: |types| Ok(types[0].clone()),
            engine: Engine::Ordered($best),
        };
    };
}

best!(
    ARG_MAX,
    &["arg_max", "argmax", "max_by"],
    "arg_max(x, y)",
    "The x of the row with the greatest y. Rows in which either is NULL do not count; of several, the first is taken.",
    "SELECT arg_max(name, age) FROM (VALUES ('Ann', 31), ('Bob', 42), ('Cyd', NULL)) t(name, age)",
    "Bob",
    Best { greatest: true, keeps_nulls: false }
);
best!(
    ARG_MIN,
    &["arg_min", "argmin", "min_by"],
    "arg_min(x, y)",
    "The x of the row with the least y. Rows in which either is NULL do not count; of several, the first is taken.",
    "SELECT arg_min(name, age) FROM (VALUES ('Ann', 31), ('Bob', 42), ('Cyd', NULL)) t(name, age)",
    "Ann",
    Best { greatest: false, keeps_nulls: false }
);
best!(
    ARG_MAX_NULL,
    &["arg_max_null"],
    "arg_max_null(x, y)",
    "The x, be it NULL, of the row with the greatest y.",
    "SELECT arg_max_null(x, y) IS NULL FROM (VALUES (1, 1), (NULL, 2)) t(x, y)",
    "true",
    Best { greatest: true, keeps_nulls: true }
);
best!(
    ARG_MIN_NULL,
    &["arg_min_null"],
    "arg_min_null(x, y)",
    "The x, be it NULL, of the row with the least y.",
    "SELECT arg_min_null(x, y) IS NULL FROM (VALUES (NULL, 1), (1, 2)) t(x, y)",
    "true",
    Best { greatest: false, keeps_nulls: true }
);

impl Best {
    fn options(self) -> SortOptions {
        SortOptions { descending: self.greatest, nulls_first: false }
    }

    /// The end where all rows are kept, as a window needs it.
    pub(super) fn finish(self) -> Finish {
        match self.greatest {
            true => |groups| best_of(groups, true),
            false => |groups| best_of(groups, false),
        }
    }

    /// The rows that count.
    fn counts(self, values: &[ArrayRef]) -> Result<Option<BooleanArray>> {
        let valid = |column: &ArrayRef| column.logical_null_count() == 0;
        let (x, y) = (&values[0], &values[1]);
        let x_counts = self.keeps_nulls || valid(x);
        Ok(match (x_counts, valid(y)) {
            (true, true) => None,
            (true, false) => Some(compute::is_not_null(y)?),
            (false, true) => Some(compute::is_not_null(x)?),
            (false, false) => {
                Some(compute::and(&compute::is_not_null(x)?, &compute::is_not_null(y)?)?)
            }
        })
    }
}

fn best_of(groups: &Groups, greatest: bool) -> Result<ArrayRef> {
    let options = SortOptions { descending: greatest, nulls_first: false };
    let rows = groups.ranges().map(|range| {
        let order = groups.columns[1].slice(range.start, range.len());
        let best = sort_to_indices(&order, Some(options), Some(1))?;
        Ok((!best.is_empty()).then(|| range.start as u64 + u64::from(best.value(0))))
    });
    let rows = rows.collect::<Result<UInt64Array>>()?;
    Ok(take(&groups.columns[0], &rows, None)?)
}

/// The arguments of `first_value` that stand for ours.
fn with_first_value<T>(
    best: Best,
    args: &AccumulatorArgs,
    then: impl FnOnce(AccumulatorArgs) -> T,
) -> T {
    let order = [PhysicalSortExpr { expr: Arc::clone(&args.exprs[1]), options: best.options() }];
    then(AccumulatorArgs {
        return_field: Arc::clone(&args.return_field),
        schema: args.schema,
        ignore_nulls: false,
        order_bys: &order,
        is_reversed: false,
        name: args.name,
        is_distinct: false,
        exprs: &args.exprs[..1],
        expr_fields: &args.expr_fields[..1],
    })
}

pub(super) fn groups_supported(best: Best, args: &AccumulatorArgs) -> bool {
    !args.is_distinct
        && with_first_value(best, args, |args| {
            first_value_udaf().groups_accumulator_supported(args)
        })
}

pub(super) fn accumulator(
    best: Best,
    args: &AccumulatorArgs,
) -> DataFusionResult<Box<dyn Accumulator>> {
    let of = with_first_value(best, args, |args| first_value_udaf().accumulator(args))?;
    Ok(Box::new(OneGroup { best, of }))
}

pub(super) fn groups_accumulator(
    best: Best,
    args: &AccumulatorArgs,
) -> DataFusionResult<Box<dyn GroupsAccumulator>> {
    let of =
        with_first_value(best, args, |args| first_value_udaf().create_groups_accumulator(args))?;
    Ok(Box::new(ManyGroups { best, of }))
}

pub(super) fn state_fields(_best: Best, args: &StateFieldsArgs) -> Result<Vec<FieldRef>> {
    Ok(first_value_udaf().state_fields(StateFieldsArgs {
        name: args.name,
        input_fields: &args.input_fields[..1],
        return_field: Arc::clone(&args.return_field),
        ordering_fields: &args.input_fields[1..2],
        is_distinct: false,
    })?)
}

#[derive(Debug)]
struct OneGroup {
    best: Best,
    of: Box<dyn Accumulator>,
}

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        match self.best.counts(values)? {
            None => self.of.update_batch(values),
            Some(counts) => {
                let values = values
                    .iter()
                    .map(|column| Ok(compute::filter(column, &counts)?))
                    .collect::<DataFusionResult<Vec<_>>>()?;
                self.of.update_batch(&values)
            }
        }
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        self.of.evaluate()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        self.of.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        self.of.merge_batch(states)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.of.size()
    }
}

struct ManyGroups {
    best: Best,
    of: Box<dyn GroupsAccumulator>,
}

impl ManyGroups {
    fn filter(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Option<BooleanArray>> {
        Ok(match (self.best.counts(values)?, filter) {
            (None, filter) => filter.cloned(),
            (counts, None) => counts,
            (Some(counts), Some(filter)) => Some(compute::and(&counts, filter)?),
        })
    }
}

impl GroupsAccumulator for ManyGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DataFusionResult<()> {
        let filter = self.filter(values, opt_filter)?;
        self.of.update_batch(values, group_indices, filter.as_ref(), total_num_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DataFusionResult<ArrayRef> {
        self.of.evaluate(emit_to)
    }

    fn state(&mut self, emit_to: EmitTo) -> DataFusionResult<Vec<ArrayRef>> {
        self.of.state(emit_to)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> DataFusionResult<()> {
        self.of.merge_batch(values, group_indices, total_num_groups)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> DataFusionResult<Vec<ArrayRef>> {
        let filter = self.filter(values, opt_filter)?;
        self.of.convert_to_state(values, filter.as_ref())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.of.size()
    }
}
