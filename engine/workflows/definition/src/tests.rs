//! Files as users write them, and what is wrong with files.

use crate::{Dialect, File, Graph, NoLastRun, Picture, Problem, Sources, Workflow, read, select};

fn parse(text: &str) -> Result<Workflow, Vec<Problem>> {
    read(&File { text, name: "test", ..File::default() })
}

fn problems(text: &str) -> Vec<String> {
    parse(text).unwrap_err().iter().map(ToString::to_string).collect()
}

fn with(
    text: &str,
    given: &[(&str, &str)],
    environment: &[(&str, &str)],
) -> Result<Workflow, Vec<Problem>> {
    let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect()
    };
    let variables = Sources {
        given: owned(given),
        environment: owned(environment).into_iter().collect(),
        file: None,
    };
    read(&File { text, name: "test", variables, ..File::default() })
}

const A: &str = "
name: A
variables: {min_age: 18, city: 'Rome'}
steps:
  - {name: load, type: read, input: people.parquet, output: people}
  - {name: adults, type: filter, input: people, query: 'age >= ${min_age}', output: people}
  - name: totals
    type: groupby
    input: people
    by: [city]
    agg: {age: [mean, count]}
    output: totals
  - {name: out, type: save, input: totals, output: out/totals.parquet}
";

fn edges(workflow: &Workflow) -> Vec<(String, String)> {
    let graph = Graph::new(workflow, &mut |_| vec![]).unwrap();
    let name = |index: usize| workflow.steps[index].name.clone();
    let edge = |(to, before): (usize, &Vec<usize>)| {
        before.iter().map(move |from| (name(*from), name(to))).collect::<Vec<_>>()
    };
    graph.before.iter().enumerate().flat_map(edge).collect()
}

#[test]
fn a_dataset_may_be_given_again() {
    let workflow = parse(A).unwrap();
    assert_eq!(workflow.dialect, Dialect::Steps);
    let expected = [("load", "adults"), ("adults", "totals"), ("totals", "out")];
    let expected = expected.map(|(a, b)| (a.to_string(), b.to_string()));
    assert_eq!(edges(&workflow), expected);
    assert_eq!(workflow.steps[1].text("query").unwrap(), "age >= 18");
}

#[test]
fn pipelines_read_what_they_wait_for() {
    let workflow = parse(
        "settings: {max_parallel: 4, retry_policy: {max_attempts: 3, backoff_ms: [50, 100]}, variables: {low: 30}}
pipeline:
  - {name: load, operation: read_csv, params: {path: in.csv}}
  - {name: kept, operation: query, depends_on: [load], params: {query: 'age > ${low}'}, when: '${low} >= 30', timeout_ms: 200}
  - {name: out, operation: to_parquet, depends_on: [kept], params: {path: out.parquet}, resource_hint: io_bound}
",
    )
    .unwrap();
    assert_eq!(workflow.dialect, Dialect::Pipeline);
    let kept = &workflow.steps[1];
    assert!(kept.when.as_ref().unwrap().holds);
    assert_eq!((kept.retry.attempts, kept.timeout.unwrap().as_millis()), (3, 200));
    let waits: Vec<u128> = (1..5).map(|attempt| kept.retry.wait(attempt).as_millis()).collect();
    assert_eq!(waits, [50, 100, 200, 400]);
    assert_eq!(workflow.steps[2].inputs[0].text, "kept");
    assert_eq!(workflow.steps[2].text("format").unwrap(), "parquet");
}

#[test]
fn the_versioned_dialect() {
    let workflow = parse(
        "version: pf/v1
config: {stop_on_failure: true, default_retries: 2, secrets_backend: env}
steps:
  - {name: rates, type: http.get, params: {url: 'http://x.org/a.csv', format: csv}}
  - {name: load, type: parquet.read, params: {path: a.parquet}, output: sales}
  - {name: both, type: datafusion.sql, inputs: [sales, rates], params: {sql: 'SELECT * FROM sales, rates'}}
  - {name: out, type: parquet.write, input: both, params: {path: out.parquet}}
",
    )
    .unwrap();
    assert_eq!(workflow.steps[0].retry.attempts, 3);
    assert_eq!(edges(&workflow).len(), 3);
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let found = problems(
        "steps:
  - {name: a, type: reed, input: x}
  - {name: b, type: filter, qery: 'x > 1'}
  - {name: c, type: limit, n: many}
  - {name: c, type: tetnus.train}
  - {name: d, type: sort, input: nowhere, by: x}
nam: x
",
    );
    let expected = [
        "2:21: step 'a': 'reed' is not a type of step (did you mean 'read'?)",
        "3:29: step 'b': a step of type 'filter' has no key 'qery' (did you mean 'query'?)",
        "4:31: step 'c': 'n' takes a whole number, not text",
        "5:21: step 'c': machine learning ('tetnus.train') is not supported",
        "7:1: a workflow has no key 'nam' (did you mean 'name'?)",
    ];
    for message in expected {
        assert!(found.iter().any(|found| found == message), "{message} is not in {found:#?}");
    }
}

#[test]
fn names_that_nobody_makes_and_cycles_are_named() {
    let found = problems("steps:\n  - {name: d, type: sort, input: nowhere, by: x}\n");
    assert!(found[0].contains("no step makes 'nowhere'"), "{found:?}");
    let found = problems(
        "pipeline:
  - {name: a, operation: limit, input: c, n: 1}
  - {name: b, operation: limit, input: a, n: 1}
  - {name: c, operation: limit, input: b, n: 1}
  - {name: x, operation: sql, sql: select 1}
",
    );
    assert_eq!(found, ["2:5: steps need each other: a → b → c → a"]);
}

