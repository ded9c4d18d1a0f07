//! From a pattern to a query: vertices and edges are tables in FROM, and what connects them conditions.
//!
//! An edge that is followed a bounded number of times makes a query for each number; a search for shortest
//! paths is a call of `all_shortest_paths` that is joined to the vertices at its ends.

use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Error, Result};

use super::definition::{EdgeTable, End, PropertyGraph, VertexTable};
use super::pattern::{EdgePattern, Element, GraphTableCall, PathPattern, Search, Way, mentions};
use super::tokens::{is_word, quoted, renamed, text};

/// The most queries that the repetitions of a pattern may make.
const MOST_ALTERNATIVES: usize = 64;

/// A vertex of the pattern: the same variable is the same vertex.
struct Vertex<'a> {
    alias: String,
    candidates: Vec<&'a VertexTable>,
    conditions: Vec<&'a [Token]>,
}

/// An edge of the pattern between two vertices.
struct Edge<'a> {
    pattern: &'a EdgePattern,
    path: usize,
    left: usize,
    right: usize,
    alias: String,
    candidates: Vec<&'a EdgeTable>,
}

struct Lowering<'a> {
    call: &'a GraphTableCall,
    graph: &'a PropertyGraph,
    vertices: Vec<Vertex<'a>>,
    edges: Vec<Edge<'a>>,
}

/// One query of the union.
#[derive(Default)]
struct Parts {
    from: Vec<String>,
    conditions: Vec<String>,
    /// The text of the length of each path, and of the list of its vertices.
    lengths: Vec<String>,
    nodes: Vec<Option<String>>,
}

/// The query of a call.
pub(super) fn query(call: &GraphTableCall, graph: &PropertyGraph) -> Result<String> {
    let mut lowering = Lowering { call, graph, vertices: vec![], edges: vec![] };
    for (index, path) in call.paths.iter().enumerate() {
        lowering.add(index, path)?;
    }
    lowering.settle()?;
    lowering.check_variables()?;
    let mut queries = vec![];
    for lengths in lowering.alternatives()? {
        queries.push(lowering.alternative(&lengths)?);
    }
    Ok(queries.join(" UNION ALL "))
}

impl<'a> Lowering<'a> {
    fn add(&mut self, index: usize, path: &'a PathPattern) -> Result<()> {
        if path.search != Search::Every && path.edges.len() != 1 {
            return Err(Error::unsupported("a search for shortest paths has one edge between two vertices")
                .with_hint("write the others as paths of their own: MATCH ANY SHORTEST (a)-[k]->*(b), (b)-[m]->(c)"));
        }
        let mut left = None;
        for (position, element) in path.vertices.iter().enumerate() {
            let vertex = self.vertex(element)?;
            if let (Some(left), Some(pattern)) =
                (left, position.checked_sub(1).and_then(|i| path.edges.get(i)))
            {
                let alias = match &pattern.element.variable {
                    Some(variable) => variable.clone(),
                    None => format!("edge {}", self.edges.len() + 1),
                };
                if self.edges.iter().any(|edge| edge.alias == alias)
                    || self.vertices.iter().any(|vertex| vertex.alias == alias)
                {
                    return Err(Error::invalid_input(format!(
                        "variable '{alias}' stands for two elements"
                    )));
                }
                let candidates = self.graph.labelled_edges(pattern.element.label.as_deref())?;
                let edge = Edge { pattern, path: index, left, right: vertex, alias, candidates };
                self.edges.push(edge);
            }
            left = Some(vertex);
        }
        Ok(())
    }

    /// The place of a vertex, which is a new one unless its variable is known.
    fn vertex(&mut self, element: &'a Element) -> Result<usize> {
        let candidates = self.graph.labelled_vertices(element.label.as_deref())?;
        let known = element
            .variable
            .as_ref()
            .and_then(|variable| self.vertices.iter().position(|vertex| vertex.alias == *variable));
        let index = match known {
            Some(index) => {
                self.vertices[index].candidates.retain(|known| {
                    candidates.iter().any(|found| found.element.name == known.element.name)
                });
                index
            }
            None => {
                let alias = match &element.variable {
                    Some(variable) => variable.clone(),
                    None => format!("vertex {}", self.vertices.len() + 1),
                };
                self.vertices.push(Vertex { alias, candidates, conditions: vec![] });
                self.vertices.len() - 1
            }
        };
        self.vertices[index].conditions.extend(element.condition.as_deref());
        Ok(index)
    }

