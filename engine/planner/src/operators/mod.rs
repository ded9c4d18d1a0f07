//! Relations that DataFusion has no operator for: positional and ASOF joins, samples, limits that another
//! query tells, joins whose key is made of both sides, and lateral relations that a projection can do.
//!
//! The rewrites of the syntax tree set each apart as a nested join whose one join names the operator.
//! [`plan`] makes a logical node of it, and [`physical`] an operator.

mod asof;
mod lateral;
mod limit;
mod node;
mod physical;
mod plan;
mod positional;
mod sample;
mod using;

pub(crate) use physical::OperatorPlanner;
pub(crate) use plan::OperatorRelations;
pub(crate) use using::needs_key;