#[test]
fn the_command_line_wins_over_the_environment_over_the_default() {
    let text = "variables: {n: 1, s: x, t: {type: int, default: 3}}\nsteps: [{name: a, type: sql, sql: \"${n} ${s} {{ t + 1 }} $n $nn $${n}\"}]";
    let sql = |given: &[(&str, &str)], environment: &[(&str, &str)]| {
        with(text, given, environment).unwrap().steps[0].text("sql").unwrap()
    };
    assert_eq!(sql(&[], &[]), "1 x 4 1 $nn ${n}");
    assert_eq!(sql(&[], &[("PARQUETFRAME_VAR_N", "2")]), "2 x 4 2 $nn ${n}");
    assert_eq!(
        sql(&[("n", "9"), ("s", "007")], &[("PARQUETFRAME_VAR_N", "2")]),
        "9 007 4 9 $nn ${n}"
    );
    let error = with(text, &[("t", "many")], &[]).unwrap_err();
    assert!(error[0].message.contains("'many' is not of type int"), "{error:?}");
    let error = with(text, &[("sz", "1")], &[]).unwrap_err();
    assert!(error[0].message.contains("no variable 'sz'"), "{error:?}");
}

#[test]
fn secrets_are_hidden_and_unknown_variables_told() {
    let text = "variables: {key: {secret: true, default: hunter2}}\nsteps: [{name: a, type: sql, sql: \"select '${key}', '${secret.TOKEN}'\"}]";
    let workflow = with(text, &[], &[("TOKEN", "abc")]).unwrap();
    assert!(
        workflow.secrets.contains(&"hunter2".into()) && workflow.secrets.contains(&"abc".into())
    );
    assert!(workflow.variables.contains(&("key".into(), "***".into())));
    let found =
        problems("variables: {region: 1}\nsteps: [{name: a, type: sql, sql: 'select ${regoin}'}]");
    assert!(found[0].contains("did you mean 'region'?"), "{found:?}");
    let found = problems("variables: {region: }\nsteps: [{name: a, type: sql, sql: 'select 1'}]");
    assert!(found[0].contains("-V region="), "{found:?}");
}

#[test]
fn selection_is_that_of_dbt() {
    let workflow = parse(
        "pipeline:
  - {name: a, operation: sql, sql: select 1, tags: [raw]}
  - {name: b, operation: limit, input: a, n: 1}
  - {name: c, operation: limit, input: b, n: 1, tags: [out]}
  - {name: d, operation: limit, input: a, n: 1}
  - {name: e, operation: union, inputs: [c, d]}
",
    )
    .unwrap();
    let graph = Graph::new(&workflow, &mut |_| vec![]).unwrap();
    let chosen = |text: &str, exclude: Option<&str>| -> String {
        let chosen = select(&workflow, &graph, &NoLastRun, Some(text), exclude).unwrap();
        chosen.iter().map(|index| workflow.steps[*index].name.as_str()).collect()
    };
    assert_eq!(chosen("b", None), "b");
    assert_eq!(chosen("+c", None), "abc");
    assert_eq!(chosen("1+c", None), "bc");
    assert_eq!(chosen("b+", None), "bce");
    assert_eq!(chosen("b+1", None), "bc");
    assert_eq!(chosen("@b", None), "abcde");
    assert_eq!(chosen("tag:raw tag:out", None), "ac");
    assert_eq!(chosen("+e,b+", None), "bce");
    assert_eq!(chosen("[ab]", None), "ab");
    assert_eq!(chosen("+e", Some("a+1")), "ce");
    let error = select(&workflow, &graph, &NoLastRun, Some("bb"), None).unwrap_err();
    assert!(error.message.contains("no step matches 'bb'"));
    assert!(select(&workflow, &graph, &NoLastRun, Some("state:modified"), None).is_err());
}

#[test]
fn pictures_show_every_step_and_edge() {
    let workflow = parse(A).unwrap();
    let graph = Graph::new(&workflow, &mut |_| vec![]).unwrap();
    let states = [("load".to_string(), "completed".to_string())].into();
    let picture = Picture { workflow: &workflow, graph: &graph, states };
    assert_eq!(picture.draw("mermaid").unwrap().matches("-->").count(), 3);
    assert_eq!(picture.draw("dot").unwrap().matches("->").count(), 3);
    assert_eq!(picture.draw("svg").unwrap().matches("<rect").count(), 4);
    assert!(picture.draw("html").unwrap().contains("completed"));
    assert!(picture.draw("png").is_none());
}

#[test]
fn long_chains_and_wide_fans_are_read_in_no_time() {
    let mut text = "pipeline:\n  - {name: s0, operation: sql, sql: select 1 as a}\n".to_string();
    for index in 1..1000 {
        text.push_str(&format!(
            "  - {{name: s{index}, operation: filter, input: s{}, query: a > 0}}\n",
            index - 1
        ));
    }
    let started = std::time::Instant::now();
    let workflow = parse(&text).unwrap();
    Graph::new(&workflow, &mut |_| vec![]).unwrap();
    assert!(started.elapsed().as_secs_f64() < 1.0, "{:?}", started.elapsed());
}

#[test]
fn every_example_of_the_manual_is_read() {
    for step_type in crate::STEP_TYPES {
        let sources = "  - {name: s1, operation: sql, sql: select 1, output: sales}\n";
        let example: String = step_type.example.lines().map(|line| format!("  {line}\n")).collect();
        let text = format!("pipeline:\n{sources}{example}");
        if let Err(found) = parse(&text) {
            for problem in found {
                // The examples stand alone, so their inputs are made by nobody.
                assert!(problem.message.contains("no step makes"), "{}: {problem}", step_type.name);
            }
        }
    }
}
