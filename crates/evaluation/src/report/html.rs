//! One HTML file with everything in it: style and plots inside, no script, nothing to load.

use super::{Origin, Report, Table, plot};
use crate::EvaluationError;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#222}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse}\
th,td{padding:.25rem .8rem;border-bottom:1px solid #ddd;text-align:right;font-variant-numeric:tabular-nums}\
th:first-child,td:first-child{text-align:left}p.note{color:#555;max-width:60rem}\
figure{display:inline-block;margin:1rem 1rem 0 0}svg{max-width:100%;height:auto}code{background:#f3f3f3;padding:.1rem .3rem}";

/// The page.
pub fn page(report: &Report, origin: &Origin) -> Result<String, EvaluationError> {
    let facts = [
        ("date", &origin.date),
        ("version", &origin.version),
        ("model", &origin.model),
        ("pipeline", &origin.pipeline),
        ("command", &origin.command),
    ];
    let facts: String = facts
        .iter()
        .map(|(name, value)| format!("<tr><td>{name}</td><td><code>{}</code></td></tr>", escaped(value)))
        .collect();
    let tables: String = report.tables.iter().map(table).collect();
    let plots: Vec<String> = report.plots.iter().map(plot::svg).collect::<Result<_, _>>()?;
    let plots: String = plots.iter().map(|svg| format!("<figure>{svg}</figure>\n")).collect();
    let job = escaped(&origin.job);
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>facegate eval {job}</title>\
         <style>{STYLE}</style></head><body>\n<h1>facegate eval {job}</h1>\n<table>{facts}</table>\n{plots}{tables}\
         </body></html>\n"
    ))
}

fn table(table: &Table) -> String {
    let cells = |row: &[String], tag: &str| -> String {
        row.iter().map(|text| format!("<{tag}>{}</{tag}>", escaped(text))).collect()
    };
    let rows: String = table.rows.iter().map(|row| format!("<tr>{}</tr>\n", cells(row, "td"))).collect();
    let note =
        if table.note.is_empty() { String::new() } else { format!("<p class=\"note\">{}</p>", escaped(&table.note)) };
    let (title, header) = (escaped(&table.title), cells(&table.columns, "th"));
    format!("<h2>{title}</h2>\n<table><tr>{header}</tr>\n{rows}</table>\n{note}\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Axis, Plot};

    #[test]
    fn the_page_holds_tables_and_plots_and_no_foreign_markup() {
        let mut rows = Table::new("People & places", &["group", "count"]);
        rows.row(["<script>alert(1)</script>", "3"]);
        let curve = Plot {
            title: "DET".into(),
            x: Axis::log("false match rate", 1e-6, 1.0),
            y: Axis::linear("misses", 0.0, 1.0),
            lines: vec![("a".into(), vec![(1e-6, 0.5), (1.0, 0.0), (f64::NAN, 0.0), (0.0, 0.3)])],
        };
        let report = Report { tables: vec![rows], plots: vec![curve], ..Report::default() };
        let text = |s: &str| s.to_owned();
        let origin = Origin {
            job: text("verify"),
            command: text("facegate eval verify \"a\" --labels <b>"),
            date: text("2026-01-01T00:00:00Z"),
            version: text("1"),
            model: text("m@0"),
            pipeline: text("p"),
        };
        let page = page(&report, &origin).unwrap();
        assert!(page.contains("<svg") && page.contains("People &amp; places") && page.contains("m@0"), "{page}");
        assert!(!page.contains("<script") && !page.contains("--labels <b>") && !page.contains("href="));
    }
}
