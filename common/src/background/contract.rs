//! One contract that every estimator keeps, and the numbers of an independent program.

use super::*;

const POINTS: usize = 1001;

/// Simulated pattern: a sloping background with a hump between points 250 and 750, five peaks there, and a wave that
/// stands for noise, everywhere or only there.
fn pattern(noise_everywhere: bool) -> (Vec<f64>, Vec<f64>) {
    let peaks =
        [(400.0, 330.0, 4.0), (150.0, 450.0, 7.0), (900.0, 460.0, 5.0), (60.0, 600.0, 9.0), (2000.0, 700.0, 3.0)];
    (0..POINTS)
        .map(|i| {
            let (k, x) = (i as f64, i as f64 / 1000.0);
            let inside = (250..=750).contains(&i);
            let middle = if inside { (std::f64::consts::PI * (x - 0.25) / 0.5).sin().powi(2) } else { 0.0 };
            let truth = 100.0 + 50.0 * x + 30.0 * middle;
            let peaks: f64 = peaks.iter().map(|(a, c, w)| a * (-((k - c) / w).powi(2)).exp()).sum();
            let noise = 3.0 * (k * 12.9898).sin() * if noise_everywhere { 1.0 } else { middle };
            (truth + peaks * middle + noise, truth)
        })
        .unzip()
}

/// An estimator with everything but the data chosen.
type Estimator = (&'static str, fn(&[f64]) -> Result<Vec<f64>>);

const ESTIMATORS: [Estimator; 4] = [
    ("SNIP", |y| snip(y, 25, SnipScale::Linear)),
    ("SNIP, logarithmic", |y| snip(y, 25, SnipScale::LogLogSqrt)),
    ("rolling ball", |y| rolling_ball(y, 40)),
    ("arPLS", |y| arpls(y, &ArPlsOptions::default()).map(|a| a.background)),
];

#[test]
fn input_unchanged_repeatable_finite_and_of_the_same_length() {
    let (y, _) = pattern(true);
    for (name, estimate) in ESTIMATORS {
        let before = y.clone();
        let (first, second) = (estimate(&y).unwrap(), estimate(&y).unwrap());
        assert_eq!(y, before, "{name}");
        assert_eq!(first, second, "{name}");
        assert_eq!(first.len(), y.len(), "{name}");
        assert!(first.iter().all(|v| v.is_finite()), "{name}");
    }
}

#[test]
fn the_direction_of_the_axis_does_not_matter() {
    let (y, _) = pattern(true);
    let reversed: Vec<f64> = y.iter().rev().copied().collect();
    for (name, estimate) in ESTIMATORS {
        let (there, back) = (estimate(&y).unwrap(), estimate(&reversed).unwrap());
        for (a, b) in there.iter().zip(back.iter().rev()) {
            assert!((a - b).abs() < 1e-6, "{name}: {a} {b}");
        }
    }
}

#[test]
fn scales_with_the_data() {
    let (y, _) = pattern(true);
    let large: Vec<f64> = y.iter().map(|v| v * 1e9).collect();
    for (name, estimate) in ESTIMATORS {
        if !name.contains("logarithmic") {
            for (a, b) in estimate(&y).unwrap().iter().zip(estimate(&large).unwrap()) {
                assert!((a - b * 1e-9).abs() < 1e-6, "{name}: {a} {b}");
            }
        }
    }
}

#[test]
fn the_simulated_background_is_found() {
    // Truth: the background that was simulated; amplitude of its noise 3, of its peaks up to 2000.
    let (y, truth) = pattern(true);
    for (name, estimate) in ESTIMATORS {
        let worst = estimate(&y).unwrap().iter().zip(&truth).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 8.0, "{name}: off by {worst}");
    }
}

#[test]
fn straight_lines_are_kept_and_odd_data_survive() {
    let line: Vec<f64> = (0..POINTS).map(|i| 3.0 + 0.5 * i as f64).collect();
    for (name, estimate) in ESTIMATORS {
        let found = estimate(&line).unwrap();
        // A line is bent on the logarithmic scale, so clipping cuts it there.
        let points = if name.contains("logarithmic") { 0 } else { POINTS - 160 };
        for (a, b) in found.iter().zip(&line).skip(80).take(points) {
            assert!((a - b).abs() < 1e-3, "{name}: {a} {b}");
        }
        for odd in [vec![0.0; POINTS], vec![7.0; POINTS], vec![1e300; POINTS]] {
            assert!(estimate(&odd).unwrap().iter().all(|v| v.is_finite()), "{name}: {}", odd[0]);
        }
    }
}

