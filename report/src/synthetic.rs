//! An invented result with every kind of entry, for tests of the report. None of its numbers was measured.

use doublet_common::provenance::{Input, Tool};
use doublet_common::{Quantity, SigmaSource};
use doublet_xrd::analysis::*;
use doublet_xrd::radiation::{Anode, Radiation};
use doublet_xrd::recipe::Recipe;
use doublet_xrd::scan::IntensityUnit;

const POINTS: usize = 5000;

/// Line of an invented phase: hkl, 2θ, relative intensity.
type Reflection = ([i32; 3], f64, f64);

const HOST: [Reflection; 16] = [
    ([0, 1, 2], 14.57, 8.0),
    ([1, 0, 4], 21.32, 90.0),
    ([1, 1, 0], 21.46, 66.0),
    ([1, 1, 3], 25.15, 100.0),
    ([0, 2, 4], 30.43, 60.0),
    ([2, 1, 1], 33.34, 17.0),
    ([1, 1, 6], 34.03, 40.0),
    ([3, 0, 0], 37.55, 14.0),
    ([2, 0, 8], 44.6, 10.0),
    ([1, 1, 9], 45.3, 7.0),
    ([2, 2, 3], 47.5, 16.0),
    ([1, 3, 4], 50.2, 24.0),
    ([2, -2, 6], 53.4, 21.0),
    ([4, 0, 4], 58.5, 12.0),
    ([1, 0, -14], 67.2, 6.0),
    ([4, 1, 6], 71.2, 11.0),
];

const SECOND: [Reflection; 5] = [
    ([1, 0, 1], 21.76, 100.0),
    ([1, 0, 2], 28.16, 10.0),
    ([1, 1, 1], 31.11, 13.0),
    ([1, 1, 2], 35.75, 16.0),
    ([2, 0, 0], 35.99, 4.0),
];

/// A measurement of two phases, one unexplained peak, one claim, one rival, sizes without an instrument profile.
pub(crate) fn analysis() -> Analysis {
    let x: Vec<f64> = (0..POINTS).map(|i| 10.0 + 0.015 * i as f64).collect();
    let background: Vec<f64> = x.iter().map(|t| 400.0 + 900.0 / (t / 10.0)).collect();
    let host = curve(&x, &HOST, 180.0, 0.16);
    let second = curve(&x, &SECOND, 9.0, 0.22);
    let stray = curve(&x, &[([0, 0, 1], 20.55, 100.0)], 3.0, 0.2);
    let sum = |parts: &[&Vec<f64>]| (0..POINTS).map(|i| parts.iter().map(|p| p[i]).sum()).collect::<Vec<f64>>();
    let peak_fit = sum(&[&background, &host, &second, &stray]);
    let mut noise = Noise(20_240_611);
    let observed: Vec<f64> = peak_fit.iter().map(|y| (y + y.sqrt() * noise.normal()).round().max(0.0)).collect();
    let peaks = peaks();
    Analysis {
        tool: Tool { name: "doublet".into(), version: "0.0.0".into() },
        input: Input {
            file_name: "invented.xy".into(),
            bytes: 65_536,
            sha256: "0123456789abcdef".repeat(4),
            format: "xy".into(),
            reader_warnings: vec!["no counting time in the file".into()],
        },
        recipe: Recipe { claims: Some(vec!["Li2O@20.5".into()]), ..Recipe::default() }.resolve().unwrap(),
        scan: scan(&x, &observed),
        background: Background {
            chebyshev_degree: 5,
            coefficients: (0..6).map(|i| Quantity::new(600.0 / (i + 1) as f64, 1.5)).collect(),
            choice: "chosen from the data: lowest BIC of degrees 1 to 16".into(),
        },
        unexplained_peaks: vec![1],
        peaks,
        peak_fit: statistics(90, 1.04),
        phases: phases(),
        pattern_fit: Some(statistics(14, 1.62)),
        specimen_displacement_deg: Some(Quantity::new(-0.0123, 0.0009)),
        contamination: Vec::new(),
        claims: vec![claim()],
        crystallite_size: vec![sizes()],
        warnings: vec![
            "no instrument profile: every crystallite size is a lower limit".into(),
            "σ is assumed to be √intensity, since the file does not say whether its values are counts".into(),
        ],
        curves: Curves {
            pattern_fit: sum(&[&background, &host, &second]),
            sigma: observed.iter().map(|y| y.sqrt().max(1.0)).collect(),
            two_theta_deg: x,
            observed,
            background,
            peak_fit,
            phases: vec![
                PhaseCurve { phase_id: "host".into(), intensity: host },
                PhaseCurve { phase_id: "second".into(), intensity: second },
            ],
        },
    }
}

