//! `g MATCH (a:Person)-[k:knows]->{1,3}(b) WHERE … COLUMNS (…)`, as it is written.

use datafusion::sql::sqlparser::tokenizer::Token;
use extension::{Error, Result};

use super::tokens::{Tokens, is_word};

/// What stands between the parentheses of `GRAPH_TABLE`.
#[derive(Debug)]
pub(super) struct GraphTableCall {
    pub(super) graph: String,
    pub(super) paths: Vec<PathPattern>,
    pub(super) condition: Option<Vec<Token>>,
    pub(super) columns: Vec<Token>,
}

/// Which of the paths that match are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// All of them.
    Every,
    /// One of the shortest between each two vertices.
    AnyShortest,
    /// The shortest between each two vertices.
    AllShortest,
}

/// One path: vertices with an edge between each two.
#[derive(Debug)]
pub(super) struct PathPattern {
    pub(super) variable: Option<String>,
    pub(super) search: Search,
    pub(super) vertices: Vec<Element>,
    pub(super) edges: Vec<EdgePattern>,
}

/// What is said of a vertex or an edge.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) variable: Option<String>,
    pub(super) label: Option<String>,
    pub(super) condition: Option<Vec<Token>>,
}

/// Which way an edge of a pattern leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Right,
    Left,
    Any,
}