#[test]
fn bad_arguments_are_refused_by_value() {
    for (name, estimate) in ESTIMATORS {
        for (data, wanted) in
            [(vec![], "0 point"), (vec![1.0, 2.0], "2 point"), (vec![1.0, f64::NAN, 2.0], "NaN at point 1")]
        {
            match estimate(&data) {
                Err(Error::Domain { message, .. }) => assert!(message.contains(wanted), "{name}: {message}"),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
    let y = [1.0; 20];
    for refused in [snip(&y, 0, SnipScale::Linear), snip(&y, 10, SnipScale::Linear), rolling_ball(&y, 10)] {
        assert!(matches!(refused, Err(Error::Domain { .. })));
    }
    assert!(snip(&[-2.0; 20], 3, SnipScale::LogLogSqrt).unwrap_err().to_string().contains("-2 at point 0"));
    let good = ArPlsOptions::default();
    for bad in [
        ArPlsOptions { smoothness: 0.0, ..good },
        ArPlsOptions { smoothness: f64::NAN, ..good },
        ArPlsOptions { tolerance: -1.0, ..good },
        ArPlsOptions { max_iterations: 0, ..good },
    ] {
        assert!(matches!(arpls(&y, &bad), Err(Error::Domain { .. })), "{bad:?}");
    }
}

/// Points at which the independent program's numbers stand.
const AT: [usize; 13] = [0, 100, 251, 333, 400, 455, 462, 530, 601, 698, 740, 900, 1000];

fn compare(name: &str, found: &[f64], expected: &[f64; 13], at: std::ops::Range<usize>, tolerance: f64) {
    for (i, e) in AT.iter().zip(expected).filter(|(i, _)| at.contains(*i)) {
        assert!((found[*i] - e).abs() < tolerance, "{name} at point {i}: {}, expected {e}", found[*i]);
    }
}

#[test]
fn snip_and_rolling_ball_agree_with_pybaselines() {
    // Truth: pybaselines 1.2.1, snip(max_half_window=25, decreasing=True) on both scales, rolling_ball(half_window=40).
    // It continues the data beyond their ends, so only points a window away from the ends are compared.
    const SNIP: [f64; 13] = [
        100.0,
        105.0,
        112.55112412028592,
        123.63132063615112,
        136.97264186267358,
        145.63124752202808,
        146.43928171993463,
        150.11152876938587,
        146.78683792327718,
        137.87534174568992,
        137.10961927022427,
        145.0,
        150.0,
    ];
    const SNIP_LOGARITHMIC: [f64; 13] = [
        99.98439540447812,
        104.93389836395464,
        112.5511241202858,
        123.55430377412446,
        136.6171816483338,
        145.35589397377302,
        146.18830697431758,
        150.02618933581158,
        146.69501153652072,
        137.8725254978971,
        137.1096192702244,
        144.95160176765737,
        149.98850414553308,
    ];
    const BALL: [f64; 13] = [
        100.0,
        105.0,
        112.89665507288997,
        124.69689038076045,
        139.0091812576167,
        149.44509570384173,
        150.1758154736755,
        151.34738982621923,
        148.7575547375379,
        138.4831823622742,
        137.66791120469475,
        145.0,
        148.0,
    ];
    let (y, _) = pattern(false);
    compare("SNIP", &snip(&y, 25, SnipScale::Linear).unwrap(), &SNIP, 0..1001, 1e-9);
    let logarithmic = snip(&y, 25, SnipScale::LogLogSqrt).unwrap();
    compare("SNIP, logarithmic", &logarithmic, &SNIP_LOGARITHMIC, 200..800, 1e-8);
    compare("rolling ball", &rolling_ball(&y, 40).unwrap(), &BALL, 81..920, 1e-9);
}

#[test]
fn arpls_agrees_with_pybaselines() {
    // Truth: pybaselines 1.2.1, arpls(lam=1e5) and arpls(lam=1e3, tol=1e-2).
    const DEFAULT: [f64; 13] = [
        100.49203731819173,
        104.87434568119994,
        112.46409756571148,
        124.23812457658636,
        139.53957024670552,
        150.63162859752353,
        151.63932847131565,
        155.29085035426715,
        149.5993842775875,
        137.99001282733707,
        137.13070890939457,
        144.87540472765966,
        150.47090082970684,
    ];
    const ROUGH: [f64; 13] = [
        101.52099785122213,
        104.80035872076661,
        112.40018363638356,
        124.42429816983116,
        139.47502608671016,
        154.36134905783103,
        154.479233462112,
        155.25621323258022,
        153.4905667579854,
        137.68857764934893,
        136.96109243166876,
        144.81632054658846,
        151.7472080762074,
    ];
    let (y, _) = pattern(true);
    let found = arpls(&y, &ArPlsOptions::default()).unwrap();
    assert!(found.converged && found.iterations == 12, "{} iterations", found.iterations);
    compare("arPLS", &found.background, &DEFAULT, 0..1001, 1e-7);
    let rough = ArPlsOptions { smoothness: 1e3, tolerance: 1e-2, ..ArPlsOptions::default() };
    compare("arPLS, rough", &arpls(&y, &rough).unwrap().background, &ROUGH, 0..1001, 1e-7);
}