/// Lorentzian peaks of Kα1 and Kα2, relative intensity 1 = `scale` at the top of Kα1.
fn curve(x: &[f64], lines: &[Reflection], scale: f64, fwhm: f64) -> Vec<f64> {
    x.iter()
        .map(|t| {
            lines
                .iter()
                .map(|(_, position, intensity)| {
                    let second = 2.0 * (1.00249 * (position / 2.0).to_radians().sin()).asin().to_degrees();
                    let shape = |p: f64| 1.0 / (1.0 + (2.0 * (t - p) / fwhm).powi(2));
                    scale * intensity * (shape(*position) + 0.5 * shape(second))
                })
                .sum()
        })
        .collect()
}

/// Reproducible normal deviates: sum of twelve uniform ones.
struct Noise(u64);

impl Noise {
    fn normal(&mut self) -> f64 {
        let mut sum = -6.0;
        for _ in 0..12 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (self.0 >> 33) as f64 / (1u64 << 31) as f64;
        }
        sum
    }
}

fn scan(x: &[f64], observed: &[f64]) -> ScanSummary {
    ScanSummary {
        title: Some("Invented sample".into()),
        points: x.len(),
        two_theta_range_deg: [x[0], x[x.len() - 1]],
        step_deg: 0.015,
        counting_time_s: Some(1.0),
        intensity_unit: IntensityUnit::Counts,
        sigma_source: SigmaSource::AssumedCounts,
        maximum_intensity: observed.iter().copied().fold(0.0, f64::max),
        radiation: Radiation::k_alpha(Anode::Cu),
        simulated: true,
        metadata: vec![("comment".into(), "invented".into())],
    }
}

fn statistics(free_parameters: usize, reduced_chi_squared: f64) -> FitStatistics {
    FitStatistics {
        observations: POINTS,
        free_parameters,
        reduced_chi_squared,
        r_wp_percent: 4.21,
        r_exp_percent: 4.05,
        durbin_watson: 1.83,
        sigma_inflation: 1.12,
        termination: "relative change of χ² below 1e-9".into(),
    }
}

fn peaks() -> Vec<Peak> {
    let of = |lines: &[Reflection], scale: f64, fwhm: f64, phase: &str| {
        lines
            .iter()
            .map(|(hkl, position, intensity)| {
                let area = scale * intensity * fwhm * 2.36;
                Peak {
                    two_theta_deg: Quantity::new(*position, 0.0021),
                    d_angstrom: Quantity::new(1.5405929 / (2.0 * (position / 2.0).to_radians().sin()), 0.00012),
                    area: Quantity::new(area, area.sqrt()),
                    height: Quantity::new(scale * intensity, 12.0),
                    fwhm_deg: Quantity::new(fwhm, 0.0034),
                    integral_breadth_deg: Quantity::new(fwhm * std::f64::consts::FRAC_PI_2, 0.0056),
                    lorentzian_fraction: Quantity::new(0.93, 0.04),
                    relative_area_percent: area / (180.0 * 0.16 * 2.36),
                    significance: area.sqrt(),
                    assigned_to: match phase {
                        "" => vec![],
                        id => vec![Assignment { phase_id: id.into(), hkl: *hkl, offset_deg: 0.004, share: 1.0 }],
                    },
                }
            })
            .collect::<Vec<_>>()
    };
    let mut peaks = of(&HOST, 180.0, 0.16, "host");
    peaks.extend(of(&SECOND[..2], 9.0, 0.22, "second"));
    peaks.extend(of(&[([0, 0, 1], 20.55, 100.0)], 3.0, 0.2, ""));
    peaks.sort_by(|a, b| a.two_theta_deg.value.total_cmp(&b.two_theta_deg.value));
    peaks
}

fn lines(reflections: &[Reflection], ratio: Option<f64>) -> Vec<Line> {
    reflections
        .iter()
        .map(|(hkl, position, intensity)| Line {
            hkl: *hkl,
            two_theta_deg: *position,
            relative_intensity: *intensity,
            observed_over_calculated: ratio.map(|ratio| Quantity::new(ratio, 0.04)),
        })
        .collect()
}

