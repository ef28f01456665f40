//! Sizes of real oxides by every method: they agree, or the report says why not.

use std::path::{Path, PathBuf};

use doublet_xrd::analysis::{PhaseSize, SizeStrain, SizeStrainMethod, analyze};
use doublet_xrd::formats::read_file;
use doublet_xrd::identify::candidates;
use doublet_xrd::recipe::Recipe;

doublet_tests::real_files! {
    sizes_of_the_aeris_mixtures_are_lower_limits_that_agree_or_say_why_not,
}

/// Truth: no instrument profile comes with these files, so that every size is a lower limit; sizes by two methods agree within
/// 2σ, or a sentence names the method and the cause.
fn sizes_of_the_aeris_mixtures_are_lower_limits_that_agree_or_say_why_not(data: &Path) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(data.join("xrd/dara"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with("8min.xrdml"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 4);
    let recipe = Recipe::default().resolve().unwrap();
    let set = candidates(&recipe.identification, Vec::new()).unwrap();
    let mut compared = 0;
    for file in files {
        let analysis = analyze(&read_file(&file).unwrap().remove(0), &recipe, &set).unwrap();
        assert!(!analysis.crystallite_size.is_empty());
        for size in &analysis.crystallite_size {
            compared += agree_or_say_why(size, &file);
        }
    }
    assert!(compared >= 20, "{compared}");
}

/// Number of methods compared with the best.
fn agree_or_say_why(size: &PhaseSize, file: &Path) -> usize {
    let place = format!("{}, {}", file.display(), size.phase_id);
    assert!(!size.instrument_removed && size.methods.iter().all(|row| row.verdict.contains("size a lower")), "{place}");
    assert!(size.comparison.iter().any(|sentence| sentence.contains("every size here is a lower limit")), "{place}");
    let Some(best) = size.methods.iter().find(|row| Some(row.method) == size.best_method) else { return 0 };
    let length = |row: &SizeStrain| match row.method {
        SizeStrainMethod::ScherrerFwhm => None,
        SizeStrainMethod::ScherrerIntegral => row.size_nm.map(|q| (q.value / 1.07, q.sigma.unwrap() / 1.07)),
        _ => row.size_nm.map(|q| (q.value, q.sigma.unwrap())),
    };
    let Some((expected, sigma)) = length(best) else { return 0 };
    let others: Vec<(&SizeStrain, (f64, f64))> =
        size.methods.iter().filter_map(|row| Some((row, length(row)?))).collect();
    for (row, (found, own)) in &others {
        let agree = (found - expected).abs() <= 2.0 * sigma.max(*own);
        let said = size.comparison.iter().any(|s| s.starts_with(row.method.name()) && s.contains("because"));
        assert!(agree || said, "{place}: {} {found} and {expected}: {:?}", row.method.name(), size.comparison);
    }
    others.len()
}
