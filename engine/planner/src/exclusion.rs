//! `EXCLUDE CURRENT ROW | GROUP | TIES` in the frame of a window.
//!
//! DataFusion's frames have no place for it. So the tokens leave a marker in PARTITION BY
//! ([`tokens`](crate::tokens)), and the planner here puts a window function in the place of the
//! aggregate, which leaves the rows out of the frame that DataFusion gives it.

use std::cell::OnceCell;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute;
use datafusion::arrow::compute::partition;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::{Result, ScalarValue};
use datafusion::functions_aggregate::first_last::{first_value_udaf, last_value_udaf};
use datafusion::functions_aggregate::nth_value::nth_value_udaf;
use datafusion::logical_expr::expr::{NullTreatment, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::function::{
    AccumulatorArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs,
};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawWindowExpr};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, Expr, LimitEffect, PartitionEvaluator, Signature, Volatility,
    WindowFunctionDefinition, WindowUDF, WindowUDFImpl, lit,
};
use datafusion::physical_expr::PhysicalExpr;
use extension::Error;

/// What the marker in PARTITION BY begins with; the words after EXCLUDE follow.
pub(crate) const MARKER: &str = "window exclude ";

/// Which rows of a frame are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Exclusion {
    CurrentRow,
    Group,
    Ties,
}

impl Exclusion {
    fn of_marker(expr: &Expr) -> Option<Self> {
        let Expr::Literal(value, _) = expr else { return None };
        match value.try_as_str().flatten()?.strip_prefix(MARKER)? {
            "current" => Some(Self::CurrentRow),
            "group" => Some(Self::Group),
            "ties" => Some(Self::Ties),
            _ => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::CurrentRow => "current row",
            Self::Group => "group",
            Self::Ties => "ties",
        }
    }

    /// What is left of `frame` for the row `current` with its `peers`: at most three ranges.
    fn left(self, frame: &Range<usize>, current: usize, peers: Range<usize>) -> Vec<Range<usize>> {
        if frame.start >= frame.end {
            return vec![];
        }
        let out = match self {
            Self::CurrentRow => current..current + 1,
            Self::Group | Self::Ties => peers,
        };
        let mut ranges = vec![
            frame.start..out.start.clamp(frame.start, frame.end),
            out.end.clamp(frame.start, frame.end)..frame.end,
        ];
        if self == Self::Ties && frame.contains(&current) {
            ranges.insert(1, current..current + 1);
        }
        ranges.retain(|range| !range.is_empty());
        ranges
    }
}

/// Plans windows with the marker.
#[derive(Debug)]
pub(crate) struct WindowExclusion;

impl ExprPlanner for WindowExclusion {
    fn plan_window(&self, mut window: RawWindowExpr) -> Result<PlannerResult<RawWindowExpr>> {
        let marker = window
            .partition_by
            .iter()
            .enumerate()
            .find_map(|(index, expr)| Some((index, Exclusion::of_marker(expr)?)));
        let Some((index, exclusion)) = marker else { return Ok(PlannerResult::Original(window)) };
        window.partition_by.remove(index);
        let aggregate = match &window.func_def {
            WindowFunctionDefinition::AggregateUDF(function) => Arc::clone(function),
            WindowFunctionDefinition::WindowUDF(function) => match function.name() {
                "first_value" => first_value_udaf(),
                "last_value" => last_value_udaf(),
                "nth_value" => nth_value_udaf(),
                // The others look at the whole partition, whatever the frame is.
                _ => return Ok(PlannerResult::Original(window)),
            },
        };
        let arguments = window.args.len();
        #[expect(deprecated, reason = "this is how the star of count(*) comes")]
        let counted = |arg: Expr| match arg {
            Expr::Wildcard { .. } => lit(1_i64),
            other => other,
        };
        let mut args: Vec<Expr> = window.args.into_iter().map(counted).collect();
        args.extend(window.filter.clone().map(|filter| *filter));
        args.extend(window.order_by.iter().map(|order| order.expr.clone()));
        let function = Excluding {
            name: format!("{} excluding {}", aggregate.name(), exclusion.words()),
            aggregate,
            exclusion,
            arguments,
            filtered: window.filter.is_some(),
            distinct: window.distinct,
            ignore_nulls: window.null_treatment == Some(NullTreatment::IgnoreNulls),
            signature: Signature::user_defined(Volatility::Immutable),
        };
        let fun = WindowFunctionDefinition::WindowUDF(Arc::new(WindowUDF::new_from_impl(function)));
        Ok(PlannerResult::Planned(Expr::WindowFunction(Box::new(WindowFunction {
            fun,
            params: WindowFunctionParams {
                args,
                partition_by: window.partition_by,
                order_by: window.order_by,
                window_frame: window.window_frame,
                filter: None,
                null_treatment: None,
                distinct: false,
            },
        }))))
    }
}

