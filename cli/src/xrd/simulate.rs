//! `doublet xrd simulate`: a scan with known truth, labelled as what it is.

use doublet_common::container::Content;
use doublet_common::output::{Overwrite, write_atomically};
use doublet_xrd::formats;
use doublet_xrd::profile::InstrumentFile;
use doublet_xrd::simulate::{Simulation, simulate};

use crate::args::SimulateArgs;
use crate::failure::{Failure, Outcome};

pub(super) fn run(args: &SimulateArgs) -> Outcome {
    let format = args.output.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    if !["xrdml", "xye", "csv"].contains(&format.as_str()) {
        let path = args.output.display();
        return Err(Failure::Usage(format!("{path}: the ending says the format, expected .xrdml, .xye or .csv")));
    }
    let content = Content::from_path(&args.simulation)?;
    let text = content.text().map_err(doublet_xrd::Error::from)?;
    let mut simulation = Simulation::from_toml(content.shown_name(), &text.content)?;
    if let Some(path) = &args.instrument {
        simulation.instrument = InstrumentFile::from_content(&Content::from_path(path)?)?.instrument;
    }
    let bytes = formats::write(&[simulate(&simulation)?], &format)?;
    Ok(write_atomically(&args.output, &bytes, Overwrite::from(args.force))?)
}
