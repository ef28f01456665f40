//! Diffraction files as instruments wrote them, against what their headers, their peers and their makers say.

use std::path::Path;

doublet_tests::real_files! {
    the_folder_holds_diffraction_files,
}

/// Truth: the folder's own list.
fn the_folder_holds_diffraction_files(data: &Path) {
    assert!(data.join("xrd/panalytical/m54313_om2th_10.xrdml").is_file());
}
