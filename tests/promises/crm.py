"""The whole CRM by conversation: what a rep, a manager and an admin of a small team do in a day."""

from __future__ import annotations

from tests.promises.promise import Promise, shown_by

_ACCEPTANCE = "tests.acceptance"

PROMISES = (
    Promise(
        "An admin sets up by line, undoably, and by one file that is the same both ways",
        shown_by(f"{_ACCEPTANCE}.test_setup", "tests.bot.test_setup_file"),
    ),
    Promise(
        "Won, lost, assigned, merged, removed: after a look at the difference, and undoably",
        shown_by(
            *(f"{_ACCEPTANCE}.test_{name}" for name in ("deals", "owners", "merging", "removal", "approvals"))
        ),
    ),
    Promise(
        "Lists are narrowed in words; reports name and give reasons; sums never mix currencies",
        shown_by(*(f"{_ACCEPTANCE}.test_{name}" for name in ("filters", "pipeline", "forecast", "digest"))),
    ),
    Promise(
        "Merging, undoing and editing the same at once loses no update and leaves no half merge",
        shown_by(f"{_ACCEPTANCE}.test_races"),
    ),
    Promise(
        "An order of dates that the zone contradicts is asked for once, and kept",
        shown_by(f"{_ACCEPTANCE}.test_date_order"),
    ),
    Promise(
        "What people look for and list is found by indexes on both databases",
        shown_by("tests.bot.test_plans", "tests.bot.test_plans_of_many"),
    ),
    Promise(
        "Search forgives, and shows what may be seen",
        shown_by("tests.models.test_search", f"{_ACCEPTANCE}.test_finding"),
    ),
    Promise(
        "Conversations hold in the demonstration, with names, amounts and clock shuffled",
        shown_by(f"{_ACCEPTANCE}.test_transcripts", f"{_ACCEPTANCE}.test_shuffled"),
    ),
    Promise(
        "Every command answers wholly in either language", shown_by(f"{_ACCEPTANCE}.test_both_languages")
    ),
    Promise("The demonstration's first lines work on any day", shown_by(f"{_ACCEPTANCE}.test_demo")),
    Promise(
        "The reference is fresh; adding a command and upgrading go as their pages say",
        shown_by("tests.test_reference", "tests.test_add_a_command", "tests.test_upgrade_page"),
    ),
)
