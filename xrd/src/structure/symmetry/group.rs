//! The group of a list of operations: closed under composition, finite, without repetition.

use std::collections::HashSet;

use super::SymmetryOperation;

/// No space group in a conventional cell has more operations (F m -3 m: 48 × 4).
pub const MAX_OPERATIONS: usize = 192;

type Key = ([[i32; 3]; 3], [i32; 3]);

fn key(operation: &SymmetryOperation) -> Key {
    (operation.rotation, operation.translation_key())
}

/// The operations of a space group up to lattice translations, identity first.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    operations: Vec<SymmetryOperation>,
    /// Members that closure had to add to the given list.
    added: usize,
}

impl Group {
    /// The smallest group that contains `generators`: every product, with repetitions dropped.
    ///
    /// # Errors
    /// A sentence if it has more than [`MAX_OPERATIONS`] members, as a list that contradicts itself does.
    pub fn generated_by(generators: &[SymmetryOperation]) -> Result<Self, String> {
        let mut seen: HashSet<Key> = HashSet::from([key(&SymmetryOperation::IDENTITY)]);
        let mut operations = vec![SymmetryOperation::IDENTITY];
        for generator in generators {
            if seen.insert(key(generator)) {
                operations.push(*generator);
            }
        }
        let given = operations.clone();
        if given.len() > MAX_OPERATIONS {
            return Err(too_many());
        }
        let mut next = 1;
        while next < operations.len() {
            for generator in given.iter().skip(1) {
                let product = operations[next].after(generator);
                if seen.insert(key(&product)) {
                    operations.push(product);
                    if operations.len() > MAX_OPERATIONS {
                        return Err(too_many());
                    }
                }
            }
            next += 1;
        }
        let added = operations.len() - given.len();
        Ok(Self { operations, added })
    }

    /// Every operation, identity first.
    pub fn operations(&self) -> &[SymmetryOperation] {
        &self.operations
    }

    /// How many operations closure had to add: 0 when the given list was a group.
    pub fn added(&self) -> usize {
        self.added
    }
}

fn too_many() -> String {
    format!("contradictory operations: more than {MAX_OPERATIONS} follow from them")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(list: &[&str]) -> Vec<SymmetryOperation> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn generators_of_r_bar_3_c_make_36() {
        // International Tables A, no. 167: 12 operations x 3 lattice points.
        let list = operations(&["-y,x-y,z", "y,x,-z+1/2", "-x,-y,-z", "x+2/3,y+1/3,z+1/3"]);
        let group = Group::generated_by(&list).unwrap();
        assert_eq!(group.operations().len(), 36);
        assert_eq!(group.added(), 36 - 5);
        assert_eq!(Group::generated_by(group.operations()).unwrap().added(), 0);
    }

    #[test]
    fn contradictions_are_refused() {
        let list = operations(&["x+1/7,y,z", "-x+1/11,y,z", "y,z,x"]);
        assert!(Group::generated_by(&list).unwrap_err().contains("contradictory"));
    }
}
