"""The kiosk's own scripts inside the page: all of them in an isolated world, which the page's scripts cannot see."""

from __future__ import annotations

import json
from collections.abc import Sequence

_POST = """(() => {
  const form = document.createElement("form");
  form.method = "post"; form.action = %s; form.acceptCharset = "utf-8";
  for (const [name, value] of %s) {
    const field = document.createElement("input");
    field.type = "hidden"; field.name = name; field.value = value;
    form.append(field);
  }
  document.documentElement.append(form);
  form.submit();
})();"""

_WATCH = """(() => {
  const mark = %s;
  const told = {};
  const say = what => {
    const text = JSON.stringify(what);
    if (told.last !== text) console.debug(mark + text);
    told.last = text;
  };
  const plain = new Set(["text", "email", "password", "search", "url", "tel", "number", "month", "date", ""]);
  const kindOf = field => {
    if (!(field instanceof Element)) return "";
    const name = field.tagName;
    if (name === "SELECT") return field.multiple ? "" : "choice";
    if (name === "TEXTAREA" || field.isContentEditable) return "letters";
    if (name !== "INPUT" || field.readOnly || field.disabled) return "";
    const type = (field.getAttribute("type") || "").toLowerCase();
    if (!plain.has(type)) return "";
    const digits = ["numeric", "decimal", "tel"].includes(field.inputMode) || ["tel", "number"].includes(type)
      || /^cc-(number|exp|csc)/.test(field.autocomplete) || /^(\\\\d|\\[0-9\\])/.test(field.pattern);
    return digits ? "digits" : "letters";
  };
  const tell = field => {
    const kind = kindOf(field);
    const able = kind === "choice" ? Array.from(field.options).filter(each => !each.disabled && !each.hidden) : [];
    const choices = able.map(each => each.label.trim());
    say({ kind, choices });
  };
  addEventListener("focusin", event => tell(event.target), true);
  addEventListener("focusout", () => say({ kind: "", choices: [] }), true);
  const again = field => { told.last = ""; tell(field); };
  addEventListener("click", event => { if (event.target === document.activeElement) again(event.target); }, true);
  // The kiosk shows the choices itself, in keys that a finger can press.
  addEventListener("mousedown", event => {
    const field = event.target instanceof Element && event.target.closest("select");
    if (field) { event.preventDefault(); field.focus(); again(field); }
  }, true);
  addEventListener("resize", () => {
    const field = document.activeElement;
    if (kindOf(field)) field.scrollIntoView({ block: "center", inline: "nearest" });
  });
})();"""


_PLACE = """(() => {
  const thing = document.getElementById(%s);
  if (!thing || document.readyState !== "complete") return "";
  thing.scrollIntoView({ block: "nearest" });
  const box = thing.getBoundingClientRect();
  return box.width ? (box.x + box.width / 2) + " " + (box.y + box.height / 2) : "";
})()"""


def post_form(url: str, form: Sequence[tuple[str, str]]) -> str:
    """Build the form in the blank page and post it."""
    return _POST % (json.dumps(url), json.dumps([list(pair) for pair in form]))


def watch_fields(mark: str) -> str:
    """Say on the console which kind of field has the focus, in every frame. `mark`: what only the kiosk knows."""
    return _WATCH % json.dumps(mark)


def place_of(name: str) -> str:
    """Bring the thing of that id into sight, and tell the place of its middle."""
    return _PLACE % json.dumps(name)
