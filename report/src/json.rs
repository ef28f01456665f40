//! A result as JSON: every number finite, short groups on one line.

use minijinja::value::{Serde, Value as Dynamic, ValueKind};
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};

/// Most fields of an object that still stands on one line, if all are scalars: a quantity has two.
const INLINE_FIELDS: usize = 2;

/// `result` as a JSON document with a final line break.
///
/// # Errors
/// [`Error::NotFinite`] with the field's name if a number is NaN or infinite: JSON has no such numbers, and a
/// serialiser would silently write `null`.
pub(crate) fn document<T: Serialize>(result: &T) -> Result<String> {
    demand_finite("", &Dynamic::from(Serde(result)))?;
    let mut text = String::new();
    write(&mut text, &serde_json::to_value(result)?, 0);
    text.push('\n');
    Ok(text)
}

fn demand_finite(field: &str, value: &Dynamic) -> Result<()> {
    match value.kind() {
        ValueKind::Number => match f64::try_from(value.clone()) {
            Ok(number) if !number.is_finite() => Err(Error::NotFinite { field: field.to_owned(), value: number }),
            _ => Ok(()),
        },
        ValueKind::Seq => value.try_iter()?.enumerate().try_for_each(|(i, item)| demand_finite_item(field, i, &item)),
        ValueKind::Map => value.try_iter()?.try_for_each(|key| {
            let name = if field.is_empty() { key.to_string() } else { format!("{field}.{key}") };
            demand_finite(&name, &value.get_item(&key)?)
        }),
        _ => Ok(()),
    }
}

/// Plain finite numbers of a long curve are passed without building the name of each.
fn demand_finite_item(field: &str, index: usize, item: &Dynamic) -> Result<()> {
    if item.kind() == ValueKind::Number && f64::try_from(item.clone()).is_ok_and(f64::is_finite) {
        return Ok(());
    }
    demand_finite(&format!("{field}[{index}]"), item)
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

fn write(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Array(items) if items.iter().all(is_scalar) => {
            list(out, '[', ']', items.iter(), |out, item| out.push_str(&item.to_string()), None);
        }
        Value::Array(items) => {
            list(out, '[', ']', items.iter(), |out, item| write(out, item, depth + 1), Some(depth));
        }
        Value::Object(fields) => {
            let short = fields.len() <= INLINE_FIELDS && fields.values().all(is_scalar);
            let field = |out: &mut String, (name, value): (&String, &Value)| {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push_str(": ");
                write(out, value, depth + 1);
            };
            list(out, '{', '}', fields.iter(), field, (!short).then_some(depth));
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// Items between brackets, each on its own line one step below `depth`, or all on one line.
fn list<I: ExactSizeIterator>(
    out: &mut String,
    open: char,
    close: char,
    items: I,
    mut item: impl FnMut(&mut String, I::Item),
    depth: Option<usize>,
) {
    out.push(open);
    let depth = if items.len() == 0 { None } else { depth };
    let line = |out: &mut String, steps: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", steps));
    };
    for (i, value) in items.enumerate() {
        if i > 0 {
            out.push_str(if depth.is_some() { "," } else { ", " });
        }
        if let Some(depth) = depth {
            line(out, depth + 1);
        }
        item(out, value);
    }
    if let Some(depth) = depth {
        line(out, depth);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use doublet_common::Quantity;
    use serde_json::json;

    #[test]
    fn a_quantity_stands_on_one_line() {
        let text = document(&json!({"a": {"value": 1.5, "sigma": null}, "b": [1, 2], "c": []})).unwrap();
        assert_eq!(text, "{\n  \"a\": {\"value\": 1.5, \"sigma\": null},\n  \"b\": [1, 2],\n  \"c\": []\n}\n");
    }

    #[test]
    fn what_is_written_reads_back() {
        let value = json!({"x": [{"y": [0.1, -2e-30]}, {"z": "é\n\""}], "e": {}});
        assert_eq!(serde_json::from_str::<Value>(&document(&value).unwrap()).unwrap(), value);
    }

    #[test]
    fn numbers_that_are_none_are_refused_by_name() {
        #[derive(Serialize)]
        struct Outer {
            peaks: Vec<Quantity>,
        }
        let peaks = vec![Quantity::new(1.0, 0.1), Quantity { value: f64::NAN, sigma: None }];
        let error = document(&Outer { peaks }).unwrap_err().to_string();
        assert_eq!(error, "peaks[1].value is NaN, expected a finite number");
    }
}
