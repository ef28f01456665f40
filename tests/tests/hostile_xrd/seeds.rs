//! Valid files in fixed columns, of which damaged copies are made.

/// Banks of every kind of GSAS, and the kinds of FullProf in fixed columns.
pub(crate) fn fixed_columns() -> Vec<(&'static str, Vec<u8>)> {
    let rows = |field: &str| field.repeat(10) + "\n" + &field.repeat(10) + "\n";
    let (ramp, averaged) = ("  10.000   0.050  10.950\n", rows(" 4   121"));
    let texts = [
        (
            "banks.gsa",
            format!(
                "title\nBANK 1 20 2 CONST 1000 5 0 0 STD\n{averaged}BANK 2 2 1 CONST 1000 5 0 0 ESD\n     9.0     3.0    16.0     4.0\n\
                 BANK 3 2 1 CONST 1000 5 0 0 ALT\n   32000  73900 2718   32160  12200 1105\n\
                 BANK 4 2 2 CONST 1000 5 0 0 FXYE\n1000 9 3\n1005 16 4\n"
            ),
        ),
        ("old.dat", format!("{ramp}{averaged}")),
        ("d1a.dat", format!("D1A\n{:24.3}\n{:8.3}\n{:8}{:8}\n{averaged}   -1000\n", 0.05, 10.0, 20000, 10000)),
        ("d1b.dat", format!("D1B\n2\n3\n{:31.3}{:53.3}\n  20\n{}   -1000\n", 10.0, 0.05, rows(" 4     121"))),
        (
            "turns.dat",
            format!("! turns\n{ramp}{0}{1}{0}{1}", "     121".repeat(10) + "\n", "      11".repeat(10) + "\n"),
        ),
        ("general.dat", format!("a\nb\nc\n    20 290.0 295.0    0   50000.0   12500.0\n{ramp}{}", rows("     121"))),
        ("times.dat", format!("a\n2\n3\n4\n{ramp}{}", ("   2.0       121".repeat(5) + "\n").repeat(4))),
    ];
    texts.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

/// Instrument files of each kind.
pub(crate) fn instruments() -> [(&'static str, String); 3] {
    [
        ("i.toml", "[instrument]\nw_deg2 = 0.003\n".into()),
        (
            "i.prm",
            "INS   HTYPE   PXCR\nINS  1 ICONS  1.540598  1.544426       0.0         0     0.500    0     0.500\n\
             INS  1PRCF1     3    8   0.00100\nINS  1PRCF11   0.7 -0.6 0.9 0.0\nINS  1PRCF12   2.1 1.3 0.02 0.02\n"
                .into(),
        ),
        (
            "i.instprm",
            "#GSAS-II instrument parameter file\nType:PXC\nLam:1.54\nU:1;V:-1;W:2\nX:0.1\nY:0.2\nSH/L:0.002\n".into(),
        ),
    ]
}
