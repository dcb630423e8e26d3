//! Tables for the terminal, in Markdown, so that they can be pasted into a page.

use comfy_table::{CellAlignment, ContentArrangement, presets};

use super::Table;

/// All tables, each with its title and note.
pub fn tables(tables: &[Table]) -> String {
    tables.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

fn one(table: &Table) -> String {
    let mut drawn = comfy_table::Table::new();
    drawn.load_style(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
    drawn.set_header(&table.columns);
    table.rows.iter().for_each(|row| {
        drawn.add_row(row);
    });
    drawn.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    let note = if table.note.is_empty() { String::new() } else { format!("\n{}", table.note) };
    format!("{}\n{drawn}{note}", table.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_rows_and_notes_are_there() {
        let mut table = Table::new("Photos", &["what", "count"]).noted("a note");
        table.row(["faces", "12"]);
        let text = tables(&[table.clone(), table]);
        assert_eq!(text.matches("Photos\n").count(), 2);
        assert!(text.contains("faces") && text.contains("12") && text.ends_with("a note"), "{text}");
    }
}
