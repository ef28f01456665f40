//! Time of every line shape: 10 peaks × 800 points, value and all derivatives, preparation included.

use divan::{Bencher, black_box};
use doublet_common::lineshape::{BaseShape, Shape};

fn main() {
    divan::main();
}

#[divan::bench(args = BaseShape::ALL)]
fn eight_thousand_points(bencher: Bencher, base: BaseShape) {
    let shape = base.symmetric();
    let parameters: &[f64] = match base {
        BaseShape::Gaussian | BaseShape::Lorentzian => &[1.0],
        BaseShape::PearsonVii => &[1.0, 1.7],
        _ => &[0.9, 0.4],
    };
    bencher.bench_local(|| {
        let mut sum = 0.0;
        for peak in 0..10 {
            let Ok(profile) = shape.with(black_box(parameters)) else { return f64::NAN };
            for i in 0..800 {
                let point = profile.at(f64::from(i - 400 + peak) * 0.02);
                sum += point.value + point.d_offset + point.d_parameters[0] + point.d_parameters[1];
            }
        }
        sum
    });
}
