//! Communities by the Leiden method: as Louvain, but no community falls apart.

use rayon::prelude::*;

use crate::louvain::check_positive;
use crate::modularity::{Level, Moving, Tally, move_nodes, renumber};
use crate::parallel::Scratch;
use crate::random::Random;
use crate::{Communities, Graph, Node, Result, Run};

/// Options of [`leiden`].
#[derive(Debug, Clone, PartialEq)]
pub struct LeidenOptions {
    /// More makes smaller communities. Default 1.
    pub resolution: f64,
    /// The randomness of the refinement. Default 0.01.
    pub theta: f64,
    /// The most levels to make in a round. Default 10.
    pub max_levels: u32,
    /// The most rounds, each of which begins with the communities of the one before. Default 2.
    pub rounds: u32,
    /// A level or round that gains less modularity is the last. Default 1e-4.
    pub tolerance: f64,
    /// Edges count by their weight, if the graph has any. Default true.
    pub weighted: bool,
    /// The random choices of the refinement. Default 42.
    pub seed: u64,
}

impl Default for LeidenOptions {
    fn default() -> Self {
        Self {
            resolution: 1.0,
            theta: 0.01,
            max_levels: 10,
            rounds: 2,
            tolerance: 1e-4,
            weighted: true,
            seed: 42,
        }
    }
}

/// Connected communities of high modularity in the undirected graph.
pub fn leiden(graph: &Graph, options: &LeidenOptions, run: &Run) -> Result<Communities> {
    check_positive("resolution", options.resolution)?;
    check_positive("theta", options.theta)?;
    let merged = graph.merged(options.weighted, run)?;
    merged.check_not_negative(run)?;
    let nodes = graph.nodes();
    let _reservation = run.reserve::<u64>("communities", nodes * 10 + merged.len() * 2)?;
    run.phase("leiden", || {
        let first = Level::of(merged, run)?;
        let mut found = Communities {
            community: (0..nodes as u32).collect(),
            count: nodes,
            modularity: f64::NEG_INFINITY,
            levels: vec![],
        };
        for number in 0..options.rounds {
            let next = round(&first, &found.community, number, options, run)?;
            let gained = next.modularity - found.modularity;
            // The first round has nothing to fall back to; a later one may have found nothing better.
            if number == 0 || gained > 0.0 {
                found = next;
            }
            if gained < options.tolerance {
                break;
            }
        }
        Ok(found)
    })
}

/// One round over all levels, beginning with the communities given.
fn round(
    first: &Level<'_>,
    start: &[u32],
    round: u32,
    options: &LeidenOptions,
    run: &Run,
) -> Result<Communities> {
    let nodes = start.len();
    let mut level = None;
    // The node of the current level each node is in, and the community of each node of the level.
    let mut at: Vec<u32> = (0..nodes as u32).collect();
    let mut moved: Vec<u32> = start.to_vec();
    let mut levels: Vec<Vec<u32>> = Vec::new();
    for number in 0..options.max_levels {
        let current = level.as_ref().unwrap_or(first);
        let seed = options.seed.wrapping_add(u64::from(round) << 32).wrapping_add(number.into());
        let moving = Moving {
            resolution: options.resolution,
            sweeps: MAX_SWEEPS,
            tolerance: options.tolerance,
            seed,
        };
        let gained = move_nodes(current, &mut moved, &moving, run)?;
        let count = renumber(&mut moved);
        let mut community: Vec<u32> = at.iter().map(|node| moved[*node as usize]).collect();
        renumber(&mut community);
        levels.push(community);
        if count == current.nodes() || (number > 0 && gained < options.tolerance) {
            break;
        }
        let mut refined = refine(current, &moved, count, options, seed, run)?;
        let parts = renumber(&mut refined);
        if parts == current.nodes() {
            break;
        }
        let next = current.contract(&refined, parts, run)?;
        // The nodes of the next level begin in the communities that were found, not in those refined.
        let mut begin = vec![0_u32; parts];
        for (node, part) in refined.iter().enumerate() {
            begin[*part as usize] = moved[node];
        }
        renumber(&mut begin);
        at.iter_mut().for_each(|node| *node = refined[*node as usize]);
        moved = begin;
        level = Some(next);
    }
    let last = levels.last().map_or(start, Vec::as_slice);
    let mut community = connected(first, last);
    let count = renumber(&mut community);
    match levels.last_mut() {
        Some(last) => last.clone_from(&community),
        None => levels.push(community.clone()),
    }
    let modularity = first.modularity(&community, options.resolution, run)?;
    Ok(Communities { community, count, modularity, levels })
}

/// The most sweeps over the nodes of a level.
const MAX_SWEEPS: u32 = 20;

/// Splits what moving alone may have left disconnected: a community of the last level is one only if its
/// nodes reach each other inside it.
fn connected(level: &Level<'_>, community: &[u32]) -> Vec<u32> {
    let mut part = vec![u32::MAX; community.len()];
    let mut open = Vec::new();
    for start in 0..community.len() {
        if part[start] != u32::MAX {
            continue;
        }
        part[start] = start as u32;
        open.push(start as Node);
        while let Some(node) = open.pop() {
            for target in &level.targets[level.row(node)] {
                let place = *target as usize;
                if part[place] == u32::MAX && community[place] == community[node as usize] {
                    part[place] = start as u32;
                    open.push(*target);
                }
            }
        }
    }
    part
}

