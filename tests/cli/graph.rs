//! `pframe graph`.

use crate::process::{Folder, printed};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("roads.csv", "from,to,km\nash,beech,1.5\nbeech,cedar,2\ncedar,ash,4\n");
    folder
}

fn count(folder: &Folder, table: &str) -> String {
    let sql = format!("SELECT count(*) AS n, sum(km) AS km FROM {table}");
    printed(folder.run(&["--format", "csv", "-c", &sql]))
}

#[test]
fn functions_run_on_files() {
    let ran = folder().run(&["--format", "csv", "graph", "run", "bfs", "roads.csv", "source=ash"]);
    assert_eq!(printed(ran), "node,distance,predecessor\nash,0,\nbeech,1,ash\ncedar,2,beech\n");
}

#[test]
fn a_graph_goes_through_all_formats() {
    let folder = folder();
    let convert = |arguments: &[&str]| {
        printed(folder.run(&[&["-q", "graph", "convert"], arguments].concat()));
    };
    convert(&["roads.csv", "roads.graphml"]);
    assert!(folder.read("roads.graphml").contains("<edge source=\"ash\" target=\"beech\">"));
    convert(&["roads.graphml", "roads"]);
    assert!(folder.path().join("roads/roads.graph.yml").exists());
    assert_eq!(count(&folder, "read_graphar('roads', edge => 'edge')"), "n,km\n3,7.5\n");
    convert(&["roads", "again"]);
    convert(&["again/", "again.graphml", "--undirected"]);
    assert!(folder.read("again.graphml").contains("edgedefault=\"undirected\""));
    assert_eq!(count(&folder, "'again.graphml'"), "n,km\n3,7.5\n");
    convert(&["roads", "roads.mtx", "--weight", "km", "--nodes", "numbers.csv"]);
    assert_eq!(folder.read("numbers.csv"), "number,id,km\n1,ash,\n2,beech,\n3,cedar,\n");
    let lines = folder.read("roads.mtx");
    assert!(lines.starts_with("%%MatrixMarket matrix coordinate real general\n3 3 3\n"), "{lines}");
    convert(&["roads.mtx", "back.csv"]);
    assert!(folder.read("back.csv").starts_with("src,dst,weight\n"));
}

#[test]
fn what_a_format_cannot_hold_is_said() {
    let folder = folder();
    let ran = folder.run(&["graph", "convert", "roads.csv", "roads.mtx"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("numbers from 1 on") && ran.stderr.contains("--nodes FILE"));
    folder.file("kept.graphml", "precious");
    let ran = folder.run(&["graph", "convert", "roads.csv", "kept.graphml"]);
    assert!(ran.stderr.contains("'kept.graphml' exists"), "{}", ran.stderr);
    assert_eq!(folder.read("kept.graphml"), "precious");
}

#[test]
fn a_graph_is_drawn() {
    let svg = printed(folder().run(&["graph", "draw", "roads.csv", "--as", "svg"]));
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    assert_eq!((svg.matches("<circle").count(), svg.matches("<line").count()), (3, 3));
}