    /// Finds the one table that each element can be of.
    fn settle(&mut self) -> Result<()> {
        for _ in 0..=self.edges.len() {
            for edge in &mut self.edges {
                let (left, right) = (edge.left, edge.right);
                let names = |index: usize| -> Vec<&str> {
                    self.vertices[index]
                        .candidates
                        .iter()
                        .map(|v| v.element.name.as_str())
                        .collect()
                };
                let (lefts, rights) = (names(left), names(right));
                // What lies between the ends of a repeated edge may be of any table.
                let repeated = edge.pattern.repeat.is_some();
                let fits = |from: &End, to: &End| {
                    let from = lefts.contains(&from.vertex.as_str());
                    let to = rights.contains(&to.vertex.as_str());
                    if repeated { from || to } else { from && to }
                };
                edge.candidates.retain(|table| match edge.pattern.way {
                    Way::Right => fits(&table.source, &table.target),
                    Way::Left => fits(&table.target, &table.source),
                    Way::Any => {
                        fits(&table.source, &table.target) || fits(&table.target, &table.source)
                    }
                });
                // No edge at all leaves a vertex where it is.
                let may_stay = edge.pattern.repeat.is_some_and(|(least, _)| least == 0);
                let possible = |at_left: bool, name: &str| {
                    edge.candidates.iter().any(|table| {
                        let (from, to) = (&table.source.vertex, &table.target.vertex);
                        match (edge.pattern.way, at_left) {
                            (Way::Right, true) | (Way::Left, false) => from == name,
                            (Way::Right, false) | (Way::Left, true) => to == name,
                            (Way::Any, _) => from == name || to == name,
                        }
                    })
                };
                let stays = |names: &[String], name: &String| may_stay && names.contains(name);
                let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
                let (lefts, rights): (Vec<String>, Vec<String>) = (owned(&lefts), owned(&rights));
                self.vertices[left]
                    .candidates
                    .retain(|v| possible(true, &v.element.name) || stays(&rights, &v.element.name));
                self.vertices[right]
                    .candidates
                    .retain(|v| possible(false, &v.element.name) || stays(&lefts, &v.element.name));
            }
        }
        for vertex in &self.vertices {
            let names: Vec<&str> =
                vertex.candidates.iter().map(|found| found.element.name.as_str()).collect();
            one(&vertex.alias, &names)?;
        }
        for edge in &self.edges {
            let names: Vec<&str> =
                edge.candidates.iter().map(|found| found.element.name.as_str()).collect();
            one(&edge.alias, &names)?;
        }
        Ok(())
    }

    /// A repeated edge stands for many, so it has no properties to speak of outside of its pattern.
    fn check_variables(&self) -> Result<()> {
        for edge in &self.edges {
            let shortest = self.call.paths[edge.path].search != Search::Every;
            if edge.pattern.repeat.is_none() && !shortest {
                continue;
            }
            let condition = self.call.condition.as_deref().unwrap_or_default();
            if mentions(condition, &edge.alias) || mentions(&self.call.columns, &edge.alias) {
                return Err(Error::unsupported(format!(
                    "'{}' stands for many edges, so its properties are no single values",
                    edge.alias
                ))
                .with_hint(format!(
                    "a condition on each of them stands in the pattern: -[{} WHERE …]->",
                    edge.alias
                )));
            }
        }
        Ok(())
    }

    /// How often each edge is followed, in each query of the union.
    fn alternatives(&self) -> Result<Vec<Vec<u32>>> {
        let mut found: Vec<Vec<u32>> = vec![vec![]];
        for edge in &self.edges {
            let shortest = self.call.paths[edge.path].search != Search::Every;
            let (least, most) = match edge.pattern.repeat {
                None => (1, 1),
                // The search follows it as often as need be.
                Some(_) if shortest => (1, 1),
                Some((least, Some(most))) => (least, most),
                Some((_, None)) => {
                    return Err(Error::unsupported("a path without a greatest length has no end")
                        .with_hint("write ANY SHORTEST or ALL SHORTEST before it, or give a length, as in ->{1,3}"));
                }
            };
            let choices = found.len().saturating_mul((most - least + 1) as usize);
            if choices > MOST_ALTERNATIVES || most > 32 {
                return Err(Error::unsupported(format!(
                    "the pattern may have {choices} lengths; at most {MOST_ALTERNATIVES}, of at most 32 edges, are supported"
                ))
                .with_hint("ANY SHORTEST and ALL SHORTEST have no such limit"));
            }
            found = found
                .into_iter()
                .flat_map(|lengths| {
                    (least..=most).map(move |length| {
                        let mut lengths = lengths.clone();
                        lengths.push(length);
                        lengths
                    })
                })
                .collect();
        }
        Ok(found)
    }

