//! `label_propagation`: communities of nodes that agree on a label.

use algorithms::{LabelPropagationMode, LabelPropagationOptions};
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, SEED, WEIGHT, option, parameters};
use crate::output::{Values, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "label_propagation",
        aliases: &["cdlp"],
        description: "Communities by label propagation: each node takes the label that most of its neighbours have, both ways; of equally frequent ones the smallest. Labels are nodes, or the numbers of seed_column.",
        parameters: parameters![
            option("max_iter", "BIGINT", "10", "the most iterations"),
            WEIGHT,
            option(
                "seed_column",
                "VARCHAR",
                "NULL",
                "the column of nodes with the labels to begin with; without one each node is its own label"
            ),
            option(
                "mode",
                "VARCHAR",
                "'synchronous'",
                "'synchronous' (LDBC Graphalytics), or 'asynchronous', in which nodes see new labels at once"
            ),
            SEED
        ],
        positional: 1,
        example: "SELECT * FROM label_propagation((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    use LabelPropagationMode as Mode;
    let options = LabelPropagationOptions {
        max_iterations: binder.count32("max_iter", 0)?.unwrap_or(10),
        mode: binder.choice(
            "mode",
            Mode::Synchronous,
            &[("synchronous", Mode::Synchronous), ("asynchronous", Mode::Asynchronous)],
        )?,
        labels: None,
        weighted: binder.weight("weight")?,
        seed: binder.seed()?,
    };
    let Some(column) = binder.arguments().string("seed_column")? else {
        let fields = [binder.node("node"), binder.node("community")];
        return Ok(Algorithm::new(fields, move |context| {
            let found = algorithms::label_propagation(context.graph, &options, context.run)?;
            Ok(context.output().with(Values::Nodes(found.label)))
        }));
    };
    let column = binder.node_column("seed_column", &column)?;
    Ok(Algorithm::new([binder.node("node"), integer("community")], move |context| {
        let (labels, known) = seeds(context.raw_node_values(column))?;
        let options = LabelPropagationOptions { labels: Some(labels), ..options.clone() };
        let found = algorithms::label_propagation(context.graph, &options, context.run)?;
        let communities = found.label.iter().map(|label| known[*label as usize]).collect();
        Ok(context.output().with(Values::Integers(communities)))
    }))
}

/// The labels as positions among the sorted distinct ones, and these. A node without a label gets one of
/// its own, above all others.
fn seeds(values: &[f64]) -> Result<(Vec<u32>, Vec<i64>)> {
    if let Some(value) = values.iter().find(|value| !value.is_nan() && value.fract() != 0.0) {
        let message = format!("seed_column holds {value}, which is no whole number");
        return Err(extension::Error::invalid_data(message));
    }
    let given = values.iter().filter(|value| !value.is_nan()).map(|value| *value as i64);
    let mut known: Vec<i64> = given.collect();
    known.sort_unstable();
    known.dedup();
    let mut next = known.last().map_or(0, |last| last + 1);
    let mut labels = Vec::with_capacity(values.len());
    for value in values {
        match value.is_nan() {
            true => {
                labels.push(known.len() as u32);
                known.push(next);
                next += 1;
            }
            false => {
                let label = *value as i64;
                labels.push(known.partition_point(|known| *known < label) as u32);
            }
        }
    }
    Ok((labels, known))
}