/// Divides each community into well-connected parts (Traag, Waltman and van Eck: From Louvain to Leiden):
/// its nodes start alone and join a part at random, the more likely the more modularity gains.
/// Communities do not know each other here, so threads take one each.
fn refine(
    level: &Level<'_>,
    community: &[u32],
    count: usize,
    options: &LeidenOptions,
    seed: u64,
    run: &Run,
) -> Result<Vec<u32>> {
    let nodes = level.nodes();
    let mut starts = vec![0_usize; count + 1];
    community.iter().for_each(|community| starts[*community as usize + 1] += 1);
    for place in 0..count {
        starts[place + 1] += starts[place];
    }
    let mut members = vec![0 as Node; nodes];
    let mut place_of = vec![0_u32; nodes];
    let mut next = starts.clone();
    for (node, community) in community.iter().enumerate() {
        let place = &mut next[*community as usize];
        members[*place] = node as Node;
        place_of[node] = (*place - starts[*community as usize]) as u32;
        *place += 1;
    }
    let scratch = Scratch::new(|| {
        let reservation = run.reserve::<[u64; 4]>("parts of a community", nodes)?;
        Ok((Tally::new(nodes), reservation))
    });
    let parts: Vec<Vec<u32>> = (0..count)
        .into_par_iter()
        .map(|own| {
            run.check()?;
            let members = &members[starts[own]..starts[own + 1]];
            if members.len() == 1 {
                return Ok(vec![0]);
            }
            let mut random = Random::new(seed ^ 0x5eed, own as u64);
            scratch.with(|(tally, _)| {
                let inside = |node: Node| community[node as usize] as usize == own;
                let place = |node: Node| place_of[node as usize] as usize;
                refine_one(level, members, inside, place, options, tally, &mut random, run)
            })?
        })
        .collect::<Result<_>>()?;
    let mut refined = vec![0_u32; nodes];
    for (own, parts) in parts.iter().enumerate() {
        for (node, part) in members[starts[own]..starts[own + 1]].iter().zip(parts) {
            refined[*node as usize] = members[starts[own] + *part as usize];
        }
    }
    Ok(refined)
}

/// The part of each member of a community, named by the place of one of its members.
#[expect(clippy::too_many_arguments, reason = "the state of one community, used here alone")]
fn refine_one(
    level: &Level<'_>,
    members: &[Node],
    inside: impl Fn(Node) -> bool,
    place: impl Fn(Node) -> usize,
    options: &LeidenOptions,
    tally: &mut Tally,
    random: &mut Random,
    run: &Run,
) -> Result<Vec<u32>> {
    let count = members.len();
    let mut part: Vec<u32> = (0..count as u32).collect();
    let mut alone = vec![true; count];
    let mut strength: Vec<f64> =
        members.iter().map(|node| level.strength[*node as usize]).collect();
    // The weight from each part to the rest of the community.
    let mut outside = vec![0.0; count];
    let mut whole = 0.0;
    for (index, node) in members.iter().enumerate() {
        let edges = level.edges(*node).filter(|(target, _)| inside(*target));
        outside[index] = edges.map(|(_, weight)| weight).sum();
        whole += strength[index];
    }
    let factor = options.resolution / level.total;
    // Gains are measured in mean edges, so that the unit of the weights does not matter.
    let mean = level.total / level.weights.len().max(1) as f64;
    let well_connected =
        |outside: f64, strength: f64| outside >= factor * strength * (whole - strength) - 1e-12;
    let mut order: Vec<u32> = (0..count as u32).collect();
    random.shuffle(&mut order);
    let mut choices: Vec<(f64, u32)> = Vec::new();
    for (step, index) in order.iter().enumerate() {
        if step % 1024 == 0 {
            run.check()?;
        }
        let index = *index as usize;
        let node = members[index];
        let own = level.strength[node as usize];
        if !alone[index] || !well_connected(outside[index], own) {
            continue;
        }
        for (target, weight) in level.edges(node) {
            if inside(target) {
                tally.add(part[place(target)], weight);
            }
        }
        choices.clear();
        let mut greatest = 0.0;
        for other in &tally.touched {
            let other_strength = strength[*other as usize];
            let gain = tally.weight[*other as usize] - factor * own * other_strength;
            if gain >= 0.0 && well_connected(outside[*other as usize], other_strength) {
                choices.push((gain, *other));
                greatest = f64::max(greatest, gain);
            }
        }
        if let Some(chosen) = choose(&choices, greatest, options.theta * mean, random) {
            let shared = tally.weight[chosen as usize];
            part[index] = chosen;
            alone[index] = false;
            alone[chosen as usize] = false;
            strength[chosen as usize] += own;
            outside[chosen as usize] += outside[index] - 2.0 * shared;
        }
        tally.clear();
    }
    Ok(part)
}

/// One of the parts, in proportion to the exponential of the modularity gained; none if staying alone is
/// drawn, which gains nothing.
fn choose(choices: &[(f64, u32)], greatest: f64, scale: f64, random: &mut Random) -> Option<u32> {
    if choices.is_empty() {
        return None;
    }
    let likely = |gain: f64| ((gain - greatest) / scale).exp();
    let alone = likely(0.0);
    let sum: f64 = alone + choices.iter().map(|(gain, _)| likely(*gain)).sum::<f64>();
    let mut drawn = random.unit() * sum - alone;
    if drawn < 0.0 {
        return None;
    }
    for (gain, part) in choices.iter() {
        drawn -= likely(*gain);
        if drawn < 0.0 {
            return Some(*part);
        }
    }
    choices.last().map(|(_, part)| *part)
}
