"""The YAML header of the text format: read against the format's shape, with the line of every field remembered."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any

import yaml

from channels.words import Words

# The shape below any name: which names there are is said elsewhere.
ANY = "*"
# One channel's own words for a key point.
OWN_POINT: dict[str, Any] = {"heading": str, "text": str, "leave_out": str}
SHAPES: dict[str, Any] = {
    "title": str,
    "short_title": str,
    "summary": str,
    "form": str,
    "column": str,
    "area": str,
    "source": str,
    "keywords": [str],
    "policies": [
        dict.fromkeys(("number", "title", "issuer", "signed", "published", "effective", "validity", "url"), str)
    ],
    "interpreters": [dict.fromkeys(("name", "role", "office", "phone"), str)],
    "key_points": [{"heading": str, "text": str}],
    "questions": [{"q": str, "a": str}],
    "livestream": {
        "topic": str,
        "starts": str,
        "ends": str,
        "platform": str,
        "room": str,
        "host": str,
        "guests": [str],
        "replay": str,
    },
    "variants": {
        ANY: {"title": str, "short_title": str, "summary": str, "key_points": [OWN_POINT]},
    },
}


@dataclass(frozen=True)
class Mistake:
    """One mistake in a text file: the line (from 1), the field (`policies[0].signed`), and what it should be."""

    code: str
    line: int
    field: str
    words: Words


class DraftError(Exception):
    """The text can't be read as a draft; nothing has been stored. `where` names the file."""

    def __init__(self, where: str, mistakes: list[Mistake]) -> None:
        super().__init__("; ".join(f"{where}:{m.line} {m.field} {m.code} {m.words.zh}" for m in mistakes))
        self.where = where
        self.mistakes = mistakes


class Reader:
    """Reads the YAML node tree against `SHAPES`, remembering the line of every field."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.lines: dict[str, int] = {}
        self.mistakes: list[Mistake] = []

    def read(self, header: str) -> tuple[dict[str, Any], dict[str, int]]:
        """The header's data (scalars as written) and the line of each field. Raises DraftError."""
        try:
            if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(header, Loader=yaml.SafeLoader)):
                self._wrong("FMT-104", 2, "", Words("不支持 YAML 别名（*）。", "YAML aliases (*) are not supported."))
                raise DraftError(self.where, self.mistakes)
            root = yaml.compose(header, Loader=yaml.SafeLoader)
        except yaml.reader.ReaderError as error:
            line = header.count("\n", 0, error.position) + 2
            words = Words("这一行有 YAML 不允许的字符。", "This line has a character that YAML does not allow.")
            raise DraftError(self.where, [Mistake("FMT-111", line, "", words)]) from error
        except yaml.MarkedYAMLError as error:
            raise DraftError(self.where, [_yaml_mistake(error)]) from error
        data = {} if root is None else self._node(root, SHAPES, "")
        if self.mistakes:
            raise DraftError(self.where, self.mistakes)
        return data, self.lines

    def _wrong(self, code: str, line: int, field: str, words: Words) -> None:
        self.mistakes.append(Mistake(code, line, field, words))

    def _node(self, node: yaml.Node, shape: Any, field: str) -> Any:
        line = node.start_mark.line + 2  # the fence is line 1, and marks count from 0
        self.lines[field] = line
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null" and shape is not str:
            return [] if isinstance(shape, list) else {}
        if shape is str:
            return self._scalar(node, field, line)
        if isinstance(shape, list):
            return self._list(node, shape[0], field, line)
        return self._mapping(node, shape, field, line)

    def _scalar(self, node: yaml.Node, field: str, line: int) -> str:
        if isinstance(node, yaml.ScalarNode):
            return "" if node.tag == "tag:yaml.org,2002:null" else node.value.strip()
        self._wrong("FMT-105", line, field, Words("这里应是一段文字。", "This should be a text."))
        return ""

    def _list(self, node: yaml.Node, shape: Any, field: str, line: int) -> list[Any]:
        if isinstance(node, yaml.ScalarNode) and shape is str:
            return [part for part in re.split(r"[,，、;；\s]+", node.value) if part]
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(
                "FMT-106", line, field, Words("这里应是列表，每项以“- ”开头。", "This should be a list of “- ” items.")
            )
            return []
        return [self._node(item, shape, f"{field}[{index}]") for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.Node, shape: dict[str, Any], field: str, line: int) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            names = "、".join(shape)
            words = Words(f"这里应是“字段: 值”，字段有：{names}。", f"This should be fields: {', '.join(shape)}.")
            self._wrong("FMT-107", line, field, words)
            return {}
        data: dict[str, Any] = {}
        for key_node, value in node.value:
            key, at = str(key_node.value), key_node.start_mark.line + 2
            path = f"{field}.{key}" if field else key
            if key not in shape and ANY not in shape:
                self._wrong("FMT-108", at, path, _unknown_field(key, shape))
            elif key in data:
                self._wrong("FMT-109", at, path, Words(f"字段 {key} 写了两次。", f"The field {key} is given twice."))
            else:
                data[key] = self._node(value, shape.get(key) or shape[ANY], path)
                self.lines[path] = at
        return data


def _unknown_field(key: str, shape: dict[str, Any]) -> Words:
    near = difflib.get_close_matches(key, shape, n=1)
    if near:
        return Words(f"没有字段“{key}”，是否要写 {near[0]}？", f"There is no field {key!r}; did you mean {near[0]}?")
    return Words(f"没有字段“{key}”。可用的字段：{'、'.join(shape)}。", f"No field {key!r}. Fields: {', '.join(shape)}.")


def _yaml_mistake(error: yaml.MarkedYAMLError) -> Mistake:
    line = (error.problem_mark.line if error.problem_mark else 0) + 2
    problem = error.problem or "?"
    return Mistake(
        "FMT-103",
        line,
        "",
        Words(
            f"这一行不是合法的 YAML（{problem}）。含有“: ”或以引号、方括号开头的值请加引号。",
            f"This line is not valid YAML ({problem}). Quote values with “: ” or that begin with a quote or bracket.",
        ),
    )
