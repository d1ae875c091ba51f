"""Arguments: what a command's parameters take from a line, and how they are kept by a button.

A command annotates its parameters with the names below. Each names one kind: how it is taken from a
:class:`~handlers.chat.reading.Reading`, how it is dumped into a saved command and loaded from it, and what
is asked where it is missing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from handlers.chat import when
from handlers.chat.arguments.base import MOST_CHOICES, Argument, Bound
from handlers.chat.arguments.follow_ups import ReminderArgument
from handlers.chat.arguments.moments import (
    CloseArgument,
    DurationArgument,
    FollowUp,
    FollowUpArgument,
    OtherReadingArgument,
    UntilArgument,
    WhenArgument,
)
from handlers.chat.arguments.records import (
    CompanyArgument,
    NewCompany,
    RecordArgument,
    SomeoneArgument,
    identified,
    label,
    people_in,
)
from handlers.chat.arguments.sales import MoneyArgument, StageArgument, stage_name
from handlers.chat.arguments.words import (
    LONGEST_NAME,
    EmailsArgument,
    HiddenArgument,
    LineArgument,
    NameArgument,
    PhonesArgument,
    RestArgument,
    VerbArgument,
    WordArgument,
)
from handlers.chat.i18n import msg
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.lead import Lead
from models.money import Money
from models.record import Record
from models.reminder import Reminder

AnyContact = Annotated[Contact, RecordArgument(Contact, prompt=msg("Who is it about?"), shape=msg("who"))]
AnyDeal = Annotated[Deal, RecordArgument(Deal, prompt=msg("Which deal?"), shape=msg("deal"))]
OpenDeal = Annotated[Deal, RecordArgument(Deal, prompt=msg("Which deal?"), shape=msg("deal"), open_only=True)]
NamedDeal = Annotated[
    Deal, RecordArgument(Deal, prompt=msg("Which deal?"), shape=msg("#deal"), open_only=True, slug=True)
]
AnyRecord = Annotated[
    Record,
    RecordArgument(Contact, Company, Deal, Lead, prompt=msg("What is it about?"), shape=msg("who or what")),
]
AnyCompany = Annotated[Company | NewCompany, CompanyArgument()]
AnyReminder = Annotated[Reminder, ReminderArgument()]
Name = Annotated[str, NameArgument()]
Rest = Annotated[str, RestArgument()]
Emails = Annotated[list[str], EmailsArgument()]
Phones = Annotated[list[str], PhonesArgument()]
Duration = Annotated[timedelta, DurationArgument()]
When = Annotated[when.When, WhenArgument()]
OtherReading = Annotated[when.When, OtherReadingArgument()]
Until = Annotated[when.When, UntilArgument()]
Close = Annotated[when.When, CloseArgument()]
Next = Annotated[FollowUp, FollowUpArgument()]
AnAmount = Annotated[Money, MoneyArgument()]
AnyNumber = Annotated[Money, MoneyArgument(bare=True)]
AStage = Annotated[Stage, StageArgument()]
Line = Annotated[str, LineArgument()]
Someone = Annotated[Contact, SomeoneArgument()]
Word = Annotated[str, WordArgument()]
Verb = Annotated[str, VerbArgument()]
Hidden = Annotated[str, HiddenArgument()]

__all__ = [
    "LONGEST_NAME",
    "MOST_CHOICES",
    "AStage",
    "AnAmount",
    "AnyCompany",
    "AnyContact",
    "AnyDeal",
    "AnyNumber",
    "AnyRecord",
    "AnyReminder",
    "Argument",
    "Bound",
    "Close",
    "CloseArgument",
    "CompanyArgument",
    "Duration",
    "DurationArgument",
    "Emails",
    "EmailsArgument",
    "FollowUp",
    "FollowUpArgument",
    "Hidden",
    "HiddenArgument",
    "Line",
    "LineArgument",
    "MoneyArgument",
    "Name",
    "NameArgument",
    "NamedDeal",
    "NewCompany",
    "Next",
    "OpenDeal",
    "OtherReading",
    "OtherReadingArgument",
    "Phones",
    "PhonesArgument",
    "RecordArgument",
    "ReminderArgument",
    "Rest",
    "RestArgument",
    "Someone",
    "SomeoneArgument",
    "StageArgument",
    "Until",
    "UntilArgument",
    "Verb",
    "VerbArgument",
    "When",
    "WhenArgument",
    "Word",
    "WordArgument",
    "identified",
    "label",
    "people_in",
    "stage_name",
]
