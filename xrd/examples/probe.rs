fn main() {
    for f in std::env::args().skip(1) {
        match doublet_xrd::formats::read_file(std::path::Path::new(&f)) {
            Ok(s) => for s in &s { let i = doublet_xrd::formats::info(s); println!("OK {f}\n   {} pts {} {:?} {:?} σ {:?} y {:?} {:?} t {:?}\n   {:?}\n   W {:#?}", s.data.len(), i.input.format, i.two_theta_range_deg, i.step_range_deg, i.sigma_source, i.intensity_range, i.intensity_unit, i.counting_time_s, i.radiation.map(|r| (r.describe(), r.monochromator_two_theta_deg)), i.input.reader_warnings)},
            Err(e) => println!("ERR {e}"),
        }
    }
}
