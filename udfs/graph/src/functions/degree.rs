//! `degree`: how many edges each node has.

use algorithms::DegreeOptions;
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::function::{Algorithm, GraphFunction, WEIGHT, parameters};
use crate::output::{Values, double, integer};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "degree",
        aliases: &["degree_centrality"],
        description: "How many edges end and start at each node, or what they weigh together. A self-loop counts at both ends.",
        parameters: parameters![WEIGHT],
        positional: 1,
        example: "SELECT * FROM degree((VALUES (1, 2), (2, 3), (3, 1), (3, 4)))",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let weighted = binder.weight("weight")?;
    let number = if weighted { double } else { integer };
    let fields = [binder.node("node"), number("in_degree"), number("out_degree"), number("degree")];
    Ok(Algorithm::new(fields, move |context| {
        let options = DegreeOptions { weighted };
        let found = algorithms::degree(context.graph, &options, context.run)?;
        let values = |degrees: Vec<f64>| match weighted {
            true => Values::Doubles(degrees),
            false => Values::Integers(degrees.into_iter().map(|degree| degree as i64).collect()),
        };
        Ok(context
            .output()
            .with(values(found.incoming))
            .with(values(found.outgoing))
            .with(values(found.degree)))
    }))
}
