//! `settings:` and `config:`, retries, times and what a failure means.

use std::time::Duration;

use crate::node::{Node, Value};
use crate::problem::Problem;
use crate::workflow::{OnFailure, Pool, Retry, Settings};

/// The settings, and what they give to every step.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) settings: Settings,
    pub(super) pool: Pool,
}

const KEYS: [&str; 10] = [
    "max_parallel",
    "retry_policy",
    "retry",
    "on_failure",
    "stop_on_failure",
    "default_retries",
    "default_pool",
    "secrets_backend",
    "variables",
    "engine",
];

pub(super) fn read(node: &Node, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) -> Read {
    let mut read = Read::default();
    for (key, node) in node.entries() {
        let result = match key.name.as_str() {
            "max_parallel" => {
                count(node).map(|count| read.settings.max_parallel = Some(count.max(1)))
            }
            "retry_policy" | "retry" => retry(node).map(|retry| read.settings.retry = retry),
            "on_failure" => on_failure(node).map(|value| read.settings.on_failure = value),
            "stop_on_failure" => match node.value {
                Value::Bool(true) => {
                    read.settings.on_failure = OnFailure::Stop;
                    Ok(())
                }
                Value::Bool(false) => {
                    read.settings.on_failure = OnFailure::Skip;
                    Ok(())
                }
                _ => Err(Problem::new(node.position, "'stop_on_failure' is true or false")),
            },
            "default_retries" => {
                count(node).map(|retries| read.settings.retry.attempts = retries as u32 + 1)
            }
            "default_pool" => pool(node).map(|pool| read.pool = pool),
            "secrets_backend" => match node.scalar().as_deref() {
                Some("env") => Ok(()),
                _ => Err(Problem::new(node.position, "secrets come from the environment: 'env'")),
            },
            "variables" => Ok(()),
            "engine" => {
                warnings.push(Problem::new(
                    node.position,
                    "'engine' has no effect: there is one engine",
                ));
                Ok(())
            }
            name => Err(Problem::unknown(
                key.position,
                format!("there is no setting '{name}'"),
                name,
                &KEYS,
            )),
        };
        problems.extend(result.err());
    }
    read
}

fn count(node: &Node) -> Result<usize, Problem> {
    match node.value {
        Value::Int(count @ 0..=1_000_000) => Ok(count as usize),
        _ => Err(Problem::new(
            node.position,
            format!("expected a whole number, not {}", node.kind()),
        )),
    }
}

/// A number of tries, or `{max_attempts, backoff_ms}`.
pub(super) fn retry(node: &Node) -> Result<Retry, Problem> {
    let mut retry = Retry::default();
    if let Value::Int(_) = node.value {
        retry.attempts = count(node)?.max(1) as u32;
        return Ok(retry);
    }
    let Value::Map(entries) = &node.value else {
        return Err(Problem::new(
            node.position,
            "a retry policy is a mapping of max_attempts and backoff_ms",
        ));
    };
    for (key, node) in entries {
        match key.name.as_str() {
            "max_attempts" => retry.attempts = count(node)?.max(1) as u32,
            "backoff_ms" => {
                retry.backoff = node
                    .items()
                    .iter()
                    .map(|item| Ok(Duration::from_millis(count(item)? as u64)))
                    .collect::<Result<_, Problem>>()?;
            }
            name => {
                let message = format!("a retry policy has no key '{name}'");
                return Err(Problem::unknown(
                    key.position,
                    message,
                    name,
                    &["max_attempts", "backoff_ms"],
                ));
            }
        }
    }
    Ok(retry)
}

pub(super) fn on_failure(node: &Node) -> Result<OnFailure, Problem> {
    let word = node.scalar().unwrap_or_default();
    match word.as_str() {
        "skip" => Ok(OnFailure::Skip),
        "stop" | "fail" => Ok(OnFailure::Stop),
        "ignore" | "continue" => Ok(OnFailure::Ignore),
        _ => {
            let message = format!("'{word}' is not what a failure can mean");
            Err(Problem::unknown(node.position, message, &word, &["skip", "stop", "ignore"]))
        }
    }
}

pub(super) fn pool(node: &Node) -> Result<Pool, Problem> {
    let word = node.scalar().unwrap_or_default();
    Ok(match word.to_lowercase().as_str() {
        "default" | "any" => Pool::Any,
        "cpu_bound" | "cpu" | "lightcpu" | "heavycpu" => Pool::Cpu,
        "io_bound" | "io" | "lightio" | "heavyio" => Pool::Io,
        "network_bound" | "network" => Pool::Network,
        "memory_bound" | "memory" => Pool::Memory,
        _ => {
            let known = ["cpu_bound", "io_bound", "network_bound", "memory_bound"];
            let message = format!("'{word}' is not a resource");
            return Err(Problem::unknown(node.position, message, &word, &known));
        }
    })
}

/// Milliseconds, or a text such as `30s`, `5m`, `2h` or `250ms`.
pub(super) fn duration(node: &Node, milliseconds: bool) -> Result<Duration, Problem> {
    let wrong = || Problem::new(node.position, "expected a time such as 500ms, 30s or 5m");
    if let Value::Int(number @ 1..) = node.value {
        return Ok(match milliseconds {
            true => Duration::from_millis(number as u64),
            false => Duration::from_secs(number as u64),
        });
    }
    let text = node.scalar().ok_or_else(wrong)?;
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..split].parse().map_err(|_| wrong())?;
    let unit = match text[split..].trim() {
        "ms" => 0.001,
        "" if milliseconds => 0.001,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(number * unit).ok().filter(|time| !time.is_zero()).ok_or_else(wrong)
}
