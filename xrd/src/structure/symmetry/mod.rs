//! Space-group symmetry: operations, their group, and the symbols that name it.
//!
//! Operations are sought in this order: those written in the file, the Hall symbol, the Hermann–Mauguin symbol with its
//! aliases, the number in the International Tables. Symbols go through moyo's table of the 530 settings of
//! *International Tables for Crystallography* B (2010), appendix A1.4.2.

mod group;
mod operation;
mod symbols;

pub use group::{Group, MAX_OPERATIONS};
pub use operation::SymmetryOperation;
pub use symbols::{Setting, hall, hermann_mauguin, number};
