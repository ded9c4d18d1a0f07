#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use super::{COMMANDS, find, matches, split_name, words};

#[test]
fn every_name_is_given_once() {
    let mut seen = HashSet::new();
    for command in COMMANDS {
        for name in std::iter::once(&command.name).chain(command.aliases) {
            assert!(seen.insert(name), "{name} is given twice");
        }
        assert!(command.name.starts_with('.'));
    }
}

#[test]
fn names_may_be_short_but_not_wrong() {
    assert_eq!(find(".tab").unwrap().name, ".tables");
    assert_eq!(find("\\dt").unwrap().name, ".tables");
    assert_eq!(find("\\q;").unwrap().name, ".exit");
    let error = find(".tabels").err().unwrap();
    assert_eq!(error.message(), "unknown command '.tabels'");
    assert!(error.hint().unwrap().contains("'.tables'"));
    assert!(find(".ex").is_err(), ".exit, .expanded or .explain");
}

#[test]
fn quotes_keep_words_together() {
    assert_eq!(words("a 'b c' \"d\\te\" f'g").unwrap(), ["a", "b c", "d\te", "f'g"]);
    assert_eq!(words("''").unwrap(), [""]);
    assert!(words("'a").is_err());
    assert_eq!(split_name("\\!ls -l"), ("\\!", "ls -l"));
    assert_eq!(split_name(".mode\tcsv"), (".mode", "csv"));
}

#[test]
fn patterns_are_those_of_like_or_parts_of_names() {
    assert!(matches(None, "x"));
    assert!(matches(Some("der"), "Orders"));
    assert!(matches(Some("o%r%s"), "orders"));
    assert!(!matches(Some("o%r"), "orders"));
    assert!(matches(Some("*s"), "orders"));
}