    fn alternative(&self, lengths: &[u32]) -> Result<String> {
        let mut parts = Parts::default();
        for vertex in &self.vertices {
            let table = vertex.candidates[0];
            parts.from.push(format!("{} AS {}", self.relation(table), quoted(&vertex.alias)));
            for condition in &vertex.conditions {
                parts.conditions.push(format!("({})", text(condition)));
            }
        }
        for (index, path) in self.call.paths.iter().enumerate() {
            self.path(index, path, lengths, &mut parts)?;
        }
        if let Some(condition) = &self.call.condition {
            parts.conditions.push(format!("({})", self.replaced(condition, &parts)?));
        }
        let columns = self.replaced(&self.call.columns, &parts)?;
        let mut sql = format!("SELECT {columns} FROM {}", parts.from.join(", "));
        if !parts.conditions.is_empty() {
            sql.push_str(&format!(" WHERE {}", parts.conditions.join(" AND ")));
        }
        Ok(sql)
    }

    fn path(
        &self,
        index: usize,
        path: &PathPattern,
        lengths: &[u32],
        parts: &mut Parts,
    ) -> Result<()> {
        if path.search != Search::Every {
            return self.shortest(index, path, parts);
        }
        let mut total = 0;
        let first = self.edges.iter().find(|edge| edge.path == index).map(|edge| edge.left);
        // The vertices on the path, if each has one column for a key.
        let mut nodes: Option<Vec<String>> = first.and_then(|first| {
            single_key(self.vertices[first].candidates[0])
                .map(|key| vec![format!("{}.{}", quoted(&self.vertices[first].alias), quoted(key))])
        });
        for (edge, length) in self.edges.iter().zip(lengths).filter(|(edge, _)| edge.path == index)
        {
            total += length;
            let table = edge.candidates[0];
            let (left, right) = (&self.vertices[edge.left], &self.vertices[edge.right]);
            if *length == 0 {
                let (a, b) = (left.candidates[0], right.candidates[0]);
                match a.element.name == b.element.name {
                    true => {
                        for key in &a.key {
                            parts.conditions.push(format!(
                                "{}.{key} = {}.{key}",
                                quoted(&left.alias),
                                quoted(&right.alias),
                                key = quoted(key)
                            ));
                        }
                    }
                    false => parts.conditions.push("false".to_string()),
                }
                continue;
            }
            let mut from = (left.alias.clone(), left.candidates[0]);
            for step in 1..=*length {
                let last = step == *length;
                let to = match last {
                    true => (right.alias.clone(), right.candidates[0]),
                    false => {
                        let name = match edge.pattern.way {
                            Way::Left => &table.source.vertex,
                            _ => &table.target.vertex,
                        };
                        let between = self.graph.vertex(name)?;
                        let alias = format!("{} vertex {step}", edge.alias);
                        parts.from.push(format!(
                            "{} AS {}",
                            self.relation(between),
                            quoted(&alias)
                        ));
                        (alias, between)
                    }
                };
                let alias = match edge.pattern.repeat {
                    None => edge.alias.clone(),
                    Some(_) => format!("{} {step}", edge.alias),
                };
                let relation =
                    table.element.relation(&[&table.source.columns, &table.target.columns]);
                parts.from.push(format!("{relation} AS {}", quoted(&alias)));
                parts.conditions.push(connection(table, edge.pattern.way, &alias, &from, &to));
                if let Some(condition) = &edge.pattern.element.condition {
                    let condition = renamed(condition, &edge.alias, &alias);
                    parts.conditions.push(format!("({})", text(&condition)));
                }
                nodes = nodes.zip(single_key(to.1)).map(|(mut nodes, key)| {
                    nodes.push(format!("{}.{}", quoted(&to.0), quoted(key)));
                    nodes
                });
                from = to;
            }
        }
        parts.lengths.push(total.to_string());
        parts.nodes.push(nodes.map(|nodes| format!("[{}]", nodes.join(", "))));
        Ok(())
    }

