//! The engine against answers that no honest performer would give.

mod chaos;
mod growth;
mod money;
mod still;
