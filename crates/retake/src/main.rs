//! The program. All that it can do stands in the library beside it.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(2)
}
