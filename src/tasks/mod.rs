//! Commands of the operator: parse the arguments, call an action, print what came of it. No rules.

mod create_token;
mod create_user;
mod send_messages;

use std::{
    io::{self, Write},
    str::FromStr,
};

use loco_rs::task::{Tasks, Vars};

use crate::{
    domain::problem::Problem,
    errors::{Error, Result},
    messages::Texts,
};

pub fn register(tasks: &mut Tasks) {
    tasks.register(create_token::CreateToken);
    tasks.register(create_user::CreateUser);
    tasks.register(send_messages::SendMessages);
}

/// The argument `name:value`, which must be there.
fn required<'a>(vars: &'a Vars, name: &'static str) -> Result<&'a str> {
    optional(vars, name).ok_or_else(|| Problem::on(name, "argument_missing").with("name", name).into())
}

fn optional<'a>(vars: &'a Vars, name: &str) -> Option<&'a str> {
    vars.cli.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// An argument that becomes a value of the domain.
fn parsed<T: FromStr<Err = Problem>>(text: &str) -> Result<T> {
    Ok(text.parse::<T>()?)
}

/// What went wrong, in words, as the framework's error: it ends the process with status 1.
fn told(error: Error) -> loco_rs::Error {
    match error.into_problems() {
        Ok(problems) => {
            let sentences: Vec<_> = problems.iter().map(|problem| Texts::JA.problem(problem)).collect();
            loco_rs::Error::Message(sentences.join("\n"))
        }
        Err(fault) => loco_rs::Error::wrap(fault),
    }
}

/// One line on stdout, which belongs to results; logs go to stderr.
fn print_line(line: &str) -> loco_rs::Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}
