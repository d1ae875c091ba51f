"""On Telegram and Slack as people expect it, and ready to deploy."""

from __future__ import annotations

from tests.promises.promise import Promise, shown_by

_ACCEPTANCE = "tests.acceptance"

PROMISES = (
    Promise("The same checks hold on every platform", shown_by("tests.platforms")),
    Promise(
        "One sales day, told once, goes the same way on Telegram, Slack and the terminal",
        shown_by(f"{_ACCEPTANCE}.test_a_sales_day"),
    ),
    Promise(
        "The documentation's conversations hold on their own platform",
        shown_by(f"{_ACCEPTANCE}.test_transcripts_on_telegram", f"{_ACCEPTANCE}.test_transcripts_on_slack"),
    ),
    Promise(
        "The pages that connect Telegram and Slack are followed word by word, and each step is proved",
        shown_by(f"{_ACCEPTANCE}.test_connect_telegram", f"{_ACCEPTANCE}.test_connect_slack"),
    ),
    Promise(
        "Nothing is sent faster than a service allows; answers go first; who must wait waits exactly so",
        shown_by("tests.bot.test_pace", "tests.bot.test_pace_of_the_services", "tests.bot.test_one_by_one"),
    ),
    Promise(
        "Whoever floods is told so and holds up nobody; a crowd of strangers leaves few rows",
        shown_by("tests.bot.test_allowance", f"{_ACCEPTANCE}.test_flood"),
    ),
    Promise(
        "Whoever is no longer a member gets nothing more; what falls due comes to who leads them",
        shown_by("tests.bot.test_leavers", f"{_ACCEPTANCE}.test_people_on_slack"),
    ),
    Promise(
        "Killed again and again under load, at each service: none lost, none twice, as few repeats as kills",
        shown_by("tests.kill.wire"),
    ),
    Promise(
        "Every kind of answer stands in the documentation as it is; no name in one pings, links or breaks it",
        shown_by("tests.test_kinds"),
    ),
    Promise("Each threat of the list has a test that bears its number", shown_by("tests.test_threats")),
    Promise("It is deployed as its page says", shown_by("tests.test_deploy")),
)
