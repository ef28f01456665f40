//! Labels in a row that do not overlap.

/// Places nearest to the wished ones, in the sense of least squares, that are at least `apart` from each other and
/// within the limits; `wished` must ascend. None if there is no room for all.
///
/// With the needed distances subtracted this is isotonic regression, solved by pooling adjacent violators (Barlow et
/// al., *Statistical Inference under Order Restrictions*, 1972).
pub(crate) fn spread(wished: &[f64], apart: f64, limits: (f64, f64)) -> Option<Vec<f64>> {
    let last = wished.len().checked_sub(1)?;
    if apart * last as f64 > limits.1 - limits.0 {
        return None;
    }
    // Sum and number of the pooled wishes.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (i, wish) in wished.iter().enumerate() {
        let mut pool = (wish - apart * i as f64, 1);
        while let Some((sum, count)) = pools.pop_if(|(sum, count)| *sum / *count as f64 > pool.0 / pool.1 as f64) {
            pool = (pool.0 + sum, pool.1 + count);
        }
        pools.push(pool);
    }
    let highest = limits.1 - apart * last as f64;
    let places = pools.iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / *count as f64, *count));
    Some(places.enumerate().map(|(i, place)| place.clamp(limits.0, highest) + apart * i as f64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_labels_stay_where_they_are() {
        assert_eq!(spread(&[10.0, 30.0, 90.0], 10.0, (0.0, 100.0)).unwrap(), [10.0, 30.0, 90.0]);
    }

    #[test]
    fn crowded_labels_make_room_symmetrically() {
        // Truth: by symmetry the middle one of three equal wishes stays.
        assert_eq!(spread(&[50.0, 50.0, 50.0], 10.0, (0.0, 100.0)).unwrap(), [40.0, 50.0, 60.0]);
    }

    #[test]
    fn the_edge_pushes_back() {
        assert_eq!(spread(&[98.0, 99.0], 10.0, (0.0, 100.0)).unwrap(), [90.0, 100.0]);
        assert_eq!(spread(&[1.0, 2.0], 10.0, (0.0, 100.0)).unwrap(), [0.0, 10.0]);
    }

    #[test]
    fn too_many_are_refused() {
        assert!(spread(&[1.0; 12], 10.0, (0.0, 100.0)).is_none());
        assert!(spread(&[], 10.0, (0.0, 100.0)).is_none());
    }
}