/// An aggregate over a frame without some of its rows. The arguments are those of the aggregate, the
/// condition of its FILTER, and what the window is ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Excluding {
    name: String,
    aggregate: Arc<AggregateUDF>,
    exclusion: Exclusion,
    arguments: usize,
    filtered: bool,
    distinct: bool,
    ignore_nulls: bool,
    signature: Signature,
}

impl Hash for Excluding {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.arguments.hash(state);
        (self.filtered, self.distinct, self.ignore_nulls).hash(state);
    }
}

impl WindowUDFImpl for Excluding {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let fields: Vec<FieldRef> = given
            .iter()
            .map(|data_type| Arc::new(Field::new("argument", data_type.clone(), true)))
            .collect();
        let (arguments, rest) = fields.split_at(self.arguments.min(fields.len()));
        let coerced = fields_with_udf(arguments, self.aggregate.as_ref())?;
        let types = coerced.iter().map(|field| field.data_type().clone());
        Ok(types.chain(rest.iter().map(|field| field.data_type().clone())).collect())
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        let fields = args.input_fields();
        let field = self.aggregate.return_field(&fields[..self.arguments.min(fields.len())])?;
        // What is left of a frame may be nothing.
        let nullable = field.is_nullable() || self.aggregate.name() != "count";
        Ok(Arc::new(field.as_ref().clone().with_name(args.name()).with_nullable(nullable)))
    }

    fn partition_evaluator(
        &self,
        args: PartitionEvaluatorArgs,
    ) -> Result<Box<dyn PartitionEvaluator>> {
        let (exprs, fields) = (args.input_exprs(), args.input_fields());
        if exprs.len() < self.arguments {
            return Err(Error::internal("a window lost arguments").into());
        }
        let inputs = &fields[..self.arguments];
        let exact = inputs
            .iter()
            .all(|field| field.data_type().is_integer() || field.data_type().is_decimal());
        Ok(Box::new(Evaluator {
            returns: self.aggregate.return_field(inputs)?,
            exprs: exprs[..self.arguments].to_vec(),
            fields: inputs.to_vec(),
            // What these took in they give back, in any order.
            gives_back: exact
                && !self.distinct
                && matches!(self.aggregate.name(), "sum" | "count" | "avg"),
            function: self.clone(),
            row: 0,
            peers: OnceCell::new(),
            running: None,
        }))
    }

    fn limit_effect(&self, _args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::Unknown
    }
}

#[derive(Debug)]
struct Evaluator {
    function: Excluding,
    returns: FieldRef,
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    fields: Vec<FieldRef>,
    gives_back: bool,
    /// The row whose turn it is: each has one, in order.
    row: usize,
    /// By row, the rows that are equal to it in the order of the window.
    peers: OnceCell<Vec<Range<usize>>>,
    /// The frame that was taken in, where that pays.
    running: Option<(Box<dyn Accumulator>, Range<usize>)>,
}

impl Evaluator {
    fn accumulator(&self) -> Result<Box<dyn Accumulator>> {
        let schema = Schema::empty();
        self.function.aggregate.accumulator(AccumulatorArgs {
            return_field: Arc::clone(&self.returns),
            schema: &schema,
            expr_fields: &self.fields,
            ignore_nulls: self.function.ignore_nulls,
            order_bys: &[],
            name: self.function.aggregate.name(),
            is_distinct: self.function.distinct,
            exprs: &self.exprs,
            is_reversed: false,
        })
    }

    /// The arguments in a range of rows, of those that FILTER keeps.
    fn rows(&self, values: &[ArrayRef], range: &Range<usize>) -> Result<Vec<ArrayRef>> {
        let arguments = values.iter().take(self.function.arguments);
        let slice = |array: &ArrayRef| array.slice(range.start, range.len());
        let arguments: Vec<ArrayRef> = arguments.map(slice).collect();
        match (self.function.filtered, values.get(self.function.arguments)) {
            (true, Some(filter)) => {
                let filter = slice(filter);
                let filter = filter.as_boolean();
                arguments.iter().map(|array| Ok(compute::filter(array, filter)?)).collect()
            }
            _ => Ok(arguments),
        }
    }

