//! `pagerank`: how often a walker who follows edges at random visits each node.

use algorithms::{Dangling, PageRankOptions};
use extension::{Parameter, Result, Signature};

use super::convergence::{ON_NO_CONVERGENCE, check, insists};
use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, WEIGHT, option, parameters};
use crate::output::{Values, double};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "pagerank",
        aliases: &["page_rank"],
        description: "How often a walker who follows edges at random, and now and then jumps to any node, visits each node. The \
            ranks sum to 1.",
        parameters: parameters![
            option("damping", "DOUBLE", "0.85", "the probability of following an edge; also alpha"),
            option("alpha", "DOUBLE", "0.85", "another name of damping"),
            option("max_iter", "BIGINT", "100", "the most iterations"),
            option("tol", "DOUBLE", "1e-6", "ends when the ranks together changed by no more"),
            WEIGHT,
            Parameter {
                name: "personalization",
                type_name: "MAP | ANY[] | TABLE",
                default: Some("all nodes alike"),
                description: "where jumps lead: a list of nodes, {node: weight}, or a query of nodes and weights",
            },
            option(
                "dangling",
                "VARCHAR",
                "'redistribute'",
                "what becomes of the rank of nodes without outgoing edges: \
                'redistribute', or 'none' to lose it"
            ),
            Parameter { default: Some("'warn'"), ..ON_NO_CONVERGENCE },
            option(
                "fixed_iterations",
                "BIGINT",
                "NULL",
                "exactly so many iterations, whatever tol"
            ),
        ],
        positional: 1,
        example: "SELECT * FROM pagerank((VALUES (1, 2), (2, 3), (3, 1)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let share = |name: &str| {
        binder.number(name, "a number from 0 to 1", |number| (0.0..=1.0).contains(&number))
    };
    let defaults = PageRankOptions::default();
    let damping = match (share("damping")?, share("alpha")?) {
        (Some(damping), None) | (None, Some(damping)) => damping,
        (None, None) => defaults.damping,
        (Some(_), Some(alpha)) => {
            return Err(binder.arguments().invalid("alpha", "left out beside damping", alpha));
        }
    };
    let options = PageRankOptions {
        damping,
        max_iterations: binder.count32("max_iter", 1)?.unwrap_or(defaults.max_iterations),
        tolerance: binder
            .number("tol", "a number from 0 on", |number| number >= 0.0)?
            .unwrap_or(defaults.tolerance),
        fixed_iterations: binder.count32("fixed_iterations", 0)?,
        personalization: None,
        dangling: binder.choice(
            "dangling",
            defaults.dangling,
            &[("redistribute", Dangling::Redistribute), ("none", Dangling::Lose)],
        )?,
        weighted: binder.weight("weight")?,
    };
    let insists = insists(binder, false)?;
    let personalization = binder.weighted_nodes("personalization")?;
    Ok(Algorithm::new([binder.node("node"), double("rank")], move |context| {
        let mut options = options.clone();
        if let Some(list) = personalization {
            options.personalization = Some(context.weighted_nodes(list)?);
        }
        let found = algorithms::pagerank(context.graph, &options, context.run)?;
        check(
            context,
            (found.converged, found.iterations, found.change),
            insists,
            options.tolerance,
        )?;
        Ok(context.output().with(Values::Doubles(found.scores)))
    }))
}
