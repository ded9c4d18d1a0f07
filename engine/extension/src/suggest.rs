//! "Did you mean": the nearest known name to a mistyped one.

/// The candidate nearest to `name`, ignoring case, if one is near enough to be what was meant.
///
/// Nearness is the Jaro-Winkler similarity, which forgives swapped letters and rewards a common start.
///
/// ```
/// use parquetframe_extension::closest;
/// assert_eq!(closest("delimitr", ["delimiter", "header"]), Some("delimiter"));
/// assert_eq!(closest("zzz", ["delimiter", "header"]), None);
/// ```
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR_ENOUGH: f64 = 0.8;
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= NEAR_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
