"""The tables of the model card, written between its markers."""

START, END = "<!-- figures: written by `python3 -m training` -->\n", "<!-- end of figures -->\n"
NAMES = {"sunglasses": "sunglasses", "mask": "mask", "veil": "veil", "hat": "hat", "eyeglasses": "eyeglasses"}


def update(path, report):
    """Replaces what stands between the markers."""
    text = path.read_text("utf-8")
    before, rest = text.split(START)
    after = rest.split(END)[1]
    path.write_text(before + START + tables(report) + END + after, "utf-8")


def tables(report):
    """Markdown."""
    heads = report["heads"]
    lines = ["", "### Photos", "", "| collection | photos used | " + " | ".join(f"{NAMES[a]} yes / no" for a in heads) + " |"]
    lines.append("|---|---|" + "---|" * len(heads))
    for name, counts in report["counts"].items():
        cells = [f"{counts[a][1]} / {counts[a][0]}" for a in heads]
        lines.append(f"| {name} | {counts['photos']} | " + " | ".join(cells) + " |")
    lines += ["", f"{report['copies']} changed copies besides. In {report['lost']} photos the labelled face was not found.", ""]
    lines += ["### On people that the head has not seen", ""]
    lines += ["| | " + " | ".join(NAMES[a] for a in heads) + " |", "|---|" + "---|" * len(heads)]
    lines.append("| threshold | " + " | ".join(f"{h['threshold']:g}" for h in heads.values()) + " |")
    for title, key, percent in ROWS:
        lines.append(f"| {title} | " + " | ".join(_cell(h[key], percent) for h in heads.values()) + " |")
    lines += ["", "### On collections that the head has not seen", ""]
    lines += ["| head | left out | found of those who wear it | false alarms of the others |", "|---|---|---|---|"]
    for attribute, head in heads.items():
        for name, part in head.get("left_out", {}).items():
            found = f"{part['found']} of {part['positives']}" if part["positives"] else "–"
            alarms = f"{part['false_alarms']} of {part['negatives']}" if part["negatives"] else "–"
            lines.append(f"| {attribute} | {name} | {found} | {alarms} |")
    return "\n".join(lines) + "\n\n"


ROWS = (
    ("AUC", "auc", False),
    ("F1", "f1", False),
    ("found (TPR), %", "tpr", True),
    ("false alarms on LFW portraits, %", "false_alarms_portraits", True),
    ("false alarms on all photos without it, %", "false_alarms_all", True),
    ("AUC, changed copies", "auc_copies", False),
    ("found, changed copies, %", "tpr_copies", True),
    ("false alarms, changed copies, %", "false_alarms_copies", True),
)


def _cell(values, percent):
    if values[0] != values[0]:
        return "–"
    value, low, high = (v * 100 if percent else v for v in values)
    digits = 2 if percent else 4
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