/// An edge of a pattern.
#[derive(Debug)]
pub(super) struct EdgePattern {
    pub(super) element: Element,
    pub(super) way: Way,
    /// How often it is followed, at least and at most; `None` for exactly once.
    pub(super) repeat: Option<(u32, Option<u32>)>,
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Result<GraphTableCall> {
    let mut tokens = Tokens::new(text)?;
    let call = call(&mut tokens).map_err(|error| error.context("GRAPH_TABLE"))?;
    Ok(call)
}

fn call(tokens: &mut Tokens) -> Result<GraphTableCall> {
    let graph = tokens.name("the name of a property graph")?;
    tokens.expect_word("MATCH")?;
    let mut paths = vec![path(tokens)?];
    while tokens.take(&Token::Comma) {
        paths.push(path(tokens)?);
    }
    let at_columns =
        |tokens: &Tokens| tokens.at_word("COLUMNS") && *tokens.peek_at(1) == Token::LParen;
    let condition = match tokens.take_word("WHERE") {
        true => Some(tokens.until(at_columns)),
        false => None,
    };
    if !at_columns(tokens) {
        return Err(tokens.expected("COLUMNS (…)"));
    }
    tokens.advance();
    tokens.expect(&Token::LParen)?;
    let columns = tokens.until(|_| false);
    tokens.expect(&Token::RParen)?;
    if !tokens.at(&Token::EOF) {
        return Err(tokens.expected("the end of GRAPH_TABLE"));
    }
    if columns.is_empty() {
        return Err(Error::syntax("COLUMNS names no column"));
    }
    Ok(GraphTableCall { graph, paths, condition, columns })
}

fn path(tokens: &mut Tokens) -> Result<PathPattern> {
    let named = matches!(tokens.peek(), Token::Word(_)) && *tokens.peek_at(1) == Token::Eq;
    let variable = match named {
        true => {
            let name = tokens.name("a path")?;
            tokens.advance();
            Some(name)
        }
        false => None,
    };
    let search = match (tokens.take_word("ANY"), tokens.at_word("ALL")) {
        (true, _) => {
            tokens.expect_word("SHORTEST")?;
            Search::AnyShortest
        }
        (false, true) => {
            tokens.advance();
            tokens.expect_word("SHORTEST")?;
            Search::AllShortest
        }
        (false, false) => Search::Every,
    };
    for mode in ["WALK", "TRAIL", "SIMPLE", "ACYCLIC", "SHORTEST"] {
        if tokens.at_word(mode) {
            return Err(Error::unsupported(format!("{mode} is not supported"))
                .with_hint("paths are walks, or ANY SHORTEST or ALL SHORTEST ones"));
        }
    }
    let mut vertices = vec![vertex(tokens)?];
    let mut edges = vec![];
    while matches!(tokens.peek(), Token::Minus | Token::Arrow | Token::Lt) {
        edges.push(edge(tokens)?);
        vertices.push(vertex(tokens)?);
    }
    Ok(PathPattern { variable, search, vertices, edges })
}

fn vertex(tokens: &mut Tokens) -> Result<Element> {
    tokens.expect(&Token::LParen)?;
    let element = element(tokens)?;
    tokens.expect(&Token::RParen)?;
    Ok(element)
}

fn element(tokens: &mut Tokens) -> Result<Element> {
    let mut element = Element::default();
    let starts_label = tokens.at_word("IS");
    if matches!(tokens.peek(), Token::Word(_)) && !starts_label && !tokens.at_word("WHERE") {
        element.variable = Some(tokens.name("a variable")?);
    }
    if tokens.take(&Token::Colon) || tokens.take_word("IS") {
        element.label = Some(tokens.name("a label")?);
        if matches!(tokens.peek(), Token::Pipe | Token::Ampersand | Token::ExclamationMark) {
            return Err(Error::unsupported(
                "an element has one label; | & and ! are not supported",
            ));
        }
    }
    if tokens.take_word("WHERE") {
        element.condition = Some(tokens.until(|_| false));
    }
    if tokens.at(&Token::LBrace) {
        return Err(Error::unsupported("{property: value} is not supported")
            .with_hint("write (a:Person WHERE a.name = 'Ann')"));
    }
    Ok(element)
}

fn edge(tokens: &mut Tokens) -> Result<EdgePattern> {
    let left = tokens.take(&Token::Lt);
    let mut element_ = Element::default();
    let right;
    if tokens.take(&Token::Arrow) {
        // `->` without a bracket.
        right = true;
    } else {
        tokens.expect(&Token::Minus)?;
        if tokens.take(&Token::LBracket) {
            element_ = element(tokens)?;
            tokens.expect(&Token::RBracket)?;
            right = tokens.take(&Token::Arrow);
            if !right {
                tokens.expect(&Token::Minus)?;
            }
        } else {
            right = false;
        }
    }
    let way = match (left, right) {
        (false, true) => Way::Right,
        (true, false) => Way::Left,
        (false, false) => Way::Any,
        (true, true) => {
            return Err(Error::unsupported("<-[…]-> is not supported").with_hint("write -[…]-"));
        }
    };
    Ok(EdgePattern { element: element_, way, repeat: quantifier(tokens)? })
}

fn quantifier(tokens: &mut Tokens) -> Result<Option<(u32, Option<u32>)>> {
    if tokens.take(&Token::Mul) {
        return Ok(Some((0, None)));
    }
    if tokens.take(&Token::Plus) {
        return Ok(Some((1, None)));
    }
    if matches!(tokens.peek(), Token::Placeholder(text) if text == "?") {
        tokens.advance();
        return Ok(Some((0, Some(1))));
    }
    if !tokens.take(&Token::LBrace) {
        return Ok(None);
    }
    let least = number(tokens)?;
    let most = match tokens.take(&Token::Comma) {
        true => number(tokens)?,
        false => match least {
            Some(least) => Some(least),
            None => return Err(tokens.expected("a number")),
        },
    };
    tokens.expect(&Token::RBrace)?;
    let least = least.unwrap_or(0);
    match most {
        Some(most) if most < least => {
            Err(Error::invalid_input(format!("{{{least},{most}}} is no range")))
        }
        most => Ok(Some((least, most))),
    }
}

fn number(tokens: &mut Tokens) -> Result<Option<u32>> {
    let Token::Number(text, _) = tokens.peek() else { return Ok(None) };
    let number = text.parse().map_err(|_| tokens.expected("a whole number"))?;
    tokens.advance();
    Ok(Some(number))
}

/// Whether tokens name a property of a variable, as in `k.since`.
pub(super) fn mentions(tokens: &[Token], variable: &str) -> bool {
    let is_variable = |token: &Token| match token {
        Token::Word(word) if word.quote_style.is_some() => word.value == variable,
        token => is_word(token, variable),
    };
    tokens.windows(2).enumerate().any(|(index, pair)| {
        let after_dot = index > 0 && tokens[index - 1] == Token::Period;
        !after_dot && is_variable(&pair[0]) && pair[1] == Token::Period
    })
}
