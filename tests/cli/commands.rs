//! The commands of the shell, in scripts.

use crate::process::{Folder, printed, script};

#[test]
fn help_lists_and_explains() {
    let found = printed(script(".help\n"));
    for name in [".mode", ".output", ".read", ".tables", ".timer", ".exit"] {
        assert!(found.contains(&format!("\n{name} ")), "{name} is missing in\n{found}");
    }
    assert_eq!(
        printed(script(".help mode\n")),
        ".mode [FORMAT [TABLE]]\n  choose how results are printed\n"
    );
    assert!(printed(script("\\h abs\n")).contains("scalar function"));
    assert_eq!(script(".help nothing_at_all\n").status, Some(1));
}

#[test]
fn tables_and_their_columns() {
    let make = "create table orders (id int, name varchar); create table \"My Items\" as select 1 as a; create view v as select 1 as x;\n";
    let run = |command: &str| printed(script(&format!("{make}{command}\n")));
    // What making the tables answers comes first.
    let run = |command: &str| run(command).replacen("Count\n1\n", "", 1);
    let listed = run(".tables");
    for name in ["\"My Items\"", "orders", "v"] {
        assert!(listed.split("  ").any(|found| found.trim() == name), "{listed}");
    }
    assert_eq!(run("\\dt ord"), "orders\n");
    assert_eq!(run(".schema ord"), "CREATE TABLE orders (id INTEGER, name VARCHAR);\n");
    assert!(run(".schema v").to_lowercase().contains("create view v as select 1"));
    let described = run("\\d orders");
    assert!(described.contains("id,INTEGER") && described.contains("name,VARCHAR"), "{described}");
    assert!(run("\\d").contains("memory,main,orders,table"));
    let ran = script(&format!("{make}.describe order\n"));
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("orders"), "{}", ran.stderr);
}

#[test]
fn a_dump_makes_the_same_tables_again() {
    let make = "create table t as select * from (values (1, 'it''s', [15, null], true), (2, null, null, false)) t(a, b, c, d);\n";
    let dumped = printed(script(&format!("{make}.dump\n"))).replacen("Count\n2\n", "", 1);
    assert!(
        dumped.starts_with("CREATE TABLE t (a BIGINT, b VARCHAR, c BIGINT[], d BOOLEAN);\n"),
        "{dumped}"
    );
    assert!(dumped.contains("INSERT INTO t VALUES (1, 'it''s', [15, NULL], true);\n"), "{dumped}");
    let query = "select * from t order by a;";
    let rows = |text: String| {
        text.lines().skip_while(|line| *line != "a,b,c,d").map(str::to_string).collect::<Vec<_>>()
    };
    let again = rows(printed(script(&format!("{dumped}{query}"))));
    assert_eq!(again, rows(printed(script(&format!("{make}{query}")))));
    assert_eq!(again.len(), 3);
}

#[test]
fn results_go_to_files_and_programs() {
    let folder = Folder::new();
    let ran = folder.run_with(
        &["--format", "csv"],
        ".output all.csv\nselect 1 as a;\nselect 2 as b;\n.output\nselect 3 as c;\n.once one.csv\nselect 4 as d;\nselect 5 as e;\n.once |tr a-z A-Z\nselect 'x' as f;\n",
    );
    assert_eq!(printed(ran), "c\n3\ne\n5\nF\nX\n");
    assert_eq!(folder.read("all.csv"), "a\n1\nb\n2\n");
    assert_eq!(folder.read("one.csv"), "d\n4\n");
    let ran = folder.run_with(&[], ".output no/such/folder.csv\n");
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("cannot write 'no/such/folder.csv'"), "{}", ran.stderr);
}

#[test]
fn looks_can_be_changed() {
    assert_eq!(
        printed(script(
            ".headers off\n.nullvalue -\n.separator ; \\n\\n\nselect 1 as a, null as b;\n"
        )),
        "1;-\n\n"
    );
    assert_eq!(printed(script("\\x\nselect 1 as a;\n")), "a = 1\n");
    assert!(printed(script(".show\n")).contains("        mode: csv\n"));
    let ran = script(".mode markdwon\n");
    assert!(ran.stderr.contains("did you mean 'markdown'?"), "{}", ran.stderr);
}

#[test]
fn echo_print_and_timer() {
    assert_eq!(printed(script(".print hello 'big world'\n")), "hello big world\n");
    assert_eq!(printed(script(".echo on\nselect 1 as a;\n")), "select 1 as a;\na\n1\n");
    let ran = script(".timer on\nselect 1 as a;\n");
    assert_eq!(ran.stdout, "a\n1\n");
    assert!(ran.stderr.starts_with("Run Time (s): real 0."), "{}", ran.stderr);
}

#[test]
fn import_makes_or_fills_a_table() {
    let folder = Folder::new();
    folder.file("in.csv", "a,b\n1,x\n2,y\n");
    let ran = folder.run_with(
        &["--format", "csv"],
        ".import in.csv t\n.import in.csv t\nselect count(*) as n, sum(a) as s from t;\n",
    );
    assert_eq!(printed(ran), "n,s\n4,6\n");
}

#[test]
fn the_system_is_within_reach() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    folder.file("sub/q.sql", "select 1 as a;");
    let ran = folder.run_with(
        &["--format", "csv"],
        ".shell echo outside\n.cd sub\n.read q.sql\n\\! echo again\n",
    );
    assert_eq!(printed(ran), "outside\na\n1\nagain\n");
    assert_eq!(script(".shell exit 3\n").status, Some(1));
    assert_eq!(script(".cd /no/such/folder\n").status, Some(1));
}

#[test]
fn history_and_scripts_leave_secrets_out() {
    let folder = Folder::new();
    let ran = folder.run_with(
        &["--format", "csv"],
        "select 1 as a;\ncreate secret s (type s3, key_id 'a', secret 'hidden');\n.history\n.save_script out.sql\n",
    );
    let stdout = printed(ran);
    assert!(stdout.ends_with("select 1 as a;\n"), "{stdout}");
    assert_eq!(
        folder.read("out.sql"),
        "select 1 as a;\n-- a statement with a secret was left out here\n"
    );
}

#[test]
fn what_is_not_there_says_so() {
    for command in [".open x", "\\ai how many", "\\plot"] {
        let ran = script(&format!("{command}\n"));
        assert_eq!(ran.status, Some(1));
        assert!(
            ran.stderr.contains("not supported yet") || ran.stderr.contains("not there yet"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn wrong_arguments_show_the_usage() {
    let ran = script(".maxrows many\n");
    assert!(ran.stderr.contains("takes a whole number, not 'many'"), "{}", ran.stderr);
    let ran = script(".read\n");
    assert!(ran.stderr.contains("hint: usage: .read FILE"), "{}", ran.stderr);
    let ran = script(".bail maybe\n");
    assert!(ran.stderr.contains("hint: usage: .bail on|off"), "{}", ran.stderr);
}
