//! What searches from sources have in common: one search from all of them, or one from each, and whether
//! nodes that were not reached are among the rows.

use algorithms::Node;
use arrow::datatypes::FieldRef;
use extension::{Parameter, Result};

use crate::bind::Binder;
use crate::errors::Failure;
use crate::function::{Algorithm, Context, option};
use crate::output::{Output, Values};

/// Whether nodes that were not reached are among the rows.
pub(crate) const INCLUDE_UNREACHABLE: Parameter = option(
    "include_unreachable",
    "BOOLEAN",
    "false",
    "whether nodes that were not reached are among the rows, with NULL for what is not known",
);

/// What several sources mean.
pub(crate) const MULTI: Parameter = option(
    "multi",
    "VARCHAR",
    "'any'",
    "'any' searches from all sources at once; 'each' from one after the other, and adds the column source",
);

/// What one search found.
pub(crate) struct Found {
    /// Whether each node was reached.
    pub(crate) reached: Vec<bool>,
    /// The columns after that of nodes, by node.
    pub(crate) columns: Vec<Values>,
}

/// A search as an algorithm: `fields` are the columns for one search from all sources.
pub(crate) fn search(
    binder: &mut Binder<'_>,
    mut fields: Vec<FieldRef>,
    find: impl Fn(&Context<'_>, Vec<Node>) -> Result<Found, Failure> + Send + Sync + 'static,
) -> Result<Algorithm> {
    let each = binder.choice("multi", false, &[("any", false), ("each", true)])?;
    let all = binder.arguments().boolean("include_unreachable")?.unwrap_or(false);
    let list = binder.required_nodes("source")?;
    if !each {
        return Ok(Algorithm::new(fields, move |context| {
            let found = find(context, context.nodes(list)?)?;
            Ok(rows(found, all))
        }));
    }
    fields.insert(0, binder.node("source"));
    Ok(Algorithm::new(fields, move |context| {
        let mut sources = context.nodes(list)?;
        sources.sort_unstable();
        sources.dedup();
        let mut output: Option<Output> = None;
        for source in sources {
            context.run.check()?;
            let mut found = rows(find(context, vec![source])?, all);
            found.prepend(Values::Nodes(vec![source; found.rows()]));
            match &mut output {
                Some(output) => output.append(found),
                None => output = Some(found),
            }
        }
        Ok(match output {
            Some(output) => output,
            // Without sources there is nothing but the columns.
            None => {
                let mut found = rows(find(context, vec![])?, false);
                found.prepend(Values::Nodes(vec![]));
                found
            }
        })
    })
    .sorted_by(2))
}

fn rows(found: Found, all: bool) -> Output {
    let everything = all || found.reached.iter().all(|reached| *reached);
    let mut output = match everything {
        true => Output::of_rows(found.reached.len())
            .with(Values::Nodes((0..found.reached.len() as Node).collect())),
        false => {
            let nodes = found.reached.iter().zip(0..).filter(|(reached, _)| **reached);
            let nodes: Vec<Node> = nodes.map(|(_, node)| node).collect();
            Output::of_rows(nodes.len()).with(Values::Nodes(nodes))
        }
    };
    for mut column in found.columns {
        if !everything {
            column.retain(&found.reached);
        }
        output = output.with(column);
    }
    output
}
