//! The graph as a picture: Mermaid, DOT, SVG and a page of HTML, coloured by what became of each step.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::graph::Graph;
use crate::workflow::Workflow;

/// What a picture shows.
#[derive(Debug)]
pub struct Picture<'a> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// Its graph.
    pub graph: &'a Graph,
    /// What became of the steps, by name; empty before a run.
    pub states: BTreeMap<String, String>,
}

/// The forms of a picture.
pub const FORMATS: [&str; 5] = ["mermaid", "dot", "svg", "html", "json"];

fn colour(state: Option<&str>) -> &'static str {
    match state {
        Some("completed") => "#90ee90",
        Some("failed" | "timeout") => "#ffb3b3",
        Some("running") => "#ffffb3",
        Some("skipped" | "unchanged") => "#d9d9d9",
        Some("cancelled") => "#ffd9b3",
        _ => "#cfe2f3",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Picture<'_> {
    /// The picture in one of [`FORMATS`].
    pub fn draw(&self, format: &str) -> Option<String> {
        Some(match format {
            "mermaid" => self.mermaid(),
            "dot" | "graphviz" => self.dot(),
            "svg" => self.svg(),
            "html" => self.html(),
            "json" => self.json(),
            _ => return None,
        })
    }

    fn state(&self, index: usize) -> Option<&str> {
        self.states.get(&self.workflow.steps[index].name).map(String::as_str)
    }

    fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        self.graph
            .before
            .iter()
            .enumerate()
            .flat_map(|(to, before)| before.iter().map(move |from| (*from, to)))
    }

    fn mermaid(&self) -> String {
        let mut out = "flowchart LR\n".to_string();
        for (index, step) in self.workflow.steps.iter().enumerate() {
            let label = format!("{}<br/>{}", escaped(&step.name), escaped(&step.spelled));
            let _ = writeln!(out, "    s{index}[\"{}\"]", label.replace('#', "#35;"));
        }
        for (from, to) in self.edges() {
            let _ = writeln!(out, "    s{from} --> s{to}");
        }
        for index in 0..self.workflow.steps.len() {
            if let Some(state) = self.state(index) {
                let _ = writeln!(out, "    style s{index} fill:{}", colour(Some(state)));
            }
        }
        out
    }

    fn dot(&self) -> String {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut out = format!("digraph \"{}\" {{\n  rankdir=LR;\n", quoted(&self.workflow.name));
        out.push_str("  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n");
        for (index, step) in self.workflow.steps.iter().enumerate() {
            let _ = writeln!(
                out,
                "  s{index} [label=\"{}\\n{}\", fillcolor=\"{}\"];",
                quoted(&step.name),
                quoted(&step.spelled),
                colour(self.state(index))
            );
        }
        for (from, to) in self.edges() {
            let _ = writeln!(out, "  s{from} -> s{to};");
        }
        out.push_str("}\n");
        out
    }

    /// Levels from left to right; no program is needed to lay it out.
    fn svg(&self) -> String {
        const WIDTH: usize = 180;
        const HEIGHT: usize = 44;
        const GAP_X: usize = 70;
        const GAP_Y: usize = 24;
        const MARGIN: usize = 20;
        let levels = self.graph.levels();
        let tallest = levels.iter().map(Vec::len).max().unwrap_or(0);
        let width = 2 * MARGIN + levels.len() * (WIDTH + GAP_X);
        let height = 2 * MARGIN + tallest * (HEIGHT + GAP_Y);
        let mut place = BTreeMap::new();
        for (column, steps) in levels.iter().enumerate() {
            let used = steps.len() * (HEIGHT + GAP_Y);
            let top = MARGIN + (tallest * (HEIGHT + GAP_Y) - used) / 2;
            for (row, index) in steps.iter().enumerate() {
                place.insert(
                    *index,
                    (MARGIN + column * (WIDTH + GAP_X), top + row * (HEIGHT + GAP_Y)),
                );
            }
        }
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n<title>{}</title>\n\
             <defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" markerWidth=\"7\" \
             markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" fill=\"#666\"/></marker></defs>\n",
            escaped(&self.workflow.name)
        );
        for (from, to) in self.edges() {
            let (Some((x1, y1)), Some((x2, y2))) = (place.get(&from), place.get(&to)) else {
                continue;
            };
            let (x1, y1, y2) = (x1 + WIDTH, y1 + HEIGHT / 2, y2 + HEIGHT / 2);
            let middle = (x1 + x2) / 2;
            let _ = writeln!(
                out,
                "<path d=\"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#666\" marker-end=\"url(#arrow)\"/>"
            );
        }
        let short = |text: &str| match text.chars().count() > 24 {
            true => format!("{}…", text.chars().take(23).collect::<String>()),
            false => text.to_string(),
        };
        for (index, (x, y)) in &place {
            let step = &self.workflow.steps[*index];
            let state = self.state(*index);
            let title = state.map(|state| format!(": {state}")).unwrap_or_default();
            let _ = writeln!(
                out,
                "<g><title>{}{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\" \
                 fill=\"{}\" stroke=\"#666\"/><text x=\"{tx}\" y=\"{ty}\" text-anchor=\"middle\" font-weight=\"bold\">{}</text>\
                 <text x=\"{tx}\" y=\"{uy}\" text-anchor=\"middle\" fill=\"#444\">{}</text></g>",
                escaped(&step.name),
                escaped(&title),
                colour(state),
                escaped(&short(&step.name)),
                escaped(&short(&step.spelled)),
                tx = x + WIDTH / 2,
                ty = y + 18,
                uy = y + 35,
            );
        }
        out.push_str("</svg>\n");
        out
    }

    fn html(&self) -> String {
        let name = escaped(&self.workflow.name);
        let mut rows = String::new();
        for index in &self.graph.order {
            let step = &self.workflow.steps[*index];
            let _ = writeln!(
                rows,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                escaped(&step.name),
                escaped(&step.spelled),
                escaped(step.description.as_deref().unwrap_or_default()),
                escaped(self.state(*index).unwrap_or_default())
            );
        }
        format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title>\n\
             <style>body{{font-family:sans-serif;margin:2em}}td,th{{padding:.3em 1em;text-align:left;\
             border-bottom:1px solid #ddd}}</style></head>\n<body><h1>{name}</h1>\n<p>{}</p>\n{}\n\
             <table><tr><th>Step</th><th>Type</th><th>Description</th><th>State</th></tr>\n{rows}</table></body></html>\n",
            escaped(self.workflow.description.as_deref().unwrap_or_default()),
            self.svg()
        )
    }

    fn json(&self) -> String {
        let name = |index: &usize| self.workflow.steps[*index].name.clone();
        let steps: Vec<serde_json::Value> = self
            .graph
            .order
            .iter()
            .map(|index| {
                let step = &self.workflow.steps[*index];
                serde_json::json!({
                    "name": step.name,
                    "type": step.step_type.name,
                    "output": step.output,
                    "depends_on": self.graph.before[*index].iter().map(name).collect::<Vec<_>>(),
                    "state": self.state(*index),
                })
            })
            .collect();
        let text = serde_json::to_string_pretty(&serde_json::json!({
            "workflow": self.workflow.name,
            "steps": steps,
        }));
        text.unwrap_or_default() + "\n"
    }
}