fn phases() -> Vec<Phase> {
    let cell = |a: f64, c: f64| {
        let length = |v| Quantity::new(v, 0.00042);
        RefinedCell {
            lengths_angstrom: [length(a), length(a), length(c)],
            angles_deg: [90.0, 90.0, 120.0].map(Quantity::without_sigma),
            volume_angstrom3: Quantity::new(a * a * c * 0.866025, 0.13),
            change_percent: [-0.11, -0.11, 0.24],
            at_tolerance: vec![],
        }
    };
    let host = Phase {
        id: "host".into(),
        name: "lithium germanium phosphate".into(),
        formula: "LiGe2(PO4)3".into(),
        space_group: "R -3 c".into(),
        references: vec!["JCPDS 80-1922".into()],
        citation: "Invented, A. (1900). J. Examples 1, 1–2".into(),
        model: false,
        verdict: Verdict::Present,
        reason: "without it χ² rises by 91 234; 12 of its 12 strong lines are there".into(),
        evidence_delta_chi_squared: 91_234.0,
        evidence_sigma: 301.7,
        weight_percent: Some(Quantity::new(96.31, 0.22)),
        weight_percent_error: Some(WeightPercentError { fit: 0.2, choices: 0.07, microabsorption: 0.05 }),
        upper_limit_wt_percent: None,
        cell: Some(cell(8.2759, 20.4689)),
        density_g_cm3: 3.58,
        lines_found: lines(&HOST[..12], Some(1.01)),
        lines_missing: vec![],
        rivals: vec![],
        ticks: lines(&HOST, Some(1.01)),
    };
    let second = Phase {
        id: "second".into(),
        name: "aluminium phosphate, low cristobalite type".into(),
        formula: "AlPO4".into(),
        space_group: "C 2 2 21".into(),
        references: vec!["JCPDS 11-500".into()],
        model: true,
        verdict: Verdict::Possible,
        reason: "explains two lines, but a rival explains them as well".into(),
        evidence_delta_chi_squared: 85.2,
        evidence_sigma: 9.1,
        weight_percent: Some(Quantity::new(3.69, 0.22)),
        upper_limit_wt_percent: Some(4.1),
        cell: Some(cell(7.099, 7.006)),
        density_g_cm3: 2.29,
        lines_found: lines(&SECOND[..2], Some(0.94)),
        lines_missing: lines(&SECOND[2..4], Some(0.08)),
        rivals: vec![Rival { id: "rival".into(), formula: "SiO2".into(), delta_chi_squared: 4.2 }],
        ticks: lines(&SECOND, Some(0.9)),
        ..host.clone()
    };
    let absent = Phase {
        id: "absent".into(),
        name: "lithium oxide".into(),
        formula: "Li2O".into(),
        space_group: "F m -3 m".into(),
        verdict: Verdict::NotDetected,
        reason: "nothing in the pattern needs it".into(),
        evidence_delta_chi_squared: 0.3,
        evidence_sigma: 0.5,
        weight_percent: None,
        upper_limit_wt_percent: Some(1.84),
        cell: None,
        lines_found: vec![],
        lines_missing: lines(&[([1, 1, 1], 33.6, 100.0)], Some(0.02)),
        rivals: vec![],
        ticks: vec![],
        ..host.clone()
    };
    vec![host, second, absent]
}

fn claim() -> ClaimAnswer {
    let required = lines(&[([1, 1, 1], 33.6, 100.0), ([2, 2, 0], 56.3, 41.0)], Some(0.02));
    ClaimAnswer {
        claim: "Li2O@20.5".into(),
        two_theta_deg: Some(20.5),
        answer: ClaimVerdict::NotSupported,
        explanation: "Li2O has no line within 13° of 20.5°; its strongest line (111) at 33.60° is absent.".into(),
        structures: vec!["li2o".into()],
        absent_lines: required.clone(),
        nearest_line: required.first().cloned(),
        required_lines: required,
        alternatives: vec![ClaimAlternative {
            id: "geo2".into(),
            formula: "GeO2".into(),
            line: lines(&[([1, 0, 0], 20.55, 19.0)], None).remove(0),
            verdict: Verdict::Possible,
            remark: "then (101) at 25.94° must be five times stronger".into(),
        }],
    }
}

