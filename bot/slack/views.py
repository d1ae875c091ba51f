"""Modals and the Home tab, as Slack's views. Pure.

Limits: slack_sdk's ``models/views`` and docs.slack.dev/surfaces/modals. A form's lines have the names of
its parameters as block ids; the form's token stands in ``private_metadata``, the language in which its
mistakes are named in ``callback_id``, and what it fills too.
"""

from __future__ import annotations

from typing import Any, Final

from slack_sdk.models.blocks import InputBlock, Option, PlainTextInputElement, StaticSelectElement
from slack_sdk.models.views import View

from bot.slack.interactions import FORM
from bot.slack.render import cut, displayed, plain, rendered, sendable
from bot.slack.speaking import Words
from handlers.chat.reply import Input

Json = dict[str, Any]

_TITLE: Final = View.title_max_length
_SUBMIT: Final = View.submit_max_length
_CLOSE: Final = View.close_max_length
_BLOCKS: Final = View.blocks_max_length
_LABEL: Final = InputBlock.label_max_length
_OPTION: Final = Option.label_max_length
_OPTIONS: Final = StaticSelectElement.options_max_length
_VALUE: Final = 150  # docs.slack.dev/reference/block-kit/composition-objects/option-object
_HINT: Final = PlainTextInputElement.placeholder_max_length
_ENTERED: Final = 3000  # docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
_NAME: Final = "Parley"


def waiting(external_id: str) -> Json:
    """What stands there until the form is made. It says nothing: the language is not known yet."""
    blocks = [{"type": "section", "text": plain("⏳")}]
    return {"type": "modal", "external_id": external_id, "title": plain(_NAME), "blocks": blocks}


def modal(words: Words, external_id: str = "") -> Json:
    """A reply in a modal: its form, or what it says instead of one."""
    named = {"external_id": external_id} if external_id else {}
    form = words.reply.form
    if form is None:
        return {"type": "modal", "title": plain(_NAME), "blocks": _said(words), **named}
    return {
        "type": "modal",
        "callback_id": f"{FORM} {form.fills} {words.locale.tag}",
        "private_metadata": form.token,
        "title": plain(displayed(form.title, _TITLE)),
        "submit": plain(displayed(form.submit, _SUBMIT)),
        "close": plain(displayed(form.close, _CLOSE)),
        "blocks": [_input(each) for each in form.inputs[:_BLOCKS]],
        **named,
    }


def home(words: Words) -> Json:
    """A reply as the Home tab."""
    return {"type": "home", "blocks": _said(words)}


def errors(mistakes: dict[str, str]) -> Json:
    """The acknowledgement that leaves a form open: docs.slack.dev/surfaces/modals, "Displaying errors"."""
    return {"response_action": "errors", "errors": mistakes}


def options(choices: list[tuple[str, str]]) -> Json:
    """The acknowledgement of a ``block_suggestion``."""
    return {"options": [_option(*each) for each in choices[:_OPTIONS]]}


def form_of(callback_id: str) -> tuple[str, str]:
    """The command that a form fills and its locale, from its callback id; empty where it is none of ours."""
    parts = callback_id.split(" ")
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == FORM else ("", "")


def _said(words: Words) -> list[Json]:
    content = rendered(
        words.reply, words.locale, name_row=words.row, tables=False, after=words.after, blocks=_BLOCKS
    )
    return content.blocks


def _input(asked: Input) -> Json:
    return {
        "type": "input",
        "block_id": asked.name,
        "label": plain(displayed(asked.label, _LABEL)),
        "optional": not asked.required,
        "element": _element(asked),
    }


def _element(asked: Input) -> Json:
    if asked.kind == "record":
        chosen = next((each for each in asked.choices if each[1] == asked.value), None)
        menu = {"type": "external_select", "action_id": asked.name, "min_query_length": 0}
        return {**menu, "initial_option": _option(*chosen)} if chosen else menu
    if asked.kind == "choice":
        chosen = next((each for each in asked.choices if each[1] == asked.value), None)
        listed = [_option(*each) for each in asked.choices[:_OPTIONS]]
        menu = {"type": "static_select", "action_id": asked.name, "options": listed}
        return {**menu, "initial_option": _option(*chosen)} if chosen else menu
    line: Json = {
        "type": "plain_text_input",
        "action_id": asked.name,
        "multiline": asked.kind == "lines",
        "max_length": _ENTERED,
    }
    line |= {"initial_value": cut(sendable(asked.value), _ENTERED)} if asked.value else {}
    return line | ({"placeholder": plain(displayed(asked.hint, _HINT))} if asked.hint else {})


def _option(shown: str, value: str) -> Json:
    return {"text": plain(displayed(shown, _OPTION)), "value": value[:_VALUE]}
