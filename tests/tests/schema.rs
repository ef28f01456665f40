//! The JSON Schemas in `docs/` are those of the types. `DOUBLET_BLESS=1 cargo test -p doublet-tests --test schema` renews them.

use std::path::Path;

use schemars::Schema;

#[test]
fn schemas_in_docs_are_those_of_the_types() {
    let schemas: [(&str, Schema); 9] = [
        ("xrd-result.schema.json", schemars::schema_for!(doublet_xrd::analysis::Analysis)),
        ("xrd-recipe.schema.json", schemars::schema_for!(doublet_xrd::recipe::Recipe)),
        ("xrd-instrument.schema.json", schemars::schema_for!(doublet_xrd::profile::InstrumentFile)),
        ("xrd-simulation.schema.json", schemars::schema_for!(doublet_xrd::simulate::Simulation)),
        ("xps-result.schema.json", schemars::schema_for!(doublet_xps::analysis::Analysis)),
        ("xps-recipe.schema.json", schemars::schema_for!(doublet_xps::recipe::Recipe)),
        ("study.schema.json", schemars::schema_for!(doublet_study::study_file::Study)),
        ("study-result.schema.json", schemars::schema_for!(doublet_study::StudyAnalysis)),
        ("xps-simulation.schema.json", schemars::schema_for!(doublet_xps::simulate::Simulation)),
    ];
    for (name, schema) in schemas {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
        let generated = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("DOUBLET_BLESS").is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == generated, "docs/{name} is not the schema of the type; renew it with DOUBLET_BLESS=1");
    }
}