    /// A search for shortest paths.
    fn shortest(&self, index: usize, path: &PathPattern, parts: &mut Parts) -> Result<()> {
        let Some(edge) = self.edges.iter().find(|edge| edge.path == index) else {
            return Err(Error::internal("a path without an edge"));
        };
        let table = edge.candidates[0];
        let (left, right) = (&self.vertices[edge.left], &self.vertices[edge.right]);
        let (vertex, other) = (left.candidates[0], right.candidates[0]);
        let one_table = vertex.element.name == other.element.name
            && table.source.vertex == vertex.element.name
            && table.target.vertex == vertex.element.name;
        let key = match (&table.source.columns[..], &table.source.key[..], &table.target.key[..]) {
            ([_], [key], [also]) if key == also && one_table => key,
            _ => {
                return Err(Error::unsupported(
                    "a search for shortest paths is over edges between vertices of one table with one column for a key",
                ));
            }
        };
        let (least, most) = edge.pattern.repeat.unwrap_or((1, Some(1)));
        if least > 1 {
            return Err(Error::unsupported(
                "a search for shortest paths that are not the shortest",
            )
            .with_hint("the least length is 0 or 1"));
        }
        let mut edges = format!(
            "SELECT {} AS src, {} AS dst FROM {} AS {}",
            quoted(&table.source.columns[0]),
            quoted(&table.target.columns[0]),
            table.element.relation(&[&table.source.columns, &table.target.columns]),
            quoted(&edge.alias),
        );
        if let Some(condition) = &edge.pattern.element.condition {
            edges.push_str(&format!(" WHERE {}", text(condition)));
        }
        // An edge to what is no vertex is no edge.
        let relation = self.relation(vertex);
        edges = format!(
            "SELECT * FROM ({edges}) AS e WHERE src IN (SELECT {key} FROM {relation} AS v) AND dst IN (SELECT {key} FROM {relation} AS v)",
            key = quoted(key)
        );
        let mut sources =
            format!("SELECT {} FROM {relation} AS {}", quoted(key), quoted(&left.alias));
        let conditions = self.conditions_of(left);
        if !conditions.is_empty() {
            sources.push_str(&format!(" WHERE {}", conditions.join(" AND ")));
        }
        let direction = match edge.pattern.way {
            Way::Right => "out",
            Way::Left => "in",
            Way::Any => "both",
        };
        let each = match path.search {
            Search::AllShortest => "all",
            _ => "any",
        };
        let limit = most.map(|most| format!(", max_depth => {most}")).unwrap_or_default();
        let alias = quoted(&format!("path {}", index + 1));
        parts.from.push(format!(
            "all_shortest_paths(({edges}), source => ({sources}), nodes => (SELECT {} FROM {relation} AS v), \
             direction => '{direction}', paths => '{each}', min_length => {least}{limit}) AS {alias}",
            quoted(key)
        ));
        for (vertex, column) in [(left, "source"), (right, "target")] {
            parts.conditions.push(format!(
                "{}.{} = {alias}.{column}",
                quoted(&vertex.alias),
                quoted(key)
            ));
        }
        parts.lengths.push(format!("{alias}.distance"));
        parts.nodes.push(Some(format!("{alias}.path")));
        Ok(())
    }

    /// The conditions that speak of one vertex alone, so that a search starts from few.
    fn conditions_of(&self, vertex: &Vertex<'_>) -> Vec<String> {
        let mut found: Vec<String> =
            vertex.conditions.iter().map(|condition| format!("({})", text(condition))).collect();
        let condition = self.call.condition.as_deref().unwrap_or_default();
        // What BETWEEN binds is not told apart from what AND joins.
        if condition.iter().any(|token| {
            is_word(token, "BETWEEN") || is_word(token, "OR") || is_word(token, "CASE")
        }) {
            return found;
        }
        for part in condition.split(|token| is_word(token, "AND")) {
            let balanced = part.iter().filter(|token| **token == Token::LParen).count()
                == part.iter().filter(|token| **token == Token::RParen).count();
            let others = self
                .vertices
                .iter()
                .map(|other| &other.alias)
                .chain(self.edges.iter().map(|edge| &edge.alias));
            let alone =
                others.filter(|other| **other != vertex.alias).all(|other| !mentions(part, other));
            let calls_path = self.call.paths.iter().any(|path| {
                path.variable
                    .as_ref()
                    .is_some_and(|name| part.iter().any(|token| is_word(token, name)))
            });
            let starts_query =
                part.iter().any(|token| is_word(token, "SELECT") || is_word(token, "EXISTS"));
            let is_element_id = part.iter().any(|token| is_word(token, "element_id"));
            if balanced
                && alone
                && !calls_path
                && !starts_query
                && !is_element_id
                && mentions(part, &vertex.alias)
            {
                found.push(format!("({})", text(part)));
            }
        }
        found
    }

