//! Line shapes: value and derivatives in one function, area-normalised.