fn sizes() -> PhaseSize {
    let reflection = |(hkl, position, _): &Reflection, index: usize| {
        let size = 48.0 + 5.0 * ((index * 7 % 5) as f64 - 2.0);
        ReflectionSize {
            hkl: *hkl,
            two_theta_deg: Quantity::new(*position, 0.0021),
            fwhm_deg: Quantity::new(0.16, 0.0034),
            integral_breadth_deg: Quantity::new(0.251, 0.0056),
            instrument_fwhm_deg: None,
            sample_fwhm_deg: Some(Quantity::new(0.16, 0.0034)),
            sample_integral_breadth_deg: Some(Quantity::new(0.251, 0.0056)),
            sample_gaussian_fwhm_squared_deg2: Some(Quantity::new(0.0011, 0.0004)),
            sample_lorentzian_fwhm_deg: Some(Quantity::new(0.149, 0.0051)),
            sample_parts_covariance_deg3: Some(-1.1e-6),
            size_fwhm_nm: Some(Quantity::new(size, 1.2 + 0.1 * index as f64)),
            size_integral_nm: Some(Quantity::new(size * 0.9, 1.6)),
            used: index != 9,
            remark: if index == 9 { "overlapped".into() } else { String::new() },
        }
    };
    PhaseSize {
        phase_id: "host".into(),
        name: "lithium germanium phosphate".into(),
        instrument_removed: false,
        scherrer_k: [0.89, 1.07],
        meaning: "lower limit: no instrument profile was removed".into(),
        mean_size_fwhm_nm: Some(Quantity::new(47.6, 1.1)),
        mean_size_integral_nm: Some(Quantity::new(42.9, 1.4)),
        spread_reduced_chi_squared: Some(7.9),
        reflections: HOST.iter().enumerate().map(|(i, line)| reflection(line, i)).collect(),
        methods: methods(),
        best_method: None,
        comparison: vec![
            "Scherrer (integral breadth): column length 9 % smaller, because strain was taken for size".into(),
        ],
        directions: vec![DirectionSize {
            direction: "00l".into(),
            reflections: vec![[0, 0, 6]],
            size_nm: Some(Quantity::new(51.3, 2.2)),
        }],
        detection_limit: Some(DetectionLimit {
            largest_size_nm: 610.0,
            smallest_strain: 0.00011,
            statistical_size_nm: 2100.0,
            statistical_strain: 0.00004,
            size_at_fifth_of_instrument_nm: 610.0,
            strain_at_fifth_of_instrument: 0.00011,
        }),
        williamson_hall_plot: Some(breadth_plot(1.0)),
        halder_wagner_plot: Some(breadth_plot(0.02)),
        fourier: vec![fourier()],
        warnings: vec!["the single sizes scatter 2.8 times more than their σ: strain or anisotropy".into()],
    }
}

fn methods() -> Vec<SizeStrain> {
    let row = |method, size, strain| SizeStrain {
        method,
        size_nm: Some(Quantity::new(size, 1.4)),
        size_sigma_by_instrument_nm: None,
        size_kind: SizeKind::VolumeWeightedColumn,
        size_lower_limit_nm: None,
        strain,
        strain_sigma_by_instrument: None,
        strain_kind: StrainKind::IntegralBreadth,
        strain_upper_limit: None,
        correlation: Some(0.82),
        reflections: 12,
        reduced_chi_squared: Some(1.21),
        assumption: "size and strain both broaden by Lorentzian functions".into(),
        verdict: "describes the lines within their σ".into(),
    };
    vec![
        row(SizeStrainMethod::ScherrerIntegral, 42.9, None),
        row(SizeStrainMethod::WilliamsonHall, 46.8, Some(Quantity::new(0.00042, 0.00007))),
    ]
}

fn breadth_plot(scale: f64) -> BreadthPlot {
    let point = |(i, (hkl, angle, _)): (usize, &Reflection)| BreadthPoint {
        hkl: *hkl,
        direction: if hkl[0] == 0 && hkl[1] == 0 { "00l".into() } else { String::new() },
        x: 0.13 * angle,
        y: Quantity::new(
            scale * (0.021 + 0.0008 * (0.13 * angle) + 0.0004 * ((i * 5 % 7) as f64 - 3.0)),
            0.0008 * scale,
        ),
    };
    BreadthPlot {
        points: HOST.iter().enumerate().map(point).collect(),
        intercept: 0.021 * scale,
        slope: 0.0008 * scale,
    }
}

fn fourier() -> FourierSize {
    let length_nm: Vec<f64> = (0..40).map(|i| 3.0 * f64::from(i)).collect();
    FourierSize {
        direction: None,
        source: FourierSource::MeasuredProfiles,
        reflections: HOST.iter().map(|(hkl, ..)| *hkl).collect(),
        window_deg: HOST.iter().map(|_| [-1.2, 1.3]).collect(),
        end: FourierEnd::Noise { hkl: HOST[HOST.len() - 1].0 },
        continued_share: 0.01,
        origin: Some(Quantity::new(1.01, 0.02)),
        size_coefficient: length_nm
            .iter()
            .map(|l| Quantity::new((-l / 23.4).exp(), 0.02 * (l / 60.0).min(1.0)))
            .collect(),
        rms_strain: length_nm.iter().map(|l| (*l > 0.0).then(|| Quantity::new(0.0004, 0.0001))).collect(),
        length_nm,
        area_weighted_nm: Some(Quantity::new(23.4, 1.1)),
        volume_weighted_nm: Some(Quantity::new(46.8, 1.4)),
        strain_at_nm: Some(23.4),
        hook: false,
        tangent_at_nm: 0.0,
    }
}
