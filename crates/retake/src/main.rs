//! The faces of retake: command line, HTTP service, web page, configuration. It holds no rules.
//!
//! No face is built yet: the engine comes first.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(2)
}
