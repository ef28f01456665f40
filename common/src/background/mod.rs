//! Backgrounds: Chebyshev polynomials fitted with the peaks; SNIP, rolling ball and arPLS as estimators.