    /// The rows that are equal to the current one.
    fn peers(&self, values: &[ArrayRef]) -> Result<Range<usize>> {
        let peers = match self.peers.get() {
            Some(peers) => peers,
            None => {
                let first = self.function.arguments + usize::from(self.function.filtered);
                let keys = self.function.keys(values, first);
                let rows = values.first().map_or(0, |array| array.len());
                let ranges = match keys.is_empty() {
                    true => std::iter::once(0..rows).collect(),
                    false => partition(keys)?.ranges(),
                };
                let by_row = ranges
                    .into_iter()
                    .flat_map(|range| std::iter::repeat_n(range.clone(), range.len()))
                    .collect();
                self.peers.get_or_init(|| by_row)
            }
        };
        Ok(peers.get(self.row).cloned().unwrap_or(self.row..self.row + 1))
    }

    /// Moves the running accumulator to a frame; frames only move on.
    fn advance(
        &self,
        accumulator: &mut Box<dyn Accumulator>,
        covered: &Range<usize>,
        frame: &Range<usize>,
        values: &[ArrayRef],
    ) -> Result<()> {
        let added = covered.end.max(frame.start)..frame.end;
        let removed = covered.start..frame.start.min(covered.end);
        if !removed.is_empty() {
            accumulator.retract_batch(&self.rows(values, &removed)?)?;
        }
        if !added.is_empty() {
            accumulator.update_batch(&self.rows(values, &added)?)?;
        }
        Ok(())
    }
}

impl Excluding {
    /// What the window is ordered by: the arguments behind those of the aggregate. DataFusion puts the
    /// same columns behind them once more.
    fn keys<'a>(&self, values: &'a [ArrayRef], first: usize) -> &'a [ArrayRef] {
        let behind = values.get(first..).unwrap_or_default();
        &behind[..behind.len() / 2]
    }
}

impl PartitionEvaluator for Evaluator {
    fn evaluate(&mut self, values: &[ArrayRef], frame: &Range<usize>) -> Result<ScalarValue> {
        let needs_peers = self.function.exclusion != Exclusion::CurrentRow;
        let peers = if needs_peers { self.peers(values)? } else { self.row..self.row + 1 };
        let left = self.function.exclusion.left(frame, self.row, peers);
        self.row += 1;
        let running = match self.running.take() {
            Some((accumulator, covered))
                if covered.start <= frame.start && covered.end <= frame.end =>
            {
                Some((accumulator, covered))
            }
            _ if self.gives_back => {
                let accumulator = self.accumulator()?;
                accumulator
                    .supports_retract_batch()
                    .then_some((accumulator, frame.start..frame.start))
            }
            _ => None,
        };
        let Some((mut accumulator, covered)) = running else {
            let mut accumulator = self.accumulator()?;
            for range in &left {
                accumulator.update_batch(&self.rows(values, range)?)?;
            }
            return accumulator.evaluate();
        };
        self.advance(&mut accumulator, &covered, frame, values)?;
        // What lies between the ranges is taken out for a moment.
        let mut out = vec![];
        let mut at = frame.start;
        for range in left.iter().cloned().chain(std::iter::once(frame.end..frame.end)) {
            if at < range.start {
                out.push(at..range.start);
            }
            at = range.end;
        }
        for range in &out {
            accumulator.retract_batch(&self.rows(values, range)?)?;
        }
        let value = accumulator.evaluate()?;
        for range in &out {
            accumulator.update_batch(&self.rows(values, range)?)?;
        }
        self.running = Some((accumulator, frame.clone()));
        Ok(value)
    }

    fn uses_window_frame(&self) -> bool {
        true
    }

    // Rows are counted from the start of the partition, so it must be there as a whole.
    fn supports_bounded_execution(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Exclusion;

    #[test]
    fn rows_are_left_out_of_a_frame() {
        let left = |exclusion: Exclusion| exclusion.left(&(2..8), 4, 3..6);
        assert_eq!(left(Exclusion::CurrentRow), [2..4, 5..8]);
        assert_eq!(left(Exclusion::Group), [2..3, 6..8]);
        assert_eq!(left(Exclusion::Ties), [2..3, 4..5, 6..8]);
        assert_eq!(Exclusion::Group.left(&(0..2), 4, 3..6).first(), Some(&(0..2)));
        assert_eq!(Exclusion::Ties.left(&(5..8), 4, 3..6).first(), Some(&(6..8)));
        assert!(Exclusion::Group.left(&(3..6), 4, 3..6).is_empty());
    }
}
