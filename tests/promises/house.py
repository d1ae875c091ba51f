"""The house stands: one line in, one answer out, nothing lost."""

from __future__ import annotations

import re

from tests.promises.evidence import Evidence
from tests.promises.promise import Promise, Verdict, shown_by

_MINUTES = 60
# Of all tests, on two cores.
_LONGEST = 10 * _MINUTES

# Transcripts of a rep's afternoon, in both languages, as the demonstration holds them: what is said, and
# words that must be shown for it. What the buttons' numbers are follows from what was said before.
_AFTERNOON = (
    ("call Jane about pilot", "Which Jane?"),
    ("1", "Call logged · Jane Roy (Globex) · linked to D-90"),
    ("remind call Jane Roy tomorrow at 10 #globex", "10:00 AM (New York) · call Jane Roy · D-90"),
    ("/as lea@parley.example", "Léa Martin"),
    ("appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h", "⏰ Relance jeu. 15 oct. 10:00"),
    ("rappel appeler Jane demain 10h #acme", "jeu. 15 oct. 10:00"),
    ("acme renewal > négociation 15k", "Étape Proposition → Négociation · Montant 12 000 € → 15 000 €"),
    ("annuler", "Annulé (15:30)"),
    ("/wait until tomorrow 10:00", "» ⏰ Relancer Jane Doe"),
)


def _demo(evidence: Evidence) -> Verdict:
    opened = evidence.run(["make", "demo"], "pipeline")
    # The same team on a day that stands still, so that what is shown is known.
    told = evidence.run(
        [".venv/bin/parley", "demo", "--world", "transcripts"], "\n".join(line for line, _ in _AFTERNOON)
    )
    shown = told.printed.replace("\u202f", " ").replace("\u00a0", " ")
    missing = [words for _, words in _AFTERNOON if words not in shown]
    missing += [] if "Pipeline · " in opened.printed else ["Pipeline"]
    held = (opened.status, told.status) == (0, 0) and not missing
    figure = f"{len(_AFTERNOON) + 1} lines, {opened.seconds:.0f} s with its set-up"
    return Verdict(held, "; ".join([*missing, figure]))


def _test(evidence: Evidence) -> Verdict:
    ran = evidence.ci
    summary = next((line for line in reversed(ran.printed.splitlines()) if " passed" in line), "no summary")
    held = ran.status == 0 and ran.seconds <= _LONGEST
    return Verdict(held, f"{summary.strip('= ')}; {ran.seconds:.0f} s of {_LONGEST} with its set-up")


def _bench(evidence: Evidence) -> Verdict:
    ran = evidence.bench
    bars = [line for line in ran.printed.splitlines() if line.endswith(("  held", "  not held"))]
    figures = [" ".join(re.split(r"\s{2,}", line)[i] for i in (0, -3, -2, -1)) for line in bars]
    return Verdict(ran.status == 0 and bool(bars), "; ".join(figures) or ran.printed[-200:])


PROMISES = (
    Promise("A clean clone passes `make demo`, and a conversation in two languages", _demo),
    Promise("A clean clone passes `make test` on SQLite and on PostgreSQL, in ten minutes", _test),
    Promise(
        "A rep's afternoon holds in English and French, and with names, amounts and clock shuffled",
        shown_by("tests.acceptance.test_transcripts", "tests.acceptance.test_shuffled"),
    ),
    Promise("Every example of the help does what it says", shown_by("tests.acceptance.test_examples")),
    Promise("The quickstart and the README show what Parley says", shown_by("tests.test_docs")),
    Promise("Hostile input changes nothing and breaks nothing", shown_by("tests.acceptance.test_bad_input")),
    Promise("Nobody sees or changes what they may not", shown_by("tests.acceptance.test_permissions")),
    Promise("Two people at one record lose no change", shown_by("tests.acceptance.test_at_once")),
    Promise("Killed at any point, each effect stands once", shown_by("tests.kill.test_matrix")),
    Promise(
        "A thousand commands a service under kill -9: none lost, none done twice, repeats within the kills",
        shown_by("tests.kill.wire.test_survival"),
    ),
    Promise("Telegram holds a conversation over its wire", shown_by("tests.acceptance.test_on_telegram")),
    Promise("Slack holds a conversation over its wire", shown_by("tests.acceptance.test_on_slack")),
    Promise(
        "Any row of commands leaves what a plain CRM has", shown_by("tests.acceptance.test_state_machine")
    ),
    Promise("A call, the start and the memory stay within their bars", _bench),
    Promise("The three floors hold, without a circle", shown_by("tests.test_house")),
)