    /// A vertex table in FROM, with the columns that edges refer to.
    fn relation(&self, vertex: &VertexTable) -> String {
        let ends = self.graph.edges.iter().flat_map(|edge| [&edge.source, &edge.target]);
        let mut keys: Vec<&[String]> = vec![&vertex.key];
        keys.extend(
            ends.filter(|end| end.vertex == vertex.element.name).map(|end| end.key.as_slice()),
        );
        vertex.element.relation(&keys)
    }

    /// Tokens as text, with the functions of paths and elements in place.
    fn replaced(&self, tokens: &[Token], parts: &Parts) -> Result<String> {
        let mut out = vec![];
        let mut index = 0;
        while index < tokens.len() {
            let call = match &tokens[index..] {
                [
                    Token::Word(function),
                    Token::LParen,
                    Token::Word(argument),
                    Token::RParen,
                    ..,
                ] => self.function(&function.value, &argument.value, parts)?,
                _ => None,
            };
            match call {
                Some(text) => {
                    out.push(text);
                    index += 4;
                }
                None => {
                    out.push(tokens[index].to_string());
                    index += 1;
                }
            }
        }
        Ok(out.join(" "))
    }

    fn function(&self, name: &str, argument: &str, parts: &Parts) -> Result<Option<String>> {
        let path = || {
            let found = self.call.paths.iter().position(|path| {
                path.variable.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(argument))
            });
            found.ok_or_else(|| Error::not_found(format!("'{argument}' is no path of the pattern")))
        };
        Ok(match name.to_lowercase().as_str() {
            "path_length" => Some(parts.lengths[path()?].clone()),
            "vertices" => match &parts.nodes[path()?] {
                Some(nodes) => Some(nodes.clone()),
                None => {
                    return Err(Error::unsupported(
                        "vertices() of a path whose vertices have more than one key column",
                    ));
                }
            },
            "element_id" => {
                let vertex = self.vertices.iter().find(|v| v.alias.eq_ignore_ascii_case(argument));
                match vertex.and_then(|v| single_key(v.candidates[0]).map(|key| (v, key))) {
                    Some((vertex, key)) => {
                        Some(format!("{}.{}", quoted(&vertex.alias), quoted(key)))
                    }
                    None => {
                        return Err(Error::unsupported(format!(
                            "element_id({argument}): it takes a vertex with one column for a key"
                        )));
                    }
                }
            }
            _ => None,
        })
    }
}

fn single_key(vertex: &VertexTable) -> Option<&str> {
    match vertex.key.as_slice() {
        [key] => Some(key),
        _ => None,
    }
}

fn one(alias: &str, candidates: &[&str]) -> Result<()> {
    match candidates {
        [_] => Ok(()),
        [] => Err(Error::invalid_input(format!("no table of the graph fits '{alias}'"))),
        several => Err(Error::unsupported(format!(
            "'{alias}' may be of several tables: {}",
            several.join(", ")
        ))
        .with_hint("give it a label, as in (a:label)")),
    }
}

/// What connects an edge with the vertices at its ends.
fn connection(
    table: &EdgeTable,
    way: Way,
    alias: &str,
    left: &(String, &VertexTable),
    right: &(String, &VertexTable),
) -> String {
    let at = |end: &End, vertex: &(String, &VertexTable)| -> Vec<String> {
        if end.vertex != vertex.1.element.name {
            return vec!["false".to_string()];
        }
        let pairs = end.columns.iter().zip(&end.key);
        pairs
            .map(|(column, key)| {
                format!(
                    "{}.{} = {}.{}",
                    quoted(alias),
                    quoted(column),
                    quoted(&vertex.0),
                    quoted(key)
                )
            })
            .collect()
    };
    let joined = |from, to| {
        let mut conditions = at(&table.source, from);
        conditions.extend(at(&table.target, to));
        conditions.join(" AND ")
    };
    match way {
        Way::Right => joined(left, right),
        Way::Left => joined(right, left),
        Way::Any => format!("(({}) OR ({}))", joined(left, right), joined(right, left)),
    }
}
