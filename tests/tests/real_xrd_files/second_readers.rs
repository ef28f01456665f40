//! What other programs read from every file: the table of truths of the readers.
//!
//! geddes 1.0.1 and rietx 1.10.0 agree with each other wherever both read a file, and with xrayutilities 1.8.0 on the XRDML
//! files of the Aeris. crysfml 0.8.0 is FullProf's own library, in single precision; it gives σ = 0 for a count of zero, where
//! doublet gives 1 (two points of `FAP.XRA`). Where the peers go another way:
//!
//! * `BT86_.UXD`: geddes and rietx take the printed 2θ, rounded, which is up to 0.005° off the same scan in `BT86.raw`; start
//!   and step, as crysfml takes them, are within 0.0005°;
//! * `1517474.cif`: geddes takes the range of the processed points, which is shifted by the zero of the refinement (1.518 to
//!   166.268°); the intensities are the measured ones, and so is the range here.

/// File, scan, points, first and last 2θ, sum, maximum and its 2θ, sum of σ where a peer has it, peer.
pub(crate) type Row = (&'static str, usize, usize, [f64; 2], f64, [f64; 2], Option<f64>, &'static str);

const ALL_THREE: &str = "geddes 1.0.1, rietx 1.10.0, crysfml 0.8.0";
const CRYSFML: &str = "crysfml 0.8.0";
const GEDDES: &str = "geddes 1.0.1";
const GEDDES_RIETX: &str = "geddes 1.0.1, rietx 1.10.0";
const XRDML: &str = "geddes 1.0.1, rietx 1.10.0, xrayutilities 1.8.0";

/// Files that hold no scan, or none that can be told: an experiment of GSAS, gas adsorption, another reader's extract.
pub(crate) const NO_SCAN: [&str; 3] =
    ["gsas/FAP.EXP", "other/with_commas.txt", "panalytical/panalytical_powder.xrdml.json"];

