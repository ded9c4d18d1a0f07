//! Which chunks a scan reads, and which rows of them.

use std::collections::BTreeMap;
use std::ops::Range;

use extension::{Error, Result};
use futures::{StreamExt, TryStreamExt};

use crate::info::{Adjacency, EdgeInfo, VertexInfo};
use crate::location::Location;

/// How many counts are fetched at a time.
const AT_ONCE: usize = 32;

/// Some rows of a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The part of the edges; vertices have none.
    pub(crate) part: Option<u64>,
    pub(crate) chunk: u64,
    /// How many rows the chunk has, if a count says so.
    pub(crate) total: Option<u64>,
    /// The rows that are wanted, or all.
    pub(crate) rows: Option<Range<u64>>,
    /// The id of the chunk's first vertex.
    pub(crate) first: u64,
}

impl Piece {
    /// How many rows it has, if that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        match &self.rows {
            Some(rows) => Some(rows.end.saturating_sub(rows.start)),
            None => self.total,
        }
    }
}

/// The file of a piece in a folder of vertices or edges.
pub(crate) fn chunk_of(folder: &Location, piece: &Piece) -> Location {
    match piece.part {
        Some(part) => folder.join(&format!("part{part}/chunk{}", piece.chunk)),
        None => folder.join(&format!("chunk{}", piece.chunk)),
    }
}

/// The chunks of `total` rows.
fn chunks(total: u64, size: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..total.div_ceil(size)).map(move |chunk| (chunk, size.min(total - chunk * size)))
}

/// The chunks of a vertex type.
pub(crate) async fn vertex_pieces(root: &Location, vertex: &VertexInfo) -> Result<Vec<Piece>> {
    let folder = root.join(&vertex.prefix);
    let piece = |chunk, total| Piece {
        part: None,
        chunk,
        total,
        rows: None,
        first: chunk * vertex.chunk_size,
    };
    if let Some(count) = folder.join("vertex_count").read_count().await? {
        check_count(count, vertex.chunk_size, &folder)?;
        let all = chunks(count, vertex.chunk_size);
        return Ok(all.map(|(chunk, rows)| piece(chunk, Some(rows))).collect());
    }
    // Nothing says how many there are: the files do.
    let Some(group) = vertex.groups.first() else { return Ok(vec![]) };
    let (files, _) = folder.join(&group.prefix).names().await?;
    let mut found: Vec<u64> = files.iter().filter_map(|name| number(name, "chunk")).collect();
    if found.is_empty() {
        return Err(Error::not_found(format!(
            "'{}' does not exist, and there are no chunks beside it",
            folder.join("vertex_count").shown
        )));
    }
    found.sort_unstable();
    let last = found.len().saturating_sub(1);
    Ok(found
        .into_iter()
        .enumerate()
        // Every chunk but the last is full.
        .map(|(index, chunk)| piece(chunk, (index != last).then_some(vertex.chunk_size)))
        .collect())
}

/// A count that no graph has, so that a damaged file does not fill the memory with chunks.
fn check_count(count: u64, size: u64, place: &Location) -> Result<()> {
    const MOST_CHUNKS: u64 = 1 << 24;
    match count.div_ceil(size) <= MOST_CHUNKS {
        true => Ok(()),
        false => Err(Error::invalid_data(format!(
            "'{}' counts {count} rows in chunks of {size}, which cannot be",
            place.shown
        ))),
    }
}

/// The number behind a word in a file's name.
fn number(name: &str, word: &str) -> Option<u64> {
    name.strip_prefix(word)?.parse().ok()
}

/// A part of the edges: those of one chunk of the vertices that they are aligned by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) index: u64,
    /// How many edges it has, if a count says so.
    pub(crate) edges: Option<u64>,
    /// The chunks that there are.
    chunks: Vec<u64>,
}

