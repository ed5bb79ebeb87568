//! The faces of retake: command line, HTTP service, web page, configuration. It holds no rules.

pub mod ui;
