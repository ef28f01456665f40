//! The symmetry of a CIF: operations in the file, else Hall symbol, else Hermann–Mauguin symbol, else number.

use doublet_common::FileError;

use super::Reader;
use crate::structure::symmetry::{self, Group, MAX_OPERATIONS, Setting, SymmetryOperation};
use crate::structure::{Site, UnitCell, consistent_cell, sites};

const OPERATIONS: [&str; 3] =
    ["_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz", "_space_group_symop_as_xyz"];
const HALL: [&str; 2] = ["_space_group_name_hall", "_symmetry_space_group_name_hall"];
const HERMANN_MAUGUIN: [&str; 4] = [
    "_space_group_name_h-m_alt",
    "_symmetry_space_group_name_h-m",
    "_space_group_name_h-m_ref",
    "_space_group_name_h-m_full",
];
const NUMBER: [&str; 2] = ["_space_group_it_number", "_symmetry_int_tables_number"];

/// Label and operations.
type Symmetry = (String, Vec<SymmetryOperation>);

impl Reader<'_, '_> {
    pub(super) fn symmetry(
        &self,
        cell: &UnitCell,
        sites: &[Site],
        warnings: &mut Vec<String>,
    ) -> Result<Symmetry, FileError> {
        let name = self.block.text(&HERMANN_MAUGUIN).map(super::one_line);
        if let Some(group) = self.listed_operations(warnings)? {
            self.doubt_listed(&group, warnings);
            let label = name.or_else(|| self.block.text(&HALL).map(super::one_line));
            return Ok((label.unwrap_or_else(|| "not named".into()), group.operations().to_vec()));
        }
        if let Some(value) = self.block.item(&HALL) {
            match symmetry::hall(value.text) {
                Ok(group) => {
                    return Ok((name.unwrap_or_else(|| super::one_line(value.text)), group.operations().to_vec()));
                }
                Err(message) => warnings.push(format!("{message}: ignored")),
            }
        }
        self.named(cell, sites, warnings)
    }

    /// The operations written in the file, completed to a group.
    fn listed_operations(&self, warnings: &mut Vec<String>) -> Result<Option<Group>, FileError> {
        let listed: Vec<_> = self.block.list(&OPERATIONS).into_iter().filter(|value| value.given().is_some()).collect();
        let Some(first) = listed.first() else { return Ok(None) };
        if listed.len() > MAX_OPERATIONS {
            let found = format!("{} symmetry operations", listed.len());
            return Err(self.refuse(first.line, found, format!("at most {MAX_OPERATIONS}")));
        }
        let mut operations = Vec::with_capacity(listed.len());
        for value in &listed {
            let operation: SymmetryOperation = value
                .text
                .parse()
                .map_err(|_| self.refuse(value.line, value.text, "a symmetry operation such as -y,x-y,z+1/2"))?;
            operations.push(operation);
        }
        let group = Group::generated_by(&operations)
            .map_err(|message| self.refuse(first.line, message, "the operations of one space group"))?;
        if group.added() > 0 {
            warnings.push(format!(
                "the {} symmetry operations of the file are no group: completed to {}",
                listed.len(),
                group.operations().len()
            ));
        }
        Ok(Some(group))
    }

    /// Says when the operations of the file and its symbol are of different groups.
    fn doubt_listed(&self, group: &Group, warnings: &mut Vec<String>) {
        let Some(symbol) = self.block.text(&HERMANN_MAUGUIN) else { return };
        let orders: Vec<usize> = symmetry::hermann_mauguin(symbol)
            .iter()
            .filter_map(|setting| setting.operations().ok())
            .map(|named| named.operations().len())
            .collect();
        let order = group.operations().len();
        if !orders.is_empty() && !orders.contains(&order) {
            warnings.push(format!(
                "the file lists {order} symmetry operations but names {symbol}, which has {}: the operations are used",
                orders[0]
            ));
        }
    }

    fn named(&self, cell: &UnitCell, sites: &[Site], warnings: &mut Vec<String>) -> Result<Symmetry, FileError> {
        let advice = "write the operations (_space_group_symop_operation_xyz) into the file";
        if let Some(value) = self.block.item(&HERMANN_MAUGUIN) {
            let settings = symmetry::hermann_mauguin(value.text);
            if settings.is_empty() {
                return Err(self
                    .refuse(value.line, value.text.trim(), "a space group symbol such as R -3 c")
                    .with_advice(advice));
            }
            return self.chosen(&settings, value.line, cell, sites, warnings);
        }
        if let Some(value) = self.block.item(&NUMBER) {
            let settings = value.given().and_then(|text| text.parse().ok()).map(symmetry::number).unwrap_or_default();
            if settings.is_empty() {
                return Err(self
                    .refuse(value.line, value.text, "a space group number from 1 to 230")
                    .with_advice(advice));
            }
            warnings.push(format!("the file names its space group only by number, {}", value.text.trim()));
            return self.chosen(&settings, value.line, cell, sites, warnings);
        }
        warnings.push("the file states no symmetry: P 1 assumed, every atom of the cell must be listed".into());
        Ok(("P 1".into(), vec![SymmetryOperation::IDENTITY]))
    }

    /// Of several settings that a symbol can mean, the one that suits the cell and has the fewest atoms per cell: with the
    /// wrong origin or axes, atoms leave their special positions and multiply.
    fn chosen(
        &self,
        settings: &[Setting],
        line: usize,
        cell: &UnitCell,
        sites: &[Site],
        warnings: &mut Vec<String>,
    ) -> Result<Symmetry, FileError> {
        let mut candidates: Vec<(Setting, Group)> = Vec::new();
        for setting in settings {
            let group = setting.operations().map_err(|message| self.refuse(line, message, "a space group"))?;
            candidates.push((*setting, group));
        }
        let suits = |group: &Group| consistent_cell(cell, group.operations(), &mut Vec::new()).is_ok();
        if candidates.iter().any(|(_, group)| suits(group)) {
            candidates.retain(|(_, group)| suits(group));
        }
        // The second origin wins a tie.
        let best = candidates.iter().min_by_key(|(setting, group)| {
            (sites::atoms_per_cell(sites, cell, group.operations()), setting.mark == "1")
        });
        let Some((setting, group)) = best else {
            return Err(self.refuse(line, "no setting", "a space group"));
        };
        if candidates.len() > 1 {
            warnings.push(format!(
                "the space group symbol has {} settings that suit the cell: {} taken, with the fewest atoms per cell",
                candidates.len(),
                setting.label()
            ));
        }
        Ok((setting.label(), group.operations().to_vec()))
    }
}
