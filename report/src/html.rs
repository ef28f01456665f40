//! Pages: templates compiled in, everything from files escaped.
//!
//! The templates are files of `report/templates`. Text that a template prints is escaped by its engine; what this
//! crate has built as HTML (formulas, indices, figures) comes as [`trusted`] values, and only from code that escapes.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

use crate::error::Result;

/// What the pages share.
const PARTS: [(&str, &str); 4] = [
    ("style.css", include_str!("../templates/style.css")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("head.html", include_str!("../templates/head.html")),
    ("tail.html", include_str!("../templates/tail.html")),
];

/// HTML that this crate has built and escaped itself.
pub(crate) fn trusted(html: impl Into<String>) -> Value {
    Value::from_safe_string(html.into())
}

/// Fills in a template; `name` ends with `.html`, which switches escaping on.
///
/// # Errors
/// [`crate::Error::Page`] if the template asks for something that `page` lacks.
pub(crate) fn render<T: Serialize>(name: &'static str, template: &'static str, page: &T) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    for (name, part) in PARTS {
        environment.add_template(name, part)?;
    }
    environment.add_template(name, template)?;
    Ok(environment.get_template(name)?.render(minijinja::value::Serde(page))?)
}