/// The parts of the edges in an order.
pub(crate) async fn parts(
    root: &Location,
    edge: &EdgeInfo,
    adjacency: &Adjacency,
) -> Result<Vec<Part>> {
    let folder = root.join(&edge.prefix).join(&adjacency.prefix);
    let skipped = folder.path.parts().count();
    let mut parts: BTreeMap<u64, Part> = BTreeMap::new();
    let mut counted = vec![];
    let new = |index| Part { index, edges: None, chunks: vec![] };
    for file in folder.files().await? {
        let below: Vec<String> =
            file.location.parts().skip(skipped).map(|part| part.as_ref().to_string()).collect();
        let below: Vec<&str> = below.iter().map(String::as_str).collect();
        match below.as_slice() {
            [name] => {
                if let Some(index) = number(name, "edge_count") {
                    counted.push(index);
                }
            }
            ["adj_list", part, chunk] => {
                if let (Some(index), Some(chunk)) = (number(part, "part"), number(chunk, "chunk")) {
                    parts.entry(index).or_insert_with(|| new(index)).chunks.push(chunk);
                }
            }
            _ => {}
        }
    }
    if counted.is_empty() && parts.is_empty() {
        return Err(Error::not_found(format!("'{}' holds no edges and no counts", folder.shown)));
    }
    let counts: Vec<(u64, Option<u64>)> = futures::stream::iter(counted)
        .map(|index| {
            let file = folder.join(&format!("edge_count{index}"));
            async move { Ok::<_, Error>((index, file.read_count().await?)) }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    for (index, count) in counts {
        if let Some(count) = count {
            check_count(count, edge.chunk_size, &folder)?;
        }
        parts.entry(index).or_insert_with(|| new(index)).edges = count;
    }
    parts.values_mut().for_each(|part| part.chunks.sort_unstable());
    Ok(parts.into_values().collect())
}

impl Part {
    /// Its chunks.
    pub(crate) fn pieces(&self, size: u64) -> Vec<Piece> {
        let piece =
            |chunk, total| Piece { part: Some(self.index), chunk, total, rows: None, first: 0 };
        match self.edges {
            Some(edges) => {
                chunks(edges, size).map(|(chunk, rows)| piece(chunk, Some(rows))).collect()
            }
            None => self.chunks.iter().map(|chunk| piece(*chunk, None)).collect(),
        }
    }

    /// The rows of a range of the part.
    pub(crate) fn rows(&self, range: &Range<u64>, size: u64) -> Vec<Piece> {
        let mut pieces = vec![];
        for mut piece in self.pieces(size) {
            let begin = piece.chunk * size;
            let end = begin + piece.total.unwrap_or(size);
            let from = range.start.clamp(begin, end);
            let to = range.end.clamp(begin, end);
            if from < to {
                piece.rows = Some(from - begin..to - begin);
                pieces.push(piece);
            }
        }
        pieces
    }
}

/// Splits pieces into about as many groups as partitions, in their order, by their rows.
pub(crate) fn partition(pieces: Vec<Piece>, partitions: usize) -> Vec<Vec<Piece>> {
    let weight = |piece: &Piece| piece.length().unwrap_or(1).max(1);
    let total: u64 = pieces.iter().map(weight).sum();
    let share = total.div_ceil(partitions.max(1) as u64).max(1);
    let mut groups: Vec<Vec<Piece>> = vec![];
    let mut filled = share;
    for piece in pieces {
        if filled >= share {
            groups.push(vec![]);
            filled = 0;
        }
        filled += weight(&piece);
        groups.last_mut().into_iter().for_each(|group| group.push(piece.clone()));
    }
    if groups.is_empty() {
        groups.push(vec![]);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_a_part_names_rows_of_its_chunks() {
        let part = Part { index: 3, edges: Some(25), chunks: vec![] };
        let totals: Vec<_> = part.pieces(10).iter().map(|piece| piece.total).collect();
        assert_eq!(totals, [Some(10), Some(10), Some(5)]);
        let rows: Vec<_> =
            part.rows(&(8..22), 10).into_iter().map(|piece| (piece.chunk, piece.rows)).collect();
        assert_eq!(rows, [(0, Some(8..10)), (1, Some(0..10)), (2, Some(0..2))]);
        assert!(part.rows(&(5..5), 10).is_empty());
    }

    #[test]
    fn partitions_keep_the_order_and_lose_nothing() {
        let part = Part { index: 0, edges: Some(95), chunks: vec![] };
        let pieces = part.pieces(10);
        for partitions in 1..12 {
            let groups = partition(pieces.clone(), partitions);
            assert!(groups.len() <= partitions, "{partitions}");
            assert_eq!(groups.concat(), pieces);
        }
        assert_eq!(partition(vec![], 4), [vec![]]);
    }
}
