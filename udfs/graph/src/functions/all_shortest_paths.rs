//! `all_shortest_paths`: the shortest paths by number of edges, all of them or one for each target.

use algorithms::{BfsOptions, Direction, Graph, NONE, Node, Run};
use extension::{Result, Signature};

use crate::bind::Binder;
use crate::errors::Failure;
use crate::function::{Algorithm, DIRECTION, GraphFunction, nodes_parameter, option, parameters};
use crate::output::{Output, Values, integer, list_of};

pub(super) static FUNCTION: GraphFunction = GraphFunction {
    signature: Signature {
        name: "all_shortest_paths",
        aliases: &[],
        description: "The paths with fewest edges from each of the sources to each node that it reaches: all of them, or one for \
            each. Parallel edges make paths of their own.",
        parameters: parameters![
            nodes_parameter(
                "source",
                "where paths start: a node, a list of nodes, or a query of nodes"
            ),
            option("max_depth", "BIGINT", "NULL", "leaves out paths of more edges"),
            option(
                "min_length",
                "BIGINT",
                "0",
                "1 leaves out the path of no edge from a source to itself, and has the shortest cycles instead"
            ),
            option("paths", "VARCHAR", "'all'", "'all', or 'any' for one path to each node"),
            DIRECTION,
        ],
        positional: 2,
        example: "SELECT * FROM all_shortest_paths((VALUES (1, 2), (1, 3), (2, 4), (3, 4)), 1)",
    },
    bind,
};

fn bind(binder: &mut Binder<'_>) -> Result<Algorithm> {
    let direction = binder.direction(Direction::Out)?;
    let max_depth = binder.count32("max_depth", 0)?;
    let cycles = match binder.count("min_length", 0)? {
        None | Some(0) => false,
        Some(1) => true,
        Some(other) => return Err(binder.arguments().invalid("min_length", "0 or 1", other)),
    };
    let any = binder.choice("paths", false, &[("all", false), ("any", true)])?;
    let list = binder.required_nodes("source")?;
    let fields = vec![
        binder.node("source"),
        binder.node("target"),
        integer("distance"),
        list_of("path", &binder.node("node")),
    ];
    Ok(Algorithm::new(fields, move |context| {
        let mut sources = context.nodes(list)?;
        sources.sort_unstable();
        sources.dedup();
        let mut found = Found { offsets: vec![0], ..Found::default() };
        for source in sources {
            let options = BfsOptions { sources: vec![source], max_depth, direction };
            let distance = algorithms::bfs(context.graph, &options, context.run)?.distance;
            let mut search = Search {
                graph: context.graph,
                run: context.run,
                direction,
                distance: &distance,
                source,
                any,
                found: &mut found,
            };
            search.all(max_depth, cycles)?;
        }
        let rows = found.sources.len();
        Ok(Output::of_rows(rows)
            .with(Values::Nodes(found.sources))
            .with(Values::Nodes(found.targets))
            .with(Values::Counts(found.distances))
            .with(Values::NodeLists(found.offsets, found.nodes)))
    })
    .sorted_by(2))
}

/// The paths so far.
#[derive(Default)]
struct Found {
    sources: Vec<Node>,
    targets: Vec<Node>,
    distances: Vec<u32>,
    offsets: Vec<usize>,
    nodes: Vec<Node>,
}

/// The paths from one source.
struct Search<'a> {
    graph: &'a Graph,
    run: &'a Run,
    direction: Direction,
    distance: &'a [u32],
    source: Node,
    any: bool,
    found: &'a mut Found,
}

impl Search<'_> {
    fn all(&mut self, max_depth: Option<u32>, cycles: bool) -> Result<(), Failure> {
        for target in 0..self.distance.len() as Node {
            if target == self.source && cycles {
                let before = self.before(target)?;
                let lengths = before.iter().map(|node| self.distance[*node as usize]);
                let shortest = lengths.filter(|distance| *distance != NONE).min();
                if let Some(length) = shortest.filter(|l| max_depth.is_none_or(|most| *l < most)) {
                    self.back(target, length + 1)?;
                }
            } else if self.distance[target as usize] != NONE {
                self.back(target, self.distance[target as usize])?;
            }
        }
        Ok(())
    }

    /// The nodes from which an edge leads to `node`, once for each edge.
    fn before(&self, node: Node) -> Result<Vec<Node>, Failure> {
        let incoming = || Ok::<_, Failure>(self.graph.incoming(self.run)?.neighbors(node));
        let outgoing = self.graph.outgoing().neighbors(node);
        Ok(match self.direction {
            Direction::Out => incoming()?.to_vec(),
            Direction::In => outgoing.to_vec(),
            Direction::Both if !self.graph.is_directed() => outgoing.to_vec(),
            Direction::Both => {
                let mut both = incoming()?.to_vec();
                both.extend(outgoing.iter().filter(|other| **other != node));
                both.sort_unstable();
                both
            }
        })
    }

    /// The paths of a length that end at `target`, found from their ends.
    fn back(&mut self, target: Node, length: u32) -> Result<(), Failure> {
        // For each place on the way back, the nodes that may stand there, of which the last is next.
        let mut path = vec![target];
        let mut choices: Vec<Vec<Node>> = vec![];
        loop {
            self.run.check()?;
            let left = length - choices.len() as u32;
            if left == 0 {
                self.push(target, length, &path)?;
                if self.any {
                    return Ok(());
                }
            } else {
                let node = path.last().copied().unwrap_or(target);
                let mut before = self.before(node)?;
                before.retain(|node| self.distance[*node as usize] == left - 1);
                before.reverse();
                choices.push(before);
                if let Some(next) = choices.last_mut().and_then(Vec::pop) {
                    path.push(next);
                    continue;
                }
                choices.pop();
            }
            // On to the next choice that is left.
            loop {
                let Some(last) = choices.last_mut() else { return Ok(()) };
                path.pop();
                match last.pop() {
                    Some(next) => {
                        path.push(next);
                        break;
                    }
                    None => {
                        choices.pop();
                    }
                }
            }
        }
    }

    fn push(&mut self, target: Node, length: u32, path: &[Node]) -> Result<(), Failure> {
        // There may be very many; the account is given back with the run.
        if self.found.sources.len().is_multiple_of(4096) {
            let bytes = 4096 * (20 + 4 * path.len());
            let what = "the paths";
            let grown = self.run.memory().try_grow(bytes);
            grown.map_err(|reason| algorithms::Error::Memory { what, bytes, reason })?;
        }
        self.found.sources.push(self.source);
        self.found.targets.push(target);
        self.found.distances.push(length);
        self.found.nodes.extend(path.iter().rev());
        self.found.offsets.push(self.found.nodes.len());
        Ok(())
    }
}
