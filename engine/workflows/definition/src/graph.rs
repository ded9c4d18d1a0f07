//! What needs what: edges from names in `input`, in SQL, in `depends_on` and in `ref()`.

use std::collections::{BTreeSet, HashMap};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::problem::{Position, Problem};
use crate::workflow::{Dialect, Name, Step, Workflow};

/// The steps of a workflow in their order.
#[derive(Debug, Clone)]
pub struct Graph {
    /// For each step those whose rows it reads, under the names that it calls them by.
    pub reads: Vec<Vec<(String, usize)>>,
    /// For each step those that come before it, whether it reads them or not.
    pub before: Vec<Vec<usize>>,
    /// For each step those that come after it.
    pub after: Vec<Vec<usize>>,
    /// The steps in an order in which each comes after those it needs, else in that of the file.
    pub order: Vec<usize>,
}

impl Graph {
    /// The graph. `sql_names` tells the tables that a step's SQL names.
    ///
    /// # Errors
    /// Names that no step has, and cycles, which are named.
    pub fn new(
        workflow: &Workflow,
        sql_names: &mut dyn FnMut(&Step) -> Vec<String>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = vec![];
        let names = Names::new(workflow);
        let count = workflow.steps.len();
        let mut reads = vec![vec![]; count];
        let mut before = vec![vec![]; count];
        for (index, step) in workflow.steps.iter().enumerate() {
            for name in &step.inputs {
                match names.producer(&name.text, index) {
                    Ok(Some(producer)) => reads[index].push((name.text.clone(), producer)),
                    Ok(None) => problems.push(names.unknown(step, name)),
                    Err(message) => problems.push(Problem::new(
                        name.position,
                        format!("step '{}': {message}", step.name),
                    )),
                }
            }
            for name in &step.depends_on {
                match names.step(&name.text).or(names.producer(&name.text, index).ok().flatten()) {
                    Some(producer) => before[index].push(producer),
                    None => problems.push(names.unknown(step, name)),
                }
                // `ref('x')` stands in SQL, which then reads it.
            }
            let mut named = sql_names(step);
            named.extend(step.checks.iter().flat_map(|check| check.reads.iter().cloned()));
            for name in named {
                let known = reads[index].iter().any(|(read, _)| *read == name);
                // A name that no step has is a table or a file, which the engine looks for.
                if let (false, Ok(Some(producer))) = (known, names.producer(&name, index)) {
                    reads[index].push((name, producer));
                }
            }
            let producers: Vec<usize> =
                reads[index].iter().map(|(_, producer)| *producer).collect();
            before[index].extend(producers);
            before[index].sort_unstable();
            before[index].dedup();
        }
        let mut after = vec![vec![]; count];
        for (index, needed) in before.iter().enumerate() {
            needed.iter().for_each(|needed| after[*needed].push(index));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        match order(&before, &after) {
            Some(order) => Ok(Self { reads, before, after, order }),
            None => Err(vec![cycle(workflow, &before)]),
        }
    }

    /// The problems that can be found without reading SQL.
    pub(crate) fn problems(workflow: &Workflow) -> Vec<Problem> {
        Self::new(workflow, &mut |_| vec![]).err().unwrap_or_default()
    }

    /// The steps that a step needs, however far, without itself.
    pub fn ancestors(&self, of: usize) -> BTreeSet<usize> {
        reach(&self.before, of, usize::MAX)
    }

    /// The steps that need a step, however far, without itself.
    pub fn descendants(&self, of: usize) -> BTreeSet<usize> {
        reach(&self.after, of, usize::MAX)
    }

    /// Steps that could run at the same time, level by level.
    pub fn levels(&self) -> Vec<Vec<usize>> {
        let mut level = vec![0; self.before.len()];
        for index in &self.order {
            level[*index] =
                self.before[*index].iter().map(|needed| level[*needed] + 1).max().unwrap_or(0);
        }
        let count = level.iter().max().map_or(0, |last| last + 1);
        (0..count)
            .map(|wanted| (0..level.len()).filter(|index| level[*index] == wanted).collect())
            .collect()
    }
}

/// What can be reached in at most `distance` steps.
pub(crate) fn reach(edges: &[Vec<usize>], from: usize, distance: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut front = vec![from];
    let mut travelled = 0;
    while !front.is_empty() && travelled < distance {
        let next: Vec<usize> = front
            .iter()
            .flat_map(|index| edges[*index].iter().copied())
            .filter(|index| found.insert(*index))
            .collect();
        front = next;
        travelled += 1;
    }
    found.remove(&from);
    found
}

/// Of the steps that are ready, the first in the file goes first.
fn order(before: &[Vec<usize>], after: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut ready: BTreeSet<usize> =
        (0..before.len()).filter(|index| waiting[*index] == 0).collect();
    let mut order = vec![];
    while let Some(index) = ready.pop_first() {
        order.push(index);
        for next in &after[index] {
            waiting[*next] -= 1;
            if waiting[*next] == 0 {
                ready.insert(*next);
            }
        }
    }
    (order.len() == before.len()).then_some(order)
}

/// Names a cycle: `a → b → a`.
fn cycle(workflow: &Workflow, before: &[Vec<usize>]) -> Problem {
    let mut graph = DiGraph::<(), ()>::new();
    let nodes: Vec<NodeIndex> = before.iter().map(|_| graph.add_node(())).collect();
    for (index, needed) in before.iter().enumerate() {
        for needed in needed {
            graph.add_edge(nodes[*needed], nodes[index], ());
        }
    }
    let components = tarjan_scc(&graph);
    let is_cycle = |component: &&Vec<NodeIndex>| match component.as_slice() {
        [only] => before[only.index()].contains(&only.index()),
        _ => true,
    };
    let members: BTreeSet<usize> = components
        .iter()
        .find(is_cycle)
        .map(|component| component.iter().map(|node| node.index()).collect())
        .unwrap_or_default();
    let Some(start) = members.first().copied() else {
        return Problem::new(Position::default(), "the steps need each other");
    };
    // Walking back from any member stays in the component and meets itself at last.
    let mut path = vec![start];
    let mut current = start;
    let inside = |step: usize| before[step].iter().copied().find(|needed| members.contains(needed));
    while let Some(next) = inside(current) {
        if let Some(at) = path.iter().position(|seen| *seen == next) {
            path.drain(..at);
            break;
        }
        path.push(next);
        current = next;
    }
    path.reverse();
    let least = (0..path.len()).min_by_key(|at| path[*at]).unwrap_or_default();
    path.rotate_left(least);
    path.extend(path.first().copied());
    let names: Vec<&str> = path.iter().map(|index| workflow.steps[*index].name.as_str()).collect();
    let position =
        path.iter().map(|index| workflow.steps[*index].position).min().unwrap_or_default();
    Problem::new(position, format!("steps need each other: {}", names.join(" → ")))
}

/// Who makes what.
struct Names<'a> {
    workflow: &'a Workflow,
    datasets: HashMap<String, Vec<usize>>,
    steps: HashMap<String, usize>,
}

