//! A picture as SVG. Nodes begin on a circle, push each other away and are pulled together by edges, as
//! Fruchterman and Reingold have it; nothing is random, so the same graph gives the same picture.

use std::f64::consts::TAU;
use std::fmt::Write;

/// Pixels between neighbours.
const DISTANCE: f64 = 90.0;
const RADIUS: f64 = 16.0;
const MARGIN: f64 = 40.0;
/// About the number of times that two nodes look at each other.
const LOOKS: usize = 40_000_000;

/// Draws edges between places among the nodes.
pub(super) fn draw(nodes: &[&String], edges: &[(usize, usize)], undirected: bool) -> String {
    let places = layout(nodes.len(), edges);
    let extreme = |value: fn(&(f64, f64)) -> f64, pick: fn(f64, f64) -> f64| {
        places.iter().map(value).reduce(pick).unwrap_or_default()
    };
    let (left, top) = (extreme(|place| place.0, f64::min), extreme(|place| place.1, f64::min));
    let width = extreme(|place| place.0, f64::max) - left + 2.0 * MARGIN;
    let height = extreme(|place| place.1, f64::max) - top + 2.0 * MARGIN;
    let at = |node: usize| {
        let (x, y) = places.get(node).copied().unwrap_or_default();
        (x - left + MARGIN, y - top + MARGIN)
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#666\"/></marker></defs>\n"
    );
    // Writing to a text cannot fail.
    for (source, target) in edges {
        let ((x, y), (to_x, to_y)) = (at(*source), at(*target));
        let arrow = if undirected { "" } else { " marker-end=\"url(#arrow)\"" };
        let style = format!("fill=\"none\" stroke=\"#666\"{arrow}");
        if source == target {
            let (begin, end, up) = (x - RADIUS * 0.7, x + RADIUS * 0.7, y - RADIUS * 0.7);
            let top = y - RADIUS * 3.0;
            let _ = writeln!(
                svg,
                "<path d=\"M{begin:.1} {up:.1}C{begin:.1} {top:.1} {end:.1} {top:.1} {end:.1} {up:.1}\" {style}/>"
            );
            continue;
        }
        let length = (to_x - x).hypot(to_y - y).max(1.0);
        let (step_x, step_y) = ((to_x - x) / length * RADIUS, (to_y - y) / length * RADIUS);
        let (x, y, to_x, to_y) = (x + step_x, y + step_y, to_x - step_x, to_y - step_y);
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{to_x:.1}\" y2=\"{to_y:.1}\" {style}/>"
        );
    }
    for (index, name) in nodes.iter().enumerate() {
        let (x, y) = at(index);
        let name = escaped(name);
        let _ = writeln!(
            svg,
            "<g><title>{name}</title><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{RADIUS}\" fill=\"#eaf2fb\" stroke=\"#2b6cb0\"/>\
             <text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" dominant-baseline=\"central\">{name}</text></g>"
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // XML has no way to write them.
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Where each node is.
fn layout(nodes: usize, edges: &[(usize, usize)]) -> Vec<(f64, f64)> {
    let radius = DISTANCE * nodes as f64 / TAU;
    let mut places: Vec<(f64, f64)> = (0..nodes)
        .map(|node| (TAU * node as f64 / nodes.max(1) as f64).sin_cos())
        .map(|(sine, cosine)| (radius * cosine, radius * sine))
        .collect();
    if nodes < 3 {
        return places;
    }
    let rounds = (LOOKS / (nodes * nodes)).clamp(50, 400);
    let mut moves = vec![(0.0, 0.0); nodes];
    for round in 0..rounds {
        moves.fill((0.0, 0.0));
        for a in 0..nodes {
            for b in a + 1..nodes {
                let (x, y) = (places[a].0 - places[b].0, places[a].1 - places[b].1);
                let push = DISTANCE * DISTANCE / (x * x + y * y).max(1.0);
                // Parts of the graph that nothing joins drift no further than this.
                let push = if push < 0.02 { 0.0 } else { push };
                moves[a] = (moves[a].0 + x * push, moves[a].1 + y * push);
                moves[b] = (moves[b].0 - x * push, moves[b].1 - y * push);
            }
        }
        for (a, b) in edges.iter().filter(|(a, b)| a != b) {
            let (x, y) = (places[*a].0 - places[*b].0, places[*a].1 - places[*b].1);
            let pull = x.hypot(y) / DISTANCE;
            moves[*a] = (moves[*a].0 - x * pull, moves[*a].1 - y * pull);
            moves[*b] = (moves[*b].0 + x * pull, moves[*b].1 + y * pull);
        }
        let most = DISTANCE * (1.0 - round as f64 / rounds as f64);
        for (place, (x, y)) in places.iter_mut().zip(&moves) {
            // Everything is drawn to the middle a little, so that parts stay near each other.
            let (x, y) = (x - place.0 * 0.05, y - place.1 * 0.05);
            let length = x.hypot(y).max(1e-9);
            let step = length.min(most) / length;
            *place = (place.0 + x * step, place.1 + y * step);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{draw, layout};

    #[test]
    fn nodes_stay_apart() {
        let ring: Vec<(usize, usize)> = (0..12).map(|node| (node, (node + 1) % 12)).collect();
        let places = layout(12, &ring);
        for (index, a) in places.iter().enumerate() {
            assert!(a.0.is_finite() && a.1.is_finite());
            for b in &places[..index] {
                assert!((a.0 - b.0).hypot(a.1 - b.1) > 20.0);
            }
        }
    }

    #[test]
    fn names_are_escaped() {
        let names = ["<a>".to_string(), "b&c".to_string()];
        let svg = draw(&names.iter().collect::<Vec<_>>(), &[(0, 1), (1, 1)], false);
        assert!(
            svg.contains("&lt;a&gt;") && svg.contains("b&amp;c") && svg.contains("<path d=\"M")
        );
    }
}