/// One row for each scan of each other file.
pub(crate) const ROWS: [Row; 39] = [
    ("bruker/BT86.raw", 1, 2374, [3.0, 40.0002906], 918372.0, [5774.0, 9.0653658], None, GEDDES_RIETX),
    ("bruker/BT86_.UXD", 1, 2374, [3.0, 39.99982], 918372.0, [5774.0, 9.06529], None, CRYSFML),
    ("bruker/Cu3Au-1.raw", 1, 3901, [22.0, 100.0], 59299.0, [138.0, 41.5], None, GEDDES_RIETX),
    (
        "bruker/bruker4_v5converter.raw",
        1,
        4059,
        [37.0001, 120.00464352884002],
        32881728.0,
        [94855.0, 43.01373622412],
        None,
        GEDDES_RIETX,
    ),
    (
        "bruker/bruker_absorber.brml",
        1,
        2001,
        [44.0, 48.0],
        13287743.1,
        [495559.8, 45.82],
        Some(66681.08881726033),
        GEDDES_RIETX,
    ),
    ("bruker/format1.raw", 1, 101, [10.0, 20.0], 873.0, [20.0, 14.9], None, GEDDES_RIETX),
    ("bruker/format1.raw", 2, 26, [30.0, 35.0], 169.0, [18.0, 33.8], None, GEDDES),
    ("bruker/format1.raw", 3, 51, [40.0, 45.0], 390.0, [58.0, 41.7], None, GEDDES),
    ("cpd/corundum.prn", 1, 7251, [5.0, 150.0], 902301.0, [6872.0, 43.3], None, GEDDES_RIETX),
    ("cpd/cpd-1a.prn", 1, 7251, [5.0, 150.0], 501025.0, [10261.0, 28.28], None, GEDDES_RIETX),
    ("cpd/cpd-1c.prn", 1, 7251, [5.0, 150.0], 1527455.0, [24180.0, 36.26], None, GEDDES_RIETX),
    ("cpd/cpd-1e.prn", 1, 7251, [5.0, 150.0], 785928.0, [5491.0, 28.28], None, GEDDES_RIETX),
    ("cpd/cpd-1g.prn", 1, 7251, [5.0, 150.0], 867965.0, [7259.0, 36.26], None, GEDDES_RIETX),
    ("cpd/cpd-4.prn", 1, 7251, [5.0, 150.0], 645619.0, [3540.0, 26.96], None, GEDDES_RIETX),
    ("cpd/fluorite.prn", 1, 7251, [5.0, 150.0], 464089.0, [10241.0, 28.28], None, GEDDES_RIETX),
    ("cpd/zincite.prn", 1, 7251, [5.0, 150.0], 1567326.0, [25185.0, 36.26], None, GEDDES_RIETX),
    (
        "dara/NiO_0p6007-Bi2O3_0p4008--2min.xrdml",
        1,
        2071,
        [10.02173288, 99.99585608],
        5315053.0,
        [12545.0, 43.62076536],
        None,
        XRDML,
    ),
    (
        "dara/NiO_0p6007-Bi2O3_0p4008--8min.xrdml",
        1,
        8282,
        [10.00943322, 99.99442286],
        24155615.0,
        [12775.0, 43.61933214],
        None,
        XRDML,
    ),
    (
        "dara/TiO2_0p4009-ZnO_0p6010--2min.xrdml",
        1,
        2071,
        [10.02173288, 99.99585608],
        1410422.0,
        [11932.0, 36.36198344],
        None,
        XRDML,
    ),
    (
        "dara/TiO2_0p4009-ZnO_0p6010--8min.xrdml",
        1,
        8282,
        [10.00943322, 99.99442286],
        6586557.0,
        [14028.0, 36.34968378],
        None,
        XRDML,
    ),
    (
        "dara/V2O5_0p8011-ZrO2_0p2012--2min.xrdml",
        1,
        2071,
        [10.02173288, 99.99585608],
        1936982.0,
        [6947.0, 20.45351528],
        None,
        XRDML,
    ),
    (
        "dara/V2O5_0p8011-ZrO2_0p2012--8min.xrdml",
        1,
        8282,
        [10.00943322, 99.99442286],
        9218324.0,
        [8935.0, 20.45208206],
        None,
        XRDML,
    ),
    (
        "dara/ZnO_0p4006-In2O3_0p6008--2min.xrdml",
        1,
        2071,
        [10.02173288, 99.99585608],
        1693635.0,
        [25392.0, 30.7549004],
        None,
        XRDML,
    ),
    (
        "dara/ZnO_0p4006-In2O3_0p6008--8min.xrdml",
        1,
        8282,
        [10.00943322, 99.99442286],
        7817013.0,
        [29221.0, 30.74260074],
        None,
        XRDML,
    ),
    ("gsas/FAP.XRA", 1, 5753, [15.0, 130.04], 1827364.0, [19693.0, 31.86], Some(85896.31043481827 + 2.0), ALL_THREE),
    ("gsas/gsas.raw", 1, 4941, [16.0, 99.98], 6172227.0, [7959.0, 43.047], None, GEDDES_RIETX),
    (
        "nist/nist_srm660c_100a.cif",
        1,
        5332,
        [20.3, 150.908],
        376422.35,
        [4319.0, 30.41],
        Some(12946.568696527214),
        GEDDES_RIETX,
    ),
    ("nist/nist_srm660c_100a.cif", 2, 5332, [20.3, 150.908], 374457.61, [4377.13, 30.41], None, GEDDES),
    ("other/1517474.cif", 1, 3296, [1.5, 166.25], 1481903.0, [8440.0, 9.1], None, GEDDES),
    ("other/D1A5.dat", 1, 1680, [-10.0, 157.90001], 343018.7, [1503.6, 36.6], Some(6707.750001884997), CRYSFML),
    ("other/PSI_DMC.dat", 1, 3200, [2.948, 162.89799], 26992221.0, [45712.0, 39.498], Some(290465.9000034332), CRYSFML),
    ("other/quartz.xy", 1, 1693, [4.00973, 69.85199], 109012.0, [10000.0, 26.58311], None, GEDDES_RIETX),
    ("other/with_sigma.txt", 1, 3, [20.0, 20.04], 119.0, [49.0, 20.0], Some(0.9), GEDDES_RIETX),
    (
        "panalytical/XRD-918-16_10.xrdml",
        1,
        5027,
        [4.00656514, 69.99936587],
        3643728.0,
        [100168.0, 26.61691190821727],
        Some(109516.42900466919),
        ALL_THREE,
    ),
    ("panalytical/empyrean.xrdml", 1, 196, [30.05, 41.75], 1814.0, [22.0, 39.17], Some(581.9468867778778), ALL_THREE),
    (
        "panalytical/m54313_om2th_10.xrdml",
        1,
        1800,
        [26.025, 79.995],
        416528.0,
        [352876.0, 66.105],
        Some(12971.932918139417),
        GEDDES_RIETX,
    ),
    (
        "panalytical/sample.xrdml",
        1,
        5027,
        [4.00656514, 69.99936587],
        3643728.0,
        [100168.0, 26.61691190821727],
        Some(109516.42900466919),
        ALL_THREE,
    ),
    ("rigaku/rigaku_nims.ras", 1, 3501, [25.0, 60.0], 120695.0, [4551.0, 28.4], None, GEDDES_RIETX),
    (
        "rigaku/rigaku_powder.rasx",
        1,
        2726,
        [10.0, 119.0],
        149926.8533592224,
        [1698.50854492188, 32.68],
        None,
        GEDDES_RIETX,
    ),
];