impl<'a> Names<'a> {
    fn new(workflow: &'a Workflow) -> Self {
        let mut datasets: HashMap<String, Vec<usize>> = HashMap::new();
        let mut steps = HashMap::new();
        for (index, step) in workflow.steps.iter().enumerate() {
            steps.entry(step.name.to_lowercase()).or_insert(index);
            if step.step_type.effect != crate::steps::Effect::Sink {
                datasets.entry(step.output.to_lowercase()).or_default().push(index);
            }
        }
        Self { workflow, datasets, steps }
    }

    fn step(&self, name: &str) -> Option<usize> {
        self.steps.get(&name.to_lowercase()).copied()
    }

    /// The step whose rows `name` means to step `reader`, if a step makes them at all.
    fn producer(&self, name: &str, reader: usize) -> Result<Option<usize>, String> {
        let name = name.to_lowercase();
        let makers = self.datasets.get(&name).map(Vec::as_slice).unwrap_or_default();
        if self.workflow.dialect == Dialect::Steps {
            // Names are given again: the last one above the reader is meant.
            if let Some(maker) = makers.iter().rev().find(|maker| **maker < reader) {
                return Ok(Some(*maker));
            }
        }
        let others: Vec<usize> = makers.iter().copied().filter(|maker| *maker != reader).collect();
        match others.as_slice() {
            [only] => Ok(Some(*only)),
            [] => {
                let step = self.steps.get(&name).copied().filter(|step| {
                    *step != reader
                        && self.workflow.steps[*step].step_type.effect != crate::steps::Effect::Sink
                });
                Ok(step)
            }
            [first, second, ..] => Err(format!(
                "the dataset '{name}' is made by both '{}' and '{}'",
                self.workflow.steps[*first].name, self.workflow.steps[*second].name
            )),
        }
    }

    fn unknown(&self, step: &Step, name: &Name) -> Problem {
        let known: Vec<&str> = self
            .workflow
            .steps
            .iter()
            .filter(|other| other.name != step.name)
            .flat_map(|other| [other.output.as_str(), other.name.as_str()])
            .collect();
        let known: Vec<&str> = known.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let message = format!("step '{}': no step makes '{}'", step.name, name.text);
        Problem::unknown(name.position, message, &name.text, &known)
    }
}
