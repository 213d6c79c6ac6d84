//! What is promised and not built yet is refused by name, never ignored.

use super::failure::Failure;

/// Refuses a command that is not built yet.
pub(super) fn command(name: &str) -> Failure {
    Failure::usage(format!("'tlscope {name}' is not built yet; to watch a host of that name write '{name}:443'"))
}

/// Refuses a bare word that is, or nearly is, a command in the wrong place.
pub(super) fn not_a_command(argument: &str) -> Result<(), Failure> {
    const COMMANDS: [&str; 9] =
        ["check", "completions", "config", "explain", "import", "inventory", "lab", "man", "themes"];
    if !argument.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(());
    }
    let distance = |command: &str| strsim::damerau_levenshtein(command, argument);
    let nearest = COMMANDS.iter().map(|command| (distance(command), *command)).min();
    match nearest {
        Some((0, command)) => Err(Failure::usage(format!(
            "'{command}' is a command and comes first, as in 'tlscope {command}'; to watch a host of that name \
             write '{command}:443'"
        ))),
        Some((1, command)) if argument.len() > 3 => Err(Failure::usage(format!(
            "there is no command '{argument}'; did you mean '{command}'? To watch a host of that name write \
             '{argument}:443'"
        ))),
        _ => Ok(()),
    }
}
